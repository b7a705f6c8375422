/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_CLIENT_SYNC_H
#define WEIR_CONSOLE_CLIENT_SYNC_H

/* Bringing the spool's events to the console, each at least once and in order; the console makes it
 * exactly once by {agent, epoch, sequence}. Only what the console has committed is given up in the
 * spool. Clock and random numbers are arguments of every step. One thread. */

#include <stdbool.h>
#include <stdint.h>

#include "weir/base/macros.h"
#include "weir/console_client/batch.h"
#include "weir/console_client/http.h"

struct weir_sync;

struct weir_sync_options {
	const char *spool_dir;	/* copied */
	struct weir_http *http; /* borrowed for the object's life */
	const char *bearer;	/* token, borrowed likewise; NULL: none */
	struct weir_batch_sender sender;
};

/* Only grow. */
struct weir_sync_counters {
	uint64_t batches;   /* accepted */
	uint64_t events;    /* accepted, each counted once for each time it was accepted */
	uint64_t rejected;  /* events that the console stored as rejected */
	uint64_t failures;  /* tries without an acceptance */
	uint64_t refused;   /* answers 400 and 413 */
	uint64_t set_aside; /* events refused on their own, kept in the spool's ack folder, not sent
			       again */
	uint64_t protocol;  /* answers that made no sense */
	uint64_t damaged;   /* segments that the reader left early */
	uint64_t committed; /* the mark: sequence, not a count; starts again with a new epoch */
};

int weir_sync_new(const struct weir_sync_options *options, struct weir_sync **ret) _must_use_;
void weir_sync_free(struct weir_sync *sync);
DEFINE_CLEANUP(weir_sync_free, struct weir_sync *);

/* At most one request. 1: call again at once. 0: nothing to do for *ret_wait_ns; the spool may wake
 * the caller earlier when weir_sync_drained(). Negative errno when the spool can't be used
 * (-EACCES, -ENOMEM, -EIO ...): the caller may go on calling. A console that fails or refuses is no
 * error here: it is counted and tried again. now_ns is monotonic. */
int weir_sync_step(struct weir_sync *sync, uint64_t now_ns, uint64_t random,
		   uint64_t *ret_wait_ns) _must_use_;

/* True when the last step found all there is in the spool committed. */
bool weir_sync_drained(const struct weir_sync *sync);

const struct weir_sync_counters *weir_sync_counters(const struct weir_sync *sync);

/* One line about the last failure, empty when the last try succeeded. Belongs to sync. */
const char *weir_sync_problem(const struct weir_sync *sync);

#endif
