/* SPDX-License-Identifier: Apache-2.0 */
#include "schema.h"

#include <errno.h>

/* state, verdict, severity, channel and action are bits: a filter is a mask. One alert that is not
 * resolved for each key, of which the database takes care. */
static const char tables_1[] =
	"CREATE TABLE alert ("
	" id {id},"
	" rule {text} NOT NULL,"
	" user_name {text} NOT NULL,"
	" machine {text} NOT NULL,"
	" destination {text} NOT NULL,"
	" window_ns {int} NOT NULL,"
	" version {int} NOT NULL,"
	" state {int} NOT NULL CHECK (state IN (1, 2, 4, 8)),"
	" verdict {int} NOT NULL,"
	" severity {int} NOT NULL,"
	" channel {int} NOT NULL,"
	" action {int} NOT NULL,"
	" assignee {text} NOT NULL,"
	" n_events {int} NOT NULL,"
	" n_let_through {int} NOT NULL,"
	" identifiers {int} NOT NULL,"
	" first_ns {int} NOT NULL,"
	" last_ns {int} NOT NULL,"
	" created_ns {int} NOT NULL,"
	" changed_ns {int} NOT NULL,"
	" quiet_until_ns {int} NOT NULL,"
	" host {text} NOT NULL,"
	" process {text} NOT NULL,"
	" target {text} NOT NULL,"
	" CHECK ((state = 4) = (verdict <> 1))"
	"){strict};"
	"CREATE UNIQUE INDEX alert_open ON alert (rule, user_name, machine, destination, window_ns)"
	" WHERE state <> 4;"
	"CREATE INDEX alert_changed ON alert (changed_ns);"
	"CREATE TABLE alert_seen ("
	" alert {int} NOT NULL REFERENCES alert (id),"
	" kind {int} NOT NULL,"
	" value {text} NOT NULL,"
	" n {int} NOT NULL,"
	" PRIMARY KEY (alert, kind, value)"
	"){keyed};"
	"CREATE TABLE alert_log ("
	" id {id},"
	" alert {int} NOT NULL REFERENCES alert (id),"
	" time_ns {int} NOT NULL,"
	" step {int} NOT NULL,"
	" news {int} NOT NULL,"
	" event {int} NOT NULL,"
	" person_id {int} NOT NULL,"
	" person {text} NOT NULL,"
	" text {text} NOT NULL,"
	" version {int} NOT NULL,"
	" state {int} NOT NULL,"
	" verdict {int} NOT NULL,"
	" severity {int} NOT NULL,"
	" assignee {text} NOT NULL,"
	" n_events {int} NOT NULL,"
	" n_let_through {int} NOT NULL,"
	" identifiers {int} NOT NULL,"
	" last_ns {int} NOT NULL"
	"){strict};"
	"CREATE INDEX alert_log_alert ON alert_log (alert, id);"
	"CREATE TABLE suppression ("
	" id {id},"
	" rule {text} NOT NULL,"
	" user_name {text} NOT NULL,"
	" machine {text} NOT NULL,"
	" destination {text} NOT NULL,"
	" owner_id {int} NOT NULL,"
	" owner {text} NOT NULL,"
	" reason {text} NOT NULL,"
	" created_ns {int} NOT NULL,"
	" expires_ns {int} NOT NULL"
	"){strict};"
	"CREATE INDEX suppression_rule ON suppression (rule, expires_ns);"
	"CREATE TABLE alert_turn ("
	" number {int} NOT NULL PRIMARY KEY CHECK (number = 1),"
	" taken {int} NOT NULL"
	"){strict};"
	"INSERT INTO alert_turn (number, taken) VALUES (1, 0)";

static const char *const migrations[] = {tables_1};

const struct weir_db_schema weir_triage_schema = {"triage", migrations, ARRAY_SIZE(migrations)};

int weir_triage_turn(struct weir_db_tx *tx)
{
	int r = weir_db_run(tx, "UPDATE alert_turn SET taken = taken + 1 WHERE number = 1", NULL,
			    0);

	return r < 0 ? r : r == 1 ? 0 : -EBADMSG;
}

int weir_triage_init(struct weir_store *store, struct weir_error *err)
{
	int r = weir_db_migrate(store, &weir_triage_schema, err);

	if (r == 0)
		weir_store_on_stored(store, weir_triage_stored, NULL);
	return r;
}
