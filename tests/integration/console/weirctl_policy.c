/* SPDX-License-Identifier: Apache-2.0 */
/* What a version would change, from a real console by weirctl. What is compared and judged is unit/policy/diff's and
 * unit/console/policy/simulate's. */

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "weir/base/fd.h"
#include "weirctl_run.h"

#define TEXT(distinct, action, more)                                                    \
	"apiVersion: weir/v1\nkind: Policy\nmetadata: {name: test}\n"                   \
	"classes: {id: {level: C2, detectors: [cn_resident_id]}}\nrules:\n"             \
	"  - {id: stick, channel: removable, content: {class: id, distinct: '" distinct \
	"'}, action: " action "}\n" more

/* Texts of policies, in the console's folder. */
static struct {
	char strict[128], loose[128], wrong[128];
} file;

static void write_text(const struct console *console, const char *name, const char *text,
		       char ret[static 128])
{
	(void)snprintf(ret, 128, "%s/%s", console->dir, name);
	assert_int_equal(weir_write_file_atomic(AT_FDCWD, ret, text, strlen(text), 0600), 0);
}

static int setup(void **state)
{
	const struct fake_batch batch = {.agent = 1, .epoch = 1, .first = 1, .n = 3};
	const struct console *console;

	if (weirctl_setup(state) < 0)
		return -1;
	console = *state;
	weirctl_post(console, &batch);
	write_text(console, "strict.yaml", TEXT(">=5", "block", ""), file.strict);
	write_text(console, "loose.yaml",
		   TEXT(">4", "audit", "  - {id: net, channel: network, action: block}\n"),
		   file.loose);
	write_text(console, "wrong.yaml", TEXT(">=5", "stop", ""), file.wrong);
	assert_int_equal(STATUS("policy", "create", file.strict), 0);
	assert_int_equal(STATUS("policy", "create", file.loose), 0);
	return 0;
}

static void assert_out(struct output output, const char *text)
{
	if (output.result.status)
		fail_msg("%d: %s", output.result.status, output.err);
	assert_string_equal(output.out, text);
	output_done(&output);
}

#define PLAIN                                                    \
	"looser\trule\tstick\tchanged\taction\tblock\taudit\t\n" \
	"stricter\trule\tnet\tadded\t\t\tchannel: network; action: block\t\n"

static void diff__of_versions_and_of_a_file(void **state)
{
	assert_out(RUN("policy", "diff", "1", "2"), PLAIN);
	assert_out(RUN("policy", "diff", "1", file.loose), PLAIN);
	assert_out(RUN("policy", "diff", "1", file.strict), "");
	assert_out(RUN("policy", "diff", "2", "2"), "");
	assert_out(RUN("policy", "diff", "2", "1", "--jq", ".looser, .stricter, .before, .after"),
		   "1\n1\n2\n1\n");
	assert_out(RUN("policy", "diff", "1", "2", "--json", "id,effect", "--jq", ".[].effect"),
		   "looser\nstricter\n");
	weirctl_says(RUN("policy", "diff", "1", "9"), 3, "no version 9");
	weirctl_says(RUN("policy", "diff", "9", "1"), 3, "no version 9");
	weirctl_says(RUN("policy", "diff", "1", file.wrong), 2, "stop");
	weirctl_says(RUN("policy", "diff", "1", "/nowhere/at.all"), 1, "No such file");
}

static void diff__reads_in_both_languages(void **state)
{
	assert_out(RUN("policy", "diff", "1", "2", "-o", "table"),
		   "EFFECT    SECTION  ID     CHANGE   FIELD   BEFORE  AFTER\n"
		   "looser    rule     stick  changed  action  block   audit\n"
		   "stricter  rule     net    added                    channel: network; action: "
		   "block\n");
	setenv("LC_ALL", "zh_CN.UTF-8", 1);
	weirctl_says(RUN("policy", "diff", "1", "2", "-o", "table"), 0, "更松");
	weirctl_says(RUN("policy", "diff", "1", "2", "-o", "table"), 0, "影响");
	/* what scripts read is the same */
	assert_out(RUN("policy", "diff", "1", "2", "-o", "tsv"), PLAIN);
	setenv("LC_ALL", "C", 1);
}

static void simulate__tells_what_would_change(void **state)
{
	/* 20 values each, blocked then: blocked by the one; what is behind them the other does not know */
	assert_out(RUN("policy", "simulate", "1", "--days", "30", "--jq",
		       ".events, .rules[0].would.blocked, .rules[0].rule, (.unknown | length), "
		       ".partial"),
		   "3\n3\nstick\n0\nfalse\n");
	assert_out(RUN("policy", "simulate", "2", "--jq",
		       ".changes[] | select(.change == \"no_longer_blocked\") | .events, .persons, "
		       ".by_person[0].person, .destinations[0].class, (.sample | length)"),
		   "3\n1\nli.na@ws-1\nremovable\n3\n");
	assert_out(RUN("policy", "simulate", "2"), "newly_blocked\t0\t0\t0\t\n"
						   "newly_warned\t0\t0\t0\t\n"
						   "no_longer_blocked\t3\t1\t1\tremovable:3\n"
						   "no_longer_warned\t0\t0\t0\t\n");
	weirctl_says(RUN("policy", "simulate", "2", "-o", "table"), 0,
		     "# by channel and deciding rule\n");
	setenv("LC_ALL", "zh_CN.UTF-8", 1);
	weirctl_says(RUN("policy", "simulate", "2", "-o", "table"), 0, "不再阻断");
	setenv("LC_ALL", "C", 1);
	weirctl_says(RUN("policy", "simulate", "9"), 3, "no version 9");
	weirctl_says(RUN("policy", "simulate", "1", "--days", "0"), 2, "days");
	weirctl_says(RUN("policy", "simulate", "1", "--before", "x"), 2, "id");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(diff__of_versions_and_of_a_file),
		cmocka_unit_test(diff__reads_in_both_languages),
		cmocka_unit_test(simulate__tells_what_would_change),
	};

	return cmocka_run_group_tests(tests, setup, weirctl_teardown);
}
