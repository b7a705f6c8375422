/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>

#include "internal.h"

/* evidence_room has one row: the bytes that are kept, so that nobody has to add them up, and when what is due was destroyed last. A blob
 * is destroyed as a row; requests outlive it and name it by agent and hash. */
static const char *const migrations[] = {
	"CREATE TABLE evidence_blob ("
	" agent {blob} NOT NULL,"
	" sha256 {blob} NOT NULL,"
	" size {int} NOT NULL,"
	" received_ns {int} NOT NULL,"
	" data {blob} NOT NULL,"
	" PRIMARY KEY (agent, sha256)"
	") {strict};"
	"CREATE INDEX evidence_blob_size ON evidence_blob (agent, size);"
	"CREATE INDEX evidence_blob_received ON evidence_blob (received_ns);"
	"CREATE TABLE evidence_room ("
	" number {int} NOT NULL PRIMARY KEY CHECK (number = 1),"
	" bytes {int} NOT NULL CHECK (bytes >= 0),"
	" retained_ns {int} NOT NULL"
	") {strict};"
	"INSERT INTO evidence_room (number, bytes, retained_ns) VALUES (1, 0, 0);"
	"CREATE TABLE evidence_request ("
	" id {id},"
	" state {int} NOT NULL,"
	" event {int} NOT NULL,"
	" alert {int} NOT NULL,"
	" agent {blob} NOT NULL,"
	" sha256 {blob} NOT NULL,"
	" reason {text} NOT NULL,"
	" minutes {int} NOT NULL,"
	" requester {int} NOT NULL,"
	" requester_name {text} NOT NULL,"
	" decider {int} NOT NULL,"
	" decider_name {text} NOT NULL,"
	" created_ns {int} NOT NULL,"
	" decided_ns {int} NOT NULL,"
	" until_ns {int} NOT NULL,"
	" reads {int} NOT NULL,"
	" read_ns {int} NOT NULL,"
	" CHECK (decider <> requester)"
	") {strict};",
};

int weir_evidence_init(struct weir_store *store, struct weir_error *err)
{
	static const struct weir_db_schema schema = {"evidence", migrations,
						     ARRAY_SIZE(migrations)};

	return weir_db_migrate(store, &schema, err);
}

int evidence_finish(struct weir_db_tx *tx, const struct weir_principal *by, const char *action,
		    uint64_t id, const char *detail)
{
	char object[48];
	int r;

	(void)snprintf(object, sizeof(object), "evidence request %" PRIu64, id);
	r = weir_audit_write(tx, by, action, object, detail);
	return r < 0 ? r : weir_db_commit(tx);
}
