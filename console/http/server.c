/* SPDX-License-Identifier: Apache-2.0 */
/* libmicrohttpd behind weir/console_http/server.h: with loop.c and response.c all that knows it. Its parser lets
 * several Content-Length pass, and Content-Length beside Transfer-Encoding; head.c refuses both
 * before a byte of the body counts, and every refusal ends the connection, so that a body that was
 * read differently never becomes a request. */

#include "weir/console_http/server.h"

#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "head.h"
#include "listen.h"
#include "loop.h"
#include "response.h"
#include "weir/base/fd.h"
#include "weir/base/time.h"
#include "wheel.h"

#define CONNECTIONS_MAX	  512 /* beside those that wait */
#define WAITING_MAX	  1024
#define CONNECTION_MEMORY (32 * 1024)	     /* headers and read buffer of one connection */
#define BODIES_MAX	  (64 * 1024 * 1024) /* bytes of all bodies being received */
#define IDLE_S		  60		     /* without a byte */
#define REQUEST_NS	  (60 * WEIR_NSEC_PER_SEC)
#define DRAIN_NS	  (5 * WEIR_NSEC_PER_SEC)
#define URI_MAX		  (4 * 1024)
#define DEFAULT_THREADS	  4
#define UNAVAILABLE_S	  5

/* One thread, and the connections that it took. */
struct worker {
	struct weir_http_server *server;
	struct weir_http_loop loop;
};

struct weir_http_server {
	struct weir_http_options options;
	struct worker *workers;
	unsigned n_workers; /* that run */
	uint16_t port;
	atomic_uint n_requests; /* begun and not ended */
	atomic_size_t body_bytes;
	atomic_bool draining;
	struct weir_http_wheel wheel;
};

/* One request, from its first line until it is answered. */
struct exchange {
	struct weir_http_server *server;
	struct weir_http_loop *loop;
	char *path;  /* owned; cut at the "?" */
	char *query; /* points into path, or at "" */
	bool uri_bad;
	bool late; /* begun after the server's end was asked for */
	bool seen; /* the head has been judged */
	uint64_t begun_ns;
	struct weir_http_head head;
	struct weir_http_request request; /* without its body until that has come */
	const struct weir_http_route *route;
	struct weir_buf body;
	size_t reserved;		  /* of server->body_bytes */
	struct weir_http_resumed resumed; /* its connection */
	struct weir_http_waiter waiter;
};

static void reply_done(struct weir_http_reply *reply)
{
	weir_buf_done(&reply->headers);
	weir_buf_done(&reply->body);
}

static void exchange_free(struct exchange *exchange)
{
	atomic_fetch_sub(&exchange->server->body_bytes, exchange->reserved);
	weir_buf_done(&exchange->body);
	free(exchange->request.caller);
	free(exchange->path);
	free(exchange);
}

/* The library calls this with the request line's target, before anything else. */
static void *on_uri(void *context, const char *uri, struct MHD_Connection *connection)
{
	struct worker *worker = context;
	struct weir_http_server *server = worker->server;
	struct exchange *exchange = calloc(1, sizeof(*exchange));
	size_t len = strlen(uri);

	if (!exchange)
		return NULL;
	atomic_fetch_add(&server->n_requests, 1);
	exchange->server = server;
	exchange->loop = &worker->loop;
	exchange->resumed.connection = connection;
	exchange->late = atomic_load(&server->draining);
	exchange->begun_ns = weir_now_monotonic();
	exchange->query = (char *)"";
	exchange->uri_bad = len > URI_MAX || uri[0] != '/';
	exchange->path = strdup(exchange->uri_bad ? "/" : uri);
	if (exchange->path && strchr(exchange->path, '?')) {
		exchange->query = strchr(exchange->path, '?');
		*exchange->query++ = '\0';
	}
	return exchange;
}

static void on_completed(void *context, struct MHD_Connection *connection, void **slot,
			 enum MHD_RequestTerminationCode code)
{
	struct worker *worker = context;
	struct exchange *exchange = *slot;

	*slot = NULL;
	if (!exchange)
		return;
	exchange_free(exchange);
	atomic_fetch_sub(&worker->server->n_requests, 1);
}

static enum MHD_Result on_header(void *context, enum MHD_ValueKind kind, const char *name,
				 const char *value)
{
	weir_http_head_add(context, name, value);
	return MHD_YES;
}

static void count_answer(const struct weir_http_server *server, unsigned status)
{
	if (server->options.counts && status < WEIR_HTTP_STATUS_MAX)
		atomic_fetch_add(&server->options.counts->answered[status], 1);
}

static enum MHD_Result send_reply(struct exchange *exchange, struct MHD_Connection *connection,
				  struct weir_http_reply *reply, const char *allow, bool close)
{
	struct MHD_Response *response =
		weir_http_response(reply, allow, close || atomic_load(&exchange->server->draining));
	enum MHD_Result result;

	if (!response)
		return MHD_NO;
	result = MHD_queue_response(connection, reply->status, response);
	MHD_destroy_response(response);
	if (result == MHD_YES)
		count_answer(exchange->server, reply->status);
	return result;
}

static enum MHD_Result send_refusal(struct exchange *exchange, struct MHD_Connection *connection,
				    const struct weir_http_refusal *refusal)
{
	struct weir_http_reply reply = {.body = WEIR_BUF_INIT(WEIR_HTTP_REPLY_MAX)};
	enum MHD_Result result;

	weir_http_reply_error(&reply, refusal->status, refusal->code, refusal->message,
			      refusal->hint);
	if (refusal->status == 503)
		reply.retry_after_s = UNAVAILABLE_S;
	result = send_reply(exchange, connection, &reply, refusal->allow, true);
	reply_done(&reply);
	return result;
}

/* Room for the announced body within what all requests together may hold. */
static bool reserve_body(struct exchange *exchange)
{
	size_t len = exchange->head.length;

	exchange->body = WEIR_BUF_INIT(len);
	if (len == 0)
		return true;
	if (atomic_fetch_add(&exchange->server->body_bytes, len) > BODIES_MAX - len) {
		atomic_fetch_sub(&exchange->server->body_bytes, len);
		return false;
	}
	exchange->reserved = len;
	return true;
}

static struct weir_http_refusal stopping(void)
{
	return WEIR_HTTP_REFUSAL(503, "stopping", "the server is stopping", "try again later");
}

/* What can be said before anyone is asked who calls. */
static struct weir_http_refusal judge_framing(const struct exchange *exchange)
{
	struct weir_http_refusal refusal;

	if (exchange->late)
		return stopping();
	refusal = weir_http_head_framing(&exchange->head);
	if (!refusal.status && (exchange->uri_bad || !exchange->path))
		return WEIR_HTTP_REFUSAL(400, "target",
					 "the request target is not a path of up to 4 KiB",
					 "send a path");
	return refusal;
}

static struct weir_http_refusal fill_request(struct exchange *exchange, const char *method)
{
	const struct weir_http_options *options = &exchange->server->options;
	const struct weir_http_head *head = &exchange->head;

	exchange->request = (struct weir_http_request){
		.method = method,
		.path = exchange->path,
		.query = exchange->query,
		.pattern = exchange->route ? exchange->route->path : NULL,
		.bearer = weir_http_head_bearer(head),
		.head = head,
		.body = "",
	};
	if (options->caller_size == 0)
		return WEIR_HTTP_FINE;
	exchange->request.caller = calloc(1, options->caller_size);
	return exchange->request.caller
		       ? WEIR_HTTP_FINE
		       : WEIR_HTTP_REFUSAL(503, "busy", "out of memory", "try again later");
}

/* True when whoever calls may; else the answer has been given, with *ret. */
static bool admitted(struct exchange *exchange, struct MHD_Connection *connection,
		     enum MHD_Result *ret)
{
	const struct weir_http_options *options = &exchange->server->options;
	struct weir_http_reply reply = {.status = 500, .body = WEIR_BUF_INIT(WEIR_HTTP_REPLY_MAX)};
	bool yes = !options->admit || options->admit(options->admit_context, exchange->route,
						     &exchange->request, &reply);

	if (!yes)
		*ret = send_reply(exchange, connection, &reply, NULL, true);
	reply_done(&reply);
	return yes;
}

/* Who calls is asked before it is told whether there is such a path. */
static enum MHD_Result judge_head(struct exchange *exchange, struct MHD_Connection *connection,
				  const char *method)
{
	struct weir_http_refusal refusal, lost;
	enum MHD_Result result = MHD_NO;

	MHD_get_connection_values(connection, MHD_HEADER_KIND, on_header, &exchange->head);
	refusal = judge_framing(exchange);
	if (!refusal.status) {
		exchange->route = weir_http_find_route(&exchange->server->options, method,
						       exchange->path, &lost);
		refusal = fill_request(exchange, method);
	}
	if (refusal.status)
		return send_refusal(exchange, connection, &refusal);
	if (!admitted(exchange, connection, &result))
		return result;
	refusal = exchange->route ? weir_http_check_body(exchange->route, &exchange->head) : lost;
	if (!refusal.status && !reserve_body(exchange))
		refusal = WEIR_HTTP_REFUSAL(503, "busy", "too many requests at once",
					    "try again later");
	return refusal.status ? send_refusal(exchange, connection, &refusal) : MHD_YES;
}

static enum MHD_Result take_body(struct exchange *exchange, const char *data, size_t *size)
{
	if (weir_now_monotonic() - exchange->begun_ns > REQUEST_NS)
		return MHD_NO;
	if (weir_buf_append(&exchange->body, data, *size) < 0)
		return MHD_NO;
	*size = 0;
	return MHD_YES;
}

static void suspend(struct weir_http_waiter *waiter)
{
	const struct exchange *exchange = container_of(waiter, struct exchange, waiter);

	if (exchange->server->options.counts)
		atomic_fetch_add(&exchange->server->options.counts->waiting, 1);
	MHD_suspend_connection(exchange->resumed.connection);
}

static void resume(struct weir_http_waiter *waiter)
{
	struct exchange *exchange = container_of(waiter, struct exchange, waiter);

	if (exchange->server->options.counts)
		atomic_fetch_sub(&exchange->server->options.counts->waiting, 1);
	weir_http_loop_resume(exchange->loop, &exchange->resumed);
}

/* The end of the wait is set when it begins: whoever is woken and waits on does not wait longer. */
static int wait_on(struct exchange *exchange, uint64_t wait_ns, uint64_t wakes)
{
	struct weir_http_waiter *waiter = &exchange->waiter;

	if (waiter->until_ns == 0)
		waiter->until_ns = exchange->begun_ns + WEIR_MIN(wait_ns, WEIR_HTTP_WAIT_MAX);
	return weir_http_wheel_add(&exchange->server->wheel, waiter, wakes);
}

static void call_handler(struct exchange *exchange, bool last, struct weir_http_reply *reply)
{
	exchange->request.again = exchange->waiter.until_ns != 0;
	exchange->request.last = last;
	*reply =
		(struct weir_http_reply){.status = 500, .body = WEIR_BUF_INIT(WEIR_HTTP_REPLY_MAX)};
	exchange->route->handler(exchange->route->context, &exchange->request, reply);
}

/* Called again when a wait has ended. */
static enum MHD_Result answer(struct exchange *exchange, struct MHD_Connection *connection)
{
	const struct weir_http_refusal end = stopping();
	struct weir_http_reply reply = {};
	bool last = exchange->waiter.over;
	enum MHD_Result result;
	int r = -EAGAIN;

	if (exchange->body.len != exchange->head.length)
		return MHD_NO;
	if (exchange->body.data)
		exchange->request.body = exchange->body.data;
	exchange->request.len = exchange->body.len;
	while (r == -EAGAIN || r == -EBUSY) {
		uint64_t wakes = weir_http_wheel_wakes(&exchange->server->wheel);

		if (exchange->waiter.until_ns && atomic_load(&exchange->server->draining))
			return send_refusal(exchange, connection, &end);
		last |= r == -EBUSY;
		reply_done(&reply);
		call_handler(exchange, last, &reply);
		r = last || !reply.wait_ns ? 1 : wait_on(exchange, reply.wait_ns, wakes);
	}
	if (r == 1)
		result = send_reply(exchange, connection, &reply, NULL, false);
	else
		result = r == 0 ? MHD_YES : send_refusal(exchange, connection, &end);
	reply_done(&reply);
	return result;
}

/* Called with the head, then with each piece of the body, then once more without one. */
static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url,
				  const char *method, const char *version, const char *data,
				  size_t *size, void **slot)
{
	struct exchange *exchange = *slot;

	if (!exchange)
		return MHD_NO;
	if (exchange->seen)
		return *size ? take_body(exchange, data, size) : answer(exchange, connection);
	exchange->seen = true;
	return judge_head(exchange, connection, method);
}

static void no_log(void *context, const char *format, va_list args)
{
}

static struct MHD_Daemon *make_daemon(struct worker *worker, int fd, unsigned connections)
{
	const unsigned flags = MHD_USE_EPOLL | MHD_USE_ERROR_LOG | MHD_ALLOW_SUSPEND_RESUME;

	return MHD_start_daemon(flags, 0, NULL, NULL, on_request, worker,
				MHD_OPTION_EXTERNAL_LOGGER, no_log, NULL, MHD_OPTION_LISTEN_SOCKET,
				fd, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_URI_LOG_CALLBACK,
				on_uri, worker, MHD_OPTION_NOTIFY_COMPLETED, on_completed, worker,
				MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_CONNECTION_LIMIT,
				connections, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S,
				MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
				MHD_OPTION_END);
}

/* Each daemon closes the descriptor that it was given. One that did not start may have, so that what
 * is left then is the program's end. */
static int start_worker(struct weir_http_server *server, int listen_fd, unsigned connections)
{
	struct worker *worker = &server->workers[server->n_workers];
	struct MHD_Daemon *daemon;
	int r, fd = fcntl(listen_fd, F_DUPFD_CLOEXEC, 3);

	if (fd < 0)
		return -errno;
	worker->server = server;
	daemon = make_daemon(worker, fd, connections);
	if (!daemon)
		return -EIO;
	r = weir_http_loop_start(&worker->loop, daemon);
	if (r == 0)
		server->n_workers++;
	return r;
}

static int start_workers(struct weir_http_server *server, int listen_fd, struct weir_error *err)
{
	unsigned n = server->options.threads ? server->options.threads : DEFAULT_THREADS;
	unsigned connections = CONNECTIONS_MAX + server->wheel.max;
	int r = 0;

	server->workers = calloc(n, sizeof(*server->workers));
	if (!server->workers)
		return weir_error_set(err, -ENOMEM, 0, 0, "out of memory");
	for (unsigned i = 0; r == 0 && i < n; i++)
		r = start_worker(server, listen_fd, connections / n + (i < connections % n));
	return r < 0 ? weir_error_set(err, r, 0, 0, "the HTTP server did not start") : 0;
}

static const struct weir_http_wheel_calls wheel_calls = {.suspend = suspend, .resume = resume};

int weir_http_server_new(const struct weir_http_options *options, struct weir_error *err,
			 struct weir_http_server **ret)
{
	struct weir_http_server *server _cleanup_(weir_http_server_freep) = NULL;
	int fd _cleanup_(weir_closep) = -1;
	uint16_t port = 0;
	int r;

	if (!options->socket_path == !options->address || (options->address && !options->admit))
		return weir_error_set(err, -EINVAL, 0, 0,
				      "a Unix socket, or loopback where each caller is asked");
	if (options->socket_path)
		r = weir_http_listen_unix(options->socket_path, err, &fd);
	else
		r = weir_http_listen_loopback(options->address, options->port, err, &fd, &port);
	if (r < 0)
		return r;
	server = calloc(1, sizeof(*server));
	if (!server)
		return weir_error_set(err, -ENOMEM, 0, 0, "out of memory");
	server->options = *options;
	server->port = port;
	r = weir_http_wheel_start(&server->wheel, &wheel_calls,
				  options->waiting_max ? options->waiting_max : WAITING_MAX);
	if (r < 0)
		return weir_error_set(err, r, 0, 0, "no thread for requests that wait");
	r = start_workers(server, fd, err);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(server);
	return 0;
}

/* New requests are refused, not kept from coming: MHD_quiesce_daemon() (0.9.75) takes the listening
 * socket out of an epoll set at once with the thread that does the same, and ends the process when it
 * comes second. */
static void drain(struct weir_http_server *server)
{
	const struct timespec pause = {.tv_nsec = 5 * 1000 * 1000};
	const uint64_t until = weir_now_monotonic() + DRAIN_NS;

	while (atomic_load(&server->n_requests) && weir_now_monotonic() < until)
		nanosleep(&pause, NULL);
	for (unsigned i = 0; i < server->n_workers; i++)
		weir_http_loop_stop(&server->workers[i].loop);
}

void weir_http_server_free(struct weir_http_server *server)
{
	if (!server)
		return;
	atomic_store(&server->draining, true);
	if (server->options.socket_path)
		unlink(server->options.socket_path);
	weir_http_wheel_stop(&server->wheel);
	drain(server);
	free(server->workers);
	free(server);
}

void weir_http_server_wake(struct weir_http_server *server)
{
	weir_http_wheel_wake(&server->wheel);
}

uint16_t weir_http_server_port(const struct weir_http_server *server)
{
	return server->port;
}
