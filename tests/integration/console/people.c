/* SPDX-License-Identifier: Apache-2.0 */
/* What people try, and what is told of it, against the real program. */

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "process.h"
#include "staff.h"
#include "weir/base/fd.h"

#define HEADER_MAX 512

static void people__an_administrator_gets_no_content(void **state)
{
	const struct staff *f = *state;
	const char *const admin = f->session[6];
	json_t *answer = NULL;
	const char *code;

	/* not by a token, not by a role of their own, not by one more role */
	assert_int_equal(staff_call_as(f, admin, "POST", "/api/v1/tokens",
				       "{\"name\":\"x\",\"permissions\":[\"alert.read\"],"
				       "\"expires_in\":60}",
				       NULL),
			 403);
	assert_int_equal(staff_call_as(f, admin, "POST", "/api/v1/users/7",
				       "{\"roles\":[\"viewer\"]}", &answer),
			 403);
	code = json_string_value(json_object_get(json_object_get(answer, "error"), "code"));
	assert_string_equal(code, "forbidden");
	json_decref(answer);
	assert_int_equal(staff_call_as(f, f->console.token, "POST", "/api/v1/users/7",
				       "{\"roles\":[\"administrator\",\"viewer\"]}", NULL),
			 400);
	assert_int_equal(staff_call_as(f, admin, "GET", "/api/v1/alerts", NULL, NULL), 403);
	assert_int_equal(staff_call_as(f, admin, "GET", "/api/v1/events", NULL, NULL), 403);
}

static void people__another_ones_token_is_out_of_reach(void **state)
{
	const struct staff *f = *state;
	json_t *answer = NULL, *tokens;
	char path[64];

	assert_int_equal(staff_call_as(f, f->session[1], "GET", "/api/v1/tokens", NULL, &answer),
			 200);
	tokens = json_object_get(answer, "tokens");
	assert_int_equal(json_array_size(tokens), 1);
	(void)snprintf(path, sizeof(path), "/api/v1/tokens/%d",
		       (int)json_integer_value(json_object_get(json_array_get(tokens, 0), "id")));
	assert_null(json_object_get(json_array_get(tokens, 0), "secret"));
	json_decref(answer);
	assert_int_equal(staff_call_as(f, f->session[0], "DELETE", path, NULL, NULL), 404);
	assert_int_equal(
		staff_call_as(f, f->session[0], "GET", "/api/v1/tokens?user=2", NULL, NULL), 403);
	assert_int_equal(staff_call_as(f, f->token[1], "GET", "/api/v1/whoami", NULL, NULL), 200);
	/* a token makes none and sets no password */
	assert_int_equal(staff_call_as(f, f->token[1], "POST", "/api/v1/tokens",
				       "{\"name\":\"x\",\"permissions\":[\"alert.read\"],"
				       "\"expires_in\":60}",
				       NULL),
			 403);
	assert_int_equal(staff_call_as(f, f->token[1], "POST", "/api/v1/password",
				       "{\"old\":\"" STAFF_PASSWORD
				       "\",\"password\":\"another good one\"}",
				       NULL),
			 403);
}

/* A browser's cookie reads; it changes nothing without what only our own page knows. */
static void people__a_cookie_alone_changes_nothing(void **state)
{
	const struct staff *f = *state;
	struct client_reply reply _cleanup_(client_reply_done) = {};
	char session[80], csrf[80], header[HEADER_MAX];
	const char *p;
	json_t *answer;
	struct client_reply more[5] = {};

	assert_int_equal(staff_call(f, "POST", "/api/v1/login", "",
				    "{\"name\":\"viewer.one\",\"password\":\"" STAFF_PASSWORD "\"}",
				    &reply),
			 200);
	p = strstr(reply.head.data, "\r\nSet-Cookie: __Host-weir=weirs_");
	assert_non_null(p);
	assert_non_null(strstr(p, "; Path=/; Secure; HttpOnly; SameSite=Strict\r\n"));
	p += strlen("\r\nSet-Cookie: __Host-weir=");
	(void)snprintf(session, sizeof(session), "%.*s", (int)strcspn(p, ";"), p);
	assert_null(strstr(reply.body.data, session));
	answer = json_loads(reply.body.data, 0, NULL);
	staff_copy_member(answer, "csrf", csrf, sizeof(csrf));
	json_decref(answer);
	(void)snprintf(header, sizeof(header), "Cookie: a=b; __Host-weir=%s; c=d\r\n", session);
	assert_int_equal(staff_call(f, "GET", "/api/v1/whoami", header, NULL, &more[0]), 200);
	assert_non_null(strstr(more[0].body.data, csrf));
	assert_int_equal(staff_call(f, "POST", "/api/v1/logout", header, NULL, &more[1]), 403);
	assert_non_null(strstr(more[1].body.data, "\"csrf\""));
	(void)snprintf(header, sizeof(header), "Cookie: __Host-weir=%s\r\nX-CSRF-Token: %.63s0\r\n",
		       session, csrf);
	if (csrf[63] != '0')
		assert_int_equal(staff_call(f, "POST", "/api/v1/logout", header, NULL, &more[2]),
				 403);
	(void)snprintf(header, sizeof(header), "Cookie: __Host-weir=%s\r\nX-CSRF-Token: %s\r\n",
		       session, csrf);
	assert_int_equal(staff_call(f, "POST", "/api/v1/logout", header, NULL, &more[3]), 200);
	assert_non_null(strstr(more[3].head.data, "Max-Age=0"));
	/* played once more */
	assert_int_equal(staff_call(f, "GET", "/api/v1/whoami", header, NULL, &more[4]), 401);
	for (size_t i = 0; i < ARRAY_SIZE(more); i++)
		client_reply_done(&more[i]);
}

static void people__hostile_texts_are_texts(void **state)
{
	static const struct {
		const char *method, *path, *body;
		int status;
	} cases[] = {
		{"POST", "/api/v1/users",
		 "{\"name\":\"x'); DROP TABLE person; --\",\"roles\":"
		 "[\"viewer\"]}",
		 400},
		{"POST", "/api/v1/users",
		 "{\"name\":\"a\\r\\nSet-Cookie: x=y\",\"roles\":"
		 "[\"viewer\"]}",
		 400},
		{"POST", "/api/v1/users", "{\"name\":\"nul\\u0000\",\"roles\":[\"viewer\"]}", 400},
		{"POST", "/api/v1/users", "{\"name\":\"x\",\"roles\":[\"root\"]}", 400},
		{"POST", "/api/v1/users", "{\"name\":\"x\",\"name\":\"y\",\"roles\":[\"viewer\"]}",
		 400},
		{"POST", "/api/v1/users", "{\"name\":\"x\",\"roles\":[\"viewer\"],\"id\":1}", 400},
		{"POST", "/api/v1/users", "[]", 400},
		{"POST", "/api/v1/users", "{", 400},
		{"POST", "/api/v1/users", "", 400},
		{"GET", "/api/v1/users/1%20OR%201=1", NULL, 400},
		{"GET", "/api/v1/users/-1", NULL, 400},
		{"GET", "/api/v1/users/99999999999999999999", NULL, 400},
		{"GET", "/api/v1/users?limit=1;DROP", NULL, 400},
		{"GET", "/api/v1/audit?after=1", NULL, 400},
		{"GET", "/api/v1/audit?user=2", NULL, 400},
		{"GET", "/api/v1/users/99999999", NULL, 404},
		{"DELETE", "/api/v1/tokens/99999999", NULL, 404},
	};
	const struct staff *f = *state;
	json_t *answer = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int status = staff_call_as(f, f->console.token, cases[i].method, cases[i].path,
					   cases[i].body, NULL);

		if (status != cases[i].status)
			fail_msg("%s %s %s: %d", cases[i].method, cases[i].path, cases[i].body,
				 status);
	}
	assert_int_equal(staff_call_as(f, NULL, "POST", "/api/v1/login",
				       "{\"name\":\"' OR 1=1 --\",\"password\":\"' OR 1=1 --\"}",
				       NULL),
			 401);
	assert_int_equal(staff_call_as(f, f->console.token, "GET", "/api/v1/users", NULL, &answer),
			 200);
	assert_int_equal(json_array_size(json_object_get(answer, "users")), 2 * STAFF_ROLES);
	json_decref(answer);
}

/* Who was refused, what was done, and by whom is in the log, and the log is whole. */
static void people__what_happened_is_told(void **state)
{
	static const char *const wanted[] = {
		"user.add",  "session.open", "session.close",
		"token.add", "call.refuse",  "session.refuse",
	};
	const struct staff *f = *state;
	char path[96];
	json_t *answer = NULL;
	long long after = 0;
	unsigned seen = 0;
	uint64_t sequence = 0;
	char before[80] = "0000000000000000000000000000000000000000000000000000000000000000";

	do {
		json_t *entries;
		const char *next;

		(void)snprintf(path, sizeof(path), "/api/v1/audit?order=oldest&limit=50&after=%lld",
			       after);
		assert_int_equal(staff_call_as(f, f->token[7], "GET", path, NULL, &answer), 200);
		entries = json_object_get(answer, "entries");
		for (size_t i = 0; i < json_array_size(entries); i++) {
			json_t *entry = json_array_get(entries, i);
			const char *action = json_string_value(json_object_get(entry, "action"));

			assert_int_equal(json_integer_value(json_object_get(entry, "sequence")),
					 ++sequence);
			assert_string_equal(json_string_value(json_object_get(entry, "before")),
					    before);
			staff_copy_member(entry, "hash", before, sizeof(before));
			assert_null(strstr(json_string_value(json_object_get(entry, "detail")),
					   STAFF_PASSWORD));
			for (size_t j = 0; j < ARRAY_SIZE(wanted); j++)
				if (strcmp(action, wanted[j]) == 0)
					seen |= 1u << j;
		}
		next = json_string_value(json_object_get(answer, "next_after"));
		after = next ? strtoll(next, NULL, 10) : 0;
		json_decref(answer);
	} while (after);
	assert_int_equal(seen, (1u << ARRAY_SIZE(wanted)) - 1);
}

/* weirctl by the one with this token; its output in *result. */
static int run_weirctl(const struct staff *f, const char *token, const char *const *words,
		       struct process_result *result)
{
	static const char weirctl[] = WEIR_TEST_BIN "/weirctl";
	const char *argv[12] = {weirctl};
	char address[64], file[128], line[96];

	(void)snprintf(address, sizeof(address), "http://127.0.0.1:%u", f->console.port);
	(void)snprintf(file, sizeof(file), "%s/bearer", f->console.dir);
	(void)snprintf(line, sizeof(line), "%s\n", token);
	assert_int_equal(weir_write_file_atomic(AT_FDCWD, file, line, strlen(line), 0600), 0);
	setenv("WEIR_CONSOLE", address, 1);
	setenv("WEIR_TOKEN_FILE", file, 1);
	setenv("XDG_CONFIG_HOME", f->console.dir, 1);
	for (size_t i = 0; words[i]; i++)
		argv[i + 1] = words[i];
	assert_int_equal(process_run(argv, result), 0);
	return result->status;
}

#define WEIRCTL(f, token, result, ...) \
	run_weirctl(f, token, (const char *const[]){__VA_ARGS__, NULL}, result)

static int verify_export(const struct staff *f, const char *data, size_t len, const char *words)
{
	struct process_result result _cleanup_(process_result_done) = {};
	char file[128], key[128];

	(void)snprintf(file, sizeof(file), "%s/export", f->console.dir);
	(void)snprintf(key, sizeof(key), "%s/audit.pub", f->console.state);
	assert_int_equal(weir_write_file_atomic(AT_FDCWD, file, data, len, 0600), 0);
	(void)WEIRCTL(f, f->token[7], &result, "audit", "verify", "--file", file, "--key", key);
	if (!strstr(result.status ? result.err.data : result.out.data, words))
		fail_msg("not told: %s", words);
	return result.status;
}

/* On the console and away from it; and what was changed in an export is found. */
static void audit__is_verified_by_weirctl(void **state)
{
	struct staff *f = *state;
	struct process_result online _cleanup_(process_result_done) = {};
	struct process_result refused _cleanup_(process_result_done) = {};
	struct process_result export _cleanup_(process_result_done) = {};
	struct process_result tail _cleanup_(process_result_done) = {};
	char *name, *last;

	/* its end puts all so far under a head; tokens outlive it */
	assert_int_equal(console_stop(&f->console, SIGTERM), 0);
	assert_int_equal(console_start(&f->console, staff_console), 0);
	assert_int_equal(WEIRCTL(f, f->token[7], &online, "audit", "verify"), 0);
	assert_int_equal(strncmp(online.out.data, "ok\t", 3), 0);
	assert_int_equal(WEIRCTL(f, f->token[6], &refused, "audit", "verify"), 4);
	assert_int_equal(WEIRCTL(f, f->token[7], &tail, "audit", "tail", "--limit", "3"), 0);
	assert_non_null(strstr(tail.out.data, "call.refuse"));
	assert_int_equal(WEIRCTL(f, f->token[7], &export, "audit", "export"), 0);
	assert_int_equal(verify_export(f, export.out.data, export.out.len, "ok\t"), 0);
	name = strstr(export.out.data, "\"actor_name\":\"viewer.one\"");
	assert_non_null(name);
	name += strlen("\"actor_name\":\"");
	*name = 'w';
	assert_int_equal(verify_export(f, export.out.data, export.out.len, "has been changed"), 1);
	*name = 'v';
	/* without the entry before the last */
	last = memrchr(export.out.data, '\n', export.out.len - 1);
	name = memrchr(export.out.data, '\n', (size_t)(last - export.out.data));
	memmove(name, last, export.out.len - (size_t)(last - export.out.data));
	assert_int_equal(verify_export(f, export.out.data, export.out.len - (size_t)(last - name),
				       "is missing"),
			 1);
	/* the head without what it has seen */
	name = memchr(export.out.data, '\n', export.out.len);
	assert_int_equal(verify_export(f, export.out.data, (size_t)(name - export.out.data + 1),
				       "a signed head has seen"),
			 1);
}

static void weirctl__logs_in_and_out(void **state)
{
	const struct staff *f = *state;
	struct process_result in _cleanup_(process_result_done) = {};
	struct process_result who _cleanup_(process_result_done) = {};
	struct process_result out _cleanup_(process_result_done) = {};
	struct process_result gone _cleanup_(process_result_done) = {};
	char command[512];

	setenv("XDG_CONFIG_HOME", f->console.dir, 1);
	unsetenv("WEIR_CONSOLE");
	unsetenv("WEIR_TOKEN_FILE");
	(void)snprintf(command, sizeof(command),
		       "printf '%%s\n' '" STAFF_PASSWORD
		       "' | %s/weirctl --console http://127.0.0.1:%u "
		       "login --keep-as here senior.one",
		       WEIR_TEST_BIN, f->console.port);
	assert_int_equal(process_run((const char *const[]){"/bin/sh", "-c", command, NULL}, &in),
			 0);
	assert_int_equal(in.status, 0);
	assert_null(strstr(in.out.data, "weirs_"));
#define HERE(...) \
	(const char *const[]){WEIR_TEST_BIN "/weirctl", "--context", "here", __VA_ARGS__, NULL}
	assert_int_equal(process_run(HERE("whoami"), &who), 0);
	assert_int_equal(who.status, 0);
	assert_non_null(strstr(who.out.data, "senior.one"));
	assert_int_equal(process_run(HERE("logout"), &out), 0);
	assert_int_equal(out.status, 0);
	assert_int_equal(process_run(HERE("whoami"), &gone), 0);
	assert_int_equal(gone.status, 4);
#undef HERE
}

static int add_on_server(const char *const *argv, const char *words)
{
	struct process_result result _cleanup_(process_result_done) = {};

	assert_int_equal(process_run(argv, &result), 0);
	if (words && !strstr(result.err.data ? result.err.data : "", words))
		fail_msg("not told: %s", words);
	return result.status;
}

static void user_add__is_the_first_way_in(void **state)
{
	const struct staff *f = *state;
	struct console own;
	struct process_result result _cleanup_(process_result_done) = {};
	char command[512];

#define ADD(state, ...) \
	(const char *const[]){staff_console, "user", "add", "--state", state, __VA_ARGS__, NULL}
	assert_int_equal(console_init(&own), 0);
	assert_int_equal(add_on_server(ADD(f->console.state, "--roles", "viewer", "x"),
				       "another weir-console uses"),
			 1);
	assert_int_equal(add_on_server(ADD(own.state, "--roles", "root", "x"), "not known"), 2);
	assert_int_equal(add_on_server(ADD(own.state, "--roles", "viewer"), "one NAME"), 2);
	assert_int_equal(add_on_server(ADD(own.state, "x"), "needed"), 2);
	assert_int_equal(
		add_on_server(ADD(own.state, "--roles", "viewer,auditor", "x"), "do not go"), 1);
	/* standard input is empty */
	assert_int_equal(add_on_server(ADD(own.state, "--roles", "viewer", "--password-stdin", "x"),
				       "no password"),
			 2);
	assert_int_equal(add_on_server(ADD(own.state, "--roles", "viewer", "x"), NULL), 0);
	assert_int_equal(add_on_server(ADD(own.state, "--roles", "viewer", "x"), "of this name"),
			 1);
	(void)snprintf(command, sizeof(command),
		       "echo '" STAFF_PASSWORD "' | %s user add --state %s --roles administrator "
		       "--password-stdin --totp root",
		       staff_console, own.state);
	assert_int_equal(
		process_run((const char *const[]){"/bin/sh", "-c", command, NULL}, &result), 0);
	assert_int_equal(result.status, 0);
	assert_non_null(strstr(result.out.data, "otpauth://totp/Weir:root?secret="));
	console_done(&own);
#undef ADD
}

/* Entries of refused calls of one person, and how many more they tell of. */
static void count_refusals(const struct staff *f, const char *name, unsigned *entries,
			   unsigned *counted)
{
	json_t *answer = NULL, *rows;

	*entries = *counted = 0;
	assert_int_equal(staff_call_as(f, f->token[7], "GET",
				       "/api/v1/audit?order=newest&limit=100", NULL, &answer),
			 200);
	rows = json_object_get(answer, "entries");
	for (size_t i = 0; i < json_array_size(rows); i++) {
		const json_t *row = json_array_get(rows, i);
		unsigned n = 0;

		if (strcmp(json_string_value(json_object_get(row, "actor_name")), name) != 0 ||
		    strcmp(json_string_value(json_object_get(row, "action")), "call.refuse") != 0)
			continue;
		if (sscanf(json_string_value(json_object_get(row, "detail")), "{\"count\":%u}",
			   &n) == 1)
			*counted += n;
		else
			++*entries;
	}
	json_decref(answer);
}

/* Whoever knocks all the time doesn't fill the log, and how often it was is in it. */
static void people__refusals_are_bounded(void **state)
{
	struct staff *f = *state;
	char session[80];
	unsigned entries, counted;

	assert_int_equal(staff_call_as(f, f->console.token, "POST", "/api/v1/users",
				       "{\"name\":\"guest\",\"password\":\"" STAFF_PASSWORD
				       "\",\"roles\":[\"viewer\"]}",
				       NULL),
			 201);
	staff_log_in(f, "guest", session);
	for (int i = 0; i < 60; i++)
		assert_int_equal(staff_call_as(f, session, "GET", "/api/v1/audit", NULL, NULL),
				 403);
	count_refusals(f, "guest", &entries, &counted);
	assert_in_range(entries, 10, 40); /* ten a minute, on however slow a machine */
	/* its end writes what was only counted */
	assert_int_equal(console_stop(&f->console, SIGTERM), 0);
	assert_int_equal(console_start(&f->console, staff_console), 0);
	count_refusals(f, "guest", &entries, &counted);
	assert_int_equal(entries + counted, 60);
	assert_true(counted > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(people__an_administrator_gets_no_content),
		cmocka_unit_test(people__another_ones_token_is_out_of_reach),
		cmocka_unit_test(people__a_cookie_alone_changes_nothing),
		cmocka_unit_test(people__hostile_texts_are_texts),
		cmocka_unit_test(people__what_happened_is_told),
		cmocka_unit_test(audit__is_verified_by_weirctl),
		cmocka_unit_test(weirctl__logs_in_and_out),
		cmocka_unit_test(user_add__is_the_first_way_in),
		cmocka_unit_test(people__refusals_are_bounded),
	};

	return cmocka_run_group_tests(tests, staff_setup, staff_teardown);
}
