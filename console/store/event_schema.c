/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of agents, and of what came of their batches beside the events. */

#include "internal.h"

/* Times, sequences and counts stay below 2^63; an epoch is any
 * 64-bit number, stored by its bits. Who has sent what up to where is in spool alone. */
static const char tables[] = "CREATE TABLE agent ("
			     " id {id},"
			     " uid {blob} NOT NULL UNIQUE CHECK (length(uid) = 16),"
			     " host {text} NOT NULL,"
			     " version {text} NOT NULL,"
			     " first_seen_ns {int} NOT NULL,"
			     " last_seen_ns {int} NOT NULL,"
			     " epoch {int} NOT NULL"
			     ") {strict};"
			     "CREATE TABLE spool ("
			     " agent {int} NOT NULL REFERENCES agent (id),"
			     " epoch {int} NOT NULL,"
			     " committed_sequence {int} NOT NULL CHECK (committed_sequence >= 0),"
			     " n_events {int} NOT NULL,"
			     " n_rejects {int} NOT NULL,"
			     " PRIMARY KEY (agent, epoch)"
			     ") {keyed};"
			     "CREATE TABLE reject ("
			     " agent {int} NOT NULL REFERENCES agent (id),"
			     " epoch {int} NOT NULL,"
			     " sequence {int} NOT NULL CHECK (sequence > 0),"
			     " received_ns {int} NOT NULL,"
			     " code {int} NOT NULL,"
			     " bytes {int} NOT NULL,"
			     " detail {text} NOT NULL,"
			     " PRIMARY KEY (agent, epoch, sequence)"
			     ") {keyed};"
			     "CREATE TABLE drop_count ("
			     " agent {int} NOT NULL REFERENCES agent (id),"
			     " cause {text} NOT NULL,"
			     " count {int} NOT NULL CHECK (count >= 0),"
			     " PRIMARY KEY (agent, cause)"
			     ") {keyed};";

/* The group is the fleet's to say; it comes with each batch. */
static const char groups[] = "ALTER TABLE agent ADD COLUMN group_name {text} NOT NULL DEFAULT ''";

int weir_store_migrate(struct weir_store *store, struct weir_error *err)
{
	const char *const migrations[] = {tables, store->ops->event_table, groups};
	const struct weir_db_schema schema = {"event", migrations, ARRAY_SIZE(migrations)};

	return weir_db_migrate(store, &schema, err);
}
