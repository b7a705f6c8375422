/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_POLICY_ARENA_H
#define WEIR_POLICY_ARENA_H

/* Memory that is freed all at once, with a maximum. Not for several threads. */

#include <stddef.h>

#include "weir/base/macros.h"

struct arena {
	struct arena_block *blocks;
	size_t left; /* bytes that may still be asked for */
};

#define ARENA_INIT(maximum) ((struct arena){.left = (maximum)})

/* Zeroed and aligned for anything; NULL at the maximum or without memory. */
void *arena_alloc(struct arena *arena, size_t size) _must_use_;
/* A NUL-terminated copy of len bytes. */
char *arena_copy(struct arena *arena, const char *text, size_t len) _must_use_;
void arena_done(struct arena *arena);

#endif
