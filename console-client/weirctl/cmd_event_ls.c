/* SPDX-License-Identifier: Apache-2.0 */
#include "commands.h"
#include "event.h"
#include "view.h"

/* clang-format off */
static const struct weirctl_option options[] = {
	{"limit", 'n', "N", NULL, {"at most N, newest first (50)", "最多 N 条,最新在前(缺省 50)"}},
	{"since", '\0', "WHEN", NULL,
	 {"24h, 14d, 30min, or 2026-11-22T08:00:00Z", "24h、14d、30min 或 2026-11-22T08:00:00Z"}},
	{"channel", '\0', "CHANNEL", "file|removable|share|network|at_rest",
	 {"through this channel", "只看此通道"}},
	{"action", '\0', "ACTION", "allow|audit|warn|block|quarantine",
	 {"with this action", "只看此处置"}},
	{"agent", '\0', "UID", NULL, {"of one agent", "只看此终端"}},
	{"alerts", '\0', NULL, NULL,
	 {"only those that ask for a person", "只列出需要人处理的事件"}},
};

static const struct weirctl_column columns[] = {
	{"ID", "id", NULL},
	{"TIME", "time", NULL},
	{"HOST", "host_name", NULL},
	{"CHANNEL", "channel", NULL},
	{"ACTION", "action", NULL},
	{"RULE", "rule", NULL},
	{"ACTOR", NULL, weirctl_event_actor},
	{"TARGET", NULL, weirctl_event_target},
	{"COUNTS", NULL, weirctl_event_counts},
	{"TIER", "tier", NULL},
	{"HOOK", "hook", NULL},
};
/* clang-format on */

static const struct weirctl_view view = {
	.member = "events",
	.columns = columns,
	.n_columns = ARRAY_SIZE(columns),
	.fields = weirctl_event_fields,
};

static int write_target(const struct weirctl_args *args, struct weir_buf *target)
{
	static const char *const params[] = {"since", "channel", "action", "agent"};
	int r = weir_buf_puts(target, "/api/v1/events");

	if (r == 0 && weirctl_value(args, "alerts"))
		r = weirctl_add_param(target, "alert", "true");
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(params); i++)
		r = weirctl_add_param(target, params[i], weirctl_value(args, params[i]));
	return r;
}

static int run(struct weirctl_context *context, const struct weirctl_args *args)
{
	struct weir_buf target _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIRCTL_TARGET_MAX);
	int r = write_target(args, &target);

	return weirctl_print_newest(context, args, &view, r < 0 ? NULL : target.data);
}

const struct weirctl_command weirctl_cmd_event_ls = {
	.noun = "event",
	.verb = "ls",
	.flags = WEIRCTL_WATCH,
	.summary = {"list events, newest first", "列出事件,最新在前"},
	.options = options,
	.n_options = ARRAY_SIZE(options),
	.view = &view,
	.run = run,
};
