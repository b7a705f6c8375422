/* SPDX-License-Identifier: Apache-2.0 */
/* Counting different values by hash: exact up to the cap, an estimate beyond, by confidence. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "distinct.h"

static uint64_t hash_of(uint64_t n)
{
	n = (n + 1) * UINT64_C(0x9e3779b97f4a7c15);
	n ^= n >> 29;
	n *= UINT64_C(0xbf58476d1ce4e5b9);
	return n ^ n >> 32;
}

static void distinct__counts_once(void **state)
{
	struct weir_distinct set = {.max = 65536};
	uint32_t steps[WEIR_CONFIDENCE_STEPS];

	for (unsigned i = 0; i < 30000; i++)
		assert_int_equal(weir_distinct_add(&set, hash_of(i % 10000), 80), 0);
	weir_distinct_steps(&set, steps);
	for (unsigned i = 0; i < WEIR_CONFIDENCE_STEPS; i++)
		assert_int_equal(steps[i], i <= 6 ? 10000 : 0);
	weir_distinct_clear(&set);
	weir_distinct_steps(&set, steps);
	assert_int_equal(steps[0], 0);
	weir_distinct_done(&set);
}

static void distinct__best_confidence(void **state)
{
	struct weir_distinct set = {.max = 100};
	uint32_t steps[WEIR_CONFIDENCE_STEPS];

	assert_int_equal(weir_distinct_add(&set, hash_of(1), 40), 0);
	assert_int_equal(weir_distinct_add(&set, hash_of(2), 95), 0);
	assert_int_equal(weir_distinct_add(&set, hash_of(2), 60), 0);
	assert_int_equal(weir_distinct_add(&set, hash_of(3), 60), 0);
	assert_int_equal(weir_distinct_add(&set, hash_of(3), 100), 0);
	weir_distinct_steps(&set, steps);
	assert_int_equal(steps[0], 3);
	assert_int_equal(steps[1], 2);
	assert_int_equal(steps[9], 2);
	assert_int_equal(steps[10], 1);
	weir_distinct_done(&set);
}

static void distinct__estimate_beyond_the_cap(void **state)
{
	for (unsigned n = 65537; n < 3000000; n = n * 3) {
		struct weir_distinct set = {.max = 65536};
		uint32_t steps[WEIR_CONFIDENCE_STEPS];

		for (unsigned i = 0; i < n; i++)
			assert_int_equal(weir_distinct_add(&set, hash_of(i), 70), 0);
		weir_distinct_steps(&set, steps);
		assert_in_range(steps[0], n < 100000 ? 65536 : n - n / 12, n + n / 12);
		assert_int_equal(steps[4], steps[0]);
		assert_int_equal(steps[5], 0);
		weir_distinct_done(&set);
	}
}

/* The same ones whatever came between them and in whatever order, so that two files of one list tell the same. */
static void distinct__lowest_are_told(void **state)
{
	struct weir_distinct few = {.max = 65536}, many = {.max = 65536};
	uint64_t a[20], b[20];
	uint8_t of_a[20], of_b[20];
	uint32_t below = 0;

	assert_int_equal(weir_distinct_lowest(&few, a, of_a, 20), 0);
	for (unsigned i = 0; i < 3000; i++)
		assert_int_equal(weir_distinct_add(&few, hash_of(i), i % 2 ? 90 : 60), 0);
	for (unsigned i = 6000; i-- > 0;)
		assert_int_equal(weir_distinct_add(&many, hash_of(i % 3000), i % 2 ? 90 : 60), 0);
	assert_int_equal(weir_distinct_lowest(&few, a, of_a, 20), 20);
	assert_int_equal(weir_distinct_lowest(&many, b, of_b, 20), 20);
	assert_memory_equal(a, b, sizeof(a));
	assert_memory_equal(of_a, of_b, sizeof(of_a));
	for (unsigned i = 0; i < 3000; i++)
		below += (hash_of(i) & ~UINT64_C(15)) < a[19];
	assert_int_equal(below, 19);
	for (unsigned i = 0; i < 20; i++)
		assert_true((i == 0 || a[i] > a[i - 1]) && (of_a[i] == 8 || of_a[i] == 2));
	assert_int_equal(weir_distinct_lowest(&few, b, of_b, 5), 5);
	assert_memory_equal(a, b, 5 * sizeof(a[0]));
	assert_int_equal(weir_distinct_lowest(&few, b, of_b, 0), 0);
	weir_distinct_done(&few);
	weir_distinct_done(&many);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(distinct__counts_once),
		cmocka_unit_test(distinct__best_confidence),
		cmocka_unit_test(distinct__estimate_beyond_the_cap),
		cmocka_unit_test(distinct__lowest_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
