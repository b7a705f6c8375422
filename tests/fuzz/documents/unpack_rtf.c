/* SPDX-License-Identifier: Apache-2.0 */
#include "exercise.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	exercise_behind("{\\rtf", 5, data, size);
	return 0;
}
