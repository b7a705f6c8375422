/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "weir/base/buf.h"

static void buf__append_keeps_a_nul_behind(void **state)
{
	struct weir_buf buf _cleanup_(weir_buf_done) = WEIR_BUF_INIT(100);

	assert_int_equal(weir_buf_append(&buf, "ab\0c", 4), 0);
	assert_int_equal(buf.len, 4);
	assert_memory_equal(buf.data, "ab\0c", 5);
	assert_int_equal(weir_buf_puts(&buf, "de"), 0);
	assert_memory_equal(buf.data, "ab\0cde", 7);
}

static void buf__append_of_nothing_makes_data(void **state)
{
	struct weir_buf buf _cleanup_(weir_buf_done) = WEIR_BUF_INIT(0);

	assert_int_equal(weir_buf_append(&buf, NULL, 0), 0);
	assert_int_equal(buf.len, 0);
	assert_string_equal(buf.data, "");
	assert_int_equal(weir_buf_puts(&buf, "x"), -ENOBUFS);
}

static void buf__maximum_is_exact_and_refusal_changes_nothing(void **state)
{
	struct weir_buf buf _cleanup_(weir_buf_done) = WEIR_BUF_INIT(5);

	assert_int_equal(weir_buf_puts(&buf, "abc"), 0);
	assert_int_equal(weir_buf_puts(&buf, "def"), -ENOBUFS);
	assert_string_equal(buf.data, "abc");
	assert_int_equal(weir_buf_printf(&buf, "%d", 123), -ENOBUFS);
	assert_string_equal(buf.data, "abc");
	assert_int_equal(weir_buf_puts(&buf, "de"), 0);
	assert_string_equal(buf.data, "abcde");
	assert_int_equal(weir_buf_puts(&buf, "f"), -ENOBUFS);
	assert_int_equal(weir_buf_append(&buf, "f", SIZE_MAX), -ENOBUFS);
	assert_true(buf.size <= 6);
}

static void buf__grows_over_many_appends(void **state)
{
	struct weir_buf buf _cleanup_(weir_buf_done) = WEIR_BUF_INIT(100000);

	for (int i = 0; i < 100000; i++) {
		char c = (char)('a' + i % 26);

		assert_int_equal(weir_buf_append(&buf, &c, 1), 0);
	}
	assert_int_equal(buf.len, 100000);
	for (int i = 0; i < 100000; i++)
		assert_int_equal(buf.data[i], 'a' + i % 26);
	assert_int_equal(weir_buf_puts(&buf, "x"), -ENOBUFS);
}

static void buf__no_maximum_does_not_wrap(void **state)
{
	struct weir_buf buf _cleanup_(weir_buf_done) = WEIR_BUF_INIT(SIZE_MAX);

	assert_int_equal(weir_buf_puts(&buf, "abc"), 0);
	assert_int_equal(weir_buf_reserve(&buf, SIZE_MAX - 3), -ENOMEM);
	assert_int_equal(weir_buf_reserve(&buf, SIZE_MAX / 2 + 1), -ENOMEM);
	assert_string_equal(buf.data, "abc");
	assert_int_equal(buf.len, 3);
}

static void buf__printf_appends(void **state)
{
	struct weir_buf buf _cleanup_(weir_buf_done) = WEIR_BUF_INIT(10000);

	assert_int_equal(weir_buf_printf(&buf, "%s=%d;", "a", 1), 0);
	assert_int_equal(weir_buf_printf(&buf, "%s=%d", "b", 2), 0);
	assert_string_equal(buf.data, "a=1;b=2");
	assert_int_equal(weir_buf_printf(&buf, "%5000s", "x"), 0);
	assert_int_equal(buf.len, 5007);
	assert_int_equal(buf.data[5006], 'x');
}

static void buf__reserve_leaves_the_length(void **state)
{
	struct weir_buf buf _cleanup_(weir_buf_done) = WEIR_BUF_INIT(4096);

	assert_int_equal(weir_buf_reserve(&buf, 1000), 0);
	assert_int_equal(buf.len, 0);
	assert_true(buf.size > 1000);
	assert_string_equal(buf.data, "");
	assert_int_equal(weir_buf_reserve(&buf, 4097), -ENOBUFS);
}

static void buf__drop_takes_from_the_front(void **state)
{
	struct weir_buf buf _cleanup_(weir_buf_done) = WEIR_BUF_INIT(100);

	weir_buf_drop(&buf, 3);
	assert_int_equal(buf.len, 0);
	assert_int_equal(weir_buf_puts(&buf, "abcdef"), 0);
	weir_buf_drop(&buf, 0);
	assert_string_equal(buf.data, "abcdef");
	weir_buf_drop(&buf, 2);
	assert_string_equal(buf.data, "cdef");
	weir_buf_drop(&buf, 100);
	assert_int_equal(buf.len, 0);
	assert_string_equal(buf.data, "");
}

static void buf__done_and_clear_can_be_used_again(void **state)
{
	struct weir_buf buf _cleanup_(weir_buf_done) = WEIR_BUF_INIT(100);

	weir_buf_clear(&buf);
	weir_buf_done(&buf);
	assert_int_equal(weir_buf_puts(&buf, "abc"), 0);
	weir_buf_clear(&buf);
	assert_string_equal(buf.data, "");
	assert_int_equal(weir_buf_puts(&buf, "d"), 0);
	assert_string_equal(buf.data, "d");
	weir_buf_done(&buf);
	assert_null(buf.data);
	assert_int_equal(buf.max, 100);
	assert_int_equal(weir_buf_puts(&buf, "e"), 0);
}

static void buf__take_ptr_and_freep(void **state)
{
	char *owned = strdup("x");
	char *taken = TAKE_PTR(owned);

	assert_null(owned);
	assert_string_equal(taken, "x");
	weir_freep(&taken);
	assert_null(taken);
	weir_freep(&taken);
}

static void buf__wipe_can_be_used_again(void **state)
{
	struct weir_buf buf _cleanup_(weir_buf_wipe) = WEIR_BUF_INIT(8);

	weir_buf_wipe(&buf);
	assert_int_equal(weir_buf_puts(&buf, "secret"), 0);
	weir_buf_wipe(&buf);
	assert_null(buf.data);
	assert_int_equal(buf.len, 0);
	assert_int_equal(buf.max, 8);
	assert_int_equal(weir_buf_puts(&buf, "12345678"), 0);
	assert_string_equal(buf.data, "12345678");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(buf__append_keeps_a_nul_behind),
		cmocka_unit_test(buf__append_of_nothing_makes_data),
		cmocka_unit_test(buf__maximum_is_exact_and_refusal_changes_nothing),
		cmocka_unit_test(buf__grows_over_many_appends),
		cmocka_unit_test(buf__no_maximum_does_not_wrap),
		cmocka_unit_test(buf__printf_appends),
		cmocka_unit_test(buf__reserve_leaves_the_length),
		cmocka_unit_test(buf__drop_takes_from_the_front),
		cmocka_unit_test(buf__done_and_clear_can_be_used_again),
		cmocka_unit_test(buf__wipe_can_be_used_again),
		cmocka_unit_test(buf__take_ptr_and_freep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
