/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONTENT_PREFILTER_H
#define WEIR_CONTENT_PREFILTER_H

/* Where patterns are worth trying: runs of digits with at most one separator between two of them.
 * This is the seam for a faster implementation: it must return the same spans. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WEIR_SPAN_DIGITS 11   /* fewest digits in a span */
#define WEIR_SPAN_MAX	 4096 /* a longer span is cut here, counted from its start */

struct weir_span {
	size_t start, end; /* data[start] and data[end - 1] are digits, unless cut */
	unsigned digits;   /* at least WEIR_SPAN_DIGITS */
	uint32_t runs;	   /* bit n: there are n digits in a row; bit 31: 31 or more */
	bool separators;
};

/* The next span at or after from that has enough digits. True with *ret filled; false when there is
 * none, with ret->start the first position that a later call, with more data behind, must start
 * from. A span that may go on behind data[len - 1] is not returned unless final is set; it counts
 * as none. */
bool weir_prefilter_next(const uint8_t *data, size_t len, size_t from, bool final,
			 struct weir_span *ret);

#endif
