/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEST_SYNTHETIC_H
#define TEST_SYNTHETIC_H

/* Customers who do not exist: values with right check digits, made from a number. Different numbers
 * below 1,000,000 give different values. */

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* 18 characters and a NUL. */
static inline void synthetic_resident_id(unsigned n, char ret[static 19])
{
	static const unsigned weights[17] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
	static const char *const provinces[] = {"11", "31", "44", "51", "62"};
	unsigned sum = 0;

	/* no county has a code from 9000 on */
	snprintf(ret, 19, "%s%04u%04u%02u%02u%03u", provinces[n % 5], 9000 + n / 1000000 % 1000,
		 1950 + n % 50, 1 + n / 50 % 12, 1 + n / 600 % 28, n / 16800 % 1000);
	for (unsigned i = 0; i < 17; i++)
		sum += weights[i] * (unsigned)(ret[i] - '0');
	ret[17] = "10X98765432"[sum % 11];
	ret[18] = '\0';
}

/* The check digit for the first len digits of number, appended with a NUL. */
static inline void synthetic_luhn(char *number, size_t len)
{
	unsigned sum = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned digit = (unsigned)(number[len - 1 - i] - '0');

		if (i % 2 == 0)
			digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
		sum += digit;
	}
	number[len] = (char)('0' + (10 - sum % 10) % 10);
	number[len + 1] = '\0';
}

/* A card of `digits` (13-19) digits that begins with prefix. */
static inline void synthetic_card(const char *prefix, unsigned n, unsigned digits,
				  char ret[static 20])
{
	size_t head = strlen(prefix);

	memcpy(ret, prefix, head);
	for (size_t i = digits - 1; i-- > head; n /= 10)
		ret[i] = (char)('0' + n % 10);
	synthetic_luhn(ret, digits - 1);
}

/* 11 digits and a NUL. */
static inline void synthetic_mobile(unsigned n, char ret[static 12])
{
	static const char *const ranges[] = {"134", "139", "158", "176", "187", "199"};

	snprintf(ret, 12, "%s%08u", ranges[n % 6], (10203040 + n * 7919U) % 100000000U);
}

#endif
