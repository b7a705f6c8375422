/* SPDX-License-Identifier: Apache-2.0 */
/* The sharing register as JSON. */

#include <errno.h>
#include <string.h>

#include "policy.h"
#include "weir/console_policy/register.h"

#define TRANSFERS 100 /* shown with an entry, newest first */

static json_t *split(const char *classes)
{
	json_t *array = json_array();

	while (*classes) {
		size_t len = strcspn(classes, ",");

		json_array_append_new(array, json_stringn(classes, len));
		classes += len + (classes[len] == ',');
	}
	return array;
}

static json_t *render(const struct weir_register_entry *e)
{
	static const char *const states[] = {"requested", "active", "ended", "refused"};

	return json_pack(
		"{s:I,s:s,s:s,s:s,s:o,s:s,s:s,s:s,s:s,s:o,s:o,s:s,s:s,s:o,s:o,s:o,s:o,s:I,s:o}",
		"id", (json_int_t)e->id, "name", e->name, "state",
		(size_t)e->state < ARRAY_SIZE(states) ? states[e->state] : "unknown", "recipient",
		e->recipient, "classes", split(e->classes), "purpose", e->purpose, "agreement",
		e->agreement, "channel", e->channel, "to", e->to_group, "from",
		weir_api_time(e->from_ns), "until", weir_api_time(e->until_ns), "requester",
		e->requester_name, "approver", e->approver_name, "created",
		weir_api_time(e->created_ns), "decided", weir_api_time(e->decided_ns), "reminded",
		weir_api_time(e->reminded_ns), "ended", weir_api_time(e->ended_ns),
		"transfer_count", (json_int_t)e->transfers, "last_transfer",
		weir_api_time(e->last_transfer_ns));
}

static int add(void *context, const struct weir_register_entry *entry)
{
	return weir_api_list_add(context, entry->id, render(entry));
}

void weir_api_list_entries(const struct weir_api_policy_call *call, struct weir_api_reply *reply)
{
	struct weir_api_list list;
	uint64_t before;

	if (!weir_api_list_begin(call, &list, &before, reply))
		return;
	weir_api_list_end(&list, "entries",
			  weir_register_list(call->store, before, list.wanted + 1, add, &list),
			  reply);
}

static int take(void *context, const struct weir_register_entry *entry)
{
	json_t **ret = context;

	*ret = render(entry);
	return *ret ? 0 : -ENOMEM;
}

static int add_transfer(void *context, const struct weir_register_transfer *transfer)
{
	json_t *rows = context;

	return json_array_append_new(rows,
				     json_pack("{s:I,s:o}", "event", (json_int_t)transfer->event,
					       "time", weir_api_time(transfer->time_ns))) < 0
		       ? -ENOMEM
		       : 0;
}

static void answer(const struct weir_api_policy_call *call, uint64_t id, unsigned status,
		   struct weir_api_reply *reply)
{
	json_t *entry = NULL, *transfers = json_array();
	int r = weir_register_get(call->store, id, take, &entry);

	if (r == 0)
		r = weir_register_transfers(call->store, id, TRANSFERS, add_transfer, transfers);
	if (r == 0) {
		json_object_set_new(entry, "transfers", transfers);
		weir_api_answer(reply, status, json_pack("{s:o}", "entry", entry));
		return;
	}
	json_decref(entry);
	json_decref(transfers);
	if (r == -ENOENT)
		weir_api_fail(reply, 404, "not_found", "there is no such entry",
			      "list them to see the ids");
	else
		weir_api_fail_store(reply, r);
}

void weir_api_get_entry(const struct weir_api_policy_call *call, struct weir_api_reply *reply)
{
	uint64_t id = 0;

	if (weir_api_policy_id(call, &id, reply))
		answer(call, id, 200, reply);
}

static int join(const json_t *classes, struct weir_buf *ret, struct weir_error *err)
{
	int r = 0;

	if (json_array_size(classes) == 0)
		return weir_error_set(err, -EINVAL, 0, 0, "at least one class is needed");
	for (size_t i = 0; r == 0 && i < json_array_size(classes); i++)
		r = weir_buf_printf(ret, "%s%s", i ? "," : "",
				    json_string_value(json_array_get(classes, i)));
	return r == -ENOBUFS ? weir_error_set(err, -EINVAL, 0, 0, "too many classes") : r;
}

static int request(const struct weir_api_policy_call *call, uint64_t *ret_id,
		   struct weir_error *err)
{
	struct weir_buf classes _cleanup_(weir_buf_done) = WEIR_BUF_INIT(2048);
	json_t *body _cleanup_(weir_api_json_freep) = NULL;
	json_t *value[8] = {};
	const struct weir_api_member members[] = {
		{"recipient", WEIR_API_STRING, true, &value[0]},
		{"classes", WEIR_API_STRINGS, true, &value[1]},
		{"purpose", WEIR_API_STRING, true, &value[2]},
		{"agreement", WEIR_API_STRING, true, &value[3]},
		{"channel", WEIR_API_STRING, true, &value[4]},
		{"to", WEIR_API_STRING, true, &value[5]},
		{"from_ns", WEIR_API_INTEGER, true, &value[6]},
		{"until_ns", WEIR_API_INTEGER, true, &value[7]},
	};
	int r = weir_api_read_body(call->body, call->len, members, ARRAY_SIZE(members), &body, err);

	if (r == 0)
		r = join(value[1], &classes, err);
	if (r < 0)
		return r;
	if (json_integer_value(value[6]) < 0 || json_integer_value(value[7]) < 0)
		return weir_error_set(err, -EINVAL, 0, 0, "times are nanoseconds since 1970");
	return weir_register_request(call->store, call->by,
				     &(struct weir_register_entry){
					     .recipient = json_string_value(value[0]),
					     .classes = classes.data,
					     .purpose = json_string_value(value[2]),
					     .agreement = json_string_value(value[3]),
					     .channel = json_string_value(value[4]),
					     .to_group = json_string_value(value[5]),
					     .from_ns = (uint64_t)json_integer_value(value[6]),
					     .until_ns = (uint64_t)json_integer_value(value[7]),
				     },
				     call->now_ns, ret_id, err);
}

void weir_api_add_entry(const struct weir_api_policy_call *call, struct weir_api_reply *reply)
{
	weir_api_policy_ask(call, request, answer, reply);
}

void weir_api_approve_entry(const struct weir_api_policy_call *call, struct weir_api_reply *reply)
{
	weir_api_policy_decide(call, weir_register_decide, true, answer, reply);
}

void weir_api_refuse_entry(const struct weir_api_policy_call *call, struct weir_api_reply *reply)
{
	weir_api_policy_decide(call, weir_register_decide, false, answer, reply);
}

void weir_api_end_entry(const struct weir_api_policy_call *call, struct weir_api_reply *reply)
{
	struct weir_error err = {};
	uint64_t id = 0;
	int r;

	if (!weir_api_policy_id(call, &id, reply) || !weir_api_policy_no_body(call, reply))
		return;
	r = weir_register_end(call->store, call->by, id, call->now_ns, &err);
	if (r < 0)
		weir_api_policy_fail(reply, r, &err);
	else
		answer(call, id, 200, reply);
}
