/* SPDX-License-Identifier: Apache-2.0 */
/* What a policy wants sealed, and for whom. */
#include "make.h"

#include <fcntl.h>
#include <stdlib.h>

#include "reviewers.h"
#include "scratch.h"
#include "weir/base/fd.h"
#include "weir/findings/excerpts.h"
#include "weir/policy/diff.h"

#define RULES                                                       \
	HEAD "classes:\n"                                           \
	     "  c: {level: C2, detectors: [vin]}\n"                 \
	     "rules:\n"                                             \
	     "  - {id: first, channel: removable, action: block}\n" \
	     "  - {id: second, channel: share, action: block}\n"    \
	     "  - {id: third, channel: file, action: audit}\n"

static char dir[64];
static struct weir_buf pem[3];

static int setup(void **state)
{
	scratch_make(dir);
	for (size_t i = 0; i < ARRAY_SIZE(pem); i++)
		weir_reviewer_free(reviewer_new(dir, (const char *[]){"a", "b", "c"}[i], &pem[i]));
	return 0;
}

static int teardown(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(pem); i++)
		weir_buf_done(&pem[i]);
	scratch_remove(dir);
	return 0;
}

/* A policy with this section and the first n recipients. */
static struct weir_buf with(const char *section, size_t n)
{
	struct weir_buf yaml = WEIR_BUF_INIT(1 << 20);

	assert_int_equal(weir_buf_printf(&yaml, RULES "evidence:\n%s  recipients:\n", section), 0);
	for (size_t i = 0; i < n; i++)
		reviewer_list(&yaml, pem[i].data, 4);
	return yaml;
}

static struct weir_policy *made(const char *section, size_t n)
{
	struct weir_buf yaml _cleanup_(weir_buf_done) = with(section, n);

	return make_policy(yaml.data);
}

static bool keeps(const struct weir_policy *policy, const char *rule, bool alert)
{
	const struct weir_verdict verdict = {.rule = rule, .alert = alert};

	return weir_policy_keeps_evidence(policy, &verdict);
}

static void evidence__of_all_rules(void **state)
{
	struct weir_policy *policy _cleanup_(weir_policy_freep) = made("", 2);

	assert_int_equal(weir_recipients_count(weir_policy_recipients(policy)), 2);
	assert_int_equal(weir_policy_evidence_bytes(policy), 16384);
	assert_true(keeps(policy, "first", true));
	assert_true(keeps(policy, "third", true));
	assert_false(keeps(policy, "first", false));
}

static void evidence__of_some_rules(void **state)
{
	struct weir_policy *policy _cleanup_(weir_policy_freep) =
		made("  max_bytes: 262144\n  rules: [second, third]\n", 1);

	assert_int_equal(weir_policy_evidence_bytes(policy), 262144);
	assert_false(keeps(policy, "first", true));
	assert_true(keeps(policy, "second", true));
	assert_false(keeps(policy, "", true));
}

/* Nobody asked for it: nothing is kept. */
static void evidence__none_without_the_section(void **state)
{
	struct weir_policy *policy _cleanup_(weir_policy_freep) = make_policy(RULES);

	assert_null(weir_policy_recipients(policy));
	assert_int_equal(weir_policy_evidence_bytes(policy), 0);
	assert_false(keeps(policy, "first", true));
}

static void expect_error(const char *yaml, const char *text)
{
	struct weir_buf wire _cleanup_(weir_buf_done) = WEIR_BUF_INIT(1 << 20);
	struct weir_error err = {0};

	assert_int_equal(weir_policy_compile(yaml, strlen(yaml), &wire, &err), -EINVAL);
	if (!strstr(err.text, text))
		fail_msg("%s, not: %s", text, err.text);
	assert_true(err.line > 9);
	assert_null(strstr(err.text, "-----"));
}

static void expect_section_error(const char *section, size_t n, const char *text)
{
	struct weir_buf yaml _cleanup_(weir_buf_done) = with(section, n);

	expect_error(yaml.data, text);
}

static void evidence__has_bounds(void **state)
{
	expect_section_error("", 0, "recipients");
	expect_section_error("  max_bytes: 0\n", 2, "between 1 and");
	expect_section_error("  max_bytes: 262145\n", 2, "between 1 and");
	expect_section_error("  max_bytes: 5000000000\n", 2, "");
	expect_section_error("  rules: [first, fourth]\n", 2, "there is no rule \"fourth\"");
	expect_section_error("  to: me\n", 2, "to");
	expect_error(RULES "evidence: {max_bytes: 10}\n", "\"recipients\" is missing");
	expect_error(RULES "evidence: []\n", "");
}

static void evidence__refuses_what_is_no_reviewer(void **state)
{
	struct weir_buf yaml _cleanup_(weir_buf_done) = with("", 2);
	struct weir_buf file _cleanup_(weir_buf_wipe) = WEIR_BUF_INIT(WEIR_REVIEWER_PEM_MAX);
	char path[128];

	reviewer_list(&yaml, pem[0].data, 4);
	expect_error(yaml.data, "there twice");
	weir_buf_done(&yaml);
	yaml = with("", 1);
	reviewer_list(&yaml, "nonsense\n", 4);
	expect_error(yaml.data, "no certificate");
	weir_buf_done(&yaml);
	yaml = with("", 1);
	(void)snprintf(path, sizeof(path), "%s/b", dir);
	assert_int_equal(weir_read_file(AT_FDCWD, path, &file), 0);
	reviewer_list(&yaml, file.data, 4);
	expect_error(yaml.data, "private key");
}

static void evidence__warns_of_a_single_key(void **state)
{
	struct weir_policy *one _cleanup_(weir_policy_freep) = made("", 1);
	struct weir_policy *two _cleanup_(weir_policy_freep) = made("", 2);
	struct weir_error warning;
	bool warned = false;

	for (unsigned i = 0; weir_policy_warning(one, i, &warning); i++)
		warned |= strstr(warning.text, "evidence has one recipient") != NULL;
	assert_true(warned);
	for (unsigned i = 0; weir_policy_warning(two, i, &warning); i++)
		assert_null(strstr(warning.text, "evidence"));
}

struct told {
	unsigned n;
	char field[8][64], before[8][256], after[8][256];
};

static int tell(void *context, const struct weir_policy_change *change)
{
	struct told *told = context;

	assert_true(told->n < 8);
	assert_int_equal(change->effect, WEIR_POLICY_EFFECT_NONE);
	(void)snprintf(told->field[told->n], 64, "%s", change->field);
	(void)snprintf(told->before[told->n], 256, "%s", change->before);
	(void)snprintf(told->after[told->n++], 256, "%s", change->after);
	return 0;
}

static struct weir_buf compiled(const char *section, size_t n)
{
	struct weir_buf yaml _cleanup_(weir_buf_done) = with(section, n);
	struct weir_buf wire = WEIR_BUF_INIT(1 << 20);

	assert_int_equal(weir_policy_compile(n ? yaml.data : RULES, n ? yaml.len : strlen(RULES),
					     &wire, NULL),
			 0);
	return wire;
}

/* Who may open it is told by what openssl shows of a certificate. */
static void evidence__changes_are_told(void **state)
{
	struct weir_buf none _cleanup_(weir_buf_done) = compiled("", 0);
	struct weir_buf two _cleanup_(weir_buf_done) = compiled("  rules: [first]\n", 2);
	struct weir_buf three _cleanup_(weir_buf_done) = compiled("  max_bytes: 9\n", 3);
	char name[WEIR_REVIEWER_FINGERPRINT];
	struct told told = {0};

	assert_int_equal(
		weir_policy_diff(two.data, two.len, three.data, three.len, tell, &told, NULL), 0);
	assert_int_equal(told.n, 3);
	assert_string_equal(told.field[0], "evidence.recipients");
	assert_int_equal(weir_reviewer_fingerprint(pem[2].data, pem[2].len, name), 0);
	assert_null(strstr(told.before[0], name));
	assert_non_null(strstr(told.after[0], name));
	assert_string_equal(told.field[1], "evidence.max_bytes");
	assert_string_equal(told.after[1], "9");
	assert_string_equal(told.before[2], "first");
	told.n = 0;
	assert_int_equal(
		weir_policy_diff(none.data, none.len, two.data, two.len, tell, &told, NULL), 0);
	assert_int_equal(told.n, 3);
	assert_string_equal(told.before[0], "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(evidence__of_all_rules),
		cmocka_unit_test(evidence__of_some_rules),
		cmocka_unit_test(evidence__none_without_the_section),
		cmocka_unit_test(evidence__has_bounds),
		cmocka_unit_test(evidence__refuses_what_is_no_reviewer),
		cmocka_unit_test(evidence__warns_of_a_single_key),
		cmocka_unit_test(evidence__changes_are_told),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
