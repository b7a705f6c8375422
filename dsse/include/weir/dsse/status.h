/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_DSSE_STATUS_H
#define WEIR_DSSE_STATUS_H

/* What passes between weir-sync, which brings signed policies, and weir-agent, which judges them: two files below the agent's state
 * folder, each replaced as a whole. */

#include <stdbool.h>
#include <stdint.h>

#include "weir/base/macros.h"
#include "weir/dsse/envelope.h"

#define WEIR_POLICY_INBOX_DIR	"inbox"		/* weir-sync's group may write in it */
#define WEIR_POLICY_INBOX_FILE	"policy.dsse"	/* in it; an envelope as it came */
#define WEIR_POLICY_STATUS_FILE "policy.status" /* in the state folder; anyone may read it */

/* Numbers are those of weir.v1.PolicyOutcome. */
enum weir_policy_outcome {
	WEIR_POLICY_OUTCOME_NONE = 0, /* nothing has come yet */
	WEIR_POLICY_OUTCOME_APPLIED,
	WEIR_POLICY_OUTCOME_FAILED, /* what was in force before goes on */
};

struct weir_policy_status {
	bool has_envelope;
	uint8_t envelope_sha256[WEIR_SHA256_LEN]; /* of the bytes that came last */
	enum weir_policy_outcome outcome;	  /* of these */
	char message[256];			  /* why they failed */
	bool has_applied;
	uint8_t applied_sha256[WEIR_SHA256_LEN]; /* of the envelope in force */
	uint64_t applied_revision, applied_expires_s;
	uint64_t changed_ns; /* since 1970 UTC */
};

/* dirfd and path as in openat(). -EBADMSG when the file is no status, -ENOENT, ... */
int weir_policy_status_read(int dirfd, const char *path, struct weir_policy_status *ret) _must_use_;
int weir_policy_status_write(int dirfd, const char *path,
			     const struct weir_policy_status *status) _must_use_;

#endif
