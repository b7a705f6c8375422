/* SPDX-License-Identifier: Apache-2.0 */
/* The tables and how they came to be. A migration that has been released is never edited: a change
 * is a new one. */

#include <errno.h>

#include "sqlite.h"
#include "weir/base/time.h"

/* event.id is what people quote: AUTOINCREMENT, so that an id never comes back after a deletion.
 * Times, sequences and counts stay below 2^63; an epoch is any 64-bit number, stored by its bits.
 */
static const char schema_1[] =
	"CREATE TABLE agent ("
	" id INTEGER PRIMARY KEY,"
	" uid BLOB NOT NULL UNIQUE CHECK (length(uid) = 16),"
	" host TEXT NOT NULL,"
	" version TEXT NOT NULL,"
	" first_seen_ns INTEGER NOT NULL,"
	" last_seen_ns INTEGER NOT NULL,"
	" epoch INTEGER NOT NULL,"
	" n_events INTEGER NOT NULL DEFAULT 0,"
	" n_rejects INTEGER NOT NULL DEFAULT 0"
	") STRICT;"
	"CREATE TABLE spool ("
	" agent INTEGER NOT NULL REFERENCES agent (id),"
	" epoch INTEGER NOT NULL,"
	" committed_sequence INTEGER NOT NULL CHECK (committed_sequence >= 0),"
	" PRIMARY KEY (agent, epoch)"
	") STRICT, WITHOUT ROWID;"
	"CREATE TABLE event ("
	" id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" agent INTEGER NOT NULL REFERENCES agent (id),"
	" epoch INTEGER NOT NULL,"
	" sequence INTEGER NOT NULL CHECK (sequence > 0),"
	" time_ns INTEGER NOT NULL,"
	" received_ns INTEGER NOT NULL,"
	" channel INTEGER NOT NULL,"
	" action INTEGER NOT NULL,"
	" tier INTEGER NOT NULL,"
	" alert INTEGER NOT NULL CHECK (alert IN (0, 1)),"
	" rule TEXT NOT NULL,"
	" hook TEXT NOT NULL,"
	" cause TEXT NOT NULL,"
	" blob BLOB NOT NULL,"
	" UNIQUE (agent, epoch, sequence)"
	") STRICT;"
	"CREATE INDEX event_time ON event (time_ns);"
	"CREATE INDEX event_agent ON event (agent, id);"
	"CREATE INDEX event_alert ON event (id) WHERE alert = 1;"
	"CREATE TABLE reject ("
	" agent INTEGER NOT NULL REFERENCES agent (id),"
	" epoch INTEGER NOT NULL,"
	" sequence INTEGER NOT NULL CHECK (sequence > 0),"
	" received_ns INTEGER NOT NULL,"
	" code INTEGER NOT NULL,"
	" bytes INTEGER NOT NULL,"
	" detail TEXT NOT NULL,"
	" PRIMARY KEY (agent, epoch, sequence)"
	") STRICT, WITHOUT ROWID;"
	"CREATE TABLE drop_count ("
	" agent INTEGER NOT NULL REFERENCES agent (id),"
	" cause TEXT NOT NULL,"
	" count INTEGER NOT NULL CHECK (count >= 0),"
	" PRIMARY KEY (agent, cause)"
	") STRICT, WITHOUT ROWID;";

/* migrations[n] leads from version n to n + 1. */
static const char *const migrations[] = {schema_1};

static int run(sqlite3 *db, const char *sql, struct weir_error *err)
{
	int r = weir_sqlite_errno(sqlite3_exec(db, sql, NULL, NULL, NULL));

	if (r < 0)
		return weir_error_set(err, r, 0, 0,
				      "the database refused a change of its tables: %s",
				      sqlite3_errmsg(db));
	return 0;
}

/* The highest version applied, 0 in an empty database. Versions must be 1..n: a hole means that
 * someone edited the table. */
static int read_version(sqlite3 *db, struct weir_error *err, int64_t *ret)
{
	sqlite3_stmt *st _cleanup_(weir_sqlite_finalizep) = NULL;
	int64_t version, rows;
	int rc, r;

	rc = sqlite3_prepare_v2(db,
				"SELECT coalesce(max(version), 0), count(*) FROM schema_version",
				-1, &st, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(st);
	r = rc == SQLITE_ROW ? 0 : weir_sqlite_errno(rc);
	if (rc != SQLITE_ROW)
		return weir_error_set(err, r < 0 ? r : -EIO, 0, 0,
				      "cannot read the database's schema version: %s",
				      sqlite3_errmsg(db));
	version = sqlite3_column_int64(st, 0);
	rows = sqlite3_column_int64(st, 1);
	if (version != rows || version < 0) {
		weir_error_set(err, -EBADMSG, 0, 0,
			       "the table schema_version is damaged: %lld rows, highest %lld",
			       (long long)rows, (long long)version);
		weir_error_hint(err, "restore the database from a backup");
		return -EBADMSG;
	}
	*ret = version;
	return 0;
}

static int note_version(sqlite3 *db, int64_t version, struct weir_error *err)
{
	sqlite3_stmt *st _cleanup_(weir_sqlite_finalizep) = NULL;
	int rc, r;

	rc = sqlite3_prepare_v2(db,
				"INSERT INTO schema_version (version, applied_ns) VALUES (?1, ?2)",
				-1, &st, NULL);
	if (rc == SQLITE_OK) {
		sqlite3_bind_int64(st, 1, version);
		sqlite3_bind_int64(st, 2, (int64_t)weir_now_realtime());
		rc = sqlite3_step(st);
	}
	r = rc == SQLITE_DONE ? 0 : weir_sqlite_errno(rc);
	if (rc != SQLITE_DONE)
		return weir_error_set(err, r < 0 ? r : -EIO, 0, 0,
				      "cannot note schema version %lld: %s", (long long)version,
				      sqlite3_errmsg(db));
	return 0;
}

static int migrate_in_transaction(sqlite3 *db, struct weir_error *err)
{
	const int64_t known = (int64_t)ARRAY_SIZE(migrations);
	int64_t version = 0;
	int r;

	r = run(db,
		"CREATE TABLE IF NOT EXISTS schema_version ("
		" version INTEGER PRIMARY KEY, applied_ns INTEGER NOT NULL) STRICT",
		err);
	if (r < 0)
		return r;
	r = read_version(db, err, &version);
	if (r < 0)
		return r;
	if (version > known) {
		weir_error_set(
			err, -EPROTONOSUPPORT, 0, 0,
			"the database has schema version %lld, this weir-console knows up to %lld",
			(long long)version, (long long)known);
		weir_error_hint(
			err,
			"start the newer weir-console that wrote it, or restore an older backup");
		return -EPROTONOSUPPORT;
	}
	for (; version < known; version++) {
		r = run(db, migrations[version], err);
		if (r < 0)
			return r;
		r = note_version(db, version + 1, err);
		if (r < 0)
			return r;
	}
	return 0;
}

int weir_sqlite_migrate(sqlite3 *db, struct weir_error *err)
{
	int r = run(db, "BEGIN IMMEDIATE", err);

	if (r < 0)
		return r;
	r = migrate_in_transaction(db, err);
	if (r < 0) {
		(void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
		return r;
	}
	return run(db, "COMMIT", err);
}
