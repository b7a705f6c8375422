/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of words: each once, numbered in their order. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "words.h"

static void words__each_once_in_order(void **state)
{
	static const char *const first[] = {"policy", "card", "\xe4\xbf\x9d\xe5\x8d\x95", NULL};
	static const char *const second[] = {"card", "a", "policy", "cards", "card", NULL};
	static const char *const sorted[] = {"a", "card", "cards", "policy",
					     "\xe4\xbf\x9d\xe5\x8d\x95"};
	struct weir_words words = {0};

	assert_int_equal(weir_words_add(&words, first), 0);
	assert_int_equal(weir_words_add(&words, NULL), 0);
	assert_int_equal(weir_words_add(&words, second), 0);
	weir_words_sort(&words);
	assert_int_equal(words.count, ARRAY_SIZE(sorted));
	for (size_t i = 0; i < ARRAY_SIZE(sorted); i++) {
		assert_string_equal(words.word[i], sorted[i]);
		assert_int_equal(weir_words_number(&words, sorted[i]), i);
	}
	weir_words_done(&words);
	assert_int_equal(words.count, 0);
}

static void words__none(void **state)
{
	static const char *const none[] = {NULL};
	struct weir_words words = {0};

	assert_int_equal(weir_words_add(&words, none), 0);
	weir_words_sort(&words);
	assert_int_equal(words.count, 0);
	weir_words_done(&words);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words__each_once_in_order),
		cmocka_unit_test(words__none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
