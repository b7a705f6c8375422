/* SPDX-License-Identifier: Apache-2.0 */
/* The loops that do most of the bytes. Each stops at the first thing that is not plain, and where
 * less than a block is left; the caller does one character by weir_view_step() and comes back. */
#include <endian.h>
#include <string.h>

#include "decode.h"
#include "tables.h"

#if defined(__x86_64__)
#define VIEW_X86 1
#include <immintrin.h>
#else
#define VIEW_X86 0
#endif

#define ROOM 64 /* bytes that a block may read or write */

enum weir_view_level weir_view_level(void)
{
#if VIEW_X86
	if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vbmi2"))
		return VIEW_AVX512;
	if (__builtin_cpu_supports("avx2"))
		return VIEW_AVX2;
#endif
	return VIEW_PORTABLE;
}

static inline bool has_room(const struct weir_view_io *io)
{
	return io->in_end - io->in >= ROOM && io->out_end - io->out >= ROOM;
}

/* ASCII eight bytes at a time. */
static inline void ascii_portable(struct weir_view_io *io)
{
	while (has_room(io)) {
		uint64_t word, high;
		unsigned n;

		memcpy(&word, io->in, 8);
		memcpy(io->out, &word, 8);
		high = le64toh(word) & UINT64_C(0x8080808080808080);
		n = high ? (unsigned)__builtin_ctzll(high) / 8 : 8;
		io->in += n;
		io->out += n;
		if (high)
			return;
	}
}

#if VIEW_X86
__attribute__((target("avx2"))) static inline void ascii_avx2(struct weir_view_io *io)
{
	while (has_room(io)) {
		__m256i block = _mm256_loadu_si256((const void *)io->in);
		uint32_t high = (uint32_t)_mm256_movemask_epi8(block);
		unsigned n = high ? (unsigned)__builtin_ctz(high) : 32;

		_mm256_storeu_si256((void *)io->out, block);
		io->in += n;
		io->out += n;
		if (high)
			return;
	}
}
#endif

/* Two-byte characters and single ASCII among them. True: ASCII goes on; false: not for us. */
static inline bool pairs_run(struct weir_view_io *io, const uint32_t *pairs)
{
	const uint8_t *in = io->in;
	uint8_t *out = io->out;
	const uint8_t *in_last = io->in_end - ROOM;
	uint8_t *out_last = io->out_end - ROOM;
	bool more = false;

	while (in <= in_last && out <= out_last) {
		unsigned code = (unsigned)in[0] << 8 | in[1];
		uint32_t utf8;

		if (in[0] < 0x80) {
			*out++ = *in++;
			if (in[0] >= 0x80)
				continue;
			more = true;
			break;
		}
		if (code - 0x8140 >= VIEW_PAIRS)
			break;
		utf8 = pairs[code - 0x8140];
		if (utf8 == 0)
			break;
		in += 2;
		/* 3 bytes nearly always: no waiting for the table to know where to go on */
		if (__builtin_expect(utf8 >= 0x10000 && utf8 < 0x1000000, 1)) {
			utf8 = htole32(utf8);
			memcpy(out, &utf8, 4);
			out += 3;
			continue;
		}
		memcpy(out, &(uint32_t){htole32(utf8)}, 4);
		out += weir_view_packed_len(utf8);
	}
	io->in = in;
	io->out = out;
	return more;
}

#if VIEW_X86
__attribute__((target("avx2"))) static void pairs_avx2(struct weir_view_io *io,
						       const uint32_t *pairs)
{
	do
		ascii_avx2(io);
	while (has_room(io) && pairs_run(io, pairs));
}
#endif

void weir_view_pairs(struct weir_view_io *io, const uint32_t *pairs, enum weir_view_level level)
{
	if (!has_room(io))
		return;
#if VIEW_X86
	if (level >= VIEW_AVX2) {
		pairs_avx2(io, pairs);
		return;
	}
#endif
	do
		ascii_portable(io);
	while (has_room(io) && pairs_run(io, pairs));
}

static inline uint16_t unit_at(const uint8_t *in, bool big)
{
	uint16_t unit;

	memcpy(&unit, in, 2);
	return big ? be16toh(unit) : le16toh(unit);
}

static void utf16_portable(struct weir_view_io *io, bool big)
{
	while (has_room(io)) {
		uint16_t unit = unit_at(io->in, big);
		uint32_t utf8;
		uint8_t n;

		if ((unit & 0xf800) == 0xd800)
			return;
		utf8 = htole32(weir_view_pack(unit, &n));
		memcpy(io->out, &utf8, 4);
		io->in += 2;
		io->out += n;
	}
}

#if VIEW_X86
/* Four units, widened to 32 bits each, as packed UTF-8 with gaps; closed by a shuffle. */
__attribute__((target("avx2"))) static inline unsigned close_four(__m128i wide, uint8_t *out)
{
	__m128i six = _mm_set1_epi32(0x3f);
	__m128i b0 = _mm_and_si128(wide, six);
	__m128i b1 = _mm_and_si128(_mm_srli_epi32(wide, 6), six);
	__m128i b2 = _mm_srli_epi32(wide, 12);
	__m128i two = _mm_cmpgt_epi32(wide, _mm_set1_epi32(0x7f));
	__m128i three = _mm_cmpgt_epi32(wide, _mm_set1_epi32(0x7ff));
	__m128i as_two = _mm_or_si128(_mm_set1_epi32(0x80c0),
				      _mm_or_si128(_mm_srli_epi32(wide, 6), _mm_slli_epi32(b0, 8)));
	__m128i as_three =
		_mm_or_si128(_mm_or_si128(_mm_set1_epi32(0x8080e0), b2),
			     _mm_or_si128(_mm_slli_epi32(b1, 8), _mm_slli_epi32(b0, 16)));
	__m128i utf8 = _mm_blendv_epi8(_mm_blendv_epi8(wide, as_two, two), as_three, three);
	/* length - 1 as two bits each: 'two' gives 1, 'three' one more */
	__m128i extra = _mm_sub_epi32(_mm_setzero_si128(), _mm_add_epi32(two, three));
	__m128i spread = _mm_sllv_epi32(extra, _mm_setr_epi32(0, 2, 4, 6));
	__m128i sum = _mm_or_si128(spread, _mm_srli_si128(spread, 8));
	unsigned key = (unsigned)_mm_cvtsi128_si32(_mm_or_si128(sum, _mm_srli_si128(sum, 4)));

	utf8 = _mm_shuffle_epi8(utf8, _mm_loadu_si128((const void *)weir_view_close[key]));
	_mm_storeu_si128((void *)out, utf8);
	return weir_view_close_len[key];
}

__attribute__((target("avx2"))) static void utf16_avx2(struct weir_view_io *io, bool big)
{
	const __m256i swap = _mm256_setr_epi8(1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14,
					      1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14);

	while (has_room(io)) {
		__m256i units = _mm256_loadu_si256((const void *)io->in);
		__m256i top;

		if (big)
			units = _mm256_shuffle_epi8(units, swap);
		if (_mm256_testz_si256(units, _mm256_set1_epi16((short)0xff80))) {
			__m256i packed = _mm256_packus_epi16(units, units);

			packed = _mm256_permute4x64_epi64(packed, 0x08);
			_mm_storeu_si128((void *)io->out, _mm256_castsi256_si128(packed));
			io->in += 32;
			io->out += 16;
			continue;
		}
		top = _mm256_and_si256(units, _mm256_set1_epi16((short)0xf800));
		if (_mm256_movemask_epi8(_mm256_cmpeq_epi16(top, _mm256_set1_epi16((short)0xd800))))
			return;
		for (unsigned half = 0; half < 2; half++) {
			__m128i eight = half ? _mm256_extracti128_si256(units, 1)
					     : _mm256_castsi256_si128(units);
			__m256i wide = _mm256_cvtepu16_epi32(eight);

			io->out += close_four(_mm256_castsi256_si128(wide), io->out);
			io->out += close_four(_mm256_extracti128_si256(wide, 1), io->out);
		}
		io->in += 32;
	}
}
#endif

void weir_view_utf16(struct weir_view_io *io, bool big, enum weir_view_level level)
{
#if VIEW_X86
	if (level >= VIEW_AVX2) {
		utf16_avx2(io, big);
		return;
	}
#endif
	utf16_portable(io, big);
}
