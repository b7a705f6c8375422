/* SPDX-License-Identifier: Apache-2.0 */
/* Log-in, one's own account, and the roles there are. */

#include "weir/console_api/people.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "json.h"
#include "people.h"
#include "query.h"

json_t *weir_api_permissions(weir_permissions permissions)
{
	json_t *names = json_array();

	for (unsigned i = 0; i < WEIR_PERMIT_END_; i++) {
		const char *name = weir_permission_name((enum weir_permission)i);

		if (name && permissions & WEIR_PERMISSION_BIT(i))
			json_array_append_new(names, json_string(name));
	}
	return names;
}

json_t *weir_api_roles(weir_roles roles)
{
	json_t *names = json_array();

	for (unsigned i = 0; i < WEIR_ROLE_END_; i++)
		if (roles & WEIR_ROLE_BIT(i))
			json_array_append_new(names,
					      json_string(weir_role_name((enum weir_role)i)));
	return names;
}

json_t *weir_api_groups(const char (*groups)[WEIR_GROUP_NAME_MAX + 1], size_t n)
{
	json_t *names = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(names, json_string(groups[i]));
	return names;
}

static json_t *render_self(const struct weir_principal *by)
{
	return json_pack("{s:I,s:s,s:o,s:o,s:b,s:o}", "id", (json_int_t)by->id, "name", by->name,
			 "roles", weir_api_roles(by->roles), "permissions",
			 weir_api_permissions(by->permissions), "every_group", by->every_group,
			 "groups", weir_api_groups(by->groups, by->n_groups));
}

static const char *text_of(const json_t *value)
{
	return value ? json_string_value(value) : "";
}

static void answer_login(const struct weir_principal *principal, uint64_t now_ns, bool bearer,
			 const char *session, struct weir_api_people_extra *extra,
			 struct weir_api_reply *reply)
{
	json_t *expires = weir_api_time(now_ns + WEIR_SESSION_MAX_NS);
	char csrf[WEIR_CSRF_TEXT];

	if (bearer) {
		weir_api_answer(reply, 200,
				json_pack("{s:o,s:s,s:o}", "user", render_self(principal), "token",
					  session, "expires", expires));
		return;
	}
	if (weir_csrf_make(session, csrf) < 0) {
		json_decref(expires);
		weir_api_fail_store(reply, -ENOMEM);
		return;
	}
	(void)snprintf(extra->session, sizeof(extra->session), "%s", session);
	weir_api_answer(reply, 200,
			json_pack("{s:o,s:s,s:o}", "user", render_self(principal), "csrf", csrf,
				  "expires", expires));
}

static void refuse_login(int r, struct weir_api_reply *reply)
{
	if (r == -EACCES)
		weir_api_fail(reply, 401, "login", "name, password or code is wrong",
			      "after several wrong ones the account waits");
	else if (r == -EAGAIN)
		weir_api_fail(reply, 429, "wait", "too many attempts", "try again later");
	else
		weir_api_fail_store(reply, r);
}

void weir_api_login(const struct weir_api_people_call *call, struct weir_api_people_extra *extra,
		    struct weir_api_reply *reply)
{
	json_t *name, *password, *code, *bearer;
	const struct weir_api_member members[] = {
		{"name", WEIR_API_STRING, true, &name},
		{"password", WEIR_API_STRING, true, &password},
		{"code", WEIR_API_STRING, false, &code},
		{"bearer", WEIR_API_BOOLEAN, false, &bearer},
	};
	json_t *body _cleanup_(weir_api_json_freep) = NULL;
	struct weir_principal principal = {};
	char session[WEIR_SECRET_TEXT] = "";
	struct weir_error err = {};
	struct weir_login login;
	int r;

	if (weir_api_read_body(call->body, call->len, members, ARRAY_SIZE(members), &body, &err) <
	    0) {
		weir_api_fail_input(reply, &err);
		return;
	}
	login = (struct weir_login){json_string_value(name), json_string_value(password),
				    text_of(code), call->address};
	r = weir_people_login(call->people, &login, call->now_ns, session, &principal,
			      &extra->retry_after_s);
	if (r < 0)
		refuse_login(r, reply);
	else
		answer_login(&principal, call->now_ns, json_is_true(bearer), session, extra, reply);
	explicit_bzero(session, sizeof(session));
}

void weir_api_logout(const struct weir_api_people_call *call, struct weir_api_reply *reply)
{
	int r = weir_people_logout(call->people, call->by);

	if (r < 0)
		weir_api_fail_store(reply, r);
	else
		weir_api_answer(reply, 200, json_object());
}

static const char *via(const struct weir_principal *by)
{
	if (by->token)
		return "token";
	return by->session ? "session" : "developer";
}

void weir_api_whoami(const struct weir_api_people_call *call, struct weir_api_reply *reply)
{
	json_t *answer =
		json_pack("{s:o,s:s}", "user", render_self(call->by), "via", via(call->by));
	char csrf[WEIR_CSRF_TEXT];

	if (answer && call->session && weir_csrf_make(call->session, csrf) == 0)
		json_object_set_new(answer, "csrf", json_string(csrf));
	weir_api_answer(reply, 200, answer);
}

void weir_api_set_password(const struct weir_api_people_call *call, struct weir_api_reply *reply)
{
	json_t *old, *password;
	const struct weir_api_member members[] = {
		{"old", WEIR_API_STRING, true, &old},
		{"password", WEIR_API_STRING, true, &password},
	};
	json_t *body _cleanup_(weir_api_json_freep) = NULL;
	struct weir_error err = {};
	const char *why = "";
	int r;

	if (weir_api_read_body(call->body, call->len, members, ARRAY_SIZE(members), &body, &err) <
	    0) {
		weir_api_fail_input(reply, &err);
		return;
	}
	r = weir_people_set_password(call->people, call->by, json_string_value(old),
				     json_string_value(password), call->now_ns, &why);
	if (r == -EPERM)
		weir_api_fail(reply, 403, "forbidden", "only a session changes a password",
			      "log in first");
	else if (r == -EINVAL)
		weir_api_fail(reply, 400, "password", why, "choose another one");
	else if (r < 0)
		refuse_login(r, reply);
	else
		weir_api_answer(reply, 200, json_object());
}

void weir_api_list_roles(const struct weir_api_people_call *call, struct weir_api_reply *reply)
{
	json_t *roles = json_array();

	for (unsigned i = 0; i < WEIR_ROLE_END_; i++)
		json_array_append_new(
			roles,
			json_pack("{s:s,s:o}", "name", weir_role_name((enum weir_role)i),
				  "permissions",
				  weir_api_permissions(weir_roles_permissions(WEIR_ROLE_BIT(i)))));
	weir_api_answer(reply, 200, json_pack("{s:o}", "roles", roles));
}
