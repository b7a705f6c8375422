/* SPDX-License-Identifier: Apache-2.0 */
/* What a worker is started with: whatever is taken is within the limits and packs to the same bytes. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "weir/ipc/detectors.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct weir_detectors *d _cleanup_(weir_detectors_freep) = NULL;
	struct weir_buf again _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_DETECTORS_BYTES_MAX);
	const struct weir_custom *list;
	size_t n;

	if (weir_detectors_parse(data, size, &d) < 0)
		return 0;
	list = weir_detectors_list(d, &n);
	require(n <= WEIR_CUSTOM_MAX);
	for (size_t i = 0; i < n; i++) {
		size_t words = 0;

		require(strlen(list[i].id) <= WEIR_CUSTOM_ID_MAX);
		require(strlen(list[i].pattern) <= WEIR_CUSTOM_PATTERN_MAX);
		require(list[i].base >= 1 && list[i].base <= 100);
		while (list[i].words[words])
			words++;
		require(words <= WEIR_CUSTOM_WORDS_MAX);
	}
	require(weir_detectors_pack(list, n, &again) == 0);
	require(again.len == size && memcmp(again.data, data, size) == 0);
	return 0;
}
