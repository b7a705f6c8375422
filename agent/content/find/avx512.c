/* SPDX-License-Identifier: Apache-2.0 */
/* AVX-512 with VBMI: a table of 128 bytes gives the classes of 64 ASCII characters at once, and a
 * table of 64 bytes the buckets of a print. */

#include "scan.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#include "masks.h"

/* Bits of the two class tables. */
enum {
	DIGIT = 1,
	SEPARATOR = 2,
	UPPER = 4,
	LOWER = 8,
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
	RANGE('A', 'Z', UPPER),
	RANGE('a', 'z', LOWER),
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
	/* of the block before */
	__m512i last;
	bool high;
};

static void tables_load(struct tables *tables, const struct weir_finder *finder)
{
	for (unsigned i = 0; i < FIND_PRINTS; i++) {
		tables->latin[i] = _mm512_loadu_si512(finder->words.latin.six[i]);
		tables->hanzi[i] = _mm512_loadu_si512(finder->words.hanzi.six[i]);
	}
	for (unsigned i = 0; i < FIND_ODD_PRINTS; i++)
		tables->odd[i] = _mm512_loadu_si512(finder->odd.six[i]);
	tables->last = _mm512_setzero_si512();
	tables->high = false;
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

static always_inline_ void classify(const uint8_t *p, struct find_masks *m)
{
	__m512i bytes = load(p);
	__m512i class = lookup(classes, bytes);

	m->digit = test(class, DIGIT);
	m->separator = test(class, SEPARATOR);
	m->upper = test(class, UPPER);
	m->letter = test(class, UPPER | LOWER);
	m->at = test(class, AT);
	m->less = test(class, LESS);
	m->high = _mm512_movepi8_mask(bytes);
	m->lead = _mm512_cmpge_epu8_mask(bytes, _mm512_set1_epi8((char)0xc0));
}

static always_inline_ void classify_odd(const struct tables *tables, const uint8_t *p,
					const struct find_masks *m, struct find_odd_masks *o)
{
	__m512i bytes = load(p), next = load(p + 1);
	__m512i class = lookup(more_classes, bytes), class_next = lookup(more_classes, next);
	__m512i prints;

	o->escape = test(class, ESCAPE) & test(class_next, GOES_ON);
	o->breaks = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('=')) & test(class_next, BREAK);
	o->alike = test(class, ALIKE);
	o->beyond = o->numerals = 0;
	if (!m->lead)
		return;
	prints = _mm512_and_si512(_mm512_and_si512(_mm512_permutexvar_epi8(bytes, tables->odd[0]),
						   _mm512_permutexvar_epi8(next, tables->odd[1])),
				  _mm512_permutexvar_epi8(load(p + 2), tables->odd[2]));
	o->beyond = m->lead & test(prints, 0xff & ~FIND_ODD_NUMERALS);
	o->numerals = m->lead & test(prints, FIND_ODD_NUMERALS);
}

static always_inline_ void classify_coded(const uint8_t *p, struct find_coded_masks *m)
{
	__m512i class = lookup(more_classes, load(p));

	m->extra = test(class, EXTRA);
	m->hex = test(class, HEX);
	m->gap = test(class, GAP);
}

/* A place is named by the last byte of its print, so that no bytes behind the block are needed: what
 * stands before comes from the block before, moved in from the left. */
#define HANZI_BACK 5
#define LATIN_BACK 3

#define MOVED(bytes, lanes, n) _mm512_alignr_epi8((bytes), (lanes), 16 - (n))

static always_inline_ __m512i all_of(__m512i a, __m512i b, __m512i c, __m512i d)
{
	return _mm512_and_si512(_mm512_ternarylogic_epi32(a, b, c, 0x80), d);
}

static always_inline_ void classify_words(struct tables *tables, const uint8_t *p,
					  const struct find_masks *m, struct find_word_masks *words)
{
	__m512i bytes = load(p);
	/* each lane of 16 bytes has the one before it beside it */
	__m512i lanes = _mm512_alignr_epi32(bytes, tables->last, 12);
	__m512i one = MOVED(bytes, lanes, 1), three = MOVED(bytes, lanes, 3);
	__m512i prints;
	bool high = m->high;

	*words = (struct find_word_masks){0};
	if (tables->any_hanzi && (high | tables->high)) {
		prints = all_of(_mm512_permutexvar_epi8(MOVED(bytes, lanes, 4), tables->hanzi[0]),
				_mm512_permutexvar_epi8(three, tables->hanzi[1]),
				_mm512_permutexvar_epi8(one, tables->hanzi[2]),
				_mm512_permutexvar_epi8(bytes, tables->hanzi[3]));
		words->hanzi = test(prints, 0xff);
	}
	if (tables->any_latin) {
		prints = all_of(_mm512_permutexvar_epi8(three, tables->latin[0]),
				_mm512_permutexvar_epi8(MOVED(bytes, lanes, 2), tables->latin[1]),
				_mm512_permutexvar_epi8(one, tables->latin[2]),
				_mm512_permutexvar_epi8(bytes, tables->latin[3]));
		words->joined = test(prints, FIND_BUCKET_JOINED);
		words->latin = test(prints, 0xff & ~FIND_BUCKET_JOINED);
	}
	tables->last = bytes;
	tables->high = high;
}

#define FIND_VECTOR 64

#include "scan.inc.h"

static bool usable(void)
{
	return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vbmi") &&
	       __builtin_cpu_supports("bmi2");
}

const struct find_variant find_variant_avx512 = {"avx512", usable, run};
#else
const struct find_variant find_variant_avx512 = {"avx512", NULL, NULL};
#endif
