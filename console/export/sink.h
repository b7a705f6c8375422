/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_EXPORT_SINK_H
#define WEIR_CONSOLE_EXPORT_SINK_H

/* Sinks as their couriers see them, in the database. Negative errno as in db.h. */

#include "weir/console_export/export.h"

extern const struct weir_db_schema weir_sink_schema;

/* How one sink fares. -ENOENT: it is gone. */
int weir_sink_look(struct weir_store *store, uint64_t id, weir_sink_fn fn,
		   void *context) _must_use_;

/* What it is made of, its secret too: to open a way, and for nothing else. Everything is borrowed for
 * the time of the call, in which fn must not use the store. */
typedef int (*weir_sink_settings_fn)(void *context, const struct weir_sink_settings *settings);
int weir_sink_read(struct weir_store *store, uint64_t id, weir_sink_settings_fn fn,
		   void *context) _must_use_;

#define WEIR_SINK_HOLD_NS (UINT64_C(60) * 1000000000)

/* Who holds a sink serves it: until WEIR_SINK_HOLD_NS behind now_ns (since 1970). -EBUSY: another
 * does. holder is a number that no other console has, not 0. */
int weir_sink_hold(struct weir_store *store, uint64_t id, uint64_t holder,
		   uint64_t now_ns) _must_use_;
void weir_sink_let_go(struct weir_store *store, uint64_t id, uint64_t holder);

/* Moves the cursor, or notes the failure (negative errno): 0, or -ESTALE when the sink is gone or
 * another console has served it meanwhile. */
int weir_sink_moved(struct weir_store *store, uint64_t id, uint64_t from, uint64_t to,
		    int error) _must_use_;
/* Moves the cursor past one line that was not delivered, and counts it. */
int weir_sink_passed(struct weir_store *store, uint64_t id, uint64_t from, uint64_t to) _must_use_;
/* Notes what came of the tests up to a number. */
int weir_sink_tested(struct weir_store *store, uint64_t id, uint64_t number, int error) _must_use_;

#endif
