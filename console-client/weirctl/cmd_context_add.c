/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "config.h"
#include "context.h"
#include "weir/base/error.h"

/* clang-format off */
static const struct weirctl_option options[] = {
	{"ca-file", '\0', "FILE", NULL,
	 {"the certificate authority of an https console; else those of this machine",
	  "https 控制台的 CA 证书;缺省使用本机信任的 CA"}},
};
/* clang-format on */

/* Whether such an address could be asked at all. */
static int check_address(const char *console)
{
	const struct weir_http_options options_ = {.base = console};
	struct weir_http *http _cleanup_(weir_http_freep) = NULL;
	struct weir_error err = {};
	int r = weir_http_new(&options_, &http, &err);

	if (r < 0)
		weirctl_say("%s%s%s", "%s%s%s", err.text[0] ? err.text : strerror(-r),
			    err.hint[0] ? "; " : "", err.hint);
	return r;
}

/* A file is looked for from other folders later. */
static int set_file(json_t *context, const char *name, const char *file)
{
	char *path _cleanup_(freep) = NULL;

	if (!file)
		return 0;
	path = realpath(file, NULL);
	if (!path) {
		weirctl_say("%s: %s", "%s:%s", file, strerror(errno));
		return -1;
	}
	return json_object_set_new(context, name, json_string(path));
}

static int add(json_t *config, const char *name, const struct weirctl_args *args)
{
	json_t *contexts = json_object_get(config, "contexts"), *context;

	if (!json_is_object(contexts)) {
		contexts = json_object();
		json_object_set_new(config, "contexts", contexts);
	}
	context = json_pack("{s:s}", "console", args->words[1]);
	if (json_object_set_new(contexts, name, context) < 0 ||
	    set_file(context, "ca_file", weirctl_value(args, "ca-file")) < 0 ||
	    set_file(context, "token_file", weirctl_value(args, "token-file")) < 0)
		return WEIRCTL_ERROR;
	if (!weirctl_config_current(config))
		json_object_set_new(config, "current", json_string(name));
	return weirctl_config_save(config) < 0 ? WEIRCTL_ERROR : WEIRCTL_OK;
}

static int run(struct weirctl_context *context, const struct weirctl_args *args)
{
	json_t *config _cleanup_(weirctl_json_freep) = NULL;
	const char *name = args->words[0];

	if (!weirctl_is_name(name)) {
		weirctl_say("a context's name has letters, digits, '.', '_' and '-'",
			    "上下文名称只能含字母、数字、“.”、“_”和“-”");
		return WEIRCTL_USAGE;
	}
	if (check_address(args->words[1]) < 0)
		return WEIRCTL_USAGE;
	if (weirctl_config_load(&config) < 0)
		return WEIRCTL_ERROR;
	return add(config, name, args);
}

const struct weirctl_command weirctl_cmd_context_add = {
	.noun = "context",
	.verb = "add",
	.arguments = "NAME ADDRESS",
	.min = 2,
	.max = 2,
	.summary = {"remember a console by a name, or change what is remembered",
		    "以名称记住一个控制台,或修改已有记录"},
	.about = {"ADDRESS is unix:PATH, http://127.0.0.1:PORT or https://HOST[:PORT]. The first "
		  "context becomes the current one. With --token-file the file is named in the "
		  "context, not copied.",
		  "ADDRESS 为 unix:PATH、http://127.0.0.1:PORT 或 https://HOST[:PORT]。第一个上下文"
		  "即成为当前上下文。--token-file 只记录文件路径,不复制内容。"},
	.options = options,
	.n_options = ARRAY_SIZE(options),
	.run = run,
};
