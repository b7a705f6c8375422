/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_EXPORT_FEED_H
#define WEIR_CONSOLE_EXPORT_FEED_H

/* The log of alerts as records: a stretch of it is copied, then each line is joined with its event,
 * in short transactions that nobody waits for. */

#include <stdbool.h>

#include "weir/console_export/record.h"
#include "weir/console_store/store.h"

#define WEIR_FEED_LINES_MAX 100

struct weir_feed {
	struct weir_feed_line *lines;
	size_t n;
	uint64_t last;	 /* number of the last line */
	uint64_t day_ns; /* begin of the day (UTC) that all lines belong to */
};

/* What follows `after`, of one day, `most` lines of WEIR_FEED_LINES_MAX. n is 0 when nothing does. */
int weir_feed_read(struct weir_store *store, uint64_t after, size_t most,
		   struct weir_feed *ret) _must_use_;
void weir_feed_done(struct weir_feed *feed);
/* Leaves the first half; false when there is no half of one. */
bool weir_feed_halve(struct weir_feed *feed);

/* A line's event, and behind it what became of the alert when that is news. fn returns 0 to go on,
 * or a negative errno, which the call then returns. */
typedef int (*weir_feed_fn)(void *context, const struct weir_export_record *record);
int weir_feed_each(struct weir_store *store, const struct weir_feed *feed, weir_feed_fn fn,
		   void *context) _must_use_;

#endif
