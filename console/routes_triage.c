/* SPDX-License-Identifier: Apache-2.0 */
#include "routes.h"
#include "weir/base/time.h"
#include "weir/console_api/alerts.h"

static void get_alerts(const struct weir_call *call, struct weir_http_reply *reply)
{
	struct weir_api_reply result = weir_route_lend(reply);

	weir_api_list_alerts(call->console->store, call->principal, call->http->query,
			     weir_now_realtime(), &result);
	weir_route_give_back(call->console, &result, reply);
}

static void get_alert(const struct weir_call *call, struct weir_http_reply *reply)
{
	struct weir_api_reply result = weir_route_lend(reply);

	weir_api_get_alert(call->console->store, call->principal, weir_route_last(call),
			   call->http->query, &result);
	weir_route_give_back(call->console, &result, reply);
}

static void change(const struct weir_call *call, enum weir_triage_verb verb,
		   struct weir_http_reply *reply)
{
	const struct weir_api_change wanted = {
		.verb = verb,
		.by = call->principal,
		.body = call->http->body,
		.len = call->http->len,
		.now_ns = weir_now_realtime(),
	};
	struct weir_api_reply result = weir_route_lend(reply);

	weir_api_change_alerts(call->console->store, &wanted, &result);
	weir_route_give_back(call->console, &result, reply);
}

static void post_assign(const struct weir_call *call, struct weir_http_reply *reply)
{
	change(call, WEIR_TRIAGE_ASSIGN, reply);
}

static void post_comment(const struct weir_call *call, struct weir_http_reply *reply)
{
	change(call, WEIR_TRIAGE_COMMENT, reply);
}

static void post_close(const struct weir_call *call, struct weir_http_reply *reply)
{
	change(call, WEIR_TRIAGE_CLOSE, reply);
}

static void post_reopen(const struct weir_call *call, struct weir_http_reply *reply)
{
	change(call, WEIR_TRIAGE_REOPEN, reply);
}

static void post_suppress(const struct weir_call *call, struct weir_http_reply *reply)
{
	change(call, WEIR_TRIAGE_SUPPRESS, reply);
}

#define BODY_MAX WEIR_API_ALERTS_BODY_MAX

const struct weir_route weir_routes_triage[] = {
	{"GET", "/api/v1/alerts", 0, WEIR_PERMIT_ALERT_READ, get_alerts},
	{"GET", "/api/v1/alerts/*", 0, WEIR_PERMIT_ALERT_READ, get_alert},
	{"POST", "/api/v1/alerts/assign", BODY_MAX, WEIR_PERMIT_ALERT_TRIAGE, post_assign},
	{"POST", "/api/v1/alerts/comment", BODY_MAX, WEIR_PERMIT_ALERT_TRIAGE, post_comment},
	{"POST", "/api/v1/alerts/close", BODY_MAX, WEIR_PERMIT_ALERT_CLOSE, post_close},
	{"POST", "/api/v1/alerts/reopen", BODY_MAX, WEIR_PERMIT_ALERT_CLOSE, post_reopen},
	{"POST", "/api/v1/alerts/suppress", BODY_MAX, WEIR_PERMIT_ALERT_CLOSE, post_suppress},
	{},
};
