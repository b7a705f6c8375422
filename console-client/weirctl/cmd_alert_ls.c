/* SPDX-License-Identifier: Apache-2.0 */
#include "commands.h"
#include "event.h"
#include "view.h"

/* clang-format off */
static const struct weirctl_option options[] = {
	{"limit", 'n', "N", NULL, {"at most N, newest first (50)", "最多 N 条,最新在前(缺省 50)"}},
	{"query", 'q', "TERMS", NULL,
	 {"all of these: 'user:li.na channel:usb -rule:NAME'",
	  "同时满足:'user:li.na channel:usb -rule:名称'"}},
	{"state", '\0', "STATE", NULL,
	 {"new, in_progress, open (both), resolved, suppressed; several with commas",
	  "new、in_progress、open(前两者)、resolved、suppressed;可用逗号并列"}},
	{"severity", '\0', "SEVERITY", NULL,
	 {"low, medium, high, critical, or '>=high'", "low、medium、high、critical,或 '>=high'"}},
	{"verdict", '\0', "VERDICT", NULL,
	 {"none, true_positive, benign_authorised, false_positive, test, duplicate",
	  "none、true_positive、benign_authorised、false_positive、test、duplicate"}},
	{"since", '\0', "WHEN", NULL,
	 {"24h, 14d, 30min, or 2026-11-22T08:00:00Z", "24h、14d、30min 或 2026-11-22T08:00:00Z"}},
	{"channel", '\0', "CHANNEL", NULL,
	 {"file, removable (usb), share, network, at_rest, agent",
	  "file、removable(usb)、share、network、at_rest、agent"}},
	{"action", '\0', "ACTION", NULL, {"the strongest that was taken", "所采取的最强处置"}},
	{"rule", '\0', "RULE", NULL, {"of this rule", "只看此规则"}},
	{"user", '\0', "NAME", NULL, {"of this user", "只看此用户"}},
	{"assignee", '\0', "NAME", NULL, {"somebody works on it", "只看此处理人"}},
	{"destination", '\0', "CLASS", NULL,
	 {"removable, share, internet, intranet, file, at_rest, agent",
	  "removable、share、internet、intranet、file、at_rest、agent"}},
	{"host", '\0', "NAME", NULL, {"seen on this machine", "出现在此主机上"}},
	{"device", '\0', "SERIAL", NULL, {"seen with this device", "涉及此设备序列号"}},
	{"agent", '\0', "UID", NULL, {"seen by this agent, 32 hexadecimal digits", "由此终端上报,32 位十六进制"}},
	{"detector", '\0', "NAME", NULL, {"this was found", "命中此检测器"}},
};

static const struct weirctl_column columns[] = {
	{"ID", "id", NULL},
	{"LAST", "last_time", NULL},
	{"SEVERITY", "severity", NULL},
	{"STATE", "state", NULL},
	{"HOST", "host_name", NULL},
	{"USER", "user_name", NULL},
	{"DESTINATION", "destination", NULL},
	{"ACTION", "action", NULL},
	{"RULE", "rule", NULL},
	{"EVENTS", "events", NULL},
	{"IDENTIFIERS", "identifiers", NULL},
	{"TARGET", "target", NULL},
};

static const char *const fields[] = {
	"id", "version", "state", "verdict", "severity", "assignee", "rule", "user_name", "destination",
	"channel", "action", "events", "let_through", "identifiers", "first_time", "last_time",
	"created_time", "changed_time", "host_name", "process_name", "target", NULL,
};
/* clang-format on */

static const struct weirctl_view view = {
	.member = "alerts",
	.columns = columns,
	.n_columns = ARRAY_SIZE(columns),
	.fields = fields,
};

/* Every option behind the second is a parameter of the same name. */
static int write_target(const struct weirctl_args *args, struct weir_buf *target)
{
	int r = weir_buf_puts(target, "/api/v1/alerts");

	if (r == 0)
		r = weirctl_add_param(target, "q", weirctl_value(args, "query"));
	for (size_t i = 2; r == 0 && i < ARRAY_SIZE(options); i++)
		r = weirctl_add_param(target, options[i].name,
				      weirctl_value(args, options[i].name));
	return r;
}

static int run(struct weirctl_context *context, const struct weirctl_args *args)
{
	struct weir_buf target _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIRCTL_TARGET_MAX);
	int r = write_target(args, &target);

	return weirctl_print_newest(context, args, &view, r < 0 ? NULL : target.data);
}

const struct weirctl_command weirctl_cmd_alert_ls = {
	.noun = "alert",
	.verb = "ls",
	.flags = WEIRCTL_WATCH,
	.summary = {"list alerts, newest first", "列出告警,最新在前"},
	.options = options,
	.n_options = ARRAY_SIZE(options),
	.view = &view,
	.run = run,
};
