/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_UNPACK_BLOCK_H
#define WEIR_UNPACK_BLOCK_H

/* Sixteen bytes at a time, bit i of a mask for byte i. Markup is short pieces: sixteen is enough, and
 * every machine has it. */

#include <stdint.h>
#include <string.h>

#define WEIR_BLOCK     16
#define WEIR_BLOCK_ALL UINT32_C(0xffff)

#if defined(__SSE2__)
#include <emmintrin.h>

typedef __m128i weir_block;

static inline weir_block weir_block_load(const uint8_t *p)
{
	return _mm_loadu_si128((const __m128i *)(const void *)p);
}

static inline uint32_t weir_block_equal(weir_block b, uint8_t c)
{
	return (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(b, _mm_set1_epi8((char)c)));
}

/* Bytes that are c or below, unsigned. */
static inline uint32_t weir_block_upto(weir_block b, uint8_t c)
{
	return (uint32_t)_mm_movemask_epi8(
		_mm_cmpeq_epi8(_mm_min_epu8(b, _mm_set1_epi8((char)c)), b));
}

#else

typedef struct {
	uint8_t byte[WEIR_BLOCK];
} weir_block;

static inline weir_block weir_block_load(const uint8_t *p)
{
	weir_block b;

	memcpy(b.byte, p, WEIR_BLOCK);
	return b;
}

static inline uint32_t weir_block_equal(weir_block b, uint8_t c)
{
	uint32_t mask = 0;

	for (unsigned i = 0; i < WEIR_BLOCK; i++)
		mask |= (uint32_t)(b.byte[i] == c) << i;
	return mask;
}

static inline uint32_t weir_block_upto(weir_block b, uint8_t c)
{
	uint32_t mask = 0;

	for (unsigned i = 0; i < WEIR_BLOCK; i++)
		mask |= (uint32_t)(b.byte[i] <= c) << i;
	return mask;
}

#endif

#endif
