/* SPDX-License-Identifier: Apache-2.0 */
/* The program as an operator meets it: options, its folder, its token, its end. */

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "client.h"
#include "fake.h"
#include "process.h"
#include "weir/base/fd.h"

static const char program[] = WEIR_TEST_BIN "/weir-console";

static int setup(void **state)
{
	static struct console console;

	*state = &console;
	return console_init(&console);
}

static int teardown(void **state)
{
	console_done(*state);
	return 0;
}

/* Runs the program where it must refuse; its status, with the words it must say. */
static int refused(const char *const *argv, const char *words)
{
	struct process_result result _cleanup_(process_result_done) = {};

	const char *said;

	assert_int_equal(process_run(argv, &result), 0);
	said = result.err.data ? result.err.data : "";
	if (!strstr(said, words))
		print_error("%s\n", said);
	assert_non_null(strstr(said, words));
	return result.status;
}

static void program__refuses_other_addresses(void **state)
{
	static const char *const addresses[] = {"0.0.0.0:0", "192.0.2.1:8080", ":::0", "[::]:0",
						"localhost:0"};
	struct console *console = *state;

	for (size_t i = 0; i < ARRAY_SIZE(addresses); i++)
		assert_int_equal(refused((const char *const[]){program, "--state", console->state,
							       "--dev", addresses[i], NULL},
					 "only 127.0.0.1 is allowed"),
				 1);
}

static void program__checks_its_options(void **state)
{
	struct console *console = *state;
	const char *s = console->state;
	const struct {
		const char *argv[8];
		const char *words;
	} cases[] = {
		{{program}, "--state is missing"},
		{{program, "--state", s}, "nothing to listen on"},
		{{program, "--state", s, "--dev", "x"}, "--dev takes PORT"},
		{{program, "--state", s, "--dev", "65536"}, "--dev takes PORT"},
		{{program, "--state", s, "--dev", ":80"}, "--dev takes PORT"},
		{{program, "--state", s, "--dev", "-1"}, "--dev takes PORT"},
		{{program, "--state", s, "--socket", "x", "--log-level", "loud"}, "--log-level"},
		{{program, "--state", s, "--socket", "x", "more"}, "unexpected argument: more"},
		{{program, "--state", s, "--socket", "x", "--port-file", "y"}, "needs --dev"},
		{{program, "--nonsense"}, "--help"},
	};
	struct stat st;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(refused(cases[i].argv, cases[i].words), 2);
	assert_int_equal(stat(s, &st), -1);
}

static void program__refuses_a_folder_open_to_all(void **state)
{
	struct console *console = *state;

	assert_int_equal(mkdir(console->state, 0700), 0);
	assert_int_equal(chmod(console->state, 0777), 0);
	assert_int_equal(refused((const char *const[]){program, "--state", console->state,
						       "--socket", console->socket, NULL},
				 "anyone may write"),
			 1);
}

static void program__one_console_for_one_folder(void **state)
{
	struct console *console = *state;
	char other[128];

	(void)snprintf(other, sizeof(other), "%s/other", console->dir);
	assert_int_equal(console_start(console, program), 0);
	assert_int_equal(refused((const char *const[]){program, "--state", console->state,
						       "--socket", other, NULL},
				 "another weir-console uses"),
			 1);
}

static mode_t mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 07777;
}

static void program__makes_private_state(void **state)
{
	struct console *console = *state;
	char path[160];

	assert_int_equal(console_start(console, program), 0);
	assert_int_equal(mode_of(console->state), 0700);
	assert_int_equal(mode_of(console->token_file), 0600);
	assert_int_equal(mode_of(console->socket), 0660);
	(void)snprintf(path, sizeof(path), "%s/console.db", console->state);
	assert_int_equal(mode_of(path), 0600);
}

static int ask(uint16_t port, const char *token)
{
	int fd _cleanup_(weir_closep) = client_tcp(port);
	struct client_reply reply _cleanup_(client_reply_done) = {};
	char request[512];

	(void)snprintf(request, sizeof(request),
		       "GET /api/v1/events HTTP/1.1\r\nHost: x\r\n%s%s\r\n\r\n",
		       token ? "Authorization: Bearer " : "X: y", token ? token : "");
	assert_true(fd >= 0);
	assert_int_equal(client_exchange(fd, request, strlen(request), &reply), 0);
	return reply.status;
}

static void program__asks_for_its_token(void **state)
{
	struct weir_buf token _cleanup_(weir_buf_done) = WEIR_BUF_INIT(256);
	struct weir_buf again _cleanup_(weir_buf_done) = WEIR_BUF_INIT(256);
	struct client_reply reply _cleanup_(client_reply_done) = {};
	struct client_reply nobody _cleanup_(client_reply_done) = {};
	struct console *console = *state;

	assert_int_equal(console_start(console, program), 0);
	assert_int_equal(weir_read_file(AT_FDCWD, console->token_file, &token), 0);
	assert_int_equal(token.len, 65);
	token.data[64] = '\0';
	assert_int_equal(ask(console->port, NULL), 401);
	assert_int_equal(ask(console->port, "x"), 401);
	assert_int_equal(ask(console->port, token.data), 200);
	assert_int_equal(client_get(console->socket, console->token, "/api/v1/events", &reply), 0);
	assert_int_equal(reply.status, 200);
	assert_int_equal(client_get(console->socket, NULL, "/api/v1/events", &nobody), 0);
	assert_int_equal(nobody.status, 401);
	/* the same token after a restart */
	assert_int_equal(console_stop(console, SIGTERM), 0);
	assert_int_equal(console_start(console, program), 0);
	assert_int_equal(weir_read_file(AT_FDCWD, console->token_file, &again), 0);
	assert_memory_equal(again.data, token.data, 64);
	assert_int_equal(ask(console->port, token.data), 200);
}

static void program__refuses_a_token_that_others_know(void **state)
{
	struct console *console = *state;
	const char *const argv[] = {program, "--state", console->state, "--dev", "0", NULL};

	assert_int_equal(console_start(console, program), 0);
	assert_int_equal(console_stop(console, SIGTERM), 0);
	assert_int_equal(chmod(console->token_file, 0644), 0);
	assert_int_equal(refused(argv, "others may read the token"), 1);
	assert_int_equal(weir_write_file_atomic(AT_FDCWD, console->token_file, "short\n", 6, 0600),
			 0);
	assert_int_equal(refused(argv, "32 to 256 visible"), 1);
}

static void program__ends_cleanly_and_starts_again(void **state)
{
	struct weir_buf bytes _cleanup_(weir_buf_done) = WEIR_BUF_INIT(1024 * 1024);
	struct console *console = *state;
	struct stat st;
	char wal[160];

	(void)snprintf(wal, sizeof(wal), "%s/console.db-wal", console->state);
	fake_batch(&(struct fake_batch){.agent = 1, .epoch = 1, .first = 1, .n = 3}, &bytes);
	for (int i = 0; i < 3; i++) {
		struct client_reply posted _cleanup_(client_reply_done) = {};
		struct client_reply listed _cleanup_(client_reply_done) = {};
		struct client_reply missing _cleanup_(client_reply_done) = {};

		assert_int_equal(console_start(console, program), 0);
		assert_int_equal(client_post(console->socket, &bytes, &posted), 0);
		assert_int_equal(posted.status, 200);
		assert_int_equal(client_get(console->socket, console->token,
					    "/api/v1/events/E-00036", &listed),
				 0);
		assert_int_equal(listed.status, 200);
		assert_int_equal(client_get(console->socket, console->token,
					    "/api/v1/events/E-00048", &missing),
				 0);
		assert_int_equal(missing.status, 404);
		assert_int_equal(console_stop(console, i % 2 ? SIGINT : SIGTERM), 0);
		/* the log is folded in and the socket gone */
		assert_int_equal(stat(wal, &st), -1);
		assert_int_equal(stat(console->socket, &st), -1);
	}
}

static void program__says_its_health(void **state)
{
	struct client_reply reply _cleanup_(client_reply_done) = {};
	struct console *console = *state;

	assert_int_equal(console_start(console, program), 0);
	assert_int_equal(client_get(console->socket, NULL, "/healthz", &reply), 0);
	assert_int_equal(reply.status, 200);
	assert_non_null(strstr(reply.body.data, "\"status\":\"ok\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(program__refuses_other_addresses, setup, teardown),
		cmocka_unit_test_setup_teardown(program__checks_its_options, setup, teardown),
		cmocka_unit_test_setup_teardown(program__refuses_a_folder_open_to_all, setup,
						teardown),
		cmocka_unit_test_setup_teardown(program__one_console_for_one_folder, setup,
						teardown),
		cmocka_unit_test_setup_teardown(program__makes_private_state, setup, teardown),
		cmocka_unit_test_setup_teardown(program__asks_for_its_token, setup, teardown),
		cmocka_unit_test_setup_teardown(program__refuses_a_token_that_others_know, setup,
						teardown),
		cmocka_unit_test_setup_teardown(program__ends_cleanly_and_starts_again, setup,
						teardown),
		cmocka_unit_test_setup_teardown(program__says_its_health, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
