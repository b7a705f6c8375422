/* SPDX-License-Identifier: Apache-2.0 */
#include "commands.h"
#include "view.h"

static const struct weirctl_view view = {.member = "alert"};

static int run(struct weirctl_context *context, const struct weirctl_args *args)
{
	struct weir_buf target _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIRCTL_TARGET_MAX);
	json_t *answer _cleanup_(weirctl_json_freep) = NULL;
	int r = weir_buf_puts(&target, "/api/v1/alerts/");

	if (r == 0)
		r = weirctl_add_segment(&target, args->words[0]);
	if (r < 0) {
		weirctl_say("this is not an id; ids look like A-7K3QM",
			    "这不是编号;编号形如 A-7K3QM");
		return WEIRCTL_USAGE;
	}
	r = weirctl_get(context, target.data, &answer);
	return r == WEIRCTL_OK ? weirctl_print(context, &view, answer) : r;
}

const struct weirctl_command weirctl_cmd_alert_show = {
	.noun = "alert",
	.verb = "show",
	.arguments = "ID",
	.min = 1,
	.max = 1,
	.flags = WEIRCTL_WATCH,
	.summary = {"show one alert (A-7K3QM) with what was seen, its log and its newest events",
		    "显示一条告警(A-7K3QM)及其涉及对象、记录和最新事件"},
	.view = &view,
	.run = run,
};
