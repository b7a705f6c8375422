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
	if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
	    __builtin_cpu_supports("avx512vbmi2") && __builtin_cpu_supports("bmi") &&
	    __builtin_cpu_supports("bmi2"))
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

/* Four characters of two bytes that are three each in UTF-8: what hanzi are. */
static inline bool four_pairs(const uint8_t *in, uint8_t *out, const uint32_t *pairs)
{
	uint64_t word, low, high;
	uint32_t a, b, c, d;

	memcpy(&word, in, 8);
	word = be64toh(word);
	if ((word & UINT64_C(0x8000800080008000)) != UINT64_C(0x8000800080008000))
		return false;
	a = pairs[word >> 48 & 0x7fff];
	b = pairs[word >> 32 & 0x7fff];
	c = pairs[word >> 16 & 0x7fff];
	d = pairs[word & 0x7fff];
	/* all begin with 0xe0 to 0xef */
	if ((a & b & c & d & 0xe0) != 0xe0 || ((a | b | c | d) & 0x10) != 0)
		return false;
	low = htole64(a | (uint64_t)b << 24 | (uint64_t)c << 48);
	high = htole64(c >> 16 | (uint64_t)d << 8);
	memcpy(out, &low, 8);
	memcpy(out + 8, &high, 8);
	return true;
}

/* Two-byte characters and single ASCII among them. True: ASCII goes on; false: not for us. */
static inline bool pairs_run(struct weir_view_io *io, const uint32_t *pairs)
{
	const uint8_t *in = io->in, *in_last = io->in_end - ROOM;
	uint8_t *out = io->out, *out_last = io->out_end - ROOM;
	bool more = false;

	while (in <= in_last && out <= out_last) {
		uint32_t utf8;

		while (four_pairs(in, out, pairs)) {
			in += 8;
			out += 12;
			if (in > in_last || out > out_last)
				goto end;
		}
		for (unsigned i = 0; i < 4; i++) {
			if (in[0] < 0x80) {
				*out++ = *in++;
				if (in[0] >= 0x80)
					continue;
				more = true;
				goto end;
			}
			utf8 = pairs[VIEW_PAIR(in[0], in[1])];
			if (utf8 == 0)
				goto end;
			in += 2;
			memcpy(out, &(uint32_t){htole32(utf8)}, 4);
			out += weir_view_packed_len(utf8);
		}
	}
end:
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

#if VIEW_X86
/* Bytes that are second in a character, when the first byte of the block begins one: a byte from 0x80
 * takes the next one with it, unless it is itself taken. The subtraction carries through runs of high
 * bytes, once for those that begin at an even place and once for the others. */
static inline uint64_t second_bytes(uint64_t high)
{
	const uint64_t odd = UINT64_C(0xaaaaaaaaaaaaaaaa);

	return ((((high << 1) | odd) - high) ^ odd) ^ high;
}

/* ASCII of a block spread out so that there are three bytes of room for each character of two, which
 * are filled in one by one. False: one is not three bytes in UTF-8, in is at it. */
__attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi2,bmi,bmi2"))) static inline bool
mixed_block(struct weir_view_io *io, __m256i block, uint32_t high, const uint32_t *pairs)
{
	const uint64_t even = UINT64_C(0x5555555555555555);
	uint32_t second = (uint32_t)second_bytes(high), lead = high & ~second, ascii;
	/* a character that begins in the last byte comes with the next block */
	unsigned n = 32 - (lead >> 31);
	uint64_t places, slots;
	uint8_t *out = io->out;

	ascii = ~(lead | second) & (uint32_t)((UINT64_C(1) << n) - 1);
	places = even | _pdep_u64(second, ~even);
	slots = _pext_u64(_pdep_u64(ascii, even), places);
	block = _mm256_maskz_compress_epi8(ascii, block);
	_mm512_storeu_si512(out, _mm512_maskz_expand_epi8(slots, _mm512_castsi256_si512(block)));
	for (lead &= 0x7fffffff; lead; lead &= lead - 1) {
		unsigned p = (unsigned)__builtin_ctz(lead);
		uint32_t utf8 = pairs[VIEW_PAIR(io->in[p], io->in[p + 1])];
		uint16_t low = htole16((uint16_t)utf8);

		if ((utf8 & 0xf0) != 0xe0) {
			io->in += p;
			io->out = out + p;
			return false;
		}
		memcpy(out + p, &low, 2);
		out[p + 2] = (uint8_t)(utf8 >> 16);
		out++;
	}
	io->in += n;
	io->out = out + n;
	return true;
}

/* False: at in is a character that is not for this way. */
__attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi2,bmi,bmi2"))) static bool pairs_avx512(
	struct weir_view_io *io, const uint32_t *pairs)
{
	while (has_room(io)) {
		__m256i block = _mm256_loadu_si256((const void *)io->in);
		uint32_t high = (uint32_t)_mm256_movemask_epi8(block);

		if (high == 0) {
			_mm256_storeu_si256((void *)io->out, block);
			io->in += 32;
			io->out += 32;
			continue;
		}
		/* hanzi one after the other go faster by fours */
		if ((high & 0x55) == 0x55 && four_pairs(io->in, io->out, pairs)) {
			do {
				io->in += 8;
				io->out += 12;
			} while (has_room(io) && four_pairs(io->in, io->out, pairs));
			continue;
		}
		if (!mixed_block(io, block, high, pairs))
			return false;
	}
	return true;
}
#endif

void weir_view_pairs(struct weir_view_io *io, const uint32_t *pairs, enum weir_view_level level)
{
	if (!has_room(io))
		return;
#if VIEW_X86
	if (level >= VIEW_AVX2) {
		if (level < VIEW_AVX512 || pairs_avx512(io, pairs))
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

/* Sixteen units in 32 bits each; the bytes that count are moved together in one step. */
__attribute__((target("avx512f,avx512bw,avx512vbmi2,bmi2"))) static void utf16_avx512(
	struct weir_view_io *io, bool big)
{
	const __m256i swap = _mm256_setr_epi8(1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14,
					      1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14);
	const __m512i six = _mm512_set1_epi32(0x3f);

	while (has_room(io)) {
		__m256i units = _mm256_loadu_si256((const void *)io->in);
		__m512i wide, last, middle, two, three;
		__mmask16 not_one, is_three, surrogate;
		uint64_t bytes;

		if (big)
			units = _mm256_shuffle_epi8(units, swap);
		wide = _mm512_cvtepu16_epi32(units);
		not_one = _mm512_cmpgt_epi32_mask(wide, _mm512_set1_epi32(0x7f));
		if (not_one == 0) {
			_mm_storeu_si128((void *)io->out, _mm512_cvtepi32_epi8(wide));
			io->in += 32;
			io->out += 16;
			continue;
		}
		surrogate =
			_mm512_cmpeq_epi32_mask(_mm512_and_si512(wide, _mm512_set1_epi32(0xf800)),
						_mm512_set1_epi32(0xd800));
		if (surrogate)
			return;
		is_three = _mm512_cmpgt_epi32_mask(wide, _mm512_set1_epi32(0x7ff));
		last = _mm512_and_si512(wide, six);
		middle = _mm512_and_si512(_mm512_srli_epi32(wide, 6), six);
		two = _mm512_or_si512(_mm512_srli_epi32(wide, 6), _mm512_slli_epi32(last, 8));
		two = _mm512_or_si512(two, _mm512_set1_epi32(0x80c0));
		three = _mm512_or_si512(_mm512_srli_epi32(wide, 12), _mm512_slli_epi32(middle, 8));
		three = _mm512_or_si512(three, _mm512_slli_epi32(last, 16));
		three = _mm512_or_si512(three, _mm512_set1_epi32(0x8080e0));
		wide = _mm512_mask_mov_epi32(wide, not_one, two);
		wide = _mm512_mask_mov_epi32(wide, is_three, three);
		bytes = UINT64_C(0x1111111111111111) |
			_pdep_u64(not_one, UINT64_C(0x2222222222222222)) |
			_pdep_u64(is_three, UINT64_C(0x4444444444444444));
		_mm512_storeu_si512(io->out, _mm512_maskz_compress_epi8(bytes, wide));
		io->in += 32;
		io->out += __builtin_popcountll(bytes);
	}
}
#endif

void weir_view_utf16(struct weir_view_io *io, bool big, enum weir_view_level level)
{
#if VIEW_X86
	if (level >= VIEW_AVX2) {
		if (level >= VIEW_AVX512)
			utf16_avx512(io, big);
		else
			utf16_avx2(io, big);
		return;
	}
#endif
	utf16_portable(io, big);
}
