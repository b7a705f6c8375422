/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdlib.h>

#include "weir/ipc/worker.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct weir_worker_request request;

	if (weir_worker_parse_request(data, size, &request) == 0 &&
	    (size != sizeof(request) || request.max_bytes == 0 || request.budget_ns == 0 ||
	     request.min_confidence > 100))
		abort();
	return 0;
}
