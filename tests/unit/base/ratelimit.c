/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "weir/base/ratelimit.h"

static void ratelimit__burst_then_one_per_interval(void **state)
{
	struct weir_ratelimit limit = WEIR_RATELIMIT(1000, 3);
	uint64_t suppressed = 99;

	for (int i = 0; i < 3; i++) {
		assert_true(weir_ratelimit_pass(&limit, 5000, &suppressed));
		assert_int_equal(suppressed, 0);
	}
	assert_false(weir_ratelimit_pass(&limit, 5000, &suppressed));
	assert_false(weir_ratelimit_pass(&limit, 5999, NULL));
	assert_true(weir_ratelimit_pass(&limit, 6000, &suppressed));
	assert_int_equal(suppressed, 2);
	assert_false(weir_ratelimit_pass(&limit, 6000, NULL));
	assert_true(weir_ratelimit_pass(&limit, 7000, &suppressed));
	assert_int_equal(suppressed, 1);
}

static void ratelimit__parts_of_an_interval_are_not_lost(void **state)
{
	struct weir_ratelimit limit = WEIR_RATELIMIT(1000, 1);

	assert_true(weir_ratelimit_pass(&limit, 10000, NULL));
	assert_true(weir_ratelimit_pass(&limit, 11900, NULL));
	assert_true(weir_ratelimit_pass(&limit, 12000, NULL));
	assert_false(weir_ratelimit_pass(&limit, 12900, NULL));
}

static void ratelimit__never_more_than_the_burst(void **state)
{
	struct weir_ratelimit limit = WEIR_RATELIMIT(1, 2);

	assert_true(weir_ratelimit_pass(&limit, 1, NULL));
	for (int i = 0; i < 2; i++)
		assert_true(weir_ratelimit_pass(&limit, UINT64_MAX, NULL));
	assert_false(weir_ratelimit_pass(&limit, UINT64_MAX, NULL));
}

static void ratelimit__a_clock_that_goes_back_gives_nothing(void **state)
{
	struct weir_ratelimit limit = WEIR_RATELIMIT(1000, 1);

	assert_true(weir_ratelimit_pass(&limit, 50000, NULL));
	assert_false(weir_ratelimit_pass(&limit, 10, NULL));
	assert_true(weir_ratelimit_pass(&limit, 51000, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ratelimit__burst_then_one_per_interval),
		cmocka_unit_test(ratelimit__parts_of_an_interval_are_not_lost),
		cmocka_unit_test(ratelimit__never_more_than_the_burst),
		cmocka_unit_test(ratelimit__a_clock_that_goes_back_gives_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
