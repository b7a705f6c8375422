/* SPDX-License-Identifier: Apache-2.0 */
/* One incident whole: who opened it, what belongs to it, what was said of it, who was told when. */

#include <errno.h>

#include "facts.h"
#include "internal.h"
#include "weir/console_triage/id.h"

#define NOTICES_SHOWN 1000

/* A list of the incident: a row becomes what pack makes of it. */
static int load(struct weir_db_tx *tx, const char *sql, int64_t incident, uint32_t limit,
		json_t *(*pack)(const struct weir_db_rows *), json_t **ret)
{
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	json_t *list = json_array();
	int r = WEIR_DB_QUERY(tx, &rows, sql, weir_db_int(incident), weir_db_int(limit));

	while (r >= 0 && (r = weir_db_next(rows)) == 1)
		if (json_array_append_new(list, pack(rows)) < 0)
			r = -ENOMEM;
	if (r < 0)
		json_decref(list);
	else
		*ret = list;
	return r;
}

static json_t *pack_alert(const struct weir_db_rows *rows)
{
	char id[WEIR_ID_TEXT];

	weir_id_format(WEIR_ID_ALERT, (uint64_t)weir_db_get_int(rows, 0), id);
	return json_string(id);
}

static json_t *pack_notice(const struct weir_db_rows *rows)
{
	return json_pack("{s:s, s:o, s:s, s:s}", "notice", weir_db_get_text(rows, 0), "time",
			 run_time((uint64_t)weir_db_get_int(rows, 1)), "to",
			 weir_db_get_text(rows, 2), "by", weir_db_get_text(rows, 3));
}

static json_t *pack_statement(const struct weir_db_rows *rows)
{
	return json_pack("{s:s, s:s, s:s, s:o}", "item", weir_db_get_text(rows, 0), "text",
			 weir_db_get_text(rows, 1), "by", weir_db_get_text(rows, 2), "time",
			 run_time((uint64_t)weir_db_get_int(rows, 3)));
}

static json_t *pack_facts(const struct facts *facts, json_t *alerts, json_t *statements,
			  json_t *notices)
{
	return json_pack("{s:{s:I, s:s, s:s, s:o, s:s, s:o, s:s, s:s, s:o, s:o, s:o}}", "incident",
			 "id", (json_int_t)facts->id, "title", facts->title, "level",
			 facts_level(facts->level), "discovered", run_time(facts->discovered_ns),
			 "opened_by", facts->opener, "closed", run_time(facts->closed_ns),
			 "closed_by", facts->closer, "reason", facts->reason, "alerts", alerts,
			 "statements", statements, "notices", notices);
}

static int pack(struct weir_db_tx *tx, const struct facts *facts, json_t **ret)
{
	json_t *alerts = NULL, *statements = NULL, *notices = NULL;
	int r = load(tx,
		     "SELECT alert FROM report_incident_alert WHERE incident = $1 ORDER BY alert"
		     " LIMIT $2",
		     facts->id, WEIR_REPORT_ALERTS_MAX, pack_alert, &alerts);

	if (r == 0)
		r = load(tx,
			 "SELECT item, words, person, time_ns FROM report_statement"
			 " WHERE incident = $1 ORDER BY item LIMIT $2",
			 facts->id, _NOTICE_ITEM_MAX, pack_statement, &statements);
	if (r == 0)
		r = load(tx,
			 "SELECT kind, time_ns, recipient, person FROM report_notice"
			 " WHERE incident = $1 ORDER BY time_ns, kind LIMIT $2",
			 facts->id, NOTICES_SHOWN, pack_notice, &notices);
	if (r == 0) {
		*ret = pack_facts(facts, alerts, statements, notices);
		return *ret ? 0 : -ENOMEM;
	}
	json_decref(alerts);
	json_decref(statements);
	return r;
}

int weir_report_show(struct weir_store *store, int64_t incident, struct weir_buf *ret)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	struct facts facts _cleanup_(facts_done) = {};
	json_t *answer = NULL;
	int r = weir_db_read(store, &tx);

	if (r == 0)
		r = facts_load(tx, incident, &facts);
	if (r == 0)
		r = pack(tx, &facts, &answer);
	if (r == 0)
		r = run_write(answer, WEIR_REPORT_JSON, ret);
	json_decref(answer);
	return r;
}
