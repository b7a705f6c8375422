/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_CLIENT_HEARTBEAT_H
#define WEIR_CONSOLE_CLIENT_HEARTBEAT_H

/* The endpoint's heartbeat: says how it is, waits for the console to have something to say, brings
 * offered policies into the agent's inbox, renews the certificate. What is brought was compared with its
 * hash and nothing else: the agent itself judges its signatures. One thread; its connection is its own,
 * so that events never wait behind it. Clock and random numbers are arguments of every step. */

#include <stdbool.h>
#include <stdint.h>

#include "weir/base/macros.h"
#include "weir/console_client/enroll.h"

struct weir_heartbeat;

/* Strings are borrowed for the object's life. */
struct weir_heartbeat_options {
	const char *base;  /* https address for endpoints */
	const char *dir;   /* of the identity */
	const char *state; /* the agent's folder: inbox/policy.dsse, policy.status */
	const struct weir_endpoint *endpoint;
	bool (*cancelled)(void *);
	uint32_t start; /* random, for sequence numbers */
};

/* -ENOENT: not enrolled; *err says it in words. */
int weir_heartbeat_new(const struct weir_heartbeat_options *options, struct weir_error *err,
		       struct weir_heartbeat **ret) _must_use_;
void weir_heartbeat_free(struct weir_heartbeat *heartbeat);
DEFINE_CLEANUP(weir_heartbeat_free, struct weir_heartbeat *);

/* One message at most, which may take the long poll's time. The next step is due after *ret_wait_ns.
 * mono_ns is monotonic, wall_s since 1970. A console that fails or refuses is no error: it is tried
 * again. Negative errno: -ENOMEM, or the folders cannot be used. */
int weir_heartbeat_step(struct weir_heartbeat *heartbeat, uint64_t mono_ns, uint64_t wall_s,
			uint64_t random, uint64_t *ret_wait_ns) _must_use_;

/* One line about the last failure, empty when the last try succeeded. Belongs to heartbeat. */
const char *weir_heartbeat_problem(const struct weir_heartbeat *heartbeat);

#endif
