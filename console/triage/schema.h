/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_TRIAGE_SCHEMA_H
#define WEIR_CONSOLE_TRIAGE_SCHEMA_H

#include "weir/console_triage/triage.h"

extern const struct weir_db_schema weir_triage_schema;

/* Before the first statement that changes an alert. Ingest and people may write side by side; from here to the commit nobody else
 * changes alerts, so what was read holds, and the log's numbers are in the order of commits. */
int weir_triage_turn(struct weir_db_tx *tx) _must_use_;

/* The hook of the store: events of one batch that are new. */
int weir_triage_stored(void *context, struct weir_db_tx *tx,
		       const struct weir_store_stored *stored);

/* Adds a line about the alert as it is now; its number is to be announced. */
int weir_triage_note(struct weir_db_tx *tx, const struct weir_alert_log *line, uint64_t person_id,
		     uint64_t *ret_id) _must_use_;

#endif
