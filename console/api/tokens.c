/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "json.h"
#include "people.h"
#include "query.h"
#include "weir/base/parse.h"
#include "weir/base/time.h"
#include "weir/console_api/people.h"

static int add_token(void *context, const struct weir_token *token)
{
	json_t *row =
		json_pack("{s:I,s:I,s:s,s:o,s:o,s:o,s:o}", "id", (json_int_t)token->id, "user",
			  (json_int_t)token->person, "name", token->name, "permissions",
			  weir_api_permissions(token->permissions), "created",
			  weir_api_time(token->created_ns), "expires",
			  weir_api_time(token->expires_ns), "used", weir_api_time(token->used_ns));

	return !row || json_array_append_new(context, row) < 0 ? -ENOMEM : 0;
}

void weir_api_list_tokens(const struct weir_api_people_call *call, struct weir_api_reply *reply)
{
	struct weir_api_marks marks;
	struct weir_error err = {};
	json_t *rows;
	int r = weir_api_query_marks(call->query, WEIR_API_MARK_USER, &marks, &err);

	if (r < 0) {
		weir_api_fail_input(reply, &err);
		return;
	}
	if (marks.user && marks.user != call->by->id &&
	    !weir_principal_may(call->by, WEIR_PERMIT_USER_MANAGE)) {
		weir_api_fail(reply, 403, "forbidden", "these are another person's",
			      "list your own");
		return;
	}
	rows = json_array();
	r = weir_people_list_tokens(call->people, marks.user ? marks.user : call->by->id, add_token,
				    rows);
	if (r == 0) {
		weir_api_answer(reply, 200, json_pack("{s:o}", "tokens", rows));
		return;
	}
	json_decref(rows);
	weir_api_fail_store(reply, r);
}

static int read_permissions(const json_t *names, weir_permissions *ret)
{
	*ret = 0;
	for (size_t i = 0; i < json_array_size(names); i++) {
		enum weir_permission permission;

		if (weir_permission_parse(json_string_value(json_array_get(names, i)),
					  &permission) < 0)
			return -EINVAL;
		*ret |= WEIR_PERMISSION_BIT(permission);
	}
	return 0;
}

static void fail_token(struct weir_api_reply *reply, int r, const char *why)
{
	if (r == -EINVAL)
		weir_api_fail(reply, 400, "input", why, "see the API's description");
	else if (r == -EPERM)
		weir_api_fail(reply, 403, "forbidden",
			      "a token has no more permissions than who makes it, and makes none",
			      "log in, and ask for less");
	else if (r == -E2BIG)
		weir_api_fail(reply, 409, "too_many", "there are 32 tokens already",
			      "revoke those that are not used");
	else if (r == -ESRCH)
		weir_api_fail(reply, 409, "developer", "the development token makes no tokens",
			      "add a user and log in");
	else if (r == -ENOENT)
		weir_api_fail(reply, 404, "not_found", "there is no such token of yours",
			      "list them to see the ids");
	else
		weir_api_fail_store(reply, r);
}

/* A span in seconds that is out of all bounds is left for the module to refuse. */
static uint64_t expiry(uint64_t now_ns, json_int_t seconds)
{
	if (seconds <= 0)
		return now_ns;
	return now_ns + WEIR_MIN((uint64_t)seconds, UINT64_C(1000) * 86400) * WEIR_NSEC_PER_SEC;
}

void weir_api_add_token(const struct weir_api_people_call *call, struct weir_api_reply *reply)
{
	json_t *name, *names, *expires_in;
	const struct weir_api_member members[] = {
		{"name", WEIR_API_STRING, true, &name},
		{"permissions", WEIR_API_STRINGS, true, &names},
		{"expires_in", WEIR_API_INTEGER, true, &expires_in},
	};
	json_t *body _cleanup_(weir_api_json_freep) = NULL;
	char secret[WEIR_SECRET_TEXT] = "";
	struct weir_error err = {};
	weir_permissions permissions;
	const char *why = "permissions names one that is not known";
	uint64_t id = 0, expires_ns;
	int r;

	if (weir_api_read_body(call->body, call->len, members, ARRAY_SIZE(members), &body, &err) <
	    0) {
		weir_api_fail_input(reply, &err);
		return;
	}
	expires_ns = expiry(call->now_ns, json_integer_value(expires_in));
	r = read_permissions(names, &permissions);
	if (r == 0)
		r = weir_people_add_token(call->people, call->by, json_string_value(name),
					  permissions, call->now_ns, expires_ns, secret, &id, &why);
	if (r < 0)
		fail_token(reply, r, why);
	else
		weir_api_answer(reply, 201,
				json_pack("{s:{s:I,s:s,s:o,s:o},s:s}", "token", "id",
					  (json_int_t)id, "name", json_string_value(name),
					  "permissions", weir_api_permissions(permissions),
					  "expires", weir_api_time(expires_ns), "secret", secret));
	explicit_bzero(secret, sizeof(secret));
}

void weir_api_revoke_token(const struct weir_api_people_call *call, struct weir_api_reply *reply)
{
	uint64_t id;
	int r = weir_parse_u64(call->id, &id);

	if (r < 0 || id > WEIR_STORE_NUMBER_MAX) {
		weir_api_fail(reply, 400, "id", "this is not an id", "ids are numbers");
		return;
	}
	r = weir_people_revoke_token(call->people, call->by, id);
	if (r < 0)
		fail_token(reply, r, "");
	else
		weir_api_answer(reply, 200, json_object());
}
