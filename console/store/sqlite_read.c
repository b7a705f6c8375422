/* SPDX-License-Identifier: Apache-2.0 */
/* Reading, on the second connection. A query has a deadline; values are bound, never written into
 * the SQL. */

#include <errno.h>
#include <string.h>

#include "sqlite.h"
#include "weir/base/buf.h"
#include "weir/base/time.h"

#define SQL_MAX 2048

static const char event_columns[] =
	"SELECT e.id, a.uid, a.host, e.epoch, e.sequence, e.received_ns, e.alert, e.blob"
	" FROM event AS e JOIN agent AS a ON a.id = e.agent WHERE 1";

static void unlockp(pthread_mutex_t **lock)
{
	pthread_mutex_unlock(*lock);
}

/* Takes the reader for the scope and starts its clock. */
#define LOCK_READER(be)                                               \
	pthread_mutex_t *lock_ _cleanup_(unlockp) = &(be)->read_lock; \
	pthread_mutex_lock(lock_);                                    \
	(be)->deadline_ns = weir_now_monotonic() + WEIR_SQLITE_QUERY_NS

static uint64_t column_number(sqlite3_stmt *st, int column)
{
	return (uint64_t)sqlite3_column_int64(st, column);
}

static const char *column_text(sqlite3_stmt *st, int column)
{
	const char *text = (const char *)sqlite3_column_text(st, column);

	return text ? text : "";
}

static void copy_uid(uint8_t uid[static WEIR_STORE_UID_LEN], sqlite3_stmt *st, int column)
{
	const void *data = sqlite3_column_blob(st, column);

	memset(uid, 0, WEIR_STORE_UID_LEN);
	if (data && sqlite3_column_bytes(st, column) == WEIR_STORE_UID_LEN)
		memcpy(uid, data, WEIR_STORE_UID_LEN);
}

static int prepare(struct weir_sqlite *be, const char *sql, sqlite3_stmt **ret)
{
	return weir_sqlite_errno(sqlite3_prepare_v2(be->reader, sql, -1, ret, NULL));
}

static void bind_named(sqlite3_stmt *st, const char *name, uint64_t value)
{
	int place = sqlite3_bind_parameter_index(st, name);

	if (place > 0)
		sqlite3_bind_int64(st, place, (sqlite3_int64)value);
}

static int give_event(sqlite3_stmt *st, weir_store_event_fn fn, void *context)
{
	struct weir_store_event event = {
		.id = column_number(st, 0),
		.host = column_text(st, 2),
		.epoch = column_number(st, 3),
		.sequence = column_number(st, 4),
		.received_ns = column_number(st, 5),
		.alert = sqlite3_column_int(st, 6) != 0,
		.blob = sqlite3_column_blob(st, 7),
		.len = (size_t)sqlite3_column_bytes(st, 7),
	};

	copy_uid(event.agent_uid, st, 1);
	return fn(context, &event);
}

static int give_events(sqlite3_stmt *st, weir_store_event_fn fn, void *context)
{
	int rc, r;

	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		r = give_event(st, fn, context);
		if (r != 0)
			return r < 0 ? r : 0;
	}
	return weir_sqlite_errno(rc);
}

/* Only the conditions in use, so that the index that fits can be chosen. */
static int write_filter(const struct weir_store_filter *filter, struct weir_buf *sql)
{
	const struct {
		bool used;
		const char *text;
	} parts[] = {
		{true, event_columns},
		{filter->alerts_only, " AND e.alert = 1"},
		{filter->by_agent, " AND e.agent = (SELECT id FROM agent WHERE uid = :uid)"},
		{filter->before_id != 0, " AND e.id < :before"},
		{filter->since_ns != 0, " AND e.time_ns >= :since"},
		{filter->channel != 0, " AND e.channel = :channel"},
		{filter->action != 0, " AND e.action = :action"},
		{true, " ORDER BY e.id DESC LIMIT :limit"},
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(parts); i++)
		if (parts[i].used)
			r = weir_buf_puts(sql, parts[i].text);
	return r;
}

int weir_sqlite_list_events(void *backend, const struct weir_store_filter *filter,
			    weir_store_event_fn fn, void *context)
{
	struct weir_sqlite *be = backend;
	struct weir_buf sql _cleanup_(weir_buf_done) = WEIR_BUF_INIT(SQL_MAX);
	int r = write_filter(filter, &sql);

	if (r < 0)
		return r;
	LOCK_READER(be);
	sqlite3_stmt *st _cleanup_(weir_sqlite_finalizep) = NULL;

	r = prepare(be, sql.data, &st);
	if (r < 0)
		return r;
	bind_named(st, ":before", WEIR_MIN(filter->before_id, WEIR_STORE_NUMBER_MAX));
	bind_named(st, ":since", WEIR_MIN(filter->since_ns, WEIR_STORE_NUMBER_MAX));
	bind_named(st, ":channel", filter->channel);
	bind_named(st, ":action", filter->action);
	bind_named(st, ":limit", filter->limit);
	if (filter->by_agent)
		sqlite3_bind_blob(st, sqlite3_bind_parameter_index(st, ":uid"), filter->agent_uid,
				  WEIR_STORE_UID_LEN, SQLITE_STATIC);
	return give_events(st, fn, context);
}

int weir_sqlite_get_event(void *backend, uint64_t id, weir_store_event_fn fn, void *context)
{
	struct weir_sqlite *be = backend;
	struct weir_buf sql _cleanup_(weir_buf_done) = WEIR_BUF_INIT(SQL_MAX);
	int rc, r;

	r = weir_buf_printf(&sql, "%s AND e.id = :id", event_columns);
	if (r < 0)
		return r;
	LOCK_READER(be);
	sqlite3_stmt *st _cleanup_(weir_sqlite_finalizep) = NULL;

	r = prepare(be, sql.data, &st);
	if (r < 0)
		return r;
	bind_named(st, ":id", id);
	rc = sqlite3_step(st);
	if (rc == SQLITE_DONE)
		return -ENOENT;
	if (rc != SQLITE_ROW)
		return weir_sqlite_errno(rc);
	r = give_event(st, fn, context);
	return r < 0 ? r : 0;
}

static size_t read_drops(sqlite3_stmt *st, uint64_t agent, struct weir_store_drop *drops)
{
	size_t n = 0;

	sqlite3_bind_int64(st, 1, (sqlite3_int64)agent);
	/* The texts of a row go with the next step, so each is copied by its owner, the array of
	 * one row at a time. */
	while (n < WEIR_STORE_DROPS_MAX && sqlite3_step(st) == SQLITE_ROW) {
		drops[n].cause = strdup(column_text(st, 0));
		drops[n].count = column_number(st, 1);
		if (!drops[n].cause)
			break;
		n++;
	}
	return n;
}

static int give_agent(sqlite3_stmt *st, sqlite3_stmt *drops_st, weir_store_agent_fn fn,
		      void *context)
{
	struct weir_store_drop drops[WEIR_STORE_DROPS_MAX];
	struct weir_store_agent agent = {
		.host = column_text(st, 2),
		.version = column_text(st, 3),
		.first_seen_ns = column_number(st, 4),
		.last_seen_ns = column_number(st, 5),
		.epoch = column_number(st, 6),
		.committed = column_number(st, 7),
		.n_events = column_number(st, 8),
		.n_rejects = column_number(st, 9),
		.drops = drops,
	};
	int r;

	copy_uid(agent.uid, st, 1);
	agent.n_drops = read_drops(drops_st, column_number(st, 0), drops);
	sqlite3_reset(drops_st);
	r = fn(context, &agent);
	for (size_t i = 0; i < agent.n_drops; i++)
		freep(&drops[i].cause);
	return r;
}

int weir_sqlite_list_agents(void *backend, const uint8_t *after_uid, uint32_t limit,
			    weir_store_agent_fn fn, void *context)
{
	struct weir_sqlite *be = backend;

	LOCK_READER(be);
	sqlite3_stmt *st _cleanup_(weir_sqlite_finalizep) = NULL;
	sqlite3_stmt *drops_st _cleanup_(weir_sqlite_finalizep) = NULL;
	int rc, r;

	r = prepare(
		be,
		"SELECT a.id, a.uid, a.host, a.version, a.first_seen_ns, a.last_seen_ns, a.epoch,"
		" coalesce((SELECT committed_sequence FROM spool AS s"
		"  WHERE s.agent = a.id AND s.epoch = a.epoch), 0),"
		" a.n_events, a.n_rejects"
		" FROM agent AS a WHERE a.uid > ?1 ORDER BY a.uid LIMIT ?2",
		&st);
	if (r == 0)
		r = prepare(be,
			    "SELECT cause, count FROM drop_count WHERE agent = ?1 ORDER BY cause",
			    &drops_st);
	if (r < 0)
		return r;
	/* Every uid sorts behind the empty one. */
	sqlite3_bind_blob(st, 1, after_uid ? (const void *)after_uid : "",
			  after_uid ? WEIR_STORE_UID_LEN : 0, SQLITE_STATIC);
	sqlite3_bind_int64(st, 2, limit);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		r = give_agent(st, drops_st, fn, context);
		if (r != 0)
			return r < 0 ? r : 0;
	}
	return weir_sqlite_errno(rc);
}
