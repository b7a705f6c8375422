/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_AUDIT_LIMIT_H
#define WEIR_CONSOLE_AUDIT_LIMIT_H

/* Entries that somebody can cause as often as they like, refusals above all: of one person the first
 * ones of a minute are written, the rest is counted, and the count is written when the minute is
 * over. Each entry is a transaction that waits for the disk, in a log that is never shortened. Safe
 * from several threads. Counts are in memory: who ends flushes first. */

#include "weir/console_audit/audit.h"

#define WEIR_AUDIT_LIMIT_ENTRIES 10 /* of one person in one minute */
#define WEIR_AUDIT_LIMIT_NS	 (UINT64_C(60) * 1000000000)
#define WEIR_AUDIT_LIMIT_PEOPLE	 64 /* counted at a time; with more, a minute may end early */

struct weir_audit_limit;

/* store and action ("noun.verb") are borrowed. -ENOMEM. */
int weir_audit_limit_new(struct weir_store *store, const char *action,
			 struct weir_audit_limit **ret) _must_use_;
void weir_audit_limit_free(struct weir_audit_limit *limit);
DEFINE_CLEANUP(weir_audit_limit_free, struct weir_audit_limit *);

/* As weir_audit_note() without a detail, or only counts it. now_ns since 1970 UTC; a clock that is set
 * back ends the minute. */
int weir_audit_limit_note(struct weir_audit_limit *limit, const struct weir_principal *by,
			  const char *object, uint64_t now_ns) _must_use_;

/* Writes the counts of minutes that are over (all: of every minute): the same action, the object
 * "others", and {"count":N}. The first error; what could not be written is lost. */
int weir_audit_limit_flush(struct weir_audit_limit *limit, uint64_t now_ns, bool all) _must_use_;

#endif
