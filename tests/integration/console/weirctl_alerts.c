/* SPDX-License-Identifier: Apache-2.0 */
/* A morning's work with weirctl: alerts listed, looked at, assigned, closed and kept quiet, one by
 * one and by query, against a real console. */

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <jansson.h>

#include "client.h"
#include "fake.h"
#include "weir/base/fd.h"
#include "weirctl_run.h"

#define EVIL_PATH "/tmp/\x1b[31m\t\n\xc2\x9b\xe2\x80\xae客户.csv"

/* A-00012: 3 blocked copies; A-00024: 2 audited sends; A-00036: one copy from a hostile path. */
static int setup(void **state)
{
	static const struct fake_event network = {.channel = 4, .action = 2};
	static const struct fake_event evil = {.path = EVIL_PATH};

	if (weirctl_setup(state) < 0)
		return -1;
	weirctl_post(*state, &(struct fake_batch){.agent = 1, .epoch = 1, .first = 1, .n = 3});
	weirctl_post(*state,
		     &(struct fake_batch){
			     .agent = 2, .epoch = 1, .first = 1, .n = 2, .model = &network});
	weirctl_post(*state, &(struct fake_batch){
				     .agent = 3, .epoch = 1, .first = 1, .n = 1, .model = &evil});
	return 0;
}

/* The ids that a list shows, "A-00024 A-00012 ". */
static void assert_lists(struct output output, const char *ids)
{
	char text[256] = "";
	const char *line = output.out;

	assert_int_equal(output.result.status, 0);
	while (*line) {
		(void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "%.*s ",
			       (int)strcspn(line, "\t"), line);
		line = strchr(line, '\n') + 1;
	}
	assert_string_equal(text, ids);
	output_done(&output);
}

static void alerts__are_listed(void **state)
{
	weirctl_says(RUN("alert", "ls", "--user", "li.na", "--host", "ws-1"), 0,
		     "A-00012\t2026-11-18T11:06:43.000Z\tlow\tnew\tws-1\tli.na\tremovable\tblock\t"
		     "stick-bulk-identity\t3\t60\t/home/li/list.csv\n");
	assert_lists(RUN("alert", "ls"), "A-00036 A-00024 A-00012 ");
	assert_lists(RUN("alert", "ls", "--channel", "usb", "--severity", "low"),
		     "A-00036 A-00012 ");
	assert_lists(RUN("alert", "ls", "-q", "user:li.na -channel:usb"), "A-00024 ");
	assert_lists(RUN("alert", "ls", "-n", "1"), "A-00036 ");
	assert_lists(RUN("alert", "ls", "--severity", ">=medium", "--state", "open"), "A-00024 ");
	assert_lists(RUN("alert", "ls", "--since", "2026-11-18T11:06:43Z"), "A-00012 ");
	weirctl_says(RUN("alert", "ls", "--state", "open,x"), 2, "state");
	weirctl_says(RUN("alert", "ls", "-q", "li.na"), 2, "FIELD:VALUE");
}

static void alerts__are_shown_without_controls(void **state)
{
	struct output list _cleanup_(output_done) = RUN("alert", "ls", "--host", "ws-3");
	struct output show _cleanup_(output_done) = RUN("alert", "show", "a-36");

	assert_non_null(strstr(list.out, "\t/tmp/\\u001b[31m\\t\\n\\u009b\\u202e客户.csv\n"));
	assert_non_null(strstr(show.out, "id\tA-00036\n"));
	assert_non_null(strstr(show.out, "hosts.0.value\tws-3\n"));
	assert_non_null(strstr(show.out, "detectors.0.count\t20\n"));
	assert_non_null(strstr(show.out, "log.0.step\tevent\n"));
	assert_non_null(strstr(show.out, "samples.0.findings.0.masked\t11************1X\n"));
	for (const char *p = show.out; *p; p++)
		assert_true((unsigned char)*p >= 0x20 || *p == '\n' || *p == '\t');
	assert_null(strstr(show.out, "\xe2\x80\xae"));
}

static void alerts__go_through_their_states(void **state)
{
	weirctl_says(RUN("alert", "assign", "A-00012@1", "--assignee", "wang.wu"), 0, "count\t1\n");
	assert_lists(RUN("alert", "ls", "--assignee", "wang.wu", "--state", "in_progress"),
		     "A-00012 ");
	weirctl_says(RUN("alert", "comment", "A-00012", "-m", "called the branch"), 0,
		     "count\t1\n");
	weirctl_says(RUN("alert", "close", "A-00012@1", "--verdict", "test"), 5, "meanwhile");
	weirctl_says(RUN("alert", "close", "A-00012@2", "--verdict", "false_positive", "-m", "x"),
		     0, "count\t1\n");
	weirctl_says(RUN("alert", "close", "A-00012", "--verdict", "test"), 5, "state");
	weirctl_says(RUN("alert", "show", "A-00012"), 0, "log.0.text\tx\n");
	weirctl_says(RUN("alert", "show", "A-00012"), 0, "log.1.text\tcalled the branch\n");
	weirctl_says(RUN("alert", "show", "A-00012"), 0, "verdict\tfalse_positive\n");
	weirctl_says(RUN("alert", "reopen", "A-00012"), 0, "count\t1\n");
	weirctl_says(RUN("alert", "suppress", "A-00012", "--until", "7d", "-m", "archive"), 0,
		     "count\t1\n");
	assert_lists(RUN("alert", "ls", "--state", "suppressed"), "A-00012 ");
}

static void alerts__are_changed_by_query_after_a_look(void **state)
{
	weirctl_says(RUN("alert", "close", "-q", "state:new", "--verdict", "test", "--dry-run"), 0,
		     "count\t2\n");
	assert_lists(RUN("alert", "ls", "--state", "new"), "A-00036 A-00024 ");
	/* Nobody to ask. */
	assert_int_equal(STATUS("alert", "close", "-q", "state:new", "--verdict", "test"), 1);
	assert_lists(RUN("alert", "ls", "--state", "new"), "A-00036 A-00024 ");
	weirctl_says(RUN("alert", "close", "-q", "state:new", "--verdict", "test", "--yes"), 0,
		     "count\t2\n");
	assert_lists(RUN("alert", "ls", "--state", "new"), "");
	weirctl_says(RUN("alert", "close", "-q", "state:new", "--verdict", "test", "--yes"), 0,
		     "count\t0\n");
}

static void alerts__refuse_what_is_wrong(void **state)
{
	assert_int_equal(STATUS("alert", "close"), 2);
	assert_int_equal(STATUS("alert", "close", "A-00012", "-q", "state:new"), 2);
	assert_int_equal(STATUS("alert", "close", "A-00012"), 2);
	assert_int_equal(STATUS("alert", "close", "A-00012", "--verdict", "none"), 2);
	assert_int_equal(STATUS("alert", "close", "A-00013", "--verdict", "test"), 2);
	assert_int_equal(STATUS("alert", "comment", "A-00012"), 2);
	assert_int_equal(STATUS("alert", "comment", "A-00012", "-m", "\x1b[31m"), 2);
	assert_int_equal(STATUS("alert", "suppress", "A-00012", "--until", "400d", "-m", "x"), 2);
	assert_int_equal(STATUS("alert", "show", "A-00013"), 2);
	assert_int_equal(STATUS("alert", "show", "E-00012"), 2);
	assert_int_equal(STATUS("alert", "show", "A-000ZV"), 3);
	assert_int_equal(STATUS("alert", "close", "A-000ZV", "--verdict", "test"), 3);
}

/* In the program itself: a sink that is made by the API has a file with what comes after it. */
static void alerts__are_exported_to_a_file(void **state)
{
	const struct console *console = *state;
	const struct timespec pause = {.tv_nsec = 20 * 1000 * 1000};
	static const char sink[] = "{\"name\":\"archive\",\"kind\":\"file\"}";
	char pattern[160];
	glob_t found = {};

	(void)snprintf(pattern, sizeof(pattern), "%s/sink.json", console->dir);
	assert_int_equal(weir_write_file_atomic(AT_FDCWD, pattern, sink, sizeof(sink) - 1, 0600),
			 0);
	weirctl_says(RUN("api", "POST", "/api/v1/sinks", "--input", pattern), 0, "archive");
	weirctl_says(RUN("alert", "comment", "A-00012", "-m", "exported?"), 0, "count\t1\n");
	weirctl_says(RUN("alert", "reopen", "A-00024"), 0, "count\t1\n");
	(void)snprintf(pattern, sizeof(pattern), "%s/export/archive/weir-*.ndjson.zst.part",
		       console->state);
	for (int i = 0; i < 3000 && glob(pattern, 0, NULL, &found) != 0; i++)
		nanosleep(&pause, NULL);
	assert_int_equal(found.gl_pathc, 1);
	globfree(&found);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(alerts__are_listed),
		cmocka_unit_test(alerts__are_shown_without_controls),
		cmocka_unit_test(alerts__go_through_their_states),
		cmocka_unit_test(alerts__are_changed_by_query_after_a_look),
		cmocka_unit_test(alerts__refuse_what_is_wrong),
		cmocka_unit_test(alerts__are_exported_to_a_file),
	};

	return cmocka_run_group_tests(tests, setup, weirctl_teardown);
}
