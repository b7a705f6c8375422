/* SPDX-License-Identifier: Apache-2.0 */
/* Endpoints as the console knows them by their certificates, and the tokens by which they come in. */

#include "commands.h"
#include "view.h"
#include "weir/base/parse.h"
#include "weir/base/time.h"

/* clang-format off */
static const struct weirctl_column endpoint_columns[] = {
	{"ENDPOINT", "agent_uid", NULL},
	{"GROUP", "group", NULL},
	{"HOST", "host_name", NULL},
	{"VERSION", "agent_version", NULL},
	{"STATE", "state", NULL},
	{"LAST SEEN", "last_seen_time", NULL},
	{"POLICY", "policy_status", NULL},
	{"REASON", "reason", NULL},
};

static const char *const endpoint_fields[] = {
	"agent_uid", "group", "host_name", "agent_version", "state", "reason", "enrolled_time",
	"last_seen_time", "certificate_expires_time", "healthy", "last_error", "policy_status",
	"policy_error", "policy_sha256", "effective_sha256", NULL,
};

static const struct weirctl_option endpoint_options[] = {
	{"state", '\0', "STATE", "active|quarantined|revoked", {"only those in this state", "仅列出此状态的终端"}},
};

static const struct weirctl_option reason_options[] = {
	{"reason", '\0', "TEXT", NULL, {"why, for the record", "原因,写入记录"}},
};

static const struct weirctl_column enrollment_columns[] = {
	{"ID", "id", NULL},
	{"GROUP", "group", NULL},
	{"USES", "uses", NULL},
	{"MOST", "max_uses", NULL},
	{"EXPIRES", "expires_time", NULL},
	{"REVOKED", "revoked", NULL},
	{"BY", "created_by", NULL},
};

static const char *const enrollment_fields[] = {
	"id", "group", "created_by", "created_time", "expires_time", "max_uses", "uses", "revoked", NULL,
};

static const struct weirctl_option enrollment_options[] = {
	{"group", '\0', "NAME", NULL, {"group of the endpoints that come in by it", "由此令牌接入的终端所属的组"}},
	{"uses", '\0', "N", NULL, {"so many endpoints (1)", "可接入的终端数(缺省 1)"}},
	{"ttl", '\0', "SPAN", NULL, {"how long, as 12h or 3d; 7d at most (1d)", "有效期,如 12h 或 3d;至多 7d(缺省 1d)"}},
};
/* clang-format on */

static const struct weirctl_view endpoint_view = {
	.member = "endpoints",
	.columns = endpoint_columns,
	.n_columns = ARRAY_SIZE(endpoint_columns),
	.fields = endpoint_fields,
};

static const struct weirctl_view enrollment_view = {
	.member = "enrollment_tokens",
	.columns = enrollment_columns,
	.n_columns = ARRAY_SIZE(enrollment_columns),
	.fields = enrollment_fields,
};

static const struct weirctl_view made_view = {.member = "enrollment_token"};
static const struct weirctl_view answer_view = {};

static int run_endpoint_ls(struct weirctl_context *context, const struct weirctl_args *args)
{
	struct weir_buf target _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIRCTL_TARGET_MAX);
	json_t *answer _cleanup_(weirctl_json_freep) = NULL;
	const char *state = weirctl_value(args, "state");
	int r = weir_buf_printf(&target, "/api/v1/endpoints%s%s", state ? "?state=" : "",
				state ? state : "");

	if (r < 0)
		return WEIRCTL_USAGE;
	r = weirctl_get_list(context, target.data, endpoint_view.member, "after", 0, &answer);
	return r == WEIRCTL_OK ? weirctl_print(context, &endpoint_view, answer) : r;
}

const struct weirctl_command weirctl_cmd_endpoint_ls = {
	.noun = "endpoint",
	.verb = "ls",
	.flags = WEIRCTL_WATCH,
	.summary = {"list the endpoints that have enrolled, and what they say of their policy",
		    "列出已接入的终端及其策略状态"},
	.options = endpoint_options,
	.n_options = ARRAY_SIZE(endpoint_options),
	.view = &endpoint_view,
	.run = run_endpoint_ls,
};

static int change_endpoint(struct weirctl_context *context, const char *uid, const char *verb,
			   json_t *body)
{
	struct weir_buf target _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIRCTL_TARGET_MAX);
	json_t *owned _cleanup_(weirctl_json_freep) = body;
	json_t *answer _cleanup_(weirctl_json_freep) = NULL;
	int r;

	if (weir_buf_puts(&target, "/api/v1/endpoints/") < 0 ||
	    weirctl_add_segment(&target, uid) < 0 || weir_buf_printf(&target, "/%s", verb) < 0)
		return WEIRCTL_USAGE;
	r = weirctl_send(context, "POST", target.data, owned, &answer);
	return r == WEIRCTL_OK ? weirctl_print(context, &answer_view, answer) : r;
}

static int run_endpoint_approve(struct weirctl_context *context, const struct weirctl_args *args)
{
	return change_endpoint(context, args->words[0], "approve", json_object());
}

const struct weirctl_command weirctl_cmd_endpoint_approve = {
	.noun = "endpoint",
	.verb = "approve",
	.arguments = "UID",
	.min = 1,
	.max = 1,
	.flags = WEIRCTL_CHANGES,
	.summary = {"let a quarantined endpoint in; what it was held against is revoked",
		    "放行被隔离的终端;与之冲突的证书随之吊销"},
	.view = &answer_view,
	.run = run_endpoint_approve,
};

static int run_endpoint_revoke(struct weirctl_context *context, const struct weirctl_args *args)
{
	const char *reason = weirctl_value(args, "reason");

	if (!reason || !*reason) {
		weirctl_say("--reason is missing", "缺少 --reason");
		return WEIRCTL_USAGE;
	}
	return change_endpoint(context, args->words[0], "revoke",
			       json_pack("{s:s}", "reason", reason));
}

const struct weirctl_command weirctl_cmd_endpoint_revoke = {
	.noun = "endpoint",
	.verb = "revoke",
	.arguments = "UID",
	.min = 1,
	.max = 1,
	.flags = WEIRCTL_CHANGES,
	.summary = {"throw an endpoint out: its certificates count no more, at once",
		    "吊销终端:其证书立即失效"},
	.options = reason_options,
	.n_options = ARRAY_SIZE(reason_options),
	.view = &answer_view,
	.run = run_endpoint_revoke,
};

static int run_enrollment_ls(struct weirctl_context *context, const struct weirctl_args *args)
{
	json_t *answer _cleanup_(weirctl_json_freep) = NULL;
	int r = weirctl_get_list(context, "/api/v1/enrollment-tokens", enrollment_view.member,
				 "before", 0, &answer);

	return r == WEIRCTL_OK ? weirctl_print(context, &enrollment_view, answer) : r;
}

const struct weirctl_command weirctl_cmd_enrollment_ls = {
	.noun = "enrollment",
	.verb = "ls",
	.summary = {"list the tokens by which endpoints come in", "列出终端接入令牌"},
	.view = &enrollment_view,
	.run = run_enrollment_ls,
};

static int run_enrollment_add(struct weirctl_context *context, const struct weirctl_args *args)
{
	const char *ttl = weirctl_value(args, "ttl"), *group = weirctl_value(args, "group");
	json_t *body _cleanup_(weirctl_json_freep) = NULL;
	json_t *answer _cleanup_(weirctl_json_freep) = NULL;
	uint64_t span_ns = 86400 * WEIR_NSEC_PER_SEC;
	unsigned uses = 1;
	int r = weirctl_number(args, "uses", 1, 100000, &uses);

	if (r != WEIRCTL_OK)
		return r;
	if (ttl && weir_parse_duration(ttl, &span_ns) < 0) {
		weirctl_say("--ttl takes a span, as 12h or 3d", "--ttl 需为时长,如 12h 或 3d");
		return WEIRCTL_USAGE;
	}
	body = json_pack("{s:s, s:i, s:I}", "group", group ? group : "", "max_uses", (int)uses,
			 "ttl_s", (json_int_t)(span_ns / WEIR_NSEC_PER_SEC));
	r = weirctl_send(context, "POST", "/api/v1/enrollment-tokens", body, &answer);
	return r == WEIRCTL_OK ? weirctl_print(context, &made_view, answer) : r;
}

const struct weirctl_command weirctl_cmd_enrollment_add = {
	.noun = "enrollment",
	.verb = "add",
	.flags = WEIRCTL_CHANGES,
	.summary = {"make a token by which endpoints come in; it is shown this once",
		    "创建终端接入令牌;仅显示一次"},
	.options = enrollment_options,
	.n_options = ARRAY_SIZE(enrollment_options),
	.view = &made_view,
	.run = run_enrollment_add,
};

static int run_enrollment_revoke(struct weirctl_context *context, const struct weirctl_args *args)
{
	struct weir_buf target _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIRCTL_TARGET_MAX);
	json_t *answer _cleanup_(weirctl_json_freep) = NULL;

	if (weir_buf_puts(&target, "/api/v1/enrollment-tokens/") < 0 ||
	    weirctl_add_segment(&target, args->words[0]) < 0)
		return WEIRCTL_USAGE;
	return weirctl_send(context, "DELETE", target.data, NULL, &answer);
}

const struct weirctl_command weirctl_cmd_enrollment_revoke = {
	.noun = "enrollment",
	.verb = "revoke",
	.arguments = "ID",
	.min = 1,
	.max = 1,
	.flags = WEIRCTL_CHANGES,
	.summary = {"let nobody in by this token any more", "作废接入令牌"},
	.run = run_enrollment_revoke,
};
