/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_STORE_RETENTION_H
#define WEIR_CONSOLE_STORE_RETENTION_H

/* Destroys events that are older than they have to be kept, by class, and writes down what was
 * destroyed. Age counts from the arrival at the console. Nothing is destroyed early because a clock
 * was wrong: an event goes only when every event of its class that came before it is due as well,
 * and not when more than WEIR_RETENTION_PAUSE_MAX_DAYS went by since the last time. */

#include <stdbool.h>
#include <stdint.h>

#include "weir/base/error.h"
#include "weir/base/macros.h"
#include "weir/console_store/store.h"

#define WEIR_RETENTION_ALERT_DAYS_MIN 1096 /* three years */
#define WEIR_RETENTION_OTHER_DAYS_MIN 366  /* one year; rejects count among these */
#define WEIR_RETENTION_PAUSE_MAX_DAYS 40

struct weir_retention {
	uint32_t alert_days; /* not below the least above; 0: this class is kept */
	uint32_t other_days;
	uint64_t now_ns;     /* since 1970 UTC */
	bool clock_is_right; /* a person has looked at it: however long the last time is ago */
};

struct weir_destroyed {
	uint64_t alerts, others, rejects; /* rows */
};

/* Each class in a transaction of its own, with its record in the table destruction; what it counts
 * again afterwards must be nothing, else -EBADMSG and the class is undone. -ERANGE: below the least
 * time; -ETIME: the clock has jumped, or nobody did this for long. With SQLite the bytes are
 * overwritten and gone from its log on return; with PostgreSQL whole months go with their files, and
 * the rest of a month when the server reuses its pages. *ret holds what was destroyed also on
 * failure. */
int weir_store_retain(struct weir_store *store, const struct weir_retention *retention,
		      struct weir_error *err, struct weir_destroyed *ret) _must_use_;

#endif
