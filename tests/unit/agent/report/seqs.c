/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "seqs.h"

static void seqs__forgets_the_oldest(void **state)
{
	struct weir_seqs *seqs _cleanup_(weir_seqs_freep) = NULL;

	assert_int_equal(weir_seqs_new(&seqs), 0);
	weir_seqs_add(seqs, 0);
	assert_false(weir_seqs_has(seqs, 0));
	for (uint64_t i = 1; i <= 3 * WEIR_SEQS_MAX; i++) {
		weir_seqs_add(seqs, i);
		weir_seqs_add(seqs, i);
	}
	assert_int_equal(weir_seqs_count(seqs), WEIR_SEQS_MAX);
	for (uint64_t i = 1; i <= 3 * WEIR_SEQS_MAX; i++)
		assert_int_equal(weir_seqs_has(seqs, i), i > 2 * WEIR_SEQS_MAX);
	assert_int_equal(weir_seqs_at(seqs, 0), 2 * WEIR_SEQS_MAX + 1);
}

/* Numbers without order, against a plain list. */
static void seqs__like_a_list(void **state)
{
	static uint64_t list[WEIR_SEQS_MAX * 2];
	struct weir_seqs *seqs _cleanup_(weir_seqs_freep) = NULL;
	const size_t n = sizeof(list) / sizeof(list[0]);
	uint64_t x = 88172645463325252ULL;

	assert_int_equal(weir_seqs_new(&seqs), 0);
	for (size_t i = 0; i < n; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		list[i] = x;
		weir_seqs_add(seqs, x);
	}
	for (size_t i = 0; i < n; i++)
		assert_int_equal(weir_seqs_has(seqs, list[i]), i >= n - WEIR_SEQS_MAX);
	for (size_t i = 0; i < WEIR_SEQS_MAX; i++)
		assert_true(weir_seqs_at(seqs, i) == list[n - WEIR_SEQS_MAX + i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(seqs__forgets_the_oldest),
		cmocka_unit_test(seqs__like_a_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
