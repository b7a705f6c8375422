/* SPDX-License-Identifier: Apache-2.0 */
/* Requests that two parsers read differently, sent as bytes: each is refused and nothing behind it
 * is answered. */

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cmocka.h>

#include "client.h"
#include "fake.h"
#include "process.h"
#include "weir/base/fd.h"

static const char program[] = WEIR_TEST_BIN "/weir-console";

#define HIDDEN "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"

static int setup(void **state)
{
	static struct console console;

	*state = &console;
	return console_init(&console) < 0 || console_start(&console, program) < 0 ? -1 : 0;
}

static int teardown(void **state)
{
	console_done(*state);
	return 0;
}

/* Sends the bytes and reads until the server closes; the status of the first answer. */
static int probe(const struct console *console, const char *data, size_t len, struct weir_buf *text)
{
	int fd _cleanup_(weir_closep) = client_unix(console->socket);
	struct timeval limit = {.tv_sec = 10};
	char part[4096];
	ssize_t n;

	assert_true(fd >= 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	assert_true(send(fd, data, len, MSG_NOSIGNAL) == (ssize_t)len);
	while ((n = read(fd, part, sizeof(part))) > 0)
		assert_int_equal(weir_buf_append(text, part, (size_t)n), 0);
	/* closed or reset, but not still open */
	assert_true(n == 0 || errno == ECONNRESET);
	if (text->len < 12)
		return 0;
	return (text->data[9] - '0') * 100 + (text->data[10] - '0') * 10 + text->data[11] - '0';
}

static void smuggling__is_refused_and_closed(void **state)
{
#define POST "POST /v1/events HTTP/1.1\r\nHost: x\r\n"
#define GET  "GET /healthz HTTP/1.1\r\n"
	static const struct {
		const char *name, *request;
		int status;
	} cases[] = {
		{"two lengths", POST "Content-Length: 3\r\nContent-Length: 40\r\n\r\nabc" HIDDEN,
		 400},
		{"equal lengths", POST "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc" HIDDEN,
		 400},
		{"list", POST "Content-Length: 3, 3\r\n\r\nabc" HIDDEN, 400},
		{"plus", POST "Content-Length: +3\r\n\r\nabc" HIDDEN, 400},
		{"minus", POST "Content-Length: -3\r\n\r\nabc" HIDDEN, 400},
		{"hex", POST "Content-Length: 0x3\r\n\r\nabc" HIDDEN, 400},
		{"empty length", POST "Content-Length: \r\n\r\n" HIDDEN, 400},
		{"overflow", POST "Content-Length: 18446744073709551619\r\n\r\nabc" HIDDEN, 413},
		{"both",
		 POST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" HIDDEN,
		 400},
		{"both, other order",
		 POST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" HIDDEN,
		 400},
		{"chunked", POST "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" HIDDEN, 411},
		{"gzip, chunked", POST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" HIDDEN,
		 411},
		{"xchunked", POST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" HIDDEN, 411},
		{"chunked GET", GET "Host: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" HIDDEN,
		 411},
		{"blank before colon",
		 POST "Transfer-Encoding : chunked\r\nContent-Length: 3\r\n\r\nabc" HIDDEN, 400},
		{"stray CR",
		 POST "X: a\rTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nabc" HIDDEN,
		 400},
		{"no host", GET "\r\n" HIDDEN, 400},
		{"two hosts", GET "Host: x\r\nHost: y\r\n\r\n" HIDDEN, 400},
		{"empty host", GET "Host:\r\n\r\n" HIDDEN, 400},
		{"no host, 1.0", "GET /healthz HTTP/1.0\r\n\r\n", 400},
		{"body of a GET", GET "Host: x\r\nContent-Length: 3\r\n\r\nabc" HIDDEN, 400},
		{"no length", POST "\r\n" HIDDEN, 411},
		{"too large", POST "Content-Length: 1048577\r\n\r\n" HIDDEN, 413},
		{"absolute target", "GET http://x/healthz HTTP/1.1\r\nHost: x\r\n\r\n" HIDDEN, 400},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(65536);
		int status = probe(*state, cases[i].request, strlen(cases[i].request), &text);

		if (status != cases[i].status || strstr(text.data, "HTTP/1.1 200"))
			print_error("%s:\n%s\n", cases[i].name, text.data);
		assert_int_equal(status, cases[i].status);
		assert_null(strstr(text.data, "HTTP/1.1 200"));
		assert_null(strstr(text.data, "\"status\":\"ok\""));
	}
}

static void smuggling__bytes_behind_a_nul_are_refused(void **state)
{
	static const char request[] =
		"GET /healthz HTTP/1.1\r\nHost: x\r\nContent-\0Length: 3\r\n\r\nabc" HIDDEN;
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(65536);

	assert_int_equal(probe(*state, request, sizeof(request) - 1, &text), 400);
	assert_null(strstr(text.data, "\"status\":\"ok\""));
}

static void smuggling__two_good_requests_are_two_answers(void **state)
{
	const struct console *console = *state;
	int fd _cleanup_(weir_closep) = client_unix(console->socket);
	struct client_reply first _cleanup_(client_reply_done) = {};
	struct client_reply second _cleanup_(client_reply_done) = {};

	assert_int_equal(client_exchange(fd, HIDDEN HIDDEN, 2 * strlen(HIDDEN), &first), 0);
	assert_int_equal(first.status, 200);
	assert_int_equal(client_read(fd, &second), 0);
	assert_int_equal(second.status, 200);
}

static void smuggling__heads_are_bounded(void **state)
{
	struct weir_buf request _cleanup_(weir_buf_done) = WEIR_BUF_INIT(256 * 1024);
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(65536);
	struct client_reply reply _cleanup_(client_reply_done) = {};
	const struct console *console = *state;
	int status;

	assert_int_equal(weir_buf_puts(&request, "GET /healthz HTTP/1.1\r\nHost: x\r\nX: "), 0);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(
			weir_buf_puts(&request, "0123456789012345678901234567890123456789"), 0);
	/* without its end: what is too much is too much already */
	status = probe(console, request.data, request.len, &text);
	assert_true(status == 413 || status == 431);
	assert_int_equal(client_get(console->socket, NULL, "/healthz", &reply), 0);
	assert_int_equal(reply.status, 200);
}

/* A client that goes away in the middle of a batch leaves nothing behind. */
static void smuggling__half_a_batch_is_nothing(void **state)
{
	struct weir_buf bytes _cleanup_(weir_buf_done) = WEIR_BUF_INIT(1024 * 1024);
	struct weir_buf request _cleanup_(weir_buf_done) = WEIR_BUF_INIT(1024 * 1024);
	struct client_reply reply _cleanup_(client_reply_done) = {};
	const struct console *console = *state;
	int fd = client_unix(console->socket);

	fake_batch(&(struct fake_batch){.agent = 1, .epoch = 1, .first = 1, .n = 20}, &bytes);
	assert_int_equal(weir_buf_printf(&request,
					 POST "Content-Type: application/x-protobuf\r\n"
					      "Content-Length: %zu\r\n\r\n",
					 bytes.len),
			 0);
	assert_int_equal(weir_buf_append(&request, bytes.data, bytes.len / 2), 0);
	assert_true(send(fd, request.data, request.len, MSG_NOSIGNAL) == (ssize_t)request.len);
	weir_close(fd);
	assert_int_equal(client_get(console->socket, console->token, "/api/v1/events", &reply), 0);
	assert_string_equal(reply.body.data, "{\"events\":[],\"next_before\":null}\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(smuggling__is_refused_and_closed),
		cmocka_unit_test(smuggling__bytes_behind_a_nul_are_refused),
		cmocka_unit_test(smuggling__two_good_requests_are_two_answers),
		cmocka_unit_test(smuggling__heads_are_bounded),
		cmocka_unit_test(smuggling__half_a_batch_is_nothing),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
