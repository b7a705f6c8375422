/* SPDX-License-Identifier: Apache-2.0 */
/* Compound files and the documents in them, with a header that always says so. */
#include "exercise.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy;

	if (size < 512)
		return 0;
	copy = malloc(size);
	require(copy != NULL);
	memcpy(copy, data, size);
	memcpy(copy, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8);
	exercise(copy, size);
	free(copy);
	return 0;
}
