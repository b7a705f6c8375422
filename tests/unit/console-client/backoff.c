/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "weir/base/time.h"
#include "weir/console_client/backoff.h"

static void backoff__grows_to_ten_minutes(void **state)
{
	struct weir_backoff backoff = {0};
	uint64_t most = WEIR_NSEC_PER_SEC;

	assert_int_equal(weir_backoff_wait(&backoff, 5), 0);
	for (int i = 0; i < 40; i++) {
		struct weir_backoff copy = backoff;

		/* The largest random number that this step can turn into a wait ... */
		assert_true(weir_backoff_failed(&copy, 100, 0, most) == most);
		/* ... wraps just above it. */
		assert_true(weir_backoff_failed(&backoff, 100, 0, most + 1) ==
			    WEIR_BACKOFF_LEAST_NS);
		assert_true(backoff.until_ns == 100 + WEIR_BACKOFF_LEAST_NS);
		most = most * 2 > WEIR_BACKOFF_MOST_NS ? WEIR_BACKOFF_MOST_NS : most * 2;
	}
	assert_true(most == 600 * WEIR_NSEC_PER_SEC);
	weir_backoff_succeeded(&backoff);
	assert_int_equal(weir_backoff_wait(&backoff, 0), 0);
	assert_true(weir_backoff_failed(&backoff, 0, 0, WEIR_NSEC_PER_SEC) == WEIR_NSEC_PER_SEC);
}

static void backoff__retry_after_is_the_least(void **state)
{
	struct weir_backoff backoff = {0};
	uint64_t wait =
		weir_backoff_failed(&backoff, 1000, 30 * WEIR_NSEC_PER_SEC, WEIR_NSEC_PER_SEC / 2);

	assert_true(wait == 30 * WEIR_NSEC_PER_SEC + WEIR_NSEC_PER_SEC / 2);
	assert_true(weir_backoff_wait(&backoff, 1000) == wait);
	assert_true(weir_backoff_wait(&backoff, 1000 + wait - 1) == 1);
	assert_int_equal(weir_backoff_wait(&backoff, 1000 + wait), 0);
}

static void backoff__does_not_overflow(void **state)
{
	struct weir_backoff backoff = {.failures = UINT32_MAX};

	(void)weir_backoff_failed(&backoff, UINT64_MAX - 5, UINT64_MAX - 5, UINT64_MAX);
	assert_true(backoff.until_ns == UINT64_MAX);
	assert_true(backoff.failures == UINT32_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(backoff__grows_to_ten_minutes),
		cmocka_unit_test(backoff__retry_after_is_the_least),
		cmocka_unit_test(backoff__does_not_overflow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
