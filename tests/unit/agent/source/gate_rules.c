/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "weir/source/gate_rules.h"
#include "weir/source/proc.h"

static const struct weir_abi_profile blocking = {.limit = {5, 5, 0, 0},
						 .action = WEIR_ABI_ACTION_BLOCK};
static const struct weir_abi_profile auditing = {.limit = {5, 5, 0, 0},
						 .action = WEIR_ABI_ACTION_AUDIT};
static const struct weir_abi_profile closed = {.on_open = WEIR_ABI_ACTION_BLOCK};
static const struct weir_abi_profile read_only = {.on_open = WEIR_ABI_ACTION_BLOCK,
						  .flags = WEIR_ABI_PROFILE_UNCHANGED};
static const struct weir_abi_profile unread = {.on_open = WEIR_ABI_ACTION_BLOCK,
					       .flags = WEIR_ABI_PROFILE_UNCHANGED |
							WEIR_ABI_PROFILE_UNREAD};
static const uint32_t many[_WEIR_ABI_DET_MAX] = {20, 0, 0, 0};
static const uint32_t few[_WEIR_ABI_DET_MAX] = {4, 4, 0, 0};
static const uint32_t mobiles[_WEIR_ABI_DET_MAX] = {0, 0, 900, 0};

static void gate_rules__table(void **state)
{
	static const struct {
		const char *name;
		struct weir_gate_facts facts;
		bool deny, taint, sink_open;
		enum weir_abi_cause cause;
	} cases[] = {
		{"nothing known", {.mode = WEIR_OPEN_READ}, false, false, false, 0},
		{"own opening of all",
		 {.own = true, .mode = WEIR_OPEN_WRITE, .taint = many, .target = &blocking},
		 false,
		 false,
		 false,
		 0},
		{"sink, clean process",
		 {.mode = WEIR_OPEN_WRITE, .target = &blocking},
		 false,
		 false,
		 true,
		 0},
		{"sink, tainted",
		 {.mode = WEIR_OPEN_WRITE, .taint = many, .target = &blocking},
		 true,
		 false,
		 false,
		 WEIR_ABI_CAUSE_LABEL},
		{"sink, tainted, read",
		 {.mode = WEIR_OPEN_READ, .taint = many, .target = &blocking},
		 false,
		 false,
		 false,
		 0},
		{"sink, tainted, mode not known",
		 {.mode = WEIR_OPEN_UNKNOWN, .taint = many, .target = &blocking},
		 true,
		 false,
		 false,
		 WEIR_ABI_CAUSE_LABEL},
		{"sink, tainted below the limit",
		 {.mode = WEIR_OPEN_WRITE, .taint = few, .target = &blocking},
		 false,
		 false,
		 true,
		 0},
		{"sink, tainted by what has no limit",
		 {.mode = WEIR_OPEN_WRITE, .taint = mobiles, .target = &blocking},
		 false,
		 false,
		 true,
		 0},
		{"auditing sink, tainted",
		 {.mode = WEIR_OPEN_WRITE, .taint = many, .target = &auditing},
		 false,
		 false,
		 true,
		 0},
		{"read-only device, written to",
		 {.mode = WEIR_OPEN_WRITE, .target = &read_only},
		 true,
		 false,
		 false,
		 WEIR_ABI_CAUSE_DEVICE},
		{"read-only device, read",
		 {.mode = WEIR_OPEN_READ, .target = &read_only},
		 false,
		 false,
		 false,
		 0},
		{"blocked device, read",
		 {.mode = WEIR_OPEN_READ, .target = &unread},
		 true,
		 false,
		 false,
		 WEIR_ABI_CAUSE_DEVICE},
		{"blocked device, the agent's own reading",
		 {.own = true, .mode = WEIR_OPEN_READ, .target = &unread},
		 false,
		 false,
		 false,
		 0},
		{"closed sink",
		 {.mode = WEIR_OPEN_WRITE, .target = &closed},
		 true,
		 false,
		 false,
		 WEIR_ABI_CAUSE_OPEN},
		{"closed sink, read",
		 {.mode = WEIR_OPEN_READ, .target = &closed},
		 false,
		 false,
		 false,
		 0},
		{"closed sink, mode not known",
		 {.mode = WEIR_OPEN_UNKNOWN, .target = &closed},
		 false,
		 false,
		 true,
		 0},
		{"source, no sink held",
		 {.mode = WEIR_OPEN_READ, .label = many},
		 false,
		 true,
		 false,
		 0},
		{"source, sink held",
		 {.mode = WEIR_OPEN_READ, .label = many, .held = &blocking},
		 true,
		 false,
		 false,
		 WEIR_ABI_CAUSE_LABEL},
		{"source below the limit, sink held",
		 {.mode = WEIR_OPEN_READ, .label = few, .held = &blocking},
		 false,
		 true,
		 false,
		 0},
		{"source, auditing sink held",
		 {.mode = WEIR_OPEN_READ, .label = many, .held = &auditing},
		 false,
		 true,
		 false,
		 0},
		{"source written only",
		 {.mode = WEIR_OPEN_WRITE, .label = many, .held = &blocking},
		 false,
		 false,
		 false,
		 0},
		{"source, mode not known",
		 {.mode = WEIR_OPEN_UNKNOWN, .label = many, .held = &blocking},
		 true,
		 false,
		 false,
		 WEIR_ABI_CAUSE_LABEL},
		{"labelled file on a sink is read",
		 {.mode = WEIR_OPEN_READ, .label = many, .target = &blocking},
		 false,
		 true,
		 false,
		 0},
		{"labelled file on a sink is changed",
		 {.mode = WEIR_OPEN_READ | WEIR_OPEN_WRITE, .label = many, .target = &blocking},
		 false,
		 true,
		 true,
		 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct weir_gate_answer answer = weir_gate_decide(&cases[i].facts);

		if (answer.deny != cases[i].deny || answer.taint != cases[i].taint ||
		    answer.sink_open != cases[i].sink_open ||
		    (answer.deny && answer.cause != cases[i].cause))
			fail_msg("%s: deny %d taint %d sink_open %d cause %d", cases[i].name,
				 answer.deny, answer.taint, answer.sink_open, answer.cause);
		if (weir_gate_harmless(&cases[i].facts) &&
		    (answer.deny || answer.taint || answer.sink_open))
			fail_msg("%s: not harmless", cases[i].name);
	}
}

static void gate_rules__harmless_whoever_opens(void **state)
{
	struct weir_gate_facts facts = {.mode = WEIR_OPEN_READ, .target = &blocking};

	assert_true(weir_gate_harmless(&facts));
	facts.target = &closed;
	assert_true(weir_gate_harmless(&facts));
	facts.target = &unread;
	assert_false(weir_gate_harmless(&facts));
	facts.target = &blocking;
	facts.label = many;
	assert_false(weir_gate_harmless(&facts));
	facts.label = NULL;
	facts.mode = WEIR_OPEN_UNKNOWN;
	assert_false(weir_gate_harmless(&facts));
	facts.mode = WEIR_OPEN_READ | WEIR_OPEN_WRITE;
	assert_false(weir_gate_harmless(&facts));
}

static struct weir_taints taints;

static void add(uint32_t pid, uint64_t start, uint32_t count, uint64_t until, uint64_t now)
{
	struct weir_taint taint = {
		.pid = pid, .start_boot_ns = start, .until_ns = until, .distinct = {count}};

	weir_taint_add(&taints, &taint, now);
}

static void gate_rules__taint_decays(void **state)
{
	memset(&taints, 0, sizeof(taints));
	add(10, 1, 7, 100, 0);
	assert_int_equal(weir_taint_find(&taints, 10, 1, 99)->distinct[0], 7);
	assert_null(weir_taint_find(&taints, 10, 1, 100));
}

static void gate_rules__any_taint_is_as_long_as_the_longest(void **state)
{
	memset(&taints, 0, sizeof(taints));
	assert_false(weir_taint_any(&taints, 0));
	add(10, 1, 7, 100, 0);
	add(11, 1, 7, 50, 0);
	assert_true(weir_taint_any(&taints, 99));
	assert_false(weir_taint_any(&taints, 100));
	add(11, 1, 7, 200, 150);
	assert_true(weir_taint_any(&taints, 199));
}

static void gate_rules__taint_is_of_one_life(void **state)
{
	memset(&taints, 0, sizeof(taints));
	add(10, 1, 7, 100, 0);
	assert_null(weir_taint_find(&taints, 10, 2, 50));
	assert_null(weir_taint_find(&taints, 11, 1, 50));
}

static void gate_rules__taint_keeps_the_larger(void **state)
{
	memset(&taints, 0, sizeof(taints));
	add(10, 1, 7, 100, 0);
	add(10, 1, 3, 200, 50);
	assert_int_equal(weir_taint_find(&taints, 10, 1, 150)->distinct[0], 7);
	add(10, 1, 9, 200, 50);
	assert_int_equal(weir_taint_find(&taints, 10, 1, 150)->distinct[0], 9);
}

static void gate_rules__full_table_gives_up_the_oldest(void **state)
{
	memset(&taints, 0, sizeof(taints));
	for (uint32_t i = 0; i < WEIR_TAINTS_MAX; i++)
		add(i + 1, 1, 1, 1000 + i, 0);
	assert_int_equal(taints.evicted, 0);
	add(5000, 1, 1, 9000, 0);
	assert_int_equal(taints.evicted, 1);
	assert_non_null(weir_taint_find(&taints, 5000, 1, 0));
	assert_null(weir_taint_find(&taints, 1, 1, 0));
	assert_non_null(weir_taint_find(&taints, 2, 1, 0));
	/* What has decayed makes room without a loss. */
	add(5001, 1, 1, 9000, 1500);
	assert_int_equal(taints.evicted, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gate_rules__table),
		cmocka_unit_test(gate_rules__harmless_whoever_opens),
		cmocka_unit_test(gate_rules__taint_decays),
		cmocka_unit_test(gate_rules__any_taint_is_as_long_as_the_longest),
		cmocka_unit_test(gate_rules__taint_is_of_one_life),
		cmocka_unit_test(gate_rules__taint_keeps_the_larger),
		cmocka_unit_test(gate_rules__full_table_gives_up_the_oldest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
