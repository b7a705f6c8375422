/* SPDX-License-Identifier: Apache-2.0 */
/* NEON, which every aarch64 has: classes by comparing, prints by tables in memory. */

#include "scan.h"

#if defined(__aarch64__)
#include <arm_neon.h>
#include <string.h>

#include "masks.h"

#include "bytes.inc.h"

struct wide {
	uint8x16_t part[4];
};

static always_inline_ struct wide wide_load(const uint8_t *p)
{
	struct wide wide;

	for (unsigned i = 0; i < 4; i++)
		wide.part[i] = vld1q_u8(p + 16 * i);
	return wide;
}

/* Each byte keeps one bit; three rounds of adding neighbours bring eight bytes into one. */
static always_inline_ uint64_t wide_mask(struct wide wide)
{
	static const uint8_t weights[16] = {1, 2, 4, 8, 16, 32, 64, 128,
					    1, 2, 4, 8, 16, 32, 64, 128};
	uint8x16_t weight = vld1q_u8(weights), low, high;

	low = vpaddq_u8(vandq_u8(wide.part[0], weight), vandq_u8(wide.part[1], weight));
	high = vpaddq_u8(vandq_u8(wide.part[2], weight), vandq_u8(wide.part[3], weight));
	low = vpaddq_u8(low, high);
	low = vpaddq_u8(low, low);
	return vgetq_lane_u64(vreinterpretq_u64_u8(low), 0);
}

static always_inline_ uint64_t wide_equal(struct wide wide, uint8_t c)
{
	for (unsigned i = 0; i < 4; i++)
		wide.part[i] = vceqq_u8(wide.part[i], vdupq_n_u8(c));
	return wide_mask(wide);
}

static always_inline_ uint64_t wide_range(struct wide wide, uint8_t first, uint8_t last)
{
	for (unsigned i = 0; i < 4; i++)
		wide.part[i] = vcleq_u8(vsubq_u8(wide.part[i], vdupq_n_u8(first)),
					vdupq_n_u8((uint8_t)(last - first)));
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

const struct find_variant find_variant_neon = {"neon", usable, run};
#else
const struct find_variant find_variant_neon = {"neon", NULL, NULL};
#endif
