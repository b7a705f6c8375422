/* SPDX-License-Identifier: Apache-2.0 */
#include "commands.h"
#include "view.h"

/* clang-format off */
static const struct weirctl_column columns[] = {
	{"NAME", "name", NULL},
	{"TITLE", "title", NULL},
	{"标题", "title_zh", NULL},
};

static const char *const fields[] = {"name", "title", "title_zh", NULL};
/* clang-format on */

static const struct weirctl_view view = {
	.member = "reports",
	.columns = columns,
	.n_columns = ARRAY_SIZE(columns),
	.fields = fields,
};

static int run(struct weirctl_context *context, const struct weirctl_args *args)
{
	json_t *answer _cleanup_(weirctl_json_freep) = NULL;
	int r = weirctl_get(context, "/api/v1/reports", &answer);

	return r == WEIRCTL_OK ? weirctl_print(context, &view, answer) : r;
}

const struct weirctl_command weirctl_cmd_report_ls = {
	.noun = "report",
	.verb = "ls",
	.summary = {"list the reports", "列出报告"},
	.view = &view,
	.run = run,
};
