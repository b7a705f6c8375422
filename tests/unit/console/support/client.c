/* SPDX-License-Identifier: Apache-2.0 */
#include "client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "weir/base/fd.h"
#include "weir/base/parse.h"

static int connect_to(const struct sockaddr *name, socklen_t len)
{
	int fd = socket(name->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && connect(fd, name, len) < 0) {
		int r = -errno;

		weir_close(fd);
		return r;
	}
	return fd < 0 ? -errno : fd;
}

int client_unix(const char *path)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};

	memcpy(name.sun_path, path, strlen(path) + 1);
	return connect_to((struct sockaddr *)&name, sizeof(name));
}

int client_tcp(uint16_t port)
{
	struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(port)};

	name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return connect_to((struct sockaddr *)&name, sizeof(name));
}

void client_reply_done(struct client_reply *reply)
{
	weir_buf_done(&reply->head);
	weir_buf_done(&reply->body);
}

static void send_all(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = send(fd, data, len, MSG_NOSIGNAL);

		if (n <= 0)
			return;
		data += n;
		len -= (size_t)n;
	}
}

/* One byte at a time: what follows the head stays in the socket. */
static bool read_head(int fd, struct weir_buf *head)
{
	char c;

	while (!head->data || !strstr(head->data, "\r\n\r\n")) {
		if (read(fd, &c, 1) != 1)
			return false;
		if (weir_buf_append(head, &c, 1) < 0)
			return false;
	}
	return true;
}

static uint64_t header_number(const char *head, const char *name)
{
	const char *at = strcasestr(head, name);
	char text[24];
	uint64_t value = 0;

	if (!at)
		return 0;
	at += strlen(name);
	(void)snprintf(text, sizeof(text), "%.*s", (int)strcspn(at, "\r"), at);
	return weir_parse_u64(text, &value) == 0 ? value : 0;
}

int client_read(int fd, struct client_reply *ret)
{
	size_t len;

	*ret = (struct client_reply){.head = WEIR_BUF_INIT(65536),
				     .body = WEIR_BUF_INIT(CLIENT_MAX)};
	if (!read_head(fd, &ret->head))
		return 0;
	if (strncmp(ret->head.data, "HTTP/1.1 ", 9) != 0)
		return -EPROTO;
	for (int i = 0; i < 3; i++)
		ret->status = ret->status * 10 + (ret->head.data[9 + i] - '0');
	ret->closed = strcasestr(ret->head.data, "\r\nConnection: close\r\n") != NULL;
	len = (size_t)header_number(ret->head.data, "\r\nContent-Length: ");
	if (weir_buf_reserve(&ret->body, len) < 0)
		return -EMSGSIZE;
	while (ret->body.len < len) {
		ssize_t n = read(fd, ret->body.data + ret->body.len, len - ret->body.len);

		if (n <= 0)
			return -EPIPE;
		ret->body.len += (size_t)n;
	}
	ret->body.data[len] = '\0';
	return 0;
}

int client_exchange(int fd, const void *data, size_t len, struct client_reply *ret)
{
	send_all(fd, data, len);
	return client_read(fd, ret);
}

bool client_closed(int fd)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
	char c;

	return poll(&poll_fd, 1, 2000) == 1 && read(fd, &c, 1) <= 0;
}

static int exchange_once(const char *path, const struct weir_buf *request, struct client_reply *ret)
{
	int fd _cleanup_(weir_closep) = client_unix(path);

	if (fd < 0) {
		*ret = (struct client_reply){};
		return fd;
	}
	return client_exchange(fd, request->data, request->len, ret);
}

int client_get(const char *path, const char *token, const char *target, struct client_reply *ret)
{
	struct weir_buf request _cleanup_(weir_buf_done) = WEIR_BUF_INIT(CLIENT_MAX);

	if (weir_buf_printf(&request, "GET %s HTTP/1.1\r\nHost: console\r\n%s%s%s\r\n", target,
			    token ? "Authorization: Bearer " : "", token ? token : "",
			    token ? "\r\n" : "") < 0)
		return -ENOMEM;
	return exchange_once(path, &request, ret);
}

int client_post(const char *path, const struct weir_buf *batch, struct client_reply *ret)
{
	struct weir_buf request _cleanup_(weir_buf_done) = WEIR_BUF_INIT(CLIENT_MAX);

	if (weir_buf_printf(&request,
			    "POST /v1/events HTTP/1.1\r\nHost: console\r\n"
			    "Content-Type: application/x-protobuf\r\nContent-Length: %zu\r\n\r\n",
			    batch->len) < 0 ||
	    weir_buf_append(&request, batch->data, batch->len) < 0)
		return -ENOMEM;
	return exchange_once(path, &request, ret);
}
