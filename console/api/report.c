/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/console_api/report.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "json.h"
#include "query.h"
#include "telling.h"
#include "weir/base/time.h"
#include "weir/console_audit/audit.h"
#include "weir/console_report/report.h"

#define DAY_NS (UINT64_C(86400) * WEIR_NSEC_PER_SEC)

void weir_api_list_reports(const char *query, struct weir_api_reply *reply)
{
	json_t *answer = json_pack("{s:[]}", "reports");
	struct weir_error err = {};
	const char *name;

	if (weir_api_query_none(query, &err) < 0) {
		json_decref(answer);
		weir_api_fail_input(reply, &err);
		return;
	}
	for (size_t i = 0; (name = weir_report_name(i)) != NULL; i++)
		(void)json_array_append_new(json_object_get(answer, "reports"),
					    json_pack("{s:s, s:s, s:s}", "name", name, "title",
						      weir_report_title(name, false), "title_zh",
						      weir_report_title(name, true)));
	weir_api_answer(reply, 200, answer);
}

void weir_api_run_report(struct weir_store *store, const char *name, const char *query,
			 uint64_t now_ns, struct weir_api_reply *reply,
			 enum weir_report_form *ret_form)
{
	struct weir_api_report_query asked;
	struct weir_report_request request = {.name = name, .now_ns = now_ns};
	struct weir_error err = {};
	int r;

	*ret_form = WEIR_REPORT_JSON;
	if (weir_api_query_report(query, now_ns, &asked, &err) < 0) {
		weir_api_fail_input(reply, &err);
		return;
	}
	request.from_ns = asked.from_ns;
	request.until_ns = asked.until_ns;
	r = weir_report_run(store, &request, asked.form, &reply->body);
	reply->status = 200;
	*ret_form = r == 0 ? asked.form : WEIR_REPORT_JSON;
	if (r == -ENOENT)
		weir_api_fail(reply, 404, "not_found", "there is no such report",
			      "GET /api/v1/reports lists them");
	else if (r == -EINVAL)
		weir_api_fail(reply, 400, "query", "this is no period of a report",
			      "from must lie before until, at most 160 weeks");
	else if (r < 0)
		weir_api_fail_store(reply, r);
}

int weir_api_told_time(const struct told *told, const char *text, uint64_t *ret)
{
	*ret = told->telling->now_ns;
	if (text && weir_time_parse(text, ret) < 0)
		return -EINVAL;
	return *ret > told->telling->now_ns ? -EINVAL : 0;
}

int weir_api_told_unpack(struct told *told, const char *form, ...)
{
	va_list values;
	int r;

	va_start(values, form);
	r = json_vunpack_ex((json_t *)told->body, NULL, JSON_STRICT, form, values);
	va_end(values);
	return r < 0 ? -EINVAL : 0;
}

static int tell_mark(struct told *told)
{
	const char *text = NULL, *time = NULL;
	uint64_t time_ns = 0;
	int r = weir_api_told_unpack(told, "{s:s, s?s}", "text", &text, "time", &time);

	told->hint = "send text, and time when it was not now";
	if (r == 0)
		r = weir_api_told_time(told, time, &time_ns);
	return r < 0 ? r : weir_report_mark(told->tx, time_ns, text, &told->id);
}

static int tell_training(struct told *told)
{
	const char *person = NULL, *course = NULL, *time = NULL;
	uint64_t time_ns = 0;
	int r = weir_api_told_unpack(told, "{s:s, s:s, s?s}", "person", &person, "course", &course,
				     "time", &time);

	told->hint = "send person, course, and time when it was not now";
	if (r == 0)
		r = weir_api_told_time(told, time, &time_ns);
	return r < 0 ? r : weir_report_trained(told->tx, person, course, time_ns);
}

/* "2026-10-01" */
static int parse_day(const char *date, int64_t *ret)
{
	char text[32];
	uint64_t time_ns = 0;
	int n = snprintf(text, sizeof(text), "%sT00:00:00Z", date);

	if (n != (int)strlen("2026-10-01T00:00:00Z") || weir_time_parse(text, &time_ns) < 0)
		return -EINVAL;
	*ret = (int64_t)(time_ns / DAY_NS);
	return 0;
}

static int tell_day(struct told *told)
{
	const char *date = NULL, *text = NULL;
	int working = 0;
	int64_t day = 0;
	int r = weir_api_told_unpack(told, "{s:s, s:b, s:s}", "date", &date, "working", &working,
				     "text", &text);

	told->hint = "send date as in 2026-10-01, working as true or false, and text";
	if (r == 0)
		r = parse_day(date, &day);
	return r < 0 ? r : weir_report_day(told->tx, day, working, text);
}

static const struct {
	const char *action, *noun;
	int (*tell)(struct told *told);
} kinds[] = {
	[WEIR_API_TOLD_MARK] = {"report.mark", "mark", tell_mark},
	[WEIR_API_TOLD_TRAINING] = {"report.training", "training", tell_training},
	[WEIR_API_TOLD_DAY] = {"report.day", "day", tell_day},
	[WEIR_API_TOLD_INCIDENT] = {"incident.open", "incident", weir_api_tell_incident},
	[WEIR_API_TOLD_ALERTS] = {"incident.alerts", "incident", weir_api_tell_alerts},
	[WEIR_API_TOLD_STATEMENT] = {"incident.state", "incident", weir_api_tell_statement},
	[WEIR_API_TOLD_NOTICE] = {"incident.notice", "incident", weir_api_tell_notice},
	[WEIR_API_TOLD_CLOSE] = {"incident.close", "incident", weir_api_tell_close},
};

/* What was told stands in the log as it was sent, but checked. */
static int log_telling(struct told *told)
{
	char *detail _cleanup_(freep) = json_dumps(told->body, JSON_COMPACT);

	if (!detail)
		return -ENOMEM;
	if (!told->object[0] && told->id)
		(void)snprintf(told->object, sizeof(told->object), "%s %" PRId64,
			       kinds[told->telling->what].noun, told->id);
	return weir_audit_write(told->tx, told->telling->by, kinds[told->telling->what].action,
				told->object[0] ? told->object : kinds[told->telling->what].noun,
				detail);
}

static int apply(struct weir_store *store, struct told *told)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	int r = weir_db_write(store, &tx);

	if (r < 0)
		return r;
	told->tx = tx;
	r = kinds[told->telling->what].tell(told);
	if (r == 0)
		r = log_telling(told);
	return r < 0 ? r : weir_db_commit(tx);
}

static void fail_telling(struct weir_api_reply *reply, int r, const char *hint)
{
	if (r == -EINVAL)
		weir_api_fail(reply, 400, "body", "the body is not what this call takes", hint);
	else if (r == -EPERM)
		weir_api_fail(reply, 400, "number", "a text holds a long number",
			      "write nobody's identity, account or card number here");
	else if (r == -E2BIG)
		weir_api_fail(reply, 400, "too_many", "an incident has 1,000 alerts at most",
			      "open another incident");
	else if (r == -EALREADY)
		weir_api_fail(reply, 409, "closed", "the incident is closed",
			      "open another incident");
	else if (r == -ENOENT)
		weir_api_fail(reply, 404, "not_found", "there is no such incident or alert",
			      "GET /api/v1/reports/clocks lists incidents");
	else
		weir_api_fail_store(reply, r);
}

void weir_api_tell(struct weir_store *store, const struct weir_api_telling *telling,
		   struct weir_api_reply *reply)
{
	json_t *body _cleanup_(weir_api_json_freep) = json_loadb(
		telling->body ? telling->body : "", telling->len, JSON_REJECT_DUPLICATES, NULL);
	struct told told = {.telling = telling, .body = body, .hint = "send a JSON object"};
	int r = json_is_object(body) ? apply(store, &told) : -EINVAL;

	if (r < 0)
		fail_telling(reply, r, told.hint);
	else
		weir_api_answer(reply, 201,
				told.id ? json_pack("{s:I}", "id", (json_int_t)told.id)
					: json_object());
}
