/* SPDX-License-Identifier: Apache-2.0 */
#include "exercise.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size + 6);

	require(copy != NULL);
	memcpy(copy, "\x78\x9f\x3e\x22\1\0", 6);
	if (size > 0)
		memcpy(copy + 6, data, size);
	exercise(copy, size + 6);
	free(copy);
	return 0;
}
