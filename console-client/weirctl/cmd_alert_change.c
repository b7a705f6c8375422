/* SPDX-License-Identifier: Apache-2.0 */
/* What people do with alerts: each verb is a POST to /api/v1/alerts/VERB about the IDs or about what
 * a query finds. A query is always tried first, and what is then done is about those alerts that the
 * preview counted, and about no others. */

#include <stdio.h>

#include "commands.h"
#include "event.h"
#include "view.h"

static const struct weirctl_view view = {.member = NULL};

static void put_text(json_t *body, const char *name, const char *text)
{
	if (text)
		(void)json_object_set_new(body, name, json_string(text));
}

static json_t *make_ids(const struct weirctl_args *args)
{
	json_t *ids = json_array();

	for (size_t i = 0; i < args->n; i++)
		(void)json_array_append_new(ids, json_string(args->words[i]));
	return ids;
}

/* NULL after a message. */
static json_t *make_body(const struct weirctl_args *args)
{
	static const char *const texts[] = {"query", "verdict", "assignee", "until", "text"};
	const bool query = weirctl_value(args, "query") != NULL;
	json_t *body;

	if (query == (args->n > 0)) {
		weirctl_say("name the alerts by ID or by --query", "请用编号或 --query 指明告警");
		return NULL;
	}
	body = json_object();
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		put_text(body, texts[i], weirctl_value(args, texts[i]));
	if (!query)
		(void)json_object_set_new(body, "alerts", make_ids(args));
	return body;
}

static int send(struct weirctl_context *context, const struct weirctl_args *args,
		const json_t *body, json_t **ret)
{
	char target[64];

	(void)snprintf(target, sizeof(target), "/api/v1/alerts/%s", args->command->verb);
	return weirctl_send(context, "POST", target, body, ret);
}

/* What the query finds now: shown, asked about, and bound to the body. */
static int preview(struct weirctl_context *context, const struct weirctl_args *args, json_t *body,
		   json_t **ret)
{
	const bool dry_run = context->dry_run;
	json_t *found _cleanup_(weirctl_json_freep) = NULL;
	int r;

	(void)json_object_set_new(body, "dry_run", json_true());
	context->dry_run = false;
	r = send(context, args, body, &found);
	context->dry_run = dry_run;
	if (r != WEIRCTL_OK)
		return r;
	(void)json_object_del(body, "dry_run");
	if (dry_run || json_integer_value(json_object_get(found, "count")) == 0) {
		*ret = TAKE_PTR(found);
		return WEIRCTL_OK;
	}
	(void)json_object_set(body, "through", json_object_get(found, "through"));
	(void)json_object_set(body, "expect", json_object_get(found, "count"));
	return WEIRCTL_OK;
}

static int confirm(const struct weirctl_context *context, const json_t *body)
{
	const json_int_t n = json_integer_value(json_object_get(body, "expect"));
	char english[64], chinese[64];

	(void)snprintf(english, sizeof(english), "change %lld alerts", (long long)n);
	(void)snprintf(chinese, sizeof(chinese), "将更改 %lld 条告警", (long long)n);
	return weirctl_confirm(context, (struct weirctl_words){english, chinese}) ? WEIRCTL_OK
										  : WEIRCTL_ERROR;
}

static int run(struct weirctl_context *context, const struct weirctl_args *args)
{
	json_t *body _cleanup_(weirctl_json_freep) = make_body(args);
	json_t *answer _cleanup_(weirctl_json_freep) = NULL;
	int r = body ? WEIRCTL_OK : WEIRCTL_USAGE;

	if (r == WEIRCTL_OK && weirctl_value(args, "query")) {
		r = preview(context, args, body, &answer);
		if (r == WEIRCTL_OK && !answer)
			r = confirm(context, body);
	}
	if (r == WEIRCTL_OK && !answer)
		r = send(context, args, body, &answer);
	return r == WEIRCTL_OK ? weirctl_print(context, &view, answer) : r;
}

/* clang-format off */
#define QUERY {"query", 'q', "TERMS", NULL, {"those that these terms find, as of alert ls -q", "条件所及的告警,同 alert ls -q"}}
#define TEXT(english, chinese) {"text", 'm', "TEXT", NULL, {english, chinese}}

static const struct weirctl_option assign_options[] = {
	{"assignee", 'a', "NAME", NULL, {"who works on it; '' for nobody", "处理人;'' 为无"}},
	QUERY,
};
static const struct weirctl_option comment_options[] = {
	TEXT("what is to be remembered", "备注内容"),
	QUERY,
};
static const struct weirctl_option close_options[] = {
	{"verdict", '\0', "VERDICT", "true_positive|benign_authorised|false_positive|test|duplicate",
	 {"what it was; needed", "结论;必填"}},
	TEXT("why", "理由"),
	QUERY,
};
static const struct weirctl_option reopen_options[] = {
	TEXT("why", "理由"),
	QUERY,
};
static const struct weirctl_option suppress_options[] = {
	{"until", '\0', "WHEN", NULL, {"7d, or a time; at most 90 days ahead; needed", "7d 或时刻;最长 90 天;必填"}},
	TEXT("why; needed", "理由;必填"),
	QUERY,
};
/* clang-format on */

#define COMMAND(name, english, chinese)                           \
	const struct weirctl_command weirctl_cmd_alert_##name = { \
		.noun = "alert",                                  \
		.verb = #name,                                    \
		.arguments = "[ID[@VERSION]...]",                 \
		.max = 100,                                       \
		.flags = WEIRCTL_CHANGES,                         \
		.summary = {english, chinese},                    \
		.options = name##_options,                        \
		.n_options = ARRAY_SIZE(name##_options),          \
		.view = &view,                                    \
		.run = run,                                       \
	}

COMMAND(assign, "say who works on alerts", "指派告警");
COMMAND(comment, "add a remark to alerts", "给告警加备注");
COMMAND(close, "resolve alerts with a verdict", "以结论关闭告警");
COMMAND(reopen, "open resolved alerts again", "重新打开已关闭的告警");
COMMAND(suppress, "be quiet about alerts like these until a time", "在某时刻之前不再提示此类告警");
