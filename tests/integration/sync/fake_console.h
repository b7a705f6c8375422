/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_TESTS_FAKE_CONSOLE_H
#define WEIR_TESTS_FAKE_CONSOLE_H

/* A console in a thread: keeps what it is sent as the protocol says, and misbehaves on demand. Its
 * fields may be set and read while no request is under way, or under its lock. */

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "weir/base/macros.h"

#define FAKE_EVENTS 4096

struct MHD_Daemon;

struct fake_console {
	pthread_mutex_t lock;
	struct MHD_Daemon *daemon;
	char base[128]; /* for weir_http_options */

	/* How to answer. */
	unsigned fail; /* so many requests with fail_status */
	unsigned fail_status;
	const char *retry_after; /* with these, NULL: none */
	unsigned cut;		 /* so many answers end half way, after the events were stored */
	unsigned garbage;	 /* so many answers 200 with a body that is no ack */
	unsigned lie;		 /* so many answers claim a sequence that was never sent */
	bool withhold;		 /* accept, but commit only what came before */
	uint32_t accept_most;	 /* of a batch; 0: all */
	uint32_t most_events;	 /* 413 above; 0: no limit */
	uint64_t poison;	 /* 400 for a batch with this sequence; 0: none */
	bool ignore_lost_from;	 /* 409 for every gap */
	const char *token;	 /* 401 without it; NULL: not looked at */

	unsigned evidence_status; /* for evidence; 0: 201 */

	/* What was seen. */
	unsigned requests, bad_requests;
	uint64_t epoch, accepted, committed;
	uint64_t duplicates; /* events at or below accepted */
	uint64_t changed;    /* events that came again with other bytes */
	uint32_t largest_batch;
	uint32_t hash[FAKE_EVENTS]; /* by sequence, 0: not seen */
	uint64_t drops;
	uint8_t agent_uid[16];
	char host[64];
	unsigned evidence; /* pieces that came */
	size_t evidence_len;
	uint64_t evidence_after; /* events that were there before the first */
};

/* unix_path NULL: a free port of 127.0.0.1. */
struct fake_console *fake_console_new(const char *unix_path);
void fake_console_free(struct fake_console *console);
DEFINE_CLEANUP(fake_console_free, struct fake_console *);

#endif
