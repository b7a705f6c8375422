/* SPDX-License-Identifier: Apache-2.0 */
/* bpf/lib/scan/check.h against plain reference versions. All numbers are made here. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/scan/check.h"

static __u8 bytes[WEIR_CHECK_MASK + 1];

/* Puts text at an offset, wrapping as the kernel's masks do, between neutral bytes; returns the index of its last byte. */
static __u32 put(const char *text, __u32 at)
{
	size_t len = strlen(text);

	memset(bytes, ' ', sizeof(bytes));
	for (size_t i = 0; i < len; i++)
		bytes[(at + i) & WEIR_CHECK_MASK] = (__u8)text[i];
	return (at + (__u32)len - 1) & WEIR_CHECK_MASK;
}

static char id_check(const char *seventeen)
{
	static const int weights[17] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
	int sum = 0;

	for (int i = 0; i < 17; i++)
		sum += (seventeen[i] - '0') * weights[i];
	return "10X98765432"[sum % 11];
}

static void make_id(char out[19], const char *region, const char *date, int sequence)
{
	(void)snprintf(out, 19, "%s%s%03d", region, date, sequence % 1000);
	out[17] = id_check(out);
	out[18] = '\0';
}

static int luhn(const char *digits)
{
	size_t len = strlen(digits);
	int sum = 0;

	for (size_t i = 0; i < len; i++) {
		int d = digits[len - 1 - i] - '0';

		if (i % 2)
			d = d * 2 > 9 ? d * 2 - 9 : d * 2;
		sum += d;
	}
	return sum % 10 == 0;
}

static void check__compares(void **state)
{
	const __u32 values[] = {0, 1, 9, 10, 47, 48, 57, 58, 255, 65535, 1u << 30};

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		for (size_t j = 0; j < sizeof(values) / sizeof(values[0]); j++) {
			assert_int_equal(weir_lt(values[i], values[j]), values[i] < values[j]);
			assert_int_equal(weir_eq(values[i], values[j]), values[i] == values[j]);
		}
	for (__u32 c = 0; c < 256; c++) {
		assert_int_equal(weir_is_digit(c), c >= '0' && c <= '9');
		assert_int_equal(weir_is_letter(c) && c < 128,
				 (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'));
	}
}

static void check__finds_a_word_of_digits(void **state)
{
	for (int at = 0; at < 8; at++)
		for (int c = 0; c < 256; c++) {
			char text[8] = "90919293";
			__u64 word;
			int digits = c >= '0' && c <= '9';

			text[at] = (char)c;
			memcpy(&word, text, 8);
			assert_int_equal(weir_not_digits(word) == 0, digits);
			assert_int_equal(weir_is_zero(weir_not_digits(word)) >> 63, digits);
		}
}

static void check__provinces(void **state)
{
	static const int known[] = {11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34,
				    35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51, 52,
				    53, 54, 61, 62, 63, 64, 65, 71, 81, 82, 83};

	for (__u32 p = 0; p < 128; p++) {
		int expected = 0;

		for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			expected |= (__u32)known[i] == p;
		assert_int_equal(weir_is_province(p), expected);
	}
}

static void check__resident_id_of_every_sequence(void **state)
{
	unsigned with_x = 0;

	for (int sequence = 0; sequence < 1000; sequence++) {
		char id[19];
		__u32 at = 5 + (__u32)sequence * 37; /* also across the wrap */

		make_id(id, "440300", "19851231", sequence);
		assert_true(weir_is_resident_id(bytes, put(id, at)));
		if (id[17] == 'X') {
			with_x++;
			id[17] = 'x';
			assert_true(weir_is_resident_id(bytes, put(id, at)));
		}
		for (const char *c = "0123456789X"; *c; c++) {
			id[17] = *c;
			assert_int_equal(weir_is_resident_id(bytes, put(id, at)),
					 *c == id_check(id));
		}
	}
	assert_in_range(with_x, 50, 150);
}

static void check__resident_id_wants_region_and_date(void **state)
{
	static const struct {
		const char *region, *date;
		int ok;
	} cases[] = {
		{"110000", "19000101", 1}, {"830000", "20991231", 1}, {"100000", "19900101", 0},
		{"470000", "19900101", 0}, {"910000", "19900101", 0}, {"110000", "18991231", 0},
		{"110000", "21000101", 0}, {"110000", "19901301", 0}, {"110000", "19900001", 0},
		{"110000", "19900100", 0}, {"110000", "19900132", 0},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char id[19];

		make_id(id, cases[i].region, cases[i].date, 123);
		assert_int_equal(weir_is_resident_id(bytes, put(id, 100)), cases[i].ok);
	}
}

static void make_card(char *out, const char *prefix, size_t len)
{
	size_t n = strlen(prefix);

	memcpy(out, prefix, n);
	for (size_t i = n; i < len - 1; i++)
		out[i] = (char)('0' + (i * 7 + n) % 10);
	out[len] = '\0';
	for (int c = '0'; c <= '9'; c++) {
		out[len - 1] = (char)c;
		if (luhn(out))
			return;
	}
}

static void check__cards_by_issuer_and_length(void **state)
{
	static const struct {
		const char *prefix;
		unsigned lengths; /* bit per length */
	} cases[] = {
		{"6212", 1u << 16 | 1u << 19},
		{"4000", 1u << 16},
		{"5100", 1u << 16},
		{"5599", 1u << 16},
		{"2221", 1u << 16},
		{"2720", 1u << 16},
		{"3400", 1u << 15},
		{"3799", 1u << 15},
		{"3528", 1u << 16},
		{"3589", 1u << 16},
		{"6011", 1u << 16},
		{"6440", 1u << 16},
		{"8100", 0},
		{"6500", 0},
		{"3050", 0},
		{"1234", 0},
		{"9999", 0},
		{"2220", 0},
		{"2721", 0},
		{"3527", 0},
		{"5000", 0},
		{"5600", 0},
		{"6010", 0},
		{"7000", 0},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (__u32 len = 15; len <= 19; len++) {
			char card[24];

			make_card(card, cases[i].prefix, len);
			assert_int_equal(weir_is_card(bytes, put(card, 8180), len),
					 cases[i].lengths >> len & 1);
		}
}

static void check__card_needs_luhn_and_variety(void **state)
{
	char card[24];

	make_card(card, "6217", 19);
	for (int c = '0'; c <= '9'; c++) {
		card[18] = (char)c;
		assert_int_equal(weir_is_card(bytes, put(card, 64), 19), luhn(card));
	}
	assert_false(weir_is_card(bytes, put("0000000000000000", 64), 16));
}

/* Strokes of characters are written by the digits 1 to 5. */
static void check__card_needs_digits_far_apart(void **state)
{
	char low[] = "4512345123451200", high[] = "4512345123451260";

	for (char c = '1'; !luhn(low) && c <= '5'; c++)
		for (low[14] = c, low[15] = '1'; !luhn(low) && low[15] < '5'; low[15]++)
			;
	assert_true(luhn(low));
	assert_false(weir_is_card(bytes, put(low, 64), 16));
	for (high[15] = '0'; !luhn(high); high[15]++)
		;
	assert_true(weir_is_card(bytes, put(high, 64), 16));
}

static void check__hash_is_of_the_value_alone(void **state)
{
	char id[19];
	__u64 first;

	make_id(id, "110000", "19991111", 7);
	first = weir_value_hash(bytes, put(id, 40), 18, 42);
	assert_true(first == weir_value_hash(bytes, put(id, 5000), 18, 42));
	assert_true(first != weir_value_hash(bytes, put(id, 40), 18, 43));
	assert_true(first != weir_value_hash(bytes, put(id, 40), 17, 42));
	id[17] = 'X';
	first = weir_value_hash(bytes, put(id, 40), 18, 42);
	id[17] = 'x';
	assert_true(first == weir_value_hash(bytes, put(id, 40), 18, 42));
}

/* The kernel counts by the low 13 bits: 500 values may lose some 15 to collisions, not many more. */
static void check__hash_spreads(void **state)
{
	static __u8 seen[8192];
	unsigned distinct = 0;

	memset(seen, 0, sizeof(seen));
	for (int i = 0; i < 500; i++) {
		char id[19];
		__u64 hash;

		make_id(id, "330100", i < 250 ? "19770707" : "19770708", i);
		hash = weir_value_hash(bytes, put(id, 40), 18, 0x1234567890abcdefULL);
		distinct += !seen[hash & 8191];
		seen[hash & 8191] = 1;
	}
	assert_in_range(distinct, 470, 500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(check__compares),
		cmocka_unit_test(check__finds_a_word_of_digits),
		cmocka_unit_test(check__provinces),
		cmocka_unit_test(check__resident_id_of_every_sequence),
		cmocka_unit_test(check__resident_id_wants_region_and_date),
		cmocka_unit_test(check__cards_by_issuer_and_length),
		cmocka_unit_test(check__card_needs_luhn_and_variety),
		cmocka_unit_test(check__card_needs_digits_far_apart),
		cmocka_unit_test(check__hash_is_of_the_value_alone),
		cmocka_unit_test(check__hash_spreads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
