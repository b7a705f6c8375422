/* SPDX-License-Identifier: Apache-2.0 */
/* COPY in its binary form, one of them to a transaction. */

#include <endian.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ingest.h"

#define ROW_MAX 2048

struct raw {
	PGconn *conn;
};

static void must(const struct raw *raw, int yes)
{
	if (yes)
		return;
	(void)fprintf(stderr, "postgresql: %s\n", PQerrorMessage(raw->conn));
	exit(1);
}

static void run(struct raw *raw, const char *sql, ExecStatusType expected)
{
	PGresult *result = PQexec(raw->conn, sql);

	must(raw, PQresultStatus(result) == expected);
	PQclear(result);
}

struct raw *raw_postgresql_open(const char *where)
{
	struct raw *raw = calloc(1, sizeof(*raw));

	if (!raw)
		exit(1);
	raw->conn = PQconnectdb(where);
	must(raw, PQstatus(raw->conn) == CONNECTION_OK);
	return raw;
}

static char *put(char *at, const void *data, size_t len)
{
	uint32_t be = htobe32((uint32_t)len);

	memcpy(at, &be, sizeof(be));
	memcpy(at + sizeof(be), data, len);
	return at + sizeof(be) + len;
}

static char *put_number(char *at, int64_t number)
{
	uint64_t be = htobe64((uint64_t)number);

	return put(at, &be, sizeof(be));
}

static char *put_text(char *at, const char *text)
{
	return put(at, text, strlen(text));
}

static void copy_row(struct raw *raw, const struct raw_rows *rows, int64_t agent, int64_t sequence)
{
	const int64_t numbers[] = {agent, 7, sequence, rows->received_ns, rows->received_ns, 2,
				   4,	  1, 1};
	const uint16_t n = htobe16(13);
	char row[ROW_MAX], *at = row + sizeof(n);

	memcpy(row, &n, sizeof(n));
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		at = put_number(at, numbers[i]);
	at = put_text(at, "stick-bulk-identity");
	at = put_text(at, "lsm/file_permission");
	at = put_text(at, "content");
	at = put(at, rows->blob, rows->len);
	must(raw, PQputCopyData(raw->conn, row, (int)(at - row)) == 1);
}

void raw_postgresql_commit(struct raw *raw, const struct raw_rows *rows)
{
	static const char head[19] = "PGCOPY\n\377\r\n", tail[2] = {-1, -1};
	PGresult *result;

	run(raw, "BEGIN", PGRES_COMMAND_OK);
	run(raw,
	    "COPY event (agent, epoch, sequence, time_ns, received_ns, channel, action, tier,"
	    " alert, rule, hook, cause, blob) FROM STDIN (FORMAT binary)",
	    PGRES_COPY_IN);
	must(raw, PQputCopyData(raw->conn, head, sizeof(head)) == 1);
	for (size_t i = 0; i < rows->n_agents; i++)
		for (size_t k = 0; k < rows->batch; k++)
			copy_row(raw, rows, rows->first_agent + (int64_t)i,
				 rows->first_sequence + (int64_t)k);
	must(raw, PQputCopyData(raw->conn, tail, sizeof(tail)) == 1);
	must(raw, PQputCopyEnd(raw->conn, NULL) == 1);
	while ((result = PQgetResult(raw->conn))) {
		must(raw, PQresultStatus(result) == PGRES_COMMAND_OK);
		PQclear(result);
	}
	run(raw, "COMMIT", PGRES_COMMAND_OK);
}

void raw_postgresql_close(struct raw *raw)
{
	PQfinish(raw->conn);
	free(raw);
}
