/* SPDX-License-Identifier: Apache-2.0 */
/* Lists in pieces: a file is judged by what came before it, and counts when it stays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fixture.h"
#include "weir/base/time.h"

#define POLICY(action)                                                                        \
	"apiVersion: weir/v1\nkind: Policy\nmetadata: {name: test}\n"                         \
	"classes:\n  id: {level: C2, detectors: [cn_resident_id], min_confidence: 70}\n"      \
	"  card: {level: C2, detectors: [payment_card], min_confidence: 70}\n"                \
	"rules:\n"                                                                            \
	"  - {id: pieces, channel: removable, content: {class: id, distinct: '>=5', within: " \
	"24h},\n"                                                                             \
	"     on_unscannable: block, action: " action "}\n"

static const char refusing[] = POLICY("block"), asking[] = POLICY("warn"),
		  allowing[] = POLICY("block") "  - {id: ok, channel: removable, action: allow}\n";

static int with_sum(void **state)
{
	setup(state);
	fake_restart(&fake, refusing);
	return 0;
}

static void save(const char *name, unsigned ids)
{
	close_file(fake_file(&fake, name, "some customers", SINK_MOUNT));
	fake_answer(&fake, ids, WEIR_SCAN_COMPLETE);
}

static bool refused(const char *name, unsigned ids)
{
	save(name, ids);
	assert_int_equal(fake.last.event.distinct[0], ids);
	return size_of(name) == 0;
}

static void within__the_piece_that_is_too_much(void **state)
{
	assert_false(refused("a", 3));
	assert_string_equal(fake.last.rule, "");
	assert_true(refused("b", 2));
	assert_string_equal(fake.last.rule, "pieces");
	assert_int_equal(fake.last.event.action, WEIR_ABI_ACTION_BLOCK);
	assert_int_equal(fake.last.event.cause, WEIR_ABI_CAUSE_CONTENT);
	assert_true(fake.last.alert && fake.last.event.late);
	assert_false(refused("c", 1)); /* the refused ones are not there */
	assert_true(refused("d", 1));
	assert_true(refused("d", 1)); /* nor are they a second time */
}

static void within__saved_again_is_not_refused(void **state)
{
	assert_false(refused("a", 4));
	for (unsigned i = 0; i < 3; i++)
		assert_false(refused("a", 4));
	assert_true(refused("b", 1));
	assert_false(refused("a", 4));
}

static void within__what_was_there_before_is_not_brought(void **state)
{
	struct weir_watch_file file = fake_file(&fake, "old", "four customers", SINK_MOUNT);

	file.modified = false;
	file.ctime_ns -= 3600 * WEIR_NSEC_PER_SEC;
	close_file(file);
	fake_answer(&fake, 4, WEIR_SCAN_COMPLETE);
	assert_false(refused("a", 4));
}

/* Reported and not taken away: it lies there, and what it has shown counts. */
static void within__what_could_not_be_read_whole_counts(void **state)
{
	close_file(fake_file(&fake, "a", "some customers", SINK_MOUNT));
	fake_answer(&fake, 4, WEIR_SCAN_PARTIAL);
	assert_int_equal(size_of("a"), 14);
	assert_true(refused("b", 1));
}

static void within__what_is_allowed_does_not_count(void **state)
{
	assert_int_equal(weir_pipeline_set_policy(fake.pipeline, fake_policy(allowing)), 0);
	assert_false(refused("a", 4));
	assert_false(refused("b", 4));
	assert_true(refused("c", 5));
}

static void within__a_new_policy_goes_on_counting(void **state)
{
	assert_false(refused("a", 4));
	assert_int_equal(weir_pipeline_set_policy(fake.pipeline, fake_policy(asking)), 0);
	assert_true(refused("b", 1));
	assert_int_equal(fake.last.event.action, WEIR_ABI_ACTION_WARN);
}

/* One that stops counting forgets. */
static void within__a_policy_without_it_forgets(void **state)
{
	assert_false(refused("a", 4));
	assert_int_equal(
		weir_pipeline_set_policy(
			fake.pipeline,
			fake_policy("apiVersion: weir/v1\nkind: Policy\nmetadata: {name: t}\n")),
		0);
	assert_int_equal(weir_pipeline_set_policy(fake.pipeline, fake_policy(refusing)), 0);
	assert_false(refused("b", 4));
	assert_true(refused("c", 1));
}

static void within__local_files_are_none_of_it(void **state)
{
	close_file(fake_file(&fake, "local", "some customers", LOCAL_MOUNT));
	fake_answer(&fake, 4, WEIR_SCAN_COMPLETE);
	assert_false(refused("a", 4));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(within__the_piece_that_is_too_much, with_sum,
						teardown),
		cmocka_unit_test_setup_teardown(within__saved_again_is_not_refused, with_sum,
						teardown),
		cmocka_unit_test_setup_teardown(within__what_was_there_before_is_not_brought,
						with_sum, teardown),
		cmocka_unit_test_setup_teardown(within__what_could_not_be_read_whole_counts,
						with_sum, teardown),
		cmocka_unit_test_setup_teardown(within__what_is_allowed_does_not_count, with_sum,
						teardown),
		cmocka_unit_test_setup_teardown(within__a_new_policy_goes_on_counting, with_sum,
						teardown),
		cmocka_unit_test_setup_teardown(within__a_policy_without_it_forgets, with_sum,
						teardown),
		cmocka_unit_test_setup_teardown(within__local_files_are_none_of_it, with_sum,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
