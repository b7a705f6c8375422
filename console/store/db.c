/* SPDX-License-Identifier: Apache-2.0 */
/* The front of the database layer: what holds for every driver. A transaction remembers its first
 * error and refuses the rest, because one of the databases does and the other would go on. */

#include "weir/console_store/db.h"

#include <errno.h>
#include <stdio.h>

#include "internal.h"

int weir_db_begin(struct weir_store *store, enum weir_db_kind kind, struct weir_db_tx **ret)
{
	struct weir_db_tx *tx = NULL;
	int r = store->ops->begin(store->backend, kind, &tx);

	if (r < 0)
		return r;
	tx->store = store;
	tx->kind = kind;
	*ret = tx;
	return 0;
}

int weir_db_read(struct weir_store *store, struct weir_db_tx **ret)
{
	return weir_db_begin(store, WEIR_DB_READ, ret);
}

int weir_db_look(struct weir_store *store, struct weir_db_tx **ret)
{
	return weir_db_begin(store, WEIR_DB_LOOK, ret);
}

int weir_db_write(struct weir_store *store, struct weir_db_tx **ret)
{
	return weir_db_begin(store, WEIR_DB_WRITE, ret);
}

struct weir_store *weir_db_store(struct weir_db_tx *tx)
{
	return tx->store;
}

static int keep_error(struct weir_db_tx *tx, int r)
{
	if (r < 0 && tx->error == 0)
		tx->error = r;
	return r;
}

int weir_db_commit(struct weir_db_tx *tx)
{
	int r;

	if (tx->error < 0)
		return tx->error;
	if (tx->committed)
		return -EINVAL;
	r = keep_error(tx, tx->store->ops->commit(tx));
	if (r < 0)
		return r;
	tx->committed = true;
	return 0;
}

void weir_db_end(struct weir_db_tx *tx)
{
	struct weir_db_announcement announced[WEIR_DB_TOPICS_MAX];
	struct weir_store *store;
	size_t n = 0;

	if (!tx)
		return;
	store = tx->store;
	if (tx->committed) {
		n = tx->n_announced;
		memcpy(announced, tx->announced, n * sizeof(*announced));
	}
	store->ops->end(tx);
	/* Nothing is held any more: a listener may wake somebody who begins at once. */
	for (size_t i = 0; i < n; i++)
		weir_store_heard(store, announced[i].topic, announced[i].number);
}

/* 0 when a statement may run. */
static int check(struct weir_db_tx *tx, const char *sql, size_t n)
{
	if (tx->error < 0)
		return tx->error;
	if (tx->committed || n > WEIR_DB_VALUES_MAX || strlen(sql) > WEIR_DB_SQL_MAX ||
	    (tx->kind == WEIR_DB_LOOK && tx->asked))
		return keep_error(tx, -EINVAL);
	tx->asked = true;
	return 0;
}

int weir_db_run(struct weir_db_tx *tx, const char *sql, const struct weir_db_value *values,
		size_t n)
{
	int r = check(tx, sql, n);

	return r < 0 ? r : keep_error(tx, tx->store->ops->run(tx, sql, values, n));
}

int weir_db_query(struct weir_db_tx *tx, const char *sql, const struct weir_db_value *values,
		  size_t n, struct weir_db_rows **ret)
{
	int r = check(tx, sql, n);

	if (r == 0)
		r = keep_error(tx, tx->store->ops->query(tx, sql, values, n, ret));
	if (r == 0)
		(*ret)->tx = tx;
	return r;
}

int weir_db_next(struct weir_db_rows *rows)
{
	return keep_error(rows->tx, rows->tx->store->ops->next(rows));
}

void weir_db_rows_free(struct weir_db_rows *rows)
{
	if (rows)
		rows->tx->store->ops->rows_free(rows);
}

static const struct weir_db_value *find(const struct weir_db_rows *rows, size_t column,
					enum weir_db_type type)
{
	if (column >= rows->n_columns || rows->columns[column].type != type)
		return NULL;
	return &rows->columns[column];
}

bool weir_db_is_null(const struct weir_db_rows *rows, size_t column)
{
	return column >= rows->n_columns || rows->columns[column].type == WEIR_DB_NULL;
}

int64_t weir_db_get_int(const struct weir_db_rows *rows, size_t column)
{
	const struct weir_db_value *value = find(rows, column, WEIR_DB_INT);

	return value ? value->number : 0;
}

const char *weir_db_get_text(const struct weir_db_rows *rows, size_t column)
{
	const struct weir_db_value *value = find(rows, column, WEIR_DB_TEXT);

	return value ? value->data : "";
}

const void *weir_db_get_blob(const struct weir_db_rows *rows, size_t column, size_t *ret_len)
{
	const struct weir_db_value *value = find(rows, column, WEIR_DB_BLOB);

	*ret_len = value ? value->len : 0;
	return value ? value->data : "";
}

int weir_db_number(struct weir_db_tx *tx, const char *sql, const struct weir_db_value *values,
		   size_t n, int64_t *ret)
{
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	int r = weir_db_query(tx, sql, values, n, &rows);

	if (r == 0)
		r = weir_db_next(rows);
	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	*ret = weir_db_get_int(rows, 0);
	/* To the end, in case it is a change that returns something. */
	while (r > 0)
		r = weir_db_next(rows);
	return r;
}

int weir_db_append(struct weir_db_tx *tx, const struct weir_db_table *table, weir_db_row_fn fn,
		   void *context)
{
	int r = check(tx, "", table->n_columns);

	return r < 0 ? r : keep_error(tx, tx->store->ops->append(tx, table, fn, context));
}

int weir_db_each(struct weir_db_tx *tx, const char *sql, size_t n, weir_db_row_fn fn,
		 weir_db_answer_fn answer, void *context)
{
	int r = check(tx, sql, n);

	return r < 0 ? r : keep_error(tx, tx->store->ops->each(tx, sql, n, fn, answer, context));
}

const char *weir_db_reason(struct weir_db_tx *tx)
{
	return tx->store->ops->reason(tx);
}

static bool is_topic(const char *topic)
{
	size_t len = strspn(topic, "abcdefghijklmnopqrstuvwxyz_");

	return len > 0 && len <= WEIR_DB_TOPIC_MAX && topic[len] == '\0';
}

int weir_db_announce(struct weir_db_tx *tx, const char *topic, uint64_t number)
{
	struct weir_db_announcement *slot = tx->announced;
	struct weir_db_announcement *const end = slot + tx->n_announced;
	int r;

	/* Said again in the same transaction: the last word counts. */
	while (slot < end && strcmp(slot->topic, topic) != 0)
		slot++;
	if (!is_topic(topic) || number > INT64_MAX || slot == tx->announced + WEIR_DB_TOPICS_MAX)
		return keep_error(tx, -EINVAL);
	/* The row is what a process finds that was not told. */
	r = WEIR_DB_RUN(tx,
			"INSERT INTO announcement (topic, number) VALUES ($1, $2)"
			" ON CONFLICT (topic) DO UPDATE SET number = excluded.number",
			weir_db_text(topic), weir_db_int((int64_t)number));
	if (r < 0)
		return r;
	(void)snprintf(slot->topic, sizeof(slot->topic), "%s", topic);
	slot->number = number;
	tx->n_announced += slot == end;
	return 0;
}

int weir_store_listen(struct weir_store *store, weir_db_heard_fn fn, void *context)
{
	int r = 0;

	pthread_mutex_lock(&store->listen_lock);
	if (store->n_listeners == ARRAY_SIZE(store->listeners)) {
		r = -ENOBUFS;
	} else {
		store->listeners[store->n_listeners].fn = fn;
		store->listeners[store->n_listeners].context = context;
		store->n_listeners++;
	}
	pthread_mutex_unlock(&store->listen_lock);
	return r;
}

void weir_store_heard(struct weir_store *store, const char *topic, uint64_t number)
{
	size_t n;

	pthread_mutex_lock(&store->listen_lock);
	n = store->n_listeners;
	pthread_mutex_unlock(&store->listen_lock);
	/* Listeners are only ever added: those below n stay as they are. */
	for (size_t i = 0; i < n; i++)
		store->listeners[i].fn(store->listeners[i].context, topic, number);
}
