/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_STORE_DRIVER_H
#define WEIR_CONSOLE_STORE_DRIVER_H

/* What a database driver brings. Each of its structs begins with the one named here. Errors are
 * those of db.h. The front keeps the contract of a transaction (nothing after an error, nothing
 * after the commit); a driver need not check it. */

#include "weir/console_store/db.h"
#include "weir/console_store/store.h"

#define WEIR_DB_QUERY_NS   (UINT64_C(10) * 1000000000) /* a query that runs longer is stopped */
#define WEIR_DB_TOPICS_MAX 8			       /* announced in one transaction */

enum weir_db_kind {
	WEIR_DB_READ,
	WEIR_DB_LOOK, /* a read of one statement */
	WEIR_DB_WRITE,
	WEIR_DB_INGEST, /* a write of events alone: may run beside one of WEIR_DB_WRITE */
};

struct weir_db_announcement {
	char topic[WEIR_DB_TOPIC_MAX + 1];
	uint64_t number;
};

struct weir_db_tx {
	struct weir_store *store;
	enum weir_db_kind kind;
	int error;  /* of the first statement that failed */
	bool asked; /* a statement ran, or failed to */
	bool committed;
	struct weir_db_announcement announced[WEIR_DB_TOPICS_MAX];
	size_t n_announced;
};

struct weir_db_rows {
	struct weir_db_tx *tx;
	size_t n_columns;
	struct weir_db_value columns[WEIR_DB_COLUMNS_MAX]; /* of the row; text ends with NUL */
};

/* Where many rows go. */
struct weir_db_table {
	const char *name;
	const char *columns; /* "a, b, c" */
	size_t n_columns;
};

/* Fills the values of the next row: 1, or 0 when there are no more, or negative errno. */
typedef int (*weir_db_row_fn)(void *context, struct weir_db_value *values);

/* What run i (from 0) of a statement gave: its first row (NULL: none) and the number of rows
 * changed. 0 or negative errno. */
typedef int (*weir_db_answer_fn)(void *context, size_t i, const struct weir_db_rows *row,
				 int changed);

struct weir_db_words {
	const char *id, *integer, *text, *blob, *strict, *keyed;
};

struct weir_db_ops {
	const char *name;
	struct weir_db_words words;
	const char *event_table; /* DDL of the table of events, in the words of db.h */
	int (*begin)(void *backend, enum weir_db_kind kind, struct weir_db_tx **ret);
	int (*commit)(struct weir_db_tx *tx);
	void (*end)(struct weir_db_tx *tx);
	int (*run)(struct weir_db_tx *tx, const char *sql, const struct weir_db_value *values,
		   size_t n);
	int (*query)(struct weir_db_tx *tx, const char *sql, const struct weir_db_value *values,
		     size_t n, struct weir_db_rows **ret);
	int (*next)(struct weir_db_rows *rows);
	void (*rows_free)(struct weir_db_rows *rows);
	/* Several statements without values. */
	int (*script)(struct weir_db_tx *tx, const char *sql);
	/* The words of the last error in this transaction, borrowed. */
	const char *(*reason)(struct weir_db_tx *tx);
	int (*append)(struct weir_db_tx *tx, const struct weir_db_table *table, weir_db_row_fn fn,
		      void *context);
	/* One statement of n values for each row of values, in one pipeline where there is such a
	 * thing; the answers come in the same order, some of them later. */
	int (*each)(struct weir_db_tx *tx, const char *sql, size_t n, weir_db_row_fn fn,
		    weir_db_answer_fn answer, void *context);
	/* Makes a place for events of that time of arrival; NULL: there is always one. */
	int (*make_room)(struct weir_db_tx *tx, uint64_t received_ns);
	/* Removes whole tables of that class whose events are all below the id, and adds their
	 * number to *n; NULL: there are none. */
	int (*drop_events)(struct weir_db_tx *tx, int64_t alert, int64_t below_id, uint64_t *n);
	/* Overwrites what deleted rows have left; NULL: not this database. */
	int (*scrub)(void *backend);
	/* Called once the tables are there: from now on weir_store_heard() may be called. May be
	 * NULL. */
	int (*attach)(void *backend, struct weir_store *store);
	void (*free)(void *backend);
};

/* Takes the back end over, also on failure. */
int weir_store_new(const struct weir_db_ops *ops, void *backend, struct weir_error *err,
		   struct weir_store **ret) _must_use_;

/* Private to the folder: a transaction of any kind. */
int weir_db_begin(struct weir_store *store, enum weir_db_kind kind,
		  struct weir_db_tx **ret) _must_use_;
/* The words of what the database said last, borrowed. */
const char *weir_db_reason(struct weir_db_tx *tx);
int weir_db_append(struct weir_db_tx *tx, const struct weir_db_table *table, weir_db_row_fn fn,
		   void *context) _must_use_;
int weir_db_each(struct weir_db_tx *tx, const char *sql, size_t n, weir_db_row_fn fn,
		 weir_db_answer_fn answer, void *context) _must_use_;

#endif
