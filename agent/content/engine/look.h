/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_LOOK_H
#define WEIR_ENGINE_LOOK_H

/* Looks at a stretch of text in every way that it can be read: as it stands, normalised where that
 * differs, and what it holds in base64 or hexadecimal. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "context.h"
#include "match.h"
#include "score.h"
#include "weir/base/macros.h"

#define WEIR_LOOK_DEPTH 2 /* codings within codings */

struct weir_look;

int weir_look_new(const struct weir_catalogue *catalogue, struct weir_look **ret) _must_use_;
void weir_look_free(struct weir_look *look);
DEFINE_CLEANUP(weir_look_free, struct weir_look *);

/* key: values are hashed by it. */
void weir_look_begin(struct weir_look *look, uint32_t today,
		     const uint8_t key[static WEIR_HASH_KEY_LEN]);

/* What holds in the text: values that begin in [from, to) of the view, in rising order, none
 * overlapping another; start counts from view->data[0]. *ret_scored belongs to look until the next
 * call. Sets *ret_limited when something was left out. 0 or -ENOMEM. */
int weir_look(struct weir_look *look, const struct weir_view *view,
	      const struct weir_score_hint *hint, struct weir_scored **ret_scored,
	      size_t *ret_count, bool *ret_limited) _must_use_;

struct weir_context *weir_look_context(struct weir_look *look);
struct weir_matcher *weir_look_matcher(struct weir_look *look);

#endif
