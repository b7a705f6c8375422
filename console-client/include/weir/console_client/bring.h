/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_CLIENT_BRING_H
#define WEIR_CONSOLE_CLIENT_BRING_H

/* Bringing sealed evidence from the spool's folder to the console: one file at a time, the oldest first, removed when the console has it or
 * will never take it. It waits by itself: evidence that finds no room keeps no event waiting. Clock and random numbers are arguments
 * of every step. One thread. */

#include <stdint.h>

#include "weir/base/macros.h"
#include "weir/console_client/http.h"

struct weir_bring;

struct weir_bring_options {
	const char *spool_dir;	/* copied */
	struct weir_http *http; /* borrowed for the object's life */
	const char *bearer;	/* token, borrowed likewise; NULL: none */
};

/* Only grow. */
struct weir_bring_counters {
	uint64_t brought;  /* answers 200 and 201 */
	uint64_t refused;  /* 400 and 413, and files that are none: removed unsent */
	uint64_t failures; /* tries that brought nothing, to be repeated */
};

int weir_bring_new(const struct weir_bring_options *options, struct weir_bring **ret) _must_use_;
void weir_bring_free(struct weir_bring *bring);
DEFINE_CLEANUP(weir_bring_free, struct weir_bring *);

/* At most one request. 1: something was done, call again. 0: nothing to do for *ret_wait_ns; UINT64_MAX: nothing is there. Negative errno when
 * the folder can't be used. A console that fails or has no room is no error here. now_ns is monotonic. */
int weir_bring_step(struct weir_bring *bring, uint64_t now_ns, uint64_t random,
		    uint64_t *ret_wait_ns) _must_use_;

const struct weir_bring_counters *weir_bring_counters(const struct weir_bring *bring);

/* One line about the last failure, empty when the last try succeeded. Belongs to bring. */
const char *weir_bring_problem(const struct weir_bring *bring);

#endif
