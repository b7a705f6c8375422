/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/base/hash.h"

#include <endian.h>
#include <string.h>

static uint64_t load64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return le64toh(v);
}

static uint64_t rotate(uint64_t x, unsigned bits)
{
	return x << bits | x >> (64 - bits);
}

static void rounds(uint64_t v[static 4], unsigned n)
{
	while (n--) {
		v[0] += v[1];
		v[1] = rotate(v[1], 13) ^ v[0];
		v[0] = rotate(v[0], 32);
		v[2] += v[3];
		v[3] = rotate(v[3], 16) ^ v[2];
		v[0] += v[3];
		v[3] = rotate(v[3], 21) ^ v[0];
		v[2] += v[1];
		v[1] = rotate(v[1], 17) ^ v[2];
		v[2] = rotate(v[2], 32);
	}
}

static void begin(uint64_t v[static 4], const uint8_t key[static WEIR_HASH_KEY_LEN])
{
	uint64_t k0 = load64(key), k1 = load64(key + 8);

	v[0] = k0 ^ UINT64_C(0x736f6d6570736575);
	v[1] = k1 ^ UINT64_C(0x646f72616e646f6d);
	v[2] = k0 ^ UINT64_C(0x6c7967656e657261);
	v[3] = k1 ^ UINT64_C(0x7465646279746573);
}

static void absorb(uint64_t v[static 4], const uint8_t *data, size_t len)
{
	const uint8_t *p = data, *end = data + (len & ~(size_t)7);
	uint64_t last = (uint64_t)len << 56;

	for (; p < end; p += 8) {
		uint64_t m = load64(p);

		v[3] ^= m;
		rounds(v, 2);
		v[0] ^= m;
	}
	for (size_t i = 0; i < (len & 7); i++)
		last |= (uint64_t)p[i] << (8 * i);
	v[3] ^= last;
	rounds(v, 2);
	v[0] ^= last;
}

static uint64_t squeeze(uint64_t v[static 4])
{
	rounds(v, 4);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

uint64_t weir_siphash(const void *data, size_t len, const uint8_t key[static WEIR_HASH_KEY_LEN])
{
	uint64_t v[4];

	begin(v, key);
	absorb(v, data, len);
	v[2] ^= 0xff;
	return squeeze(v);
}

void weir_siphash128(const void *data, size_t len, const uint8_t key[static WEIR_HASH_KEY_LEN],
		     uint64_t ret[static 2])
{
	uint64_t v[4];

	begin(v, key);
	v[1] ^= 0xee;
	absorb(v, data, len);
	v[2] ^= 0xee;
	ret[0] = squeeze(v);
	v[1] ^= 0xdd;
	ret[1] = squeeze(v);
}
