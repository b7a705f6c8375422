/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_UNPACK_LITTLE_H
#define WEIR_UNPACK_LITTLE_H

/* Little-endian numbers at any address. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint16_t weir_le16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t weir_le32(const uint8_t *p)
{
	return (uint32_t)weir_le16(p) | (uint32_t)weir_le16(p + 2) << 16;
}

static inline uint64_t weir_le64(const uint8_t *p)
{
	return (uint64_t)weir_le32(p) | (uint64_t)weir_le32(p + 4) << 32;
}

static inline double weir_le_double(const uint8_t *p)
{
	uint64_t bits = weir_le64(p);
	double value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

/* Zeros behind the last record, too few for another one: streams are filled up with them. */
static inline bool weir_padding(const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (p[i] != 0)
			return false;
	}
	return true;
}

#endif
