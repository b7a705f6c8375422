/* SPDX-License-Identifier: Apache-2.0 */
#include "routes.h"
#include "weir/console_api/sinks.h"

static void get_sinks(const struct weir_call *call, struct weir_http_reply *reply)
{
	struct weir_api_reply result = weir_route_lend(reply);

	weir_api_list_sinks(call->console->store, call->http->query, &result);
	weir_route_give_back(call->console, &result, reply);
}

static void post_sink(const struct weir_call *call, struct weir_http_reply *reply)
{
	struct weir_api_reply result = weir_route_lend(reply);

	weir_api_add_sink(call->console->store, call->principal, call->http->body, call->http->len,
			  &result);
	weir_route_give_back(call->console, &result, reply);
}

static void delete_sink(const struct weir_call *call, struct weir_http_reply *reply)
{
	struct weir_api_reply result = weir_route_lend(reply);

	weir_api_remove_sink(call->console->store, call->principal, weir_route_last(call), &result);
	weir_route_give_back(call->console, &result, reply);
}

static void test_sink(const struct weir_call *call, struct weir_http_reply *reply)
{
	struct weir_api_reply result = weir_route_lend(reply);
	char name[64] = ""; /* one that does not fit is none */

	(void)!weir_http_wildcard(call->http, 0, name, sizeof(name));
	weir_api_test_sink(call->console->store, call->principal, name, &result);
	weir_route_give_back(call->console, &result, reply);
}

const struct weir_route weir_routes_sinks[] = {
	{"GET", "/api/v1/sinks", 0, WEIR_PERMIT_EXPORT_MANAGE, get_sinks},
	{"POST", "/api/v1/sinks", WEIR_API_SINKS_BODY_MAX, WEIR_PERMIT_EXPORT_MANAGE, post_sink},
	{"DELETE", "/api/v1/sinks/*", 0, WEIR_PERMIT_EXPORT_MANAGE, delete_sink},
	{"POST", "/api/v1/sinks/*/test", 0, WEIR_PERMIT_EXPORT_MANAGE, test_sink},
	{},
};
