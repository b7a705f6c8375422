/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_DISTINCT_H
#define WEIR_ENGINE_DISTINCT_H

/* How many different values were seen, and with which confidence at best, by keyed hash: the values
 * are not kept. Exact up to a cap; beyond it an estimate (HyperLogLog, 4096 registers, error about
 * 1.6 %), never below the cap. */

#include <stddef.h>
#include <stdint.h>

#include "weir/base/macros.h"
#include "weir/findings/findings.h"

#define WEIR_DISTINCT_STEP_BITS 4

struct weir_distinct {
	uint64_t *slots;    /* owned; 60 bits of hash, 4 of step + 1; 0: free */
	uint8_t *registers; /* owned; NULL up to the cap */
	size_t size;	    /* power of two; 0 before the first value */
	uint32_t count;
	uint32_t max;
};

void weir_distinct_done(struct weir_distinct *set);
void weir_distinct_clear(struct weir_distinct *set);

/* Fetches what weir_distinct_add() of this hash will look at. */
static inline void weir_distinct_expect(const struct weir_distinct *set, uint64_t hash)
{
	if (set->size > 0)
		__builtin_prefetch(&set->slots[(hash >> WEIR_DISTINCT_STEP_BITS) & (set->size - 1)],
				   1);
}

/* confidence: below 50 counts as 50. 0 or -ENOMEM. */
int weir_distinct_add(struct weir_distinct *set, uint64_t hash, unsigned confidence) _must_use_;

/* How many values reached at least 50 + 5 * i. Beyond the cap the share among those that were kept is
 * applied to the estimate. */
void weir_distinct_steps(const struct weir_distinct *set,
			 uint32_t ret[static WEIR_CONFIDENCE_STEPS]);

/* Of the values that were kept the `room` with the lowest hashes, ascending, and the last step that each reached. How many. */
size_t weir_distinct_lowest(const struct weir_distinct *set, uint64_t *ret_hashes,
			    uint8_t *ret_steps, size_t room);

#endif
