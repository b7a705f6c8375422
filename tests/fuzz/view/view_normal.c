/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes: the map rises and stays inside, the result is no longer than promised, and where no
 * rule applied nothing changed. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "weir/base/utf8.h"
#include "weir/view/normal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct weir_normal normal = {0};

	if (size > 1 << 20)
		return 0;
	require(weir_normalise(data, size, &normal) == 0);
	require(normal.len <= 2 * size && normal.from[normal.len] == size);
	for (size_t i = 0; i < normal.len; i++)
		require(normal.from[i] < size && normal.from[i] <= normal.from[i + 1]);
	if (normal.rules == 0)
		require(normal.len == size && (size == 0 || memcmp(normal.text, data, size) == 0));
	if (weir_utf8_valid((const char *)data, size) == size)
		require(weir_utf8_valid((const char *)normal.text, normal.len) == normal.len);
	weir_normal_done(&normal);
	return 0;
}
