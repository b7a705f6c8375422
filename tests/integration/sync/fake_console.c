/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_console.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "weir/proto/spool_format.h"
#include "weir/proto/wire.h"
#include "weir/v1/event.pb-c.h"

struct answer {
	unsigned status;
	struct weir_buf body;
	bool cut;
};

static void keep_event(struct fake_console *c, uint64_t sequence, const ProtobufCBinaryData *bytes)
{
	uint32_t hash = weir_spool_crc(bytes->data, bytes->len) | 1;

	if (sequence <= c->accepted)
		c->duplicates++;
	if (sequence >= FAKE_EVENTS)
		return;
	if (c->hash[sequence] && c->hash[sequence] != hash)
		c->changed++;
	c->hash[sequence] = hash;
}

static void ack(struct fake_console *c, unsigned status, struct answer *answer)
{
	Weir__V1__BatchAck message = WEIR__V1__BATCH_ACK__INIT;

	message.accepted_sequence = c->accepted;
	message.committed_sequence = c->committed;
	if (c->lie) {
		c->lie--;
		message.accepted_sequence = message.committed_sequence = c->accepted + 1000000;
	}
	answer->status = status;
	if (weir_wire_pack(&message.base, &answer->body) < 0)
		abort();
}

static void store(struct fake_console *c, const Weir__V1__EventBatch *batch, struct answer *answer)
{
	size_t n = batch->n_events;
	uint64_t last = batch->first_sequence + n - 1;
	bool gap_is_told =
		batch->lost_from && batch->lost_from <= c->accepted + 1 && !c->ignore_lost_from;

	if (n && batch->first_sequence > c->accepted + 1 && !gap_is_told) {
		ack(c, 409, answer);
		return;
	}
	if (c->accept_most && n > c->accept_most) {
		n = c->accept_most;
		last = batch->first_sequence + n - 1;
	}
	for (size_t i = 0; i < n; i++)
		keep_event(c, batch->first_sequence + i, &batch->events[i]);
	if (c->withhold)
		c->committed = c->accepted;
	c->accepted = n ? WEIR_MAX(c->accepted, last) : c->accepted;
	if (!c->withhold)
		c->committed = c->accepted;
	ack(c, 200, answer);
}

static bool has_poison(const struct fake_console *c, const Weir__V1__EventBatch *batch)
{
	return c->poison && c->poison >= batch->first_sequence &&
	       c->poison < batch->first_sequence + batch->n_events;
}

static void note_sender(struct fake_console *c, const Weir__V1__EventBatch *batch)
{
	if (batch->schema != 1 || batch->agent_uid.len != sizeof(c->agent_uid))
		c->bad_requests++;
	else
		memcpy(c->agent_uid, batch->agent_uid.data, sizeof(c->agent_uid));
	(void)snprintf(c->host, sizeof(c->host), "%s", batch->host_name);
	c->epoch = batch->spool_epoch;
	c->drops = 0;
	for (size_t i = 0; i < batch->n_dropped; i++)
		c->drops += batch->dropped[i]->count;
}

static void take_batch(struct fake_console *c, const struct weir_buf *body, struct answer *answer)
{
	struct weir_wire *wire _cleanup_(weir_wire_freep) = NULL;
	const Weir__V1__EventBatch *batch;

	if (weir_wire_unpack(&weir__v1__event_batch__descriptor, body->data, body->len, &wire) <
	    0) {
		c->bad_requests++;
		answer->status = 400;
		return;
	}
	batch = weir_wire_message(wire);
	note_sender(c, batch);
	if (c->most_events && batch->n_events > c->most_events) {
		answer->status = 413;
		return;
	}
	if (has_poison(c, batch)) {
		answer->status = 400;
		return;
	}
	c->largest_batch = WEIR_MAX(c->largest_batch, (uint32_t)batch->n_events);
	store(c, batch, answer);
}

static bool headers_ok(struct fake_console *c, struct MHD_Connection *connection)
{
	const char *type = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Type");

	return type && strcmp(type, "application/x-protobuf") == 0;
}

static bool token_ok(struct fake_console *c, struct MHD_Connection *connection)
{
	const char *given =
		MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Authorization");
	char wanted[128];

	if (!c->token)
		return true;
	(void)snprintf(wanted, sizeof(wanted), "Bearer %s", c->token);
	return given && strcmp(given, wanted) == 0;
}

static bool is_evidence(struct MHD_Connection *connection, const char *url, const char *method)
{
	const char *type = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Type");

	return strncmp(url, "/v1/evidence/", 13) == 0 && strlen(url) == 13 + 64 &&
	       strcmp(method, "PUT") == 0 && type && strcmp(type, "application/cms") == 0;
}

static void take_evidence(struct fake_console *c, const struct weir_buf *body,
			  struct answer *answer)
{
	if (c->evidence++ == 0)
		c->evidence_after = c->accepted;
	c->evidence_len = body->len;
	answer->status = c->evidence_status ? c->evidence_status : 201;
}

static void decide(struct fake_console *c, struct MHD_Connection *connection, const char *url,
		   const char *method, const struct weir_buf *body, struct answer *answer)
{
	const bool evidence = is_evidence(connection, url, method);

	c->requests++;
	if (!evidence && (strcmp(url, "/v1/events") != 0 || strcmp(method, "POST") != 0 ||
			  !headers_ok(c, connection))) {
		c->bad_requests++;
		answer->status = 404;
	} else if (!token_ok(c, connection)) {
		answer->status = 401;
	} else if (c->fail) {
		c->fail--;
		answer->status = c->fail_status;
	} else if (evidence) {
		take_evidence(c, body, answer);
	} else if (c->garbage) {
		c->garbage--;
		answer->status = 200;
		if (weir_buf_puts(&answer->body, "<html>this is a proxy's page</html>") < 0)
			abort();
	} else {
		take_batch(c, body, answer);
		if (c->cut) {
			c->cut--;
			answer->cut = true;
		}
	}
}

static ssize_t half_a_body(void *context, uint64_t at, char *data, size_t max)
{
	if (at > 0 || max == 0)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	data[0] = 8;
	return 1;
}

static enum MHD_Result reply(struct fake_console *c, struct MHD_Connection *connection,
			     const struct answer *answer)
{
	struct MHD_Response *response;
	enum MHD_Result r;

	if (answer->cut)
		response = MHD_create_response_from_callback(1000, 64, half_a_body, NULL, NULL);
	else
		response = MHD_create_response_from_buffer(answer->body.len, answer->body.data,
							   MHD_RESPMEM_MUST_COPY);
	if (answer->status == 503 || answer->status == 429)
		if (c->retry_after)
			(void)MHD_add_response_header(response, "Retry-After", c->retry_after);
	r = MHD_queue_response(connection, answer->status, response);
	MHD_destroy_response(response);
	return r;
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url,
				  const char *method, const char *version, const char *data,
				  size_t *len, void **state)
{
	struct fake_console *c = context;
	struct answer answer = {.body = WEIR_BUF_INIT(4096)};
	struct weir_buf *body = *state;
	enum MHD_Result r;

	if (!body) {
		body = calloc(1, sizeof(*body));
		*body = WEIR_BUF_INIT(2 << 20);
		*state = body;
		return MHD_YES;
	}
	if (*len) {
		if (weir_buf_append(body, data, *len) < 0)
			return MHD_NO;
		*len = 0;
		return MHD_YES;
	}
	(void)pthread_mutex_lock(&c->lock);
	decide(c, connection, url, method, body, &answer);
	r = reply(c, connection, &answer);
	(void)pthread_mutex_unlock(&c->lock);
	weir_buf_done(&answer.body);
	return r;
}

static void on_completed(void *context, struct MHD_Connection *connection, void **state,
			 enum MHD_RequestTerminationCode why)
{
	struct weir_buf *body = *state;

	if (body)
		weir_buf_done(body);
	free(body);
}

static int listen_unix(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 16) < 0)
		abort();
	return fd;
}

static int listen_loopback(uint16_t *ret_port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 16) < 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &len) < 0)
		abort();
	*ret_port = ntohs(address.sin_port);
	return fd;
}

struct fake_console *fake_console_new(const char *unix_path)
{
	struct fake_console *c = calloc(1, sizeof(*c));
	uint16_t port = 0;
	int fd = unix_path ? listen_unix(unix_path) : listen_loopback(&port);

	(void)pthread_mutex_init(&c->lock, NULL);
	if (unix_path)
		(void)snprintf(c->base, sizeof(c->base), "unix:%s", unix_path);
	else
		(void)snprintf(c->base, sizeof(c->base), "http://127.0.0.1:%u", port);
	c->daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL, NULL, on_request, c,
				     MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_NOTIFY_COMPLETED,
				     on_completed, NULL, MHD_OPTION_END);
	if (!c->daemon)
		abort();
	return c;
}

void fake_console_free(struct fake_console *console)
{
	if (!console)
		return;
	MHD_stop_daemon(console->daemon);
	(void)pthread_mutex_destroy(&console->lock);
	free(console);
}
