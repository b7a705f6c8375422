/* SPDX-License-Identifier: Apache-2.0 */
/* Counting over files: what the language takes, what is decided when other files came before, and what the kernel is told. */
#include "make.h"

#include "weir/policy/cases.h"
#include "weir/policy/diff.h"
#include "weir/policy/within.h"

#define CLASSES                                                                             \
	"classes:\n"                                                                        \
	"  id: {level: C2, detectors: [cn_resident_id, cn_passport], min_confidence: 70}\n" \
	"  card: {level: C2, detectors: [payment_card], min_confidence: 70}\n"              \
	"rules:\n"
#define IN_PIECES                                                                                 \
	"  - {id: r, channel: [removable, share], content: {class: id, distinct: '>=5', within: " \
	"24h}, action: block}\n"

static struct weir_findings findings;
static struct weir_within within[WEIR_WITHIN_TIMES];

static int setup(void **state)
{
	memset(&findings, 0, sizeof(findings));
	memset(within, 0, sizeof(within));
	findings.status = WEIR_SCAN_COMPLETE;
	return 0;
}

static struct weir_policy *with_rules(const char *rules)
{
	char text[4096];

	assert_true(snprintf(text, sizeof(text), "%s%s", HEAD CLASSES, rules) < (int)sizeof(text));
	return make_policy(text);
}

static unsigned number(const char *id)
{
	int n = weir_detector_number(id);

	assert_true(n >= 0);
	return (unsigned)n;
}

/* The file has so many values of a detector, all new; confidence 80 at best. */
static void found(const char *id, uint32_t count)
{
	const unsigned d = number(id);

	findings.distinct[d] = findings.total[d] = count;
	findings.best[d] = 80;
	for (unsigned k = 0; k <= 6; k++)
		findings.distinct_from[d][k] = count;
	for (unsigned i = 0; i < WEIR_WITHIN_TIMES; i++)
		within[i].fresh |= UINT64_C(1) << d;
}

static void before(unsigned time, const char *id, uint32_t count, unsigned steps)
{
	for (unsigned k = 0; k <= steps; k++)
		within[time].others_from[number(id)][k] = count;
}

static struct weir_verdict decide(const struct weir_policy *policy)
{
	const struct weir_event event = {.channel = WEIR_ABI_CHANNEL_REMOVABLE,
					 .action = WEIR_ABI_ACTION_AUDIT};
	const struct weir_policy_input input = {
		.event = &event, .findings = &findings, .within = within};

	return weir_policy_decide(policy, &input);
}

static void within__the_file_that_makes_the_sum_is_refused(void **state)
{
	struct weir_policy *policy = with_rules(IN_PIECES);
	struct weir_verdict v;

	found("cn_resident_id", 2);
	assert_int_equal(decide(policy).action, WEIR_ACTION_AUDIT);
	before(0, "cn_passport", 2, 6);
	assert_int_equal(decide(policy).action, WEIR_ACTION_AUDIT);
	assert_int_equal(decide(policy).within_seconds, 0);
	before(0, "cn_passport", 3, 6);
	v = decide(policy);
	assert_int_equal(v.action, WEIR_ACTION_BLOCK);
	assert_string_equal(v.rule, "r");
	assert_true(v.alert && v.refused && !v.unscannable);
	assert_int_equal(v.within_seconds, 86400);
	assert_int_equal(v.within_values, 5);
	weir_policy_free(policy);
}

static void within__what_came_before_is_not_refused_again(void **state)
{
	struct weir_policy *policy = with_rules(IN_PIECES);

	found("cn_resident_id", 9);
	found("payment_card", 1);
	assert_int_equal(decide(policy).action, WEIR_ACTION_BLOCK);
	within[0].fresh = UINT64_C(1) << number("payment_card"); /* which the rule does not count */
	assert_int_equal(decide(policy).action, WEIR_ACTION_AUDIT);
	weir_policy_free(policy);
}

static void within__a_file_alone_is_enough(void **state)
{
	struct weir_policy *policy = with_rules(IN_PIECES);
	const struct weir_event event = {.channel = WEIR_ABI_CHANNEL_SHARE,
					 .action = WEIR_ABI_ACTION_AUDIT};
	struct weir_policy_input input = {.event = &event, .findings = &findings};

	found("cn_resident_id", 5);
	assert_int_equal(weir_policy_decide(policy, &input).action, WEIR_ACTION_BLOCK);
	found("cn_resident_id", 4);
	assert_int_equal(weir_policy_decide(policy, &input).action, WEIR_ACTION_AUDIT);
	input.findings = NULL; /* a record of the kernel: no file that is whole */
	assert_int_equal(weir_policy_decide(policy, &input).action, WEIR_ACTION_AUDIT);
	weir_policy_free(policy);
}

static void within__confidence_counts_in_other_files_too(void **state)
{
	struct weir_policy *policy = with_rules(IN_PIECES);

	found("cn_resident_id", 1);
	before(0, "cn_resident_id", 4, 3); /* 65 at best, 70 is asked for */
	assert_int_equal(decide(policy).action, WEIR_ACTION_AUDIT);
	before(0, "cn_resident_id", 4, 4);
	assert_int_equal(decide(policy).action, WEIR_ACTION_BLOCK);
	weir_policy_free(policy);
}

static void within__limits_and_shares_add_up_over_files(void **state)
{
	struct weir_policy *policy =
		with_rules("  - {id: l, channel: removable, content: {limits: {cn_resident_id: 4, "
			   "payment_card: 10}, within: 1h}, "
			   "action: warn}\n"
			   "  - {id: s, channel: removable, content: {share: {id: 8, card: 8}, "
			   "within: 7d}, action: audit}\n");

	found("payment_card", 5);
	before(0, "cn_resident_id", 1, 6);
	before(1, "cn_resident_id", 2, 6);
	assert_string_equal(decide(policy).rule, "");
	before(1, "cn_resident_id", 3, 6);
	assert_string_equal(decide(policy).rule, "s");
	assert_int_equal(decide(policy).within_seconds, 604800);
	assert_int_equal(decide(policy).within_values, 8);
	before(0, "cn_resident_id", 2, 6);
	assert_string_equal(decide(policy).rule, "l");
	assert_int_equal(decide(policy).within_values, 7);
	weir_policy_free(policy);
}

static void within__times_and_detectors_are_told(void **state)
{
	struct weir_policy *policy =
		with_rules("  - {id: a, channel: removable, content: {class: card, distinct: "
			   "'>=2', within: 90m}, action: audit}\n"
			   "  - {id: b, channel: share, content: {class: card, distinct: '>=2', "
			   "within: 7d}, action: audit}\n"
			   "  - {id: c, channel: share, content: {limits: {email: 5}, within: "
			   "90m}, action: audit}\n"
			   "  - {id: d, content: {class: id, distinct: '>=2'}, action: audit}\n");

	assert_int_equal(weir_policy_within(policy, 0), 5400);
	assert_int_equal(weir_policy_within(policy, 1), 604800);
	assert_int_equal(weir_policy_within(policy, 2), 0);
	assert_int_equal(weir_policy_within_detectors(policy),
			 UINT64_C(1) << number("payment_card") | UINT64_C(1) << number("email"));
	weir_policy_free(policy);
}

/* It would refuse what came before, and what other files have it does not know. */
static void within__kernel_holds_nothing_of_it(void **state)
{
	struct weir_policy *policy = with_rules(IN_PIECES);
	struct weir_abi_dest dests[WEIR_ABI_DESTS];
	struct weir_abi_config config;
	struct weir_error warning;

	memset(&config, 0, sizeof(config));
	assert_true(weir_policy_kernel(policy, &config, dests) >= 0);
	for (unsigned i = 0; i < WEIR_ABI_PROFILE_SELFTEST; i++)
		if (i != WEIR_ABI_PROFILE_BLOCKED)
			assert_int_not_equal(config.profiles[i].action, WEIR_ABI_ACTION_BLOCK);
	assert_false(weir_policy_warning(policy, 0, &warning));
	weir_policy_free(policy);
}

/* Without knowing what came before, anything that it counts may be refused, and nothing is for sure. */
static void within__between_leaves_it_open(void **state)
{
	struct weir_policy *policy = with_rules(IN_PIECES);
	const struct weir_event event = {.channel = WEIR_ABI_CHANNEL_REMOVABLE,
					 .action = WEIR_ABI_ACTION_AUDIT};
	const struct weir_policy_input input = {.event = &event, .findings = &findings};
	const unsigned both = 1U << WEIR_ACTION_BLOCK | 1U << WEIR_ACTION_AUDIT;

	assert_int_equal(weir_policy_between(policy, &input, &input), 1U << WEIR_ACTION_AUDIT);
	found("cn_resident_id", 1);
	assert_int_equal(weir_policy_between(policy, &input, &input), both);
	found("cn_resident_id", 9);
	assert_int_equal(weir_policy_between(policy, &input, &input), both);
	weir_policy_free(policy);
}

static void within__mistakes_have_a_place(void **state)
{
	static const struct {
		const char *rule, *text;
		unsigned line, column;
	} mistakes[] = {
		{"  - id: r\n    channel: removable\n    content: {class: id, distinct: '>=5', "
		 "within: 24}\n    action: block\n",
		 "is no time", 10, 51},
		{"  - id: r\n    channel: removable\n    content: {class: id, distinct: '>=5', "
		 "within: 0h}\n    action: block\n",
		 "is no time", 10, 51},
		{"  - id: r\n    channel: removable\n    content: {class: id, distinct: '>=5', "
		 "within: 8d}\n    action: block\n",
		 "between 1m and 7d", 10, 51},
		{"  - id: r\n    channel: [removable, network]\n    content: {class: id, distinct: "
		 "'>=5', within: 8h}\n    action: block\n",
		 "other channels too", 10, 51},
		{"  - id: r\n    content: {class: id, distinct: '>=5', within: 8h}\n    action: "
		 "block\n",
		 "other channels too", 9, 51},
		{"  - id: r\n    channel: share\n    content: {customers: '>=5', within: 8h}\n    "
		 "action: block\n",
		 "counted in one file", 10, 26},
		{"  - id: r\n    channel: share\n    content: {class: id, distinct: '>=5000', "
		 "within: 8h}\n    action: block\n",
		 "at most 4096", 10, 36},
		{"  - id: r\n    channel: share\n    content: {share: {card: 5000}, within: 8h}\n  "
		 "  action: block\n",
		 "\"card\" is at most 4096", 10, 22},
		{"  - id: r\n    channel: share\n    content: {within: 8h}\n    action: block\n",
		 "asks for nothing", 10, 14},
	};

	for (size_t i = 0; i < ARRAY_SIZE(mistakes); i++) {
		struct weir_buf wire _cleanup_(weir_buf_done) = WEIR_BUF_INIT(100000);
		struct weir_error err = {0};
		char text[2048];

		(void)snprintf(text, sizeof(text), "%s%s", HEAD CLASSES, mistakes[i].rule);
		assert_int_equal(weir_policy_compile(text, strlen(text), &wire, &err), -EINVAL);
		if (!strstr(err.text, mistakes[i].text))
			fail_msg("mistake %zu: %s", i, err.text);
		if (err.line != mistakes[i].line || err.column != mistakes[i].column)
			fail_msg("mistake %zu is at %u:%u", i, err.line, err.column);
	}
}

static void within__four_times_and_no_more(void **state)
{
	struct weir_buf wire _cleanup_(weir_buf_done) = WEIR_BUF_INIT(100000);
	struct weir_error err = {0};
	char text[4096] = HEAD CLASSES;

	for (unsigned i = 0; i < 6; i++) {
		size_t len = strlen(text);

		(void)snprintf(text + len, sizeof(text) - len,
			       "  - {id: r%u, channel: share, content: {class: id, distinct: "
			       "'>=5', within: %uh}, action: "
			       "audit}\n",
			       i, 1 + i % 4);
		assert_int_equal(weir_policy_compile(text, strlen(text), &wire, &err), 0);
		weir_buf_clear(&wire);
	}
	(void)strncat(text,
		      "  - {id: s, channel: share, content: {class: id, distinct: '>=5', within: "
		      "9h}, action: audit}\n",
		      sizeof(text) - strlen(text) - 1);
	assert_int_equal(weir_policy_compile(text, strlen(text), &wire, &err), -EINVAL);
	assert_non_null(strstr(err.text, "more than 4 different times"));
}

static void note(void *context, const struct weir_policy_case *result)
{
	if (!result->met)
		fail_msg("%s: %s", result->name, result->difference);
	++*(unsigned *)context;
}

static void within__cases_say_what_came_before(void **state)
{
	static const char cases[] = "cases:\n"
				    "  - {name: first, channel: removable, distinct: "
				    "{cn_resident_id: 4}, expect: {action: audit}}\n"
				    "  - {name: next, channel: removable, distinct: "
				    "{cn_resident_id: 1}, before: {cn_resident_id: 4},\n"
				    "     expect: {action: block, rule: r, alert: true}}\n"
				    "  - {name: nothing new, channel: removable, before: "
				    "{cn_resident_id: 9}, expect: {action: audit}}\n";
	struct weir_policy *policy = with_rules(IN_PIECES);
	struct weir_error err = {0};
	unsigned n = 0;

	assert_int_equal(weir_policy_cases(policy, cases, strlen(cases), note, &n, &err), 0);
	assert_int_equal(n, 3);
	weir_policy_free(policy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(within__the_file_that_makes_the_sum_is_refused, setup),
		cmocka_unit_test_setup(within__what_came_before_is_not_refused_again, setup),
		cmocka_unit_test_setup(within__a_file_alone_is_enough, setup),
		cmocka_unit_test_setup(within__confidence_counts_in_other_files_too, setup),
		cmocka_unit_test_setup(within__limits_and_shares_add_up_over_files, setup),
		cmocka_unit_test_setup(within__times_and_detectors_are_told, setup),
		cmocka_unit_test_setup(within__kernel_holds_nothing_of_it, setup),
		cmocka_unit_test_setup(within__between_leaves_it_open, setup),
		cmocka_unit_test_setup(within__mistakes_have_a_place, setup),
		cmocka_unit_test_setup(within__four_times_and_no_more, setup),
		cmocka_unit_test_setup(within__cases_say_what_came_before, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
