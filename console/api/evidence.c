/* SPDX-License-Identifier: Apache-2.0 */
/* Requests for evidence as JSON. */

#include "weir/console_api/evidence.h"

#include <errno.h>

#include "policy.h"
#include "weir/base/uid.h"
#include "weir/console_evidence/evidence.h"
#include "weir/console_triage/id.h"

static json_t *make_id(enum weir_id_kind kind, uint64_t number)
{
	char text[WEIR_ID_TEXT];

	if (number == 0)
		return json_null();
	weir_id_format(kind, number, text);
	return json_string(text);
}

static json_t *make_uid(const uint8_t uid[static WEIR_UID_LEN])
{
	char text[WEIR_UID_TEXT];

	weir_uid_format(uid, text);
	return json_string(text);
}

static json_t *render(const struct weir_evidence_request *r)
{
	static const char *const states[] = {"requested", "approved", "denied", "expired"};

	return json_pack("{s:I,s:s,s:o,s:o,s:o,s:o,s:I,s:s,s:I,s:s,s:I,s:s,s:o,s:o,s:o,s:I,s:o}",
			 "id", (json_int_t)r->id, "state",
			 (size_t)r->state < ARRAY_SIZE(states) ? states[r->state] : "unknown",
			 "event", make_id(WEIR_ID_EVENT, r->event), "alert",
			 make_id(WEIR_ID_ALERT, r->alert), "agent_uid", make_uid(r->agent_uid),
			 "sha256", weir_api_hex(r->sha256, sizeof(r->sha256)), "size",
			 (json_int_t)r->size, "reason", r->reason, "minutes",
			 (json_int_t)r->minutes, "requester", r->requester_name, "requester_id",
			 (json_int_t)r->requester, "decider", r->decider_name, "created",
			 weir_api_time(r->created_ns), "decided", weir_api_time(r->decided_ns),
			 "until", weir_api_time(r->until_ns), "reads", (json_int_t)r->reads, "read",
			 weir_api_time(r->read_ns));
}

static int add(void *context, const struct weir_evidence_request *request)
{
	return weir_api_list_add(context, request->id, render(request));
}

void weir_api_list_evidence(const struct weir_api_policy_call *call, struct weir_api_reply *reply)
{
	struct weir_api_list list;
	uint64_t before;

	if (!weir_api_list_begin(call, &list, &before, reply))
		return;
	weir_api_list_end(
		&list, "requests",
		weir_evidence_list(call->store, before, list.wanted + 1, call->now_ns, add, &list),
		reply);
}

static int take(void *context, const struct weir_evidence_request *request)
{
	json_t **ret = context;

	*ret = render(request);
	return *ret ? 0 : -ENOMEM;
}

static void answer(const struct weir_api_policy_call *call, uint64_t id, unsigned status,
		   struct weir_api_reply *reply)
{
	json_t *request = NULL;
	int r = weir_evidence_get(call->store, id, call->now_ns, take, &request);

	if (r == -ENOENT)
		weir_api_fail(reply, 404, "not_found", "there is no such request",
			      "list them to see the ids");
	else if (r < 0)
		weir_api_fail_store(reply, r);
	else
		weir_api_answer(reply, status, json_pack("{s:o}", "request", request));
}

void weir_api_get_evidence(const struct weir_api_policy_call *call, struct weir_api_reply *reply)
{
	uint64_t id = 0;

	if (weir_api_policy_id(call, &id, reply))
		answer(call, id, 200, reply);
}

/* *ret stays 0 when it is not there. */
static int parse_id(enum weir_id_kind kind, const json_t *text, uint64_t *ret,
		    struct weir_error *err)
{
	int r = text ? weir_id_parse(kind, json_string_value(text), ret) : 0;

	if (r == -ERANGE)
		return weir_error_set(err, -ENOENT, 0, 0, "there is nothing with this id");
	return r < 0 ? weir_error_set(err, -EINVAL, 0, 0,
				      "this is not the id of an %s, or it is mistyped",
				      kind == WEIR_ID_EVENT ? "event" : "alert")
		     : 0;
}

static int request(const struct weir_api_policy_call *call, uint64_t *ret_id,
		   struct weir_error *err)
{
	json_t *body _cleanup_(weir_api_json_freep) = NULL;
	json_t *event = NULL, *alert = NULL, *reason = NULL, *minutes = NULL;
	const struct weir_api_member members[] = {
		{"event", WEIR_API_STRING, false, &event},
		{"alert", WEIR_API_STRING, false, &alert},
		{"reason", WEIR_API_STRING, true, &reason},
		{"minutes", WEIR_API_INTEGER, true, &minutes},
	};
	struct weir_evidence_ask ask = {};
	json_int_t n;
	int r = weir_api_read_body(call->body, call->len, members, ARRAY_SIZE(members), &body, err);

	if (r == 0)
		r = parse_id(WEIR_ID_EVENT, event, &ask.event, err);
	if (r == 0)
		r = parse_id(WEIR_ID_ALERT, alert, &ask.alert, err);
	if (r < 0)
		return r;
	n = json_integer_value(minutes);
	ask.reason = json_string_value(reason);
	ask.minutes = n < 0 || n > WEIR_EVIDENCE_MINUTES_MAX ? 0 : (uint32_t)n;
	return weir_evidence_request(call->store, call->by, &ask, call->now_ns, ret_id, err);
}

void weir_api_ask_evidence(const struct weir_api_policy_call *call, struct weir_api_reply *reply)
{
	weir_api_policy_ask(call, request, answer, reply);
}

void weir_api_approve_evidence(const struct weir_api_policy_call *call,
			       struct weir_api_reply *reply)
{
	weir_api_policy_decide(call, weir_evidence_decide, true, answer, reply);
}

void weir_api_deny_evidence(const struct weir_api_policy_call *call, struct weir_api_reply *reply)
{
	weir_api_policy_decide(call, weir_evidence_decide, false, answer, reply);
}

/* A read being answered. */
struct reading {
	const struct weir_api_policy_call *call;
	json_t *watermark;
};

static int mark(void *context, const struct weir_evidence_request *r)
{
	struct reading *reading = context;
	const struct weir_principal *by = reading->call->by;

	reading->watermark = json_pack(
		"{s:I,s:s,s:I,s:o,s:o,s:o,s:o,s:s,s:s,s:o,s:I}", "request", (json_int_t)r->id,
		"reader", by->name, "reader_id", (json_int_t)by->id, "time",
		weir_api_time(reading->call->now_ns), "event", make_id(WEIR_ID_EVENT, r->event),
		"agent_uid", make_uid(r->agent_uid), "sha256",
		weir_api_hex(r->sha256, sizeof(r->sha256)), "approver", r->decider_name, "reason",
		r->reason, "until", weir_api_time(r->until_ns), "reads", (json_int_t)r->reads);
	return reading->watermark ? 0 : -ENOMEM;
}

void weir_api_read_evidence(const struct weir_api_policy_call *call, struct weir_api_reply *reply)
{
	struct weir_buf sealed _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_EVIDENCE_SEALED_MAX);
	struct reading reading = {.call = call};
	struct weir_error err = {};
	uint64_t id = 0;
	int r;

	if (!weir_api_policy_id(call, &id, reply))
		return;
	r = weir_evidence_read(call->store, call->by, id, call->now_ns, mark, &reading, &sealed,
			       &err);
	if (r < 0) {
		json_decref(reading.watermark);
		weir_api_policy_fail(reply, r, &err);
		return;
	}
	weir_api_answer(reply, 200,
			json_pack("{s:o,s:o}", "watermark", reading.watermark, "sealed",
				  weir_api_hex(sealed.data, sealed.len)));
}
