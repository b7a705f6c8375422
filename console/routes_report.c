/* SPDX-License-Identifier: Apache-2.0 */
#include "routes.h"
#include "weir/base/time.h"
#include "weir/console_api/report.h"

static void get_reports(const struct weir_call *call, struct weir_http_reply *reply)
{
	struct weir_api_reply result = weir_route_lend(reply);

	weir_api_list_reports(call->http->query, &result);
	weir_route_give_back(call->console, &result, reply);
}

static void get_report(const struct weir_call *call, struct weir_http_reply *reply)
{
	struct weir_api_reply result = weir_route_lend(reply);
	bool html = false;

	weir_api_run_report(call->console->store, weir_route_last(call), call->http->query,
			    weir_now_realtime(), &result, &html);
	weir_route_give_back(call->console, &result, reply);
	if (html)
		reply->content_type = "text/html; charset=utf-8";
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

static void post_notice(const struct weir_call *call, struct weir_http_reply *reply)
{
	char incident[24];

	/* What is too long for a number is none, and not found. */
	if (weir_http_wildcard(call->http, 0, incident, sizeof(incident)) < 0)
		incident[0] = '\0';
	tell(call, WEIR_API_TOLD_NOTICE, incident, reply);
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
	{"POST", "/api/v1/reports/incidents/*/notices", BODY, WEIR_PERMIT_ALERT_CLOSE, post_notice},
	{},
};
