/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/console_client/backoff.h"

#include "weir/base/macros.h"

#define DOUBLINGS 10 /* 1 s << 10 is above the most */

uint64_t weir_backoff_failed(struct weir_backoff *backoff, uint64_t now_ns, uint64_t retry_after_ns,
			     uint64_t random)
{
	uint32_t doublings = WEIR_MIN(backoff->failures, (uint32_t)DOUBLINGS);
	uint64_t most = WEIR_MIN(WEIR_BACKOFF_FIRST_NS << doublings, WEIR_BACKOFF_MOST_NS);
	uint64_t wait = WEIR_MAX(random % (most + 1), WEIR_BACKOFF_LEAST_NS);

	if (__builtin_add_overflow(wait, retry_after_ns, &wait) ||
	    __builtin_add_overflow(now_ns, wait, &backoff->until_ns)) {
		wait = UINT64_MAX - now_ns;
		backoff->until_ns = UINT64_MAX;
	}
	if (backoff->failures < UINT32_MAX)
		backoff->failures++;
	return wait;
}

void weir_backoff_succeeded(struct weir_backoff *backoff)
{
	*backoff = (struct weir_backoff){0};
}

uint64_t weir_backoff_wait(const struct weir_backoff *backoff, uint64_t now_ns)
{
	return backoff->until_ns > now_ns ? backoff->until_ns - now_ns : 0;
}
