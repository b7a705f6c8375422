/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "commands.h"
#include "config.h"
#include "event.h"
#include "view.h"

/* clang-format off */
static const struct weirctl_column columns[] = {
	{"NAME", "name", NULL},
	{"CURRENT", "current", NULL},
	{"CONSOLE", "console", NULL},
	{"CA FILE", "ca_file", NULL},
	{"TOKEN FILE", "token_file", NULL},
};

static const char *const fields[] = {"name", "current", "console", "ca_file", "token_file", NULL};
/* clang-format on */

static const struct weirctl_view view = {
	.member = "contexts",
	.columns = columns,
	.n_columns = ARRAY_SIZE(columns),
	.fields = fields,
};

/* {"contexts": [{"name": ..., "current": ..., what the file has}]} */
static json_t *list(const json_t *config)
{
	const char *current = weirctl_config_current(config), *name;
	json_t *rows = json_array(), *context;

	json_object_foreach(json_object_get(config, "contexts"), name, context)
	{
		json_t *row = json_pack("{s:s, s:b}", "name", name, "current",
					current && strcmp(name, current) == 0);

		json_object_update_missing(row, context);
		json_array_append_new(rows, row);
	}
	return json_pack("{s:o}", "contexts", rows);
}

static int run(struct weirctl_context *context, const struct weirctl_args *args)
{
	json_t *config _cleanup_(weirctl_json_freep) = NULL;
	json_t *answer _cleanup_(weirctl_json_freep) = NULL;

	if (weirctl_config_load(&config) < 0)
		return WEIRCTL_ERROR;
	answer = list(config);
	return weirctl_print(context, &view, answer);
}

const struct weirctl_command weirctl_cmd_context_ls = {
	.noun = "context",
	.verb = "ls",
	.summary = {"list the consoles that are known here", "列出此处已知的控制台"},
	.view = &view,
	.run = run,
};
