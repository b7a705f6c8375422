/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "weir/base/utf8.h"
#include "weir/report/text.h"

static void text__copies_valid_utf8(void **state)
{
	char out[16];

	assert_int_equal(weir_text_copy(out, sizeof(out), "abc", 2), 2);
	assert_string_equal(out, "ab");
	(void)weir_text_copy(out, sizeof(out),
			     "a\xff"
			     "b\xe4\xb8",
			     16);
	assert_string_equal(out, "a\xef\xbf\xbd"
				 "b\xef\xbf\xbd\xef\xbf\xbd");
	assert_int_equal(weir_text_copy(out, 6, "保单保单", 16), 3);
	assert_string_equal(out, "保");
	assert_int_equal(weir_text_copy(out, 1, "x", 1), 0);
	assert_string_equal(out, "");
}

static void text__any_bytes_become_utf8(void **state)
{
	uint32_t x = 1;

	for (int round = 0; round < 5000; round++) {
		char in[24], out[20];
		size_t n, size;

		for (size_t i = 0; i < sizeof(in); i++) {
			x = x * 1664525 + 1013904223;
			in[i] = (char)(x >> 24);
		}
		size = 1 + x % sizeof(out);
		n = weir_text_copy(out, size, in, sizeof(in));
		assert_true(n < size);
		assert_int_equal(strlen(out), n);
		assert_int_equal(weir_utf8_valid(out, n), n);
	}
}

static void expect_masked(const char *text, const char *masked)
{
	char copy[128];

	(void)snprintf(copy, sizeof(copy), "%s", text);
	weir_text_mask_numbers(copy);
	assert_string_equal(copy, masked);
}

static void text__masks_what_looks_like_an_identifier(void **state)
{
	expect_masked("/mnt/987654321098765432.txt", "/mnt/9***************32.txt");
	expect_masked("a98765432109876543X", "a9**************43X");
	expect_masked("9876 5432 1098 7654", "9*** **** **** **54");
	expect_masked("t13987654321.csv", "t139****4321.csv");
	expect_masked("23987654321", "23987654321");
	expect_masked("8613987654321.csv", "86139****4321.csv");
	expect_masked("+86 139 8765 4321", "+86 139 **** 4321");
	expect_masked("13987654321-2.csv", "139****4321-2.csv");
	expect_masked("01-13987654321", "01-139****4321");
	expect_masked("20261122142635.log", "20261122142635.log");
	expect_masked("1763821595123", "1763821595123");
	expect_masked("2026-11-22 08-15-30", "2026-11-22 08-15-30");
	expect_masked("保单 2026.xlsx", "保单 2026.xlsx");
	expect_masked("", "");
}

static void text__sees_unmasked_samples(void **state)
{
	assert_false(weir_text_shows_too_much("9876********5432"));
	assert_true(weir_text_shows_too_much("98765432109"));
	assert_true(weir_text_shows_too_much("9876543*2109*8765"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text__copies_valid_utf8),
		cmocka_unit_test(text__any_bytes_become_utf8),
		cmocka_unit_test(text__masks_what_looks_like_an_identifier),
		cmocka_unit_test(text__sees_unmasked_samples),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
