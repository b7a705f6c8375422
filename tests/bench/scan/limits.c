/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "engines.h"

#if defined(__x86_64__)
#include <immintrin.h>

__attribute__((target("avx2"))) static uint64_t read_all(const uint8_t *data, size_t len)
{
	__m256i sum[4] = {0};
	uint64_t parts[4];

	for (size_t at = 0; at + 128 <= len; at += 128)
		for (unsigned i = 0; i < 4; i++)
			sum[i] = _mm256_xor_si256(
				sum[i], _mm256_loadu_si256((const __m256i *)(data + at + 32 * i)));
	sum[0] = _mm256_xor_si256(_mm256_xor_si256(sum[0], sum[1]),
				  _mm256_xor_si256(sum[2], sum[3]));
	_mm256_storeu_si256((__m256i *)parts, sum[0]);
	return parts[0] ^ parts[1] ^ parts[2] ^ parts[3];
}
#else
static uint64_t read_all(const uint8_t *data, size_t len)
{
	uint64_t sum[4] = {0};

	for (size_t at = 0; at + 32 <= len; at += 32)
		for (unsigned i = 0; i < 4; i++) {
			uint64_t part;

			memcpy(&part, data + at + 8 * i, 8);
			sum[i] ^= part;
		}
	return sum[0] ^ sum[1] ^ sum[2] ^ sum[3];
}
#endif

uint64_t limit_read(const uint8_t *data, size_t len)
{
	return read_all(data, len);
}

/* In pieces, since a byte that never occurs is not found in random bytes. */
uint64_t limit_memchr(const uint8_t *data, size_t len)
{
	uint64_t found = 0;

	for (size_t at = 0; at < len; at += 65536)
		found += memchr(data + at, 0, len - at < 65536 ? len - at : 65536) != NULL;
	return found;
}
