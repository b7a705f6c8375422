/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/content/validate.h"

#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "synthetic.h"
#include "weir/base/macros.h"

#define TODAY 20251124

/* An ID with this province and date, its check character computed. */
static void make_id(unsigned province, unsigned date, char ret[static 19])
{
	static const unsigned weights[17] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
	unsigned sum = 0;

	snprintf(ret, 19, "%02u9001%08u001", province % 100, date % 100000000);
	for (unsigned i = 0; i < 17; i++)
		sum += weights[i] * (unsigned)(ret[i] - '0');
	ret[17] = "10X98765432"[sum % 11];
	ret[18] = '\0';
}

static bool id_with(unsigned province, unsigned date)
{
	char id[19];

	make_id(province, date, id);
	return weir_validate_cn_resident_id(id, 18, TODAY);
}

static void validate__resident_id_check_character(void **state)
{
	char id[19];

	for (unsigned n = 0; n < 500; n++) {
		synthetic_resident_id(n * 37, id);
		assert_true(weir_validate_cn_resident_id(id, 18, TODAY));
		for (unsigned i = 0; i < 17; i++) {
			char saved = id[i];

			/* MOD 11-2 finds every single wrong digit */
			id[i] = (char)('0' + (saved - '0' + 1 + (int)n % 9) % 10);
			assert_false(weir_validate_cn_resident_id(id, 18, TODAY));
			id[i] = saved;
		}
		assert_false(weir_validate_cn_resident_id(id, 17, TODAY));
	}
}

static void validate__resident_id_transpositions(void **state)
{
	char id[19], other[19];

	for (unsigned n = 0; n < 200; n++) {
		synthetic_resident_id(n * 101, id);
		for (unsigned i = 0; i < 16; i++) {
			memcpy(other, id, sizeof(id));
			other[i] = id[i + 1];
			other[i + 1] = id[i];
			if (id[i] != id[i + 1])
				assert_false(weir_validate_cn_resident_id(other, 18, TODAY));
		}
	}
}

static void validate__resident_id_check_character_x(void **state)
{
	unsigned seen = 0;
	char id[19];

	for (unsigned n = 0; n < 100; n++) {
		synthetic_resident_id(n, id);
		if (id[17] != 'X')
			continue;
		seen++;
		id[17] = 'x'; /* not the normal form */
		assert_false(weir_validate_cn_resident_id(id, 18, TODAY));
	}
	assert_true(seen > 0);
}

static void validate__resident_id_provinces(void **state)
{
	static const char provinces[] =
		"11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 "
		"61 62 63 64 65 71 81 82 83 ";
	char code[4];

	for (unsigned p = 0; p < 100; p++) {
		snprintf(code, sizeof(code), "%02u ", p);
		assert_int_equal(id_with(p, 19850615), strstr(provinces, code) != NULL);
	}
}

static void validate__resident_id_dates(void **state)
{
	assert_true(id_with(11, 20000229));
	assert_true(id_with(11, 19960229));
	assert_true(id_with(11, 19000101));
	assert_true(id_with(11, TODAY));
	assert_false(id_with(11, TODAY + 1));
	assert_false(id_with(11, 18991231));
	assert_false(id_with(11, 19000229)); /* no leap year */
	assert_false(id_with(11, 20010229));
	assert_false(id_with(11, 20010431));
	assert_false(id_with(11, 20010100));
	assert_false(id_with(11, 20010132));
	assert_false(id_with(11, 20011301));
	assert_false(id_with(11, 20010001));
}

static bool card(const char *prefix, unsigned digits)
{
	char number[20];

	synthetic_card(prefix, 7351, digits, number);
	return weir_validate_payment_card(number, digits, TODAY);
}

static void validate__card_issuers_and_lengths(void **state)
{
	static const struct {
		const char *prefix, *lengths;
	} cases[] = {
		{"4", "13 16 19"},
		{"51", "16"},
		{"55", "16"},
		{"50", ""},
		{"56", ""},
		{"2221", "16"},
		{"2720", "16"},
		{"2220", ""},
		{"2721", ""},
		{"34", "15"},
		{"37", "15"},
		{"35", ""},
		{"3528", "16 17 18 19"},
		{"3589", "16 17 18 19"},
		{"3590", ""},
		{"36", "14 15 16 17 18 19"},
		{"300", "14 15 16 17 18 19"},
		{"306", ""},
		{"6011", "16 17 18 19"},
		{"644", "16 17 18 19"},
		{"65", "16 17 18 19"},
		{"62", "16 17 18 19"},
		{"81", "16 17 18 19"},
		{"1", ""},
		{"0", ""},
		{"7", ""},
		{"9", ""},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		for (unsigned digits = 13; digits <= 19; digits++) {
			char text[4];

			snprintf(text, sizeof(text), "%u", digits);
			assert_int_equal(card(cases[i].prefix, digits),
					 strstr(cases[i].lengths, text) != NULL);
		}
}

static void validate__card_luhn(void **state)
{
	char number[20];

	for (unsigned n = 0; n < 300; n++) {
		synthetic_card("62", n * 7919, 19, number);
		assert_true(weir_validate_payment_card(number, 19, TODAY));
		for (unsigned i = 2; i < 19; i++) {
			char saved = number[i];

			number[i] = (char)('0' + (saved - '0' + 1 + (int)n % 9) % 10);
			assert_false(weir_validate_payment_card(number, 19, TODAY));
			number[i] = saved;
		}
	}
	assert_false(weir_validate_payment_card("4444444444444", 12, TODAY));
	assert_false(weir_validate_payment_card("62000000000000000000", 20, TODAY));
}

/* The allocation once more, as a regular expression. */
static void validate__mobile_ranges(void **state)
{
	regex_t re;
	char number[12];

	assert_int_equal(
		regcomp(&re,
			"^1(([38][0-9]|4[5-9]|5[0-35-9]|6[2567]|7[0-35-8]|9[0-35-9])[0-9]{8}"
			"|(619|740|749)[0-9]{7}|741[0-2][0-9]{6})$",
			REG_EXTENDED | REG_NOSUB),
		0);
	for (unsigned head = 0; head < 100000; head++) {
		snprintf(number, sizeof(number), "%05u%06u", head, head * 31 % 1000000);
		assert_int_equal(weir_validate_cn_mobile(number, 11, TODAY),
				 regexec(&re, number, 0, NULL, 0) == 0);
	}
	assert_false(weir_validate_cn_mobile("1390000000", 10, TODAY));
	assert_false(weir_validate_cn_mobile("1390000000x", 11, TODAY));
	regfree(&re);
}

static void validate__placeholders(void **state)
{
	assert_true(weir_validate_is_placeholder("13912345678", 11));
	assert_true(weir_validate_is_placeholder("13987654321", 11));
	assert_true(weir_validate_is_placeholder("13900000000", 11));
	assert_true(weir_validate_is_placeholder("13800138000", 11));
	assert_false(weir_validate_is_placeholder("13912345687", 11));
	assert_false(weir_validate_is_placeholder("1391234567", 10));
}

static void validate__today(void **state)
{
	const uint64_t day = UINT64_C(86400) * 1000000000;

	assert_int_equal(weir_validate_today(0), 19700101);
	assert_int_equal(weir_validate_today(day * 10 / 24 - 1), 19700101);
	assert_int_equal(weir_validate_today(day * 10 / 24),
			 19700102); /* 10:00 UTC is midnight at UTC+14 */
	assert_int_equal(weir_validate_today(day * 11016), 20000229);
	assert_int_equal(weir_validate_today(day * 11017), 20000301);
	assert_int_equal(weir_validate_today(day * 20088), 20241231);
}

static void validate__found_by_name(void **state)
{
	assert_ptr_equal(weir_validator_find("payment_card"), weir_validate_payment_card);
	assert_null(weir_validator_find("nothing"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(validate__resident_id_check_character),
		cmocka_unit_test(validate__resident_id_transpositions),
		cmocka_unit_test(validate__resident_id_check_character_x),
		cmocka_unit_test(validate__resident_id_provinces),
		cmocka_unit_test(validate__resident_id_dates),
		cmocka_unit_test(validate__card_issuers_and_lengths),
		cmocka_unit_test(validate__card_luhn),
		cmocka_unit_test(validate__mobile_ranges),
		cmocka_unit_test(validate__placeholders),
		cmocka_unit_test(validate__today),
		cmocka_unit_test(validate__found_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
