/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_SCORE_H
#define WEIR_ENGINE_SCORE_H

/* From a hit to a value with a confidence, a hash and a masked form; and who keeps a text that
 * several claim. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "context.h"
#include "match.h"
#include "weir/base/hash.h"
#include "weir/findings/findings.h"

#define WEIR_CONFIDENCE_FLOOR 50 /* nothing below is ever reported */

struct weir_columns;

struct weir_scored {
	uint64_t start; /* in the text */
	uint64_t hash;	/* keyed, of the detector's number and the value in normal form */
	uint32_t length;
	uint16_t detector;
	int16_t base; /* without words and column */
	uint8_t kind; /* enum weir_context_kind */
	bool accepted;
	char masked[WEIR_MASKED_MAX];
};

/* What columns may add in this text. */
struct weir_score_hint {
	uint64_t heads; /* detectors with a word at the head of some column */
	bool columns;	/* there are columns; else a value alone in its line is in one */
	bool unmasked;	/* nobody will see the masked form: it stays empty */
	const struct weir_columns *table; /* borrowed; NULL: no cell is tried as it stands */
};

/* What the hit is worth without words and column. */
int weir_score_base(const struct weir_detector *detector, const struct weir_hit *hit);

/* True when the hit can't reach the floor with words of this kind around it, whatever its column
 * says. */
bool weir_score_hopeless(const struct weir_detector *detector, const struct weir_view *view,
			 const struct weir_hit *hit, enum weir_context_kind kind,
			 const struct weir_score_hint *hint);

/* False when the hit is dropped: joined to its neighbours, or it can't reach the floor whatever its
 * column says. start and length stay those of the view. */
bool weir_score(const struct weir_detector *detector, const struct weir_view *view,
		const struct weir_hit *hit, enum weir_context_kind kind,
		const struct weir_score_hint *hint, const uint8_t key[static WEIR_HASH_KEY_LEN],
		struct weir_scored *ret);

/* The confidence, 0-100, given the words at the head of the column and whether the column has enough
 * accepted values. */
int weir_score_confidence(const struct weir_detector *detector, const struct weir_scored *scored,
			  bool head, bool head_negative, bool column);

/* Sorts by start and leaves one of those that overlap; returns how many stay. */
size_t weir_score_resolve(const struct weir_catalogue *catalogue, struct weir_scored *scored,
			  size_t n);

#endif
