/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_POLICY_INTERNAL_H
#define WEIR_CONSOLE_POLICY_INTERNAL_H

#include "weir/base/buf.h"
#include "weir/console_audit/audit.h"
#include "weir/console_policy/policy.h"
#include "weir/console_policy/register.h"
#include "weir/dsse/keys.h"

#define TOPIC "policy"

extern const struct weir_db_schema weir_policy_schema;

/* Writes the audit entry "policy.ACTION" of "policy version N", announces that offers may have changed, and commits. */
int finish(struct weir_db_tx *tx, const struct weir_principal *by, const char *action,
	   const char *noun, uint64_t id, const char *detail);

/* Text of a person: UTF-8 without control characters, 1 (or 0) to max bytes. */
bool text_valid(const char *text, size_t max, bool may_be_empty);

/* key.c: the active keys; owners[i] is whose number i is. */
int keys_active(struct weir_db_tx *tx, struct weir_dsse_keys **ret,
		uint64_t owners[static WEIR_DSSE_KEYS_MAX]);
/* How many different people have signed, by active keys. envelope NULL: none. */
int keys_people(const struct weir_dsse *envelope, const struct weir_dsse_keys *keys,
		const uint64_t owners[static WEIR_DSSE_KEYS_MAX], unsigned *ret);

/* render.c: the text that is compiled: the author's, and what the console adds. */
int render(struct weir_db_tx *tx, const char *source, uint64_t revision, uint64_t now_ns,
	   struct weir_buf *ret);
/* Compiles it and tries the cases. */
int try_text(const struct weir_buf *text, const char *cases, struct weir_buf *ret_compiled,
	     struct weir_error *err);

/* compare.c: appends what was compiled for a version. -ENOENT in words. */
int version_compiled(struct weir_store *store, uint64_t id, struct weir_buf *ret,
		     struct weir_error *err);

/* Parts of weir_policy_tend(); each the number of things done. */
int tend_rollouts(struct weir_store *store, uint64_t now_ns);
int tend_register(struct weir_store *store, uint64_t now_ns);
int tend_transfers(struct weir_store *store, uint64_t now_ns);

#endif
