/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "weir/source/proc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[512];

	size = size < sizeof(text) - 1 ? size : sizeof(text) - 1;
	memcpy(text, data, size);
	text[size] = '\0';
	if (weir_proc_parse_syscall(text) > (WEIR_OPEN_READ | WEIR_OPEN_WRITE))
		abort();
	return 0;
}
