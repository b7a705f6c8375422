/* SPDX-License-Identifier: Apache-2.0 */
/* A prepared INSERT, again and again, and one COMMIT: with the settings of the store. */

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#include "ingest.h"

struct raw {
	sqlite3 *db;
	sqlite3_stmt *insert;
};

static void must(const struct raw *raw, int rc)
{
	if (rc == SQLITE_OK || rc == SQLITE_DONE)
		return;
	(void)fprintf(stderr, "sqlite: %s\n", sqlite3_errmsg(raw->db));
	exit(1);
}

struct raw *raw_sqlite_open(const char *where)
{
	struct raw *raw = calloc(1, sizeof(*raw));

	if (!raw)
		exit(1);
	must(raw, sqlite3_open(where, &raw->db));
	must(raw, sqlite3_exec(raw->db,
			       "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
			       "PRAGMA foreign_keys = ON",
			       NULL, NULL, NULL));
	must(raw, sqlite3_prepare_v2(raw->db,
				     "INSERT INTO event (agent, epoch, sequence, time_ns,"
				     " received_ns, channel, action, tier, alert, rule, hook,"
				     " cause, blob) VALUES (?, 7, ?, ?, ?, 2, 4, 1, 1,"
				     " 'stick-bulk-identity', 'lsm/file_permission', 'content', ?)",
				     -1, &raw->insert, NULL));
	return raw;
}

static void insert(struct raw *raw, const struct raw_rows *rows, int64_t agent, int64_t sequence)
{
	sqlite3_bind_int64(raw->insert, 1, agent);
	sqlite3_bind_int64(raw->insert, 2, sequence);
	sqlite3_bind_int64(raw->insert, 3, rows->received_ns);
	sqlite3_bind_int64(raw->insert, 4, rows->received_ns);
	sqlite3_bind_blob(raw->insert, 5, rows->blob, (int)rows->len, SQLITE_STATIC);
	must(raw, sqlite3_step(raw->insert));
	sqlite3_reset(raw->insert);
}

void raw_sqlite_commit(struct raw *raw, const struct raw_rows *rows)
{
	must(raw, sqlite3_exec(raw->db, "BEGIN IMMEDIATE", NULL, NULL, NULL));
	for (size_t i = 0; i < rows->n_agents; i++)
		for (size_t k = 0; k < rows->batch; k++)
			insert(raw, rows, rows->first_agent + (int64_t)i,
			       rows->first_sequence + (int64_t)k);
	must(raw, sqlite3_exec(raw->db, "COMMIT", NULL, NULL, NULL));
}

void raw_sqlite_close(struct raw *raw)
{
	sqlite3_finalize(raw->insert);
	sqlite3_close(raw->db);
	free(raw);
}
