/* SPDX-License-Identifier: Apache-2.0 */
#include "exercise.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size + 5);

	require(copy != NULL);
	memcpy(copy, "{\\rtf", 5);
	if (size > 0)
		memcpy(copy + 5, data, size);
	exercise(copy, size + 5);
	free(copy);
	return 0;
}
