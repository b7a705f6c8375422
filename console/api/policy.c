/* SPDX-License-Identifier: Apache-2.0 */
/* What the calls about versions, keys, the register and evidence share, and the keys. */

#include "policy.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "weir/base/parse.h"

int weir_api_list_add(struct weir_api_list *list, uint64_t id, json_t *row)
{
	if (json_array_size(list->rows) >= list->wanted) {
		list->more = true;
		json_decref(row);
		return 1;
	}
	list->last = id;
	return !row || json_array_append_new(list->rows, row) < 0 ? -ENOMEM : 0;
}

bool weir_api_list_begin(const struct weir_api_policy_call *call, struct weir_api_list *list,
			 uint64_t *ret_before, struct weir_api_reply *reply)
{
	struct weir_api_marks marks;
	struct weir_error err = {};

	if (weir_api_query_marks(call->query, WEIR_API_MARK_LIMIT | WEIR_API_MARK_BEFORE, &marks,
				 &err) < 0) {
		weir_api_fail_input(reply, &err);
		return false;
	}
	*list = (struct weir_api_list){.rows = json_array(), .wanted = marks.limit};
	*ret_before = marks.before;
	return true;
}

void weir_api_list_end(struct weir_api_list *list, const char *name, int r,
		       struct weir_api_reply *reply)
{
	if (r < 0) {
		json_decref(list->rows);
		weir_api_fail_store(reply, r);
		return;
	}
	weir_api_answer(reply, 200,
			json_pack("{s:o,s:o}", name, list->rows, "next_before",
				  list->more ? json_integer((json_int_t)list->last) : json_null()));
}

bool weir_api_policy_number(const struct weir_api_policy_call *call, uint64_t *ret,
			    struct weir_api_reply *reply)
{
	if (weir_parse_u64(call->id, ret) == 0 && *ret > 0 && *ret <= WEIR_STORE_NUMBER_MAX)
		return true;
	weir_api_fail(reply, 400, "id", "this is not an id", "ids are numbers");
	return false;
}

bool weir_api_policy_id(const struct weir_api_policy_call *call, uint64_t *ret,
			struct weir_api_reply *reply)
{
	struct weir_error err = {};

	if (weir_api_query_none(call->query, &err) < 0) {
		weir_api_fail_input(reply, &err);
		return false;
	}
	return weir_api_policy_number(call, ret, reply);
}

void weir_api_policy_fail(struct weir_api_reply *reply, int error, const struct weir_error *err)
{
	char text[320];

	if (err->line > 0)
		(void)snprintf(text, sizeof(text), "%u:%u: %s", err->line, err->column, err->text);
	else
		(void)snprintf(text, sizeof(text), "%s", err->text);
	if (!err->text[0])
		weir_api_fail_store(reply, error);
	else if (error == -EINVAL)
		weir_api_fail(reply, 400, "input", text, err->hint);
	else if (error == -ENOENT)
		weir_api_fail(reply, 404, "not_found", text, "list them to see the ids");
	else if (error == -EPERM)
		weir_api_fail(reply, 403, "two_people", text, "");
	else if (error == -EKEYREJECTED)
		weir_api_fail(reply, 409, "signatures", text, "weirctl policy sign");
	else
		weir_api_fail(reply, 409, error == -EEXIST ? "exists" : "state", text, "");
}

bool weir_api_policy_no_body(const struct weir_api_policy_call *call, struct weir_api_reply *reply)
{
	if (call->len == 0 || (call->len == 2 && memcmp(call->body, "{}", 2) == 0))
		return true;
	weir_api_fail(reply, 400, "input", "this call takes no body", "");
	return false;
}

void weir_api_policy_ask(const struct weir_api_policy_call *call, weir_api_ask_fn ask,
			 weir_api_tell_fn tell, struct weir_api_reply *reply)
{
	struct weir_error err = {};
	uint64_t id = 0;
	int r = ask(call, &id, &err);

	if (r < 0)
		weir_api_policy_fail(reply, r, &err);
	else
		tell(call, id, 201, reply);
}

void weir_api_policy_decide(const struct weir_api_policy_call *call, weir_api_decide_fn decide,
			    bool approve, weir_api_tell_fn tell, struct weir_api_reply *reply)
{
	struct weir_error err = {};
	uint64_t id = 0;
	int r;

	if (!weir_api_policy_id(call, &id, reply) || !weir_api_policy_no_body(call, reply))
		return;
	r = decide(call->store, call->by, id, approve, call->now_ns, &err);
	if (r < 0)
		weir_api_policy_fail(reply, r, &err);
	else
		tell(call, id, 200, reply);
}

json_t *weir_api_hex(const void *data, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	char *text _cleanup_(freep) = malloc(2 * len + 1);
	const unsigned char *bytes = data;

	if (!text)
		return NULL;
	for (size_t i = 0; i < len; i++) {
		text[2 * i] = digits[bytes[i] >> 4];
		text[2 * i + 1] = digits[bytes[i] & 15];
	}
	return json_stringn(text, 2 * len);
}

static int add_key(void *context, const struct weir_policy_key *key)
{
	static const char *const states[] = {"pending", "active", "revoked"};
	json_t *rows = context;
	json_t *row = json_pack(
		"{s:I,s:s,s:I,s:s,s:s,s:o}", "id", (json_int_t)key->id, "key_id", key->key_id,
		"owner_id", (json_int_t)key->owner, "owner", key->owner_name, "state",
		(size_t)key->state < ARRAY_SIZE(states) ? states[key->state] : "unknown", "created",
		weir_api_time(key->created_ns));

	return !row || json_array_append_new(rows, row) < 0 ? -ENOMEM : 0;
}

void weir_api_list_keys(const struct weir_api_policy_call *call, struct weir_api_reply *reply)
{
	struct weir_error err = {};
	json_t *rows;
	int r;

	if (weir_api_query_none(call->query, &err) < 0) {
		weir_api_fail_input(reply, &err);
		return;
	}
	rows = json_array();
	r = weir_policy_key_list(call->store, add_key, rows);
	if (r == 0) {
		weir_api_answer(reply, 200, json_pack("{s:o}", "keys", rows));
		return;
	}
	json_decref(rows);
	weir_api_fail_store(reply, r);
}

void weir_api_add_key(const struct weir_api_policy_call *call, struct weir_api_reply *reply)
{
	json_t *body _cleanup_(weir_api_json_freep) = NULL, *pem = NULL;
	const struct weir_api_member members[] = {{"pem", WEIR_API_STRING, true, &pem}};
	struct weir_error err = {};
	uint64_t id = 0;
	int r = weir_api_read_body(call->body, call->len, members, ARRAY_SIZE(members), &body,
				   &err);

	if (r == 0)
		r = weir_policy_key_add(call->store, call->by, json_string_value(pem),
					json_string_length(pem), &id, &err);
	if (r < 0)
		weir_api_policy_fail(reply, r, &err);
	else
		weir_api_answer(reply, 201, json_pack("{s:{s:I}}", "key", "id", (json_int_t)id));
}

static void change_key(const struct weir_api_policy_call *call, struct weir_api_reply *reply,
		       int (*change)(struct weir_store *, const struct weir_principal *, uint64_t,
				     struct weir_error *))
{
	struct weir_error err = {};
	uint64_t id = 0;
	int r;

	if (!weir_api_policy_id(call, &id, reply) || !weir_api_policy_no_body(call, reply))
		return;
	r = change(call->store, call->by, id, &err);
	if (r < 0)
		weir_api_policy_fail(reply, r, &err);
	else
		weir_api_answer(reply, 200, json_pack("{s:{s:I}}", "key", "id", (json_int_t)id));
}

void weir_api_approve_key(const struct weir_api_policy_call *call, struct weir_api_reply *reply)
{
	change_key(call, reply, weir_policy_key_approve);
}

void weir_api_revoke_key(const struct weir_api_policy_call *call, struct weir_api_reply *reply)
{
	change_key(call, reply, weir_policy_key_revoke);
}
