/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_STORE_PG_H
#define WEIR_CONSOLE_STORE_PG_H

/* Shared by the files of the PostgreSQL driver alone. */

#include <libpq-fe.h>
#include <pthread.h>
#include <stdatomic.h>

#include "driver.h"
#include "slots.h"
#include "turn.h"

#define WEIR_PG_READERS 8
#define WEIR_PG_CHANNEL "weir" /* of LISTEN and NOTIFY */

/* Types of the server's catalogue that the dialect can meet. */
enum {
	WEIR_PG_BOOL = 16,
	WEIR_PG_BYTEA = 17,
	WEIR_PG_INT8 = 20,
	WEIR_PG_INT2 = 21,
	WEIR_PG_INT4 = 23,
	WEIR_PG_TEXT = 25,
	WEIR_PG_VARCHAR = 1043,
	WEIR_PG_NUMERIC = 1700,
};

struct weir_pg_slot {
	struct weir_slot slot; /* its text is owned; never in use, an answer is fetched whole */
	unsigned n_values;
};

struct weir_pg_connection {
	PGconn *conn; /* NULL: not connected */
	struct weir_pg_slot slots[WEIR_SLOTS_N];
	bool taken; /* of readers */
	char reason[256];
};

struct weir_pg {
	char *conninfo;
	struct weir_turn write_turn, ingest_turn;
	struct weir_pg_connection writer, ingester; /* whose turn it is */

	pthread_mutex_t lock; /* guards who has taken which reader */
	pthread_cond_t given;
	struct weir_pg_connection readers[WEIR_PG_READERS];

	struct weir_store *store;
	pthread_t listener;
	bool listening;
	int stop_fd; /* eventfd: the listener is to end */
};

struct weir_pg_tx {
	struct weir_db_tx tx;
	struct weir_pg *be;
	struct weir_pg_connection *connection;
};

/* Connects, with the settings that hold for all. *err may be NULL. */
int weir_pg_connect(const char *conninfo, struct weir_error *err, PGconn **ret) _must_use_;
/* Connects when it is not connected. */
int weir_pg_ready(struct weir_pg *be, struct weir_pg_connection *connection) _must_use_;
void weir_pg_disconnect(struct weir_pg_connection *connection);

/* What the answer says, as a negative errno; 0 when it is none of an error. Keeps its words in
 * connection->reason. */
int weir_pg_errno(struct weir_pg_connection *connection, const PGresult *result);

/* Runs SQL without values, several statements too. */
int weir_pg_exec(struct weir_pg_connection *connection, const char *sql);

/* Finds or prepares the statement; its name is that of its slot. */
#define WEIR_PG_NAME 16
int weir_pg_prepare(struct weir_pg_connection *connection, const char *sql,
		    const struct weir_db_value *values, size_t n, char name[static WEIR_PG_NAME]);

/* Values as libpq takes them. Borrows from the values. */
struct weir_pg_values {
	const char *data[WEIR_DB_VALUES_MAX];
	int len[WEIR_DB_VALUES_MAX];
	int format[WEIR_DB_VALUES_MAX];
	char numbers[WEIR_DB_VALUES_MAX][24];
};
void weir_pg_values(const struct weir_db_value *values, size_t n, struct weir_pg_values *ret);

/* Row `row` of an answer in binary. Borrows from it. */
void weir_pg_read_row(const PGresult *result, int row, struct weir_db_rows *ret);
/* The number of rows that a statement changed. */
int weir_pg_changed(PGresult *result);

static inline void weir_pg_clearp(PGresult **result)
{
	PQclear(*result);
}

static inline struct weir_pg_connection *weir_pg_connection(struct weir_db_tx *tx)
{
	return container_of(tx, struct weir_pg_tx, tx)->connection;
}

/* What weir_db_ops asks for. */
int weir_pg_begin(void *backend, enum weir_db_kind kind, struct weir_db_tx **ret);
int weir_pg_commit(struct weir_db_tx *tx);
void weir_pg_end(struct weir_db_tx *base);
int weir_pg_run(struct weir_db_tx *tx, const char *sql, const struct weir_db_value *values,
		size_t n);
int weir_pg_query(struct weir_db_tx *tx, const char *sql, const struct weir_db_value *values,
		  size_t n, struct weir_db_rows **ret);
int weir_pg_next(struct weir_db_rows *base);
void weir_pg_rows_free(struct weir_db_rows *base);
int weir_pg_script(struct weir_db_tx *tx, const char *sql);
const char *weir_pg_reason(struct weir_db_tx *tx);
int weir_pg_append(struct weir_db_tx *tx, const struct weir_db_table *table, weir_db_row_fn fn,
		   void *context);
int weir_pg_each(struct weir_db_tx *tx, const char *sql, size_t n, weir_db_row_fn fn,
		 weir_db_answer_fn answer, void *context);
int weir_pg_make_room(struct weir_db_tx *tx, uint64_t received_ns);
int weir_pg_drop_events(struct weir_db_tx *tx, int64_t alert, int64_t below_id, uint64_t *n);
extern const char weir_pg_event_table[];

/* The thread that hears what other processes announce. */
int weir_pg_listen(void *backend, struct weir_store *store);
void weir_pg_stop_listening(struct weir_pg *be);

#endif
