/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as base64 and hexadecimal: nothing is written beyond its room, and a stream gives the
 * same however it is cut. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "weir/view/coded.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds)
{
	if (!holds)
		abort();
}

static void stream(enum weir_coding coding, const uint8_t *data, size_t size, uint8_t *a,
		   uint8_t *b)
{
	struct weir_coded_stream whole = {.coding = coding}, pieces = {.coding = coding};
	size_t step = size ? data[size / 2] % 13 + 1U : 1, made = 0;
	size_t n = weir_coded_stream(&whole, data, size, a);

	for (size_t at = 0; at < size; at += step)
		made += weir_coded_stream(&pieces, data + at, size - at < step ? size - at : step,
					  b + made);
	require(made == n && n <= size && (n == 0 || memcmp(a, b, n) == 0));
	require(whole.ended == pieces.ended);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum weir_coding coding, found = WEIR_CODING_NONE;
	uint8_t *a = malloc(size + 1), *b = malloc(size + 1);
	size_t n = 1, last = 0;

	require(a && b);
	for (size_t room = 0; room <= size; room += 1 + size / 8) {
		coding = weir_coded_decode(data, size, a, room, &n);
		require(n <= room && (coding != WEIR_CODING_NONE || n == 0));
		for (size_t at = 0; at < n; at += 1 + n / 8) {
			size_t from = weir_coded_source(coding, data, size, at);

			require(from < size && from >= last);
			last = from;
		}
		last = 0;
	}
	if (weir_coded_whole(data, size, &found))
		require(found == WEIR_CODING_BASE64 || found == WEIR_CODING_HEX);
	stream(WEIR_CODING_BASE64, data, size, a, b);
	stream(WEIR_CODING_HEX, data, size, a, b);
	free(a);
	free(b);
	return 0;
}
