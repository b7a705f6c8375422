/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_EXPORT_COURIER_H
#define WEIR_CONSOLE_EXPORT_COURIER_H

/* A thread that serves one sink, so that no other waits for it: takes up where the table says, gives
 * it a batch at a time, and comes back later after a failure. */

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "weir/console_export/export.h"

/* What all threads of the exports wait on. */
struct weir_bell {
	pthread_mutex_t lock; /* guards what follows, but for end_fd */
	pthread_cond_t changed;
	uint64_t rings;
	bool ending;
	int end_fd; /* becomes readable when all of it ends */
};

int weir_bell_init(struct weir_bell *bell) _must_use_;
void weir_bell_done(struct weir_bell *bell);
void weir_bell_ring(struct weir_bell *bell);
void weir_bell_end(struct weir_bell *bell);

/* Until it has been rung since *heard, the end, or the time to look without being told. True: go
 * on. */
bool weir_bell_wait(struct weir_bell *bell, uint64_t *heard);

struct weir_courier;

/* Everything is borrowed until it is freed. holder: see weir_sink_hold(). */
int weir_courier_new(const struct weir_export_options *options, struct weir_bell *bell,
		     uint64_t holder, const struct weir_sink *sink,
		     struct weir_courier **ret) _must_use_;
uint64_t weir_courier_sink(const struct weir_courier *courier);
/* Its sink is gone, or has been: it has nothing to do any more. */
bool weir_courier_is_done(struct weir_courier *courier);
/* Waits for its thread, which ends when it is done or the bell has ended. */
void weir_courier_free(struct weir_courier *courier);

#endif
