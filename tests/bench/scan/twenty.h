/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BENCH_TWENTY_H
#define BENCH_TWENTY_H

/* The twenty patterns by hand, on the finder's candidates. What PCRE2 finds with the expressions,
 * searched for one after the other and then checked, these find. */

#include "patterns.h"
#include "weir/find/find.h"

struct twenty {
	const uint8_t
		*data; /* with 64 NULs before and behind, so that no look needs to be bounded */
	struct hits *hits;
	size_t past[PATTERNS]; /* where the last match of the expression ended */
};

/* The places that twenty_candidate() wants. */
#define TWENTY_PLACES \
	(WEIR_PLACE_SPAN | WEIR_PLACE_AT | WEIR_PLACE_PLATE | WEIR_PLACE_IBAN | WEIR_PLACE_WORD)

/* Candidates come in order. */
void twenty_candidates(struct twenty *twenty, const struct weir_candidate *candidates, size_t n);

/* One place of an expression of loose_texts, whose match ends before data[end]. */
void twenty_loose(struct twenty *twenty, enum loose loose, size_t end);

#endif
