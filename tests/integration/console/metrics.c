/* SPDX-License-Identifier: Apache-2.0 */
/* What a running console tells of itself, to whom, and that promtool finds nothing wrong with it. */

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "exposition.h"
#include "weir/base/fd.h"
#include "weirctl_run.h"

static void scrape(const struct console *console, const char *token, struct client_reply *reply)
{
	unsigned line;
	const char *fault;

	assert_int_equal(client_get(console->socket, token, "/metrics", reply), 0);
	assert_int_equal(reply->status, 200);
	assert_non_null(
		strcasestr(reply->head.data,
			   "\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
	fault = exposition_fault(reply->body.data, &line);
	if (fault)
		fail_msg("line %u: %s\n%s", line, fault, reply->body.data);
}

static int status_with(const struct console *console, const char *token)
{
	struct client_reply reply _cleanup_(client_reply_done) = {};

	assert_int_equal(client_get(console->socket, token, "/metrics", &reply), 0);
	return reply.status;
}

static const char *path_of(const struct console *console, const char *name)
{
	static char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", console->dir, name);
	return path;
}

static void put_file(const struct console *console, const char *name, const char *text)
{
	assert_int_equal(
		weir_write_file_atomic(AT_FDCWD, path_of(console, name), text, strlen(text), 0600),
		0);
}

/* Posts the body; one member of the answer. */
static void ask(const struct console *console, const char *target, const char *body,
		const char *member, char ret[static 256])
{
	struct output output;

	put_file(console, "body", body);
	output = RUN("api", "POST", target, "--input", path_of(console, "body"), "--jq", member);
	if (output.result.status)
		fail_msg("%s", output.err);
	(void)snprintf(ret, 256, "%.*s", (int)strcspn(output.out, "\n"), output.out);
	output_done(&output);
}

/* An administrator's tokens, one permission each. */
static void make_tokens(const struct console *console, char metrics[static 256],
			char manage[static 256])
{
	char text[256];

	ask(console, "/api/v1/users",
	    "{\"name\":\"root\",\"password\":\"correct horse battery\","
	    "\"roles\":[\"administrator\"]}",
	    ".", text);
	ask(console, "/api/v1/login",
	    "{\"name\":\"root\",\"password\":\"correct horse battery\",\"bearer\":true}", ".token",
	    text);
	put_file(console, "session", text);
	setenv("WEIR_TOKEN_FILE", path_of(console, "session"), 1);
	ask(console, "/api/v1/tokens",
	    "{\"name\":\"scrape\",\"permissions\":[\"metrics.read\"],\"expires_in\":3600}",
	    ".secret", metrics);
	ask(console, "/api/v1/tokens",
	    "{\"name\":\"manage\",\"permissions\":[\"export.manage\"],\"expires_in\":3600}",
	    ".secret", manage);
	setenv("WEIR_TOKEN_FILE", console->token_file, 1);
}

static void metrics__are_for_those_who_may(void **state)
{
	const struct console *console = *state;
	struct client_reply reply _cleanup_(client_reply_done) = {};
	char may[256], may_not[256];

	make_tokens(console, may, may_not);
	assert_int_equal(status_with(console, NULL), 401);
	assert_int_equal(status_with(console, "x"), 401);
	assert_int_equal(status_with(console, may_not), 403);
	scrape(console, may, &reply);
}

static void metrics__count_what_happened(void **state)
{
	const struct console *console = *state;
	struct client_reply before _cleanup_(client_reply_done) = {};
	struct client_reply after _cleanup_(client_reply_done) = {};
	struct client_reply refused _cleanup_(client_reply_done) = {};
	struct weir_buf raw _cleanup_(weir_buf_done) = WEIR_BUF_INIT(64);
	struct weir_buf junk _cleanup_(weir_buf_done) = WEIR_BUF_INIT(64);
	const char *page;

	assert_int_equal(STATUS("sink", "add", "away", "--kind", "syslog", "--to", "127.0.0.1:1"),
			 0);
	scrape(console, console->token, &before);
	assert_int_equal(exposition_value(before.body.data, "weir_ingest_events_total"), 0);
	assert_int_equal(exposition_value(before.body.data, "weir_store_seconds_count"), 0);
	weirctl_post(console, &(struct fake_batch){.agent = 1, .epoch = 1, .first = 1, .n = 5});
	/* Again: nothing of it is new. */
	weirctl_post(console, &(struct fake_batch){.agent = 1, .epoch = 1, .first = 1, .n = 5});
	assert_int_equal(weir_buf_puts(&raw, "\xff\xff"), 0);
	weirctl_post(console,
		     &(struct fake_batch){.agent = 2, .epoch = 1, .first = 1, .n = 3, .raw = &raw});
	assert_int_equal(weir_buf_puts(&junk, "\xff\xff"), 0);
	assert_int_equal(client_post(console->socket, &junk, &refused), 0);
	assert_int_equal(refused.status, 400);
	scrape(console, console->token, &after);
	page = after.body.data;
	assert_int_equal(exposition_value(page, "weir_build_info{version=\"" WEIR_VERSION "\"}"),
			 1);
	assert_int_equal(exposition_value(page, "weir_ingest_events_total"), 7);
	assert_int_equal(exposition_value(page, "weir_ingest_batches_total{status=\"200\"}"), 3);
	assert_int_equal(exposition_value(page, "weir_ingest_batches_total{status=\"400\"}"), 1);
	assert_int_equal(exposition_value(page, "weir_ingest_rejects_total{code=\"malformed\"}"),
			 1);
	assert_int_equal(exposition_value(page, "weir_ingest_rejects_total{code=\"conflict\"}"), 0);
	assert_int_equal(exposition_value(page, "weir_store_seconds_count"), 3);
	assert_int_equal(exposition_value(page, "weir_http_waiting"), 0);
	assert_true(exposition_value(page, "weir_http_responses_total{status=\"401\"}") >= 2);
	assert_true(exposition_value(page, "weir_http_responses_total{status=\"403\"}") >= 1);
	assert_int_equal(exposition_value(page, "weir_sink_behind{sink=\"away\",kind=\"syslog\"}"),
			 7);
	assert_true(exposition_value(page, "weir_sink_failures{sink=\"away\",kind=\"syslog\"}") >=
		    0);
	/* Nothing of an endpoint. */
	assert_null(strstr(page, "ws-1"));
	assert_null(strstr(page, "li.na"));
}

/* Where it is installed; the reader above holds everywhere. */
static void metrics__promtool_has_nothing_to_say(void **state)
{
	const struct console *console = *state;
	struct client_reply reply _cleanup_(client_reply_done) = {};
	struct process_result result;
	char command[256];

	if (system("command -v promtool >/dev/null") != 0)
		skip();
	scrape(console, console->token, &reply);
	(void)snprintf(command, sizeof(command), "%s/page", console->dir);
	assert_int_equal(
		weir_write_file_atomic(AT_FDCWD, command, reply.body.data, reply.body.len, 0600),
		0);
	(void)snprintf(command, sizeof(command), "promtool check metrics < %s/page", console->dir);
	assert_int_equal(
		process_run((const char *const[]){"/bin/sh", "-c", command, NULL}, &result), 0);
	if (result.status || result.out.len || result.err.len)
		fail_msg("%d %s%s", result.status, result.out.data ? result.out.data : "",
			 result.err.data ? result.err.data : "");
	process_result_done(&result);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(metrics__are_for_those_who_may),
		cmocka_unit_test(metrics__count_what_happened),
		cmocka_unit_test(metrics__promtool_has_nothing_to_say),
	};

	return cmocka_run_group_tests(tests, weirctl_setup, weirctl_teardown);
}
