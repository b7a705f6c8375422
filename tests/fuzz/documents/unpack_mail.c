/* SPDX-License-Identifier: Apache-2.0 */
/* Mails behind a head that is one; those that begin with "From " as folders. */
#include "exercise.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char from[] = "From a Sat Nov 21 10:02:11 2026\n";
	static const char head[] = "Message-ID: <a@b>\nMIME-Version: 1.0\n";
	size_t n = size > 0 && data[0] == 'F' ? sizeof(from) - 1 : 0;
	uint8_t *copy = malloc(n + sizeof(head) - 1 + size);

	require(copy != NULL);
	memcpy(copy, from, n);
	memcpy(copy + n, head, sizeof(head) - 1);
	if (size > 0)
		memcpy(copy + n + sizeof(head) - 1, data, size);
	exercise(copy, n + sizeof(head) - 1 + size);
	free(copy);
	return 0;
}
