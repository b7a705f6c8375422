/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_STORE_SQLITE_H
#define WEIR_CONSOLE_STORE_SQLITE_H

/* Shared by the files of the SQLite back end alone. */

#include <pthread.h>
#include <sqlite3.h>

#include "backend.h"

#define WEIR_SQLITE_QUERY_NS (UINT64_C(10) * 1000000000) /* a query that runs longer is stopped */

enum weir_sqlite_statement {
	ST_BEGIN,
	ST_COMMIT,
	ST_ROLLBACK,
	ST_SAVE,
	ST_RELEASE,
	ST_UNDO,
	ST_AGENT,
	ST_COMMITTED,
	ST_SET_COMMITTED,
	ST_EVENT,
	ST_REJECT,
	ST_CONFLICT,
	ST_DROP,
	ST_COUNT,
	_ST_MAX,
};

struct weir_sqlite {
	sqlite3 *writer; /* used by one thread at a time: the front sees to that */
	sqlite3_stmt *statements[_ST_MAX];
	sqlite3 *reader;	   /* the writer itself for a database in memory */
	pthread_mutex_t read_lock; /* held by queries, and by ingest when reader == writer */
	uint64_t deadline_ns;	   /* monotonic, of the query that runs; under read_lock */
};

/* What SQLite said, as a negative errno; 0 for SQLITE_OK, SQLITE_ROW and SQLITE_DONE. */
int weir_sqlite_errno(int rc);

/* Resets for _cleanup_, so that a borrowed statement never holds a transaction open. */
void weir_sqlite_resetp(sqlite3_stmt **statement);
void weir_sqlite_finalizep(sqlite3_stmt **statement);

/* Makes or migrates the tables. */
int weir_sqlite_migrate(sqlite3 *db, struct weir_error *err) _must_use_;

void weir_sqlite_ingest(void *backend, struct weir_store_job *jobs);
int weir_sqlite_list_events(void *backend, const struct weir_store_filter *filter,
			    weir_store_event_fn fn, void *context);
int weir_sqlite_get_event(void *backend, uint64_t id, weir_store_event_fn fn, void *context);
int weir_sqlite_list_agents(void *backend, const uint8_t *after_uid, uint32_t limit,
			    weir_store_agent_fn fn, void *context);

#endif
