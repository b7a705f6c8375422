/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "client.h"
#include "weir/base/fd.h"
#include "weir/base/parse.h"
#include "weir/base/time.h"
#include "weir/console_http/server.h"

#define BODY_MAX    1000
#define AT_ONCE_MAX 256

struct fixture {
	char dir[64], socket[96];
	sem_t entered, leave; /* of the handler at /slow */
	struct weir_http_route routes[9];
	struct weir_http_server *server; /* of /poll */
	atomic_bool said;		 /* what /poll waits for */
	atomic_uint polled;		 /* calls of its handler */
	struct weir_http_options options;
};

/* "PATH|QUERY|TYPE|ENCODING|LENGTH|BODY" */
static void echo(void *context, const struct weir_http_request *request,
		 struct weir_http_reply *reply)
{
	reply->status = 200;
	reply->content_type = "text/plain";
	assert_int_equal(
		weir_buf_printf(&reply->body, "%s|%s|%s|%s|%zu|%.*s", request->path, request->query,
				weir_http_header(request, "content-type")
					? weir_http_header(request, "content-type")
					: "-",
				weir_http_header(request, "content-encoding")
					? weir_http_header(request, "content-encoding")
					: "-",
				request->len, (int)request->len, (const char *)request->body),
		0);
}

static void slow(void *context, const struct weir_http_request *request,
		 struct weir_http_reply *reply)
{
	struct fixture *fixture = context;

	sem_post(&fixture->entered);
	sem_wait(&fixture->leave);
	echo(context, request, reply);
}

static void error(void *context, const struct weir_http_request *request,
		  struct weir_http_reply *reply)
{
	weir_http_reply_error(reply, 503, "busy", "later", "wait");
	reply->retry_after_s = 7;
}

static void who_calls(void *context, const struct weir_http_request *request,
		      struct weir_http_reply *reply)
{
	reply->status = 200;
	assert_int_equal(weir_buf_printf(&reply->body, "%d", *(int *)request->caller), 0);
}

/* "WILDCARD0|WILDCARD1|COOKIE|X-CLIENT-SERIAL" */
static void headers(void *context, const struct weir_http_request *request,
		    struct weir_http_reply *reply)
{
	const char *cookie = weir_http_header(request, "cookie");
	const char *serial = weir_http_header(request, "x-client-serial");
	char first[8] = "-", second[8] = "-";

	assert_int_equal(weir_http_wildcard(request, 0, first, sizeof(first)), 0);
	if (weir_http_wildcard(request, 1, second, sizeof(second)) == -ENAMETOOLONG)
		(void)snprintf(second, sizeof(second), "long");
	assert_int_equal(weir_http_wildcard(request, 2, first, sizeof(first)), -ENOENT);
	assert_int_equal(weir_http_reply_header(reply, "Set-Cookie", "a=1; Secure"), 0);
	assert_int_equal(weir_http_reply_header(reply, "Set-Cookie", "b=2"), 0);
	assert_int_equal(weir_http_reply_header(reply, "Cache-Control", "max-age=60"), 0);
	assert_int_equal(weir_http_reply_header(reply, "X", "a\r\nSet-Cookie: c=3"), -EINVAL);
	reply->status = 200;
	assert_int_equal(weir_buf_printf(&reply->body, "%s|%s|%s|%s", first, second,
					 cookie ? cookie : "-", serial ? serial : "-"),
			 0);
}

/* Waits for fixture->said; "yes" or, the last time, "no". */
static void poll_said(void *context, const struct weir_http_request *request,
		      struct weir_http_reply *reply)
{
	struct fixture *fixture = context;
	bool said = atomic_load(&fixture->said);
	uint64_t seconds = 0;

	assert_int_equal(weir_parse_u64(request->query, &seconds), 0);
	atomic_fetch_add(&fixture->polled, 1);
	if (!said && !request->last) {
		reply->wait_ns = seconds * WEIR_NSEC_PER_SEC;
		return;
	}
	reply->status = 200;
	assert_int_equal(weir_buf_puts(&reply->body, said ? "yes" : "no"), 0);
}

static int setup(void **state)
{
	static struct fixture fixture;

	fixture = (struct fixture){.dir = "/tmp/weir-http-XXXXXX"};
	if (!mkdtemp(fixture.dir))
		return -1;
	(void)snprintf(fixture.socket, sizeof(fixture.socket), "%s/socket", fixture.dir);
	sem_init(&fixture.entered, 0, 0);
	sem_init(&fixture.leave, 0, 0);
	fixture.routes[0] = (struct weir_http_route){"POST", "/echo", BODY_MAX, echo, &fixture};
	fixture.routes[1] = (struct weir_http_route){"GET", "/item/*", 0, echo, &fixture};
	fixture.routes[2] = (struct weir_http_route){"GET", "/slow", 0, slow, &fixture};
	fixture.routes[3] = (struct weir_http_route){"GET", "/error", 0, error, &fixture};
	fixture.routes[4] = (struct weir_http_route){"PUT", "/of/*/do/*", 0, headers, &fixture};
	fixture.routes[5] = (struct weir_http_route){"DELETE", "/of/*/do/*", 0, headers, &fixture};
	fixture.routes[6] = (struct weir_http_route){"GET", "/poll", 0, poll_said, &fixture};
	fixture.routes[7] = (struct weir_http_route){"GET", "/of/*", 0, echo, &fixture};
	fixture.routes[8] = (struct weir_http_route){"GET", "/caller", 0, who_calls, &fixture};
	fixture.options = (struct weir_http_options){
		.socket_path = fixture.socket, .routes = fixture.routes, .n_routes = 9};
	signal(SIGPIPE, SIG_IGN);
	*state = &fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	sem_destroy(&fixture->entered);
	sem_destroy(&fixture->leave);
	unlink(fixture->socket);
	return rmdir(fixture->dir);
}

static int ask(const struct fixture *fixture, const char *request, char *text, size_t size)
{
	int fd _cleanup_(weir_closep) = client_unix(fixture->socket);
	struct client_reply reply _cleanup_(client_reply_done) = {};

	assert_true(fd >= 0);
	assert_int_equal(client_exchange(fd, request, strlen(request), &reply), 0);
	if (text)
		(void)snprintf(text, size, "%s", reply.body.data ? reply.body.data : "");
	return reply.status;
}

static void server__hands_requests_over(void **state)
{
	struct weir_http_server *server _cleanup_(weir_http_server_freep) = NULL;
	struct fixture *fixture = *state;
	char text[256];

	assert_int_equal(weir_http_server_new(&fixture->options, NULL, &server), 0);
	assert_int_equal(weir_http_server_port(server), 0);
	assert_int_equal(ask(fixture,
			     "POST /echo?a=1&b=%20 HTTP/1.1\r\nHost: x\r\nContent-Type: t/x\r\n"
			     "Content-Encoding: br\r\nContent-Length: 5\r\n\r\nhello",
			     text, sizeof(text)),
			 200);
	assert_string_equal(text, "/echo|a=1&b=%20|t/x|br|5|hello");
	assert_int_equal(ask(fixture, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
			     text, sizeof(text)),
			 200);
	assert_string_equal(text, "/echo||-|-|0|");
	assert_int_equal(
		ask(fixture, "GET /item/A-1 HTTP/1.1\r\nHost: x\r\n\r\n", text, sizeof(text)), 200);
	assert_string_equal(text, "/item/A-1||-|-|0|");
}

static void server__finds_routes(void **state)
{
	struct weir_http_server *server _cleanup_(weir_http_server_freep) = NULL;
	struct fixture *fixture = *state;
	static const struct {
		const char *line;
		int status;
	} cases[] = {
		{"GET /item/", 404},	  {"GET /item", 404},	   {"GET /item/a/b", 404},
		{"GET /", 404},		  {"GET /echo", 405},	   {"PUT /echo", 405},
		{"POST /item/a", 405},	  {"get /item/a", 405},	   {"GET //item/a", 404},
		{"GET /item/%2e", 200},	  {"PUT /of/a/do/b", 200}, {"DELETE /of/a/do/b", 200},
		{"POST /of/a/do/b", 405}, {"PUT /of//do/b", 404},  {"PUT /of/a/do/", 404},
		{"PUT /of/a/do/b/", 404}, {"PUT /of/a/d/b", 404},  {"PUT /of/a/do", 404},
		{"GET /of/*", 200},	  {"GET /of", 404},
	};

	assert_int_equal(weir_http_server_new(&fixture->options, NULL, &server), 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char request[128];

		(void)snprintf(request, sizeof(request),
			       "%s HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
			       cases[i].line);
		assert_int_equal(ask(fixture, request, NULL, 0), cases[i].status);
	}
}

static void server__writes_errors(void **state)
{
	struct weir_http_server *server _cleanup_(weir_http_server_freep) = NULL;
	struct fixture *fixture = *state;
	int fd _cleanup_(weir_closep) = -1;
	struct client_reply reply _cleanup_(client_reply_done) = {};
	static const char request[] = "GET /error HTTP/1.1\r\nHost: x\r\n\r\n";

	assert_int_equal(weir_http_server_new(&fixture->options, NULL, &server), 0);
	fd = client_unix(fixture->socket);
	assert_int_equal(client_exchange(fd, request, strlen(request), &reply), 0);
	assert_int_equal(reply.status, 503);
	assert_non_null(strstr(reply.head.data, "\r\nRetry-After: 7\r\n"));
	assert_non_null(strstr(reply.head.data, "\r\nCache-Control: no-store\r\n"));
	assert_string_equal(
		reply.body.data,
		"{\"error\":{\"code\":\"busy\",\"message\":\"later\",\"hint\":\"wait\"}}\n");
}

static void server__hands_headers_over(void **state)
{
	struct weir_http_server *server _cleanup_(weir_http_server_freep) = NULL;
	struct fixture *fixture = *state;
	int fd _cleanup_(weir_closep) = -1;
	struct client_reply reply _cleanup_(client_reply_done) = {};
	struct client_reply other _cleanup_(client_reply_done) = {};
	static const char request[] = "PUT /of/a-1/do/b HTTP/1.1\r\nHost: x\r\nCookie: s=1\r\n"
				      "X-CLIENT-Serial: 0A\r\n\r\n";
	static const char wrong[] = "GET /of/a/do/b HTTP/1.1\r\nHost: x\r\n\r\n";
	char text[64];

	assert_int_equal(weir_http_server_new(&fixture->options, NULL, &server), 0);
	fd = client_unix(fixture->socket);
	assert_int_equal(client_exchange(fd, request, strlen(request), &reply), 0);
	assert_int_equal(reply.status, 200);
	assert_string_equal(reply.body.data, "a-1|b|s=1|0A");
	assert_non_null(strstr(reply.head.data, "\r\nSet-Cookie: a=1; Secure\r\n"));
	assert_non_null(strstr(reply.head.data, "\r\nSet-Cookie: b=2\r\n"));
	assert_non_null(strstr(reply.head.data, "\r\nCache-Control: max-age=60\r\n"));
	assert_null(strstr(reply.head.data, "no-store"));
	assert_null(strstr(reply.head.data, "c=3"));
	assert_int_equal(client_exchange(fd, wrong, strlen(wrong), &other), 0);
	assert_int_equal(other.status, 405);
	assert_non_null(strstr(other.head.data, "\r\nAllow: PUT, DELETE\r\n"));

	assert_int_equal(ask(fixture, "PUT /of/a/do/12345678 HTTP/1.1\r\nHost: x\r\n\r\n", text,
			     sizeof(text)),
			 200);
	assert_string_equal(text, "a|long|-|-");
	assert_int_equal(ask(fixture,
			     "PUT /of/a/do/b HTTP/1.1\r\nHost: x\r\nX-Client-Serial: 0A\r\n"
			     "x-client-serial: 0B\r\n\r\n",
			     NULL, 0),
			 400);
}

struct poller {
	const struct fixture *fixture;
	const char *wait; /* seconds */
	int status;
	char text[64];
	pthread_t thread;
};

static void *poll_thread(void *context)
{
	struct poller *poller = context;
	char request[64];

	(void)snprintf(request, sizeof(request), "GET /poll?%s HTTP/1.1\r\nHost: x\r\n\r\n",
		       poller->wait);
	poller->status = ask(poller->fixture, request, poller->text, sizeof(poller->text));
	return NULL;
}

static void start_polls(struct fixture *fixture, const char *wait, struct poller *pollers,
			unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		pollers[i] = (struct poller){.fixture = fixture, .wait = wait};
		pthread_create(&pollers[i].thread, NULL, poll_thread, &pollers[i]);
	}
	while (atomic_load(&fixture->polled) < n)
		sched_yield();
}

static void end_polls(struct poller *pollers, unsigned n, int status, const char *text)
{
	for (unsigned i = 0; i < n; i++) {
		pthread_join(pollers[i].thread, NULL);
		assert_int_equal(pollers[i].status, status);
		if (text)
			assert_string_equal(pollers[i].text, text);
	}
}

/* More wait than there are threads, others are served meanwhile, and a wake reaches all. */
static void server__lets_requests_wait(void **state)
{
	struct weir_http_server *server _cleanup_(weir_http_server_freep) = NULL;
	struct fixture *fixture = *state;
	struct poller pollers[20];

	fixture->options.threads = 2;
	assert_int_equal(weir_http_server_new(&fixture->options, NULL, &server), 0);
	start_polls(fixture, "100", pollers, 20);
	assert_int_equal(ask(fixture, "GET /item/a HTTP/1.1\r\nHost: x\r\n\r\n", NULL, 0), 200);
	weir_http_server_wake(server); /* nothing to say: they wait on */
	assert_int_equal(ask(fixture, "GET /item/a HTTP/1.1\r\nHost: x\r\n\r\n", NULL, 0), 200);
	atomic_store(&fixture->said, true);
	weir_http_server_wake(server);
	end_polls(pollers, 20, 200, "yes");
}

static void server__ends_waits_in_time(void **state)
{
	struct weir_http_server *server _cleanup_(weir_http_server_freep) = NULL;
	struct fixture *fixture = *state;
	struct poller pollers[3];
	uint64_t begun = weir_now_monotonic(), took;

	assert_int_equal(weir_http_server_new(&fixture->options, NULL, &server), 0);
	start_polls(fixture, "1", pollers, 3);
	end_polls(pollers, 3, 200, "no");
	took = weir_now_monotonic() - begun;
	assert_true(took >= WEIR_NSEC_PER_SEC);
	assert_int_equal(atomic_load(&fixture->polled), 6);
}

/* One of three has no place and is answered at once; the others wait until the server ends. */
static void server__bounds_those_who_wait(void **state)
{
	struct weir_http_server *server = NULL;
	struct fixture *fixture = *state;
	struct poller pollers[3];
	unsigned answered = 0, ended = 0;

	fixture->options.waiting_max = 2;
	assert_int_equal(weir_http_server_new(&fixture->options, NULL, &server), 0);
	start_polls(fixture, "100", pollers, 3);
	while (atomic_load(&fixture->polled) < 4)
		sched_yield();
	weir_http_server_free(server);
	for (unsigned i = 0; i < 3; i++) {
		pthread_join(pollers[i].thread, NULL);
		answered += pollers[i].status == 200 && strcmp(pollers[i].text, "no") == 0;
		ended += pollers[i].status == 503;
	}
	assert_int_equal(answered, 1);
	assert_int_equal(ended, 2);
	assert_int_equal(atomic_load(&fixture->polled), 4);
}

static void *wake_often(void *context)
{
	struct fixture *fixture = context;

	while (!atomic_load(&fixture->said))
		weir_http_server_wake(fixture->server);
	weir_http_server_wake(fixture->server);
	return NULL;
}

/* Whatever a wake meets: a handler that asks, a request that begins or ends its wait. */
static void server__misses_no_wake(void **state)
{
	struct fixture *fixture = *state;
	struct poller pollers[4];
	pthread_t waker;

	for (int i = 0; i < 20; i++) {
		atomic_store(&fixture->said, false);
		atomic_store(&fixture->polled, 0);
		assert_int_equal(weir_http_server_new(&fixture->options, NULL, &fixture->server),
				 0);
		pthread_create(&waker, NULL, wake_often, fixture);
		start_polls(fixture, "100", pollers, 4);
		atomic_store(&fixture->said, true);
		end_polls(pollers, 4, 200, "yes");
		pthread_join(waker, NULL);
		weir_http_server_free(fixture->server);
	}
}

static void server__keeps_a_connection(void **state)
{
	struct weir_http_server *server _cleanup_(weir_http_server_freep) = NULL;
	struct fixture *fixture = *state;
	int fd _cleanup_(weir_closep) = -1;
	static const char request[] = "GET /item/a HTTP/1.1\r\nHost: x\r\n\r\n";

	assert_int_equal(weir_http_server_new(&fixture->options, NULL, &server), 0);
	fd = client_unix(fixture->socket);
	for (int i = 0; i < 10; i++) {
		struct client_reply reply _cleanup_(client_reply_done) = {};

		assert_int_equal(client_exchange(fd, request, strlen(request), &reply), 0);
		assert_int_equal(reply.status, 200);
		assert_false(reply.closed);
	}
}

static bool knows_the_token(void *context, const struct weir_http_route *route,
			    const struct weir_http_request *request, struct weir_http_reply *reply)
{
	assert_string_equal(request->method, route && route->body_max ? "POST" : "GET");
	assert_int_equal(request->len, 0);
	assert_int_equal(*(int *)request->caller, 0);
	*(int *)request->caller = 4711;
	if (request->bearer && strcmp(request->bearer, "0123456789abcdef") == 0)
		return true;
	weir_http_reply_error(reply, 401, "unauthorized", "no", "none");
	return false;
}

/* Every call without the token is turned away, before its body or its path counts. */
static void server__asks_who_calls(void **state)
{
	struct weir_http_server *server _cleanup_(weir_http_server_freep) = NULL;
	struct fixture *fixture = *state;
	static const struct {
		const char *header;
		int status;
	} cases[] = {
		{"", 401},
		{"Authorization: Bearer 0123456789abcdef\r\n", 200},
		{"authorization: bearer 0123456789abcdef\r\n", 200},
		{"Authorization: Bearer 0123456789abcdee\r\n", 401},
		{"Authorization: Bearer 0123456789abcde\r\n", 401},
		{"Authorization: Bearer 0123456789abcdef0\r\n", 401},
		{"Authorization: Bearer \r\n", 401},
		{"Authorization: Basic 0123456789abcdef\r\n", 401},
		{"Authorization: 0123456789abcdef\r\n", 401},
		{"Authorization: Bearer 0123456789abcdef\r\nAuthorization: Bearer "
		 "0123456789abcdef\r\n",
		 400},
	};
	char request[256], text[16];

	fixture->options.admit = knows_the_token;
	fixture->options.caller_size = sizeof(int);
	assert_int_equal(weir_http_server_new(&fixture->options, NULL, &server), 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		(void)snprintf(request, sizeof(request),
			       "GET /item/a HTTP/1.1\r\nHost: x\r\n%s\r\n", cases[i].header);
		assert_int_equal(ask(fixture, request, NULL, 0), cases[i].status);
	}
	assert_int_equal(ask(fixture, "GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n", NULL, 0), 401);
	assert_int_equal(ask(fixture,
			     "GET /nowhere HTTP/1.1\r\nHost: x\r\n"
			     "Authorization: Bearer 0123456789abcdef\r\n\r\n",
			     NULL, 0),
			 404);
	assert_int_equal(ask(fixture,
			     "GET /caller HTTP/1.1\r\nHost: x\r\n"
			     "Authorization: Bearer 0123456789abcdef\r\n\r\n",
			     text, sizeof(text)),
			 200);
	assert_string_equal(text, "4711");
	assert_int_equal(ask(fixture,
			     "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n",
			     NULL, 0),
			 401);
}

static void server__bounds_bodies(void **state)
{
	struct weir_http_server *server _cleanup_(weir_http_server_freep) = NULL;
	struct fixture *fixture = *state;
	char request[BODY_MAX + 256];
	int n;

	assert_int_equal(weir_http_server_new(&fixture->options, NULL, &server), 0);
	n = snprintf(request, sizeof(request),
		     "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n", BODY_MAX);
	memset(request + n, 'b', BODY_MAX);
	request[n + BODY_MAX] = '\0';
	assert_int_equal(ask(fixture, request, NULL, 0), 200);
	/* refused by the head alone: no byte of the body is sent */
	(void)snprintf(request, sizeof(request),
		       "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n",
		       BODY_MAX + 1);
	assert_int_equal(ask(fixture, request, NULL, 0), 413);
	assert_int_equal(ask(fixture, "POST /echo HTTP/1.1\r\nHost: x\r\n\r\n", NULL, 0), 411);
	assert_int_equal(ask(fixture,
			     "GET /item/a HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n", NULL,
			     0),
			 400);
}

static void server__listens_on_loopback_alone(void **state)
{
	static const char *const addresses[] = {
		"0.0.0.0",   "127.0.0.2", "192.0.2.1", "::",	     "::1",
		"localhost", "",	  "127.1",     "127.0.0.1 ", "example.org"};
	struct fixture *fixture = *state;
	struct weir_http_server *server = NULL;

	fixture->options.socket_path = NULL;
	fixture->options.admit = knows_the_token;
	for (size_t i = 0; i < ARRAY_SIZE(addresses); i++) {
		struct weir_error err = {};

		fixture->options.address = addresses[i];
		assert_int_equal(weir_http_server_new(&fixture->options, &err, &server), -EPERM);
		assert_non_null(strstr(err.text, "without TLS"));
		assert_non_null(strstr(err.hint, "nginx"));
	}
	fixture->options.address = "127.0.0.1";
	fixture->options.admit = NULL;
	assert_int_equal(weir_http_server_new(&fixture->options, NULL, &server), -EINVAL);
	fixture->options.admit = knows_the_token;
	assert_int_equal(weir_http_server_new(&fixture->options, NULL, &server), 0);
	assert_true(weir_http_server_port(server) > 0);
	weir_http_server_free(server);
	fixture->options.socket_path = fixture->socket;
	assert_int_equal(weir_http_server_new(&fixture->options, NULL, &server), -EINVAL);
	fixture->options.address = NULL;
}

static void server__guards_its_socket(void **state)
{
	struct fixture *fixture = *state;
	struct weir_http_server *server = NULL, *second = NULL;
	struct weir_error err = {};
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	struct stat st;
	mode_t mask = umask(0);
	int fd;

	assert_int_equal(weir_http_server_new(&fixture->options, NULL, &server), 0);
	umask(mask);
	assert_int_equal(stat(fixture->socket, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0660);
	assert_int_equal(weir_http_server_new(&fixture->options, &err, &second), -EADDRINUSE);
	assert_int_equal(ask(fixture, "GET /item/a HTTP/1.1\r\nHost: x\r\n\r\n", NULL, 0), 200);
	weir_http_server_free(server);
	assert_int_equal(stat(fixture->socket, &st), -1);

	/* what a killed server leaves */
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	memcpy(name.sun_path, fixture->socket, strlen(fixture->socket) + 1);
	assert_int_equal(bind(fd, (struct sockaddr *)&name, sizeof(name)), 0);
	weir_close(fd);
	assert_int_equal(weir_http_server_new(&fixture->options, NULL, &server), 0);
	weir_http_server_free(server);

	fd = open(fixture->socket, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	weir_close(fd);
	assert_int_equal(weir_http_server_new(&fixture->options, NULL, &server), -EEXIST);
	assert_int_equal(stat(fixture->socket, &st), 0);
}

static void *ask_slow(void *context)
{
	static int status;

	status = ask(context, "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n", NULL, 0);
	return &status;
}

static void *free_server(void *context)
{
	weir_http_server_free(context);
	return NULL;
}

/* The end of the server waits for a request under way, and takes no new ones, not even on a connection
 * that it has. */
static void server__answers_what_has_begun(void **state)
{
	static const char late[] = "GET /item/1 HTTP/1.1\r\nHost: x\r\n\r\n";
	struct fixture *fixture = *state;
	struct weir_http_server *server = NULL;
	int kept _cleanup_(weir_closep) = -1;
	struct client_reply first _cleanup_(client_reply_done) = {};
	struct client_reply second _cleanup_(client_reply_done) = {};
	pthread_t client, end;
	void *status = NULL;

	fixture->options.threads = 1;
	assert_int_equal(weir_http_server_new(&fixture->options, NULL, &server), 0);
	kept = client_unix(fixture->socket);
	assert_int_equal(client_exchange(kept, late, strlen(late), &first), 0);
	assert_int_equal(first.status, 200);
	pthread_create(&client, NULL, ask_slow, fixture);
	sem_wait(&fixture->entered);
	pthread_create(&end, NULL, free_server, server);
	while (access(fixture->socket, F_OK) == 0)
		sched_yield();
	assert_int_equal(send(kept, late, strlen(late), 0), strlen(late));
	sem_post(&fixture->leave);
	assert_int_equal(client_exchange(kept, "", 0, &second), 0);
	pthread_join(client, &status);
	pthread_join(end, NULL);
	assert_int_equal(*(int *)status, 200);
	assert_true(second.status == 503 || second.status == 0);
	assert_true(client_unix(fixture->socket) < 0);
}

/* A server may be ended at any moment: while it accepts, reads, answers. */
static void server__ends_at_any_moment(void **state)
{
	struct fixture *fixture = *state;

	for (int i = 0; i < 1000; i++) {
		struct weir_http_server *server _cleanup_(weir_http_server_freep) = NULL;
		int fds[4];

		assert_int_equal(weir_http_server_new(&fixture->options, NULL, &server), 0);
		for (int j = 0; j < 4; j++) {
			fds[j] = client_unix(fixture->socket);
			assert_true(fds[j] >= 0);
			(void)send(fds[j], "GET /item/1 HTTP/1.1\r\n\r\n", 10 + i % 14, 0);
		}
		for (int j = 0; j < 4; j++)
			weir_close(fds[j]);
	}
}

/* The server alone in a process, with one thread, until it is killed. Its word says that it listens; its
 * socket has a name before. */
static pid_t fork_server(const struct fixture *fixture)
{
	struct weir_http_options options = fixture->options;
	struct weir_http_server *server;
	int told[2];
	char word;
	pid_t pid;

	options.threads = 1;
	assert_int_equal(pipe2(told, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (weir_http_server_new(&options, NULL, &server) < 0 || write(told[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	assert_true(pid > 0);
	weir_close(told[1]);
	assert_int_equal(read(told[0], &word, 1), 1);
	weir_close(told[0]);
	return pid;
}

/* All the requests are there at once when the server's thread looks: while it is stopped they come. */
static void ask_at_once(const struct fixture *fixture, pid_t server, unsigned n)
{
	static const char request[] = "GET /item/1 HTTP/1.1\r\nHost: x\r\n\r\n";
	int fds[AT_ONCE_MAX], status;

	for (unsigned i = 0; i < n; i++) {
		struct client_reply first _cleanup_(client_reply_done) = {};

		fds[i] = client_unix(fixture->socket);
		assert_true(fds[i] >= 0);
		assert_int_equal(client_exchange(fds[i], request, strlen(request), &first), 0);
		assert_int_equal(first.status, 200);
	}
	assert_int_equal(kill(server, SIGSTOP), 0);
	assert_int_equal(waitpid(server, &status, WUNTRACED), server);
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(send(fds[i], request, strlen(request), 0), strlen(request));
	assert_int_equal(kill(server, SIGCONT), 0);
	for (unsigned i = 0; i < n; i++) {
		struct client_reply reply _cleanup_(client_reply_done) = {};

		assert_int_equal(client_read(fds[i], &reply), 0);
		assert_int_equal(reply.status, 200);
		weir_close(fds[i]);
	}
}

/* The library takes 128 events from the kernel at a time. Its own thread slept on with exactly so many in
 * hand, until the connections had been silent for too long and were closed without an answer. */
static void server__answers_as_many_as_come_at_once(void **state)
{
	const struct fixture *fixture = *state;
	pid_t server = fork_server(fixture);

	ask_at_once(fixture, server, 127);
	ask_at_once(fixture, server, 128);
	ask_at_once(fixture, server, AT_ONCE_MAX);
	assert_int_equal(kill(server, SIGKILL), 0);
	assert_int_equal(waitpid(server, NULL, 0), server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(server__hands_requests_over, setup, teardown),
		cmocka_unit_test_setup_teardown(server__finds_routes, setup, teardown),
		cmocka_unit_test_setup_teardown(server__writes_errors, setup, teardown),
		cmocka_unit_test_setup_teardown(server__hands_headers_over, setup, teardown),
		cmocka_unit_test_setup_teardown(server__lets_requests_wait, setup, teardown),
		cmocka_unit_test_setup_teardown(server__ends_waits_in_time, setup, teardown),
		cmocka_unit_test_setup_teardown(server__bounds_those_who_wait, setup, teardown),
		cmocka_unit_test_setup_teardown(server__misses_no_wake, setup, teardown),
		cmocka_unit_test_setup_teardown(server__keeps_a_connection, setup, teardown),
		cmocka_unit_test_setup_teardown(server__asks_who_calls, setup, teardown),
		cmocka_unit_test_setup_teardown(server__bounds_bodies, setup, teardown),
		cmocka_unit_test_setup_teardown(server__listens_on_loopback_alone, setup, teardown),
		cmocka_unit_test_setup_teardown(server__guards_its_socket, setup, teardown),
		cmocka_unit_test_setup_teardown(server__answers_what_has_begun, setup, teardown),
		cmocka_unit_test_setup_teardown(server__ends_at_any_moment, setup, teardown),
		cmocka_unit_test_setup_teardown(server__answers_as_many_as_come_at_once, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
