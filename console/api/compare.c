/* SPDX-License-Identifier: Apache-2.0 */
/* What changes between versions of the policy, as JSON. */

#include <errno.h>

#include "policy.h"
#include "weir/policy/diff.h"

struct comparison {
	json_t *changes;
	unsigned effects[WEIR_POLICY_EFFECT_UNKNOWN + 1]; /* how many have each */
};

static json_t *text_or_null(const char *text)
{
	return *text ? json_string(text) : json_null();
}

static int add(void *context, const struct weir_policy_change *change)
{
	struct comparison *comparison = context;
	json_t *row = json_pack("{s:s,s:s,s:s,s:s,s:o,s:o,s:o,s:o}", "section",
				weir_policy_section_name(change->section), "id", change->id,
				"change", weir_policy_change_name(change->kind), "effect",
				weir_policy_effect_name(change->effect), "field",
				text_or_null(change->field), "before", text_or_null(change->before),
				"after", text_or_null(change->after), "across",
				text_or_null(change->across));

	comparison->effects[change->effect]++;
	return !row || json_array_append_new(comparison->changes, row) < 0 ? -ENOMEM : 0;
}

/* after 0: a text that is no version yet. */
static void answer(const struct comparison *comparison, uint64_t before, uint64_t after,
		   struct weir_api_reply *reply)
{
	const unsigned *n = comparison->effects;

	weir_api_answer(reply, 200,
			json_pack("{s:{s:I,s:o,s:i,s:i,s:i,s:i,s:O}}", "diff", "before",
				  (json_int_t)before, "after",
				  after ? json_integer((json_int_t)after) : json_null(), "stricter",
				  (int)n[WEIR_POLICY_EFFECT_STRICTER], "looser",
				  (int)n[WEIR_POLICY_EFFECT_LOOSER], "unknown",
				  (int)n[WEIR_POLICY_EFFECT_UNKNOWN], "none",
				  (int)n[WEIR_POLICY_EFFECT_NONE], "changes", comparison->changes));
}

void weir_api_compare_versions(const struct weir_api_policy_call *call,
			       struct weir_api_reply *reply)
{
	json_t *changes _cleanup_(weir_api_json_freep) = json_array();
	struct comparison comparison = {.changes = changes};
	struct weir_api_marks marks;
	struct weir_error err = {};
	uint64_t before = 0;
	int r;

	if (!weir_api_policy_number(call, &before, reply))
		return;
	r = weir_api_query_marks(call->query, WEIR_API_MARK_WITH, &marks, &err);
	if (r == 0 && marks.with == 0)
		r = weir_error_set(&err, -EINVAL, 0, 0, "with= names the other version");
	if (r == 0)
		r = weir_policy_compare(call->store, before, marks.with, add, &comparison, &err);
	if (r < 0)
		weir_api_policy_fail(reply, r, &err);
	else
		answer(&comparison, before, marks.with, reply);
}

void weir_api_compare_source(const struct weir_api_policy_call *call, struct weir_api_reply *reply)
{
	json_t *body _cleanup_(weir_api_json_freep) = NULL, *source = NULL;
	const struct weir_api_member members[] = {{"source", WEIR_API_STRING, true, &source}};
	json_t *changes _cleanup_(weir_api_json_freep) = json_array();
	struct comparison comparison = {.changes = changes};
	struct weir_error err = {};
	uint64_t before = 0;
	int r;

	if (!weir_api_policy_id(call, &before, reply))
		return;
	r = weir_api_read_body(call->body, call->len, members, ARRAY_SIZE(members), &body, &err);
	if (r == 0)
		r = weir_policy_compare_source(call->store, before, json_string_value(source),
					       call->now_ns, add, &comparison, &err);
	if (r < 0)
		weir_api_policy_fail(reply, r, &err);
	else
		answer(&comparison, before, 0, reply);
}
