/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_KEEPER_H
#define WEIR_CONSOLE_KEEPER_H

/* People and the audit log on the server's side: the key that signs the log's heads, and what is due
 * from time to time. */

#include "weir/base/buf.h"
#include "weir/base/log.h"
#include "weir/console_audit/limit.h"
#include "weir/console_people/people.h"

struct weir_keeper {
	struct weir_store *store; /* borrowed */
	struct weir_people *people;
	struct weir_audit_limit *refusals; /* of calls */
	struct weir_dsse_signer *signer;
	struct weir_buf public_key; /* PEM */
	uint64_t purged_ns;
};

/* Makes the tables, and the key in the folder `state` (audit.key, 0600) when it is missing, with its
 * public half beside it (audit.pub). ret is to be ended also after a failure. */
int weir_keeper_open(struct weir_store *store, const char *state, struct weir_error *err,
		     struct weir_keeper *ret) _must_use_;
void weir_keeper_done(struct weir_keeper *keeper);

/* Once a minute or so: the day's head, refusals that were only counted, and what is over is
 * forgotten. */
void weir_keeper_tick(struct weir_keeper *keeper, uint64_t now_ns, const struct weir_log *log);

/* At the end: everything so far is written, and under a head. */
void weir_keeper_end(struct weir_keeper *keeper, uint64_t now_ns, const struct weir_log *log);

#endif
