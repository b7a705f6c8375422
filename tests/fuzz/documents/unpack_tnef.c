/* SPDX-License-Identifier: Apache-2.0 */
#include "exercise.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	exercise_behind("\x78\x9f\x3e\x22\1\0", 6, data, size);
	return 0;
}
