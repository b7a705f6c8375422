/* SPDX-License-Identifier: Apache-2.0 */
/* AVX2: 32 bytes at a time; classes and prints by tables of half a byte. */

#include "scan.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#include "masks.h"

struct half_tables {
	__m256i low, high;
};

struct tables {
	const struct find_filter *odd_six;
	struct half_tables latin[FIND_PRINTS], hanzi[FIND_PRINTS], odd[FIND_ODD_PRINTS];
	bool any_latin, any_hanzi;
};

struct wide {
	__m256i part[2];
};

static always_inline_ __m256i table_of(const uint8_t table[static 16])
{
	return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)table));
}

static void tables_of(struct half_tables *ret, const struct find_filter *filter, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		ret[i] = (struct half_tables){table_of(filter->low[i]), table_of(filter->high[i])};
}

static void tables_load(struct tables *tables, const struct weir_finder *finder)
{
	tables_of(tables->latin, &finder->words.latin, FIND_PRINTS);
	tables_of(tables->hanzi, &finder->words.hanzi, FIND_PRINTS);
	tables_of(tables->odd, &finder->odd, FIND_ODD_PRINTS);
	tables->odd_six = &finder->odd;
	tables->any_latin = finder->words.latin.any;
	tables->any_hanzi = finder->words.hanzi.any;
}

static always_inline_ struct wide wide_load(const uint8_t *p)
{
	return (struct wide){{_mm256_loadu_si256((const __m256i *)p),
			      _mm256_loadu_si256((const __m256i *)(p + 32))}};
}

static always_inline_ uint64_t wide_mask(struct wide wide)
{
	return (uint64_t)(unsigned)_mm256_movemask_epi8(wide.part[0]) |
	       (uint64_t)(unsigned)_mm256_movemask_epi8(wide.part[1]) << 32;
}

static always_inline_ uint64_t wide_equal(struct wide wide, uint8_t c)
{
	for (unsigned i = 0; i < 2; i++)
		wide.part[i] = _mm256_cmpeq_epi8(wide.part[i], _mm256_set1_epi8((char)c));
	return wide_mask(wide);
}

static always_inline_ uint64_t wide_range(struct wide wide, uint8_t first, uint8_t last)
{
	for (unsigned i = 0; i < 2; i++) {
		__m256i above = _mm256_sub_epi8(wide.part[i], _mm256_set1_epi8((char)first));

		wide.part[i] = _mm256_cmpeq_epi8(
			_mm256_min_epu8(above, _mm256_set1_epi8((char)(last - first))), above);
	}
	return wide_mask(wide);
}

static always_inline_ uint64_t wide_from(struct wide wide, uint8_t c)
{
	return c == 0x80 ? wide_mask(wide) : wide_range(wide, c, 0xff);
}

static always_inline_ __m256i buckets(struct half_tables tables, __m256i bytes)
{
	const __m256i half = _mm256_set1_epi8(15);

	return _mm256_and_si256(
		_mm256_shuffle_epi8(tables.low, _mm256_and_si256(bytes, half)),
		_mm256_shuffle_epi8(tables.high,
				    _mm256_and_si256(_mm256_srli_epi16(bytes, 4), half)));
}

static always_inline_ uint64_t test(struct wide wide, int bits)
{
	for (unsigned i = 0; i < 2; i++)
		wide.part[i] = _mm256_cmpeq_epi8(
			_mm256_and_si256(wide.part[i], _mm256_set1_epi8((char)bits)),
			_mm256_setzero_si256());
	return ~wide_mask(wide);
}

static always_inline_ struct wide prints_of(const struct half_tables *tables, const uint8_t *p,
					    const uint8_t *offsets, unsigned n)
{
	struct wide all;

	for (unsigned k = 0; k < 2; k++) {
		all.part[k] = _mm256_set1_epi8(-1);
		for (unsigned i = 0; i < n; i++)
			all.part[k] = _mm256_and_si256(
				all.part[k],
				buckets(tables[i],
					_mm256_loadu_si256(
						(const __m256i *)(p + 32 * k + offsets[i]))));
	}
	return all;
}

static always_inline_ void odd_prints(const struct tables *tables, const uint8_t *p, uint64_t lead,
				      struct find_odd_masks *o)
{
	static const uint8_t offsets[FIND_ODD_PRINTS] = {0, 1, 2};
	struct wide prints = prints_of(tables->odd, p, offsets, FIND_ODD_PRINTS);

	/* halves of bytes let most hanzi pass, which costs more behind the masks than here */
	find_odd_prints_at(tables->odd_six, p, lead & test(prints, 0xff), o);
}

#define HANZI_BACK 0
#define LATIN_BACK 0

static always_inline_ void classify_words(const struct tables *tables, const uint8_t *p,
					  const struct columns *c, size_t i,
					  struct find_word_masks *words)
{
	static const uint8_t latin[FIND_PRINTS] = FIND_LATIN_PRINTS;
	static const uint8_t hanzi[FIND_PRINTS] = FIND_HANZI_PRINTS;

	*words = (struct find_word_masks){0};
	if (tables->any_hanzi && c->lead[i])
		words->hanzi = test(prints_of(tables->hanzi, p, hanzi, FIND_PRINTS), 0xff);
	if (tables->any_latin) {
		struct wide prints = prints_of(tables->latin, p, latin, FIND_PRINTS);

		words->joined = test(prints, FIND_BUCKET_JOINED);
		words->latin = test(prints, 0xff & ~FIND_BUCKET_JOINED);
	}
}

#include "wide.inc.h"

#define FIND_VECTOR 32

#include "scan.inc.h"

static bool usable(void)
{
	return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
	       __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt");
}

const struct find_variant find_variant_avx2 = {"avx2", usable, run};
#else
const struct find_variant find_variant_avx2 = {"avx2", NULL, NULL};
#endif
