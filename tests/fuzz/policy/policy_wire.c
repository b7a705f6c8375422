/* SPDX-License-Identifier: Apache-2.0 */
/* A compiled policy as it comes from the network. */
#include <stdint.h>
#include <stdlib.h>

#include "exercise.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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
	return 0;
}
