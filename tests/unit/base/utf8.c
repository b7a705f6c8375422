/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "weir/base/utf8.h"

#define VALID(text)    weir_utf8_valid(text, sizeof(text) - 1)
#define CUT(text, max) weir_utf8_cut(text, sizeof(text) - 1, max)

static void utf8__valid_accepts_the_ends_of_every_range(void **state)
{
	assert_int_equal(VALID(""), 0);
	assert_int_equal(VALID("a\x7f"), 2);
	assert_int_equal(VALID("\xc2\x80\xdf\xbf"), 4);
	assert_int_equal(VALID("\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf"), 12);
	assert_int_equal(VALID("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"), 8);
	assert_int_equal(VALID("a\0b"), 3);
}

static void utf8__valid_refuses_what_rfc_3629_refuses(void **state)
{
	assert_int_equal(VALID("a\x80"), 1);
	assert_int_equal(VALID("\xc0\x80"), 0);
	assert_int_equal(VALID("\xc1\xbf"), 0);
	assert_int_equal(VALID("\xe0\x9f\xbf"), 0);
	assert_int_equal(VALID("\xed\xa0\x80"), 0);
	assert_int_equal(VALID("\xf0\x8f\xbf\xbf"), 0);
	assert_int_equal(VALID("\xf4\x90\x80\x80"), 0);
	assert_int_equal(VALID("\xf5\x80\x80\x80"), 0);
	assert_int_equal(VALID("\xff"), 0);
	assert_int_equal(VALID("\xe4\xb8"), 0);
	assert_int_equal(VALID("\xe4\xb8\x41"), 0);
	assert_int_equal(VALID("ab\xf0\x9f\x98"), 2);
}

static void utf8__decode(void **state)
{
	static const struct {
		const char *text;
		size_t bytes;
		uint32_t point;
	} cases[] = {
		{"A", 1, 'A'},
		{"\xc3\xa9", 2, 0xe9},
		{"\xe4\xbf\x9d", 3, 0x4fdd},
		{"\xf0\x9f\x98\x80", 4, 0x1f600},
		{"\xed\xa0\x80", 1, 0xfffd},
		{"\x80", 1, 0xfffd},
		{"\xf4\x8f\xbf\xbf", 4, 0x10ffff},
		{"\xc3", 1, 0xfffd},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint32_t point = 0;

		assert_int_equal(weir_utf8_decode(cases[i].text, strlen(cases[i].text), &point),
				 cases[i].bytes);
		assert_int_equal(point, cases[i].point);
	}
}

static void utf8__count(void **state)
{
	assert_int_equal(weir_utf8_count("", 0), 0);
	assert_int_equal(weir_utf8_count("a\xe4\xbf\x9d\xe9\x99\xa9z", 8), 4);
	assert_int_equal(weir_utf8_count("\xf0\x9f\x98\x80", 4), 1);
	assert_int_equal(weir_utf8_count("\xe4\xbf", 2), 2);
	assert_int_equal(weir_utf8_count("\x80\x80x", 3), 3);
}

static void utf8__cut_never_splits_a_sequence(void **state)
{
	assert_int_equal(CUT("abc", 10), 3);
	assert_int_equal(CUT("abc", 3), 3);
	assert_int_equal(CUT("abc", 2), 2);
	assert_int_equal(CUT("abc", 0), 0);
	assert_int_equal(CUT("a\xe4\xbf\x9dz", 1), 1);
	assert_int_equal(CUT("a\xe4\xbf\x9dz", 2), 1);
	assert_int_equal(CUT("a\xe4\xbf\x9dz", 3), 1);
	assert_int_equal(CUT("a\xe4\xbf\x9dz", 4), 4);
	assert_int_equal(CUT("\xe4\xbf\x9d", 1), 0);
	assert_int_equal(CUT("\xe4\xbf\x9d", 2), 0);
	for (size_t max = 0; max < 4; max++)
		assert_int_equal(CUT("\xf0\x9f\x98\x80", max), 0);
	assert_int_equal(CUT("\xf0\x9f\x98\x80", 4), 4);
}

static void utf8__cut_of_malformed_text_keeps_what_it_may(void **state)
{
	assert_int_equal(CUT("\x80\x80\x80\x80\x80\x80", 5), 5);
	assert_int_equal(CUT("\xc3\xa9\x80", 2), 2);
	assert_int_equal(CUT("a\xe4\x41z", 2), 2);
}

static void utf8__clean(void **state)
{
	static const struct {
		const char *text;
		size_t size;
		const char *clean;
	} cases[] = {
		{"", 1, ""},
		{"abc", 4, "abc"},
		{"abc", 3, "ab"},
		{"a\x1b[2J\x7f", 32, "a\xef\xbf\xbd[2J\xef\xbf\xbd"},
		{"\xc2\x9f\xc2\xa0", 32, "\xef\xbf\xbd\xc2\xa0"},
		{"\xff\xe4\xbf", 32, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
		{"\xe4\xbf\x9d\xe9\x99\xa9", 6, "\xe4\xbf\x9d"},
		{"\n\n", 6, "\xef\xbf\xbd"},
		{"\n\n", 7, "\xef\xbf\xbd\xef\xbf\xbd"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char clean[32] = "untouched";

		weir_utf8_clean(cases[i].text, clean, cases[i].size);
		assert_string_equal(clean, cases[i].clean);
	}
}

static void utf8__knows_what_acts(void **state)
{
	static const uint32_t acts[] = {0,	0x1f,	0x7f,	0x9b,	0x61c,	0x200b,
					0x202e, 0x2028, 0x2066, 0xfeff, 0xfffd, 0xe0001};
	static const uint32_t shown[] = {' ', 'a', '~', 0xa0, 0x2014, 0x5ba2, 0x1f600, 0x10ffff};

	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++)
		assert_true(weir_utf8_acts(acts[i]));
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
		assert_false(weir_utf8_acts(shown[i]));
}

static void utf8__line_is_bounded_and_clean(void **state)
{
	assert_true(weir_utf8_line("", 0));
	assert_true(weir_utf8_line("\xe5\xae\xa2 \\\"~", 7));
	assert_false(weir_utf8_line("\xe5\xae\xa2 \\\"~", 6));
	assert_false(weir_utf8_line("a\nb", 8));
	assert_false(weir_utf8_line("a\tb", 8));
	assert_false(weir_utf8_line("a\x7f", 8));
	assert_false(weir_utf8_line("a\xe5\xae", 8));
	/* No byte beyond the bound is looked at. */
	assert_false(weir_utf8_line((const char[]){'a', 'b', 'c'}, 2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(utf8__knows_what_acts),
		cmocka_unit_test(utf8__valid_accepts_the_ends_of_every_range),
		cmocka_unit_test(utf8__valid_refuses_what_rfc_3629_refuses),
		cmocka_unit_test(utf8__decode),
		cmocka_unit_test(utf8__count),
		cmocka_unit_test(utf8__cut_never_splits_a_sequence),
		cmocka_unit_test(utf8__cut_of_malformed_text_keeps_what_it_may),
		cmocka_unit_test(utf8__clean),
		cmocka_unit_test(utf8__line_is_bounded_and_clean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
