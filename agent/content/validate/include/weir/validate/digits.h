/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_VALIDATE_DIGITS_H
#define WEIR_VALIDATE_DIGITS_H

/* Arithmetic on ASCII digits, eight of them in a word: what is asked of every number that is found. Pure functions; where nothing else
 * is said the caller knows that all he hands over are digits. The eights read eight bytes. */

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Eight bytes, the first of them the lowest. */
static inline uint64_t weir_eight_bytes(const char *s)
{
	uint64_t bytes;

	memcpy(&bytes, s, sizeof(bytes));
	return le64toh(bytes);
}

/* Eight digits as values. */
static inline uint64_t weir_eight_digits(const char *s)
{
	return weir_eight_bytes(s) - UINT64_C(0x3030303030303030);
}

static inline bool weir_are_digits(uint64_t bytes)
{
	const uint64_t high = UINT64_C(0xf0f0f0f0f0f0f0f0), zeros = UINT64_C(0x3030303030303030);

	/* a byte of 0x30 to 0x3f stays one when 6 is added, if it is a digit */
	return (bytes & high) == zeros && ((bytes + UINT64_C(0x0606060606060606)) & high) == zeros;
}

static inline bool weir_all_digits(const char *s, size_t len)
{
	bool all = true;

	for (; len >= 8; len -= 8, s += 8)
		all &= weir_are_digits(weir_eight_bytes(s));
	for (size_t i = 0; i < len; i++)
		all &= (uint8_t)(s[i] - '0') < 10;
	return all;
}

/* Luhn's sum of eight digits of which the last counts once, in four parts of 16 bits. Digits that count
 * twice lose 9 from 5 on. */
static inline uint64_t weir_luhn_eight(uint64_t digits)
{
	const uint64_t even = UINT64_C(0x00ff00ff00ff00ff), one = UINT64_C(0x0001000100010001);
	uint64_t once = digits >> 8 & even, twice = digits & even;
	uint64_t over = (twice + 123 * one) >> 7 & one;

	return once + 2 * twice - 9 * over;
}

static inline bool weir_luhn_eights(const char *digits, size_t len)
{
	size_t rest = len % 8;
	uint64_t first = 0; /* of the rest, zeros before it */
	uint64_t parts;

	if (len >= 8) /* none at all when there is no rest: no word is shifted by 64 at once */
		first = weir_eight_digits(digits) << (32 - 4 * rest) << (32 - 4 * rest);
	else
		for (size_t i = 0; i < rest; i++)
			first = first >> 8 | (uint64_t)(digits[i] - '0') << 56;
	parts = weir_luhn_eight(first);
	for (size_t at = rest; at < len; at += 8)
		parts += weir_luhn_eight(weir_eight_digits(digits + at));
	return (parts * UINT64_C(0x0001000100010001) >> 48) % 10 == 0;
}

typedef uint8_t weir_sixteen __attribute__((vector_size(16)));

static inline weir_sixteen weir_sixteen_bytes(const void *bytes)
{
	weir_sixteen ret;

	memcpy(&ret, bytes, sizeof(ret));
	return ret;
}

/* Luhn's terms of sixteen digits: those whose mask is 0xff count twice. */
static inline weir_sixteen weir_luhn_terms(weir_sixteen digits, weir_sixteen twice)
{
	typedef int8_t with_sign __attribute__((vector_size(16)));
	with_sign terms = (with_sign)(digits + (digits & twice));

	return (weir_sixteen)(terms - ((terms > 9) & 9));
}

/* Of 16 to 28 digits, whose sum fits a byte: the last sixteen, and those before as the first of sixteen. */
static inline bool weir_luhn_sixteen(const char *digits, size_t len)
{
	static const uint8_t keep[28] = {15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15};
	static const uint8_t other[17] = {255, 0,   255, 0,   255, 0,	255, 0,	 255,
					  0,   255, 0,	 255, 0,   255, 0,   255};
	weir_sixteen last = weir_sixteen_bytes(digits + len - 16) & 15;
	weir_sixteen first = weir_sixteen_bytes(digits) & weir_sixteen_bytes(keep + 28 - len);
	uint64_t parts[2];

	last = weir_luhn_terms(last, weir_sixteen_bytes(other)) +
	       weir_luhn_terms(first, weir_sixteen_bytes(other + len % 2));
	memcpy(parts, &last, sizeof(parts));
	return (uint32_t)((parts[0] + parts[1]) * UINT64_C(0x0101010101010101) >> 56) % 10 == 0;
}

/* The last of the digits, at most 4096, is right by Luhn's formula. */
static inline bool weir_luhn_holds(const char *digits, size_t len)
{
	if (len >= 16 && len <= 28)
		return weir_luhn_sixteen(digits, len);
	return weir_luhn_eights(digits, len);
}

/* The check character of seventeen digits by ISO 7064 MOD 11-2. The weights of every other digit of eight
 * stand in one word, turned round: what the product has in its highest 16 bits is the sum of four digits with
 * theirs. */
static inline char weir_mod11_2(const char *digits)
{
	const uint64_t even = UINT64_C(0x00ff00ff00ff00ff);
	uint64_t first = weir_eight_digits(digits), second = weir_eight_digits(digits + 8), sum;

	sum = (first & even) * UINT64_C(0x0007000a00080002) +
	      (first >> 8 & even) * UINT64_C(0x0009000500040001) +
	      (second & even) * UINT64_C(0x00060007000a0008) +
	      (second >> 8 & even) * UINT64_C(0x0003000900050004);
	return "10X98765432"[((sum >> 48) + 2 * (uint64_t)(digits[16] - '0')) % 11];
}

#define WEIR_MOD31_MAX 64

/* The last of the capitals and digits is right by the formula of GB 32100. False for other characters, for
 * fewer than two and more than WEIR_MOD31_MAX. */
bool weir_mod31_holds(const char *value, size_t len);

#endif
