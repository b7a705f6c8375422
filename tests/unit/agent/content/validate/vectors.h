/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEST_VECTORS_H
#define TEST_VECTORS_H

/* Values with right check digits, of people and bodies that do not exist. Every formula is written
 * down another way than in the code under test: Horner's scheme, long division, search for the one
 * sign that fits. */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VECTOR_MAX 96

static inline unsigned vector_random(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned)(*seed >> 33);
}

static inline void vector_fill(char *at, size_t n, const char *alphabet, uint64_t *seed)
{
	for (size_t i = 0; i < n; i++)
		at[i] = alphabet[vector_random(seed) % strlen(alphabet)];
	at[n] = '\0';
}

/* ISO 7064 MOD 11-2 by Horner: the whole leaves 1. */
static inline char vector_mod11_2(const char *digits, size_t n)
{
	unsigned rest = 0;

	for (size_t i = 0; i < n; i++)
		rest = (rest * 2 + (unsigned)(digits[i] - '0')) % 11;
	for (unsigned c = 0; c < 11; c++)
		if ((rest * 2 + c) % 11 == 1)
			return c == 10 ? 'X' : (char)('0' + c);
	abort();
}

/* Six digits, birth, sequence, check character. */
static inline void vector_id(const char *six, const char *birth, unsigned sequence,
			     char ret[static VECTOR_MAX])
{
	snprintf(ret, VECTOR_MAX, "%s%s%03u", six, birth, sequence % 1000);
	ret[17] = vector_mod11_2(ret, 17);
	ret[18] = '\0';
}

/* One that ends in X, or in a digit. */
static inline void vector_id_ending(bool x, char ret[static VECTOR_MAX])
{
	for (unsigned i = 7; i < 1000; i++) {
		vector_id("440305", "19850615", i, ret);
		if ((ret[17] == 'X') == x && (x || ret[17] > '0'))
			return;
	}
	abort();
}

static inline bool vector_luhn_holds(const char *digits)
{
	static const unsigned twice[10] = {0, 2, 4, 6, 8, 1, 3, 5, 7, 9};
	size_t n = strlen(digits);
	unsigned sum = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned d = (unsigned)(digits[i] - '0');

		sum += (n - i) % 2 ? d : twice[d];
	}
	return sum % 10 == 0;
}

static inline void vector_luhn(const char *prefix, size_t digits, uint64_t *seed,
			       char ret[static VECTOR_MAX])
{
	size_t head = strlen(prefix);

	memcpy(ret, prefix, head);
	vector_fill(ret + head, digits - head, "0123456789", seed);
	for (char c = '0'; c <= '9'; c++) {
		ret[digits - 1] = c;
		if (vector_luhn_holds(ret))
			return;
	}
	abort();
}

#define VECTOR_USCC "0123456789ABCDEFGHJKLMNPQRTUWXY"

static inline unsigned vector_sign(char c)
{
	return c <= '9' ? (unsigned)(c - '0') : (unsigned)(c - 'A' + 10);
}

/* Nine signs of GB 11714 behind eight given ones. */
static inline void vector_org(const char *eight, char ret[static VECTOR_MAX])
{
	static const unsigned weights[9] = {3, 7, 9, 10, 5, 8, 4, 2, 1};

	memcpy(ret, eight, 8);
	ret[9] = '\0';
	for (unsigned c = 0; c < 11; c++) {
		unsigned sum = c;

		for (size_t i = 0; i < 8; i++)
			sum += vector_sign(ret[i]) * weights[i];
		ret[8] = c == 10 ? 'X' : (char)('0' + c);
		if (sum % 11 == 0)
			return;
	}
	abort();
}

static inline unsigned vector_uscc_rest(const char *code, size_t n)
{
	unsigned sum = 0;

	/* from behind: 3^17 falls away by Horner in the inverse of 3 */
	for (size_t i = n; i-- > 0;)
		sum = (sum * 3 + (unsigned)(strchr(VECTOR_USCC, code[i]) - VECTOR_USCC)) % 31;
	return sum;
}

static inline void vector_uscc(const char *eight, uint64_t *seed, char ret[static VECTOR_MAX])
{
	char org[VECTOR_MAX], part[9];

	vector_fill(part, 8, VECTOR_USCC, seed);
	vector_org(part, org);
	snprintf(ret, VECTOR_MAX, "%.8s%.9s", eight, org);
	for (size_t c = 0; c < 31; c++)
		if ((vector_uscc_rest(ret, 17) + c) % 31 == 0) {
			ret[17] = VECTOR_USCC[c];
			ret[18] = '\0';
			return;
		}
	abort();
}

static inline unsigned vector_vin_sign(char c)
{
	if (c <= '9')
		return (unsigned)(c - '0');
	if (c <= 'R')
		return (unsigned)(c - 'A') % 9 + 1;
	return (unsigned)(c - 'S') + 2;
}

static inline void vector_vin(const char *head, uint64_t *seed, char ret[static VECTOR_MAX])
{
	unsigned sum = 0;

	snprintf(ret, VECTOR_MAX, "%.8s0%.4s", head, "RA01");
	vector_fill(ret + 13, 4, "0123456789", seed);
	for (unsigned i = 0; i < 17; i++)
		sum += vector_vin_sign(ret[i]) * (i < 7	   ? 8 - i
						  : i == 7 ? 10
						  : i == 8 ? 0
							   : 18 - i);
	ret[8] = sum % 11 == 10 ? 'X' : (char)('0' + sum % 11);
}

static inline void vector_hk_id(const char *letters, unsigned six, char ret[static VECTOR_MAX])
{
	for (unsigned c = 0; c < 11; c++) {
		unsigned sum = c, weight = 2;
		char padded[VECTOR_MAX];

		snprintf(padded, sizeof(padded), "%2s%06u", letters, six % 1000000);
		for (size_t i = 8; i-- > 0; weight++)
			sum += weight * (padded[i] == ' ' ? 36 : vector_sign(padded[i]));
		if (sum % 11 == 0) {
			snprintf(ret, VECTOR_MAX, "%s%06u%c", letters, six % 1000000,
				 c == 10 ? 'A' : (char)('0' + c));
			return;
		}
	}
	abort();
}

/* Letters stand in the order of their numbers from 10 on. */
static inline void vector_tw_id(char letter, char second, unsigned seven,
				char ret[static VECTOR_MAX])
{
	static const char order[] = "ABCDEFGHJKLMNPQRSTUVXYWZIO";
	unsigned n = (unsigned)(strchr(order, letter) - order) + 10;
	unsigned s = second <= '9' ? (unsigned)(second - '0')
				   : (unsigned)(strchr(order, second) - order) % 10;

	for (char c = '0'; c <= '9'; c++) {
		unsigned sum = n / 10 + 9 * (n % 10) + 8 * s + (unsigned)(c - '0');

		snprintf(ret, VECTOR_MAX, "%c%c%07u%c", letter, second, seven % 10000000, c);
		for (unsigned i = 2; i < 9; i++)
			sum += (unsigned)(ret[i] - '0') * (9 - i);
		if (sum % 10 == 0)
			return;
	}
	abort();
}

/* Long division of the number that the signs spell. */
static inline unsigned vector_mod97(const char *text)
{
	char spelled[2 * VECTOR_MAX] = "";
	unsigned rest = 0;

	for (size_t n = 0; *text; text++)
		n += (size_t)snprintf(spelled + n, sizeof(spelled) - n, "%u", vector_sign(*text));
	for (const char *p = spelled; *p; p++)
		rest = (rest * 10 + (unsigned)(*p - '0')) % 97;
	return rest;
}

static inline void vector_iban(const char *country, const char *account,
			       char ret[static VECTOR_MAX])
{
	char turned[VECTOR_MAX];

	for (unsigned c = 2; c < 99; c++) {
		snprintf(turned, sizeof(turned), "%s%s%02u", account, country, c);
		if (vector_mod97(turned) == 1) {
			snprintf(ret, VECTOR_MAX, "%s%02u%s", country, c, account);
			return;
		}
	}
	abort();
}

/* A check digit of ICAO 9303 over a field. */
static inline char vector_mrz(const char *field, size_t n)
{
	unsigned sum = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned v = field[i] == '<' ? 0 : vector_sign(field[i]);

		sum += i % 3 == 0 ? 7 * v : i % 3 == 1 ? 3 * v : v;
	}
	return (char)('0' + sum % 10);
}

/* A passport of two lines of 44, the second behind a line break. */
static inline void vector_passport(const char *number, char ret[static VECTOR_MAX])
{
	char second[48], composite[64];

	snprintf(second, sizeof(second), "%.9s%cCHN850615%cM300101%c<<<<<<<<<<<<<<0", number,
		 vector_mrz(number, 9), vector_mrz("850615", 6), vector_mrz("300101", 6));
	snprintf(composite, sizeof(composite), "%.10s%.7s%.22s", second, second + 13, second + 21);
	snprintf(ret, VECTOR_MAX, "P<CHNZHANG<<SAN%.29s\n%s%c", "<<<<<<<<<<<<<<<<<<<<<<<<<<<<<",
		 second, vector_mrz(composite, 39));
}

/* An identity card of three lines of 30. */
static inline void vector_card_zone(const char *number, char ret[static VECTOR_MAX])
{
	char first[32], second[32], composite[80];

	snprintf(first, sizeof(first), "I<CHN%.9s%c<<<<<<<<<<<<<<<", number, vector_mrz(number, 9));
	snprintf(second, sizeof(second), "850615%cF300101%cCHN<<<<<<<<<<<", vector_mrz("850615", 6),
		 vector_mrz("300101", 6));
	snprintf(composite, sizeof(composite), "%s%.7s%.7s%.11s", first + 5, second, second + 8,
		 second + 18);
	snprintf(ret, VECTOR_MAX, "%s\n%s%c\nZHANG<<SAN<<<<<<<<<<<<<<<<<<<<", first, second,
		 vector_mrz(composite, strlen(composite)));
}

#endif
