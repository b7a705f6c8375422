/* SPDX-License-Identifier: Apache-2.0 */
/* The PostgreSQL driver: connections, and what the server's errors are called here. Any number of
 * consoles share one database; writes queue for an advisory lock, ingest for another, so that what
 * holds with SQLite's one writer holds here as well. */

#include "pg.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "weir/base/fd.h"

#define SERVER_MIN 150000

/* A statement is undone when it runs too long, and a transaction whose console went silent. A
 * commit is on the disk whatever the server's default is. */
static const char settings[] = "SET statement_timeout = '10s'; SET lock_timeout = '10s';"
			       "SET idle_in_transaction_session_timeout = '60s';"
			       "SET client_min_messages = 'warning'; SET timezone = 'UTC';"
			       "SELECT set_config('synchronous_commit', 'on', false)"
			       " WHERE current_setting('synchronous_commit') = 'off'";

static const struct {
	const char *state; /* its beginning */
	int error;
} errors[] = {
	{"23505", -EEXIST}, {"23503", -ESRCH},	 {"40001", -EAGAIN},  {"40P01", -EAGAIN},
	{"57014", -ETIME},  {"55P03", -EBUSY},	 {"25006", -EROFS},   {"53100", -ENOSPC},
	{"53200", -ENOMEM}, {"53", -EBUSY},	 {"57P0", -ENOTCONN}, {"08P01", -EINVAL},
	{"08", -ENOTCONN},  {"XX001", -EBADMSG}, {"XX002", -EBADMSG}, {"28", -EACCES},
	{"42501", -EACCES}, {"22", -EINVAL},	 {"23", -EINVAL},     {"25P02", -EINVAL},
	{"26", -EINVAL},    {"42", -EINVAL},	 {"54", -EINVAL},     {"0A", -EINVAL},
};

static int state_errno(const char *state)
{
	for (size_t i = 0; state && i < ARRAY_SIZE(errors); i++)
		if (strncmp(state, errors[i].state, strlen(errors[i].state)) == 0)
			return errors[i].error;
	return -EIO;
}

/* The first line without its "ERROR:". */
static void keep_words(char *ret, size_t size, const char *words)
{
	static const char *const heads[] = {"ERROR:  ", "FATAL:  "};

	for (size_t i = 0; i < ARRAY_SIZE(heads); i++)
		if (strncmp(words, heads[i], strlen(heads[i])) == 0)
			words += strlen(heads[i]);
	(void)snprintf(ret, size, "%.*s", (int)strcspn(words, "\n"), words);
}

int weir_pg_errno(struct weir_pg_connection *connection, const PGresult *result)
{
	switch (PQresultStatus(result)) {
	case PGRES_COMMAND_OK:
	case PGRES_TUPLES_OK:
	case PGRES_COPY_IN:
	case PGRES_PIPELINE_SYNC:
		return 0;
	case PGRES_EMPTY_QUERY:
		(void)snprintf(connection->reason, sizeof(connection->reason), "no statement");
		return -EINVAL;
	default:
		break;
	}
	keep_words(connection->reason, sizeof(connection->reason),
		   PQerrorMessage(connection->conn));
	if (PQstatus(connection->conn) == CONNECTION_BAD)
		return -ENOTCONN;
	return state_errno(PQresultErrorField(result, PG_DIAG_SQLSTATE));
}

int weir_pg_exec(struct weir_pg_connection *connection, const char *sql)
{
	PGresult *result _cleanup_(weir_pg_clearp) = PQexec(connection->conn, sql);

	return weir_pg_errno(connection, result);
}

/* What the server remarks goes nowhere: a library writes nothing to stderr. */
static void ignore(void *context, const char *words)
{
}

static PGconn *dial(const char *conninfo)
{
	/* What comes before dbname is a default, what comes behind holds. */
	static const char *const names[] = {
		"fallback_application_name",
		"connect_timeout",
		"keepalives_idle",
		"tcp_user_timeout",
		"dbname",
		"client_encoding",
		NULL,
	};
	const char *const values[] = {"weir-console", "5", "30", "15000", conninfo, "UTF8", NULL};

	return PQconnectdbParams(names, values, 1);
}

static int check_server(PGconn *conn, struct weir_error *err)
{
	const char *encoding = PQparameterStatus(conn, "server_encoding");

	if (PQserverVersion(conn) < SERVER_MIN)
		return weir_error_set(err, -EPROTONOSUPPORT, 0, 0,
				      "the PostgreSQL server is older than 15");
	if (!encoding || strcmp(encoding, "UTF8") != 0) {
		weir_error_set(err, -EPROTONOSUPPORT, 0, 0, "the database's encoding is not UTF8");
		weir_error_hint(err, "createdb --encoding UTF8 --template template0 NAME");
		return -EPROTONOSUPPORT;
	}
	return 0;
}

int weir_pg_connect(const char *conninfo, struct weir_error *err, PGconn **ret)
{
	PGconn *conn = dial(conninfo);
	PGresult *result = NULL;
	char words[200] = "out of memory";
	int r = 0;

	PQsetNoticeProcessor(conn, ignore, NULL);
	if (PQstatus(conn) != CONNECTION_OK) {
		if (conn)
			keep_words(words, sizeof(words), PQerrorMessage(conn));
		r = weir_error_set(err, -ENOTCONN, 0, 0, "cannot connect to the database: %s",
				   words);
	}
	if (r == 0)
		r = check_server(conn, err);
	if (r == 0) {
		result = PQexec(conn, settings);
		if (PQresultStatus(result) != PGRES_TUPLES_OK)
			r = weir_error_set(err, -EIO, 0, 0, "the database refuses the settings");
		PQclear(result);
	}
	if (r < 0) {
		PQfinish(conn);
		return r;
	}
	*ret = conn;
	return 0;
}

void weir_pg_disconnect(struct weir_pg_connection *connection)
{
	PQfinish(connection->conn);
	connection->conn = NULL;
	for (size_t i = 0; i < ARRAY_SIZE(connection->slots); i++) {
		free((char *)connection->slots[i].slot.sql);
		connection->slots[i] = (struct weir_pg_slot){};
	}
}

static bool is_reader(const struct weir_pg *be, const struct weir_pg_connection *connection)
{
	return connection >= be->readers && connection < be->readers + ARRAY_SIZE(be->readers);
}

int weir_pg_ready(struct weir_pg *be, struct weir_pg_connection *connection)
{
	int r;

	if (connection->conn && PQstatus(connection->conn) == CONNECTION_OK)
		return 0;
	weir_pg_disconnect(connection);
	r = weir_pg_connect(be->conninfo, NULL, &connection->conn);
	/* A look has no transaction that says so. */
	if (r == 0 && is_reader(be, connection))
		r = weir_pg_exec(connection, "SET default_transaction_read_only = on");
	if (r < 0)
		weir_pg_disconnect(connection);
	return r;
}

static void pg_free(void *backend)
{
	struct weir_pg *be = backend;

	weir_pg_stop_listening(be);
	for (size_t i = 0; i < ARRAY_SIZE(be->readers); i++)
		weir_pg_disconnect(&be->readers[i]);
	weir_pg_disconnect(&be->ingester);
	weir_pg_disconnect(&be->writer);
	weir_close(be->stop_fd);
	pthread_cond_destroy(&be->given);
	pthread_mutex_destroy(&be->lock);
	weir_turn_done(&be->ingest_turn);
	weir_turn_done(&be->write_turn);
	free(be->conninfo);
	free(be);
}
DEFINE_CLEANUP(pg_free, struct weir_pg *);

/* Text is compared by bytes, as everywhere else. */
static const struct weir_db_ops pg_ops = {
	.name = "postgresql",
	.words = {.id = "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY",
		  .integer = "BIGINT",
		  .text = "TEXT COLLATE \"C\"",
		  .blob = "BYTEA",
		  .strict = "",
		  .keyed = ""},
	.event_table = weir_pg_event_table,
	.begin = weir_pg_begin,
	.commit = weir_pg_commit,
	.end = weir_pg_end,
	.run = weir_pg_run,
	.query = weir_pg_query,
	.next = weir_pg_next,
	.rows_free = weir_pg_rows_free,
	.script = weir_pg_script,
	.reason = weir_pg_reason,
	.append = weir_pg_append,
	.each = weir_pg_each,
	.make_room = weir_pg_make_room,
	.drop_events = weir_pg_drop_events,
	.attach = weir_pg_listen,
	.free = pg_free,
};

/* A password in the text has been on a command line or will be in a log. */
static int check_conninfo(const char *conninfo, struct weir_error *err)
{
	char *words = NULL;
	PQconninfoOption *options = PQconninfoParse(conninfo, &words);
	int r = 0;

	if (!options) {
		r = weir_error_set(err, -EINVAL, 0, 0, "the database's address is malformed: %.*s",
				   words ? (int)strcspn(words, "\n") : 0, words ? words : "");
		PQfreemem(words);
		return r;
	}
	for (const PQconninfoOption *option = options; option->keyword; option++) {
		if (!option->val || (strcmp(option->keyword, "password") != 0 &&
				     strcmp(option->keyword, "sslpassword") != 0))
			continue;
		r = weir_error_set(
			err, -EPERM, 0, 0,
			"the database's address holds a password, which others can read");
		weir_error_hint(err, "write passfile=FILE instead, or set PGPASSFILE");
	}
	PQconninfoFree(options);
	return r;
}

int weir_store_open_postgresql(const char *conninfo, struct weir_error *err,
			       struct weir_store **ret)
{
	struct weir_pg *be _cleanup_(pg_freep) = NULL;
	int r = check_conninfo(conninfo, err);

	if (r < 0)
		return r;
	be = calloc(1, sizeof(*be));
	if (!be)
		return weir_error_set(err, -ENOMEM, 0, 0, "out of memory");
	weir_turn_init(&be->write_turn);
	weir_turn_init(&be->ingest_turn);
	pthread_mutex_init(&be->lock, NULL);
	pthread_cond_init(&be->given, NULL);
	be->stop_fd = eventfd(0, EFD_CLOEXEC);
	be->conninfo = strdup(conninfo);
	if (be->stop_fd < 0 || !be->conninfo)
		return weir_error_set(err, -ENOMEM, 0, 0, "out of memory");
	r = weir_pg_connect(be->conninfo, err, &be->writer.conn);
	return r < 0 ? r : weir_store_new(&pg_ops, TAKE_PTR(be), err, ret);
}
