/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "commands.h"
#include "event.h"
#include "view.h"

static const struct weirctl_view view = {.member = "alert", .fields = weirctl_event_fields};

static int run(struct weirctl_context *context, const struct weirctl_args *args)
{
	struct weir_buf target _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIRCTL_TARGET_MAX);
	json_t *answer _cleanup_(weirctl_json_freep) = NULL;
	const char *id = args->words[0];
	struct weirctl_view shown = view;
	int r;

	if (strchr("Ee", id[0]))
		shown.member = "event";
	r = weir_buf_printf(&target, "/api/v1/%ss/", shown.member);
	if (r == 0)
		r = weirctl_add_segment(&target, id);
	if (r < 0) {
		weirctl_say("this is not an id; ids look like A-004C8",
			    "这不是编号;编号形如 A-004C8");
		return WEIRCTL_USAGE;
	}
	r = weirctl_get(context, target.data, &answer);
	return r == WEIRCTL_OK ? weirctl_print(context, &shown, answer) : r;
}

const struct weirctl_command weirctl_cmd_alert_show = {
	.noun = "alert",
	.verb = "show",
	.arguments = "ID",
	.min = 1,
	.max = 1,
	.flags = WEIRCTL_WATCH,
	.summary = {"show one alert (A-004C8) or other event (E-004C8)",
		    "显示一条告警(A-004C8)或其他事件(E-004C8)"},
	.view = &view,
	.run = run,
};
