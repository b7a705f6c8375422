/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_AUDIT_AUDIT_H
#define WEIR_CONSOLE_AUDIT_AUDIT_H

/* Who did what, as a ledger (weir/ledger/ledger.h) in the console's database: entries that follow
 * from each other, and heads signed with a key that is not in the database. */

#include "weir/console_access/access.h"
#include "weir/console_store/db.h"
#include "weir/console_store/store.h"
#include "weir/ledger/ledger.h"

/* Makes the tables. */
int weir_audit_init(struct weir_store *store, struct weir_error *err) _must_use_;

/* Adds an entry inside the transaction of what it tells: both are there or neither. by NULL: the
 * console itself. action: "noun.verb", static. object: "alert A-0004C". detail: a JSON object, or
 * "" for none; never matched content, never a secret. Texts of others must be clean UTF-8 without
 * control characters. -EINVAL: over 4 KiB, or not such text. */
int weir_audit_write(struct weir_db_tx *tx, const struct weir_principal *by, const char *action,
		     const char *object, const char *detail) _must_use_;

/* The same in a transaction of its own, for reads that leave a trace and for refusals. */
int weir_audit_note(struct weir_store *store, const struct weir_principal *by, const char *action,
		    const char *object, const char *detail) _must_use_;

struct weir_audit_entry {
	struct weir_ledger_entry entry;
	uint8_t before[WEIR_LEDGER_HASH_LEN];
	uint8_t hash[WEIR_LEDGER_HASH_LEN];
};

/* Called for each; what it points to lives until it returns. 0 to go on, 1 to stop, or a negative
 * errno, which the call then returns. It must not call the store. */
typedef int (*weir_audit_fn)(void *context, const struct weir_audit_entry *entry);

struct weir_audit_filter {
	uint64_t after;	   /* entries behind this one, oldest first; ... */
	uint64_t before;   /* ... or, when not 0, those before it, newest first */
	bool newest_first; /* from the newest */
	uint32_t limit;	   /* 1 or more */
};

int weir_audit_list(struct weir_store *store, const struct weir_audit_filter *filter,
		    weir_audit_fn fn, void *context) _must_use_;

/* Signs where the log is now, unless a head says so already. 1: signed, 0: nothing new. */
int weir_audit_sign(struct weir_store *store, const struct weir_dsse_signer *signer,
		    uint64_t now_ns) _must_use_;

/* When the last head was signed; 0: none. */
int weir_audit_signed_at(struct weir_store *store, uint64_t *ret_ns) _must_use_;

typedef int (*weir_audit_head_fn)(void *context, uint64_t sequence, const void *head, size_t len);
/* Signed heads behind that of entry `after`, oldest first. */
int weir_audit_heads(struct weir_store *store, uint64_t after, uint32_t limit,
		     weir_audit_head_fn fn, void *context) _must_use_;

#endif
