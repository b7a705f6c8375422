/* SPDX-License-Identifier: Apache-2.0 */
/* Many rows at once: COPY in its binary form, and one statement again and again in a pipeline. */

#include <endian.h>
#include <errno.h>
#include <stdio.h>

#include "pg.h"
#include "weir/base/buf.h"

#define FLUSH_AT    (64 * 1024)
#define BUFFER_MAX  (32 * 1024 * 1024) /* one row beyond FLUSH_AT */
#define PIPELINE_AT 128 /* statements on their way: their answers must fit into the socket */

static int put_u16(struct weir_buf *buf, uint16_t number)
{
	number = htobe16(number);
	return weir_buf_append(buf, &number, sizeof(number));
}

static int put_u32(struct weir_buf *buf, uint32_t number)
{
	number = htobe32(number);
	return weir_buf_append(buf, &number, sizeof(number));
}

static int put_value(struct weir_buf *buf, const struct weir_db_value *value)
{
	uint64_t number = htobe64((uint64_t)value->number);
	const void *data = value->type == WEIR_DB_INT ? (const void *)&number : value->data;
	size_t len = value->type == WEIR_DB_INT ? sizeof(number) : value->len;
	int r;

	if (value->type == WEIR_DB_NULL)
		return put_u32(buf, UINT32_MAX);
	if (len > INT32_MAX)
		return -EINVAL;
	r = put_u32(buf, (uint32_t)len);
	return r < 0 ? r : weir_buf_append(buf, data, len);
}

static int put_row(struct weir_buf *buf, const struct weir_db_value *values, size_t n)
{
	int r = put_u16(buf, (uint16_t)n);

	for (size_t i = 0; r == 0 && i < n; i++)
		r = put_value(buf, &values[i]);
	return r;
}

static int put_head(struct weir_buf *buf)
{
	static const char signature[11] = "PGCOPY\n\377\r\n";
	int r = weir_buf_append(buf, signature, sizeof(signature));

	if (r == 0)
		r = put_u32(buf, 0); /* flags */
	return r < 0 ? r : put_u32(buf, 0);
}

static int flush(struct weir_pg_connection *connection, struct weir_buf *buf)
{
	int r = buf->len == 0 || PQputCopyData(connection->conn, buf->data, (int)buf->len) == 1
			? 0
			: -ENOTCONN;

	weir_buf_clear(buf);
	return r;
}

/* The rows from values on, which is the first. */
static int put_rows(struct weir_pg_connection *connection, const struct weir_db_table *table,
		    weir_db_row_fn fn, void *context, struct weir_db_value *values)
{
	struct weir_buf buf _cleanup_(weir_buf_done) = WEIR_BUF_INIT(BUFFER_MAX);
	int r = put_head(&buf), more = 1;

	while (r == 0 && more > 0) {
		r = put_row(&buf, values, table->n_columns);
		if (r == 0 && buf.len >= FLUSH_AT)
			r = flush(connection, &buf);
		if (r == 0)
			more = fn(context, values);
	}
	if (r == 0 && more < 0)
		r = more;
	if (r == 0)
		r = put_u16(&buf, UINT16_MAX);
	return r < 0 ? r : flush(connection, &buf);
}

/* Takes what the server says in the end; r is what this side says. */
static int end_copy(struct weir_pg_connection *connection, int r)
{
	PGresult *result;

	if (PQputCopyEnd(connection->conn, r < 0 ? "given up" : NULL) != 1 && r == 0)
		r = -ENOTCONN;
	while ((result = PQgetResult(connection->conn))) {
		int answer = weir_pg_errno(connection, result);

		PQclear(result);
		if (r == 0 || answer == -ENOTCONN)
			r = answer;
	}
	return r;
}

int weir_pg_append(struct weir_db_tx *tx, const struct weir_db_table *table, weir_db_row_fn fn,
		   void *context)
{
	struct weir_pg_connection *connection = weir_pg_connection(tx);
	struct weir_db_value values[WEIR_DB_VALUES_MAX];
	char sql[1024];
	int r = fn(context, values);

	if (r <= 0)
		return r;
	(void)snprintf(sql, sizeof(sql), "COPY %s (%s) FROM STDIN (FORMAT binary)", table->name,
		       table->columns);
	r = weir_pg_exec(connection, sql);
	if (r < 0)
		return r;
	return end_copy(connection, put_rows(connection, table, fn, context, values));
}

struct pipeline {
	struct weir_pg_connection *connection;
	char name[WEIR_PG_NAME];
	size_t n_values;
	size_t n_sent, n_answered;
	weir_db_answer_fn answer;
	void *context;
};

static int send_one(struct pipeline *pipeline, const struct weir_db_value *values)
{
	struct weir_pg_values given;

	weir_pg_values(values, pipeline->n_values, &given);
	if (!PQsendQueryPrepared(pipeline->connection->conn, pipeline->name,
				 (int)pipeline->n_values, given.data, given.len, given.format, 1))
		return -ENOTCONN;
	pipeline->n_sent++;
	return 0;
}

static int take_answer(struct pipeline *pipeline, PGresult *result)
{
	struct weir_db_rows row;
	int r = weir_pg_errno(pipeline->connection, result);
	size_t i = pipeline->n_answered++;

	if (r < 0 || !pipeline->answer)
		return r;
	if (PQntuples(result) > 0)
		weir_pg_read_row(result, 0, &row);
	return pipeline->answer(pipeline->context, i, PQntuples(result) > 0 ? &row : NULL,
				weir_pg_changed(result));
}

/* Takes all answers to what was sent. Behind an error come answers that only say that their
 * statement was not run. */
static int drain(struct pipeline *pipeline)
{
	PGconn *conn = pipeline->connection->conn;
	bool synced = false;
	int r = PQpipelineSync(conn) ? 0 : -ENOTCONN;

	while (r != -ENOTCONN && !synced) {
		PGresult *result _cleanup_(weir_pg_clearp) = PQgetResult(conn);

		if (!result) { /* the end of one statement's answers */
			if (PQstatus(conn) == CONNECTION_BAD)
				r = -ENOTCONN;
			continue;
		}
		synced = PQresultStatus(result) == PGRES_PIPELINE_SYNC;
		if (PQstatus(conn) == CONNECTION_BAD)
			r = -ENOTCONN;
		else if (!synced && r == 0)
			r = take_answer(pipeline, result);
	}
	return r;
}

static int send_all(struct pipeline *pipeline, weir_db_row_fn fn, struct weir_db_value *values)
{
	int r, more = 1;

	do {
		r = send_one(pipeline, values);
		if (r == 0)
			more = fn(pipeline->context, values);
		if (r == 0 && (more <= 0 || pipeline->n_sent - pipeline->n_answered == PIPELINE_AT))
			r = drain(pipeline);
	} while (r == 0 && more > 0);
	return r < 0 ? r : more;
}

int weir_pg_each(struct weir_db_tx *tx, const char *sql, size_t n, weir_db_row_fn fn,
		 weir_db_answer_fn answer, void *context)
{
	struct pipeline pipeline = {.connection = weir_pg_connection(tx),
				    .n_values = n,
				    .answer = answer,
				    .context = context};
	struct weir_db_value values[WEIR_DB_VALUES_MAX];
	int r = fn(context, values);

	if (r <= 0)
		return r;
	r = weir_pg_prepare(pipeline.connection, sql, values, n, pipeline.name);
	if (r < 0)
		return r;
	if (!PQenterPipelineMode(pipeline.connection->conn))
		return -EIO;
	r = send_all(&pipeline, fn, values);
	/* Fails when the connection is gone; then it is closed at the end of the transaction. */
	(void)PQexitPipelineMode(pipeline.connection->conn);
	return r;
}
