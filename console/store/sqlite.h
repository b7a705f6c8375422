/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_STORE_SQLITE_H
#define WEIR_CONSOLE_STORE_SQLITE_H

/* Shared by the files of the SQLite driver alone. */

#include <pthread.h>
#include <sqlite3.h>

#include "driver.h"
#include "slots.h"
#include "turn.h"

#define WEIR_SQLITE_READERS 8

struct weir_sqlite_statement {
	struct weir_slot slot; /* its text is the statement's own */
	sqlite3_stmt *st;
	uint8_t places[WEIR_DB_VALUES_MAX]; /* of $1, $2, ...: SQLite counts by first appearance;
					       0: not in the text */
	uint8_t n_values;		    /* the highest of them */
};

struct weir_sqlite_connection {
	sqlite3 *db; /* NULL: not open yet */
	struct weir_sqlite_statement statements[WEIR_SLOTS_N];
	uint64_t deadline_ns; /* monotonic, of the query that runs; 0: none */
	bool taken;
};

struct weir_sqlite {
	char *path; /* NULL: in memory, where the writer reads as well */
	struct weir_turn turn;
	struct weir_sqlite_connection writer; /* whose turn it is */

	pthread_mutex_t lock; /* guards who has taken which reader */
	pthread_cond_t given;
	struct weir_sqlite_connection readers[WEIR_SQLITE_READERS];
};

/* What SQLite said, as a negative errno; 0 for SQLITE_OK, SQLITE_ROW and SQLITE_DONE. */
int weir_sqlite_errno(int rc);

/* Opens one connection with the settings that hold for all. */
int weir_sqlite_connect(const char *path, int flags, struct weir_error *err,
			struct weir_sqlite_connection *connection) _must_use_;
/* Makes it a reader: no changes, and a time limit. */
int weir_sqlite_make_reader(struct weir_sqlite_connection *connection) _must_use_;
void weir_sqlite_disconnect(struct weir_sqlite_connection *connection);

/* What weir_db_ops asks for. */
int weir_sqlite_begin(void *backend, enum weir_db_kind kind, struct weir_db_tx **ret);
int weir_sqlite_commit(struct weir_db_tx *tx);
void weir_sqlite_end(struct weir_db_tx *base);
int weir_sqlite_run(struct weir_db_tx *tx, const char *sql, const struct weir_db_value *values,
		    size_t n);
int weir_sqlite_query(struct weir_db_tx *tx, const char *sql, const struct weir_db_value *values,
		      size_t n, struct weir_db_rows **ret);
int weir_sqlite_next(struct weir_db_rows *base);
void weir_sqlite_rows_free(struct weir_db_rows *base);
int weir_sqlite_script(struct weir_db_tx *tx, const char *sql);
const char *weir_sqlite_reason(struct weir_db_tx *tx);
int weir_sqlite_append(struct weir_db_tx *tx, const struct weir_db_table *table, weir_db_row_fn fn,
		       void *context);
int weir_sqlite_each(struct weir_db_tx *tx, const char *sql, size_t n, weir_db_row_fn fn,
		     weir_db_answer_fn answer, void *context);

#endif
