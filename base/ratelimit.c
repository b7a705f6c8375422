/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/base/ratelimit.h"

#include <stddef.h>

bool weir_ratelimit_pass(struct weir_ratelimit *limit, uint64_t now_ns, uint64_t *ret_suppressed)
{
	if (limit->last_ns == 0) {
		limit->tokens = limit->burst;
		limit->last_ns = now_ns;
	} else if (now_ns > limit->last_ns && limit->interval_ns) {
		uint64_t earned = (now_ns - limit->last_ns) / limit->interval_ns;

		if (earned) {
			uint64_t room = limit->burst - limit->tokens;

			limit->tokens += (uint32_t)(earned < room ? earned : room);
			limit->last_ns += earned * limit->interval_ns;
		}
	}
	if (limit->tokens == 0) {
		limit->suppressed++;
		return false;
	}
	limit->tokens--;
	if (ret_suppressed)
		*ret_suppressed = limit->suppressed;
	limit->suppressed = 0;
	return true;
}
