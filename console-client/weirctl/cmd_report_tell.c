/* SPDX-License-Identifier: Apache-2.0 */
/* What people tell the console for its reports. */

#include <errno.h>
#include <string.h>

#include "commands.h"
#include "view.h"

/* clang-format off */
static const struct weirctl_option when[] = {
	{"time", '\0', "TIME", NULL,
	 {"when it was, as in 2026-11-02T09:30:00+08:00; else now", "发生时间,如 2026-11-02T09:30:00+08:00;缺省为现在"}},
};
/* clang-format on */

static const struct weirctl_view view = {};

static int send(struct weirctl_context *context, const char *target, json_t *body)
{
	json_t *owned _cleanup_(weirctl_json_freep) = body;
	json_t *answer _cleanup_(weirctl_json_freep) = NULL;
	int r = weirctl_send(context, "POST", target, owned, &answer);

	return r == WEIRCTL_OK ? weirctl_print(context, &view, answer) : r;
}

static int run_mark(struct weirctl_context *context, const struct weirctl_args *args)
{
	return send(context, "/api/v1/reports/marks",
		    json_pack("{s:s, s:s*}", "text", args->words[0], "time",
			      weirctl_value(args, "time")));
}

const struct weirctl_command weirctl_cmd_report_mark = {
	.noun = "report",
	.verb = "mark",
	.arguments = "TEXT",
	.min = 1,
	.max = 1,
	.flags = WEIRCTL_CHANGES,
	.summary = {"mark a change that the figures before and after are compared by",
		    "标记一项变更,用于比较前后的数字"},
	.options = when,
	.n_options = ARRAY_SIZE(when),
	.view = &view,
	.run = run_mark,
};

static int run_trained(struct weirctl_context *context, const struct weirctl_args *args)
{
	return send(context, "/api/v1/reports/training",
		    json_pack("{s:s, s:s, s:s*}", "person", args->words[0], "course",
			      args->words[1], "time", weirctl_value(args, "time")));
}

const struct weirctl_command weirctl_cmd_report_trained = {
	.noun = "report",
	.verb = "trained",
	.arguments = "PERSON COURSE",
	.min = 2,
	.max = 2,
	.flags = WEIRCTL_CHANGES,
	.summary = {"record that a person has acknowledged a course", "记录某人已确认某课程"},
	.options = when,
	.n_options = ARRAY_SIZE(when),
	.view = &view,
	.run = run_trained,
};

static int run_day(struct weirctl_context *context, const struct weirctl_args *args)
{
	bool working = strcmp(args->words[1], "working") == 0;

	if (!working && strcmp(args->words[1], "free") != 0) {
		weirctl_say("a day is working or free", "日期须为 working(上班)或 free(休息)");
		return WEIRCTL_USAGE;
	}
	return send(context, "/api/v1/reports/days",
		    json_pack("{s:s, s:b, s:s}", "date", args->words[0], "working", working, "text",
			      args->words[2]));
}

const struct weirctl_command weirctl_cmd_report_day = {
	.noun = "report",
	.verb = "day",
	.arguments = "DATE working|free TEXT",
	.min = 3,
	.max = 3,
	.flags = WEIRCTL_CHANGES,
	.summary = {"say of a day that it is worked or free against its weekday",
		    "设置与星期不符的上班日或休息日"},
	.view = &view,
	.run = run_day,
};
