/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_API_POLICY_H
#define WEIR_CONSOLE_API_POLICY_H

/* Versions of the policy, the keys that sign them, and the sharing register. Bytes (payload, envelope) are hexadecimal.
 *
 *   GET  /api/v1/policy/versions		{"versions":[...],"next_before":ID or null}
 *   POST /api/v1/policy/versions		{"source", "cases"?, "group"?, "note"?, "min_agent"?, "days"?}: 201 {"version":{...}}
 *   GET  /api/v1/policy/versions/ID		{"version":{... and source, text, cases, payload, envelope, progress}}
 *   POST /api/v1/policy/versions/ID/again	its content under the next revision: 201
 *   POST /api/v1/policy/versions/ID/sign	{"envelope"}
 *   POST /api/v1/policy/versions/ID/publish	{"ring"?: 1|10|50|100, "soak_s"?}
 *   POST /api/v1/policy/versions/ID/withdraw, /promote, /halt {"reason"}
 *   GET  /api/v1/policy/versions/ID/diff?with=ID	from the first to the second: {"diff":{"before","after","stricter","looser",
 *					"unknown","none": changes of that effect, "changes":[{"section","id","change","effect",
 *					"field","before","after","across"}]}}, as weir/policy/diff.h says; what is not there is null
 *   POST /api/v1/policy/versions/ID/diff	{"source"}: to what this text would become now; "after" is null
 *   POST /api/v1/policy/versions/ID/simulate	{"days"?: 7, "before"?}: {"simulation":{"version","days","from","reached","events","outside",
 *					"left_out","partial","bound","next_before","rules":[{"channel","rule","grant","would","happened":
 *					{"blocked","warned","audited","allowed"}}],"unknown":[{"channel","reason","events"}],
 *					"changes":[{"change","events","persons","endpoints","more","destinations":[{"class","events"}]}]}}
 *					as weir/console_policy/simulate.h says; of endpoints that the caller sees; who may read events gets in changes besides
 *					"by_person", "by_endpoint" (the first 20) and "sample" (ids). A part: go on with "before"
 *   GET  /api/v1/policy/keys			{"keys":[...]}
 *   POST /api/v1/policy/keys			{"pem"}: one's own, 201
 *   POST /api/v1/policy/keys/ID/approve, /revoke
 *   GET  /api/v1/register/entries		{"entries":[...],"next_before":ID or null}
 *   POST /api/v1/register/entries		{"recipient","classes":[],"purpose","agreement","channel","to","from_ns","until_ns"}
 *   GET  /api/v1/register/entries/ID		{"entry":{..., "transfers":[...]}}
 *   POST /api/v1/register/entries/ID/approve, /refuse, /end
 *
 * Who asks for what others must approve gets 403 "two_people"; what the state forbids is 409. */

#include "weir/console_api/api.h"
#include "weir/console_policy/policy.h"

/* All borrowed. */
struct weir_api_policy_call {
	struct weir_store *store;
	const struct weir_policy_rules *rules;
	const struct weir_principal *by;
	const char *query;
	const char *id; /* of the path; "" where it has none */
	const void *body;
	size_t len;
	uint64_t now_ns;
};

typedef void (*weir_api_policy_fn)(const struct weir_api_policy_call *call,
				   struct weir_api_reply *reply);

void weir_api_list_versions(const struct weir_api_policy_call *call, struct weir_api_reply *reply);
void weir_api_add_version(const struct weir_api_policy_call *call, struct weir_api_reply *reply);
void weir_api_get_version(const struct weir_api_policy_call *call, struct weir_api_reply *reply);
void weir_api_again_version(const struct weir_api_policy_call *call, struct weir_api_reply *reply);
void weir_api_sign_version(const struct weir_api_policy_call *call, struct weir_api_reply *reply);
void weir_api_publish_version(const struct weir_api_policy_call *call,
			      struct weir_api_reply *reply);
void weir_api_withdraw_version(const struct weir_api_policy_call *call,
			       struct weir_api_reply *reply);
void weir_api_promote_version(const struct weir_api_policy_call *call,
			      struct weir_api_reply *reply);
void weir_api_halt_version(const struct weir_api_policy_call *call, struct weir_api_reply *reply);

void weir_api_compare_versions(const struct weir_api_policy_call *call,
			       struct weir_api_reply *reply);
void weir_api_compare_source(const struct weir_api_policy_call *call, struct weir_api_reply *reply);

void weir_api_simulate_version(const struct weir_api_policy_call *call,
			       struct weir_api_reply *reply);

void weir_api_list_keys(const struct weir_api_policy_call *call, struct weir_api_reply *reply);
void weir_api_add_key(const struct weir_api_policy_call *call, struct weir_api_reply *reply);
void weir_api_approve_key(const struct weir_api_policy_call *call, struct weir_api_reply *reply);
void weir_api_revoke_key(const struct weir_api_policy_call *call, struct weir_api_reply *reply);

void weir_api_list_entries(const struct weir_api_policy_call *call, struct weir_api_reply *reply);
void weir_api_add_entry(const struct weir_api_policy_call *call, struct weir_api_reply *reply);
void weir_api_get_entry(const struct weir_api_policy_call *call, struct weir_api_reply *reply);
void weir_api_approve_entry(const struct weir_api_policy_call *call, struct weir_api_reply *reply);
void weir_api_refuse_entry(const struct weir_api_policy_call *call, struct weir_api_reply *reply);
void weir_api_end_entry(const struct weir_api_policy_call *call, struct weir_api_reply *reply);

#endif
