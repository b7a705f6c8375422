/* SPDX-License-Identifier: Apache-2.0 */
/* Reading alerts and their log. One statement for every filter: a term that was not asked for is
 * always true, and the rows come newest first by their number. */

#include <errno.h>
#include <strings.h>

#include "schema.h"

#define ALERT_COLUMNS                                                                           \
	"id, version, state, verdict, severity, channel, action, rule, user_name, destination," \
	" assignee, n_events, n_let_through, identifiers, first_ns, last_ns, created_ns,"       \
	" changed_ns, host, process, target"

#define TEXT_TERM(column, is, is_not)                                                             \
	" AND (" is " = '' OR " column " = " is ") AND (" is_not " = '' OR " column " <> " is_not \
	")"

#define SEEN_TERM(kind, is, is_not)                                                               \
	" AND (" is " = '' OR EXISTS (SELECT 1 FROM alert_seen AS s WHERE s.alert = a.id"         \
	" AND s.kind = " kind " AND s.value = " is "))"                                           \
	" AND (" is_not " = '' OR NOT EXISTS (SELECT 1 FROM alert_seen AS s WHERE s.alert = a.id" \
	" AND s.kind = " kind " AND s.value = " is_not "))"

/* What one may see by the groups of endpoints that it has seen: all of them are one's own. */
#define SCOPE                                                                                \
	" AND EXISTS (SELECT 1 FROM alert_seen AS s WHERE s.alert = a.id AND s.kind = 5)"    \
	" AND NOT EXISTS (SELECT 1 FROM alert_seen AS s WHERE s.alert = a.id AND s.kind = 5" \
	" AND s.value NOT IN ($25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36,"   \
	" $37, $38, $39, $40))"

/* In the order of enum weir_filter_mask and enum weir_filter_text. */
#define FILTER(scope)                                                                           \
	" FROM alert AS a WHERE (state & $1) <> 0 AND (verdict & $2) <> 0"                      \
	" AND (severity & $3) <> 0 AND (channel & $4) <> 0 AND (action & $5) <> 0"              \
	" AND last_ns >= $6" TEXT_TERM("rule", "$7", "$8") TEXT_TERM("user_name", "$9", "$10")  \
		TEXT_TERM("assignee", "$11", "$12") TEXT_TERM("destination", "$13", "$14")      \
			SEEN_TERM("1", "$15", "$16") SEEN_TERM("2", "$17", "$18")               \
				SEEN_TERM("3", "$19", "$20") SEEN_TERM("4", "$21", "$22") scope \
		" AND id < $23"                                                                 \
		" ORDER BY id DESC"                                                             \
		" LIMIT $24"

/* [1]: in a scope. */
static const char *const list_sql[] = {
	"SELECT " ALERT_COLUMNS FILTER(""),
	"SELECT " ALERT_COLUMNS FILTER(SCOPE),
};
static const char *const select_sql[] = {
	"SELECT id" FILTER(""),
	"SELECT id" FILTER(SCOPE),
};
static const char get_sql[] = "SELECT " ALERT_COLUMNS " FROM alert WHERE id = $1";

#define N_FILTER 24
#define N_SCOPED (N_FILTER + WEIR_STORE_GROUPS_MAX)

static int64_t as_db(uint64_t number)
{
	return (int64_t)WEIR_MIN(number, WEIR_STORE_NUMBER_MAX);
}

static void filter_values(const struct weir_alert_filter *filter, uint64_t before, uint32_t limit,
			  struct weir_db_value values[static N_FILTER])
{
	size_t n = 0;

	for (size_t i = 0; i < _WEIR_FILTER_MASK_MAX; i++)
		values[n++] = weir_db_int(filter->masks[i]);
	values[n++] = weir_db_int(as_db(filter->since_ns));
	for (size_t i = 0; i < _WEIR_FILTER_TEXT_MAX; i++) {
		values[n++] = weir_db_text(filter->texts[i][0]);
		values[n++] = weir_db_text(filter->texts[i][1]);
	}
	values[n++] = weir_db_int(before ? as_db(before) : INT64_MAX);
	values[n++] = weir_db_int(limit);
}

/* Starts one of the two statements. A scope has a group at least; a place that none needs has the last
 * one again. */
static int ask(struct weir_db_tx *tx, const char *const sql[static 2],
	       const struct weir_alert_filter *filter, uint64_t before, uint32_t limit,
	       struct weir_db_rows **ret)
{
	const struct weir_store_scope *scope = filter->scope;
	struct weir_db_value values[N_SCOPED];

	filter_values(filter, before, limit, values);
	if (!scope)
		return weir_db_query(tx, sql[0], values, N_FILTER, ret);
	for (size_t i = 0; i < WEIR_STORE_GROUPS_MAX; i++)
		values[N_FILTER + i] = weir_db_text(scope->groups[WEIR_MIN(i, scope->n - 1)]);
	return weir_db_query(tx, sql[1], values, N_SCOPED, ret);
}

static bool sees_nothing(const struct weir_alert_filter *filter)
{
	return filter->scope && filter->scope->n == 0;
}

static uint64_t number(const struct weir_db_rows *rows, size_t column)
{
	return (uint64_t)weir_db_get_int(rows, column);
}

/* The number of an enum from its bit. */
static uint32_t value_of(const struct weir_db_rows *rows, size_t column)
{
	return (uint32_t)ffs((int)weir_db_get_int(rows, column)) - 1;
}

static int give_alert(const struct weir_db_rows *rows, weir_alert_fn fn, void *context)
{
	const struct weir_alert alert = {
		.id = number(rows, 0),
		.version = number(rows, 1),
		.state = (uint32_t)number(rows, 2),
		.verdict = (uint32_t)number(rows, 3),
		.severity = (uint32_t)number(rows, 4),
		.channel = value_of(rows, 5),
		.action = value_of(rows, 6),
		.rule = weir_db_get_text(rows, 7),
		.user = weir_db_get_text(rows, 8),
		.destination = weir_db_get_text(rows, 9),
		.assignee = weir_db_get_text(rows, 10),
		.n_events = number(rows, 11),
		.n_let_through = number(rows, 12),
		.identifiers = number(rows, 13),
		.first_ns = number(rows, 14),
		.last_ns = number(rows, 15),
		.created_ns = number(rows, 16),
		.changed_ns = number(rows, 17),
	};
	const struct weir_alert_newest newest = {
		.host = weir_db_get_text(rows, 18),
		.process = weir_db_get_text(rows, 19),
		.target = weir_db_get_text(rows, 20),
	};

	return fn(context, &alert, &newest);
}

int weir_triage_list(struct weir_db_tx *tx, const struct weir_alert_filter *filter, uint64_t before,
		     uint32_t limit, weir_alert_fn fn, void *context)
{
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	int r;

	if (sees_nothing(filter))
		return 0;
	r = ask(tx, list_sql, filter, before, limit, &rows);
	if (r < 0)
		return r;
	while ((r = weir_db_next(rows)) > 0) {
		r = give_alert(rows, fn, context);
		if (r != 0)
			return r < 0 ? r : 0;
	}
	return r;
}

int weir_triage_select(struct weir_db_tx *tx, const struct weir_alert_filter *filter,
		       uint64_t through, uint64_t ret[static WEIR_TRIAGE_BULK_MAX])
{
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	int n = 0, r;

	if (sees_nothing(filter))
		return 0;
	r = ask(tx, select_sql, filter,
		through && through < WEIR_STORE_NUMBER_MAX ? through + 1 : 0, WEIR_TRIAGE_BULK_MAX,
		&rows);
	if (r < 0)
		return r;
	while (n < WEIR_TRIAGE_BULK_MAX && (r = weir_db_next(rows)) > 0)
		ret[n++] = number(rows, 0);
	return r < 0 ? r : n;
}

int weir_triage_get(struct weir_db_tx *tx, uint64_t id, weir_alert_fn fn, void *context)
{
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	int r = WEIR_DB_QUERY(tx, &rows, get_sql, weir_db_int(as_db(id)));

	if (r == 0)
		r = weir_db_next(rows);
	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	r = give_alert(rows, fn, context);
	return r < 0 ? r : 0;
}

int weir_triage_seen(struct weir_db_tx *tx, uint64_t id, weir_alert_seen_fn fn, void *context)
{
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	int r = WEIR_DB_QUERY(tx, &rows,
			      "SELECT kind, value, n FROM alert_seen WHERE alert = $1"
			      " ORDER BY kind, value LIMIT 1000",
			      weir_db_int(as_db(id)));

	if (r < 0)
		return r;
	while ((r = weir_db_next(rows)) > 0) {
		r = fn(context, (enum weir_alert_seen)number(rows, 0), weir_db_get_text(rows, 1),
		       number(rows, 2));
		if (r != 0)
			return r < 0 ? r : 0;
	}
	return r;
}

/* What a line knows of the alert as it was, and the rest of it, which never changes. */
#define LOG_QUERY                                                                                \
	"SELECT l.id, l.time_ns, l.step, l.news, l.event, l.person, l.text, l.alert, l.version," \
	" l.state, l.verdict, l.severity, l.assignee, l.n_events, l.n_let_through,"              \
	" l.identifiers, l.last_ns, a.rule, a.user_name, a.destination, a.channel, a.action,"    \
	" a.first_ns, a.created_ns"                                                              \
	" FROM alert_log AS l JOIN alert AS a ON a.id = l.alert"

static int give_line(const struct weir_db_rows *rows, weir_alert_log_fn fn, void *context)
{
	const struct weir_alert_log line = {
		.id = number(rows, 0),
		.time_ns = number(rows, 1),
		.step = (enum weir_alert_step)number(rows, 2),
		.news = (enum weir_alert_news)number(rows, 3),
		.event = number(rows, 4),
		.person = weir_db_get_text(rows, 5),
		.text = weir_db_get_text(rows, 6),
		.alert =
			{
				.id = number(rows, 7),
				.version = number(rows, 8),
				.state = (uint32_t)number(rows, 9),
				.verdict = (uint32_t)number(rows, 10),
				.severity = (uint32_t)number(rows, 11),
				.assignee = weir_db_get_text(rows, 12),
				.n_events = number(rows, 13),
				.n_let_through = number(rows, 14),
				.identifiers = number(rows, 15),
				.last_ns = number(rows, 16),
				.rule = weir_db_get_text(rows, 17),
				.user = weir_db_get_text(rows, 18),
				.destination = weir_db_get_text(rows, 19),
				.channel = value_of(rows, 20),
				.action = value_of(rows, 21),
				.first_ns = number(rows, 22),
				.created_ns = number(rows, 23),
				.changed_ns = number(rows, 1),
			},
	};

	return fn(context, &line);
}

static int give_lines(struct weir_db_tx *tx, const char *sql, uint64_t key, uint32_t limit,
		      weir_alert_log_fn fn, void *context)
{
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	int r = WEIR_DB_QUERY(tx, &rows, sql, weir_db_int(as_db(key)), weir_db_int(limit));

	if (r < 0)
		return r;
	while ((r = weir_db_next(rows)) > 0) {
		r = give_line(rows, fn, context);
		if (r != 0)
			return r < 0 ? r : 0;
	}
	return r;
}

int weir_triage_log(struct weir_db_tx *tx, uint64_t alert, uint32_t limit, weir_alert_log_fn fn,
		    void *context)
{
	return give_lines(tx, LOG_QUERY " WHERE l.alert = $1 ORDER BY l.id DESC LIMIT $2", alert,
			  limit, fn, context);
}

int weir_triage_follow(struct weir_db_tx *tx, uint64_t after, uint32_t limit, weir_alert_log_fn fn,
		       void *context)
{
	return give_lines(tx, LOG_QUERY " WHERE l.id > $1 ORDER BY l.id LIMIT $2", after, limit, fn,
			  context);
}

int weir_triage_newest(struct weir_db_tx *tx, uint64_t *ret)
{
	int64_t id = 0;
	int r = weir_db_number(tx, "SELECT coalesce(max(id), 0) FROM alert_log", NULL, 0, &id);

	if (r == 0)
		*ret = (uint64_t)id;
	return r;
}
