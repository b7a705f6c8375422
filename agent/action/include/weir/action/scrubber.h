/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ACTION_SCRUBBER_H
#define WEIR_ACTION_SCRUBBER_H

/* Overwriting that may take long, on a thread of its own: a slow stick or somebody's lease on the
 * file must not hold up its owner. One job at a time, in
 * order. All functions are for the owner's thread. */

#include <stdint.h>

#include "weir/action/scrub.h"
#include "weir/base/macros.h"

#define WEIR_SCRUBBER_QUEUE 64 /* jobs waiting, running or not yet dispatched */

struct weir_scrubber;

/* Called from dispatch, or while freeing, once for every accepted job; result and bytes are
 * weir_scrub()'s, -ECANCELED when it was not begun. Must not submit while freeing. */
typedef void (*weir_scrubber_done_fn)(void *context, uint64_t cookie, int result, uint64_t bytes);

int weir_scrubber_new(weir_scrubber_done_fn done, void *context,
		      struct weir_scrubber **ret) _must_use_;
/* Waits for the job under way; those behind it are cancelled. */
void weir_scrubber_free(struct weir_scrubber *scrubber);
DEFINE_CLEANUP(weir_scrubber_free, struct weir_scrubber *);

/* Takes ownership of fd in every case. 0, or -EAGAIN when the queue is full. */
int weir_scrubber_submit(struct weir_scrubber *scrubber, int fd,
			 const struct weir_scrub_range *range, uint64_t cookie) _must_use_;

/* Readable when dispatch has something. */
int weir_scrubber_fd(const struct weir_scrubber *scrubber);
int weir_scrubber_dispatch(struct weir_scrubber *scrubber) _must_use_;

#endif
