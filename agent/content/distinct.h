/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONTENT_DISTINCT_H
#define WEIR_CONTENT_DISTINCT_H

/* How many different values were seen, by keyed hash: the values are not kept. A set of 64-bit
 * hashes that grows up to a cap and then stands still. */

#include <stddef.h>
#include <stdint.h>

#include "weir/base/macros.h"

struct weir_distinct {
	uint64_t *slots; /* owned; 0 marks a free one */
	size_t size;	 /* power of two; 0 before the first value */
	uint32_t count;
	uint32_t max;
};

void weir_distinct_done(struct weir_distinct *set);
void weir_distinct_clear(struct weir_distinct *set);

/* 0 or -ENOMEM. */
int weir_distinct_add(struct weir_distinct *set, uint64_t hash) _must_use_;

#endif
