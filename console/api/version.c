/* SPDX-License-Identifier: Apache-2.0 */
/* Versions of the policy as JSON. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy.h"
#include "weir/base/parse.h"
#include "weir/base/time.h"

#define DAYS 90 /* until a version expires, when not said */

static json_t *render(const struct weir_policy_version *v)
{
	static const char *const states[] = {"ready", "published", "withdrawn"};
	static const char *const rollouts[] = {"none", "running", "halted", "done"};

	return json_pack(
		"{s:I,s:I,s:s,s:s,s:s,s:s,s:s,s:I,s:s,s:o,s:o,s:o,s:I,s:s,s:i,s:s,s:o}", "id",
		(json_int_t)v->id, "revision", (json_int_t)v->revision, "state",
		(size_t)v->state < ARRAY_SIZE(states) ? states[v->state] : "unknown", "group",
		v->group, "note", v->note, "min_agent", v->min_agent, "author", v->author_name,
		"author_id", (json_int_t)v->author, "publisher", v->publisher_name, "created",
		weir_api_time(v->created_ns), "published", weir_api_time(v->published_ns),
		"expires", weir_api_time(v->expires_s * WEIR_NSEC_PER_SEC), "signatures",
		(json_int_t)v->signatures, "rollout",
		(size_t)v->rollout < ARRAY_SIZE(rollouts) ? rollouts[v->rollout] : "unknown",
		"ring",
		v->rollout == WEIR_POLICY_ROLLOUT_NONE
			? 0
			: (int)weir_policy_rings[WEIR_MIN(v->ring, WEIR_POLICY_RINGS - 1u)] / 100,
		"reason", v->reason, "hash",
		v->state == WEIR_POLICY_PUBLISHED ? weir_api_hex(v->hash, sizeof(v->hash))
						  : json_null());
}

static int add(void *context, const struct weir_policy_version *version)
{
	return weir_api_list_add(context, version->id, render(version));
}

void weir_api_list_versions(const struct weir_api_policy_call *call, struct weir_api_reply *reply)
{
	struct weir_api_list list;
	uint64_t before;

	if (!weir_api_list_begin(call, &list, &before, reply))
		return;
	weir_api_list_end(&list, "versions",
			  weir_policy_list(call->store, before, list.wanted + 1, add, &list),
			  reply);
}

static int take(void *context, const struct weir_policy_version *v)
{
	json_t **ret = context;
	json_t *more =
		json_pack("{s:s,s:s,s:s,s:o,s:o}", "source", v->source, "text", v->text, "cases",
			  v->cases, "payload", weir_api_hex(v->payload, v->payload_len), "envelope",
			  weir_api_hex(v->envelope, v->envelope_len));

	*ret = render(v);
	if (!*ret || !more || json_object_update_missing(*ret, more) < 0) {
		json_decref(*ret);
		json_decref(more);
		*ret = NULL;
		return -ENOMEM;
	}
	json_decref(more);
	return 0;
}

static json_t *progress(const struct weir_api_policy_call *call, uint64_t id)
{
	struct weir_policy_progress p;

	if (weir_policy_progress(call->store, id, call->now_ns, &p) < 0)
		return json_null();
	return json_pack("{s:I,s:I,s:I,s:I,s:I}", "applied", (json_int_t)p.applied, "failed",
			 (json_int_t)p.failed, "silent", (json_int_t)p.silent, "blocked",
			 (json_int_t)p.blocked, "blocked_before", (json_int_t)p.blocked_before);
}

static void answer(const struct weir_api_policy_call *call, uint64_t id, unsigned status,
		   struct weir_api_reply *reply)
{
	json_t *version = NULL;
	int r = weir_policy_get(call->store, id, take, &version);

	if (r == -ENOENT) {
		weir_api_fail(reply, 404, "not_found", "there is no such version",
			      "list them to see the ids");
		return;
	}
	if (r < 0) {
		weir_api_fail_store(reply, r);
		return;
	}
	json_object_set_new(version, "progress", progress(call, id));
	weir_api_answer(reply, status, json_pack("{s:o}", "version", version));
}

void weir_api_get_version(const struct weir_api_policy_call *call, struct weir_api_reply *reply)
{
	uint64_t id = 0;

	if (weir_api_policy_id(call, &id, reply))
		answer(call, id, 200, reply);
}

static const char *text_or_empty(const json_t *value)
{
	return value ? json_string_value(value) : "";
}

static int add_draft(const struct weir_api_policy_call *call, uint64_t *ret_id,
		     struct weir_error *err)
{
	json_t *body _cleanup_(weir_api_json_freep) = NULL;
	json_t *source = NULL, *cases = NULL, *group = NULL, *note = NULL, *min = NULL,
	       *days = NULL;
	const struct weir_api_member members[] = {
		{"source", WEIR_API_STRING, true, &source},
		{"cases", WEIR_API_STRING, false, &cases},
		{"group", WEIR_API_STRING, false, &group},
		{"note", WEIR_API_STRING, false, &note},
		{"min_agent", WEIR_API_STRING, false, &min},
		{"days", WEIR_API_INTEGER, false, &days},
	};
	int r = weir_api_read_body(call->body, call->len, members, ARRAY_SIZE(members), &body, err);
	json_int_t n = days ? json_integer_value(days) : DAYS;

	if (r < 0)
		return r;
	return weir_policy_create(
		call->store, call->rules, call->by,
		&(struct weir_policy_draft){
			.group = text_or_empty(group),
			.source = json_string_value(source),
			.cases = text_or_empty(cases),
			.note = text_or_empty(note),
			.min_agent = text_or_empty(min),
			.days = n < 0 || n > WEIR_POLICY_DAYS_MAX ? 0 : (uint32_t)n,
		},
		call->now_ns, ret_id, err);
}

void weir_api_add_version(const struct weir_api_policy_call *call, struct weir_api_reply *reply)
{
	struct weir_error err = {};
	uint64_t id = 0;
	int r = add_draft(call, &id, &err);

	if (r < 0)
		weir_api_policy_fail(reply, r, &err);
	else
		answer(call, id, 201, reply);
}

void weir_api_again_version(const struct weir_api_policy_call *call, struct weir_api_reply *reply)
{
	struct weir_error err = {};
	uint64_t id = 0, fresh = 0;
	int r;

	if (!weir_api_policy_id(call, &id, reply) || !weir_api_policy_no_body(call, reply))
		return;
	r = weir_policy_again(call->store, call->rules, call->by, id, call->now_ns, &fresh, &err);
	if (r < 0)
		weir_api_policy_fail(reply, r, &err);
	else
		answer(call, fresh, 201, reply);
}

/* What was done to a version, and the version after it. */
static void answer_change(const struct weir_api_policy_call *call, uint64_t id, int r,
			  const struct weir_error *err, struct weir_api_reply *reply)
{
	if (r < 0)
		weir_api_policy_fail(reply, r, err);
	else
		answer(call, id, 200, reply);
}

static int take_envelope(const struct weir_api_policy_call *call, uint64_t id,
			 struct weir_error *err)
{
	json_t *body _cleanup_(weir_api_json_freep) = NULL, *envelope = NULL;
	const struct weir_api_member members[] = {{"envelope", WEIR_API_STRING, true, &envelope}};
	uint8_t *bytes _cleanup_(freep) = NULL;
	int r = weir_api_read_body(call->body, call->len, members, ARRAY_SIZE(members), &body, err);

	if (r < 0)
		return r;
	bytes = malloc(WEIR_DSSE_BYTES_MAX);
	if (!bytes)
		return -ENOMEM;
	r = weir_unhex(json_string_value(envelope), bytes, WEIR_DSSE_BYTES_MAX);
	if (r < 0)
		return weir_error_set(err, -EINVAL, 0, 0,
				      "the envelope is hexadecimal, at most %d bytes",
				      WEIR_DSSE_BYTES_MAX);
	return weir_policy_sign(call->store, call->by, id, bytes, (size_t)r, err);
}

void weir_api_sign_version(const struct weir_api_policy_call *call, struct weir_api_reply *reply)
{
	struct weir_error err = {};
	uint64_t id = 0;

	if (weir_api_policy_id(call, &id, reply))
		answer_change(call, id, take_envelope(call, id, &err), &err, reply);
}

/* "ring" is told in per cent. */
static int read_plan(const struct weir_api_policy_call *call, struct weir_policy_plan *ret,
		     struct weir_error *err)
{
	json_t *body _cleanup_(weir_api_json_freep) = NULL, *ring = NULL, *soak = NULL;
	const struct weir_api_member members[] = {
		{"ring", WEIR_API_INTEGER, false, &ring},
		{"soak_s", WEIR_API_INTEGER, false, &soak},
	};
	int r = weir_api_read_body(call->len ? call->body : "{}", call->len ? call->len : 2,
				   members, ARRAY_SIZE(members), &body, err);
	json_int_t percent = ring ? json_integer_value(ring) : 1;
	json_int_t seconds = soak ? json_integer_value(soak) : 0;

	if (r < 0)
		return r;
	*ret = (struct weir_policy_plan){.ring = WEIR_POLICY_RINGS};
	for (unsigned i = 0; i < WEIR_POLICY_RINGS; i++)
		if (percent == (json_int_t)weir_policy_rings[i] / 100)
			ret->ring = i;
	if (ret->ring == WEIR_POLICY_RINGS)
		return weir_error_set(err, -EINVAL, 0, 0, "rings are 1, 10, 50 and 100");
	if (seconds < 0 || seconds > 31 * 86400)
		return weir_error_set(err, -EINVAL, 0, 0, "soak_s is 0 to 31 days");
	ret->soak_s = (uint32_t)seconds;
	return 0;
}

void weir_api_publish_version(const struct weir_api_policy_call *call, struct weir_api_reply *reply)
{
	struct weir_policy_plan plan;
	struct weir_error err = {};
	uint64_t id = 0;
	int r;

	if (!weir_api_policy_id(call, &id, reply))
		return;
	r = read_plan(call, &plan, &err);
	if (r == 0)
		r = weir_policy_publish(call->store, call->rules, call->by, id, &plan, call->now_ns,
					&err);
	answer_change(call, id, r, &err, reply);
}

void weir_api_withdraw_version(const struct weir_api_policy_call *call,
			       struct weir_api_reply *reply)
{
	struct weir_error err = {};
	uint64_t id = 0;

	if (weir_api_policy_id(call, &id, reply) && weir_api_policy_no_body(call, reply))
		answer_change(call, id, weir_policy_withdraw(call->store, call->by, id, &err), &err,
			      reply);
}

void weir_api_promote_version(const struct weir_api_policy_call *call, struct weir_api_reply *reply)
{
	struct weir_error err = {};
	uint64_t id = 0;

	if (weir_api_policy_id(call, &id, reply) && weir_api_policy_no_body(call, reply))
		answer_change(call, id,
			      weir_policy_promote(call->store, call->by, id, call->now_ns, &err),
			      &err, reply);
}

void weir_api_halt_version(const struct weir_api_policy_call *call, struct weir_api_reply *reply)
{
	json_t *body _cleanup_(weir_api_json_freep) = NULL, *reason = NULL;
	const struct weir_api_member members[] = {{"reason", WEIR_API_STRING, true, &reason}};
	struct weir_error err = {};
	uint64_t id = 0;
	int r;

	if (!weir_api_policy_id(call, &id, reply))
		return;
	r = weir_api_read_body(call->body, call->len, members, ARRAY_SIZE(members), &body, &err);
	if (r == 0)
		r = weir_policy_halt(call->store, call->by, id, json_string_value(reason),
				     call->now_ns, &err);
	answer_change(call, id, r, &err, reply);
}
