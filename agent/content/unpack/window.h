/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_UNPACK_WINDOW_H
#define WEIR_UNPACK_WINDOW_H

/* Bytes of an object through a piece of memory of fixed size, for readers that walk forward in small
 * steps. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "reader.h"

#define WEIR_WINDOW 65536

struct weir_window {
	struct weir_unpack *u;
	const struct weir_bytes *bytes;
	uint64_t at; /* of data[0] */
	size_t len;
	bool broken; /* reading failed somewhere; that place counts as the end */
	uint8_t data[WEIR_WINDOW];
};

/* bytes must outlive it. 0 or -ENOMEM. */
int weir_window_new(struct weir_unpack *u, const struct weir_bytes *bytes,
		    struct weir_window **ret) _must_use_;
void weir_window_free(struct weir_window *w);
DEFINE_CLEANUP(weir_window_free, struct weir_window *);

/* The bytes from offset on, want (1 to WEIR_WINDOW) of them or fewer at the end; *ret is valid until
 * the next call. Over a stream, offsets never fall below the last one given. How many (0: none left),
 * or what weir_read_tick() said. */
ssize_t weir_window_get(struct weir_window *w, uint64_t offset, size_t want,
			const uint8_t **ret) _must_use_;

#endif
