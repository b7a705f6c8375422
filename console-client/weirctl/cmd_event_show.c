/* SPDX-License-Identifier: Apache-2.0 */
#include "commands.h"
#include "event.h"
#include "view.h"

static const struct weirctl_view view = {.member = "event", .fields = weirctl_event_fields};

static int run(struct weirctl_context *context, const struct weirctl_args *args)
{
	struct weir_buf target _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIRCTL_TARGET_MAX);
	json_t *answer _cleanup_(weirctl_json_freep) = NULL;
	const char *id = args->words[0];
	int r = weir_buf_puts(&target, "/api/v1/events/");

	if (r == 0)
		r = weirctl_add_segment(&target, id);
	if (r < 0) {
		weirctl_say("this is not an id; ids look like E-7K3QM",
			    "这不是编号;编号形如 E-7K3QM");
		return WEIRCTL_USAGE;
	}
	r = weirctl_get(context, target.data, &answer);
	return r == WEIRCTL_OK ? weirctl_print(context, &view, answer) : r;
}

const struct weirctl_command weirctl_cmd_event_show = {
	.noun = "event",
	.verb = "show",
	.arguments = "ID",
	.min = 1,
	.max = 1,
	.summary = {"show one event (E-7K3QM)", "显示一条事件(E-7K3QM)"},
	.view = &view,
	.run = run,
};
