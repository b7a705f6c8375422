/* SPDX-License-Identifier: Apache-2.0 */
/* The sharing register. */

#include "commands.h"
#include "policy.h"
#include "weir/base/time.h"

/* clang-format off */
static const struct weirctl_option asking[] = {
	{"recipient", '\0', "GROUP", NULL, {"who receives it: a group of the policy", "接收方:策略中的组"}},
	{"class", '\0', "CLASS", NULL, {"what may be shared; may be given several times", "可共享的数据类;可多次给出"}},
	{"purpose", '\0', "TEXT", NULL, {"what for", "目的"}},
	{"agreement", '\0', "NUMBER", NULL, {"the agreement that binds the recipient", "约束接收方的协议编号"}},
	{"channel", '\0', "CHANNEL", "removable|share|network", {"by which way", "通道"}},
	{"to", '\0', "GROUP", NULL, {"devices or destinations; else the recipient's", "设备或目的地组;缺省同接收方"}},
	{"days", '\0', "N", NULL, {"from now on", "自现在起多少天"}},
};
static const struct weirctl_column columns[] = {
	{"ID", "id", NULL}, {"NAME", "name", NULL}, {"STATE", "state", NULL}, {"RECIPIENT", "recipient", NULL},
	{"CHANNEL", "channel", NULL}, {"AGREEMENT", "agreement", NULL}, {"UNTIL", "until", NULL},
	{"REQUESTER", "requester", NULL}, {"APPROVER", "approver", NULL}, {"TRANSFERS", "transfer_count", NULL},
};
static const char *const fields[] = {
	"id", "name", "state", "recipient", "classes", "purpose", "agreement", "channel", "to", "from", "until",
	"requester", "approver", "created", "decided", "reminded", "ended", "transfer_count", "last_transfer", NULL,
};
/* clang-format on */

static const struct weirctl_view list_view = {
	.member = "entries",
	.columns = columns,
	.n_columns = ARRAY_SIZE(columns),
	.fields = fields,
};
static const struct weirctl_view view = {.member = "entry"};

static int run_ls(struct weirctl_context *context, const struct weirctl_args *args)
{
	json_t *answer _cleanup_(weirctl_json_freep) = NULL;
	int r = weirctl_get_list(context, "/api/v1/register/entries", list_view.member, "before", 0,
				 &answer);

	return r == WEIRCTL_OK ? weirctl_print(context, &list_view, answer) : r;
}

const struct weirctl_command weirctl_cmd_grant_ls = {
	.noun = "grant",
	.verb = "ls",
	.flags = WEIRCTL_WATCH,
	.summary = {"list the sharing register", "列出共享登记"},
	.view = &list_view,
	.run = run_ls,
};

static int run_show(struct weirctl_context *context, const struct weirctl_args *args)
{
	struct weir_buf target _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIRCTL_TARGET_MAX);
	json_t *answer _cleanup_(weirctl_json_freep) = NULL;
	int r = weirctl_policy_target(&target, "register/entries", args->words[0], NULL);

	if (r == WEIRCTL_OK)
		r = weirctl_get(context, target.data, &answer);
	return r == WEIRCTL_OK ? weirctl_print(context, &view, answer) : r;
}

const struct weirctl_command weirctl_cmd_grant_show = {
	.noun = "grant",
	.verb = "show",
	.arguments = "ID",
	.min = 1,
	.max = 1,
	.flags = WEIRCTL_WATCH,
	.summary = {"show an entry of the register with the transfers under it",
		    "查看登记项及其下的传输"},
	.view = &view,
	.run = run_show,
};

static json_t *classes_of(const struct weirctl_args *args)
{
	json_t *classes = json_array();
	const char *class;
	size_t at = 0;

	while ((class = weirctl_next_value(args, "class", &at)))
		json_array_append_new(classes, json_string(class));
	return classes;
}

static int run_request(struct weirctl_context *context, const struct weirctl_args *args)
{
	static const char *const needed[] = {"recipient", "class",   "purpose",
					     "agreement", "channel", "days"};
	json_t *body _cleanup_(weirctl_json_freep) = NULL;
	json_t *answer _cleanup_(weirctl_json_freep) = NULL;
	const char *to = weirctl_value(args, "to");
	const uint64_t now = weir_now_realtime();
	uint64_t until;
	unsigned days = 0;
	int r = weirctl_number(args, "days", 1, 3650, &days);

	for (size_t i = 0; r == WEIRCTL_OK && i < ARRAY_SIZE(needed); i++) {
		if (weirctl_value(args, needed[i]))
			continue;
		weirctl_say("--%s is missing", "缺少 --%s", needed[i]);
		return WEIRCTL_USAGE;
	}
	if (r != WEIRCTL_OK)
		return r;
	until = now + days * UINT64_C(86400) * WEIR_NSEC_PER_SEC;
	body = json_pack("{s:s, s:o, s:s, s:s, s:s, s:s, s:I, s:I}", "recipient",
			 weirctl_value(args, "recipient"), "classes", classes_of(args), "purpose",
			 weirctl_value(args, "purpose"), "agreement",
			 weirctl_value(args, "agreement"), "channel",
			 weirctl_value(args, "channel"), "to",
			 to ? to : weirctl_value(args, "recipient"), "from_ns", (json_int_t)now,
			 "until_ns", (json_int_t)until);
	r = weirctl_send(context, "POST", "/api/v1/register/entries", body, &answer);
	return r == WEIRCTL_OK ? weirctl_print(context, &view, answer) : r;
}

const struct weirctl_command weirctl_cmd_grant_request = {
	.noun = "grant",
	.verb = "request",
	.flags = WEIRCTL_CHANGES,
	.summary = {"ask for an entry of the register; another person decides",
		    "申请共享登记,由他人批准"},
	.options = asking,
	.n_options = ARRAY_SIZE(asking),
	.view = &view,
	.run = run_request,
};

static int run_change(struct weirctl_context *context, const struct weirctl_args *args)
{
	return weirctl_policy_send(context, &view, "register/entries", args->words[0],
				   args->command->verb, NULL);
}

#define CHANGE(word, en, zh)                                      \
	const struct weirctl_command weirctl_cmd_grant_##word = { \
		.noun = "grant",                                  \
		.verb = #word,                                    \
		.arguments = "ID",                                \
		.min = 1,                                         \
		.max = 1,                                         \
		.flags = WEIRCTL_CHANGES,                         \
		.summary = {en, zh},                              \
		.view = &view,                                    \
		.run = run_change,                                \
	}

CHANGE(approve, "approve a request, never one's own; the next version of the policy has it",
       "批准申请(不能批准自己的);下一版策略生效");
CHANGE(refuse, "refuse a request, never one's own", "拒绝申请(不能处理自己的)");
CHANGE(end, "end an entry before its time; the next version of the policy is without it",
       "提前终止;下一版策略不再包含");
