/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIRCTL_AUDIT_H
#define WEIRCTL_AUDIT_H

/* The audit log's entries and heads as the API and an export have them, to be checked. */

#include <jansson.h>

#include "weir/ledger/ledger.h"

/* Text borrows from row. -EBADMSG: it is no entry. */
int weirctl_audit_entry(const json_t *row, struct weir_ledger_entry *ret,
			uint8_t before[static WEIR_LEDGER_HASH_LEN],
			uint8_t hash[static WEIR_LEDGER_HASH_LEN]) _must_use_;

/* A row {"sequence","envelope"}, opened with keys. */
int weirctl_audit_head(const json_t *row, const struct weir_dsse_keys *keys,
		       struct weir_ledger_head *ret) _must_use_;

/* Checks all of it, entries and heads in their order. 0 with what there was in ret_count and what of it
 * no head covers in ret_uncovered; -EBADMSG with *err, ... */
int weirctl_audit_check(const json_t *entries, const json_t *heads,
			const struct weir_dsse_keys *keys, uint64_t *ret_count,
			uint64_t *ret_uncovered, struct weir_error *err) _must_use_;

#endif
