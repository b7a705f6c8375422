/* SPDX-License-Identifier: Apache-2.0 */
#include "any.h"

static const char *const detectors[] = {"cn_resident_id", "payment_card", "cn_passport"};

/* Of each detector some values are sure, some may be: never fewer in high. */
static void widen(const struct weir_findings *low, struct weir_findings *high)
{
	*high = *low;
	high->customers += chance(3);
	for (size_t i = 0; i < ARRAY_SIZE(detectors); i++) {
		int n = weir_detector_number(detectors[i]);

		high->distinct[n] += chance(2) ? chance(5) : 0;
		if (high->distinct[n])
			high->best[n] = WEIR_MAX(low->best[n], chance(2) ? 60 : 90);
	}
}

static uint32_t between(uint32_t low, uint32_t high)
{
	return low + (high > low ? chance(high - low + 1) : 0);
}

static void choose(const struct weir_findings *low, const struct weir_findings *high,
		   struct weir_findings *ret)
{
	*ret = *low;
	ret->customers = between((uint32_t)low->customers, (uint32_t)high->customers);
	for (size_t i = 0; i < ARRAY_SIZE(detectors); i++) {
		int n = weir_detector_number(detectors[i]);

		ret->distinct[n] = between(low->distinct[n], high->distinct[n]);
		ret->best[n] = chance(2) ? low->best[n] : high->best[n];
	}
}

static struct weir_policy_input input_of(const struct weir_event *event,
					 const struct weir_findings *findings)
{
	return (struct weir_policy_input){
		.event = event, .findings = findings, .now_ns = ANY_NOW_NS};
}

/* How many ranges leave one action. */
static unsigned try_range(const struct weir_policy *policy, const char *text)
{
	static struct weir_event event;
	static struct weir_findings low, high, some;
	struct weir_policy_input least, most, one;
	unsigned actions;

	any_input(&event, &low);
	widen(&low, &high);
	least = input_of(&event, &low);
	most = input_of(&event, &high);
	actions = weir_policy_between(policy, &least, &most);
	assert_int_not_equal(actions, 0);
	for (unsigned i = 0; i < 12; i++) {
		enum weir_action action;

		choose(&low, &high, &some);
		one = input_of(&event, i == 0 ? &low : (i == 1 ? &high : &some));
		action = weir_policy_decide(policy, &one).action;
		if (!(actions >> action & 1))
			fail_msg("%s is not among %#x:\n%s", weir_action_name(action), actions,
				 text);
	}
	return (actions & (actions - 1)) == 0;
}

static void between__has_every_action(void **state)
{
	static char text[8192];
	unsigned single = 0;

	chance_seed(11);
	for (unsigned i = 0; i < 400; i++) {
		uint8_t p[ANY_ALL];
		struct weir_policy *policy;

		any_numbers(p);
		any_text(text, sizeof(text), p);
		policy = make_policy(text);
		for (unsigned j = 0; j < 60; j++)
			single += try_range(policy, text);
		weir_policy_free(policy);
	}
	/* a set of all actions would hold as well, and say nothing */
	assert_true(single > 400 * 60 / 2);
}

/* Without a gap there is one action: the one that is decided. */
static void between__of_a_point_is_the_decision(void **state)
{
	static struct weir_event event;
	static struct weir_findings findings;
	static char text[8192];
	struct weir_policy_input input = input_of(&event, &findings);

	chance_seed(12);
	for (unsigned i = 0; i < 400; i++) {
		uint8_t p[ANY_ALL];
		struct weir_policy *policy;

		any_numbers(p);
		any_text(text, sizeof(text), p);
		policy = make_policy(text);
		for (unsigned j = 0; j < 60; j++) {
			any_input(&event, &findings);
			assert_int_equal(weir_policy_between(policy, &input, &input),
					 1U << weir_policy_decide(policy, &input).action);
		}
		weir_policy_free(policy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(between__has_every_action),
		cmocka_unit_test(between__of_a_point_is_the_decision),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
