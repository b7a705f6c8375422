/* SPDX-License-Identifier: Apache-2.0 */
/* Incidents that must be reported: opened, said something of, told of, closed. */

#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "document.h"
#include "view.h"

#define IDS_MAX 100

/* clang-format off */
static const struct weirctl_option opening[] = {
	{"level", '\0', "LEVEL", "general|larger|major|especially_major", {"how grave it is (general)", "级别(缺省 general)"}},
	{"discovered", '\0', "TIME", NULL,
	 {"from when the deadlines run; else when the first alert was raised, or now", "时限起算的发现时间;缺省为首个告警产生时间或现在"}},
	{"alert", '\0', "ID", NULL, {"an alert that it is opened from; may be given several times", "所依据的告警;可多次给出"}},
};
static const struct weirctl_option sending[] = {
	{"time", '\0', "TIME", NULL,
	 {"when it was, as in 2026-11-02T09:30:00+08:00; else now", "发生时间,如 2026-11-02T09:30:00+08:00;缺省为现在"}},
	{"recipient", '\0', "TEXT", NULL, {"whom it went to", "报送或告知的对象"}},
};
static const struct weirctl_option drafting[] = {
	{"page", '\0', NULL, NULL,
	 {"an HTML page for reading and printing instead of lines", "输出可阅读、可打印的 HTML 页面"}},
	{"lang", '\0', "LANGUAGE", "zh|en", {"of the text; else the locale's", "正文语言;缺省取系统语言"}},
	{"to", '\0', "FILE", NULL, {"write it there", "写入文件"}},
};
static const char *const fields[] = {
	"id", "title", "level", "discovered", "opened_by", "closed", "closed_by", "reason", "alerts", "statements", "notices", NULL,
};
static const char *const draft_fields[] = {"name", "generated", "sections", NULL};
/* clang-format on */

static const struct weirctl_view told_view = {};
static const struct weirctl_view show_view = {.member = "incident", .fields = fields};
static const struct weirctl_view draft_view = {.member = "report", .fields = draft_fields};

static int send(struct weirctl_context *context, const char *target, json_t *body)
{
	json_t *owned _cleanup_(weirctl_json_freep) = body;
	json_t *answer _cleanup_(weirctl_json_freep) = NULL;
	int r = weirctl_send(context, "POST", target, owned, &answer);

	return r == WEIRCTL_OK ? weirctl_print(context, &told_view, answer) : r;
}

/* .../incidents/NUMBER and, where there is one, /PART. WEIRCTL_OK or, after a message, WEIRCTL_USAGE. */
static int write_target(const struct weirctl_args *args, const char *part, struct weir_buf *target)
{
	int r = weir_buf_puts(target, "/api/v1/reports/incidents/");

	if (r == 0)
		r = weirctl_add_segment(target, args->words[0]);
	if (r == 0 && part)
		r = weir_buf_printf(target, "/%s", part);
	if (r == 0)
		return WEIRCTL_OK;
	weirctl_say("this is not the number of an incident", "这不是事件编号");
	return WEIRCTL_USAGE;
}

static int send_part(struct weirctl_context *context, const struct weirctl_args *args,
		     const char *part, json_t *body)
{
	struct weir_buf target _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIRCTL_TARGET_MAX);
	int r = write_target(args, part, &target);

	if (r == WEIRCTL_OK)
		return send(context, target.data, body);
	json_decref(body);
	return r;
}

static int run_open(struct weirctl_context *context, const struct weirctl_args *args)
{
	const char *level = weirctl_value(args, "level"), *id;
	json_t *body = json_pack("{s:s, s:s, s:s*}", "title", args->words[0], "level",
				 level ? level : "general", "discovered",
				 weirctl_value(args, "discovered"));
	json_t *ids = json_array();
	size_t at = 0;

	while ((id = weirctl_next_value(args, "alert", &at)) != NULL)
		(void)json_array_append_new(ids, json_string(id));
	if (json_array_size(ids))
		(void)json_object_set(body, "alerts", ids);
	json_decref(ids);
	return send(context, "/api/v1/reports/incidents", body);
}

const struct weirctl_command weirctl_cmd_incident_open = {
	.noun = "incident",
	.verb = "open",
	.arguments = "TITLE",
	.min = 1,
	.max = 1,
	.flags = WEIRCTL_CHANGES,
	.summary = {"record an incident that must be reported; its deadlines run",
		    "登记须上报的事件并开始计时"},
	.about = {"weirctl report run clocks shows the deadlines. Nobody's name or number belongs "
		  "into "
		  "what is written of an incident.",
		  "weirctl report run clocks 显示各项时限。事件文字中不得写入任何人的姓名或号码。"},
	.options = opening,
	.n_options = ARRAY_SIZE(opening),
	.view = &told_view,
	.run = run_open,
};

static int run_show(struct weirctl_context *context, const struct weirctl_args *args)
{
	struct weir_buf target _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIRCTL_TARGET_MAX);
	json_t *answer _cleanup_(weirctl_json_freep) = NULL;
	int r = write_target(args, NULL, &target);

	if (r == WEIRCTL_OK)
		r = weirctl_get(context, target.data, &answer);
	return r == WEIRCTL_OK ? weirctl_print(context, &show_view, answer) : r;
}

const struct weirctl_command weirctl_cmd_incident_show = {
	.noun = "incident",
	.verb = "show",
	.arguments = "NUMBER",
	.min = 1,
	.max = 1,
	.summary = {"show an incident: alerts, what was said, who was told when",
		    "显示事件:告警、说明、何时告知何人"},
	.view = &show_view,
	.run = run_show,
};

static int run_add(struct weirctl_context *context, const struct weirctl_args *args)
{
	json_t *ids = json_array();

	for (size_t i = 1; i < args->n; i++)
		(void)json_array_append_new(ids, json_string(args->words[i]));
	return send_part(context, args, "alerts", json_pack("{s:o}", "alerts", ids));
}

const struct weirctl_command weirctl_cmd_incident_add = {
	.noun = "incident",
	.verb = "add",
	.arguments = "NUMBER ALERT...",
	.min = 2,
	.max = 1 + IDS_MAX,
	.flags = WEIRCTL_CHANGES,
	.summary = {"add alerts to an incident", "把告警加入事件"},
	.view = &told_view,
	.run = run_add,
};

static int run_state(struct weirctl_context *context, const struct weirctl_args *args)
{
	return send_part(context, args, "statements",
			 json_pack("{s:s, s:s}", "item", args->words[1], "text", args->words[2]));
}

const struct weirctl_command weirctl_cmd_incident_state = {
	.noun = "incident",
	.verb = "state",
	.arguments = "NUMBER sender|cause|harm|measures|advice|progress|improvement|contact TEXT",
	.min = 3,
	.max = 3,
	.flags = WEIRCTL_CHANGES,
	.summary = {"say what the notices on an incident shall say", "填写事件通知中的说明"},
	.about = {"The last text on an item stands. Nobody's name or number belongs into it.",
		  "同一项目以最后填写的为准。不得写入任何人的姓名或号码。"},
	.view = &told_view,
	.run = run_state,
};

static int run_sent(struct weirctl_context *context, const struct weirctl_args *args)
{
	return send_part(context, args, "notices",
			 json_pack("{s:s, s:s*, s:s*}", "notice", args->words[1], "time",
				   weirctl_value(args, "time"), "to",
				   weirctl_value(args, "recipient")));
}

const struct weirctl_command weirctl_cmd_incident_sent = {
	.noun = "incident",
	.verb = "sent",
	.arguments = "NUMBER first|cyberspace|written|progress|closing|authority|persons",
	.min = 2,
	.max = 2,
	.flags = WEIRCTL_CHANGES,
	.summary = {"record that a notice on an incident went out", "记录某份事件报告或通知已发出"},
	.options = sending,
	.n_options = ARRAY_SIZE(sending),
	.view = &told_view,
	.run = run_sent,
};

static int run_draft(struct weirctl_context *context, const struct weirctl_args *args)
{
	struct weir_buf target _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIRCTL_TARGET_MAX);
	json_t *answer _cleanup_(weirctl_json_freep) = NULL;
	const bool page = weirctl_value(args, "page") != NULL;
	const bool as_json = context->jq || context->fields || context->format == WEIRCTL_JSON ||
			     context->format == WEIRCTL_JSONL;
	int r = write_target(args, "draft", &target);

	if (r == WEIRCTL_OK &&
	    (weirctl_add_param(&target, "notice", args->words[1]) < 0 ||
	     (!as_json && weirctl_add_form(&target, args, page ? "html" : "text") < 0))) {
		weirctl_say("this is not the name of a notice", "这不是通知名称");
		r = WEIRCTL_USAGE;
	}
	if (r == WEIRCTL_OK && !as_json)
		return weirctl_get_document(context, target.data, page ? "text/html" : "text/plain",
					    weirctl_value(args, "to"));
	if (r == WEIRCTL_OK)
		r = weirctl_get(context, target.data, &answer);
	return r == WEIRCTL_OK ? weirctl_print(context, &draft_view, answer) : r;
}

const struct weirctl_command weirctl_cmd_incident_draft = {
	.noun = "incident",
	.verb = "draft",
	.arguments = "NUMBER first|cyberspace|written|progress|closing|authority|persons",
	.min = 2,
	.max = 2,
	.summary = {"write the draft of a notice from what is known of an incident",
		    "按事件资料起草报告或通知"},
	.about = {"What nobody said yet (weirctl incident state) is marked. A PDF: weirctl "
		  "incident draft 1 first "
		  "-o json | weir-report-pdf --lang en > first.pdf. Whether, whom and in which "
		  "form to tell is "
		  "your decision and your counsel's.",
		  "尚未填写的内容会标出(weirctl incident state)。PDF:weirctl incident draft 1 "
		  "first -o json | "
		  "weir-report-pdf --lang zh > "
		  "first.pdf。是否报告、向谁、以何种形式,由贵方及法律顾问决定。"},
	.options = drafting,
	.n_options = ARRAY_SIZE(drafting),
	.view = &draft_view,
	.run = run_draft,
};

static int run_close(struct weirctl_context *context, const struct weirctl_args *args)
{
	return send_part(context, args, "close", json_pack("{s:s}", "reason", args->words[1]));
}

const struct weirctl_command weirctl_cmd_incident_close = {
	.noun = "incident",
	.verb = "close",
	.arguments = "NUMBER REASON",
	.min = 2,
	.max = 2,
	.flags = WEIRCTL_CHANGES,
	.summary = {"close an incident; it takes nothing more", "将事件结案,此后不再更改"},
	.view = &told_view,
	.run = run_close,
};
