/* SPDX-License-Identifier: Apache-2.0 */
/* weirctl against a real console: what it prints, what it exits with. */

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
#include <jansson.h>

#include "client.h"
#include "fake.h"
#include "weir/base/fd.h"
#include "weirctl_run.h"

#define COLUMNS 11

/* An escape sequence, a tab, a line feed, a C1 control, a mark that turns the direction, and honest
 * Chinese. */
#define EVIL_PATH "/tmp/\x1b[31m\t\n\xc2\x9b\xe2\x80\xae客户\\x.csv"

/* Rows 1-3: blocks; 4-5: network, audited; 6: no alert; 7: a hostile path. */
static int setup(void **state)
{
	static const struct fake_event network = {.channel = 4, .action = 2};
	static const struct fake_event quiet = {.no_alert = true};
	static const struct fake_event evil = {.path = EVIL_PATH};

	if (weirctl_setup(state) < 0)
		return -1;
	weirctl_post(*state, &(struct fake_batch){.agent = 1, .epoch = 1, .first = 1, .n = 3});
	weirctl_post(*state,
		     &(struct fake_batch){
			     .agent = 2, .epoch = 1, .first = 1, .n = 2, .model = &network});
	weirctl_post(*state, &(struct fake_batch){
				     .agent = 1, .epoch = 1, .first = 4, .n = 1, .model = &quiet});
	weirctl_post(
		*state,
		&(struct fake_batch){
			.agent = 1, .epoch = 1, .first = 5, .n = 1, .model = &evil, .n_drops = 2});
	return 0;
}

static unsigned count(const char *text, char c)
{
	unsigned n = 0;

	for (; *text; text++)
		n += *text == c;
	return n;
}

static void weirctl__lists_as_tsv_in_a_pipe(void **state)
{
	struct output output _cleanup_(output_done) = RUN("event", "ls", "--alerts");
	static const char *const lines[] = {
		"E-0005A\t2026-11-18T11:06:42.000Z\tws-2\tnetwork\taudit\tstick-bulk-identity\tli."
		"na/cp\t"
		"192.0.2.7:80\tcn_resident_id:20\tlsm\tlsm/file_permission\n",
		"E-00036\t2026-11-18T11:06:43.000Z\tws-1\tremovable\tblock\tstick-bulk-identity\t"
		"li.na/cp\t/home/li/list.csv\tcn_resident_id:20\tlsm\tlsm/file_permission\n",
	};

	assert_int_equal(output.result.status, 0);
	assert_int_equal(count(output.out, '\n'), 6);
	assert_int_equal(count(output.out, '\t'), 6 * (COLUMNS - 1));
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		assert_non_null(strstr(output.out, lines[i]));
	assert_null(strstr(output.out, "E-0006C"));
}

static void weirctl__lists_as_a_table(void **state)
{
	struct output output _cleanup_(output_done) =
		RUN("--output", "table", "event", "ls", "--channel", "network");

	assert_int_equal(strncmp(output.out, "ID       TIME ", 14), 0);
	assert_non_null(
		strstr(output.out, "\nE-0005A  2026-11-18T11:06:42.000Z  ws-2  network  audit "));
	assert_int_equal(count(output.out, '\n'), 3);
	assert_int_equal(count(output.out, '\t'), 0);
}

static void weirctl__lists_as_json(void **state)
{
	struct output output _cleanup_(output_done) = RUN("event", "ls", "-o", "json");
	json_t *json = json_loads(output.out, JSON_REJECT_DUPLICATES, NULL);
	const json_t *events = json_object_get(json, "events");

	assert_int_equal(json_array_size(events), 7);
	assert_string_equal(json_string_value(json_object_get(json_array_get(events, 1), "id")),
			    "E-0006C");
	assert_string_equal(json_string_value(json_object_get(
				    json_object_get(json_array_get(events, 0), "file"), "path")),
			    EVIL_PATH);
	json_decref(json);
}

static void assert_clean(const char *text, bool lines_only)
{
	for (const char *p = text; *p; p++)
		assert_true((unsigned char)*p >= 0x20 || *p == '\n' || (!lines_only && *p == '\t'));
	assert_null(strstr(text, "\xc2\x9b"));
	assert_null(strstr(text, "\xe2\x80\xae"));
	assert_non_null(strstr(text, "客户"));
}

static void weirctl__never_prints_controls_raw(void **state)
{
	struct output tsv _cleanup_(output_done) = RUN("event", "ls", "--alerts", "--limit", "1");
	struct output json _cleanup_(output_done) =
		RUN("event", "ls", "--alerts", "--limit", "1", "-ojson");
	struct output table _cleanup_(output_done) =
		RUN("event", "ls", "--alerts", "--limit", "1", "-o", "table");
	struct output show _cleanup_(output_done) = RUN("event", "show", "E-0007E");

	assert_clean(tsv.out, false);
	assert_non_null(strstr(tsv.out, "\t/tmp/\\u001b[31m\\t\\n\\u009b\\u202e客户\\\\x.csv\t"));
	assert_int_equal(count(tsv.out, '\n'), 1);
	assert_clean(json.out, true);
	assert_clean(table.out, true);
	assert_int_equal(count(table.out, '\n'), 2);
	assert_clean(show.out, false);
}

static void weirctl__filters(void **state)
{
	static const struct {
		const char *option, *value;
		unsigned rows;
	} cases[] = {
		{"--channel", "network", 2},
		{"--channel", "removable", 4},
		{"--channel", "share", 0},
		{"--action", "block", 4},
		{"--action", "audit", 2},
		{"--limit", "3", 3},
		{"--since", "20000d", 6},
		{"--since", "2026-11-18T11:06:43Z", 2},
		{"--since", "2026-11-18T19:06:43+08:00", 2},
		{"--agent", "02020202-0202-0202-0202-020202020202", 2},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct output output _cleanup_(output_done) =
			RUN("event", "ls", "--alerts", cases[i].option, cases[i].value);

		assert_int_equal(output.result.status, 0);
		assert_int_equal(count(output.out, '\n'), cases[i].rows);
	}
}

static void weirctl__pages_through_many(void **state)
{
	static const struct fake_event many = {.channel = 3};
	struct output output _cleanup_(output_done) = {};

	for (uint64_t i = 0; i < 3; i++)
		weirctl_post(*state, &(struct fake_batch){.agent = 9,
							  .epoch = 1,
							  .first = 1 + 400 * i,
							  .n = 400,
							  .model = &many});
	output = RUN("event", "ls", "--alerts", "--limit", "1150", "--channel", "share");
	assert_int_equal(count(output.out, '\n'), 1150);
	output_done(&output);
	output = RUN("event", "ls", "--alerts", "--limit", "100000", "--channel", "share", "-o",
		     "json");
	{
		json_t *json = json_loads(output.out, 0, NULL);

		assert_int_equal(json_array_size(json_object_get(json, "events")), 1200);
		assert_true(json_is_null(json_object_get(json, "next_before")));
		json_decref(json);
	}
}

static void weirctl__shows_one(void **state)
{
	struct output output _cleanup_(output_done) = RUN("event", "show", "e-5a");
	struct output json _cleanup_(output_done) =
		RUN("event", "show", "E-0005A", "--output=json");
	struct output event _cleanup_(output_done) = RUN("event", "show", "E-0006C");
	json_t *parsed = json_loads(json.out, 0, NULL);

	assert_non_null(strstr(output.out, "id\tE-0005A\n"));
	assert_non_null(strstr(output.out, "process.user_name\tli.na\n"));
	assert_non_null(strstr(output.out, "destination.port\t80\n"));
	assert_non_null(strstr(output.out, "counts.0.distinct\t20\n"));
	assert_non_null(strstr(output.out, "findings.0.masked\t11************1X\n"));
	assert_non_null(strstr(output.out, "late\tno\n"));
	assert_string_equal(
		json_string_value(json_object_get(json_object_get(parsed, "event"), "id")),
		"E-0005A");
	assert_non_null(strstr(event.out, "alert\tno\n"));
	json_decref(parsed);
}

static void weirctl__lists_agents(void **state)
{
	struct output output _cleanup_(output_done) = RUN("agent", "ls");
	struct output json _cleanup_(output_done) = RUN("agent", "ls", "-o", "json");
	json_t *parsed = json_loads(json.out, 0, NULL);

	assert_non_null(strstr(output.out, "01010101-0101-0101-0101-010101010101\tws-1\t0.1.0\t"));
	assert_non_null(strstr(output.out, "\t5\t5\t0\tcause-0:1,cause-1:2\n"));
	assert_true(json_array_size(json_object_get(parsed, "agents")) >= 2);
	json_decref(parsed);
}

static void weirctl__exits_as_documented(void **state)
{
	struct console *console = *state;
	char nothing[128];

	(void)snprintf(nothing, sizeof(nothing), "unix:%s/nothing", console->dir);
	assert_int_equal(STATUS("--help"), 0);
	assert_int_equal(STATUS("event", "ls", "--help"), 0);
	assert_int_equal(STATUS("--console", nothing, "event", "ls"), 1);
	assert_int_equal(weirctl_status(weirctl_run((const char *const[]){WEIRCTL, NULL})), 2);
	assert_int_equal(STATUS("alert"), 2);
	assert_int_equal(STATUS("alert", "rm"), 2);
	assert_int_equal(STATUS("event", "ls", "--nonsense"), 2);
	assert_int_equal(STATUS("event", "ls", "--limit", "0"), 2);
	assert_int_equal(STATUS("event", "ls", "more"), 2);
	assert_int_equal(STATUS("event", "ls", "--channel", "usb"), 2);
	assert_int_equal(STATUS("event", "ls", "--since", "x&limit=1"), 2);
	assert_int_equal(STATUS("event", "ls", "--output", "xml"), 2);
	assert_int_equal(STATUS("event", "show"), 2);
	assert_int_equal(STATUS("event", "show", "17"), 2);
	assert_int_equal(STATUS("event", "show", "../agents"), 2);
	assert_int_equal(STATUS("--console", "http://192.0.2.1:80", "event", "ls"), 2);
	assert_int_equal(STATUS("event", "show", "E-ZZZZD"), 3);
	assert_int_equal(STATUS("event", "show", "E-000ZV"), 3);
}

static void weirctl__authenticates(void **state)
{
	struct console *console = *state;
	char base[64], wrong[128], nothing[128];

	(void)snprintf(base, sizeof(base), "http://127.0.0.1:%u", console->port);
	(void)snprintf(wrong, sizeof(wrong), "%s/wrong", console->dir);
	(void)snprintf(nothing, sizeof(nothing), "%s/nothing", console->dir);
	assert_int_equal(weir_write_file_atomic(AT_FDCWD, wrong, "0123456789\n", 11, 0600), 0);
	unsetenv("WEIR_TOKEN_FILE");
	assert_int_equal(STATUS("--console", base, "event", "ls"), 4);
	assert_int_equal(STATUS("event", "ls"), 4);
	assert_int_equal(STATUS("--console", base, "--token-file", wrong, "event", "ls"), 4);
	assert_int_equal(STATUS("--console", base, "--token-file", nothing, "event", "ls"), 4);
	assert_int_equal(
		STATUS("--console", base, "--token-file", console->token_file, "event", "ls"), 0);
	setenv("WEIR_TOKEN_FILE", console->token_file, 1);
	assert_int_equal(STATUS("event", "ls", "--console", base), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(weirctl__lists_as_tsv_in_a_pipe),
		cmocka_unit_test(weirctl__lists_as_a_table),
		cmocka_unit_test(weirctl__lists_as_json),
		cmocka_unit_test(weirctl__never_prints_controls_raw),
		cmocka_unit_test(weirctl__filters),
		cmocka_unit_test(weirctl__shows_one),
		cmocka_unit_test(weirctl__lists_agents),
		cmocka_unit_test(weirctl__exits_as_documented),
		cmocka_unit_test(weirctl__authenticates),
		cmocka_unit_test(weirctl__pages_through_many),
	};

	return cmocka_run_group_tests(tests, setup, weirctl_teardown);
}
