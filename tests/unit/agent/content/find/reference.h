/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEST_FIND_REFERENCE_H
#define TEST_FIND_REFERENCE_H

/* The finder's contract again, byte by byte and without any thought of speed. */

#include "weir/find/find.h"

struct reference_words {
	const char *const *list;
	size_t n;
};

/* All candidates of a whole stream that begins at base, in order. Returns how many (at most max). */
size_t reference_find(const struct reference_words *list, const uint8_t *data, size_t len,
		      uint64_t base, struct weir_candidate *out, size_t max);

#endif
