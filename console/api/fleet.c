/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/console_api/fleet.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "query.h"
#include "scope.h"
#include "weir/base/parse.h"
#include "weir/base/time.h"
#include "weir/console_audit/audit.h"

static void fail_errno(struct weir_api_reply *reply, int error)
{
	switch (error) {
	case -ENOENT:
		return weir_api_fail(reply, 404, "not_found", "there is no such thing in the fleet",
				     "list what there is");
	case -EPERM:
		return weir_api_fail(reply, 403, "groups", "you do not manage this group",
				     "name one of yours");
	case -EALREADY:
		return weir_api_fail(reply, 409, "conflict", "it is in this state already",
				     "look at it again");
	case -EINVAL:
		return weir_api_fail(reply, 400, "invalid",
				     "a value is missing or out of its bounds",
				     "see the API's description");
	default:
		weir_api_fail_store(reply, error);
	}
}

static json_t *hash_or_null(const void *hash)
{
	char text[2 * WEIR_FLEET_HASH_LEN + 1];

	if (!hash)
		return json_null();
	weir_hex(hash, WEIR_FLEET_HASH_LEN, text);
	return json_string(text);
}

static const char *state_name(enum weir_fleet_state state)
{
	return state == WEIR_FLEET_ACTIVE	 ? "active"
	       : state == WEIR_FLEET_QUARANTINED ? "quarantined"
						 : "revoked";
}

static const char *status_name(unsigned status)
{
	static const char *const names[] = {"unset", "applied", "applying", "failed"};

	return status < ARRAY_SIZE(names) ? names[status] : "unknown";
}

/* A page under way: rows beyond the limit only say that there are more. */
struct page {
	json_t *rows;
	uint32_t limit;
	bool more;
	char last[WEIR_UID_TEXT];
};

static bool is_full(struct page *page)
{
	page->more = json_array_size(page->rows) >= page->limit;
	return page->more;
}

static int add_endpoint(void *context, const struct weir_fleet_agent *agent)
{
	struct page *page = context;
	json_t *row;

	if (is_full(page))
		return 1;
	weir_uid_format(agent->uid, page->last);
	row = json_pack(
		"{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:b, s:s, s:s, s:s, s:o, s:o}",
		"agent_uid", page->last, "group", agent->group, "host_name", agent->host,
		"agent_version", agent->version, "state", state_name(agent->state), "reason",
		agent->reason, "enrolled_time", weir_api_time(agent->enrolled_ns), "last_seen_time",
		weir_api_time(agent->last_seen_ns), "certificate_expires_time",
		weir_api_time(agent->expires_ns), "healthy", agent->healthy, "last_error",
		agent->last_error, "policy_status", status_name(agent->policy_status),
		"policy_error", agent->policy_error, "policy_sha256",
		hash_or_null(agent->policy_hash), "effective_sha256",
		hash_or_null(agent->effective_hash));
	return json_array_append_new(page->rows, row) < 0 ? -ENOMEM : 0;
}

static void end_page(struct weir_api_reply *reply, struct page *page, int r, const char *name,
		     const char *next)
{
	json_t *object = NULL;

	if (r < 0) {
		json_decref(page->rows);
		return fail_errno(reply, r);
	}
	object = json_pack("{s:o, s:o}", name, page->rows, next,
			   page->more ? json_string(page->last) : json_null());
	weir_api_answer(reply, 200, object);
}

void weir_api_list_endpoints(const struct weir_api_fleet *call, const char *query,
			     struct weir_api_reply *reply)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	struct weir_api_endpoints_query parsed;
	struct weir_store_scope scope;
	struct page page = {};
	struct weir_error err = {};
	int r = weir_api_query_endpoints(query, &parsed, &err);

	if (r < 0)
		return weir_api_fail_input(reply, &err);
	page = (struct page){.rows = json_array(), .limit = parsed.limit};
	r = weir_db_read(call->store, &tx);
	if (r == 0)
		r = weir_fleet_agent_list(tx, weir_api_endpoint_scope(call->by, &scope),
					  parsed.has_after ? parsed.after : NULL, parsed.state,
					  parsed.limit + 1, add_endpoint, &page);
	end_page(reply, &page, r, "endpoints", "next_after");
}

static int add_token(void *context, const struct weir_fleet_token *token)
{
	struct page *page = context;
	json_t *row;

	if (is_full(page))
		return 1;
	(void)snprintf(page->last, sizeof(page->last), "%" PRId64, token->id);
	row = json_pack("{s:s, s:s, s:s, s:o, s:o, s:i, s:i, s:b}", "id", page->last, "group",
			token->group, "created_by", token->created_by, "created_time",
			weir_api_time(token->created_ns), "expires_time",
			weir_api_time(token->expires_ns), "max_uses", (int)token->max_uses, "uses",
			(int)token->uses, "revoked", token->revoked);
	return json_array_append_new(page->rows, row) < 0 ? -ENOMEM : 0;
}

void weir_api_list_enrollment_tokens(const struct weir_api_fleet *call, const char *query,
				     struct weir_api_reply *reply)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	struct weir_api_marks parsed;
	struct weir_store_scope scope;
	struct page page = {};
	struct weir_error err = {};
	int r = weir_api_query_marks(query, WEIR_API_MARK_LIMIT | WEIR_API_MARK_BEFORE, &parsed,
				     &err);

	if (r < 0)
		return weir_api_fail_input(reply, &err);
	page = (struct page){.rows = json_array(), .limit = parsed.limit};
	r = weir_db_read(call->store, &tx);
	if (r == 0)
		r = weir_fleet_token_list(tx, weir_api_endpoint_scope(call->by, &scope),
					  (int64_t)parsed.before, parsed.limit + 1, add_token,
					  &page);
	end_page(reply, &page, r, "enrollment_tokens", "next_before");
}

/* One change and its entry in the audit log, together or not at all. */
struct change {
	const struct weir_api_fleet *call;
	struct weir_db_tx *tx;
};

static int begin(struct change *change, const struct weir_api_fleet *call)
{
	*change = (struct change){.call = call};
	return weir_db_write(call->store, &change->tx);
}

static int finish(struct change *change, int r, const char *action, const char *object,
		  json_t *detail)
{
	char *text = detail ? json_dumps(detail, JSON_COMPACT) : NULL;

	if (r == 0)
		r = weir_audit_write(change->tx, change->call->by, action, object,
				     text ? text : "");
	if (r == 0)
		r = weir_db_commit(change->tx);
	weir_db_end(change->tx);
	free(text);
	json_decref(detail);
	return r;
}

/* What is of a group that is not theirs is not there. */
static int check_endpoint(const struct change *change, const uint8_t *uid)
{
	char group[WEIR_FLEET_GROUP_MAX + 1];
	int r = weir_fleet_agent_group(change->tx, uid, group);

	return r == 0 && !weir_api_manages(change->call->by, group) ? -ENOENT : r;
}

static int check_token(const struct change *change, int64_t id)
{
	char group[WEIR_FLEET_GROUP_MAX + 1];
	int r = weir_fleet_token_group(change->tx, id, group);

	return r == 0 && !weir_api_manages(change->call->by, group) ? -ENOENT : r;
}

static void change_endpoint(const struct weir_api_fleet *call, const char *uid_text,
			    const char *reason, struct weir_api_reply *reply)
{
	uint8_t uid[WEIR_UID_LEN];
	char text[WEIR_UID_TEXT], object[64];
	struct change change;
	int r = weir_uid_parse(uid_text, uid) < 0 ? -ENOENT : begin(&change, call);

	if (r < 0)
		return fail_errno(reply, r);
	weir_uid_format(uid, text);
	(void)snprintf(object, sizeof(object), "endpoint %s", text);
	r = check_endpoint(&change, uid);
	if (r == 0)
		r = reason ? weir_fleet_revoke(call->fleet, change.tx, uid, reason)
			   : weir_fleet_approve(call->fleet, change.tx, uid);
	r = finish(&change, r, reason ? "endpoint.revoke" : "endpoint.approve", object,
		   reason ? json_pack("{s:s}", "reason", reason) : NULL);
	/* The database decides; the list is nginx's second line, and is renewed hourly anyway. */
	if (r == 0)
		(void)!weir_fleet_write_revoked(call->fleet);
	if (r < 0)
		fail_errno(reply, r);
	else
		weir_api_answer(reply, 200, json_pack("{s:s}", "endpoint", text));
}

void weir_api_approve_endpoint(const struct weir_api_fleet *call, const char *uid,
			       struct weir_api_reply *reply)
{
	change_endpoint(call, uid, NULL, reply);
}

void weir_api_revoke_endpoint(const struct weir_api_fleet *call, const char *uid, const void *body,
			      size_t len, struct weir_api_reply *reply)
{
	json_t *object _cleanup_(weir_api_json_freep) =
		json_loadb(body, len, JSON_REJECT_DUPLICATES, NULL);
	const char *reason = NULL;

	if (json_unpack(object, "{s:s!}", "reason", &reason) < 0 || !*reason ||
	    strlen(reason) > WEIR_FLEET_REASON_MAX)
		return fail_errno(reply, -EINVAL);
	change_endpoint(call, uid, reason, reply);
}

/* The fields of a new token. -EINVAL. */
static int read_token(const void *body, size_t len, json_t **ret_object,
		      struct weir_fleet_token *ret)
{
	json_int_t uses = 0, ttl_s = 0;
	const char *group = "";

	*ret_object = json_loadb(body, len, JSON_REJECT_DUPLICATES, NULL);
	if (json_unpack(*ret_object, "{s?s, s:I, s:I!}", "group", &group, "max_uses", &uses,
			"ttl_s", &ttl_s) < 0 ||
	    uses < 1 || uses > WEIR_FLEET_TOKEN_USES || ttl_s < 1 || ttl_s > 7 * 86400)
		return -EINVAL;
	ret->group = group;
	ret->max_uses = (uint32_t)uses;
	ret->created_ns = weir_now_realtime();
	ret->expires_ns = ret->created_ns + (uint64_t)ttl_s * WEIR_NSEC_PER_SEC;
	return 0;
}

void weir_api_make_enrollment_token(const struct weir_api_fleet *call, const void *body, size_t len,
				    struct weir_api_reply *reply)
{
	json_t *object _cleanup_(weir_api_json_freep) = NULL;
	struct weir_fleet_token token = {.created_by = call->by->name};
	char text[WEIR_FLEET_TOKEN_TEXT], name[64], id_text[24];
	struct change change;
	int64_t id = 0;
	int r = read_token(body, len, &object, &token);

	if (r == 0 && !weir_api_manages(call->by, token.group))
		r = -EPERM;
	if (r == 0)
		r = begin(&change, call);
	if (r < 0)
		return fail_errno(reply, r);
	r = weir_fleet_token_make(call->fleet, change.tx, &token, text, &id);
	(void)snprintf(id_text, sizeof(id_text), "%" PRId64, id);
	(void)snprintf(name, sizeof(name), "enrollment token %s", id_text);
	r = finish(&change, r, "enrollment_token.create", name,
		   json_pack("{s:s, s:i}", "group", token.group, "max_uses", (int)token.max_uses));
	if (r < 0)
		fail_errno(reply, r);
	else
		weir_api_answer(reply, 201,
				json_pack("{s:{s:s, s:s, s:s, s:i, s:o}}", "enrollment_token", "id",
					  id_text, "token", text, "group", token.group, "max_uses",
					  (int)token.max_uses, "expires_time",
					  weir_api_time(token.expires_ns)));
	explicit_bzero(text, sizeof(text));
}

void weir_api_revoke_enrollment_token(const struct weir_api_fleet *call, const char *id,
				      struct weir_api_reply *reply)
{
	struct change change;
	char name[64];
	uint64_t number;
	int r = weir_parse_u64(id, &number) < 0 || number > INT64_MAX ? -ENOENT
								      : begin(&change, call);

	if (r < 0)
		return fail_errno(reply, r);
	(void)snprintf(name, sizeof(name), "enrollment token %" PRIu64, number);
	r = check_token(&change, (int64_t)number);
	if (r == 0)
		r = weir_fleet_token_revoke(change.tx, (int64_t)number);
	r = finish(&change, r, "enrollment_token.revoke", name, NULL);
	if (r < 0)
		fail_errno(reply, r);
	else
		weir_api_answer(reply, 200, json_pack("{s:s}", "enrollment_token", id));
}
