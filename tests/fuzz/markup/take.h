/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_FUZZ_TAKE_H
#define WEIR_FUZZ_TAKE_H

/* A sink that holds the reader to its contract and sums up what came. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct take {
	uint64_t hash, bytes;
	unsigned parts, gaps;
	bool open;
};

/* Aborts when weir_unpack() or the sink's order of calls breaks its word. piece 0: all at once; otherwise
 * as a stream in pieces of that many bytes. */
void take_all(struct take *take, const void *data, size_t len, size_t piece);

#endif
