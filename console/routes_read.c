/* SPDX-License-Identifier: Apache-2.0 */
#include "routes.h"
#include "weir/base/time.h"

static void get_events(const struct weir_call *call, struct weir_http_reply *reply)
{
	struct weir_api_reply result = weir_route_lend(reply);

	weir_api_list_events(call->console->store, call->principal, call->http->query,
			     weir_now_realtime(), &result);
	weir_route_give_back(call->console, &result, reply);
}

static void get_event(const struct weir_call *call, struct weir_http_reply *reply)
{
	struct weir_api_reply result = weir_route_lend(reply);

	weir_api_get_event(call->console->store, call->principal, weir_route_last(call),
			   call->http->query, &result);
	weir_route_give_back(call->console, &result, reply);
}

static void get_agents(const struct weir_call *call, struct weir_http_reply *reply)
{
	struct weir_api_reply result = weir_route_lend(reply);

	weir_api_list_agents(call->console->store, call->principal, call->http->query, &result);
	weir_route_give_back(call->console, &result, reply);
}

static void get_openapi(const struct weir_call *call, struct weir_http_reply *reply)
{
	reply->status = 200;
	reply->content_type = "application/json";
	if (weir_buf_puts(&reply->body, call->console->openapi) < 0)
		weir_http_reply_error(reply, 503, "unavailable", "out of memory", "try again");
}

static int ignore_event(void *context, const struct weir_store_event *event)
{
	return 0;
}

/* Healthy means that the database answers. */
static void get_health(const struct weir_call *call, struct weir_http_reply *reply)
{
	const struct weir_store_filter newest = {.limit = 1};
	int r = weir_store_list_events(call->console->store, &newest, ignore_event, NULL);

	if (r == 0)
		r = weir_buf_puts(&reply->body,
				  "{\"status\":\"ok\",\"version\":\"" WEIR_VERSION "\"}\n");
	reply->status = 200;
	reply->content_type = "application/json";
	if (r < 0) {
		weir_route_log(call->console, r, "the health check failed");
		weir_http_reply_error(reply, 503, "unavailable", "the database does not answer",
				      "see the console's log");
	}
}

const struct weir_route weir_routes_read[] = {
	{"GET", "/api/v1/events", 0, WEIR_PERMIT_EVENT_READ, get_events},
	{"GET", "/api/v1/events/*", 0, WEIR_PERMIT_EVENT_READ, get_event},
	{"GET", "/api/v1/agents", 0, WEIR_PERMIT_AGENT_READ, get_agents},
	{"GET", "/api/v1/openapi.json", 0, WEIR_PERMIT_PERSON, get_openapi},
	{"GET", "/healthz", 0, WEIR_PERMIT_PUBLIC, get_health},
	{},
};
