/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "weir/base/macros.h"
#include "weir/event/justification.h"

static void justification__reasons(void **state)
{
	static const struct {
		const char *text;
		bool valid;
	} table[] = {
		{"quarterly treaty settlement", true},
		{"为再保险结算提供名单", true},
		{"审计要求", true}, /* four characters */
		{"审计要", false},
		{"abc", false},
		{"a b c", false}, /* blanks are not counted */
		{"\xe3\x80\x80\xe3\x80\x80\xe3\x80\x80\xe3\x80\x80", false},
		{"", false},
		{"two\nlines", false},
		{"a tab\there", false},
		{"a bell\aand", false},
		{"delete\x7f it", false},
		{"c1 \xc2\x9b here", false},
		{"line \xe2\x80\xa8 end", false},
		{"turned \xe2\x80\xae round", false},
		{"nothing \xe2\x80\x8b wide", false},
		{"cut off \xe5\xae", false},
		{"overlong \xc0\xaf", false},
		{"not utf-8 \xff", false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (weir_reason_valid(table[i].text) != table[i].valid)
			fail_msg("reason %zu", i);
}

static void justification__length(void **state)
{
	char text[3 * (WEIR_JUSTIFICATION_MAX + 1) + 1], ascii[WEIR_JUSTIFICATION_BYTES + 10];

	for (size_t i = 0; i < WEIR_JUSTIFICATION_MAX; i++)
		memcpy(text + 3 * i, "因", 4);
	assert_true(weir_reason_valid(text));
	memcpy(text + 3 * WEIR_JUSTIFICATION_MAX, "因", 4);
	assert_false(weir_reason_valid(text));
	memset(ascii, 'x', sizeof(ascii));
	ascii[sizeof(ascii) - 1] = '\0';
	assert_false(weir_reason_valid(ascii));
	ascii[WEIR_JUSTIFICATION_MAX] = '\0';
	assert_true(weir_reason_valid(ascii));
	/* The longest that may be given has room. */
	for (size_t i = 0; i < WEIR_JUSTIFICATION_MAX; i++)
		memcpy(ascii + 4 * i, "\xf0\xa0\x80\x80", 4);
	ascii[4 * WEIR_JUSTIFICATION_MAX] = '\0';
	assert_true(weir_reason_valid(ascii));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(justification__reasons),
		cmocka_unit_test(justification__length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
