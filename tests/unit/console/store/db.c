/* SPDX-License-Identifier: Apache-2.0 */
/* What every driver must do with SQL that is written once. */

#include <errno.h>
#include <libpq-fe.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "place.h"
#include "weir/console_store/db.h"

static const char *const things[] = {
	"CREATE TABLE thing ("
	" id {id},"
	" name {text} NOT NULL UNIQUE,"
	" count {int} CHECK (count >= 0),"
	" body {blob}"
	") {strict};"
	"CREATE TABLE part ("
	" thing {int} NOT NULL REFERENCES thing (id),"
	" number {int} NOT NULL,"
	" PRIMARY KEY (thing, number)"
	") {keyed}",
	"CREATE INDEX thing_count ON thing (count)",
};

static const struct weir_db_schema thing_schema = {"thing", things, ARRAY_SIZE(things)};

static int setup(void **state)
{
	return place_open(state, &thing_schema);
}

static int teardown(void **state)
{
	return place_close(state);
}

#define INSERT "INSERT INTO thing (name, count, body) VALUES ($1, $2, $3)"

static void insert(struct weir_db_tx *tx, const char *name, int64_t count)
{
	assert_int_equal(
		WEIR_DB_RUN(tx, INSERT, weir_db_text(name), weir_db_int(count), weir_db_null()), 1);
}

static int64_t count_things(struct weir_store *store)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	int64_t n = -1;

	assert_int_equal(weir_db_read(store, &tx), 0);
	assert_int_equal(WEIR_DB_NUMBER(tx, &n, "SELECT count(*) FROM thing"), 0);
	return n;
}

static void commit_one(struct weir_store *store, const char *name)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;

	assert_int_equal(weir_db_write(store, &tx), 0);
	insert(tx, name, 1);
	assert_int_equal(weir_db_commit(tx), 0);
}

static void db__gives_back_every_type(void **state)
{
	static const char body[] = {0, 1, '\'', (char)0xff, 0};
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	const void *data;
	size_t len;

	assert_int_equal(weir_db_write(place_store(state), &tx), 0);
	assert_int_equal(WEIR_DB_RUN(tx, INSERT, weir_db_text("a'b\\\xe6\x9d\x8e"),
				     weir_db_int(INT64_MAX), weir_db_blob(body, sizeof(body))),
			 1);
	assert_int_equal(
		WEIR_DB_RUN(tx, INSERT, weir_db_text(""), weir_db_null(), weir_db_blob(NULL, 0)),
		1);
	assert_int_equal(WEIR_DB_QUERY(tx, &rows,
				       "SELECT name, count, body, $2, $1 FROM thing"
				       " ORDER BY name DESC",
				       weir_db_int(INT64_MIN), weir_db_text("t")),
			 0);
	assert_int_equal(weir_db_next(rows), 1);
	assert_string_equal(weir_db_get_text(rows, 0), "a'b\\\xe6\x9d\x8e");
	assert_true(weir_db_get_int(rows, 1) == INT64_MAX);
	data = weir_db_get_blob(rows, 2, &len);
	assert_int_equal(len, sizeof(body));
	assert_memory_equal(data, body, sizeof(body));
	assert_string_equal(weir_db_get_text(rows, 3), "t");
	assert_true(weir_db_get_int(rows, 4) == INT64_MIN);
	/* Of another type, or not there: nothing. */
	assert_int_equal(weir_db_get_int(rows, 0), 0);
	assert_string_equal(weir_db_get_text(rows, 1), "");
	assert_int_equal(weir_db_get_int(rows, 5), 0);
	assert_true(weir_db_is_null(rows, 5));
	assert_int_equal(weir_db_next(rows), 1);
	assert_string_equal(weir_db_get_text(rows, 0), "");
	assert_false(weir_db_is_null(rows, 0));
	assert_true(weir_db_is_null(rows, 1));
	assert_false(weir_db_is_null(rows, 2));
	(void)weir_db_get_blob(rows, 2, &len);
	assert_int_equal(len, 0);
	assert_int_equal(weir_db_next(rows), 0);
	assert_int_equal(weir_db_next(rows), 0);
}

static void db__values_are_not_sql(void **state)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	int64_t n = 0;

	assert_int_equal(weir_db_write(place_store(state), &tx), 0);
	insert(tx, "x'); DELETE FROM thing; --", 1);
	insert(tx, "$1", 1);
	assert_int_equal(WEIR_DB_NUMBER(tx, &n, "SELECT count(*) FROM thing WHERE name = $1",
					weir_db_text("' OR '1' = '1")),
			 0);
	assert_int_equal(n, 0);
	assert_int_equal(WEIR_DB_NUMBER(tx, &n, "SELECT count(*) FROM thing"), 0);
	assert_int_equal(n, 2);
	/* One statement, and no more values than it has. */
	assert_int_equal(WEIR_DB_RUN(tx, "DELETE FROM thing; DELETE FROM thing"), -EINVAL);
}

static void db__counts_what_changed(void **state)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	static const char upsert[] = "INSERT INTO thing (name, count) VALUES ($1, $2)"
				     " ON CONFLICT (name) DO UPDATE SET count = excluded.count"
				     "  WHERE excluded.count > thing.count";

	assert_int_equal(weir_db_write(place_store(state), &tx), 0);
	insert(tx, "a", 1);
	insert(tx, "b", 2);
	assert_int_equal(WEIR_DB_RUN(tx, "UPDATE thing SET count = count + 1"), 2);
	assert_int_equal(
		WEIR_DB_RUN(tx, "UPDATE thing SET count = 0 WHERE name = $1", weir_db_text("z")),
		0);
	assert_int_equal(WEIR_DB_RUN(tx, upsert, weir_db_text("a"), weir_db_int(9)), 1);
	assert_int_equal(WEIR_DB_RUN(tx, upsert, weir_db_text("a"), weir_db_int(8)), 0);
	assert_int_equal(WEIR_DB_RUN(tx, "DELETE FROM thing"), 2);
	assert_int_equal(WEIR_DB_RUN(tx, "DELETE FROM thing"), 0);
}

static void db__a_number_is_never_given_twice(void **state)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	static const char sql[] = "INSERT INTO thing (name) VALUES ($1) RETURNING id";
	int64_t first = 0, second = 0;

	assert_int_equal(weir_db_write(place_store(state), &tx), 0);
	assert_int_equal(WEIR_DB_NUMBER(tx, &first, sql, weir_db_text("a")), 0);
	assert_int_equal(WEIR_DB_RUN(tx, "DELETE FROM thing"), 1);
	assert_int_equal(WEIR_DB_NUMBER(tx, &second, sql, weir_db_text("a")), 0);
	assert_true(first > 0);
	assert_true(second > first);
	assert_int_equal(WEIR_DB_NUMBER(tx, &first, "SELECT id FROM thing WHERE name = 'z'"),
			 -ENOENT);
}

/* Errors have the same names everywhere, and each ends its transaction. */
static void db__names_errors_and_ends_there(void **state)
{
	static const struct {
		const char *sql;
		int error;
	} cases[] = {
		{"INSERT INTO thing (name) VALUES ('taken')", -EEXIST},
		{"INSERT INTO part (thing, number) VALUES (999999, 1)", -ESRCH},
		{"DELETE FROM thing WHERE name = 'taken'", -ESRCH},
		{"INSERT INTO thing (name, count) VALUES ('b', -1)", -EINVAL},
		{"INSERT INTO thing (count) VALUES (1)", -EINVAL},
		{"INSERT INTO thing (name, count) VALUES ('b', 'many')", -EINVAL},
		{"SELEKT", -EINVAL},
		{"", -EINVAL},
		{"SELECT * FROM nowhere", -EINVAL},
		{"SELECT $1", -EINVAL},
	};

	commit_one(place_store(state), "taken");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
		int r;

		assert_int_equal(weir_db_write(place_store(state), &tx), 0);
		assert_true(WEIR_DB_RUN(tx, "INSERT INTO part (thing, number)"
					    " SELECT id, 1 FROM thing") == 1);
		r = WEIR_DB_RUN(tx, cases[i].sql);
		if (r != cases[i].error)
			fail_msg("%s: %d, not %d", cases[i].sql, r, cases[i].error);
		assert_int_equal(WEIR_DB_RUN(tx, "DELETE FROM part"), cases[i].error);
		assert_int_equal(weir_db_commit(tx), cases[i].error);
	}
	assert_int_equal(count_things(place_store(state)), 1);
	/* What came before the fault went with it. */
	{
		struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
		int64_t n = -1;

		assert_int_equal(weir_db_read(place_store(state), &tx), 0);
		assert_int_equal(WEIR_DB_NUMBER(tx, &n, "SELECT count(*) FROM part"), 0);
		assert_int_equal(n, 0);
	}
}

static void db__undoes_what_was_not_committed(void **state)
{
	struct weir_db_tx *tx = NULL;

	assert_int_equal(weir_db_write(place_store(state), &tx), 0);
	insert(tx, "a", 1);
	weir_db_end(tx);
	assert_int_equal(count_things(place_store(state)), 0);
	assert_int_equal(weir_db_write(place_store(state), &tx), 0);
	insert(tx, "a", 1);
	assert_int_equal(weir_db_commit(tx), 0);
	assert_int_equal(weir_db_commit(tx), -EINVAL);
	assert_int_equal(WEIR_DB_RUN(tx, "DELETE FROM thing"), -EINVAL);
	weir_db_end(tx);
	assert_int_equal(count_things(place_store(state)), 1);
}

static void db__a_read_changes_nothing(void **state)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;

	if (place_kind() == PLACE_MEMORY)
		skip();
	assert_int_equal(weir_db_read(place_store(state), &tx), 0);
	assert_int_equal(WEIR_DB_RUN(tx, INSERT, weir_db_text("a"), weir_db_null(), weir_db_null()),
			 -EROFS);
}

static void db__a_look_is_one_statement(void **state)
{
	struct weir_db_tx *tx = NULL;
	int64_t n = 0;

	commit_one(place_store(state), "a");
	assert_int_equal(weir_db_look(place_store(state), &tx), 0);
	assert_int_equal(WEIR_DB_NUMBER(tx, &n, "SELECT count(*) FROM thing"), 0);
	assert_int_equal(n, 1);
	assert_int_equal(WEIR_DB_NUMBER(tx, &n, "SELECT count(*) FROM thing"), -EINVAL);
	weir_db_end(tx);
	assert_int_equal(weir_db_look(place_store(state), &tx), 0);
	assert_int_equal(WEIR_DB_NUMBER(tx, &n, "SELECT count(*) FROM nothing"), -EINVAL);
	weir_db_end(tx);
	/* Nothing asked, nothing left open. */
	assert_int_equal(weir_db_look(place_store(state), &tx), 0);
	weir_db_end(tx);
	assert_int_equal(count_things(place_store(state)), 1);
	if (place_kind() == PLACE_MEMORY)
		return;
	assert_int_equal(weir_db_look(place_store(state), &tx), 0);
	assert_int_equal(WEIR_DB_RUN(tx, INSERT, weir_db_text("b"), weir_db_null(), weir_db_null()),
			 -EROFS);
	weir_db_end(tx);
	assert_int_equal(count_things(place_store(state)), 1);
}

/* The server ended the connection while nobody used it. */
static void db__a_look_asks_once_more(void **state)
{
	struct weir_db_tx *first _cleanup_(weir_db_endp) = NULL;
	struct weir_db_tx *second = NULL;
	int64_t n = 0;

	if (place_kind() != PLACE_POSTGRESQL)
		skip();
	assert_int_equal(weir_db_look(place_store(state), &first), 0);
	assert_int_equal(weir_db_look(place_store(state), &second), 0);
	assert_int_equal(WEIR_DB_NUMBER(second, &n, "SELECT count(*) FROM thing"), 0);
	weir_db_end(second);
	assert_int_equal(
		WEIR_DB_NUMBER(first, &n,
			       "SELECT count(pg_terminate_backend(pid, 5000)) FROM "
			       "pg_stat_activity WHERE usename = current_user AND "
			       "backend_type = 'client backend' AND pid <> pg_backend_pid()"),
		0);
	assert_true(n >= 1);
	assert_int_equal(weir_db_look(place_store(state), &second), 0);
	assert_int_equal(WEIR_DB_NUMBER(second, &n, "SELECT count(*) FROM thing"), 0);
	weir_db_end(second);
}

struct apart {
	void **state;
	const char *name;
};

static void *commit_apart(void *context)
{
	const struct apart *apart = context;

	commit_one(place_store(apart->state), apart->name);
	return NULL;
}

static void db__a_read_sees_one_state(void **state)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	struct apart apart = {state, "b"};
	pthread_t thread;
	int64_t n = 0;

	if (place_kind() == PLACE_MEMORY)
		skip();
	commit_one(place_store(state), "a");
	assert_int_equal(weir_db_read(place_store(state), &tx), 0);
	assert_int_equal(WEIR_DB_NUMBER(tx, &n, "SELECT count(*) FROM thing"), 0);
	assert_int_equal(n, 1);
	assert_int_equal(pthread_create(&thread, NULL, commit_apart, &apart), 0);
	pthread_join(thread, NULL);
	assert_int_equal(WEIR_DB_NUMBER(tx, &n, "SELECT count(*) FROM thing"), 0);
	assert_int_equal(n, 1);
	weir_db_end(TAKE_PTR(tx));
	assert_int_equal(count_things(place_store(state)), 2);
}

/* The same text twice at the same time, and two texts of one length. */
static void db__queries_nest(void **state)
{
	static const char sql[] = "SELECT name FROM thing ORDER BY name LIMIT 10";
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	struct weir_db_rows *outer _cleanup_(weir_db_rows_freep) = NULL;
	struct weir_db_rows *inner _cleanup_(weir_db_rows_freep) = NULL;

	assert_int_equal(weir_db_write(place_store(state), &tx), 0);
	insert(tx, "a", 1);
	insert(tx, "b", 2);
	assert_int_equal(WEIR_DB_QUERY(tx, &outer, sql), 0);
	assert_int_equal(weir_db_next(outer), 1);
	assert_int_equal(WEIR_DB_QUERY(tx, &inner, sql), 0);
	assert_int_equal(weir_db_next(inner), 1);
	assert_int_equal(weir_db_next(inner), 1);
	assert_string_equal(weir_db_get_text(inner, 0), "b");
	assert_string_equal(weir_db_get_text(outer, 0), "a");
	assert_int_equal(weir_db_next(outer), 1);
	assert_string_equal(weir_db_get_text(outer, 0), "b");
}

/* Texts that are built, at one address, are told apart; so are more of them than are kept. */
static void db__keeps_statements_by_their_text(void **state)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	char sql[64];

	assert_int_equal(weir_db_read(place_store(state), &tx), 0);
	for (int twice = 0; twice < 2; twice++) {
		for (int i = 0; i < 1000; i++) {
			int64_t n = -1;

			(void)snprintf(sql, sizeof(sql), "SELECT count(*) + %d FROM thing", i);
			assert_int_equal(WEIR_DB_NUMBER(tx, &n, sql), 0);
			assert_int_equal(n, i);
		}
	}
}

struct adder {
	struct weir_store *store;
	int failures;
};

/* Reads, then writes what follows from it: right only when nobody writes in between. */
static void *add(void *context)
{
	struct adder *adder = context;

	for (int i = 0; i < 25; i++) {
		struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
		int64_t n = 0;

		if (weir_db_write(adder->store, &tx) < 0 ||
		    WEIR_DB_NUMBER(tx, &n, "SELECT count FROM thing WHERE name = 'sum'") < 0 ||
		    WEIR_DB_RUN(tx, "UPDATE thing SET count = $1 WHERE name = 'sum'",
				weir_db_int(n + 1)) != 1 ||
		    weir_db_commit(tx) < 0)
			adder->failures++;
	}
	return NULL;
}

static void db__writes_run_one_after_the_other(void **state)
{
	struct adder adders[8];
	pthread_t threads[8];
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	int64_t n = 0;

	commit_one(place_store(state), "sum");
	for (size_t i = 0; i < 8; i++) {
		adders[i] = (struct adder){place_store(state), 0};
		assert_int_equal(pthread_create(&threads[i], NULL, add, &adders[i]), 0);
	}
	for (size_t i = 0; i < 8; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(adders[i].failures, 0);
	}
	assert_int_equal(weir_db_read(place_store(state), &tx), 0);
	assert_int_equal(WEIR_DB_NUMBER(tx, &n, "SELECT count FROM thing WHERE name = 'sum'"), 0);
	assert_int_equal(n, 201);
}

static void *read_a_lot(void *context)
{
	struct adder *adder = context;

	for (int i = 0; i < 50; i++) {
		struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
		int64_t n = -1;

		if (weir_db_read(adder->store, &tx) < 0 ||
		    WEIR_DB_NUMBER(tx, &n, "SELECT count(*) FROM thing") < 0 || n != 1)
			adder->failures++;
	}
	return NULL;
}

static void db__more_readers_than_connections(void **state)
{
	struct adder readers[24];
	pthread_t threads[24];

	commit_one(place_store(state), "a");
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++) {
		readers[i] = (struct adder){place_store(state), 0};
		assert_int_equal(pthread_create(&threads[i], NULL, read_a_lot, &readers[i]), 0);
	}
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(readers[i].failures, 0);
	}
}

static void db__migrates_a_module(void **state)
{
	const struct weir_db_schema older = {"thing", things, 1};
	const char *const bad[] = {things[0], things[1], "CREATE TABLE other (a {number})"};
	const char *const broken[] = {things[0], things[1],
				      "CREATE TABLE other (a {int}); CREATE TABLE thing (a {int})"};
	const struct weir_db_schema unknown = {"thing", bad, 3}, failing = {"thing", broken, 3};
	struct weir_error err = {};
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	int64_t n = 0;

	/* Again: nothing to do. */
	assert_int_equal(weir_db_migrate(place_store(state), &thing_schema, &err), 0);
	assert_int_equal(weir_db_migrate(place_store(state), &older, &err), -EPROTONOSUPPORT);
	assert_non_null(strstr(err.text, "version 2 of thing"));
	assert_non_null(strstr(err.hint, "newer weir-console"));
	assert_int_equal(weir_db_migrate(place_store(state), &unknown, &err), -EINVAL);
	assert_int_equal(weir_db_migrate(place_store(state), &failing, &err), -EINVAL);
	assert_non_null(strstr(err.text, "thing"));
	assert_non_null(strstr(err.text, "already exists"));
	/* Each wholly or not at all. */
	assert_int_equal(weir_db_write(place_store(state), &tx), 0);
	assert_int_equal(
		WEIR_DB_NUMBER(tx, &n,
			       "SELECT count(*) FROM schema_version WHERE module = 'thing'"),
		0);
	assert_int_equal(n, 2);
	assert_int_equal(WEIR_DB_RUN(tx, "INSERT INTO other (a) VALUES (1)"), -EINVAL);
}

struct ears {
	atomic_int n;
	_Atomic uint64_t last;
	char topic[WEIR_DB_TOPIC_MAX + 1];
};

static void hear(void *context, const char *topic, uint64_t number)
{
	struct ears *ears = context;

	if (strcmp(topic, "policy") != 0)
		return;
	ears->last = number;
	ears->n++;
}

static void announce(struct weir_store *store, const char *topic, uint64_t number, bool commit)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;

	assert_int_equal(weir_db_write(store, &tx), 0);
	assert_int_equal(weir_db_announce(tx, topic, number), 0);
	if (commit)
		assert_int_equal(weir_db_commit(tx), 0);
}

static void db__announces_what_was_committed(void **state)
{
	static struct ears ears;
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;

	ears = (struct ears){};
	assert_int_equal(weir_store_listen(place_store(state), hear, &ears), 0);
	announce(place_store(state), "policy", 7, false);
	assert_int_equal(ears.n, 0);
	announce(place_store(state), "register", 8, true);
	assert_int_equal(ears.n, 0);
	announce(place_store(state), "policy", 9, true);
	assert_true(ears.n >= 1);
	assert_int_equal(ears.last, 9);
	announce(place_store(state), "policy", 10, true);
	assert_int_equal(ears.last, 10);
	/* Often in one transaction: the last word counts. */
	assert_int_equal(weir_db_write(place_store(state), &tx), 0);
	for (uint64_t number = 11; number < 31; number++)
		assert_int_equal(weir_db_announce(tx, "policy", number), 0);
	assert_int_equal(weir_db_commit(tx), 0);
	weir_db_end(TAKE_PTR(tx));
	assert_int_equal(ears.last, 30);
	assert_int_equal(weir_db_write(place_store(state), &tx), 0);
	assert_int_equal(weir_db_announce(tx, "Policy; DROP", 1), -EINVAL);
}

static void run_sql(PGconn *conn, const char *sql)
{
	PGresult *result = PQexec(conn, sql);

	assert_true(PQresultStatus(result) == PGRES_COMMAND_OK ||
		    PQresultStatus(result) == PGRES_TUPLES_OK);
	PQclear(result);
}

/* Until the looks of both stores at the table are in this state. */
static void await_look(PGconn *conn, const char *condition)
{
	char sql[256], n = '\0';

	(void)snprintf(sql, sizeof(sql),
		       "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT topic, %%' "
		       "AND %s",
		       condition);
	while (n != '2') {
		PGresult *result = PQexec(conn, sql);

		assert_int_equal(PQresultStatus(result), PGRES_TUPLES_OK);
		n = *PQgetvalue(result, 0, 0);
		PQclear(result);
		sched_yield();
	}
}

/* libpq reads a notification that comes while a statement runs, and waiting for the socket does not tell of
 * it any more: ten seconds went by. The look at the table is held up by a lock until it has come; the
 * listener ends right after. */
static void db__hears_what_comes_while_it_looks(void **state)
{
	static struct ears ears;
	char conninfo[POSTGRES_CONNINFO_MAX];
	struct weir_store *other = NULL;
	struct weir_db_tx *tx = NULL;
	PGconn *conn;

	if (place_kind() != PLACE_POSTGRESQL)
		skip();
	ears = (struct ears){};
	assert_int_equal(postgres_conninfo(place_server(), NULL, conninfo), 0);
	conn = PQconnectdb(conninfo);
	assert_int_equal(place_open_another(state, &other), 0);
	assert_int_equal(weir_store_listen(other, hear, &ears), 0);
	await_look(conn, "state = 'idle'");
	assert_int_equal(weir_db_write(place_store(state), &tx), 0);
	assert_int_equal(WEIR_DB_RUN(tx, "LOCK TABLE announcement IN ACCESS EXCLUSIVE MODE"), 0);
	/* It looks again after what it hears, unless it was about to anyway. */
	run_sql(conn, "NOTIFY weir, 'policy 5'");
	await_look(conn, "wait_event_type = 'Lock'");
	run_sql(conn, "NOTIFY weir, 'policy 77'");
	weir_db_end(tx);
	await_look(conn, "state = 'idle'");
	weir_store_free(other);
	assert_int_equal(ears.last, 77);
	PQfinish(conn);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(db__gives_back_every_type, setup, teardown),
		cmocka_unit_test_setup_teardown(db__values_are_not_sql, setup, teardown),
		cmocka_unit_test_setup_teardown(db__counts_what_changed, setup, teardown),
		cmocka_unit_test_setup_teardown(db__a_number_is_never_given_twice, setup, teardown),
		cmocka_unit_test_setup_teardown(db__names_errors_and_ends_there, setup, teardown),
		cmocka_unit_test_setup_teardown(db__undoes_what_was_not_committed, setup, teardown),
		cmocka_unit_test_setup_teardown(db__a_read_changes_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(db__a_look_is_one_statement, setup, teardown),
		cmocka_unit_test_setup_teardown(db__a_look_asks_once_more, setup, teardown),
		cmocka_unit_test_setup_teardown(db__a_read_sees_one_state, setup, teardown),
		cmocka_unit_test_setup_teardown(db__queries_nest, setup, teardown),
		cmocka_unit_test_setup_teardown(db__keeps_statements_by_their_text, setup,
						teardown),
		cmocka_unit_test_setup_teardown(db__writes_run_one_after_the_other, setup,
						teardown),
		cmocka_unit_test_setup_teardown(db__more_readers_than_connections, setup, teardown),
		cmocka_unit_test_setup_teardown(db__migrates_a_module, setup, teardown),
		cmocka_unit_test_setup_teardown(db__announces_what_was_committed, setup, teardown),
		cmocka_unit_test_setup_teardown(db__hears_what_comes_while_it_looks, setup,
						teardown),
	};

	return place_run(argc, argv, tests, ARRAY_SIZE(tests));
}
