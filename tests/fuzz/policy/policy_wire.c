/* SPDX-License-Identifier: Apache-2.0 */
/* A compiled policy as it comes from the network. */
#include <stdint.h>
#include <stdlib.h>

#include "exercise.h"
#include "weir/policy/diff.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int differs(void *context, const struct weir_policy_change *change)
{
	abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct weir_policy *policy _cleanup_(weir_policy_freep) = NULL;
	struct weir_error err = {0};

	if (weir_policy_new(data, size, &policy, &err) < 0) {
		if (!err.text[0])
			abort();
		return 0;
	}
	exercise(policy);
	if (weir_policy_diff(data, size, data, size, differs, NULL, &err) < 0)
		abort();
	return 0;
}
