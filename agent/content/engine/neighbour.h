/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONTENT_NEIGHBOUR_H
#define WEIR_CONTENT_NEIGHBOUR_H

/* What touches a number: part of a longer token (hash, UUID, path, decimal, identifier of a log) is
 * not a value of its own, unless a word beside it says otherwise. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct weir_neighbour {
	const uint8_t *data;
	size_t len;
	size_t start, end; /* the number with its prefix */
	bool grouped;	   /* it is written with separators */
	bool strict_left;  /* see weir_detector */
};

/* True when the number is joined to something on either side, or is itself a constant of a program. */
bool weir_neighbour_joined(const struct weir_neighbour *n);

#endif
