/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fakes.h"
#include "weir/base/time.h"
#include "weir/pipeline/refusals.h"

#define FIRST	UINT64_C(500)
#define HOUR_NS (3600 * WEIR_NSEC_PER_SEC)

static const char yaml[] = "apiVersion: weir/v1\nkind: Policy\nmetadata: {name: test}\n";
static struct weir_policy *policy;
static struct weir_refusals *refusals;

static int setup(void **state)
{
	policy = fake_policy(yaml);
	return weir_refusals_new(FIRST, &refusals);
}

static int teardown(void **state)
{
	weir_refusals_free(refusals);
	weir_policy_free(policy);
	return 0;
}

static void note(uint32_t uid, uint64_t ino, enum weir_action action)
{
	const struct weir_event event = {.channel = WEIR_ABI_CHANNEL_REMOVABLE,
					 .profile = 1,
					 .target = {.ino = ino},
					 .process = {.uid = uid}};
	const struct weir_verdict verdict = {
		.action = action, .rule = "r", .message_zh = "", .message_en = ""};

	weir_refusals_note(refusals, &(struct weir_refused){&event, &verdict, NULL, policy});
}

static int justify(uint32_t uid, uint64_t id, uint64_t now)
{
	struct weir_justification given = {.refusal = id, .uid = uid, .reason = "a reason"};
	const struct weir_refusal *refusal;
	const struct weir_pass *pass;
	int r = weir_refusals_justify(refusals, &given, now, &pass, &refusal);

	if (r == 0) {
		assert_int_equal(refusal->id, id);
		assert_int_equal(pass->profile, 1);
		assert_int_equal(pass->until_ns, now + WEIR_PASS_NS);
	}
	return r;
}

static void refusals__newest_first_and_each_has_his_own(void **state)
{
	const struct weir_refusal *list[WEIR_REFUSALS_OF_ONE];

	for (uint64_t i = 0; i < 3 * WEIR_REFUSALS_OF_ONE; i++)
		note(1, 10 + i, WEIR_ACTION_WARN);
	note(2, 1, WEIR_ACTION_BLOCK);
	assert_int_equal(weir_refusals_of(refusals, 1, list), WEIR_REFUSALS_OF_ONE);
	for (size_t i = 0; i < WEIR_REFUSALS_OF_ONE; i++)
		assert_int_equal(list[i]->id, FIRST + 3 * WEIR_REFUSALS_OF_ONE - 1 - i);
	assert_int_equal(weir_refusals_of(refusals, 2, list), 1);
	assert_false(list[0]->warned);
	assert_int_equal(weir_refusals_of(refusals, 3, list), 0);
}

/* Many users fill the table: the oldest of all goes. */
static void refusals__table_is_bounded(void **state)
{
	const struct weir_refusal *list[WEIR_REFUSALS_OF_ONE];

	for (uint32_t uid = 0; uid < WEIR_REFUSALS_MAX + 5; uid++)
		note(uid, 1, WEIR_ACTION_WARN);
	assert_int_equal(weir_refusals_of(refusals, 4, list), 0);
	assert_int_equal(weir_refusals_of(refusals, 5, list), 1);
	assert_int_equal(weir_refusals_of(refusals, WEIR_REFUSALS_MAX + 4, list), 1);
}

static void refusals__pass_ends_and_is_used_once(void **state)
{
	note(1, 1, WEIR_ACTION_WARN);
	assert_int_equal(justify(1, FIRST, 1000), 0);
	assert_null(weir_refusals_use(refusals, 2, 1, 1001));
	assert_null(weir_refusals_use(refusals, 1, 2, 1001));
	assert_null(weir_refusals_use(refusals, 1, 1, 1000 + WEIR_PASS_NS));
	assert_string_equal(weir_refusals_use(refusals, 1, 1, 999 + WEIR_PASS_NS)->reason,
			    "a reason");
	assert_null(weir_refusals_use(refusals, 1, 1, 1001));
	assert_non_null(weir_refusals_reason(refusals, FIRST));
	assert_null(weir_refusals_reason(refusals, 0));
	/* A new refusal of the same is a new one: its reason is another. */
	note(1, 1, WEIR_ACTION_WARN);
	assert_int_equal(justify(1, FIRST, 1002), -EALREADY);
	assert_int_equal(justify(1, FIRST + 1, 1002), 0);
}

static void refusals__hour_goes_by(void **state)
{
	for (uint64_t i = 0; i < WEIR_REASONS_PER_HOUR; i++) {
		note(1, 10 + i, WEIR_ACTION_WARN);
		assert_int_equal(justify(1, FIRST + i, HOUR_NS), 0);
		assert_non_null(weir_refusals_use(refusals, 1, 1, HOUR_NS));
	}
	note(1, 99, WEIR_ACTION_WARN);
	assert_int_equal(justify(1, FIRST + WEIR_REASONS_PER_HOUR, 2 * HOUR_NS - 1), -EDQUOT);
	assert_int_equal(justify(1, FIRST + WEIR_REASONS_PER_HOUR, 2 * HOUR_NS), 0);
}

static void refusals__withdrawn_can_be_given_again(void **state)
{
	note(1, 1, WEIR_ACTION_WARN);
	assert_int_equal(justify(1, FIRST, 1000), 0);
	weir_refusals_withdraw(refusals, FIRST);
	assert_null(weir_refusals_use(refusals, 1, 1, 1001));
	assert_int_equal(justify(1, FIRST, 1002), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(refusals__newest_first_and_each_has_his_own), TEST(refusals__table_is_bounded),
		TEST(refusals__pass_ends_and_is_used_once),	   TEST(refusals__hour_goes_by),
		TEST(refusals__withdrawn_can_be_given_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
