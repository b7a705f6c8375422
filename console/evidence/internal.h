/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_EVIDENCE_INTERNAL_H
#define WEIR_CONSOLE_EVIDENCE_INTERNAL_H

#include "weir/console_audit/audit.h"
#include "weir/console_evidence/evidence.h"

/* Writes the audit entry ACTION of "evidence request N", and commits. */
int evidence_finish(struct weir_db_tx *tx, const struct weir_principal *by, const char *action,
		    uint64_t id, const char *detail) _must_use_;

/* A request with its texts. */
struct found {
	struct weir_evidence_request request;
	char reason[WEIR_EVIDENCE_REASON_MAX + 1];
	char requester_name[WEIR_PERSON_NAME_MAX + 1], decider_name[WEIR_PERSON_NAME_MAX + 1];
};

/* -ENOENT, with *err (may be NULL). */
int evidence_find(struct weir_db_tx *tx, uint64_t id, uint64_t now_ns, struct found *ret,
		  struct weir_error *err) _must_use_;

#endif
