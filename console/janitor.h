/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_JANITOR_H
#define WEIR_CONSOLE_JANITOR_H

/* Retention once a day, in a thread of its own. What it destroys is gone from the database's log as well. */

#include "weir/base/error.h"
#include "weir/base/log.h"
#include "weir/base/macros.h"
#include "weir/console_store/retention.h"

struct weir_janitor;

/* How long what is kept. */
struct weir_keep {
	struct weir_retention events; /* now_ns is not used */
	uint32_t evidence_days;	      /* 0: for ever */
};

/* store and log are borrowed. */
int weir_janitor_new(struct weir_store *store, const struct weir_keep *keep,
		     const struct weir_log *log, struct weir_janitor **ret) _must_use_;
/* Waits for what is being destroyed. */
void weir_janitor_free(struct weir_janitor *janitor);
DEFINE_CLEANUP(weir_janitor_free, struct weir_janitor *);

/* One time: destroys evidence, events, and alerts that are over for as long, and tells the log. The
 * tables of triage, of evidence and of the audit log are there. */
int weir_janitor_run(struct weir_store *store, const struct weir_keep *keep,
		     const struct weir_log *log, struct weir_error *err) _must_use_;

#endif
