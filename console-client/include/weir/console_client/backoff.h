/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_CLIENT_BACKOFF_H
#define WEIR_CONSOLE_CLIENT_BACKOFF_H

/* When to try again: exponential with full jitter, so that a fleet that lost its console does not
 * come back in step. Clock and random numbers are arguments. Plain data; initialise with {0}. */

#include <stdint.h>

#define WEIR_BACKOFF_FIRST_NS UINT64_C(1000000000)   /* the first wait is at most 1 s */
#define WEIR_BACKOFF_MOST_NS  UINT64_C(600000000000) /* no wait by itself is longer than 10 min */
#define WEIR_BACKOFF_LEAST_NS UINT64_C(50000000)     /* nor shorter than 50 ms */

struct weir_backoff {
	uint32_t failures; /* in a row */
	uint64_t until_ns; /* do nothing before; same clock as now_ns */
};

/* A try failed. The wait is random below 1 s, 2 s, 4 s, ... 10 min; retry_after_ns (0: not said) is
 * waited in any case and the jitter comes on top. random is 64 evenly distributed bits. Returns the
 * wait. */
uint64_t weir_backoff_failed(struct weir_backoff *backoff, uint64_t now_ns, uint64_t retry_after_ns,
			     uint64_t random);

void weir_backoff_succeeded(struct weir_backoff *backoff);

/* Nanoseconds until the next try is due; 0: now. */
uint64_t weir_backoff_wait(const struct weir_backoff *backoff, uint64_t now_ns);

#endif
