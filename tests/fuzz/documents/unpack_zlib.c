/* SPDX-License-Identifier: Apache-2.0 */
/* A zlib stream. The lowest two bits of the first byte choose how it begins; the next says whether what follows is deflated data, to be
 * taken as it is, or what a sound stream holds. */
#include <zlib.h>

#include "exercise.h"

static size_t deflate_all(uint8_t *to, size_t room, const uint8_t *data, size_t size, int level)
{
	uLongf len = (uLongf)room;

	require(compress2(to, &len, data, (uLong)size, level) == Z_OK);
	return (size_t)len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct {
		uint8_t flags;
		int level;
	} ways[] = {{0x01, 1}, {0x5e, 5}, {0x9c, 6}, {0xda, 9}};
	size_t room = compressBound((uLong)size) + 2, len;
	uint8_t *copy = malloc(room);
	unsigned way = size > 0 ? data[0] & 3 : 0;

	require(copy != NULL);
	if (size > 0 && data[0] & 4) {
		len = deflate_all(copy, room, data + 1, size - 1, ways[way].level);
		require(copy[0] == 'x' && copy[1] == ways[way].flags);
	} else {
		copy[0] = 'x';
		copy[1] = ways[way].flags;
		len = 2 + (size > 0 ? size - 1 : 0);
		if (len > 2)
			memcpy(copy + 2, data + 1, len - 2);
	}
	exercise(copy, len);
	free(copy);
	return 0;
}
