/* SPDX-License-Identifier: Apache-2.0 */
#include "commands.h"
#include "config.h"
#include "context.h"

static int run(struct weirctl_context *context, const struct weirctl_args *args)
{
	json_t *config _cleanup_(weirctl_json_freep) = NULL;
	const char *name = args->words[0];

	if (weirctl_config_load(&config) < 0)
		return WEIRCTL_ERROR;
	if (!weirctl_config_get(config, name)) {
		weirctl_say("there is no context %s; weirctl context ls lists them",
			    "没有上下文 %s;weirctl context ls 列出全部上下文", name);
		return WEIRCTL_NOT_FOUND;
	}
	json_object_set_new(config, "current", json_string(name));
	return weirctl_config_save(config) < 0 ? WEIRCTL_ERROR : WEIRCTL_OK;
}

const struct weirctl_command weirctl_cmd_context_use = {
	.noun = "context",
	.verb = "use",
	.arguments = "NAME",
	.min = 1,
	.max = 1,
	.summary = {"make a context the current one", "切换当前上下文"},
	.run = run,
};
