/* SPDX-License-Identifier: Apache-2.0 */
/* The table of events as PostgreSQL keeps it: apart by class and month of arrival, so that
 * retention drops whole tables. The month is that of the console's clock, not of the endpoint's: a
 * hostile endpoint makes no tables. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "pg.h"
#include "weir/base/time.h"

/* No reference to agent: its row was written in the same transaction, and the check would cost as
 * much as the row. The key is unique in each month, by an index of its own; over all of them the
 * mark in spool sees to it. */
const char weir_pg_event_table[] = "CREATE SEQUENCE event_number AS bigint;"
				   "CREATE TABLE event ("
				   " id {int} NOT NULL DEFAULT nextval('event_number'),"
				   " agent {int} NOT NULL,"
				   " epoch {int} NOT NULL,"
				   " sequence {int} NOT NULL CHECK (sequence > 0),"
				   " time_ns {int} NOT NULL,"
				   " received_ns {int} NOT NULL,"
				   " channel {int} NOT NULL,"
				   " action {int} NOT NULL,"
				   " tier {int} NOT NULL,"
				   " alert {int} NOT NULL,"
				   " rule {text} NOT NULL,"
				   " hook {text} NOT NULL,"
				   " cause {text} NOT NULL,"
				   " blob {blob} NOT NULL"
				   ") PARTITION BY LIST (alert);"
				   "CREATE TABLE event_other PARTITION OF event FOR VALUES IN (0)"
				   " PARTITION BY RANGE (received_ns);"
				   "CREATE TABLE event_alert PARTITION OF event FOR VALUES IN (1)"
				   " PARTITION BY RANGE (received_ns);"
				   "CREATE INDEX event_id ON event (id);"
				   "CREATE INDEX event_agent ON event (agent, id);"
				   "CREATE INDEX event_time ON event USING brin (time_ns);";

static const char *const classes[] = {"event_other", "event_alert"};

struct month {
	char name[16]; /* "2026_11" */
	int64_t from_ns, to_ns;
};

static int64_t month_start(int year, int month)
{
	struct tm tm = {.tm_year = year - 1900, .tm_mon = month, .tm_mday = 1};

	return (int64_t)timegm(&tm) * (int64_t)WEIR_NSEC_PER_SEC;
}

static int find_month(uint64_t received_ns, struct month *ret)
{
	time_t seconds = (time_t)(received_ns / WEIR_NSEC_PER_SEC);
	struct tm tm;

	if (!gmtime_r(&seconds, &tm) || tm.tm_year > 2260 - 1900)
		return -EINVAL;
	(void)snprintf(ret->name, sizeof(ret->name), "%04d_%02d", (tm.tm_year + 1900) % 10000,
		       (tm.tm_mon + 1) % 100);
	ret->from_ns = month_start(tm.tm_year + 1900, tm.tm_mon);
	ret->to_ns = month_start(tm.tm_year + 1900, tm.tm_mon + 1);
	return 0;
}

/* Attached and not made in place: that waits for no reader. */
static int make_table(struct weir_db_tx *tx, const char *parent, const struct month *month)
{
	char sql[1024];

	(void)snprintf(
		sql, sizeof(sql),
		"CREATE TABLE %1$s_%2$s (LIKE %1$s INCLUDING DEFAULTS INCLUDING CONSTRAINTS);"
		"CREATE UNIQUE INDEX %1$s_%2$s_key ON %1$s_%2$s (agent, epoch, sequence);"
		"ALTER TABLE %1$s ATTACH PARTITION %1$s_%2$s"
		" FOR VALUES FROM (%3$" PRId64 ") TO (%4$" PRId64 ")",
		parent, month->name, month->from_ns, month->to_ns);
	return weir_pg_script(tx, sql);
}

/* -EINVAL for a time beyond the year 2260, where 64 bits of nanoseconds end. */
int weir_pg_make_room(struct weir_db_tx *tx, uint64_t received_ns)
{
	struct month month = {};
	int r = find_month(received_ns, &month);

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(classes); i++) {
		int64_t there = 0;
		char name[64];

		(void)snprintf(name, sizeof(name), "%s_%s", classes[i], month.name);
		r = WEIR_DB_NUMBER(tx, &there,
				   "SELECT CAST(to_regclass($1) IS NOT NULL AS integer)",
				   weir_db_text(name));
		if (r == 0 && !there)
			r = make_table(tx, classes[i], &month);
	}
	return r;
}

/* A month whose last event is due is due. */
static int drop_if_due(struct weir_db_tx *tx, const char *name, int64_t below_id, uint64_t *n)
{
	int64_t last = 0, rows = 0;
	char sql[160];
	int r;

	(void)snprintf(sql, sizeof(sql), "SELECT coalesce(max(id), 0) FROM %s", name);
	r = WEIR_DB_NUMBER(tx, &last, sql);
	if (r < 0 || last == 0 || last >= below_id)
		return r;
	(void)snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s", name);
	r = WEIR_DB_NUMBER(tx, &rows, sql);
	if (r < 0)
		return r;
	(void)snprintf(sql, sizeof(sql), "DROP TABLE %s", name);
	r = weir_pg_script(tx, sql);
	if (r == 0)
		*n += (uint64_t)rows;
	return r;
}

int weir_pg_drop_events(struct weir_db_tx *tx, int64_t alert, int64_t below_id, uint64_t *n)
{
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	/* Counting a month takes its time. */
	int r = weir_pg_script(tx, "SET LOCAL statement_timeout = 0");

	if (r == 0)
		r = WEIR_DB_QUERY(tx, &rows,
				  "SELECT CAST(c.relname AS text) FROM pg_inherits AS i"
				  " JOIN pg_class AS c ON c.oid = i.inhrelid"
				  " WHERE i.inhparent = to_regclass($1) ORDER BY 1",
				  weir_db_text(classes[alert != 0]));
	while (r == 0 && (r = weir_db_next(rows)) > 0)
		r = drop_if_due(tx, weir_db_get_text(rows, 0), below_id, n);
	return r;
}
