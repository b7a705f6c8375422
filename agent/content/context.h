/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONTENT_CONTEXT_H
#define WEIR_CONTENT_CONTEXT_H

/* The words around a value. Latin words count whole only, where a change from lower to upper case
 * ends a word as well
 * ("custMobile"); hanzi words count anywhere. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/content/catalogue.h"

#define WEIR_CONTEXT_NEAR 32
#define WEIR_CONTEXT_FAR  900
#define WEIR_CONTEXT_WORD 32 /* longest word in a catalogue */

struct weir_words {
	const char *const *words;
	uint8_t pairs[8192]; /* bit set of the first two bytes of every word */
};

/* The words of one detector, and how far the text was searched for the far ones. */
struct weir_context {
	struct weir_words positive, negative;
	uint64_t searched; /* stream offset: every word that begins before it is known */
	uint64_t last;	   /* stream offset of the last word found, UINT64_MAX before the first */
};

enum weir_context_kind {
	WEIR_CONTEXT_NONE,
	WEIR_CONTEXT_WORD_NEAR,
	WEIR_CONTEXT_WORD_FAR,
	WEIR_CONTEXT_WORD_NEGATIVE,
};

void weir_context_init(struct weir_context *context, const struct weir_detector *detector);
void weir_context_begin(struct weir_context *context);

/* What stands around the value data[start..end): data begins at stream offset base and holds at
 * least WEIR_CONTEXT_FAR + WEIR_CONTEXT_WORD bytes on both sides, or all there are. Values come in
 * the order of their offsets. */
enum weir_context_kind weir_context_look(struct weir_context *context, const uint8_t *data,
					 size_t len, uint64_t base, size_t start, size_t end);

#endif
