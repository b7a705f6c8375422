/* SPDX-License-Identifier: Apache-2.0 */
/* AVX-512 with VBMI and GFNI: a table of 128 bytes gives the classes of 64 ASCII characters at once, a
 * table of 64 bytes the buckets of a print, and a product of matrices eight masks of eight classes. */

#include "scan.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#include "masks.h"

/* Bits of the two class tables; the first leaves two for what is beyond ASCII. */
enum {
	DIGIT = 1,
	SEPARATOR = 2,
	UPPER = 4,
	LETTER = 8,
	AT = 16,
	LESS = 32,

	ESCAPE = 1,
	GOES_ON = 2, /* behind an escape's first byte: hex, u, #, ? and line breaks */
	ALIKE = 4,
	BREAK = 8, /* behind '=': line breaks and ? */
	HEX = 16,
	GAP = 32,
	EXTRA = 64,
};

#define RANGE(first, last, class) [first... last] = (class)

static const uint8_t classes[128] = {
	RANGE('0', '9', DIGIT),
	RANGE('A', 'Z', UPPER | LETTER),
	RANGE('a', 'z', LETTER),
	RANGE(',', '/', SEPARATOR),
	[' '] = SEPARATOR,
	['_'] = SEPARATOR,
	['@'] = AT,
	['<'] = LESS,
};

static const uint8_t more_classes[128] = {
	RANGE('0', '9', GOES_ON | HEX),
	RANGE('A', 'F', GOES_ON | HEX),
	RANGE('a', 'f', GOES_ON | HEX),
	['u'] = GOES_ON,
	['#'] = GOES_ON,
	['?'] = GOES_ON | BREAK,
	['\r'] = GOES_ON | BREAK,
	['\n'] = GOES_ON | BREAK | GAP,
	[' '] = GAP,
	[':'] = GAP,
	['\\'] = ESCAPE,
	['%'] = ESCAPE,
	['&'] = ESCAPE,
	['='] = ESCAPE,
	['O'] = ALIKE,
	['l'] = ALIKE,
	['I'] = ALIKE,
	['|'] = ALIKE,
	['+'] = EXTRA,
	['/'] = EXTRA,
	['_'] = EXTRA,
	['-'] = EXTRA,
};

struct tables {
	__m512i latin[FIND_PRINTS], hanzi[FIND_PRINTS], odd[FIND_ODD_PRINTS];
	bool any_latin, any_hanzi;
};

static void tables_load(struct tables *tables, const struct weir_finder *finder)
{
	for (unsigned i = 0; i < FIND_PRINTS; i++) {
		tables->latin[i] = _mm512_loadu_si512(finder->words.latin.six[i]);
		tables->hanzi[i] = _mm512_loadu_si512(finder->words.hanzi.six[i]);
	}
	for (unsigned i = 0; i < FIND_ODD_PRINTS; i++)
		tables->odd[i] = _mm512_loadu_si512(finder->odd.six[i]);
	tables->any_latin = finder->words.latin.any;
	tables->any_hanzi = finder->words.hanzi.any;
}

static always_inline_ __m512i load(const uint8_t *p)
{
	return _mm512_loadu_si512(p);
}

static always_inline_ __m512i lookup(const uint8_t table[static 128], __m512i bytes)
{
	return _mm512_maskz_permutex2var_epi8(~_mm512_movepi8_mask(bytes),
					      _mm512_loadu_si512(table), bytes,
					      _mm512_loadu_si512(table + 64));
}

static always_inline_ uint64_t test(__m512i bytes, int bits)
{
	return _mm512_test_epi8_mask(bytes, _mm512_set1_epi8((char)bits));
}

/* The eight bits of 64 bytes as eight words of 64 bits, that of the lowest bits first. */
static always_inline_ __m512i bits_of(__m512i bytes)
{
	static const uint8_t by_bit[64] = {0,  8,  16, 24, 32, 40, 48, 56, 1,  9,  17, 25, 33,
					   41, 49, 57, 2,  10, 18, 26, 34, 42, 50, 58, 3,  11,
					   19, 27, 35, 43, 51, 59, 4,  12, 20, 28, 36, 44, 52,
					   60, 5,  13, 21, 29, 37, 45, 53, 61, 6,  14, 22, 30,
					   38, 46, 54, 62, 7,  15, 23, 31, 39, 47, 55, 63};
	/* one bit in each byte: as bytes that a matrix turns, and as the matrix that mirrors bytes */
	const __m512i diagonal = _mm512_set1_epi64(INT64_C(0x8040201008040201));
	__m512i turned = _mm512_gf2p8affine_epi64_epi8(diagonal, bytes, 0);

	turned = _mm512_gf2p8affine_epi64_epi8(turned, diagonal, 0);
	return _mm512_permutexvar_epi8(_mm512_loadu_si512(by_bit), turned);
}

/* Of each two rows that lie `step` apart: every other stretch of `step` words of both, and those between. */
static always_inline_ void turn_step(__m512i rows[static 8], unsigned step,
				     const uint64_t even[static 8], const uint64_t odd[static 8])
{
#pragma GCC unroll 8
	for (unsigned i = 0; i < 8; i++) {
		__m512i row = rows[i];

		if (i & step)
			continue;
		rows[i] = _mm512_permutex2var_epi64(row, _mm512_loadu_si512(even), rows[i + step]);
		rows[i + step] =
			_mm512_permutex2var_epi64(row, _mm512_loadu_si512(odd), rows[i + step]);
	}
}

/* Word k of row i becomes word i of row k. */
static always_inline_ void turn(__m512i rows[static 8])
{
	static const uint64_t even[3][8] = {{0, 8, 2, 10, 4, 12, 6, 14},
					    {0, 1, 8, 9, 4, 5, 12, 13},
					    {0, 1, 2, 3, 8, 9, 10, 11}};
	static const uint64_t odd[3][8] = {{1, 9, 3, 11, 5, 13, 7, 15},
					   {2, 3, 10, 11, 6, 7, 14, 15},
					   {4, 5, 6, 7, 12, 13, 14, 15}};

	turn_step(rows, 1, even[0], odd[0]);
	turn_step(rows, 2, even[1], odd[1]);
	turn_step(rows, 4, even[2], odd[2]);
}

static always_inline_ void put(column to, size_t i, __m512i masks)
{
	_mm512_store_si512(to + i, masks);
}

static always_inline_ __m512i classes_of(const uint8_t *p)
{
	__m512i bytes = load(p);
	__m512i class = _mm512_permutex2var_epi8(_mm512_loadu_si512(classes), bytes,
						 _mm512_loadu_si512(classes + 64));

	/* with its two highest bits; a byte beyond ASCII has the classes of another one so far */
	return bits_of(_mm512_ternarylogic_epi32(class, bytes, _mm512_set1_epi8((char)0xc0), 0xf8));
}

static always_inline_ void classify(const uint8_t *p, size_t n, struct columns *c)
{
	for (size_t first = 0; first < n; first += 8) {
		size_t i = FIND_FIRST + first;
		__m512i rows[8];

#pragma GCC unroll 8
		for (size_t k = 0; k < 8; k++)
			rows[k] = classes_of(p + WEIR_MIN(first + k, n - 1) * FIND_BLOCK);
		turn(rows);
		put(c->digit, i, _mm512_andnot_si512(rows[7], rows[0]));
		put(c->separator, i, _mm512_andnot_si512(rows[7], rows[1]));
		put(c->upper, i, _mm512_andnot_si512(rows[7], rows[2]));
		put(c->letter, i, _mm512_andnot_si512(rows[7], rows[3]));
		put(c->at, i, _mm512_andnot_si512(rows[7], rows[4]));
		put(c->less, i, _mm512_andnot_si512(rows[7], rows[5]));
		put(c->lead, i, _mm512_and_si512(rows[7], rows[6]));
		put(c->high, i, rows[7]);
	}
}

static always_inline_ void classify_odd(const struct tables *tables, const uint8_t *p,
					uint64_t lead, struct find_odd_masks *o)
{
	__m512i bytes = load(p), next = load(p + 1);
	__m512i class = lookup(more_classes, bytes), class_next = lookup(more_classes, next);
	__m512i prints;

	o->escape = test(class, ESCAPE) & test(class_next, GOES_ON);
	o->breaks = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('=')) & test(class_next, BREAK);
	o->alike = test(class, ALIKE);
	o->beyond = o->numerals = 0;
	if (!lead)
		return;
	prints = _mm512_and_si512(_mm512_and_si512(_mm512_permutexvar_epi8(bytes, tables->odd[0]),
						   _mm512_permutexvar_epi8(next, tables->odd[1])),
				  _mm512_permutexvar_epi8(load(p + 2), tables->odd[2]));
	o->beyond = lead & test(prints, 0xff & ~FIND_ODD_NUMERALS);
	o->numerals = lead & test(prints, FIND_ODD_NUMERALS);
}

static always_inline_ void classify_coded(const uint8_t *p, struct find_coded_masks *m)
{
	__m512i class = lookup(more_classes, load(p));

	m->extra = test(class, EXTRA);
	m->hex = test(class, HEX);
	m->gap = test(class, GAP);
}

/* A place is named by the last byte of its print: what goes on into the next block is found there. */
#define HANZI_BACK 5
#define LATIN_BACK 3

static always_inline_ __m512i all_of(__m512i a, __m512i b, __m512i c, __m512i d)
{
	return _mm512_and_si512(_mm512_ternarylogic_epi32(a, b, c, 0x80), d);
}

static always_inline_ void classify_words(const struct tables *tables, const uint8_t *p,
					  const struct columns *c, size_t i,
					  struct find_word_masks *words)
{
	__m512i bytes = load(p), one = load(p - 1), three = load(p - 3);
	__m512i prints;

	*words = (struct find_word_masks){0};
	if (tables->any_hanzi && (c->high[i] | c->high[i - 1])) {
		prints = all_of(_mm512_permutexvar_epi8(load(p - 4), tables->hanzi[0]),
				_mm512_permutexvar_epi8(three, tables->hanzi[1]),
				_mm512_permutexvar_epi8(one, tables->hanzi[2]),
				_mm512_permutexvar_epi8(bytes, tables->hanzi[3]));
		words->hanzi = test(prints, 0xff);
	}
	if (tables->any_latin) {
		prints = all_of(_mm512_permutexvar_epi8(three, tables->latin[0]),
				_mm512_permutexvar_epi8(load(p - 2), tables->latin[1]),
				_mm512_permutexvar_epi8(one, tables->latin[2]),
				_mm512_permutexvar_epi8(bytes, tables->latin[3]));
		words->joined = test(prints, FIND_BUCKET_JOINED);
		words->latin = test(prints, 0xff & ~FIND_BUCKET_JOINED);
	}
}

#define FIND_VECTOR 64

#include "scan.inc.h"

static bool usable(void)
{
	return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vbmi") &&
	       __builtin_cpu_supports("gfni") && __builtin_cpu_supports("bmi2");
}

const struct find_variant find_variant_avx512 = {"avx512", usable, run};
#else
const struct find_variant find_variant_avx512 = {"avx512", NULL, NULL};
#endif
