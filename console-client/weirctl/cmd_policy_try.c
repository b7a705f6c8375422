/* SPDX-License-Identifier: Apache-2.0 */
/* What a version would change, before anybody signs it. */

#include <string.h>

#include "commands.h"
#include "event.h"
#include "policy.h"
#include "view.h"
#include "weir/base/parse.h"

#define SOURCE_MAX (1024 * 1024)

/* In a table people read words of their language; elsewhere they are the API's. */
static const struct {
	const char *word;
	struct weirctl_words shown;
} words[] = {
	{"policy", {"policy", "策略"}},
	{"detector", {"detector", "检测器"}},
	{"class", {"class", "类别"}},
	{"group", {"group", "分组"}},
	{"device", {"device", "设备规则"}},
	{"rule", {"rule", "规则"}},
	{"grant", {"grant", "共享登记"}},
	{"added", {"added", "新增"}},
	{"removed", {"removed", "删除"}},
	{"changed", {"changed", "修改"}},
	{"moved", {"moved", "移动"}},
	{"stricter", {"stricter", "更严"}},
	{"looser", {"looser", "更松"}},
	{"none", {"no effect", "不影响判定"}},
	{"unknown", {"can't be said", "无法断定"}},
	{"newly_blocked", {"newly blocked", "新增阻断"}},
	{"newly_warned", {"newly warned", "新增警告"}},
	{"no_longer_blocked", {"no longer blocked", "不再阻断"}},
	{"no_longer_warned", {"no longer warned", "不再警告"}},
	{"cut_short", {"stopped before all was seen", "中途被拦,内容未看全"}},
	{"confidence", {"how sure single values were", "各个值的置信度"}},
	{"customers", {"customers in it", "其中的客户数"}},
	{"label", {"what passed and what a label said", "经过的值与标签的值"}},
	{"detector", {"a detector that was not there then", "当时没有的检测器"}},
	{"not_carried_out", {"was wanted stopped, and could not be", "当时应拦而未能拦"}},
	{"several", {"several of these together", "以上多项共同所致"}},
	{"malformed", {"the record itself", "记录本身有误"}},
};

static int add_word(const json_t *row, const char *member, struct weir_buf *buf)
{
	const char *text = weirctl_text(row, member);

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcmp(words[i].word, text) == 0)
			return weir_buf_puts(buf, weirctl_pick(words[i].shown));
	return weir_buf_puts(buf, text);
}

static int section_cell(const json_t *row, struct weir_buf *buf)
{
	return add_word(row, "section", buf);
}

static int change_cell(const json_t *row, struct weir_buf *buf)
{
	return add_word(row, "change", buf);
}

static int effect_cell(const json_t *row, struct weir_buf *buf)
{
	return add_word(row, "effect", buf);
}

/* The place now, and what it is on the other side of. */
static int after_cell(const json_t *row, struct weir_buf *buf)
{
	const char *across = weirctl_text(row, "across");
	int r = weir_buf_puts(buf, weirctl_text(row, "after"));

	if (r < 0 || !*across)
		return r;
	return weir_buf_printf(buf, weirctl_in_chinese() ? "(越过 %s)" : " (past %s)", across);
}

#define DIFF_COLUMNS(effect, section, id, change, field, before, after)                       \
	{                                                                                     \
		{effect, NULL, effect_cell}, {section, NULL, section_cell}, {id, "id", NULL}, \
			{change, NULL, change_cell}, {field, "field", NULL},                  \
			{before, "before", NULL}, {after, NULL, after_cell},                  \
	}

static const struct weirctl_column diff_en[] =
	DIFF_COLUMNS("EFFECT", "SECTION", "ID", "CHANGE", "FIELD", "BEFORE", "AFTER");
static const struct weirctl_column diff_zh[] =
	DIFF_COLUMNS("影响", "部分", "编号", "变更", "字段", "之前", "之后");
static const struct weirctl_column diff_plain[] = {
	{"EFFECT", "effect", NULL}, {"SECTION", "section", NULL}, {"ID", "id", NULL},
	{"CHANGE", "change", NULL}, {"FIELD", "field", NULL},	  {"BEFORE", "before", NULL},
	{"AFTER", "after", NULL},   {"ACROSS", "across", NULL},
};

static const char *const diff_fields[] = {
	"section", "id", "change", "effect", "field", "before", "after", "across", NULL,
};

static struct weirctl_view diff_view_of(const struct weirctl_context *context)
{
	struct weirctl_view view = {
		.member = "changes",
		.columns = diff_plain,
		.n_columns = ARRAY_SIZE(diff_plain),
		.fields = diff_fields,
	};

	if (context->format == WEIRCTL_TABLE) {
		view.columns = weirctl_in_chinese() ? diff_zh : diff_en;
		view.n_columns = ARRAY_SIZE(diff_en);
	}
	return view;
}

static bool is_number(const char *text)
{
	return *text && strspn(text, "0123456789") == strlen(text);
}

static int diff_versions(struct weirctl_context *context, const struct weirctl_args *args,
			 json_t **ret)
{
	struct weir_buf target _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIRCTL_TARGET_MAX);
	int r = weirctl_policy_target(&target, "policy/versions", args->words[0], "diff");

	if (r == WEIRCTL_OK && weirctl_add_param(&target, "with", args->words[1]) < 0)
		r = WEIRCTL_USAGE;
	return r == WEIRCTL_OK ? weirctl_get(context, target.data, ret) : r;
}

static int diff_file(struct weirctl_context *context, const struct weirctl_args *args, json_t **ret)
{
	struct weir_buf target _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIRCTL_TARGET_MAX);
	struct weir_buf source _cleanup_(weir_buf_done) = WEIR_BUF_INIT(SOURCE_MAX);
	json_t *body _cleanup_(weirctl_json_freep) = NULL;
	int r = weirctl_policy_target(&target, "policy/versions", args->words[0], "diff");

	if (r == WEIRCTL_OK)
		r = weirctl_policy_text(args->words[1], &source);
	if (r != WEIRCTL_OK)
		return r;
	body = json_pack("{s:s}", "source", source.data);
	if (body)
		return weirctl_send(context, "POST", target.data, body, ret);
	weirctl_say("%s: not UTF-8", "%s:不是 UTF-8", args->words[1]);
	return WEIRCTL_ERROR;
}

static int run_diff(struct weirctl_context *context, const struct weirctl_args *args)
{
	const struct weirctl_view view = diff_view_of(context);
	json_t *answer _cleanup_(weirctl_json_freep) = NULL;
	int r = is_number(args->words[1]) ? diff_versions(context, args, &answer)
					  : diff_file(context, args, &answer);

	return r == WEIRCTL_OK ? weirctl_print(context, &view, json_object_get(answer, "diff")) : r;
}

/* Of help and completion. */
static const struct weirctl_view diff_view = {.member = "changes", .fields = diff_fields};

const struct weirctl_command weirctl_cmd_policy_diff = {
	.noun = "policy",
	.verb = "diff",
	.arguments = "ID ID|FILE",
	.min = 2,
	.max = 2,
	.summary = {"what changes from a version to another, or to a file, by what it means",
		    "按含义比较一个版本与另一个版本或文件"},
	.about = {"Stricter and looser are said where they are certain, all else being equal. A "
		  "file "
		  "is compared as the version that it would become now.",
		  "只有在其他条件不变且可以断定时才标注更严或更松。文件按其此刻将成为的版本进行比较"
		  "。"},
	.view = &diff_view,
	.run = run_diff,
};

static int add_acts(const json_t *row, const char *member, struct weir_buf *buf)
{
	static const char *const names[] = {"blocked", "warned", "audited", "allowed"};
	const json_t *acts = json_object_get(row, member);
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(names); i++)
		r = weir_buf_printf(buf, "%s%" JSON_INTEGER_FORMAT, i ? "/" : "",
				    json_integer_value(json_object_get(acts, names[i])));
	return r;
}

static int would_cell(const json_t *row, struct weir_buf *buf)
{
	return add_acts(row, "would", buf);
}

static int happened_cell(const json_t *row, struct weir_buf *buf)
{
	return add_acts(row, "happened", buf);
}

/* The rule, or what decided instead. */
static int decider_cell(const json_t *row, struct weir_buf *buf)
{
	const char *rule = weirctl_text(row, "rule"), *grant = weirctl_text(row, "grant");

	if (*rule || *grant)
		return weir_buf_puts(buf, *rule ? rule : grant);
	return weir_buf_puts(buf, weirctl_in_chinese() ? "(缺省)" : "(default)");
}

static int shift_cell(const json_t *row, struct weir_buf *buf)
{
	return add_word(row, "change", buf);
}

static int reason_cell(const json_t *row, struct weir_buf *buf)
{
	return add_word(row, "reason", buf);
}

static int destinations_cell(const json_t *row, struct weir_buf *buf)
{
	const json_t *list = json_object_get(row, "destinations");
	int r = 0;

	for (size_t i = 0; r == 0 && i < json_array_size(list); i++) {
		const json_t *one = json_array_get(list, i);

		r = weir_buf_printf(buf, "%s%s:%" JSON_INTEGER_FORMAT, i ? "," : "",
				    weirctl_text(one, "class"),
				    json_integer_value(json_object_get(one, "events")));
	}
	return r;
}

/* clang-format off */
#define SHIFT_COLUMNS(a, b, c, d, e) \
	{{a, NULL, shift_cell}, {b, "events", NULL}, {c, "persons", NULL}, {d, "endpoints", NULL}, {e, NULL, destinations_cell}}
#define RULE_COLUMNS(a, b, c, d) \
	{{a, "channel", NULL}, {b, NULL, decider_cell}, {c, NULL, would_cell}, {d, NULL, happened_cell}}
#define UNKNOWN_COLUMNS(a, b, c) {{a, "channel", NULL}, {b, NULL, reason_cell}, {c, "events", NULL}}

static const struct weirctl_column shift_en[] = SHIFT_COLUMNS("CHANGE", "EVENTS", "PERSONS", "ENDPOINTS", "DESTINATIONS");
static const struct weirctl_column shift_zh[] = SHIFT_COLUMNS("变化", "事件", "人员", "终端", "去向");
static const struct weirctl_column rule_en[] =
	RULE_COLUMNS("CHANNEL", "RULE", "WOULD BE BLOCKED/WARNED/AUDITED/ALLOWED", "WAS BLOCKED/WARNED/AUDITED/ALLOWED");
static const struct weirctl_column rule_zh[] =
	RULE_COLUMNS("通道", "规则", "将:阻断/警告/记录/放行", "曾:阻断/警告/记录/放行");
static const struct weirctl_column unknown_en[] = UNKNOWN_COLUMNS("CHANNEL", "REASON", "EVENTS");
static const struct weirctl_column unknown_zh[] = UNKNOWN_COLUMNS("通道", "原因", "事件");

static const struct {
	const char *member;
	struct weirctl_words title;
	const struct weirctl_column *en, *zh;
	size_t n;
} listings[] = {
	{"changes", {"what would become of events otherwise", "结果会改变的事件"}, shift_en, shift_zh, ARRAY_SIZE(shift_en)},
	{"rules", {"by channel and deciding rule", "按通道和起作用的规则"}, rule_en, rule_zh, ARRAY_SIZE(rule_en)},
	{"unknown", {"what the records do not tell", "仅凭记录无法判断"}, unknown_en, unknown_zh, ARRAY_SIZE(unknown_en)},
};

static const struct weirctl_option simulating[] = {
	{"days", '\0', "N", NULL, {"events that arrived in so many days (7)", "最近多少天到达的事件(缺省 7)"}},
	{"before", '\0', "ID", NULL, {"go on where an answer ended", "从上次回答结束处继续"}},
};
/* clang-format on */

static const struct weirctl_column shift_plain[] = {
	{"CHANGE", "change", NULL},
	{"EVENTS", "events", NULL},
	{"PERSONS", "persons", NULL},
	{"ENDPOINTS", "endpoints", NULL},
	{"DESTINATIONS", NULL, destinations_cell},
};

static const char *const simulation_fields[] = {
	"change",	"events",    "persons",	    "endpoints", "more",
	"destinations", "by_person", "by_endpoint", "sample",	 NULL,
};

static const struct weirctl_view simulation_view = {
	.member = "changes",
	.columns = shift_plain,
	.n_columns = ARRAY_SIZE(shift_plain),
	.fields = simulation_fields,
};

static int print_listings(struct weirctl_context *context, const json_t *simulation)
{
	int r = WEIRCTL_OK;

	for (size_t i = 0; r == WEIRCTL_OK && i < ARRAY_SIZE(listings); i++) {
		const struct weirctl_view shown = {
			.member = listings[i].member,
			.columns = weirctl_in_chinese() ? listings[i].zh : listings[i].en,
			.n_columns = listings[i].n,
		};

		if (json_array_size(json_object_get(simulation, listings[i].member)) == 0)
			continue;
		fprintf(context->out, "%s# %s\n", i ? "\n" : "", weirctl_pick(listings[i].title));
		r = weirctl_print(context, &shown, simulation);
	}
	return r;
}

/* On stderr, so that a part is never taken for the whole. */
static void say_extent(const json_t *simulation)
{
	const char *reached = weirctl_text(simulation, "reached");
	json_int_t events = json_integer_value(json_object_get(simulation, "events"));

	if (json_is_true(json_object_get(simulation, "partial")))
		weirctl_say("a part alone: %" JSON_INTEGER_FORMAT
			    " events back to %s; go on with --before %" JSON_INTEGER_FORMAT,
			    "仅为一部分:%" JSON_INTEGER_FORMAT
			    " 个事件,回溯至 %s;用 --before %" JSON_INTEGER_FORMAT " 继续",
			    events, reached,
			    json_integer_value(json_object_get(simulation, "next_before")));
}

static int run_simulate(struct weirctl_context *context, const struct weirctl_args *args)
{
	struct weir_buf target _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIRCTL_TARGET_MAX);
	json_t *body _cleanup_(weirctl_json_freep) = NULL;
	json_t *answer _cleanup_(weirctl_json_freep) = NULL;
	const json_t *simulation;
	const char *before = weirctl_value(args, "before");
	uint64_t id = 0;
	unsigned days = 7;
	int r = weirctl_number(args, "days", 1, 400, &days);

	if (r == WEIRCTL_OK && before && (weir_parse_u64(before, &id) < 0 || id == 0)) {
		weirctl_say("this is no id", "无效的编号");
		r = WEIRCTL_USAGE;
	}
	if (r == WEIRCTL_OK)
		r = weirctl_policy_target(&target, "policy/versions", args->words[0], "simulate");
	if (r != WEIRCTL_OK)
		return r;
	body = json_pack("{s:i,s:o*}", "days", (int)days, "before",
			 id ? json_integer((json_int_t)id) : NULL);
	r = weirctl_send(context, "POST", target.data, body, &answer);
	simulation = json_object_get(answer, "simulation");
	if (r != WEIRCTL_OK || !simulation)
		return r;
	say_extent(simulation);
	return context->format == WEIRCTL_TABLE && !context->jq && !context->fields
		       ? print_listings(context, simulation)
		       : weirctl_print(context, &simulation_view, simulation);
}

const struct weirctl_command weirctl_cmd_policy_simulate = {
	.noun = "policy",
	.verb = "simulate",
	.arguments = "ID",
	.min = 1,
	.max = 1,
	.summary = {"what a version would have done with the events of the last days",
		    "用最近若干天的事件检验一个版本会怎样处理"},
	.about = {"Decided by the code that endpoints decide with. What cannot be told from the "
		  "record "
		  "alone is counted by its reason and never guessed.",
		  "判定代码与终端相同。仅凭记录无法判断的事件按原因计数,绝不猜测。"},
	.options = simulating,
	.n_options = ARRAY_SIZE(simulating),
	.view = &simulation_view,
	.run = run_simulate,
};
