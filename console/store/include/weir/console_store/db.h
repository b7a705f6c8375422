/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_STORE_DB_H
#define WEIR_CONSOLE_STORE_DB_H

/* The database below the console's modules: each owns its tables and writes its SQL once, in what
 * SQLite 3.40 and PostgreSQL 15 both read:
 *
 *   $1, $2, ...; INSERT ... ON CONFLICT (key) DO UPDATE SET c = excluded.c (and DO NOTHING);
 *   RETURNING; 64-bit integers, text (compared by bytes), blobs.
 *   No dates, booleans, floats, JSON; CASE instead of max(a, b); CAST(sum(c) AS bigint) where a
 *   sum is compared; a column beside its excluded namesake is written table.column; LIMIT on every
 *   query whose answer can grow.
 *
 * Every function may be called from several threads, one transaction by one thread at a time. A
 * thread has at most one transaction at a time: a second waits for the first for ever.
 *
 * Negative errno on failure: -EEXIST (unique), -ESRCH (a reference to nothing, or one that still
 * refers here), -EINVAL (a check, a type, SQL that is none), -EBUSY (somebody holds the database),
 * -EAGAIN (undone by the database in favour of another; try the whole transaction again),
 * -ENOTCONN (the server is away), -ETIME (ran too long), -ENOSPC, -EROFS, -EBADMSG (damaged),
 * -ENOMEM, -EIO. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "weir/base/error.h"
#include "weir/base/macros.h"

#define WEIR_DB_VALUES_MAX  40	 /* parameters of a statement */
#define WEIR_DB_COLUMNS_MAX 32	 /* of an answer */
#define WEIR_DB_SQL_MAX	    8192 /* bytes of a statement */
#define WEIR_DB_TOPIC_MAX   31	 /* bytes of a topic: a-z and "_" */

struct weir_store;
struct weir_db_tx;
struct weir_db_rows;

enum weir_db_type { WEIR_DB_NULL, WEIR_DB_INT, WEIR_DB_TEXT, WEIR_DB_BLOB };

/* Borrowed: data lives until the call that takes it returns. */
struct weir_db_value {
	enum weir_db_type type;
	int64_t number;	  /* WEIR_DB_INT */
	const void *data; /* WEIR_DB_TEXT (UTF-8 without NUL) and WEIR_DB_BLOB */
	size_t len;
};

static inline struct weir_db_value weir_db_null(void)
{
	return (struct weir_db_value){.type = WEIR_DB_NULL};
}

static inline struct weir_db_value weir_db_int(int64_t number)
{
	return (struct weir_db_value){.type = WEIR_DB_INT, .number = number};
}

/* NULL for a NULL pointer. */
static inline struct weir_db_value weir_db_text(const char *text)
{
	return (struct weir_db_value){.type = text ? WEIR_DB_TEXT : WEIR_DB_NULL,
				      .data = text,
				      .len = text ? strlen(text) : 0};
}

/* Empty, not NULL, for len 0. */
static inline struct weir_db_value weir_db_blob(const void *data, size_t len)
{
	return (struct weir_db_value){.type = WEIR_DB_BLOB, .data = data ? data : "", .len = len};
}

/* Reads see one state of the database and never wait for a write. Writes, of all processes that
 * share the database, run one after the other in the order of their asking, so what one has read
 * still holds when it commits. Short: no network, no waiting between begin and end. */
int weir_db_read(struct weir_store *store, struct weir_db_tx **ret) _must_use_;
int weir_db_write(struct weir_store *store, struct weir_db_tx **ret) _must_use_;

/* A read of one statement, which sees one state by itself: a server is asked once, where begin and end cost two more turns to it.
 * A second statement is -EINVAL. For what is asked very often. */
int weir_db_look(struct weir_store *store, struct weir_db_tx **ret) _must_use_;

/* On 0 it is on the disk. On -ENOTCONN nobody knows: the server went away while it was asked. The
 * transaction is still to be ended. After a failed statement it commits nothing and returns that
 * statement's error. */
int weir_db_commit(struct weir_db_tx *tx) _must_use_;

/* Undoes what was not committed. Its rows must have been freed. */
void weir_db_end(struct weir_db_tx *tx);
DEFINE_CLEANUP(weir_db_end, struct weir_db_tx *);

/* The store of a transaction, for what else is kept there. */
struct weir_store *weir_db_store(struct weir_db_tx *tx);

/* Runs one statement to its end: the number of rows changed, or negative errno. It is prepared once
 * a connection and kept by its text, so it should be static text. A statement that fails ends the
 * transaction's use: all that follow return the same error. */
int weir_db_run(struct weir_db_tx *tx, const char *sql, const struct weir_db_value *values,
		size_t n) _must_use_;

/* Starts one statement that gives rows; also INSERT ... RETURNING, of which every row must be
 * fetched. */
int weir_db_query(struct weir_db_tx *tx, const char *sql, const struct weir_db_value *values,
		  size_t n, struct weir_db_rows **ret) _must_use_;

#define WEIR_DB_VALUES_(...)                                           \
	((const struct weir_db_value[]){__VA_ARGS__}),                 \
		(sizeof((const struct weir_db_value[]){__VA_ARGS__}) / \
		 sizeof(struct weir_db_value))
/* WEIR_DB_RUN(tx, "DELETE FROM t WHERE a = $1", weir_db_int(7)) */
#define WEIR_DB_RUN(tx, sql, ...)	 weir_db_run(tx, sql, WEIR_DB_VALUES_(__VA_ARGS__))
#define WEIR_DB_QUERY(tx, ret, sql, ...) weir_db_query(tx, sql, WEIR_DB_VALUES_(__VA_ARGS__), ret)

/* 1: a row, 0: no more, or negative errno. */
int weir_db_next(struct weir_db_rows *rows) _must_use_;

/* Of the row; columns from 0. NULL, and a column of another type, reads as 0, "" and len 0. What is
 * pointed to lives until the next weir_db_next() or weir_db_rows_free(). */
bool weir_db_is_null(const struct weir_db_rows *rows, size_t column);
int64_t weir_db_get_int(const struct weir_db_rows *rows, size_t column);
const char *weir_db_get_text(const struct weir_db_rows *rows, size_t column);
const void *weir_db_get_blob(const struct weir_db_rows *rows, size_t column, size_t *ret_len);

/* Before the transaction ends. */
void weir_db_rows_free(struct weir_db_rows *rows);
DEFINE_CLEANUP(weir_db_rows_free, struct weir_db_rows *);

/* The first column of the first row, a number; -ENOENT when there is no row. */
int weir_db_number(struct weir_db_tx *tx, const char *sql, const struct weir_db_value *values,
		   size_t n, int64_t *ret) _must_use_;
#define WEIR_DB_NUMBER(tx, ret, sql, ...) weir_db_number(tx, sql, WEIR_DB_VALUES_(__VA_ARGS__), ret)

/* The tables of a module. A migration is one or more DDL statements, in which stand for the
 * driver's own words:
 *
 *   {id}     a column's type: its number, given by the database, never used twice; primary key
 *   {int} {text} {blob}
 *   {strict} behind the closing bracket of CREATE TABLE
 *   {keyed}  there instead: the table is kept in the order of its primary key, which is no {id}
 *
 * migrations[v] leads from version v to v + 1; one that has been released is never edited. */
struct weir_db_schema {
	const char *name; /* a-z and "_" */
	const char *const *migrations;
	size_t n;
};

/* Brings the module's tables up to date in one transaction; several processes may ask at the same
 * time. *err says what is wrong in words; -EPROTONOSUPPORT: made by a newer program. */
int weir_db_migrate(struct weir_store *store, const struct weir_db_schema *schema,
		    struct weir_error *err) _must_use_;

/* Tells those who listen, after the commit and only then, that `topic` is at `number` now, in every
 * process that shares the database. At most 8 topics in one transaction. */
int weir_db_announce(struct weir_db_tx *tx, const char *topic, uint64_t number) _must_use_;

/* Called with every announcement, by a thread that committed or by the store's own, several at a
 * time; the same may come twice, and after an outage only the latest of a topic. It must be short,
 * must not call the store, and can be called until weir_store_free() returns. */
typedef void (*weir_db_heard_fn)(void *context, const char *topic, uint64_t number);
/* At most 16 of them. */
int weir_store_listen(struct weir_store *store, weir_db_heard_fn fn, void *context) _must_use_;

#endif
