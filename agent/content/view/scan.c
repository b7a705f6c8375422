/* SPDX-License-Identifier: Apache-2.0 */
#include "scan.h"

#include <stdbool.h>
#include <string.h>

#include "tables.h"

#if defined(__SSE2__)
#define VIEW_SSE2 1
#include <emmintrin.h>
#else
#define VIEW_SSE2 0
#endif

static bool is_escape(uint8_t c)
{
	return c == '\\' || c == '&' || c == '%' || c == '=';
}

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static bool is_alike(uint8_t c)
{
	return (c | 0x20) == 'o' || (c | 0x10) == '|' || c == 'I';
}

#if VIEW_SSE2
static inline unsigned equal(__m128i block, char c)
{
	return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(block, _mm_set1_epi8(c)));
}

/* '%' and '&' are next to each other, and '=' and '\\' are not near: three comparisons. */
static inline unsigned escapes(__m128i block)
{
	__m128i pair = _mm_cmpeq_epi8(
		_mm_and_si128(_mm_add_epi8(block, _mm_set1_epi8(1)), _mm_set1_epi8((char)0xfe)),
		_mm_set1_epi8(0x26));
	__m128i other = _mm_or_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8('=')),
				     _mm_cmpeq_epi8(block, _mm_set1_epi8('\\')));

	return (unsigned)_mm_movemask_epi8(_mm_or_si128(pair, other));
}

static inline unsigned digits(__m128i block)
{
	__m128i from_zero = _mm_sub_epi8(block, _mm_set1_epi8('0'));

	return (unsigned)_mm_movemask_epi8(
		_mm_cmpeq_epi8(_mm_min_epu8(from_zero, _mm_set1_epi8(9)), from_zero));
}

static inline unsigned alikes(__m128i block)
{
	return equal(_mm_or_si128(block, _mm_set1_epi8(0x20)), 'o') |
	       equal(_mm_or_si128(block, _mm_set1_epi8(0x10)), '|') | equal(block, 'I');
}
#endif

size_t weir_view_next_escape(const uint8_t *text, size_t len, size_t at)
{
#if VIEW_SSE2
	for (; len - at >= 16; at += 16) {
		unsigned found = escapes(_mm_loadu_si128((const void *)(text + at)));

		if (found)
			return at + (unsigned)__builtin_ctz(found);
	}
#endif
	while (at < len && !is_escape(text[at]))
		at++;
	return at;
}

static bool alike_at(const uint8_t *text, size_t len, size_t at)
{
	return is_alike(text[at]) &&
	       ((at > 0 && is_digit(text[at - 1])) || (at + 1 < len && is_digit(text[at + 1])));
}

size_t weir_view_next_alike(const uint8_t *text, size_t len, size_t at)
{
#if VIEW_SSE2
	/* one byte of the next block is seen by the second load, one before by the carry */
	unsigned carry = at > 0 && at <= len && is_digit(text[at - 1]);

	for (; at < len && len - at >= 17; at += 16) {
		__m128i block = _mm_loadu_si128((const void *)(text + at));
		unsigned number = digits(block);
		unsigned found = 0;

		if (number || carry || is_digit(text[at + 16]))
			found = alikes(block) & (number << 1 | carry | number >> 1 |
						 (unsigned)is_digit(text[at + 16]) << 15);
		if (found)
			return at + (unsigned)__builtin_ctz(found);
		carry = number >> 15;
	}
#endif
	while (at < len && !alike_at(text, len, at))
		at++;
	return at;
}

static size_t ascii(const uint8_t *text, size_t len, size_t at)
{
#if VIEW_SSE2
	for (; len - at >= 16; at += 16) {
		unsigned high =
			(unsigned)_mm_movemask_epi8(_mm_loadu_si128((const void *)(text + at)));

		if (high)
			return at + (unsigned)__builtin_ctz(high);
	}
#endif
	while (at < len && text[at] < 0x80)
		at++;
	return at;
}

size_t weir_view_next_ruled(const uint8_t *text, size_t len, size_t at)
{
	while (at < len) {
		/* hanzi one after the other: three bytes, of a page without rules */
		while (len - at >= 4) {
			uint32_t a = text[at], b = text[at + 1], c = text[at + 2];
			unsigned page = (a & 0x0f) << 6 | (b & 0x3f);

			if ((a & 0xf0) != 0xe0 || (b & 0xc0) != 0x80 || (c & 0xc0) != 0x80)
				break;
			if (weir_view_rule_cell[weir_view_rule_page[page]][c & 0x3f] != 0)
				return at;
			/* overlong forms and surrogates are malformed */
			if ((a == 0xe0 && b < 0xa0) || (a == 0xed && b > 0x9f))
				return at;
			at += 3;
		}
		if (at < len && text[at] >= 0x80)
			return at;
		at = ascii(text, len, at);
	}
	return at;
}
