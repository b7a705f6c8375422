/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONTENT_MATCH_H
#define WEIR_CONTENT_MATCH_H

/* The patterns of the catalogue, compiled, and their use on one span: what matches, in which form,
 * and whether the validator accepts it. Neighbours and words are not looked at here. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "prefilter.h"
#include "weir/base/macros.h"

#define WEIR_VALUE_MAX 32
#define WEIR_SPAN_HITS (WEIR_SPAN_MAX / WEIR_SPAN_DIGITS + 1)

/* A value may begin in a span and end this far behind it: a check character X in up to three bytes
 * with a separator before it, and the byte behind that a pattern looks at. When the span was cut,
 * the rest. */
#define WEIR_SPAN_BEYOND     8
#define WEIR_SPAN_BEYOND_CUT 64

struct weir_hit {
	size_t start, end;	     /* the value */
	size_t full_start, full_end; /* with its prefix */
	uint16_t detector;
	bool accepted; /* by the validator */
	bool form;     /* separators or a prefix */
	bool grouped;  /* separators */
	uint8_t value_len;
	char value[WEIR_VALUE_MAX]; /* normal form; not terminated */
};

struct weir_matcher;

int weir_matcher_new(struct weir_matcher **ret) _must_use_;
void weir_matcher_free(struct weir_matcher *matcher);
DEFINE_CLEANUP(weir_matcher_free, struct weir_matcher *);

/* Hits that begin in the span and at or after free_from, none overlapping another, in the order of
 * their starts; belongs to the matcher until the next call. *ret_limited is set when a pattern ran
 * into a limit, else left alone. */
size_t weir_matcher_span(struct weir_matcher *matcher, const uint8_t *data, size_t len,
			 const struct weir_span *span, size_t free_from, uint32_t today,
			 const struct weir_hit **ret_hits, bool *ret_limited);

#endif
