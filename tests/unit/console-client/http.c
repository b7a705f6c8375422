/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTP client against a thread that answers each connection with bytes the test chose. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "scratch.h"
#include "weir/base/fd.h"
#include "weir/base/time.h"
#include "weir/console_client/http.h"

struct server {
	int fd;
	char base[128];
	const char *answer; /* NULL: silence until the client goes */
	char request[8192];
	size_t request_len;
	pthread_t thread;
};

/* Reads head and body (Content-Length) of one request. */
static void read_request(struct server *server, int fd)
{
	size_t wanted = sizeof(server->request) - 1, body = 0;

	server->request_len = 0;
	while (server->request_len < wanted) {
		ssize_t n = read(fd, server->request + server->request_len,
				 sizeof(server->request) - 1 - server->request_len);
		char *end, *length;

		if (n <= 0)
			break;
		server->request_len += (size_t)n;
		server->request[server->request_len] = '\0';
		end = strstr(server->request, "\r\n\r\n");
		length = strstr(server->request, "Content-Length: ");
		if (!end)
			continue;
		wanted = (size_t)(end + 4 - server->request);
		if (length && length < end && sscanf(length, "Content-Length: %zu", &body) == 1)
			wanted += body;
	}
}

static void *serve(void *context)
{
	struct server *server = context;
	int fd = accept(server->fd, NULL, NULL);
	char byte;

	if (fd < 0)
		return NULL;
	read_request(server, fd);
	if (server->answer)
		(void)!write(fd, server->answer, strlen(server->answer));
	else
		(void)!read(fd, &byte, 1);
	(void)close(fd);
	return NULL;
}

static void start(struct server *server, const char *answer)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);

	*server = (struct server){.answer = answer,
				  .fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
	assert_int_equal(bind(server->fd, (struct sockaddr *)&address, len), 0);
	assert_int_equal(listen(server->fd, 4), 0);
	assert_int_equal(getsockname(server->fd, (struct sockaddr *)&address, &len), 0);
	(void)snprintf(server->base, sizeof(server->base), "http://127.0.0.1:%u",
		       ntohs(address.sin_port));
	assert_int_equal(pthread_create(&server->thread, NULL, serve, server), 0);
}

static void stop(struct server *server)
{
	assert_int_equal(pthread_join(server->thread, NULL), 0);
	(void)close(server->fd);
}

static struct weir_http *new_http(const char *base)
{
	struct weir_http_options options = {.base = base, .max_response = 100};
	struct weir_http *http = NULL;

	assert_int_equal(weir_http_new(&options, &http, NULL), 0);
	return http;
}

static const struct weir_http_request get = {.method = "GET", .path = "/x?y=1"};

/* One GET answered with these bytes. */
static int exchange(const char *answer, struct weir_http_response *ret)
{
	struct weir_http *http _cleanup_(weir_http_freep) = NULL;
	struct server server;
	int r;

	start(&server, answer);
	http = new_http(server.base);
	r = weir_http_perform(http, &get, ret);
	if (r < 0)
		assert_non_null(strstr(weir_http_error(http), "127.0.0.1"));
	stop(&server);
	return r;
}

static void http__addresses(void **state)
{
	static const char *const good[] = {"http://127.0.0.1:80",
					   "http://127.1.2.3:8080/",
					   "http://localhost:1",
					   "http://[::1]:9",
					   "unix:/run/x.sock",
					   "https://127.0.0.1",
					   "https://console.example:8443/"};
	static const char *const bad[] = {"",
					  "127.0.0.1:80",
					  "http://192.0.2.1:80",
					  "http://example.org",
					  "https://",
					  "https://u@console.example",
					  "https://console.example/x",
					  "ftp://127.0.0.1",
					  "http://0.0.0.0:80",
					  "http://[2001:db8::1]",
					  "http://127.0.0.1:80/x",
					  "http://u:p@127.0.0.1",
					  "http://127.0.0.1?q",
					  "unix:relative",
					  "unix:",
					  "http://127.0.0.1.example",
					  "http://127.0.0.1@192.0.2.1",
					  "file:///etc/passwd",
					  "http://localhost.example"};

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		weir_http_free(new_http(good[i]));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct weir_http_options options = {.base = bad[i]};
		struct weir_http *http = NULL;
		struct weir_error error = {0};

		if (weir_http_new(&options, &http, &error) != -EINVAL)
			fail_msg("taken: %s", bad[i]);
		assert_true(error.text[0] && error.hint[0]);
	}
}

static void http__request_on_the_wire(void **state)
{
	static const char *const headers[] = {"Content-Type: text/x", NULL};
	struct weir_http *http _cleanup_(weir_http_freep) = NULL;
	struct weir_http_request request = {.method = "PUT",
					    .path = "/a/b",
					    .headers = headers,
					    .bearer = "t0k",
					    .body = "a\0b",
					    .body_len = 3};
	struct weir_http_response response;
	struct server server;

	start(&server, "HTTP/1.1 201 Created\r\nContent-Length: 2\r\nContent-Type: Text/JSON; "
		       "charset=utf-8\r\n\r\nok");
	http = new_http(server.base);
	(void)setenv("http_proxy", "http://192.0.2.1:3128", 1);
	assert_int_equal(weir_http_perform(http, &request, &response), 0);
	stop(&server);
	assert_int_equal(response.status, 201);
	assert_string_equal(response.content_type, "text/json");
	assert_int_equal(response.retry_after_s, 0);
	assert_int_equal(response.body.len, 2);
	assert_memory_equal(response.body.data, "ok", 2);
	weir_http_response_done(&response);
	assert_ptr_equal(strstr(server.request, "PUT /a/b HTTP/1.1\r\n"), server.request);
	assert_non_null(strstr(server.request, "Content-Type: text/x\r\n"));
	assert_non_null(strstr(server.request, "Authorization: Bearer t0k\r\n"));
	assert_null(strstr(server.request, "Expect:"));
	assert_memory_equal(server.request + server.request_len - 3, "a\0b", 3);
}

static void http__retry_after(void **state)
{
	struct weir_http_response response;

	assert_int_equal(exchange("HTTP/1.1 503 x\r\nRetry-After: 17\r\nContent-Length: 0\r\n\r\n",
				  &response),
			 0);
	assert_int_equal(response.status, 503);
	assert_int_equal(response.retry_after_s, 17);
	weir_http_response_done(&response);
	assert_int_equal(
		exchange("HTTP/1.1 429 x\r\nRetry-After: 4000000000\r\nContent-Length: 0\r\n\r\n",
			 &response),
		0);
	assert_int_equal(response.retry_after_s, WEIR_HTTP_RETRY_AFTER_MAX);
	weir_http_response_done(&response);
	assert_int_equal(exchange("HTTP/1.1 503 x\r\nRetry-After: Wed, 21 Oct 2026 07:28:00 GMT\r\n"
				  "Content-Length: 0\r\n\r\n",
				  &response),
			 0);
	assert_int_equal(response.retry_after_s, 0);
	weir_http_response_done(&response);
}

static void http__does_not_follow(void **state)
{
	struct weir_http_response response;

	assert_int_equal(exchange("HTTP/1.1 302 x\r\nLocation: "
				  "http://192.0.2.1/\r\nContent-Length: 0\r\n\r\n",
				  &response),
			 0);
	assert_int_equal(response.status, 302);
	weir_http_response_done(&response);
}

static void http__bad_answers(void **state)
{
	struct weir_http_response response = {.status = 7};
	char big[256] = "HTTP/1.1 200 x\r\n\r\n";

	memset(big + strlen(big), 'x', 101);
	assert_int_equal(exchange(big, &response), -EMSGSIZE);
	assert_int_equal(exchange("HTTP/1.1 200 x\r\nContent-Length: 50\r\n\r\nhalf", &response),
			 -ECONNRESET);
	assert_int_equal(exchange("", &response), -ECONNRESET);
	assert_int_equal(exchange("SSH-2.0-x\r\n", &response), -EPROTO);
	assert_int_equal(response.status, 7);
}

static bool after_a_while(void *context)
{
	return ++*(int *)context > 1;
}

static void http__silence(void **state)
{
	struct weir_http_options options = {.timeout_ns = 50 * WEIR_NSEC_PER_MSEC};
	struct weir_http *http = NULL;
	struct weir_http_response response;
	struct server server;
	int calls = 0;

	start(&server, NULL);
	options.base = server.base;
	assert_int_equal(weir_http_new(&options, &http, NULL), 0);
	assert_int_equal(weir_http_perform(http, &get, &response), -ETIMEDOUT);
	weir_http_free(http);
	stop(&server);
	start(&server, NULL);
	options = (struct weir_http_options){
		.base = server.base, .cancelled = after_a_while, .cancelled_context = &calls};
	assert_int_equal(weir_http_new(&options, &http, NULL), 0);
	assert_int_equal(weir_http_perform(http, &get, &response), -ECANCELED);
	weir_http_free(http);
	stop(&server);
}

static void http__nobody_there(void **state)
{
	struct weir_http *http _cleanup_(weir_http_freep) = new_http("unix:/nonexistent/socket");
	struct weir_http_response response;

	assert_int_equal(weir_http_perform(http, &get, &response), -ECONNREFUSED);
	assert_non_null(strstr(weir_http_error(http), "/nonexistent/socket"));
}

static void http__malformed_requests(void **state)
{
	static const char *const split[] = {"A: b\r\nC: d", NULL}, *const colonless[] = {"A", NULL};
	const struct weir_http_request requests[] = {
		{.method = "GET", .path = "x"},
		{.method = "GET", .path = "/x y"},
		{.method = "GET", .path = "/x\r\nA: b"},
		{.method = "GET x", .path = "/"},
		{.method = "", .path = "/"},
		{.method = "GET", .path = "/", .headers = split},
		{.method = "GET", .path = "/", .headers = colonless},
		{.method = "GET", .path = "/", .bearer = "a\nb"},
	};
	struct weir_http *http _cleanup_(weir_http_freep) = new_http("unix:/nonexistent/socket");
	struct weir_http_response response;

	for (size_t i = 0; i < ARRAY_SIZE(requests); i++)
		assert_int_equal(weir_http_perform(http, &requests[i], &response), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(http__addresses),    cmocka_unit_test(http__request_on_the_wire),
		cmocka_unit_test(http__retry_after),  cmocka_unit_test(http__does_not_follow),
		cmocka_unit_test(http__bad_answers),  cmocka_unit_test(http__silence),
		cmocka_unit_test(http__nobody_there), cmocka_unit_test(http__malformed_requests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
