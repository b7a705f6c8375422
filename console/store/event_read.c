/* SPDX-License-Identifier: Apache-2.0 */
/* Reading events and agents. */

#include <errno.h>
#include <stdlib.h>

#include "internal.h"
#include "weir/base/buf.h"

static const char event_columns[] =
	"SELECT e.id, a.uid, a.host, e.epoch, e.sequence, e.received_ns, e.alert, e.blob,"
	" a.group_name FROM event AS e JOIN agent AS a ON a.id = e.agent WHERE e.id > 0";

static uint64_t column_number(const struct weir_db_rows *rows, size_t column)
{
	return (uint64_t)weir_db_get_int(rows, column);
}

static void copy_uid(uint8_t uid[static WEIR_STORE_UID_LEN], const struct weir_db_rows *rows,
		     size_t column)
{
	size_t len = 0;
	const void *data = weir_db_get_blob(rows, column, &len);

	memset(uid, 0, WEIR_STORE_UID_LEN);
	memcpy(uid, data, WEIR_MIN(len, (size_t)WEIR_STORE_UID_LEN));
}

static int give_event(const struct weir_db_rows *rows, weir_store_event_fn fn, void *context)
{
	struct weir_store_event event = {
		.id = column_number(rows, 0),
		.host = weir_db_get_text(rows, 2),
		.epoch = column_number(rows, 3),
		.sequence = column_number(rows, 4),
		.received_ns = column_number(rows, 5),
		.alert = weir_db_get_int(rows, 6) != 0,
		.group = weir_db_get_text(rows, 8),
	};

	copy_uid(event.agent_uid, rows, 1);
	event.blob = weir_db_get_blob(rows, 7, &event.len);
	return fn(context, &event);
}

/* The SQL of a query, and its values, in the order of their numbers. */
struct query {
	struct weir_buf sql;
	struct weir_db_value values[8 + WEIR_STORE_GROUPS_MAX];
	size_t n;
};

static void query_done(struct query *query)
{
	weir_buf_done(&query->sql);
}

/* Adds "before $n after" and its value. */
static int add(struct query *query, const char *before, struct weir_db_value value,
	       const char *after)
{
	query->values[query->n++] = value;
	return weir_buf_printf(&query->sql, "%s$%zu%s", before, query->n, after);
}

static int add_scope(struct query *query, const struct weir_store_scope *scope)
{
	int r = 0;

	if (!scope)
		return 0;
	if (scope->n == 0)
		return weir_buf_puts(&query->sql, " AND 1 = 0");
	for (size_t i = 0; r == 0 && i < scope->n; i++)
		r = add(query, i ? ", " : " AND a.group_name IN (", weir_db_text(scope->groups[i]),
			"");
	return r < 0 ? r : weir_buf_puts(&query->sql, ")");
}

/* Only the conditions in use, so that the index that fits can be chosen. */
static int write_filter(const struct weir_store_filter *filter, struct query *query)
{
	const struct {
		bool used;
		const char *before;
		struct weir_db_value value;
		const char *after;
	} parts[] = {
		{filter->by_agent, " AND e.agent = (SELECT id FROM agent WHERE uid = ",
		 weir_db_blob(filter->agent_uid, WEIR_STORE_UID_LEN), ")"},
		{filter->before_id != 0, " AND e.id < ",
		 weir_db_int((int64_t)WEIR_MIN(filter->before_id, WEIR_STORE_NUMBER_MAX)), ""},
		{filter->since_ns != 0, " AND e.time_ns >= ",
		 weir_db_int((int64_t)WEIR_MIN(filter->since_ns, WEIR_STORE_NUMBER_MAX)), ""},
		{filter->channel != 0, " AND e.channel = ", weir_db_int(filter->channel), ""},
		{filter->action != 0, " AND e.action = ", weir_db_int(filter->action), ""},
		{true, " ORDER BY e.id DESC LIMIT ", weir_db_int(filter->limit), ""},
	};
	int r = weir_buf_printf(&query->sql, "%s%s", event_columns,
				filter->alerts_only ? " AND e.alert = 1" : "");

	if (r == 0)
		r = add_scope(query, filter->scope);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(parts); i++)
		if (parts[i].used)
			r = add(query, parts[i].before, parts[i].value, parts[i].after);
	return r;
}

/* Calls fn with each row; *ret_n of them. */
static int give_events(struct weir_store *store, const struct query *query, weir_store_event_fn fn,
		       void *context, size_t *ret_n)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	int r = weir_db_read(store, &tx);

	if (r == 0)
		r = weir_db_query(tx, query->sql.data, query->values, query->n, &rows);
	*ret_n = 0;
	while (r == 0 && (r = weir_db_next(rows)) > 0) {
		(*ret_n)++;
		r = give_event(rows, fn, context);
	}
	return r < 0 ? r : 0;
}

int weir_store_list_events(struct weir_store *store, const struct weir_store_filter *filter,
			   weir_store_event_fn fn, void *context)
{
	struct query query _cleanup_(query_done) = {.sql = WEIR_BUF_INIT(WEIR_DB_SQL_MAX)};
	size_t n;
	int r;

	if (filter->limit == 0)
		return -EINVAL;
	r = write_filter(filter, &query);
	return r < 0 ? r : give_events(store, &query, fn, context, &n);
}

int weir_store_get_event(struct weir_store *store, uint64_t id, weir_store_event_fn fn,
			 void *context)
{
	struct query query _cleanup_(query_done) = {.sql = WEIR_BUF_INIT(WEIR_DB_SQL_MAX)};
	size_t n = 0;
	int r;

	if (id == 0 || id > WEIR_STORE_NUMBER_MAX)
		return -ENOENT;
	r = weir_buf_puts(&query.sql, event_columns);
	if (r == 0)
		r = add(&query, " AND e.id = ", weir_db_int((int64_t)id), "");
	if (r == 0)
		r = give_events(store, &query, fn, context, &n);
	return r == 0 && n == 0 ? -ENOENT : r;
}

static int read_drops(struct weir_db_tx *tx, int64_t agent, struct weir_store_drop *drops,
		      size_t *ret_n)
{
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	int r = WEIR_DB_QUERY(tx, &rows,
			      "SELECT cause, count FROM drop_count WHERE agent = $1"
			      " ORDER BY cause LIMIT $2",
			      weir_db_int(agent), weir_db_int(WEIR_STORE_DROPS_MAX));

	while (r == 0 && (r = weir_db_next(rows)) > 0) {
		/* The texts of a row go with the next one. */
		drops[*ret_n].cause = strdup(weir_db_get_text(rows, 0));
		drops[*ret_n].count = column_number(rows, 1);
		r = drops[*ret_n].cause ? 0 : -ENOMEM;
		*ret_n += r == 0;
	}
	return r;
}

static int give_agent(struct weir_db_tx *tx, const struct weir_db_rows *rows,
		      weir_store_agent_fn fn, void *context)
{
	struct weir_store_drop drops[WEIR_STORE_DROPS_MAX];
	struct weir_store_agent agent = {
		.host = weir_db_get_text(rows, 2),
		.version = weir_db_get_text(rows, 3),
		.first_seen_ns = column_number(rows, 4),
		.last_seen_ns = column_number(rows, 5),
		.epoch = column_number(rows, 6),
		.committed = column_number(rows, 7),
		.n_events = column_number(rows, 8),
		.n_rejects = column_number(rows, 9),
		.drops = drops,
	};
	int r;

	copy_uid(agent.uid, rows, 1);
	r = read_drops(tx, weir_db_get_int(rows, 0), drops, &agent.n_drops);
	if (r == 0)
		r = fn(context, &agent);
	for (size_t i = 0; i < agent.n_drops; i++)
		freep(&drops[i].cause);
	return r;
}

static const char agent_columns[] =
	"SELECT a.id, a.uid, a.host, a.version, a.first_seen_ns, a.last_seen_ns,"
	" a.epoch, coalesce((SELECT committed_sequence FROM spool AS s"
	"  WHERE s.agent = a.id AND s.epoch = a.epoch), 0),"
	" (SELECT coalesce(sum(n_events), 0) FROM spool AS s WHERE s.agent = a.id),"
	" (SELECT coalesce(sum(n_rejects), 0) FROM spool AS s WHERE s.agent = a.id)"
	" FROM agent AS a";

/* Every uid sorts behind the empty one. */
static int write_agents(const struct weir_store_scope *scope, const uint8_t *after_uid,
			uint32_t limit, struct query *query)
{
	int r = weir_buf_puts(&query->sql, agent_columns);

	if (r == 0)
		r = add(query, " WHERE a.uid > ",
			weir_db_blob(after_uid, after_uid ? WEIR_STORE_UID_LEN : 0), "");
	if (r == 0)
		r = add_scope(query, scope);
	return r < 0 ? r : add(query, " ORDER BY a.uid LIMIT ", weir_db_int(limit), "");
}

int weir_store_list_agents(struct weir_store *store, const struct weir_store_scope *scope,
			   const uint8_t *after_uid, uint32_t limit, weir_store_agent_fn fn,
			   void *context)
{
	struct query query _cleanup_(query_done) = {.sql = WEIR_BUF_INIT(WEIR_DB_SQL_MAX)};
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	int r = limit ? write_agents(scope, after_uid, limit, &query) : -EINVAL;

	if (r == 0)
		r = weir_db_read(store, &tx);
	if (r == 0)
		r = weir_db_query(tx, query.sql.data, query.values, query.n, &rows);
	while (r == 0 && (r = weir_db_next(rows)) > 0)
		r = give_agent(tx, rows, fn, context);
	return r < 0 ? r : 0;
}
