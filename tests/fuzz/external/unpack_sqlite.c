/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char magic[] = "SQLite format 3";

	if (len < sizeof(magic) || len > 1 << 20)
		return 0;
	return unpack_as(magic, sizeof(magic), data + sizeof(magic), len - sizeof(magic), NULL);
}
