/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "context.h"
#include "weir/base/fd.h"

#define CONFIG_MAX (1024 * 1024)
#define PATH_LEN   4096

bool weirctl_is_name(const char *name)
{
	size_t len = strlen(name);

	if (len == 0 || len > WEIRCTL_NAME_MAX || name[0] == '.')
		return false;
	for (; *name; name++)
		if (!isalnum((unsigned char)*name) && !strchr("._-", *name))
			return false;
	return true;
}

/* The file `name` in the folder of the contexts. */
static int write_path(const char *name, struct weir_buf *path)
{
	const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

	/* The XDG specification: a path that is not absolute counts as not set. */
	if (xdg && xdg[0] == '/')
		return weir_buf_printf(path, "%s/weir%s%s", xdg, name ? "/" : "", name ? name : "");
	if (!home || home[0] != '/')
		return -ENOENT;
	return weir_buf_printf(path, "%s/.config/weir%s%s", home, name ? "/" : "",
			       name ? name : "");
}

static int refuse(const char *path, int r)
{
	weirctl_say("%s: %s", "%s:%s", path, strerror(-r));
	return r;
}

/* -EPERM when somebody else could have written what is in it. */
static int check_owner(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return -errno;
	return st.st_uid == geteuid() && !(st.st_mode & (S_IWGRP | S_IWOTH)) ? 0 : -EPERM;
}

int weirctl_config_load(json_t **ret)
{
	struct weir_buf path _cleanup_(weir_buf_done) = WEIR_BUF_INIT(PATH_LEN);
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(CONFIG_MAX);
	json_t *config _cleanup_(weirctl_json_freep) = NULL;
	int r = write_path("weirctl.json", &path);

	if (r == 0)
		r = check_owner(path.data);
	if (r == 0)
		r = weir_read_file(AT_FDCWD, path.data, &text);
	if (r == -ENOENT) {
		*ret = json_object();
		return *ret ? 0 : -ENOMEM;
	}
	if (r < 0)
		return refuse(path.data ? path.data : "weirctl.json", r);
	config = json_loadb(text.data ? text.data : "", text.len, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(config))
		return refuse(path.data, -EBADMSG);
	*ret = TAKE_PTR(config);
	return 0;
}

static int save_file(const char *name, const char *text)
{
	struct weir_buf folder _cleanup_(weir_buf_done) = WEIR_BUF_INIT(PATH_LEN);
	struct weir_buf path _cleanup_(weir_buf_done) = WEIR_BUF_INIT(PATH_LEN);
	int r = write_path(NULL, &folder);

	if (r == 0)
		r = write_path(name, &path);
	if (r == 0)
		r = weir_mkdir_parents(folder.data, 0700);
	if (r == 0)
		r = weir_write_file_atomic(AT_FDCWD, path.data, text, strlen(text), 0600);
	return r < 0 ? refuse(path.data ? path.data : name, r) : 0;
}

int weirctl_config_save(const json_t *config)
{
	char *text _cleanup_(freep) = json_dumps(config, JSON_INDENT(2));

	return text ? save_file("weirctl.json", text) : refuse("weirctl.json", -ENOMEM);
}

const char *weirctl_config_current(const json_t *config)
{
	return json_string_value(json_object_get(config, "current"));
}

json_t *weirctl_config_get(const json_t *config, const char *name)
{
	if (!name)
		name = weirctl_config_current(config);
	return name ? json_object_get(json_object_get(config, "contexts"), name) : NULL;
}

/* The context `name`, made when it is not there, and made the current one when there was none. */
static json_t *make_context(json_t *config, const char *name, const char *console)
{
	json_t *contexts = json_object_get(config, "contexts"), *context;

	if (!json_is_object(contexts)) {
		contexts = json_object();
		if (json_object_set_new(config, "contexts", contexts) < 0)
			return NULL;
	}
	context = json_object_get(contexts, name);
	if (!json_is_object(context)) {
		context = json_pack("{s:s}", "console", console);
		if (json_object_set_new(contexts, name, context) < 0)
			return NULL;
	}
	if (!weirctl_config_current(config) &&
	    json_object_set_new(config, "current", json_string(name)) < 0)
		return NULL;
	return context;
}

int weirctl_config_keep_token(const char *name, const char *console, const char *token)
{
	struct weir_buf path _cleanup_(weir_buf_done) = WEIR_BUF_INIT(PATH_LEN);
	char file[WEIRCTL_NAME_MAX + 16];
	json_t *config _cleanup_(weirctl_json_freep) = NULL;
	json_t *context;
	int r = weirctl_config_load(&config);

	(void)snprintf(file, sizeof(file), "%s.token", name);
	if (r == 0)
		r = save_file(file, token);
	if (r < 0)
		return r;
	r = write_path(file, &path);
	if (r < 0)
		return refuse(file, r);
	context = make_context(config, name, console);
	if (!context || json_object_set_new(context, "token_file", json_string(path.data)) < 0)
		return refuse(file, -ENOMEM);
	return weirctl_config_save(config);
}
