/* SPDX-License-Identifier: Apache-2.0 */
/* A policy as people write it: it compiles to something that is a policy, or the error has a text.
 */
#include <stdint.h>
#include <stdlib.h>

#include "exercise.h"
#include "weir/policy/compile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct weir_buf wire _cleanup_(weir_buf_done) = WEIR_BUF_INIT((size_t)1 << 20);
	struct weir_policy *policy _cleanup_(weir_policy_freep) = NULL;
	struct weir_error err = {0};
	int r = weir_policy_compile((const char *)data, size, &wire, &err);

	if (r < 0) {
		if (!err.text[0] || err.code != r || wire.len != 0)
			abort();
		return 0;
	}
	if (weir_policy_new(wire.data, wire.len, &policy, &err) < 0)
		abort();
	exercise(policy);
	return 0;
}
