/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/policylint/lint.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "weir/base/fd.h"
#include "weir/policy/compile.h"

#define HEAD "apiVersion: weir/v1\nkind: Policy\nmetadata: {name: t}\ndetectors:\n"

struct heard {
	char all[4096];
	unsigned errors, warnings;
};

static void hear(void *context, bool error, const struct weir_error *found)
{
	struct heard *h = context;
	size_t len = strlen(h->all);

	(void)snprintf(h->all + len, sizeof(h->all) - len, "%u:%u: %s: %s\n", found->line,
		       found->column, error ? "error" : "warning", found->text);
	if (error)
		h->errors++;
	else
		h->warnings++;
}

static struct heard lint(const char *detectors)
{
	struct weir_buf wire _cleanup_(weir_buf_done) = WEIR_BUF_INIT((size_t)1 << 20);
	struct weir_error err = {0};
	struct heard ret = {0};
	char text[8192];
	int r;

	(void)snprintf(text, sizeof(text), "%s%s", HEAD, detectors);
	if (weir_policy_compile(text, strlen(text), &wire, &err) < 0)
		fail_msg("%u:%u: %s", err.line, err.column, err.text);
	r = weir_policy_lint(text, strlen(text), hear, &ret);
	assert_int_equal(r, ret.errors);
	return ret;
}

static void expect(const char *detectors, const char *text)
{
	struct heard h = lint(detectors);

	if (strcmp(h.all, text) != 0)
		fail_msg("expected:\n%sgot:\n%s", text, h.all);
}

static void lint__good_detector_is_silent(void **state)
{
	(void)state;
	expect("  claim: {pattern: '(7[0-9]{9})', check: luhn, level: C2, words: [claim],\n"
	       "    samples: {match: [7000000005, 'see 7000000005.'], no_match: [7000000006, "
	       "C00]}}\n",
	       "");
}

static void lint__pattern_that_does_not_compile(void **state)
{
	struct heard h = lint("  claim: {pattern: '\xe5\x8f\xb7(C[0-9]{9}', level: C2}\n");

	(void)state;
	assert_int_equal(h.errors, 1);
	assert_non_null(strstr(
		h.all, "5:20: error: custom detector \"claim\": missing closing parenthesis"));
	assert_non_null(strstr(h.all, "at character 12"));
}

static void lint__unknown_check(void **state)
{
	expect("  claim: {pattern: 'C[0-9]{9}', level: C2, check: lunh}\n",
	       "5:51: error: there is no check \"lunh\"\n");
	(void)state;
}

static void lint__samples_that_do_not_hold(void **state)
{
	(void)state;
	expect("  claim: {pattern: '(7[0-9]{9})', level: C2, check: luhn,\n"
	       "    samples: {match: [D00, 7000000006], no_match: ['x 7000000005']}}\n",
	       "6:23: error: the pattern does not match this sample\n"
	       "6:28: error: the check refuses this sample\n"
	       "6:52: error: this sample must not match, but it does\n");
}

/* The value is group 1: the rest of the match is not checked. */
static void lint__group_is_the_value(void **state)
{
	(void)state;
	expect("  claim: {pattern: '\xe8\xb5\x94\xe6\xa1\x88\xe5\x8f\xb7 ?(7[0-9]{9})(x)?', level: "
	       "C2, check: luhn,\n"
	       "    samples: {match: [\xe8\xb5\x94\xe6\xa1\x88\xe5\x8f\xb7"
	       " 7000000005]}}\n",
	       "");
	expect("  claim: {pattern: '(no7[0-9]{9})', level: C2, "
	       "check: luhn,\n"
	       "    samples: {match: [no7000000005]}}\n",
	       "6:23: error: the check refuses this sample\n");
}

/* The second match of a sample counts as well as the first. */
static void lint__every_match_is_tried(void **state)
{
	(void)state;
	expect("  claim: {pattern: '(7[0-9]{9})', level: C2, check: luhn,\n"
	       "    samples: {match: ['7000000006 7000000005'], no_match: ['7000000006 "
	       "7000000007']}}\n",
	       "");
}

static void lint__warnings(void **state)
{
	struct heard h = lint("  a: {pattern: '[a-z]*', level: C2}\n");

	(void)state;
	assert_int_equal(h.errors, 1);
	assert_non_null(strstr(h.all, "matches nothing at all"));
	h = lint("  a: {pattern: '[^x]+x?[^y]+y', level: C2}\n");
	assert_int_equal(h.errors, 0);
	assert_non_null(strstr(h.all, "no fixed shape"));
}

/* Exponential patterns end, and are told. */
static void lint__catastrophic_pattern(void **state)
{
	struct heard h = lint("  a: {pattern: '([0-9]+)+[xy]', level: C2, samples: {match: "
			      "['1111111111111111111111111111111111111111111111111111111111']}}\n");

	(void)state;
	assert_non_null(strstr(h.all, "takes very many steps on digits"));
	h = lint("  a: {pattern: '(a|aa|aaa)+$^', level: C2, samples: {no_match: "
		 "['aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa']}}\n");
	assert_non_null(strstr(h.all, "steps"));
}

static void lint__no_sample_text_is_told(void **state)
{
	struct heard h = lint("  a: {pattern: 'Q[0-9]+', level: C2, samples: {match: [ZEBRA]}}\n");

	(void)state;
	assert_int_equal(h.errors, 1);
	assert_null(strstr(h.all, "ZEBRA"));
}

static char *read_all(const char *path)
{
	struct weir_buf text = WEIR_BUF_INIT((size_t)1 << 20);

	assert_int_equal(weir_read_file(AT_FDCWD, path, &text), 0);
	return text.data;
}

/* What people copy from is good. */
static void lint__example_and_default_policy(void **state)
{
	char *docs _cleanup_(freep) = read_all(WEIR_SOURCE "/docs/policy.md");
	char *policy _cleanup_(freep) =
		read_all(WEIR_SOURCE "/packaging/default-policy/baseline.yaml");
	char *yaml = strstr(docs, "```yaml\n") + 8;
	struct heard h = {0};

	(void)state;
	*strstr(yaml, "```") = '\0';
	assert_int_equal(weir_policy_lint(yaml, strlen(yaml), hear, &h), 0);
	assert_string_equal(h.all, "");
	assert_int_equal(weir_policy_lint(policy, strlen(policy), hear, &h), 0);
	assert_string_equal(h.all, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lint__good_detector_is_silent),
		cmocka_unit_test(lint__pattern_that_does_not_compile),
		cmocka_unit_test(lint__unknown_check),
		cmocka_unit_test(lint__samples_that_do_not_hold),
		cmocka_unit_test(lint__group_is_the_value),
		cmocka_unit_test(lint__every_match_is_tried),
		cmocka_unit_test(lint__warnings),
		cmocka_unit_test(lint__catastrophic_pattern),
		cmocka_unit_test(lint__no_sample_text_is_told),
		cmocka_unit_test(lint__example_and_default_policy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
