/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "commands.h"
#include "view.h"

/* clang-format off */
static const struct weirctl_option options[] = {
	{"input", '\0', "FILE", NULL, {"the body, JSON; - for stdin", "请求体(JSON);- 表示标准输入"}},
};
/* clang-format on */

static const struct weirctl_view view = {};

static int read_body(const char *path, json_t **ret)
{
	json_error_t error;

	*ret = strcmp(path, "-") == 0 ? json_loadf(stdin, JSON_REJECT_DUPLICATES, &error)
				      : json_load_file(path, JSON_REJECT_DUPLICATES, &error);
	if (*ret)
		return WEIRCTL_OK;
	weirctl_say("%s: %s (line %d)", "%s:%s(第 %d 行)", path, error.text, error.line);
	return WEIRCTL_USAGE;
}

static int run(struct weirctl_context *context, const struct weirctl_args *args)
{
	json_t *body _cleanup_(weirctl_json_freep) = NULL;
	json_t *answer _cleanup_(weirctl_json_freep) = NULL;
	const char *path = weirctl_value(args, "input");
	int r = path ? read_body(path, &body) : WEIRCTL_OK;

	if (r != WEIRCTL_OK)
		return r;
	if (context->format == WEIRCTL_AUTO)
		context->format = WEIRCTL_JSON;
	if (strcmp(args->words[0], "GET") == 0)
		r = weirctl_get(context, args->words[1], &answer);
	else
		r = weirctl_send(context, args->words[0], args->words[1], body, &answer);
	return r == WEIRCTL_OK ? weirctl_print(context, &view, answer) : r;
}

const struct weirctl_command weirctl_cmd_api = {
	.noun = "api",
	.arguments = "METHOD PATH",
	.min = 2,
	.max = 2,
	.flags = WEIRCTL_CHANGES,
	.summary = {"ask the API itself: weirctl api GET /api/v1/agents",
		    "直接调用 API:weirctl api GET /api/v1/agents"},
	.options = options,
	.n_options = ARRAY_SIZE(options),
	.view = &view,
	.run = run,
};
