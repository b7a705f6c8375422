/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_DAEMON_SIGNED_POLICY_H
#define WEIR_DAEMON_SIGNED_POLICY_H

/* From an envelope's bytes to a policy that may come into force. Pure but for the time given. */

#include <stddef.h>
#include <stdint.h>

#include "weir/base/buf.h"
#include "weir/base/error.h"
#include "weir/base/macros.h"
#include "weir/dsse/keys.h"
#include "weir/policy/decide.h"

/* Borrowed. */
struct signed_policy_rules {
	const struct weir_dsse_keys *keys;
	unsigned threshold;
	const char *tenant, *group; /* group "": any */
	uint64_t revision;	    /* it has to be above this one */
	uint64_t now_s;		    /* 0: its time does not count, nor its revision */
};

struct signed_policy_facts {
	uint64_t revision, expires_s;
	struct weir_buf compiled; /* the policy as it was signed; owned */
};
void signed_policy_facts_done(struct signed_policy_facts *facts);

/* -EKEYREJECTED, -EBADMSG, -E2BIG, -EINVAL, and those of weir_signed_policy_fits(), with *reterr; outputs untouched on failure. */
int signed_policy_make(const struct signed_policy_rules *rules, const void *data, size_t len,
		       struct weir_policy **ret, struct signed_policy_facts *ret_facts,
		       struct weir_error *reterr) _must_use_;

#endif
