/* SPDX-License-Identifier: Apache-2.0 */
/* The SQLite driver's transactions and statements. Values are bound, never written into the SQL. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "sqlite.h"
#include "weir/base/parse.h"
#include "weir/base/time.h"

struct sqlite_tx {
	struct weir_db_tx tx;
	struct weir_sqlite *be;
	struct weir_sqlite_connection *connection;
};

struct sqlite_rows {
	struct weir_db_rows rows;
	struct weir_sqlite_connection *connection;
	struct weir_sqlite_statement *statement;
	struct weir_sqlite_statement own; /* when the kept one is in use */
	bool done;
};

static struct weir_sqlite_connection *connection_of(struct weir_db_tx *tx)
{
	return container_of(tx, struct sqlite_tx, tx)->connection;
}

static struct weir_sqlite_connection *find_free_reader(struct weir_sqlite *be)
{
	for (size_t i = 0; i < ARRAY_SIZE(be->readers); i++)
		if (!be->readers[i].taken)
			return &be->readers[i];
	return NULL;
}

static void give_reader(struct weir_sqlite *be, struct weir_sqlite_connection *connection)
{
	pthread_mutex_lock(&be->lock);
	connection->taken = false;
	pthread_cond_signal(&be->given);
	pthread_mutex_unlock(&be->lock);
}

/* Not opened read-only: a reader may have to write the shared memory of the log. */
static int open_reader(struct weir_sqlite *be, struct weir_sqlite_connection *connection)
{
	int r = weir_sqlite_connect(be->path, SQLITE_OPEN_READWRITE, NULL, connection);

	return r < 0 ? r : weir_sqlite_make_reader(connection);
}

static int take_reader(struct weir_sqlite *be, struct weir_sqlite_connection **ret)
{
	struct weir_sqlite_connection *connection;
	int r = 0;

	pthread_mutex_lock(&be->lock);
	while (!(connection = find_free_reader(be)))
		pthread_cond_wait(&be->given, &be->lock);
	connection->taken = true;
	pthread_mutex_unlock(&be->lock);
	if (!connection->db)
		r = open_reader(be, connection);
	if (r < 0) {
		give_reader(be, connection);
		return r;
	}
	*ret = connection;
	return 0;
}

static void leave(struct weir_sqlite *be, struct weir_sqlite_connection *connection)
{
	if (connection == &be->writer)
		weir_turn_give(&be->turn);
	else
		give_reader(be, connection);
}

static const char *const begin_sql[] = {
	[WEIR_DB_READ] = "BEGIN",
	[WEIR_DB_LOOK] = NULL, /* one statement is a transaction of its own */
	[WEIR_DB_WRITE] = "BEGIN IMMEDIATE",
	[WEIR_DB_INGEST] = "BEGIN IMMEDIATE",
};

static int begin_on(struct weir_sqlite *be, struct weir_sqlite_connection *connection,
		    enum weir_db_kind kind, struct weir_db_tx **ret)
{
	struct sqlite_tx *tx = calloc(1, sizeof(*tx));
	int r = 0;

	if (!tx)
		return -ENOMEM;
	if (begin_sql[kind])
		r = weir_sqlite_errno(
			sqlite3_exec(connection->db, begin_sql[kind], NULL, NULL, NULL));
	if (r < 0) {
		free(tx);
		return r;
	}
	tx->be = be;
	tx->connection = connection;
	*ret = &tx->tx;
	return 0;
}

int weir_sqlite_begin(void *backend, enum weir_db_kind kind, struct weir_db_tx **ret)
{
	struct weir_sqlite *be = backend;
	struct weir_sqlite_connection *connection = &be->writer;
	int r = 0;

	if ((kind == WEIR_DB_READ || kind == WEIR_DB_LOOK) && be->path)
		r = take_reader(be, &connection);
	else
		weir_turn_take(&be->turn);
	if (r < 0)
		return r;
	r = begin_on(be, connection, kind, ret);
	if (r < 0)
		leave(be, connection);
	return r;
}

int weir_sqlite_commit(struct weir_db_tx *tx)
{
	return weir_sqlite_errno(sqlite3_exec(connection_of(tx)->db, "COMMIT", NULL, NULL, NULL));
}

void weir_sqlite_end(struct weir_db_tx *base)
{
	struct sqlite_tx *tx = container_of(base, struct sqlite_tx, tx);

	/* A full disk may have ended the transaction already. */
	if (!sqlite3_get_autocommit(tx->connection->db))
		(void)sqlite3_exec(tx->connection->db, "ROLLBACK", NULL, NULL, NULL);
	leave(tx->be, tx->connection);
	free(tx);
}

const char *weir_sqlite_reason(struct weir_db_tx *tx)
{
	return sqlite3_errmsg(connection_of(tx)->db);
}

int weir_sqlite_script(struct weir_db_tx *tx, const char *sql)
{
	return weir_sqlite_errno(sqlite3_exec(connection_of(tx)->db, sql, NULL, NULL, NULL));
}

/* Learns where $1, $2, ... are. -EINVAL: a parameter of another form. */
static int find_places(struct weir_sqlite_statement *statement)
{
	int n = sqlite3_bind_parameter_count(statement->st);

	for (int i = 1; i <= n; i++) {
		const char *name = sqlite3_bind_parameter_name(statement->st, i);
		uint32_t number = 0;

		if (!name || name[0] != '$' || weir_parse_u32(name + 1, &number) < 0 ||
		    number == 0 || number > WEIR_DB_VALUES_MAX)
			return -EINVAL;
		statement->places[number - 1] = (uint8_t)i;
		statement->n_values = WEIR_MAX(statement->n_values, (uint8_t)number);
	}
	return 0;
}

static void drop_statement(struct weir_sqlite_statement *statement)
{
	sqlite3_finalize(statement->st);
	*statement = (struct weir_sqlite_statement){};
}

static int prepare(struct weir_sqlite_connection *connection, const char *sql,
		   struct weir_sqlite_statement *statement)
{
	const char *rest = NULL;
	int r;

	r = weir_sqlite_errno(sqlite3_prepare_v3(connection->db, sql, -1, SQLITE_PREPARE_PERSISTENT,
						 &statement->st, &rest));
	if (r == 0 && (!statement->st || *rest))
		r = -EINVAL; /* nothing, or a second statement */
	if (r == 0)
		r = find_places(statement);
	if (r < 0) {
		drop_statement(statement);
		return r;
	}
	statement->slot.sql = sqlite3_sql(statement->st);
	return 0;
}

static struct weir_slot *slot_at(void *slots, size_t i)
{
	return &((struct weir_sqlite_statement *)slots)[i].slot;
}

/* The statement that is kept for sql, or *own when that is in use. */
static int take_statement(struct weir_sqlite_connection *connection, const char *sql,
			  struct weir_sqlite_statement *own, struct weir_sqlite_statement **ret)
{
	struct weir_sqlite_statement *statement = own;
	struct weir_slot *slot;
	bool hit = false;
	int r = 0;

	slot = weir_slots_find(slot_at, connection->statements, sql, &hit);
	if (slot)
		statement = container_of(slot, struct weir_sqlite_statement, slot);
	if (!hit) {
		drop_statement(statement);
		r = prepare(connection, sql, statement);
	}
	if (r < 0)
		return r;
	*ret = statement;
	return 0;
}

/* lifetime: SQLITE_STATIC, or SQLITE_TRANSIENT when the statement runs after the values are gone.
 */
static int bind_value(sqlite3_stmt *st, int place, const struct weir_db_value *value,
		      sqlite3_destructor_type lifetime)
{
	switch (value->type) {
	case WEIR_DB_NULL:
		return sqlite3_bind_null(st, place);
	case WEIR_DB_INT:
		return sqlite3_bind_int64(st, place, value->number);
	case WEIR_DB_TEXT:
		return sqlite3_bind_text64(st, place, value->data, value->len, lifetime,
					   SQLITE_UTF8);
	case WEIR_DB_BLOB:
		/* A NULL pointer would bind NULL. */
		return sqlite3_bind_blob64(st, place, value->len ? value->data : "", value->len,
					   lifetime);
	}
	return SQLITE_MISUSE;
}

static int bind_values(const struct weir_sqlite_statement *statement,
		       const struct weir_db_value *values, size_t n,
		       sqlite3_destructor_type lifetime)
{
	if (n != statement->n_values)
		return -EINVAL;
	for (size_t i = 0; i < n; i++) {
		int rc = statement->places[i] ? bind_value(statement->st, statement->places[i],
							   &values[i], lifetime)
					      : SQLITE_OK;

		if (rc != SQLITE_OK)
			return weir_sqlite_errno(rc);
	}
	return 0;
}

static void reset(struct weir_sqlite_statement *statement)
{
	sqlite3_reset(statement->st);
	sqlite3_clear_bindings(statement->st);
}

/* Runs a bound statement to its end. The number of rows changed. */
static int finish(struct weir_sqlite_connection *connection,
		  struct weir_sqlite_statement *statement)
{
	const int64_t before = sqlite3_total_changes64(connection->db);
	int rc, r;

	do
		rc = sqlite3_step(statement->st);
	while (rc == SQLITE_ROW);
	r = weir_sqlite_errno(rc);
	if (r < 0)
		return r;
	/* changes() keeps the figure of the last statement that changed something. */
	return sqlite3_total_changes64(connection->db) == before ? 0
								 : sqlite3_changes(connection->db);
}

static void start_clock(struct weir_sqlite_connection *connection)
{
	connection->deadline_ns = weir_now_monotonic() + WEIR_DB_QUERY_NS;
}

static int run_statement(struct weir_sqlite_connection *connection,
			 struct weir_sqlite_statement *statement,
			 const struct weir_db_value *values, size_t n)
{
	int r = bind_values(statement, values, n, SQLITE_STATIC);

	if (r == 0)
		r = finish(connection, statement);
	reset(statement);
	return r;
}

int weir_sqlite_run(struct weir_db_tx *tx, const char *sql, const struct weir_db_value *values,
		    size_t n)
{
	struct weir_sqlite_connection *connection = connection_of(tx);
	struct weir_sqlite_statement own _cleanup_(drop_statement) = {}, *statement = &own;
	int r = take_statement(connection, sql, &own, &statement);

	if (r < 0)
		return r;
	start_clock(connection);
	return run_statement(connection, statement, values, n);
}

static int build_insert(const struct weir_db_table *table, char *sql, size_t size)
{
	int len = snprintf(sql, size, "INSERT INTO %s (%s) VALUES (", table->name, table->columns);

	for (size_t i = 1; i <= table->n_columns; i++)
		if (len > 0 && (size_t)len < size)
			len += snprintf(sql + len, size - (size_t)len, "$%zu%s", i,
					i < table->n_columns ? ", " : ")");
	return len > 0 && (size_t)len < size ? 0 : -EINVAL;
}

int weir_sqlite_append(struct weir_db_tx *tx, const struct weir_db_table *table, weir_db_row_fn fn,
		       void *context)
{
	struct weir_sqlite_connection *connection = connection_of(tx);
	struct weir_sqlite_statement own _cleanup_(drop_statement) = {}, *statement = &own;
	struct weir_db_value values[WEIR_DB_VALUES_MAX];
	char sql[1024];
	int r = build_insert(table, sql, sizeof(sql));

	if (r == 0)
		r = take_statement(connection, sql, &own, &statement);
	if (r < 0)
		return r;
	while (r >= 0 && (r = fn(context, values)) > 0)
		r = run_statement(connection, statement, values, table->n_columns);
	return r;
}

int weir_sqlite_query(struct weir_db_tx *tx, const char *sql, const struct weir_db_value *values,
		      size_t n, struct weir_db_rows **ret)
{
	struct weir_sqlite_connection *connection = connection_of(tx);
	struct sqlite_rows *rows = calloc(1, sizeof(*rows));
	int r;

	if (!rows)
		return -ENOMEM;
	rows->connection = connection;
	r = take_statement(connection, sql, &rows->own, &rows->statement);
	if (r == 0) {
		start_clock(connection);
		rows->statement->slot.used = true;
		r = bind_values(rows->statement, values, n, SQLITE_TRANSIENT);
	}
	if (r == 0 && sqlite3_column_count(rows->statement->st) > WEIR_DB_COLUMNS_MAX)
		r = -EINVAL;
	if (r < 0) {
		weir_sqlite_rows_free(&rows->rows);
		return r;
	}
	rows->rows.n_columns = (size_t)sqlite3_column_count(rows->statement->st);
	*ret = &rows->rows;
	return 0;
}

static void read_column(sqlite3_stmt *st, int column, struct weir_db_value *ret)
{
	switch (sqlite3_column_type(st, column)) {
	case SQLITE_INTEGER:
		*ret = weir_db_int(sqlite3_column_int64(st, column));
		break;
	case SQLITE_TEXT:
		*ret = (struct weir_db_value){.type = WEIR_DB_TEXT,
					      .data = sqlite3_column_text(st, column)};
		ret->len = (size_t)sqlite3_column_bytes(st, column);
		break;
	case SQLITE_BLOB:
		*ret = weir_db_blob(sqlite3_column_blob(st, column),
				    (size_t)sqlite3_column_bytes(st, column));
		break;
	default:
		*ret = weir_db_null();
	}
	/* Out of memory while it was converted. */
	if (ret->type == WEIR_DB_TEXT && !ret->data)
		*ret = weir_db_null();
}

int weir_sqlite_next(struct weir_db_rows *base)
{
	struct sqlite_rows *rows = container_of(base, struct sqlite_rows, rows);
	sqlite3_stmt *st = rows->statement->st;
	int rc;

	if (rows->done)
		return 0;
	rc = sqlite3_step(st);
	if (rc != SQLITE_ROW) {
		rows->done = true;
		return weir_sqlite_errno(rc);
	}
	for (size_t i = 0; i < base->n_columns; i++)
		read_column(st, (int)i, &base->columns[i]);
	return 1;
}

/* Runs a bound statement; *row is its first row when *ret_found. */
static int first_row(struct weir_sqlite_statement *statement, struct weir_db_rows *row,
		     bool *ret_found)
{
	int rc = sqlite3_step(statement->st);

	*ret_found = rc == SQLITE_ROW;
	row->n_columns = (size_t)sqlite3_column_count(statement->st);
	for (size_t i = 0; *ret_found && i < row->n_columns; i++)
		read_column(statement->st, (int)i, &row->columns[i]);
	return weir_sqlite_errno(rc);
}

int weir_sqlite_each(struct weir_db_tx *tx, const char *sql, size_t n, weir_db_row_fn fn,
		     weir_db_answer_fn answer, void *context)
{
	struct weir_sqlite_connection *connection = connection_of(tx);
	struct weir_sqlite_statement own _cleanup_(drop_statement) = {}, *statement = &own;
	struct weir_db_value values[WEIR_DB_VALUES_MAX];
	struct weir_db_rows row = {.tx = tx};
	int r = take_statement(connection, sql, &own, &statement);
	bool found = false;

	if (r < 0)
		return r;
	for (size_t i = 0; r >= 0 && (r = fn(context, values)) > 0; i++) {
		r = bind_values(statement, values, n, SQLITE_STATIC);
		if (r == 0)
			r = first_row(statement, &row, &found);
		if (r == 0 && answer)
			r = answer(context, i, found ? &row : NULL,
				   sqlite3_changes(connection->db));
		if (r == 0 && found)
			r = finish(connection, statement);
		reset(statement);
	}
	return r;
}

void weir_sqlite_rows_free(struct weir_db_rows *base)
{
	struct sqlite_rows *rows = container_of(base, struct sqlite_rows, rows);

	if (rows->statement) {
		reset(rows->statement);
		rows->statement->slot.used = false;
	}
	drop_statement(&rows->own);
	free(rows);
}
