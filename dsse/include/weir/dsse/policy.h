/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_DSSE_POLICY_H
#define WEIR_DSSE_POLICY_H

/* The payload of a signed policy: for whom, from when to when, which revision, and the compiled policy itself. Times are seconds
 * since 1970 UTC. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/base/buf.h"
#include "weir/base/error.h"
#include "weir/base/macros.h"
#include "weir/dsse/envelope.h"
#include "weir/proto/wire.h"

#define WEIR_SIGNED_POLICY_TYPE	       "application/vnd.weir.policy.v1+protobuf"
#define WEIR_SIGNED_POLICY_CASES_MAX   (256 * 1024)
#define WEIR_SIGNED_POLICY_NAME_MAX    64 /* of tenant and group: letters, digits, '.', '_', '-' */
#define WEIR_SIGNED_POLICY_VALID_MAX_S (400u * 86400)

/* Strings and bytes are borrowed. */
struct weir_signed_policy {
	const char *tenant;
	const char *group; /* "": every agent of the tenant */
	uint64_t revision; /* 1 or more */
	uint64_t not_before_s, expires_s;
	const char *min_agent; /* "0.2.0"; "": any */
	bool has_prev;
	uint8_t prev_sha256[WEIR_SHA256_LEN];
	const void *policy; /* serialized weir.v1.Policy */
	size_t policy_len;
	const void *cases; /* YAML, may be empty */
	size_t cases_len;
};

/* Appends the payload. -EINVAL when something is out of its bounds; -ENOBUFS, -ENOMEM. */
int weir_signed_policy_encode(const struct weir_signed_policy *policy,
			      struct weir_buf *buf) _must_use_;

/* What the bytes say; *ret borrows from *ret_wire, which the caller frees. -EBADMSG, -E2BIG; the policy itself was not looked at. */
int weir_signed_policy_decode(const void *payload, size_t len, struct weir_wire **ret_wire,
			      struct weir_signed_policy *ret) _must_use_;

/* An agent that is to take a policy over. */
struct weir_signed_policy_agent {
	const char *tenant, *group,
		*version;  /* group "": in none, takes what is for everyone of its tenant alone */
	uint64_t revision; /* the highest that it has taken over; 0: none */
};

/* May this agent take it over now? 0; -ENODEV: it is for others; -EPROTONOSUPPORT: for newer agents; -ESTALE: not above the highest
 * revision taken over; -EAGAIN: too early; -EKEYEXPIRED: too late. *reterr (may be NULL) says it in words. */
int weir_signed_policy_fits(const struct weir_signed_policy *policy,
			    const struct weir_signed_policy_agent *agent, uint64_t now_s,
			    struct weir_error *reterr) _must_use_;

#endif
