/* SPDX-License-Identifier: Apache-2.0 */
/* The PostgreSQL driver's transactions and statements. An answer is fetched whole, so that queries
 * may nest on one connection. */

#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "pg.h"
#include "weir/base/parse.h"

/* Released by the commit, after it can be seen: who has the lock sees all that was written under
 * it. The numbers only have to be nobody else's. */
#define TAKE(key) "BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_advisory_xact_lock(" key ")"

static const char *const begin_sql[] = {
	[WEIR_DB_LOOK] = NULL, /* one statement is a transaction of its own */
	[WEIR_DB_READ] = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
	[WEIR_DB_WRITE] = TAKE("8243109548112901"),
	[WEIR_DB_INGEST] = TAKE("8243109548112902"),
};

struct pg_rows {
	struct weir_db_rows rows;
	PGresult *result;
	int at;
};

static struct weir_pg_connection *take_reader(struct weir_pg *be)
{
	struct weir_pg_connection *found = NULL;

	pthread_mutex_lock(&be->lock);
	for (;;) {
		for (size_t i = 0; !found && i < ARRAY_SIZE(be->readers); i++)
			if (!be->readers[i].taken)
				found = &be->readers[i];
		if (found)
			break;
		pthread_cond_wait(&be->given, &be->lock);
	}
	found->taken = true;
	pthread_mutex_unlock(&be->lock);
	return found;
}

static struct weir_pg_connection *take(struct weir_pg *be, enum weir_db_kind kind)
{
	switch (kind) {
	case WEIR_DB_WRITE:
		weir_turn_take(&be->write_turn);
		return &be->writer;
	case WEIR_DB_INGEST:
		weir_turn_take(&be->ingest_turn);
		return &be->ingester;
	default:
		return take_reader(be);
	}
}

static void give(struct weir_pg *be, struct weir_pg_connection *connection)
{
	if (connection == &be->writer) {
		weir_turn_give(&be->write_turn);
	} else if (connection == &be->ingester) {
		weir_turn_give(&be->ingest_turn);
	} else {
		pthread_mutex_lock(&be->lock);
		connection->taken = false;
		pthread_cond_signal(&be->given);
		pthread_mutex_unlock(&be->lock);
	}
}

/* Leaves no transaction open on the connection. */
static void settle(struct weir_pg_connection *connection)
{
	if (!connection->conn)
		return;
	if (PQtransactionStatus(connection->conn) != PQTRANS_IDLE)
		(void)weir_pg_exec(connection, "ROLLBACK");
	if (PQtransactionStatus(connection->conn) != PQTRANS_IDLE)
		weir_pg_disconnect(connection);
}

/* A connection that had been idle may have died meanwhile: nothing was asked of it yet, so once
 * more with a new one. */
static int begin_on(struct weir_pg *be, struct weir_pg_connection *connection,
		    enum weir_db_kind kind)
{
	int r = -ENOTCONN;

	for (unsigned i = 0; r == -ENOTCONN && i < 2; i++) {
		r = weir_pg_ready(be, connection);
		if (r < 0 || !begin_sql[kind])
			break;
		r = weir_pg_exec(connection, begin_sql[kind]);
		if (r < 0)
			settle(connection);
	}
	return r;
}

int weir_pg_begin(void *backend, enum weir_db_kind kind, struct weir_db_tx **ret)
{
	struct weir_pg *be = backend;
	struct weir_pg_tx *tx = calloc(1, sizeof(*tx));
	int r;

	if (!tx)
		return -ENOMEM;
	tx->be = be;
	tx->connection = take(be, kind);
	r = begin_on(be, tx->connection, kind);
	if (r < 0) {
		give(be, tx->connection);
		free(tx);
		return r;
	}
	*ret = &tx->tx;
	return 0;
}

static int notify(struct weir_pg_connection *connection,
		  const struct weir_db_announcement *announced)
{
	PGresult *result _cleanup_(weir_pg_clearp) = NULL;
	char payload[WEIR_DB_TOPIC_MAX + 32];
	const char *const values[] = {WEIR_PG_CHANNEL, payload};

	(void)snprintf(payload, sizeof(payload), "%s %" PRIu64, announced->topic,
		       announced->number);
	result = PQexecParams(connection->conn, "SELECT pg_notify($1, $2)", 2, NULL, values, NULL,
			      NULL, 0);
	return weir_pg_errno(connection, result);
}

int weir_pg_commit(struct weir_db_tx *tx)
{
	struct weir_pg_connection *connection = weir_pg_connection(tx);
	PGresult *result _cleanup_(weir_pg_clearp) = NULL;
	int r = 0;

	for (size_t i = 0; r == 0 && i < tx->n_announced; i++)
		r = notify(connection, &tx->announced[i]);
	if (r < 0)
		return r;
	result = PQexec(connection->conn, "COMMIT");
	r = weir_pg_errno(connection, result);
	/* The server answers so when the transaction had failed before. */
	if (r == 0 && strcmp(PQcmdStatus(result), "COMMIT") != 0)
		r = -EIO;
	return r;
}

void weir_pg_end(struct weir_db_tx *base)
{
	struct weir_pg_tx *tx = container_of(base, struct weir_pg_tx, tx);

	settle(tx->connection);
	give(tx->be, tx->connection);
	free(tx);
}

const char *weir_pg_reason(struct weir_db_tx *tx)
{
	return weir_pg_connection(tx)->reason;
}

int weir_pg_script(struct weir_db_tx *tx, const char *sql)
{
	return weir_pg_exec(weir_pg_connection(tx), sql);
}

static struct weir_slot *slot_at(void *slots, size_t i)
{
	return &((struct weir_pg_slot *)slots)[i].slot;
}

static void find_types(const struct weir_db_value *values, size_t n,
		       Oid types[static WEIR_DB_VALUES_MAX])
{
	static const Oid known[] = {
		[WEIR_DB_NULL] = 0, /* the server's guess */
		[WEIR_DB_INT] = WEIR_PG_INT8,
		[WEIR_DB_TEXT] = WEIR_PG_TEXT,
		[WEIR_DB_BLOB] = WEIR_PG_BYTEA,
	};

	for (size_t i = 0; i < n; i++)
		types[i] = known[values[i].type];
}

static int drop_slot(struct weir_pg_connection *connection, struct weir_pg_slot *slot,
		     const char *name)
{
	char sql[64];

	if (!slot->slot.sql)
		return 0;
	(void)snprintf(sql, sizeof(sql), "DEALLOCATE %s", name);
	free((char *)slot->slot.sql);
	slot->slot.sql = NULL;
	return weir_pg_exec(connection, sql);
}

static int fill_slot(struct weir_pg_connection *connection, struct weir_pg_slot *slot,
		     const char *name, const char *sql, const struct weir_db_value *values,
		     size_t n)
{
	PGresult *result _cleanup_(weir_pg_clearp) = NULL;
	Oid types[WEIR_DB_VALUES_MAX];
	int r = drop_slot(connection, slot, name);

	if (r < 0)
		return r;
	find_types(values, n, types);
	result = PQprepare(connection->conn, name, sql, (int)n, types);
	r = weir_pg_errno(connection, result);
	if (r < 0)
		return r;
	slot->n_values = (unsigned)n;
	slot->slot.sql = strdup(sql);
	return slot->slot.sql ? 0 : -ENOMEM;
}

int weir_pg_prepare(struct weir_pg_connection *connection, const char *sql,
		    const struct weir_db_value *values, size_t n, char name[static WEIR_PG_NAME])
{
	bool hit = false;
	struct weir_slot *found = weir_slots_find(slot_at, connection->slots, sql, &hit);
	struct weir_pg_slot *slot = container_of(found, struct weir_pg_slot, slot);

	(void)snprintf(name, WEIR_PG_NAME, "s%zu", (size_t)(slot - connection->slots));
	return hit && slot->n_values == n ? 0 : fill_slot(connection, slot, name, sql, values, n);
}

/* Numbers as text: the server may have guessed a smaller type for one that was NULL first. */
void weir_pg_values(const struct weir_db_value *values, size_t n, struct weir_pg_values *ret)
{
	for (size_t i = 0; i < n; i++) {
		ret->data[i] = values[i].data;
		ret->len[i] = (int)values[i].len;
		ret->format[i] = values[i].type == WEIR_DB_BLOB;
		if (values[i].type == WEIR_DB_NULL)
			ret->data[i] = NULL;
		if (values[i].type == WEIR_DB_INT) {
			(void)snprintf(ret->numbers[i], sizeof(ret->numbers[i]), "%" PRId64,
				       values[i].number);
			ret->data[i] = ret->numbers[i];
		}
	}
}

static int execute(struct weir_pg_connection *connection, const char *sql,
		   const struct weir_db_value *values, size_t n, PGresult **ret)
{
	PGresult *result _cleanup_(weir_pg_clearp) = NULL;
	struct weir_pg_values given;
	char name[WEIR_PG_NAME];
	int r = weir_pg_prepare(connection, sql, values, n, name);

	if (r < 0)
		return r;
	weir_pg_values(values, n, &given);
	result = PQexecPrepared(connection->conn, name, (int)n, given.data, given.len, given.format,
				1);
	r = weir_pg_errno(connection, result);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(result);
	return 0;
}

/* A statement that only selects has changed nothing. */
int weir_pg_changed(PGresult *result)
{
	uint32_t n = 0;

	if (strncmp(PQcmdStatus(result), "SELECT", 6) == 0 ||
	    weir_parse_u32(PQcmdTuples(result), &n) < 0)
		return 0;
	return (int)WEIR_MIN(n, (uint32_t)INT32_MAX);
}

int weir_pg_run(struct weir_db_tx *tx, const char *sql, const struct weir_db_value *values,
		size_t n)
{
	PGresult *result _cleanup_(weir_pg_clearp) = NULL;
	int r = execute(weir_pg_connection(tx), sql, values, n, &result);

	return r < 0 ? r : weir_pg_changed(result);
}

/* What begin_on() does for others. */
static int look_again(struct weir_pg_tx *tx, const char *sql, const struct weir_db_value *values,
		      size_t n, PGresult **ret)
{
	int r;

	weir_pg_disconnect(tx->connection);
	r = weir_pg_ready(tx->be, tx->connection);
	return r < 0 ? r : execute(tx->connection, sql, values, n, ret);
}

int weir_pg_query(struct weir_db_tx *tx, const char *sql, const struct weir_db_value *values,
		  size_t n, struct weir_db_rows **ret)
{
	struct pg_rows *rows = calloc(1, sizeof(*rows));
	int r;

	if (!rows)
		return -ENOMEM;
	r = execute(weir_pg_connection(tx), sql, values, n, &rows->result);
	if (r == -ENOTCONN && tx->kind == WEIR_DB_LOOK)
		r = look_again(container_of(tx, struct weir_pg_tx, tx), sql, values, n,
			       &rows->result);
	if (r == 0 && PQnfields(rows->result) > WEIR_DB_COLUMNS_MAX)
		r = -EINVAL;
	if (r < 0) {
		weir_pg_rows_free(&rows->rows);
		return r;
	}
	rows->rows.n_columns = (size_t)PQnfields(rows->result);
	*ret = &rows->rows;
	return 0;
}

static uint16_t read_u16(const char *data)
{
	uint16_t n;

	memcpy(&n, data, sizeof(n));
	return be16toh(n);
}

/* A whole number of sum(): digits to the base of 10,000, the first of them times 10,000^weight. */
static int64_t read_numeric(const char *data, size_t len)
{
	const uint16_t n_digits = len >= 8 ? read_u16(data) : 0;
	const int16_t weight = (int16_t)(len >= 8 ? read_u16(data + 2) : 0);
	const bool negative = len >= 8 && read_u16(data + 4) == 0x4000;
	uint64_t number = 0;

	for (int i = 0; i <= weight && weight < 5; i++) {
		size_t at = 8 + 2 * (size_t)i;

		number *= 10000;
		if (i < n_digits && at + 2 <= len)
			number += read_u16(data + at);
	}
	return negative ? -(int64_t)number : (int64_t)number;
}

static int64_t read_int(Oid type, const char *data, size_t len)
{
	uint64_t number = 0;

	if (type == WEIR_PG_NUMERIC)
		return read_numeric(data, len);
	for (size_t i = 0; i < len; i++)
		number = number << 8 | (unsigned char)data[i];
	switch (type) {
	case WEIR_PG_INT2:
		return (int16_t)number;
	case WEIR_PG_INT4:
		return (int32_t)number;
	default:
		return (int64_t)number;
	}
}

static struct weir_db_value read_value(Oid type, const char *data, size_t len)
{
	switch (type) {
	case WEIR_PG_INT8:
	case WEIR_PG_INT4:
	case WEIR_PG_INT2:
	case WEIR_PG_BOOL:
	case WEIR_PG_NUMERIC:
		return weir_db_int(read_int(type, data, len));
	case WEIR_PG_TEXT:
	case WEIR_PG_VARCHAR:
		return (struct weir_db_value){.type = WEIR_DB_TEXT, .data = data, .len = len};
	case WEIR_PG_BYTEA:
		return weir_db_blob(data, len);
	default:
		return weir_db_null();
	}
}

void weir_pg_read_row(const PGresult *result, int row, struct weir_db_rows *ret)
{
	ret->n_columns = WEIR_MIN((size_t)PQnfields(result), (size_t)WEIR_DB_COLUMNS_MAX);
	for (int i = 0; i < (int)ret->n_columns; i++)
		ret->columns[i] =
			PQgetisnull(result, row, i)
				? weir_db_null()
				: read_value(PQftype(result, i), PQgetvalue(result, row, i),
					     (size_t)PQgetlength(result, row, i));
}

int weir_pg_next(struct weir_db_rows *base)
{
	struct pg_rows *rows = container_of(base, struct pg_rows, rows);

	if (rows->at >= PQntuples(rows->result))
		return 0;
	weir_pg_read_row(rows->result, rows->at++, base);
	return 1;
}

void weir_pg_rows_free(struct weir_db_rows *base)
{
	struct pg_rows *rows = container_of(base, struct pg_rows, rows);

	PQclear(rows->result);
	free(rows);
}
