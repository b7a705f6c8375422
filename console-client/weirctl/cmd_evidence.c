/* SPDX-License-Identifier: Apache-2.0 */
/* Asking for sealed evidence, and deciding. What was approved is opened by cmd_evidence_get.c. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "policy.h"
#include "weir/evidence/reviewer.h"

/* clang-format off */
static const struct weirctl_option naming[] = {
	{"name", '\0', "NAME", NULL, {"whose key it is, for people; else the login name", "密钥所属人姓名;缺省为登录名"}},
};
static const struct weirctl_option asking[] = {
	{"reason", '\0', "TEXT", NULL, {"why the content has to be seen", "查看原文的理由"}},
	{"minutes", '\0', "N", NULL, {"from the approval on, at most 480 (30)", "自批准起的分钟数,至多 480(缺省 30)"}},
};
static const struct weirctl_column columns[] = {
	{"ID", "id", NULL}, {"STATE", "state", NULL}, {"EVENT", "event", NULL}, {"ALERT", "alert", NULL},
	{"REQUESTER", "requester", NULL}, {"DECIDER", "decider", NULL}, {"CREATED", "created", NULL},
	{"UNTIL", "until", NULL}, {"READS", "reads", NULL}, {"REASON", "reason", NULL},
};
static const char *const fields[] = {
	"id", "state", "event", "alert", "agent_uid", "sha256", "size", "reason", "minutes", "requester",
	"requester_id", "decider", "created", "decided", "until", "reads", "read", NULL,
};
/* clang-format on */

static const struct weirctl_view list_view = {
	.member = "requests",
	.columns = columns,
	.n_columns = ARRAY_SIZE(columns),
	.fields = fields,
};
static const struct weirctl_view view = {.member = "request", .fields = fields};

/* Prints the certificate, which the policy's authors put among the recipients. */
static int run_key(struct weirctl_context *context, const struct weirctl_args *args)
{
	struct weir_reviewer *reviewer _cleanup_(weir_reviewer_freep) = NULL;
	struct weir_buf pem _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_REVIEWER_PEM_MAX);
	const char *verb = args->words[0], *path = args->words[1];
	const char *name = weirctl_value(args, "name");
	int r;

	if (!name)
		name = getenv("LOGNAME");
	if (strcmp(verb, "make") == 0) {
		r = weir_reviewer_make(path, name && *name ? name : "reviewer", &reviewer);
	} else if (strcmp(verb, "show") == 0) {
		r = weir_reviewer_load(path, &reviewer);
	} else {
		weirctl_say("evidence key takes make or show", "evidence key 需为 make 或 show");
		return WEIRCTL_USAGE;
	}
	if (r == 0)
		r = weir_reviewer_certificate(reviewer, &pem);
	if (r < 0)
		return weirctl_key_failed(path, r);
	fputs(pem.data, context->out);
	return WEIRCTL_OK;
}

const struct weirctl_command weirctl_cmd_evidence_key = {
	.noun = "evidence",
	.verb = "key",
	.arguments = "make|show FILE",
	.min = 2,
	.max = 2,
	.summary = {"make a reviewer's private key, or show it; prints the certificate that "
		    "endpoints seal to",
		    "生成或查看审查人私钥;输出终端加密所用的证书"},
	.about = {"The key stays in FILE, its owner's alone, and is needed to open evidence. "
		  "Whoever loses it "
		  "can't open what was sealed to it alone: name at least two reviewers.",
		  "私钥仅保存在 FILE 中,打开证据时需要。私钥丢失则只对其加密的证据无法打开:"
		  "应至少指定两名审查人。"},
	.options = naming,
	.n_options = ARRAY_SIZE(naming),
	.run = run_key,
};

static int run_request(struct weirctl_context *context, const struct weirctl_args *args)
{
	json_t *answer _cleanup_(weirctl_json_freep) = NULL;
	json_t *body _cleanup_(weirctl_json_freep) = NULL;
	const char *reason = weirctl_value(args, "reason"), *id = args->words[0];
	unsigned minutes = 30;
	int r = weirctl_number(args, "minutes", 1, 480, &minutes);

	if (r != WEIRCTL_OK)
		return r;
	if (!reason) {
		weirctl_say("--reason is missing", "缺少 --reason");
		return WEIRCTL_USAGE;
	}
	body = json_pack("{s:s,s:s,s:I}", *id == 'A' || *id == 'a' ? "alert" : "event", id,
			 "reason", reason, "minutes", (json_int_t)minutes);
	r = weirctl_send(context, "POST", "/api/v1/evidence/requests", body, &answer);
	return r == WEIRCTL_OK ? weirctl_print(context, &view, answer) : r;
}

const struct weirctl_command weirctl_cmd_evidence_request = {
	.noun = "evidence",
	.verb = "request",
	.arguments = "ALERT|EVENT",
	.min = 1,
	.max = 1,
	.flags = WEIRCTL_CHANGES,
	.summary = {"ask to see the content behind an event, or behind an alert's newest; another "
		    "person "
		    "decides",
		    "申请查看事件(或告警最新事件)的原文,由他人批准"},
	.options = asking,
	.n_options = ARRAY_SIZE(asking),
	.view = &view,
	.run = run_request,
};

static int run_ls(struct weirctl_context *context, const struct weirctl_args *args)
{
	json_t *answer _cleanup_(weirctl_json_freep) = NULL;
	int r = weirctl_get_list(context, "/api/v1/evidence/requests", list_view.member, "before",
				 0, &answer);

	return r == WEIRCTL_OK ? weirctl_print(context, &list_view, answer) : r;
}

const struct weirctl_command weirctl_cmd_evidence_ls = {
	.noun = "evidence",
	.verb = "ls",
	.flags = WEIRCTL_WATCH,
	.summary = {"list the requests for evidence", "列出证据申请"},
	.view = &list_view,
	.run = run_ls,
};

static int run_show(struct weirctl_context *context, const struct weirctl_args *args)
{
	struct weir_buf target _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIRCTL_TARGET_MAX);
	json_t *answer _cleanup_(weirctl_json_freep) = NULL;
	int r = weirctl_policy_target(&target, "evidence/requests", args->words[0], NULL);

	if (r == WEIRCTL_OK)
		r = weirctl_get(context, target.data, &answer);
	return r == WEIRCTL_OK ? weirctl_print(context, &view, answer) : r;
}

const struct weirctl_command weirctl_cmd_evidence_show = {
	.noun = "evidence",
	.verb = "show",
	.arguments = "ID",
	.min = 1,
	.max = 1,
	.flags = WEIRCTL_WATCH,
	.summary = {"show a request, and how often its content was read", "查看申请及其读取次数"},
	.view = &view,
	.run = run_show,
};

static int run_decide(struct weirctl_context *context, const struct weirctl_args *args)
{
	return weirctl_policy_send(context, &view, "evidence/requests", args->words[0],
				   args->command->verb, NULL);
}

const struct weirctl_command weirctl_cmd_evidence_approve = {
	.noun = "evidence",
	.verb = "approve",
	.arguments = "ID",
	.min = 1,
	.max = 1,
	.flags = WEIRCTL_CHANGES,
	.summary = {"let the requester see it for the minutes asked for; never one's own request",
		    "批准申请人在所申请的时间内查看;不能批准自己的申请"},
	.view = &view,
	.run = run_decide,
};

const struct weirctl_command weirctl_cmd_evidence_deny = {
	.noun = "evidence",
	.verb = "deny",
	.arguments = "ID",
	.min = 1,
	.max = 1,
	.flags = WEIRCTL_CHANGES,
	.summary = {"refuse a request; never one's own", "拒绝申请;不能处理自己的申请"},
	.view = &view,
	.run = run_decide,
};
