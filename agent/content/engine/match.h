/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_MATCH_H
#define WEIR_ENGINE_MATCH_H

/* The forms of the catalogue, compiled, and their use at the places that the finder names: what
 * matches and whether its check accepts it. Neighbours and words are not looked at here. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/base/macros.h"
#include "weir/catalogue/catalogue.h"
#include "weir/find/find.h"
#include "weir/validate/validate.h"

#define WEIR_VALUE_MAX 160
#define WEIR_HITS_MAX  65536 /* in one view; what is beyond sets limited */

enum weir_hit_flag {
	WEIR_HIT_GROUPED = 1 << 0,  /* written with separators */
	WEIR_HIT_REVERSED = 1 << 1, /* written backwards */
	WEIR_HIT_STRONG = 1 << 2,
	WEIR_HIT_ACCEPTED = 1 << 3,
	WEIR_HIT_ALIKE = 1 << 4, /* with O and I where its alphabet has only 0 and 1 */
};

struct weir_hit {
	uint32_t start, end;	       /* the value in its view */
	uint32_t full_start, full_end; /* with its prefix */
	uint16_t detector;
	int8_t shift;
	uint8_t flags;
};

/* A text to look at: data has WEIR_FIND_PADDING readable bytes on both sides; values that begin in
 * [from, to) count. */
struct weir_view {
	const uint8_t *data;
	size_t len;
	size_t from, to;
	uint64_t base;	     /* stream offset of data[0], for alignment */
	const uint32_t *map; /* place in the text below of each byte; NULL: it is the text */
};

#define WEIR_HIT_SPAN	 800  /* from the start of a hit with its prefix to its end */
#define WEIR_REACH_BLOCK 1024 /* bytes of a view that share a set of detectors in reach */

/* What may lift a hit that is nothing by itself: sets of detectors. */
struct weir_lift {
	const uint64_t *words; /* by block of the view: those with a word in reach; NULL: any */
	uint64_t heads;	       /* those with a word at the head of some column */
};

struct weir_matcher;

int weir_matcher_new(const struct weir_catalogue *catalogue, struct weir_matcher **ret) _must_use_;
void weir_matcher_free(struct weir_matcher *matcher);
DEFINE_CLEANUP(weir_matcher_free, struct weir_matcher *);

/* The words whose places WEIR_PLACE_WORD candidates must carry, by number. */
const char *const *weir_matcher_words(const struct weir_matcher *matcher, size_t *ret_count);

void weir_matcher_begin(struct weir_matcher *matcher, uint32_t today);

/* Tries everything at the candidates (in order of start) of one view and appends hits to out, at most
 * WEIR_HITS_MAX in all; they may overlap. Those that nothing can lift up to what is reported are left
 * out. Sets *ret_limited when a pattern ran into a limit or hits were left out for want of room. */
void weir_matcher_run(struct weir_matcher *matcher, const struct weir_view *view,
		      const struct weir_lift *lift, const struct weir_candidate *candidates,
		      size_t n, struct weir_hit *out, size_t *count, bool *ret_limited);

/* What must be searched for in the whole view (forms without a shape). */
void weir_matcher_search(struct weir_matcher *matcher, const struct weir_view *view,
			 struct weir_hit *out, size_t *count, bool *ret_limited);

/* The detectors that have forms for whole cells; and the first of them whose check accepts data[start..end)
 * of the view as one. */
uint64_t weir_matcher_celled(const struct weir_matcher *matcher);
bool weir_matcher_cell(struct weir_matcher *matcher, const struct weir_view *view, size_t start,
		       size_t end, struct weir_hit *ret);

/* The normal form of a hit's value; returns its length, at most WEIR_VALUE_MAX. */
size_t weir_matcher_value(const struct weir_detector *detector, const struct weir_view *view,
			  const struct weir_hit *hit, char ret[static WEIR_VALUE_MAX]);

#endif
