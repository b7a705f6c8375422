/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BENCH_BYTES16_H
#define BENCH_BYTES16_H

/* Sixteen bytes at once: bit i of a mask is about byte i. */

#include <stdint.h>
#include <string.h>

typedef uint8_t bytes16 __attribute__((vector_size(16)));
typedef char chars16 __attribute__((vector_size(16)));

static inline bytes16 bytes16_load(const uint8_t *p)
{
	bytes16 bytes;

	memcpy(&bytes, p, sizeof(bytes));
	return bytes;
}

/* Bytes of 0xff where they are from first to last. */
static inline bytes16 bytes16_range(bytes16 bytes, uint8_t first, uint8_t last)
{
	return (bytes16)((bytes16)(bytes - first) <= (uint8_t)(last - first));
}

static inline bytes16 bytes16_letters(bytes16 bytes)
{
	return bytes16_range(bytes | 0x20, 'a', 'z');
}

static inline uint32_t bytes16_mask(bytes16 bytes)
{
#if defined(__x86_64__)
	return (uint32_t)__builtin_ia32_pmovmskb128((chars16)bytes);
#else
	uint32_t mask = 0;

	for (unsigned i = 0; i < 16; i++)
		mask |= (uint32_t)(bytes[i] >> 7) << i;
	return mask;
#endif
}

#endif
