/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CLI_SCAN_PROGRESS_H
#define WEIR_CLI_SCAN_PROGRESS_H

/* The line on a terminal: how far, and how long still. How much there is is counted by a thread beside
 * the scan; until it has counted, no end is foretold. */

#include <stdbool.h>
#include <stdint.h>

#include "weir/base/macros.h"

struct weir_progress;

struct weir_progress_at {
	uint64_t files, bytes, found;
};

/* paths: NULL-terminated, borrowed until it is freed. 0 or a negative errno. */
int weir_progress_new(char *const *paths, struct weir_progress **ret) _must_use_;
/* Takes the line away. */
void weir_progress_free(struct weir_progress *progress);
DEFINE_CLEANUP(weir_progress_free, struct weir_progress *);

/* Draws it when it is time for it. progress may be NULL. */
void weir_progress_show(struct weir_progress *progress, const struct weir_progress_at *at);
/* Takes the line away so that other output may come; the next show draws it. */
void weir_progress_hide(struct weir_progress *progress);

/* "1 h 05 min left"; "" while it cannot be told. */
void weir_progress_left(uint64_t elapsed_ns, uint64_t done, uint64_t all, char *ret, size_t size);

#endif
