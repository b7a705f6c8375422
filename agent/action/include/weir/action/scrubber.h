/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ACTION_SCRUBBER_H
#define WEIR_ACTION_SCRUBBER_H

/* Overwriting and sealing, which may take long, on a thread of its own: a slow stick or somebody's
 * lease on the file must not hold up its owner. One job at a time, in order. All functions are for
 * the owner's thread. */

#include <stdbool.h>
#include <stdint.h>

#include "weir/action/quarantine.h"
#include "weir/action/scrub.h"
#include "weir/base/macros.h"

#define WEIR_SCRUBBER_QUEUE 64 /* jobs waiting, running or not yet dispatched */

struct weir_scrubber;

struct weir_scrubber_done {
	uint64_t cookie;
	int result;	/* of what was asked; -ECANCELED when it was not begun */
	int seal_error; /* why nothing was sealed although it was wanted; 0 */
	uint64_t bytes; /* overwritten */
	char quarantine_id[WEIR_QUARANTINE_ID_MAX]; /* "" when nothing was sealed */
};

/* Called from dispatch, or while freeing, once for every accepted job. Must not submit while
 * freeing. */
typedef void (*weir_scrubber_done_fn)(void *context, const struct weir_scrubber_done *done);

int weir_scrubber_new(weir_scrubber_done_fn done, void *context,
		      struct weir_scrubber **ret) _must_use_;
/* Waits for the job under way; those behind it are cancelled. */
void weir_scrubber_free(struct weir_scrubber *scrubber);
DEFINE_CLEANUP(weir_scrubber_free, struct weir_scrubber *);

/* weir_scrub(). Takes ownership of fd in every case. 0, or -EAGAIN when the queue is full. */
int weir_scrubber_submit(struct weir_scrubber *scrubber, int fd,
			 const struct weir_scrub_range *range, uint64_t cookie) _must_use_;

/* A whole file is sealed into a quarantine, then overwritten. Strings are copied, and cut. */
struct weir_seizure {
	struct weir_quarantine *quarantine; /* borrowed until the job is done */
	const char *path;
	const char *rule;
	bool explain;	  /* words in the file's place; false: it is left empty */
	bool only_sealed; /* what could not be sealed is left as it is; false: overwritten all the
			     same */
};

/* As weir_scrubber_submit(). */
int weir_scrubber_seize(struct weir_scrubber *scrubber, int fd, const struct weir_seizure *seizure,
			uint64_t cookie) _must_use_;

/* Readable when dispatch has something. */
int weir_scrubber_fd(const struct weir_scrubber *scrubber);
int weir_scrubber_dispatch(struct weir_scrubber *scrubber) _must_use_;

#endif
