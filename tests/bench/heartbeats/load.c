/* SPDX-License-Identifier: Apache-2.0 */
#include "load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client.h"
#include "fleet.h"
#include "weir/base/buf.h"
#include "weir/base/fd.h"
#include "weir/base/parse.h"
#include "weir/base/time.h"
#include "weir/console_client/opamp.h"

#define EVENTS	    256
#define PATIENCE_MS 120000
#define WAIT_S	    110

struct connection {
	int fd;
	int status; /* of its last answer; 0: none yet */
	size_t len;
	char answer[LOAD_ANSWER_MAX];
};

struct load {
	int epoll_fd;
	uint32_t n, next; /* connections; the endpoint that speaks next */
	struct connection *last;
	struct connection connections[];
};

void die(const char *what)
{
	(void)fprintf(stderr, "bench_heartbeats: %s: %s\n", what, strerror(errno));
	exit(1);
}

uint32_t load_number(const char *text)
{
	char digits[16];
	uint32_t number = 0;

	(void)snprintf(digits, sizeof(digits), "%.*s", (int)strspn(text, "0123456789"), text);
	if (weir_parse_u32(digits, &number) < 0)
		die("no number where one is wanted");
	return number;
}

struct load *load_open(const char *socket, uint32_t n)
{
	struct load *load = calloc(1, sizeof(*load) + n * sizeof(load->connections[0]));

	if (!load)
		die("no memory");
	load->n = n;
	load->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	for (uint32_t i = 0; i < n; i++) {
		struct epoll_event event = {.events = EPOLLIN, .data.ptr = &load->connections[i]};

		load->connections[i].fd = client_unix(socket);
		if (load->connections[i].fd < 0 ||
		    epoll_ctl(load->epoll_fd, EPOLL_CTL_ADD, load->connections[i].fd, &event) < 0)
			die("cannot connect");
	}
	return load;
}

void load_close(struct load *load)
{
	for (uint32_t i = 0; i < load->n; i++)
		weir_close(load->connections[i].fd);
	weir_close(load->epoll_fd);
	free(load);
}

static void send_request(const struct connection *connection, const char *head,
			 const struct weir_buf *body)
{
	struct weir_buf request _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_OPAMP_MAX);

	if (weir_buf_puts(&request, head) < 0 ||
	    weir_buf_append(&request, body->data, body->len) < 0)
		die("no memory");
	if (send(connection->fd, request.data, request.len, MSG_NOSIGNAL) != (ssize_t)request.len)
		die("cannot send");
}

static void say(struct connection *connection, uint32_t number, uint64_t *sequence, bool may_wait)
{
	struct weir_endpoint endpoint = {.host = "ws", .version = "0.1.0", .hardware = ""};
	struct weir_opamp_say message = {.endpoint = &endpoint, .full = *sequence == 0};
	struct weir_buf body _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_OPAMP_MAX);
	char serial[FLEET_SERIAL], name[WEIR_UID_TEXT], head[512], wait[32] = "";

	*sequence = *sequence ? *sequence + 1 : UINT64_C(7) << 32;
	message.sequence = *sequence;
	fleet_endpoint(number, endpoint.uid, serial);
	weir_uid_format(endpoint.uid, name);
	if (weir_opamp_pack(&message, &body) < 0)
		die("cannot pack");
	if (may_wait)
		(void)snprintf(wait, sizeof(wait), "Prefer: wait=%u\r\n", WAIT_S);
	(void)snprintf(
		head, sizeof(head),
		"POST /v1/opamp HTTP/1.1\r\nHost: weir-console\r\nX-Client-Verify: SUCCESS\r\n"
		"X-Client-Serial: %s\r\nX-Client-DN: CN=%s\r\nX-Real-IP: 192.0.2.1\r\n"
		"Content-Type: application/x-protobuf\r\n%sContent-Length: %zu\r\n\r\n",
		serial, name, wait, body.len);
	send_request(connection, head, &body);
	connection->len = 0;
	connection->status = 0;
}

/* True when its answer is whole. */
static bool read_some(struct connection *connection)
{
	const char *end, *length;
	ssize_t n = recv(connection->fd, connection->answer + connection->len,
			 sizeof(connection->answer) - 1 - connection->len, 0);

	if (n <= 0)
		die("a connection ended without an answer");
	connection->len += (size_t)n;
	connection->answer[connection->len] = '\0';
	end = memmem(connection->answer, connection->len, "\r\n\r\n", 4);
	length = strcasestr(connection->answer, "\r\nContent-Length: ");
	if (!end || !length)
		return false;
	if (connection->len < (size_t)(end + 4 - connection->answer) +
				      load_number(length + strlen("\r\nContent-Length: ")))
		return false;
	connection->status = (int)load_number(connection->answer + strlen("HTTP/1.1 "));
	return true;
}

/* Those of whom an answer is whole now; waits until something comes. */
static uint32_t collect(struct load *load, int wait_ms, struct connection *ret[static EVENTS])
{
	struct epoll_event events[EVENTS];
	int n = epoll_wait(load->epoll_fd, events, EVENTS, wait_ms);
	uint32_t found = 0;

	if (n < 0 || (n == 0 && wait_ms == PATIENCE_MS))
		die("no answer comes");
	for (int i = 0; i < n; i++) {
		struct connection *connection = events[i].data.ptr;

		if (read_some(connection))
			ret[found++] = load->last = connection;
	}
	return found;
}

void load_beat(struct load *load, uint32_t count, uint64_t *sequences, uint32_t n_endpoints)
{
	struct connection *answered[EVENTS];
	uint32_t sent = 0, done = 0;

	for (; sent < load->n && sent < count; sent++, load->next = (load->next + 1) % n_endpoints)
		say(&load->connections[sent], load->next, &sequences[load->next], false);
	while (done < count) {
		uint32_t n = collect(load, PATIENCE_MS, answered);

		for (uint32_t i = 0; i < n; i++) {
			if (answered[i]->status != 200)
				die(answered[i]->answer);
			done++;
			if (sent >= count)
				continue;
			sent++;
			say(answered[i], load->next, &sequences[load->next], false);
			load->next = (load->next + 1) % n_endpoints;
		}
	}
}

void load_wait(struct load *load, uint64_t *sequences)
{
	for (uint32_t i = 0; i < load->n; i++)
		say(&load->connections[i], i, &sequences[i], true);
}

uint64_t *load_answers(struct load *load, int status)
{
	struct connection *answered[EVENTS];
	uint64_t *times = calloc(load->n, sizeof(*times));
	uint32_t done = 0;

	if (!times)
		die("no memory");
	while (done < load->n) {
		uint32_t n = collect(load, PATIENCE_MS, answered);

		for (uint32_t i = 0; i < n; i++) {
			if (answered[i]->status != status)
				die(answered[i]->answer);
			times[done++] = weir_now_monotonic();
		}
	}
	return times;
}

uint32_t load_poll(struct load *load)
{
	struct connection *answered[EVENTS];

	return collect(load, 0, answered);
}

const char *load_body(const struct load *load, size_t *ret_len)
{
	const char *end = memmem(load->last->answer, load->last->len, "\r\n\r\n", 4);

	*ret_len = load->last->len - (size_t)(end + 4 - load->last->answer);
	return end + 4;
}
