/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_CONTEXT_H
#define WEIR_ENGINE_CONTEXT_H

/* The words around values. All words of the catalogue are looked for in one pass over the
 * neighbourhood of the values, and nowhere else. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "match.h"
#include "weir/base/macros.h"
#include "weir/catalogue/catalogue.h"

#define WEIR_CONTEXT_NEAR 32
#define WEIR_CONTEXT_FAR  900

enum weir_context_kind {
	WEIR_CONTEXT_NONE,
	WEIR_CONTEXT_WORD_NEAR,
	WEIR_CONTEXT_WORD_FAR,
	WEIR_CONTEXT_WORD_NEGATIVE,
};

struct weir_context;

int weir_context_new(const struct weir_catalogue *catalogue, struct weir_context **ret) _must_use_;
void weir_context_free(struct weir_context *context);
DEFINE_CLEANUP(weir_context_free, struct weir_context *);

/* Finds the words around the hits (sorted by start) of this view; valid until the next call. 0 or
 * -ENOMEM. */
int weir_context_prepare(struct weir_context *context, const struct weir_view *view,
			 const struct weir_hit *hits, size_t n) _must_use_;

/* The same for hits at any place of the view, which may come later. */
int weir_context_prepare_all(struct weir_context *context, const struct weir_view *view) _must_use_;

/* After weir_context_prepare_all(): sets of detectors with a word that a hit which begins in that block
 * of the view may have near or far; belongs to context, until the next call. */
const uint64_t *weir_context_reach(const struct weir_context *context);

/* The word before data[start] that counts most for this detector: WEIR_CONTEXT_NONE, _WORD_NEAR or
 * _WORD_NEGATIVE. Quick when starts come in rising order, and when the last one is asked again. */
enum weir_context_kind weir_context_near(struct weir_context *context, const struct weir_view *view,
					 unsigned detector, size_t start);

/* Whether a word of the detector stands farther off on either side of data[start..end), start being
 * that of the last weir_context_near(). */
bool weir_context_far(struct weir_context *context, unsigned detector, size_t start, size_t end);

/* Sets of detectors that have a word in data[start..end) of the view. */
struct weir_context_heads {
	uint64_t positive, negative;
};
int weir_context_heads(struct weir_context *context, const struct weir_view *view, size_t start,
		       size_t end, struct weir_context_heads *ret) _must_use_;

#endif
