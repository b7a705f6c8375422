/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "gate.h"
#include "routes.h"
#include "weir/base/time.h"
#include "weir/console_api/people.h"

static struct weir_api_people_call people_call(const struct weir_call *call,
					       char cookie[static WEIR_SECRET_TEXT])
{
	return (struct weir_api_people_call){
		.people = call->console->people,
		.by = call->principal,
		.query = call->http->query,
		.id = weir_route_last(call),
		.body = call->http->body,
		.len = call->http->len,
		.address = weir_gate_address(call->http),
		.session = weir_gate_cookie(call->http, WEIR_COOKIE_SESSION, cookie),
		.now_ns = weir_now_realtime(),
	};
}

static void serve(const struct weir_call *call, struct weir_http_reply *reply,
		  void (*fn)(const struct weir_api_people_call *, struct weir_api_reply *))
{
	char cookie[WEIR_SECRET_TEXT];
	const struct weir_api_people_call people = people_call(call, cookie);
	struct weir_api_reply result = weir_route_lend(reply);

	fn(&people, &result);
	weir_route_give_back(call->console, &result, reply);
}

static void set_cookie(const struct weir_call *call, const char *session,
		       struct weir_http_reply *reply)
{
	if (weir_gate_set_cookie(reply, WEIR_COOKIE_SESSION, session) < 0)
		weir_http_reply_error(reply, 503, "unavailable", "out of memory", "try again");
}

static void post_login(const struct weir_call *call, struct weir_http_reply *reply)
{
	char cookie[WEIR_SECRET_TEXT];
	const struct weir_api_people_call people = people_call(call, cookie);
	struct weir_api_people_extra extra = {};
	struct weir_api_reply result = weir_route_lend(reply);

	weir_api_login(&people, &extra, &result);
	weir_route_give_back(call->console, &result, reply);
	reply->retry_after_s = extra.retry_after_s;
	if (extra.session[0])
		set_cookie(call, extra.session, reply);
	explicit_bzero(&extra, sizeof(extra));
}

static void post_logout(const struct weir_call *call, struct weir_http_reply *reply)
{
	serve(call, reply, weir_api_logout);
	set_cookie(call, "", reply);
}

static void get_whoami(const struct weir_call *call, struct weir_http_reply *reply)
{
	serve(call, reply, weir_api_whoami);
}

static void post_password(const struct weir_call *call, struct weir_http_reply *reply)
{
	serve(call, reply, weir_api_set_password);
}

static void get_roles(const struct weir_call *call, struct weir_http_reply *reply)
{
	serve(call, reply, weir_api_list_roles);
}

static void get_users(const struct weir_call *call, struct weir_http_reply *reply)
{
	serve(call, reply, weir_api_list_users);
}

static void post_users(const struct weir_call *call, struct weir_http_reply *reply)
{
	serve(call, reply, weir_api_add_user);
}

static void get_user(const struct weir_call *call, struct weir_http_reply *reply)
{
	serve(call, reply, weir_api_get_user);
}

static void post_user(const struct weir_call *call, struct weir_http_reply *reply)
{
	serve(call, reply, weir_api_change_user);
}

static void get_tokens(const struct weir_call *call, struct weir_http_reply *reply)
{
	serve(call, reply, weir_api_list_tokens);
}

static void post_tokens(const struct weir_call *call, struct weir_http_reply *reply)
{
	serve(call, reply, weir_api_add_token);
}

static void delete_token(const struct weir_call *call, struct weir_http_reply *reply)
{
	serve(call, reply, weir_api_revoke_token);
}

#define BODY WEIR_API_PEOPLE_BODY_MAX

const struct weir_route weir_routes_people[] = {
	{"POST", "/api/v1/login", BODY, WEIR_PERMIT_PUBLIC, post_login},
	{"POST", "/api/v1/logout", 0, WEIR_PERMIT_PERSON, post_logout},
	{"GET", "/api/v1/whoami", 0, WEIR_PERMIT_PERSON, get_whoami},
	{"POST", "/api/v1/password", BODY, WEIR_PERMIT_PERSON, post_password},
	{"GET", "/api/v1/roles", 0, WEIR_PERMIT_PERSON, get_roles},
	{"GET", "/api/v1/users", 0, WEIR_PERMIT_USER_MANAGE, get_users},
	{"POST", "/api/v1/users", BODY, WEIR_PERMIT_USER_MANAGE, post_users},
	{"GET", "/api/v1/users/*", 0, WEIR_PERMIT_USER_MANAGE, get_user},
	{"POST", "/api/v1/users/*", BODY, WEIR_PERMIT_USER_MANAGE, post_user},
	{"GET", "/api/v1/tokens", 0, WEIR_PERMIT_PERSON, get_tokens},
	{"POST", "/api/v1/tokens", BODY, WEIR_PERMIT_PERSON, post_tokens},
	{"DELETE", "/api/v1/tokens/*", 0, WEIR_PERMIT_PERSON, delete_token},
	{},
};
