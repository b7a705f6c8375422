/* SPDX-License-Identifier: Apache-2.0 */
/* What people do with the fleet. */

#include "routes.h"
#include "weir/console_api/fleet.h"

#include <string.h>

static struct weir_api_fleet fleet_of(const struct weir_call *call)
{
	return (struct weir_api_fleet){
		.store = call->console->store,
		.fleet = call->console->fleet,
		.by = call->principal,
	};
}

static void list_endpoints(const struct weir_call *call, struct weir_http_reply *reply)
{
	const struct weir_api_fleet fleet = fleet_of(call);
	struct weir_api_reply result = weir_route_lend(reply);

	weir_api_list_endpoints(&fleet, call->http->query, &result);
	weir_route_give_back(call->console, &result, reply);
}

static void change_endpoint(const struct weir_call *call, struct weir_http_reply *reply)
{
	const struct weir_api_fleet fleet = fleet_of(call);
	struct weir_api_reply result = weir_route_lend(reply);
	char uid[64] = ""; /* one that does not fit is none */

	(void)!weir_http_wildcard(call->http, 0, uid, sizeof(uid));
	if (strcmp(weir_route_last(call), "approve") == 0)
		weir_api_approve_endpoint(&fleet, uid, &result);
	else
		weir_api_revoke_endpoint(&fleet, uid, call->http->body, call->http->len, &result);
	weir_route_give_back(call->console, &result, reply);
}

static void list_tokens(const struct weir_call *call, struct weir_http_reply *reply)
{
	const struct weir_api_fleet fleet = fleet_of(call);
	struct weir_api_reply result = weir_route_lend(reply);

	weir_api_list_enrollment_tokens(&fleet, call->http->query, &result);
	weir_route_give_back(call->console, &result, reply);
}

static void make_token(const struct weir_call *call, struct weir_http_reply *reply)
{
	const struct weir_api_fleet fleet = fleet_of(call);
	struct weir_api_reply result = weir_route_lend(reply);

	weir_api_make_enrollment_token(&fleet, call->http->body, call->http->len, &result);
	weir_route_give_back(call->console, &result, reply);
}

static void revoke_token(const struct weir_call *call, struct weir_http_reply *reply)
{
	const struct weir_api_fleet fleet = fleet_of(call);
	struct weir_api_reply result = weir_route_lend(reply);

	weir_api_revoke_enrollment_token(&fleet, weir_route_last(call), &result);
	weir_route_give_back(call->console, &result, reply);
}

const struct weir_route weir_routes_fleet[] = {
	{"GET", "/api/v1/endpoints", 0, WEIR_PERMIT_AGENT_READ, list_endpoints},
	{"POST", "/api/v1/endpoints/*/approve", WEIR_API_FLEET_BODY_MAX, WEIR_PERMIT_AGENT_MANAGE,
	 change_endpoint},
	{"POST", "/api/v1/endpoints/*/revoke", WEIR_API_FLEET_BODY_MAX, WEIR_PERMIT_AGENT_MANAGE,
	 change_endpoint},
	{"GET", "/api/v1/enrollment-tokens", 0, WEIR_PERMIT_AGENT_READ, list_tokens},
	{"POST", "/api/v1/enrollment-tokens", WEIR_API_FLEET_BODY_MAX, WEIR_PERMIT_AGENT_MANAGE,
	 make_token},
	{"DELETE", "/api/v1/enrollment-tokens/*", 0, WEIR_PERMIT_AGENT_MANAGE, revoke_token},
	{},
};
