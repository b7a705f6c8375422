/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_FLEET_SESSION_H
#define WEIR_CONSOLE_FLEET_SESSION_H

/* What this process has heard from each endpoint, and has not written yet. A heartbeat costs no write:
 * changes are written together about once a second, the mere time of the last one every few minutes.
 *
 * Also tells whether one identity is in use at two places. The upper half of sequence_num is random for
 * each start of the agent, the lower grows by 1. An agent that starts again brings a new upper half, and
 * the old one never comes back: it can't, unless both are alive. */

#include <stdbool.h>
#include <stdint.h>

#include "weir/base/macros.h"
#include "weir/base/uid.h"
#include "weir/console_fleet/offer.h"

#define WEIR_SESSION_ERROR_MAX 256

struct weir_sessions;

int weir_sessions_new(struct weir_sessions **ret) _must_use_;
void weir_sessions_free(struct weir_sessions *sessions);
DEFINE_CLEANUP(weir_sessions_free, struct weir_sessions *);

/* What an endpoint says. Pointers are borrowed; NULL: not said this time. */
struct weir_session_report {
	const char *host, *version;
	const bool *healthy;
	const char *last_error;	    /* with healthy */
	const uint8_t *policy_hash; /* with the next two */
	uint32_t policy_status;
	const char *policy_error;
	const uint8_t *effective_hash;
};

enum weir_session_verdict {
	WEIR_SESSION_FINE,
	WEIR_SESSION_FULL,  /* something was missed: it should report its full state */
	WEIR_SESSION_TWICE, /* the identity is in use at two places */
	WEIR_SESSION_OFTEN, /* far more messages than heartbeats */
	WEIR_SESSION_OLD,   /* a newer message came while this one waited */
};

/* One message. again: it was heard before. *ret_have is the offer that the endpoint has (zeros: none).
 * now_ns is monotonic, wall_ns since 1970. Negative errno: -ENOMEM. */
int weir_sessions_hear(struct weir_sessions *sessions, const uint8_t uid[static WEIR_UID_LEN],
		       uint64_t sequence, bool again, const struct weir_session_report *report,
		       uint64_t now_ns, uint64_t wall_ns,
		       uint8_t ret_have[static WEIR_FLEET_HASH_LEN]) _must_use_;

/* One endpoint's row to be written. */
struct weir_session_row {
	uint8_t uid[WEIR_UID_LEN];
	uint64_t last_seen_ns;
	bool has_host, has_version, has_health, has_policy, has_effective;
	bool healthy;
	uint32_t policy_status;
	uint8_t policy_hash[WEIR_FLEET_HASH_LEN], effective_hash[WEIR_FLEET_HASH_LEN];
	char host[254], version[65];
	char last_error[WEIR_SESSION_ERROR_MAX], policy_error[WEIR_SESSION_ERROR_MAX];
};

/* Takes up to n rows that are due out of what is to be written, and forgets endpoints that have been
 * silent for an hour. all: also those whose time is not over. The number of rows. */
unsigned weir_sessions_take(struct weir_sessions *sessions, uint64_t now_ns, bool all,
			    struct weir_session_row *rows, unsigned n);

/* They could not be written: later, unless something newer came. */
void weir_sessions_give_back(struct weir_sessions *sessions, const struct weir_session_row *rows,
			     unsigned n);

/* After an approval: what was heard of two places is forgotten. */
void weir_sessions_forget(struct weir_sessions *sessions, const uint8_t uid[static WEIR_UID_LEN]);

#endif
