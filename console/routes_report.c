/* SPDX-License-Identifier: Apache-2.0 */
#include "routes.h"
#include "weir/base/time.h"
#include "weir/console_api/report.h"

#define NUMBER_TEXT 24

static void set_type(enum weir_report_form form, struct weir_http_reply *reply)
{
	if (form == WEIR_REPORT_HTML_EN || form == WEIR_REPORT_HTML_ZH)
		reply->content_type = "text/html; charset=utf-8";
	else if (form != WEIR_REPORT_JSON)
		reply->content_type = "text/plain; charset=utf-8";
}

static void get_reports(const struct weir_call *call, struct weir_http_reply *reply)
{
	struct weir_api_reply result = weir_route_lend(reply);

	weir_api_list_reports(call->http->query, &result);
	weir_route_give_back(call->console, &result, reply);
}

static void get_report(const struct weir_call *call, struct weir_http_reply *reply)
{
	struct weir_api_reply result = weir_route_lend(reply);
	enum weir_report_form form = WEIR_REPORT_JSON;

	weir_api_run_report(call->console->store, weir_route_last(call), call->http->query,
			    weir_now_realtime(), &result, &form);
	weir_route_give_back(call->console, &result, reply);
	set_type(form, reply);
}

/* What is too long for a number is none, and not found. */
static void take_incident(const struct weir_call *call, char text[static NUMBER_TEXT])
{
	if (weir_http_wildcard(call->http, 0, text, NUMBER_TEXT) < 0)
		text[0] = '\0';
}

static void get_incident(const struct weir_call *call, struct weir_http_reply *reply)
{
	struct weir_api_reply result = weir_route_lend(reply);
	char incident[NUMBER_TEXT];
	const struct weir_api_draft asked = {
		.by = call->principal,
		.incident = incident,
		.query = call->http->query,
	};

	take_incident(call, incident);
	weir_api_get_incident(call->console->store, &asked, &result);
	weir_route_give_back(call->console, &result, reply);
}

static void get_draft(const struct weir_call *call, struct weir_http_reply *reply)
{
	struct weir_api_reply result = weir_route_lend(reply);
	enum weir_report_form form = WEIR_REPORT_JSON;
	char incident[NUMBER_TEXT];
	const struct weir_api_draft asked = {
		.by = call->principal,
		.incident = incident,
		.query = call->http->query,
		.now_ns = weir_now_realtime(),
	};

	take_incident(call, incident);
	weir_api_draft_notice(call->console->store, &asked, &result, &form);
	weir_route_give_back(call->console, &result, reply);
	set_type(form, reply);
}

static void tell(const struct weir_call *call, enum weir_api_told what, const char *incident,
		 struct weir_http_reply *reply)
{
	const struct weir_api_telling telling = {
		.what = what,
		.by = call->principal,
		.incident = incident,
		.body = call->http->body,
		.len = call->http->len,
		.now_ns = weir_now_realtime(),
	};
	struct weir_api_reply result = weir_route_lend(reply);

	weir_api_tell(call->console->store, &telling, &result);
	weir_route_give_back(call->console, &result, reply);
}

static void post_mark(const struct weir_call *call, struct weir_http_reply *reply)
{
	tell(call, WEIR_API_TOLD_MARK, NULL, reply);
}

static void post_training(const struct weir_call *call, struct weir_http_reply *reply)
{
	tell(call, WEIR_API_TOLD_TRAINING, NULL, reply);
}

static void post_day(const struct weir_call *call, struct weir_http_reply *reply)
{
	tell(call, WEIR_API_TOLD_DAY, NULL, reply);
}

static void post_incident(const struct weir_call *call, struct weir_http_reply *reply)
{
	tell(call, WEIR_API_TOLD_INCIDENT, NULL, reply);
}

/* About the incident in the path. */
static void tell_of(const struct weir_call *call, enum weir_api_told what,
		    struct weir_http_reply *reply)
{
	char incident[NUMBER_TEXT];

	take_incident(call, incident);
	tell(call, what, incident, reply);
}

static void post_alerts(const struct weir_call *call, struct weir_http_reply *reply)
{
	tell_of(call, WEIR_API_TOLD_ALERTS, reply);
}

static void post_statement(const struct weir_call *call, struct weir_http_reply *reply)
{
	tell_of(call, WEIR_API_TOLD_STATEMENT, reply);
}

static void post_notice(const struct weir_call *call, struct weir_http_reply *reply)
{
	tell_of(call, WEIR_API_TOLD_NOTICE, reply);
}

static void post_close(const struct weir_call *call, struct weir_http_reply *reply)
{
	tell_of(call, WEIR_API_TOLD_CLOSE, reply);
}

#define BODY WEIR_API_REPORT_BODY_MAX

/* Records of training come from whoever manages people; the rest is a senior analyst's. */
const struct weir_route weir_routes_report[] = {
	{"GET", "/api/v1/reports", 0, WEIR_PERMIT_REPORT_READ, get_reports},
	{"GET", "/api/v1/reports/*", 0, WEIR_PERMIT_REPORT_READ, get_report},
	{"POST", "/api/v1/reports/marks", BODY, WEIR_PERMIT_ALERT_CLOSE, post_mark},
	{"POST", "/api/v1/reports/training", BODY, WEIR_PERMIT_USER_MANAGE, post_training},
	{"POST", "/api/v1/reports/days", BODY, WEIR_PERMIT_ALERT_CLOSE, post_day},
	{"POST", "/api/v1/reports/incidents", BODY, WEIR_PERMIT_ALERT_CLOSE, post_incident},
	{"GET", "/api/v1/reports/incidents/*", 0, WEIR_PERMIT_ALERT_READ, get_incident},
	{"GET", "/api/v1/reports/incidents/*/draft", 0, WEIR_PERMIT_ALERT_READ, get_draft},
	{"POST", "/api/v1/reports/incidents/*/alerts", BODY, WEIR_PERMIT_ALERT_CLOSE, post_alerts},
	{"POST", "/api/v1/reports/incidents/*/statements", BODY, WEIR_PERMIT_ALERT_CLOSE,
	 post_statement},
	{"POST", "/api/v1/reports/incidents/*/notices", BODY, WEIR_PERMIT_ALERT_CLOSE, post_notice},
	{"POST", "/api/v1/reports/incidents/*/close", BODY, WEIR_PERMIT_ALERT_CLOSE, post_close},
	{},
};
