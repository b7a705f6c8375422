/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack.h"

/* The first byte says which kind. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	if (len < 1 || len > 1 << 20)
		return 0;
	if (data[0] & 1)
		return unpack_as("\x89PNG\r\n\x1a\n", 8, data + 1, len - 1, NULL);
	return unpack_as("\xff\xd8\xff", 3, data + 1, len - 1, NULL);
}
