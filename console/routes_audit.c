/* SPDX-License-Identifier: Apache-2.0 */
#include "routes.h"
#include "weir/console_api/audit.h"

static void get_audit(const struct weir_call *call, struct weir_http_reply *reply)
{
	struct weir_api_reply result = weir_route_lend(reply);

	weir_api_list_audit(call->console->store, call->http->query, &result);
	weir_route_give_back(call->console, &result, reply);
}

static void get_heads(const struct weir_call *call, struct weir_http_reply *reply)
{
	struct weir_api_reply result = weir_route_lend(reply);

	weir_api_list_audit_heads(call->console->store, call->http->query, &result);
	weir_route_give_back(call->console, &result, reply);
}

/* Whoever checks the log in earnest has this key from elsewhere. */
static void get_key(const struct weir_call *call, struct weir_http_reply *reply)
{
	reply->status = 200;
	reply->content_type = "application/x-pem-file";
	if (weir_buf_puts(&reply->body, call->console->audit_key) < 0)
		weir_http_reply_error(reply, 503, "unavailable", "out of memory", "try again");
}

const struct weir_route weir_routes_audit[] = {
	{"GET", "/api/v1/audit", 0, WEIR_PERMIT_AUDIT_READ, get_audit},
	{"GET", "/api/v1/audit/heads", 0, WEIR_PERMIT_AUDIT_READ, get_heads},
	{"GET", "/api/v1/audit/key", 0, WEIR_PERMIT_AUDIT_READ, get_key},
	{},
};
