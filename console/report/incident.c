/* SPDX-License-Identifier: Apache-2.0 */
/* What people told of incidents: each function is one telling, checked and written. facts.c reads it again. */

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "internal.h"
#include "notices.h"

/* As many digits in a row are no date, hour or telephone number, but may be somebody's identity number,
 * account or card, which is never written down here. */
#define DIGITS_MAX 14

static bool holds_number(const char *text)
{
	unsigned digits = 0;

	for (; *text; text++) {
		digits = isdigit((unsigned char)*text) ? digits + 1 : 0;
		if (digits > DIGITS_MAX)
			return true;
	}
	return false;
}

/* -ENOENT; -EALREADY: it is closed. */
static int must_be_open(struct weir_db_tx *tx, int64_t incident)
{
	int64_t closed = 0;
	int r = WEIR_DB_NUMBER(tx, &closed, "SELECT closed_ns FROM report_incident WHERE id = $1",
			       weir_db_int(incident));

	if (r < 0)
		return r;
	return closed ? -EALREADY : 0;
}

/* -ENOENT: one of them is not there. */
static int must_be_there(struct weir_db_tx *tx, const uint64_t *alerts, size_t n)
{
	int r = n > WEIR_REPORT_ALERTS_MAX ? -E2BIG : 0;

	for (size_t i = 0; r == 0 && i < n; i++) {
		int64_t there;

		r = alerts[i] > INT64_MAX
			    ? -ENOENT
			    : WEIR_DB_NUMBER(tx, &there, "SELECT id FROM alert WHERE id = $1",
					     weir_db_int((int64_t)alerts[i]));
	}
	return r;
}

static int add_alerts(struct weir_db_tx *tx, int64_t incident, const uint64_t *alerts, size_t n)
{
	int64_t all = 0;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < n; i++)
		r = WEIR_DB_RUN(
			tx,
			"INSERT INTO report_incident_alert (incident, alert) VALUES ($1, $2)"
			" ON CONFLICT (incident, alert) DO NOTHING",
			weir_db_int(incident), weir_db_int((int64_t)alerts[i]));
	if (r >= 0)
		r = WEIR_DB_NUMBER(tx, &all,
				   "SELECT count(*) FROM report_incident_alert WHERE incident = $1",
				   weir_db_int(incident));
	if (r < 0)
		return r;
	return all > WEIR_REPORT_ALERTS_MAX ? -E2BIG : 0;
}

int weir_report_alerts(struct weir_db_tx *tx, int64_t incident,
		       uint64_t ret[static WEIR_REPORT_ALERTS_MAX])
{
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	int n = 0;
	int r = WEIR_DB_QUERY(tx, &rows,
			      "SELECT alert FROM report_incident_alert WHERE incident = $1"
			      " ORDER BY alert LIMIT $2",
			      weir_db_int(incident), weir_db_int(WEIR_REPORT_ALERTS_MAX));

	while (r >= 0 && n < WEIR_REPORT_ALERTS_MAX && (r = weir_db_next(rows)) == 1)
		ret[n++] = (uint64_t)weir_db_get_int(rows, 0);
	return r < 0 ? r : n;
}

int weir_report_join(struct weir_db_tx *tx, int64_t incident, const uint64_t *alerts, size_t n)
{
	int r = must_be_open(tx, incident);

	if (r == 0)
		r = must_be_there(tx, alerts, n);
	return r < 0 ? r : add_alerts(tx, incident, alerts, n);
}

/* By the console's own clock: an endpoint's may be wrong. */
static int discover(struct weir_db_tx *tx, int64_t incident)
{
	int r = WEIR_DB_RUN(tx,
			    "UPDATE report_incident SET discovered_ns = (SELECT min(created_ns)"
			    " FROM alert JOIN report_incident_alert ON alert = id"
			    " WHERE incident = $1) WHERE id = $1",
			    weir_db_int(incident));

	return r < 0 ? r : 0;
}

int weir_report_open(struct weir_db_tx *tx, const struct weir_report_incident *incident,
		     int64_t *ret_id)
{
	const struct weir_db_value values[] = {
		weir_db_text(incident->title), weir_db_int(incident->level),
		weir_db_int((int64_t)incident->discovered_ns), weir_db_text(incident->person)};
	int64_t id;
	int r;

	if (!run_is_text(incident->title, WEIR_REPORT_TEXT_MAX) ||
	    incident->level < WEIR_REPORT_GENERAL || incident->level > WEIR_REPORT_SPECIAL ||
	    (incident->discovered_ns ? !run_is_time(incident->discovered_ns)
				     : incident->n_alerts == 0))
		return -EINVAL;
	if (holds_number(incident->title))
		return -EPERM;
	/* Before anything is written: numbers of incidents that came to nothing would be missed. */
	r = must_be_there(tx, incident->alerts, incident->n_alerts);
	if (r < 0)
		return r;
	r = run_insert(tx,
		       "INSERT INTO report_incident (title, level, discovered_ns, opener)"
		       " VALUES ($1, $2, $3, $4) RETURNING id",
		       values, ARRAY_SIZE(values), &id);
	if (r == 0)
		r = add_alerts(tx, id, incident->alerts, incident->n_alerts);
	if (r == 0 && !incident->discovered_ns)
		r = discover(tx, id);
	if (r == 0)
		*ret_id = id;
	return r;
}

int weir_report_notice(struct weir_db_tx *tx, int64_t incident,
		       const struct weir_report_notice *notice)
{
	int r;

	if (!weir_report_is_notice(notice->kind) || !run_is_time(notice->time_ns) ||
	    (*notice->to && !run_is_text(notice->to, WEIR_REPORT_TEXT_MAX)))
		return -EINVAL;
	if (holds_number(notice->to))
		return -EPERM;
	r = must_be_open(tx, incident);
	if (r < 0)
		return r;
	r = WEIR_DB_RUN(
		tx,
		"INSERT INTO report_notice (incident, kind, time_ns, recipient, person)"
		" VALUES ($1, $2, $3, $4, $5) ON CONFLICT (incident, kind, time_ns) DO NOTHING",
		weir_db_int(incident), weir_db_text(notice->kind),
		weir_db_int((int64_t)notice->time_ns), weir_db_text(notice->to),
		weir_db_text(notice->person));
	return r < 0 ? r : 0;
}

static bool is_item(const char *text)
{
	const char *name;

	for (size_t i = 0; (name = notice_item_name(i)) != NULL; i++)
		if (strcmp(name, text) == 0)
			return true;
	return false;
}

int weir_report_state(struct weir_db_tx *tx, int64_t incident,
		      const struct weir_report_statement *statement)
{
	int r;

	if (!is_item(statement->item) || !run_is_text(statement->text, WEIR_REPORT_STATEMENT_MAX) ||
	    !run_is_time(statement->time_ns))
		return -EINVAL;
	if (holds_number(statement->text))
		return -EPERM;
	r = must_be_open(tx, incident);
	if (r < 0)
		return r;
	r = WEIR_DB_RUN(tx,
			"INSERT INTO report_statement (incident, item, words, person, time_ns)"
			" VALUES ($1, $2, $3, $4, $5) ON CONFLICT (incident, item) DO UPDATE SET"
			" words = excluded.words, person = excluded.person,"
			" time_ns = excluded.time_ns",
			weir_db_int(incident), weir_db_text(statement->item),
			weir_db_text(statement->text), weir_db_text(statement->person),
			weir_db_int((int64_t)statement->time_ns));
	return r < 0 ? r : 0;
}

int weir_report_close(struct weir_db_tx *tx, int64_t incident, const char *reason,
		      const char *person, uint64_t now_ns)
{
	int r;

	if (!run_is_text(reason, WEIR_REPORT_TEXT_MAX) || !run_is_time(now_ns))
		return -EINVAL;
	if (holds_number(reason))
		return -EPERM;
	r = must_be_open(tx, incident);
	if (r < 0)
		return r;
	r = WEIR_DB_RUN(tx,
			"UPDATE report_incident SET closed_ns = $2, closer = $3, reason = $4"
			" WHERE id = $1",
			weir_db_int(incident), weir_db_int((int64_t)now_ns), weir_db_text(person),
			weir_db_text(reason));
	return r < 0 ? r : 0;
}
