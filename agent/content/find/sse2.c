/* SPDX-License-Identifier: Apache-2.0 */
/* SSE2, which every x86-64 has: classes by comparing, prints by tables in memory. */

#include "scan.h"

#if defined(__x86_64__)
#include <emmintrin.h>
#include <string.h>

#include "masks.h"

#include "bytes.inc.h"

struct wide {
	__m128i part[4];
};

static always_inline_ struct wide wide_load(const uint8_t *p)
{
	struct wide wide;

	for (unsigned i = 0; i < 4; i++)
		wide.part[i] = _mm_loadu_si128((const __m128i *)(p + 16 * i));
	return wide;
}

static always_inline_ uint64_t wide_mask(struct wide wide)
{
	uint64_t mask = 0;

	for (unsigned i = 0; i < 4; i++)
		mask |= (uint64_t)(unsigned)_mm_movemask_epi8(wide.part[i]) << (16 * i);
	return mask;
}

static always_inline_ uint64_t wide_equal(struct wide wide, uint8_t c)
{
	for (unsigned i = 0; i < 4; i++)
		wide.part[i] = _mm_cmpeq_epi8(wide.part[i], _mm_set1_epi8((char)c));
	return wide_mask(wide);
}

static always_inline_ uint64_t wide_range(struct wide wide, uint8_t first, uint8_t last)
{
	for (unsigned i = 0; i < 4; i++) {
		__m128i above = _mm_sub_epi8(wide.part[i], _mm_set1_epi8((char)first));

		wide.part[i] = _mm_cmpeq_epi8(
			_mm_min_epu8(above, _mm_set1_epi8((char)(last - first))), above);
	}
	return wide_mask(wide);
}

static always_inline_ uint64_t wide_from(struct wide wide, uint8_t c)
{
	return wide_range(wide, c, 0xff);
}

#include "wide.inc.h"

#define FIND_VECTOR 16

#include "scan.inc.h"

static bool usable(void)
{
	return true;
}

const struct find_variant find_variant_sse2 = {"sse2", usable, run};
#else
const struct find_variant find_variant_sse2 = {"sse2", NULL, NULL};
#endif
