/* SPDX-License-Identifier: Apache-2.0 */
/* Incidents that must be reported: what people tell of them, and what they get back. */

#include "weir/console_report/incident.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "query.h"
#include "scope.h"
#include "telling.h"
#include "weir/base/parse.h"
#include "weir/console_triage/id.h"

#define IDS_MAX 100 /* of one call */

static int parse_level(const char *text, enum weir_report_level *ret)
{
	static const char *const names[] = {[WEIR_REPORT_GENERAL] = "general",
					    [WEIR_REPORT_LARGER] = "larger",
					    [WEIR_REPORT_MAJOR] = "major",
					    [WEIR_REPORT_SPECIAL] = "especially_major"};

	for (size_t i = WEIR_REPORT_GENERAL; i < ARRAY_SIZE(names); i++) {
		if (strcmp(names[i], text) == 0) {
			*ret = (enum weir_report_level)i;
			return 0;
		}
	}
	return -EINVAL;
}

static int parse_number(const char *text, int64_t *ret)
{
	uint64_t number;

	if (weir_parse_u64(text, &number) < 0 || number > INT64_MAX)
		return -ENOENT;
	*ret = (int64_t)number;
	return 0;
}

/* -ENOENT: for who is bound to groups there is none but of alerts that are all theirs. */
static int must_see(struct weir_db_tx *tx, int64_t incident, const struct weir_principal *by)
{
	uint64_t *alerts _cleanup_(freep) = NULL;
	int n, r = 0;

	if (!weir_principal_is_bound(by))
		return 0;
	alerts = calloc(WEIR_REPORT_ALERTS_MAX, sizeof(*alerts));
	n = alerts ? weir_report_alerts(tx, incident, alerts) : -ENOMEM;
	for (int i = 0; r == 0 && i < n; i++)
		r = weir_api_alert_seen_by(tx, alerts[i], by);
	if (r == 0 && n <= 0)
		r = n < 0 ? n : -ENOENT;
	return r;
}

/* The incident of the path, for the log as well. */
static int take_number(struct told *told, int64_t *ret)
{
	int r = parse_number(told->telling->incident, ret);

	if (r == 0)
		(void)snprintf(told->object, sizeof(told->object), "incident %" PRId64, *ret);
	return r < 0 ? r : must_see(told->tx, *ret, told->telling->by);
}

/* Alerts that the caller sees; for any other there is none. */
static int take_alerts(const struct told *told, const json_t *list, uint64_t ids[static IDS_MAX],
		       size_t *ret_n)
{
	size_t n = json_array_size(list);

	if (list && (!json_is_array(list) || n == 0 || n > IDS_MAX))
		return -EINVAL;
	for (size_t i = 0; i < n; i++) {
		const char *text = json_string_value(json_array_get(list, i));
		int r;

		if (!text || weir_id_parse(WEIR_ID_ALERT, text, &ids[i]) < 0)
			return -EINVAL;
		r = weir_api_alert_seen_by(told->tx, ids[i], told->telling->by);
		if (r < 0)
			return r;
	}
	*ret_n = n;
	return 0;
}

int weir_api_tell_incident(struct told *told)
{
	uint64_t ids[IDS_MAX];
	struct weir_report_incident incident = {.person = told->telling->by->name, .alerts = ids};
	const char *level = NULL, *discovered = NULL;
	const json_t *alerts = NULL;
	int r = weir_api_told_unpack(told, "{s:s, s:s, s?s, s?o}", "title", &incident.title,
				     "level", &level, "discovered", &discovered, "alerts", &alerts);

	told->hint =
		"send title, level (general, larger, major, especially_major), discovered "
		"when it was neither now nor when the first alert was raised, and up to 100 alerts";
	if (r == 0)
		r = parse_level(level, &incident.level);
	if (r == 0 && (discovered || !alerts))
		r = weir_api_told_time(told, discovered, &incident.discovered_ns);
	if (r == 0)
		r = take_alerts(told, alerts, ids, &incident.n_alerts);
	if (r == 0 && incident.n_alerts == 0 && weir_principal_is_bound(told->telling->by))
		r = -EINVAL;
	return r < 0 ? r : weir_report_open(told->tx, &incident, &told->id);
}

int weir_api_tell_alerts(struct told *told)
{
	uint64_t ids[IDS_MAX];
	const json_t *alerts = NULL;
	int64_t incident = 0;
	size_t n = 0;
	int r = weir_api_told_unpack(told, "{s:o}", "alerts", &alerts);

	told->hint = "send alerts, 1 to 100 ids as A-7K3QM";
	if (r == 0)
		r = take_number(told, &incident);
	if (r == 0)
		r = take_alerts(told, alerts, ids, &n);
	return r < 0 ? r : weir_report_join(told->tx, incident, ids, n);
}

int weir_api_tell_statement(struct told *told)
{
	struct weir_report_statement statement = {.person = told->telling->by->name,
						  .time_ns = told->telling->now_ns};
	int64_t incident = 0;
	int r = weir_api_told_unpack(told, "{s:s, s:s}", "item", &statement.item, "text",
				     &statement.text);

	told->hint = "send item (sender, cause, harm, measures, advice, progress, improvement, "
		     "contact) and text, one line of at most 2,000 bytes";
	if (r == 0)
		r = take_number(told, &incident);
	return r < 0 ? r : weir_report_state(told->tx, incident, &statement);
}

int weir_api_tell_notice(struct told *told)
{
	struct weir_report_notice notice = {.to = "", .person = told->telling->by->name};
	const char *time = NULL;
	int64_t incident = 0;
	int r = weir_api_told_unpack(told, "{s:s, s?s, s?s}", "notice", &notice.kind, "time", &time,
				     "to", &notice.to);

	told->hint = "send notice (first, cyberspace, written, progress, closing, authority, "
		     "persons), time when it was not now, and whom it went to";
	if (r == 0)
		r = weir_api_told_time(told, time, &notice.time_ns);
	if (r == 0)
		r = take_number(told, &incident);
	return r < 0 ? r : weir_report_notice(told->tx, incident, &notice);
}

int weir_api_tell_close(struct told *told)
{
	const struct weir_api_telling *telling = told->telling;
	const char *reason = NULL;
	int64_t incident = 0;
	int r = weir_api_told_unpack(told, "{s:s}", "reason", &reason);

	told->hint = "send reason";
	if (r == 0)
		r = take_number(told, &incident);
	return r < 0 ? r
		     : weir_report_close(told->tx, incident, reason, telling->by->name,
					 telling->now_ns);
}

static void fail_reading(struct weir_api_reply *reply, int r)
{
	if (r == -ENOENT)
		weir_api_fail(reply, 404, "not_found", "there is no such incident",
			      "GET /api/v1/reports/clocks lists incidents");
	else
		weir_api_fail_store(reply, r);
}

/* The incident that is asked for, if it is there for the one who asks. */
static int find(struct weir_store *store, const struct weir_api_draft *asked, int64_t *ret)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	int r = parse_number(asked->incident, ret);

	if (r == 0)
		r = weir_db_read(store, &tx);
	return r < 0 ? r : must_see(tx, *ret, asked->by);
}

void weir_api_get_incident(struct weir_store *store, const struct weir_api_draft *asked,
			   struct weir_api_reply *reply)
{
	struct weir_error err = {};
	int64_t incident = 0;
	int r;

	if (weir_api_query_none(asked->query, &err) < 0) {
		weir_api_fail_input(reply, &err);
		return;
	}
	reply->status = 200;
	r = find(store, asked, &incident);
	if (r == 0)
		r = weir_report_show(store, incident, &reply->body);
	if (r < 0)
		fail_reading(reply, r);
}

void weir_api_draft_notice(struct weir_store *store, const struct weir_api_draft *asked,
			   struct weir_api_reply *reply, enum weir_report_form *ret_form)
{
	struct weir_api_draft_query query = {};
	struct weir_error err = {};
	int64_t incident = 0;
	int r;

	*ret_form = WEIR_REPORT_JSON;
	if (weir_api_query_draft(asked->query, &query, &err) < 0) {
		weir_api_fail_input(reply, &err);
		return;
	}
	reply->status = 200;
	r = find(store, asked, &incident);
	if (r == 0)
		r = weir_report_draft(store, incident, query.notice, asked->now_ns, query.form,
				      &reply->body);
	if (r == 0)
		*ret_form = query.form;
	else if (r == -EINVAL)
		weir_api_fail(reply, 400, "query", "there is no such notice",
			      "use notice=first, cyberspace, written, progress, closing, "
			      "authority or persons");
	else
		fail_reading(reply, r);
}
