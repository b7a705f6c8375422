/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BENCH_CHECK_H
#define BENCH_CHECK_H

/* Check digits of the twenty; here, so that a known pattern needs no call. Where the rule is that of a
 * validator it is the validator's own; those of IBAN and of Taiwan ask for more than the expressions do. */

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "patterns.h"
#include "weir/validate/digits.h"

static inline unsigned digit(uint8_t c)
{
	return (unsigned)c - '0';
}

static inline bool is_digit(uint8_t c)
{
	return digit(c) < 10;
}

/* Four groups of four, and one of up to three behind them. */
static inline bool check_luhn_grouped(const uint8_t *match, size_t len)
{
	char plain[20];
	size_t n = 16;

	for (size_t group = 0; group < 4; group++)
		memcpy(plain + 4 * group, match + 5 * group, 4);
	for (size_t at = 20; at < len; at++)
		plain[n++] = (char)match[at];
	return weir_luhn_holds(plain, n);
}

static inline bool check_resident(const uint8_t *match)
{
	unsigned province = digit(match[0]) * 10 + digit(match[1]);
	uint8_t last = match[17] == 'x' ? 'X' : match[17];

	return (weir_mod11_2((const char *)match) == (char)last) & (province - 11 <= 82 - 11);
}

static inline unsigned letter_value(uint8_t c)
{
	return is_digit(c) ? digit(c) : (unsigned)(c - 'A') + 10;
}

static inline bool check_iban(const uint8_t *match, size_t len)
{
	uint8_t plain[48];
	size_t n = 0;
	unsigned sum = 0;

	for (size_t i = 0; i < len && n < 40; i++)
		if (match[i] != ' ')
			plain[n++] = match[i];
	if (n < 15 || n > 34)
		return false;
	for (size_t i = 0; i < n; i++) {
		unsigned value = letter_value(plain[(i + 4) % n]);

		sum = (sum * (value > 9 ? 100 : 10) + value) % 97;
	}
	return sum == 1;
}

static inline bool check_ssn(const uint8_t *match)
{
	return memcmp(match, "000", 3) != 0 && memcmp(match, "666", 3) != 0 &&
	       memcmp(match + 4, "00", 2) != 0 && memcmp(match + 7, "0000", 4) != 0;
}

static inline bool check_taiwan(const uint8_t *match)
{
	static const uint8_t letters[26] = {10, 11, 12, 13, 14, 15, 16, 17, 34, 18, 19, 20, 21,
					    22, 35, 23, 24, 25, 26, 27, 28, 29, 32, 30, 31, 33};
	unsigned value = letters[match[0] - 'A'];
	unsigned sum = value / 10 + value % 10 * 9 + digit(match[9]);

	for (unsigned i = 1; i < 9; i++)
		sum += digit(match[i]) * (9 - i);
	return sum % 10 == 0;
}

/* Of a match of the pattern's expression. */
static inline bool check(enum pattern pattern, const uint8_t *match, size_t len)
{
	switch (pattern) {
	case CN_ID18:
		return check_resident(match);
	case CARD:
		return weir_luhn_holds((const char *)match, len);
	case CARD_GROUPED:
		return check_luhn_grouped(match, len);
	case USCC:
		return weir_mod31_holds((const char *)match, len);
	case IBAN:
		return check_iban(match, len);
	case US_SSN:
		return check_ssn(match);
	case TWID:
		return check_taiwan(match);
	default:
		return true;
	}
}

#endif
