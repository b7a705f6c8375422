/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_FLEET_OFFER_H
#define WEIR_CONSOLE_FLEET_OFFER_H

/* What the fleet asks the module of policies: which one an endpoint should have now. Whoever answers
 * announces "policy" (weir_db_announce) whenever an answer may have changed; those who wait are then
 * asked about again. What an endpoint says of it lies in the table fleet_agents: policy_hash (the last
 * offer that it took), policy_status (weir.v1.RemoteConfigStatuses), policy_error, effective_hash (what
 * it enforces), healthy, last_seen_ns. */

#include <stddef.h>
#include <stdint.h>

#include "weir/base/buf.h"
#include "weir/base/macros.h"

#define WEIR_FLEET_UID_LEN   16
#define WEIR_FLEET_HASH_LEN  32
#define WEIR_FLEET_GROUP_MAX 64 /* bytes without the NUL */

/* Envelopes up to here are sent in the answer itself, larger ones are fetched by their hash. */
#define WEIR_FLEET_OFFER_MAX (64 * 1024)

/* Who asks. Borrowed for the call. */
struct weir_fleet_asker {
	uint8_t uid[WEIR_FLEET_UID_LEN];
	const char *group;
};

struct weir_fleet_offer {
	uint8_t hash[WEIR_FLEET_HASH_LEN]; /* SHA-256 of the envelope */
	uint64_t revision;
	size_t size;	      /* bytes of the envelope */
	struct weir_buf body; /* the envelope; the caller's, freed by it. Left empty when it is what
				 the endpoint has, or larger than WEIR_FLEET_OFFER_MAX */
};

struct weir_fleet_offers {
	/* The policy that this endpoint should have: 1 with *ret filled, 0 for none, or negative
	 * errno. have is the hash that it has (zeros: none). Called by several threads, at each
	 * heartbeat and each announcement: no transaction is open, and it should be quick. */
	int (*get)(void *context, const struct weir_fleet_asker *asker,
		   const uint8_t have[static WEIR_FLEET_HASH_LEN], struct weir_fleet_offer *ret);
	/* Appends the envelope with this hash, for GET /v1/policy/<hash>; -ENOENT: there is none, or it
	 * is not published. */
	int (*read)(void *context, const uint8_t hash[static WEIR_FLEET_HASH_LEN],
		    struct weir_buf *ret);
	void *context;
};

#endif
