/* SPDX-License-Identifier: Apache-2.0 */
#include "internal.h"

int weir_policy_tend(struct weir_store *store, uint64_t now_ns)
{
	int (*const parts[])(struct weir_store *, uint64_t) = {tend_rollouts, tend_register,
							       tend_transfers};
	int done = 0;

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		int r = parts[i](store, now_ns);

		if (r < 0)
			return r;
		done += r;
	}
	return done;
}
