/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_BASE_RATELIMIT_H
#define WEIR_BASE_RATELIMIT_H

/* A token bucket whose state the caller owns; the clock comes in as an argument. Not for several
 * threads. */

#include <stdbool.h>
#include <stdint.h>

struct weir_ratelimit {
	uint64_t interval_ns; /* one token each */
	uint32_t burst;	      /* most tokens held */
	uint32_t tokens;
	uint64_t last_ns;    /* monotonic time of the last refill; 0 before the first call */
	uint64_t suppressed; /* calls refused since the last one that passed */
};

#define WEIR_RATELIMIT(interval, most) \
	((struct weir_ratelimit){.interval_ns = (interval), .burst = (most)})

/* True when the caller may go on. When it may, *ret_suppressed (may be NULL) is what was refused
 * before. */
bool weir_ratelimit_pass(struct weir_ratelimit *limit, uint64_t now_ns, uint64_t *ret_suppressed);

#endif
