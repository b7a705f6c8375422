/* SPDX-License-Identifier: Apache-2.0 */
#include "distinct.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void distinct__counts_once(void **state)
{
	struct weir_distinct set = {.max = 1000};

	for (unsigned round = 0; round < 3; round++)
		for (uint64_t i = 1; i <= 500; i++)
			assert_int_equal(weir_distinct_add(&set, i * 256),
					 0); /* all of one slot at first */
	assert_int_equal(set.count, 500);
	weir_distinct_clear(&set);
	assert_int_equal(set.count, 0);
	assert_int_equal(weir_distinct_add(&set, 7), 0);
	assert_int_equal(set.count, 1);
	weir_distinct_done(&set);
}

static void distinct__stands_at_its_cap(void **state)
{
	struct weir_distinct set = {.max = 10000};

	for (uint64_t i = 1; i <= 30000; i++)
		assert_int_equal(weir_distinct_add(&set, i * UINT64_C(0x9e3779b97f4a7c15)), 0);
	assert_int_equal(set.count, 10000);
	assert_true(set.size <= 32768);
	weir_distinct_done(&set);
}

static void distinct__zero_is_a_value(void **state)
{
	struct weir_distinct set = {.max = 10};

	assert_int_equal(weir_distinct_add(&set, 0), 0);
	assert_int_equal(weir_distinct_add(&set, 0), 0);
	assert_int_equal(set.count, 1);
	weir_distinct_done(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(distinct__counts_once),
		cmocka_unit_test(distinct__stands_at_its_cap),
		cmocka_unit_test(distinct__zero_is_a_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
