/* SPDX-License-Identifier: Apache-2.0 */
/* login, logout, whoami; user ls, user add, user change; token ls, token add, token revoke. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "config.h"
#include "view.h"
#include "weir/base/parse.h"
#include "weir/base/time.h"

#define SECRET_MAX 1024

static const struct weirctl_view self_view = {.member = "user"};

static int set(json_t *object, const char *name, json_t *value)
{
	return json_object_set_new(object, name, value);
}

/* "a,b" as an array. */
static json_t *split(const char *text)
{
	json_t *array = json_array();

	for (size_t len; text && *text; text += len + (text[len] == ',')) {
		len = strcspn(text, ",");
		json_array_append_new(array, json_stringn(text, len));
	}
	return array;
}

static const struct weirctl_option login_options[] = {
	{"code", '\0', NULL, NULL, {"ask for a one-time code too", "同时询问一次性验证码"}},
	{"keep-as",
	 '\0',
	 "NAME",
	 NULL,
	 {"the context that keeps the session; the one in use when not said",
	  "保存会话的上下文;缺省为当前上下文"}},
};

static int add_secret(struct weirctl_context *context, json_t *body, const char *name,
		      struct weirctl_words prompt)
{
	struct weir_buf secret _cleanup_(weir_buf_done) = WEIR_BUF_INIT(SECRET_MAX);
	int r = weirctl_read_secret(context, prompt, &secret);

	if (r == WEIRCTL_OK && set(body, name, json_string(secret.data ? secret.data : "")) < 0)
		r = WEIRCTL_ERROR;
	if (secret.data)
		explicit_bzero(secret.data, secret.len);
	return r;
}

static int ask_login(struct weirctl_context *context, const struct weirctl_args *args, json_t **ret)
{
	static const struct weirctl_words password = {"Password: ", "密码:"};
	static const struct weirctl_words code = {"Code: ", "验证码:"};
	json_t *body _cleanup_(weirctl_json_freep) =
		json_pack("{s:s,s:b}", "name", args->words[0], "bearer", 1);
	int r = add_secret(context, body, "password", password);

	if (r == WEIRCTL_OK && weirctl_value(args, "code"))
		r = add_secret(context, body, "code", code);
	return r == WEIRCTL_OK ? weirctl_send(context, "POST", "/api/v1/login", body, ret) : r;
}

static int run_login(struct weirctl_context *context, const struct weirctl_args *args)
{
	json_t *answer _cleanup_(weirctl_json_freep) = NULL;
	const char *name = weirctl_value(args, "keep-as");
	const char *token;
	int r;

	if (!name)
		name = context->name ? context->name : "default";
	if (!weirctl_is_name(name)) {
		weirctl_say("a context's name has letters, digits, '.', '_' and '-'",
			    "上下文名称只能含字母、数字、“.”、“_”和“-”");
		return WEIRCTL_USAGE;
	}
	r = ask_login(context, args, &answer);
	if (r != WEIRCTL_OK || !answer)
		return r;
	token = json_string_value(json_object_get(answer, "token"));
	if (!token || weirctl_config_keep_token(name, context->console, token) < 0)
		return WEIRCTL_ERROR;
	json_object_del(answer, "token");
	return weirctl_print(context, &self_view, answer);
}

const struct weirctl_command weirctl_cmd_login = {
	.noun = "login",
	.arguments = "NAME",
	.min = 1,
	.max = 1,
	.summary = {"log in with a password and keep the session in a context",
		    "用密码登录,并将会话保存到上下文"},
	.about = {"The password is typed, or comes as the first line of standard input; the code "
		  "as the second.",
		  "密码由终端输入或取自标准输入第一行,验证码取自第二行。"},
	.options = login_options,
	.n_options = ARRAY_SIZE(login_options),
	.view = &self_view,
	.run = run_login,
};

static int run_logout(struct weirctl_context *context, const struct weirctl_args *args)
{
	json_t *answer _cleanup_(weirctl_json_freep) = NULL;

	return weirctl_send(context, "POST", "/api/v1/logout", NULL, &answer);
}

const struct weirctl_command weirctl_cmd_logout = {
	.noun = "logout",
	.summary = {"end the session", "结束会话"},
	.run = run_logout,
};

static int run_whoami(struct weirctl_context *context, const struct weirctl_args *args)
{
	json_t *answer _cleanup_(weirctl_json_freep) = NULL;
	int r = weirctl_get(context, "/api/v1/whoami", &answer);

	return r == WEIRCTL_OK ? weirctl_print(context, &self_view, answer) : r;
}

const struct weirctl_command weirctl_cmd_whoami = {
	.noun = "whoami",
	.summary = {"show who the console takes you for, and what you may", "显示当前身份及权限"},
	.view = &self_view,
	.run = run_whoami,
};

static const struct weirctl_column user_columns[] = {
	{"ID", "id", NULL},	      {"NAME", "name", NULL},	  {"DISPLAY", "display", NULL},
	{"ROLES", "roles", NULL},     {"GROUPS", "groups", NULL}, {"DISABLED", "disabled", NULL},
	{"CREATED", "created", NULL},
};

static const struct weirctl_view users_view = {
	.member = "users", .columns = user_columns, .n_columns = ARRAY_SIZE(user_columns)};
static const struct weirctl_view answer_view = {};

static int run_users(struct weirctl_context *context, const struct weirctl_args *args)
{
	json_t *answer _cleanup_(weirctl_json_freep) = NULL;
	int r = weirctl_get_list(context, "/api/v1/users", "users", "after", 0, &answer);

	return r == WEIRCTL_OK ? weirctl_print(context, &users_view, answer) : r;
}

const struct weirctl_command weirctl_cmd_user_ls = {
	.noun = "user",
	.verb = "ls",
	.summary = {"list the console's people", "列出控制台用户"},
	.view = &users_view,
	.run = run_users,
};

#define USER_OPTIONS                                                                              \
	{"roles", '\0', "ROLE,...", NULL, {"what the person is", "角色,以逗号分隔"}},             \
		{"display", '\0', "TEXT", NULL, {"how the person is called", "显示名称"}},        \
		{"groups",                                                                        \
		 '\0',                                                                            \
		 "GROUP,...",                                                                     \
		 NULL,                                                                            \
		 {"the groups of endpoints to be seen", "可见的终端分组,以逗号分隔"}},            \
		{"every-group", '\0', NULL, NULL, {"all groups are to be seen", "可见所有分组"}}, \
		{"password", '\0', NULL, NULL, {"ask for a password", "询问密码"}},               \
	{                                                                                         \
		"totp", '\0', NULL, NULL,                                                         \
		{                                                                                 \
			"one-time codes too; the secret is shown once",                           \
				"启用一次性验证码;密钥仅显示一次"                  \
		}                                                                                 \
	}

static const struct weirctl_option add_options[] = {USER_OPTIONS};
static const struct weirctl_option change_options[] = {
	USER_OPTIONS,
	{"disable", '\0', NULL, NULL, {"take every access away", "停用"}},
	{"enable", '\0', NULL, NULL, {"give it back", "启用"}},
};

static int fill_user(struct weirctl_context *context, const struct weirctl_args *args, json_t *body)
{
	static const struct weirctl_words prompt = {"Password of the new user: ", "该用户的密码:"};
	const char *value;

	if ((value = weirctl_value(args, "roles")))
		set(body, "roles", split(value));
	if ((value = weirctl_value(args, "display")))
		set(body, "display", json_string(value));
	if ((value = weirctl_value(args, "groups")))
		set(body, "groups", split(value));
	if (weirctl_value(args, "every-group"))
		set(body, "every_group", json_true());
	if (weirctl_value(args, "totp"))
		set(body, "totp", json_true());
	return weirctl_value(args, "password") ? add_secret(context, body, "password", prompt)
					       : WEIRCTL_OK;
}

static int run_user_add(struct weirctl_context *context, const struct weirctl_args *args)
{
	json_t *body _cleanup_(weirctl_json_freep) = json_pack("{s:s}", "name", args->words[0]);
	json_t *answer _cleanup_(weirctl_json_freep) = NULL;
	int r = fill_user(context, args, body);

	if (r == WEIRCTL_OK)
		r = weirctl_send(context, "POST", "/api/v1/users", body, &answer);
	return r == WEIRCTL_OK ? weirctl_print(context, &answer_view, answer) : r;
}

const struct weirctl_command weirctl_cmd_user_add = {
	.noun = "user",
	.verb = "add",
	.arguments = "NAME",
	.min = 1,
	.max = 1,
	.flags = WEIRCTL_CHANGES,
	.summary = {"add a person to the console", "添加控制台用户"},
	.options = add_options,
	.n_options = ARRAY_SIZE(add_options),
	.view = &answer_view,
	.run = run_user_add,
};

static int run_user_change(struct weirctl_context *context, const struct weirctl_args *args)
{
	struct weir_buf target _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIRCTL_TARGET_MAX);
	json_t *body _cleanup_(weirctl_json_freep) = json_object();
	json_t *answer _cleanup_(weirctl_json_freep) = NULL;
	int r = fill_user(context, args, body);

	if (r != WEIRCTL_OK)
		return r;
	if (weirctl_value(args, "disable") || weirctl_value(args, "enable"))
		set(body, "disabled", json_boolean(weirctl_value(args, "disable") != NULL));
	if (weir_buf_puts(&target, "/api/v1/users/") < 0 ||
	    weirctl_add_segment(&target, args->words[0]) < 0)
		return WEIRCTL_USAGE;
	r = weirctl_send(context, "POST", target.data, body, &answer);
	return r == WEIRCTL_OK ? weirctl_print(context, &answer_view, answer) : r;
}

const struct weirctl_command weirctl_cmd_user_change = {
	.noun = "user",
	.verb = "change",
	.arguments = "ID",
	.min = 1,
	.max = 1,
	.flags = WEIRCTL_CHANGES,
	.summary = {"change a person's roles, groups, password or state; the sessions end",
		    "修改用户的角色、分组、密码或状态;其会话随之结束"},
	.options = change_options,
	.n_options = ARRAY_SIZE(change_options),
	.view = &answer_view,
	.run = run_user_change,
};

static const struct weirctl_column token_columns[] = {
	{"ID", "id", NULL},
	{"NAME", "name", NULL},
	{"PERMISSIONS", "permissions", NULL},
	{"CREATED", "created", NULL},
	{"EXPIRES", "expires", NULL},
	{"USED", "used", NULL},
};

static const struct weirctl_view tokens_view = {
	.member = "tokens", .columns = token_columns, .n_columns = ARRAY_SIZE(token_columns)};

static int run_tokens(struct weirctl_context *context, const struct weirctl_args *args)
{
	json_t *answer _cleanup_(weirctl_json_freep) = NULL;
	int r = weirctl_get(context, "/api/v1/tokens", &answer);

	return r == WEIRCTL_OK ? weirctl_print(context, &tokens_view, answer) : r;
}

const struct weirctl_command weirctl_cmd_token_ls = {
	.noun = "token",
	.verb = "ls",
	.summary = {"list your API tokens", "列出自己的 API 令牌"},
	.view = &tokens_view,
	.run = run_tokens,
};

static const struct weirctl_option token_options[] = {
	{"permissions",
	 '\0',
	 "NAME,...",
	 NULL,
	 {"what the token may, of what you may", "令牌的权限,不超过自己的权限"}},
	{"ttl", '\0', "SPAN", NULL, {"how long, as 12h or 30d", "有效期,如 12h 或 30d"}},
};

static int run_token_add(struct weirctl_context *context, const struct weirctl_args *args)
{
	const char *ttl = weirctl_value(args, "ttl");
	json_t *body _cleanup_(weirctl_json_freep) = NULL;
	json_t *answer _cleanup_(weirctl_json_freep) = NULL;
	uint64_t span_ns;
	int r;

	if (!ttl || weir_parse_duration(ttl, &span_ns) < 0) {
		weirctl_say("--ttl takes a span, as 12h or 30d", "--ttl 需为时长,如 12h 或 30d");
		return WEIRCTL_USAGE;
	}
	body = json_pack("{s:s,s:o,s:I}", "name", args->words[0], "permissions",
			 split(weirctl_value(args, "permissions")), "expires_in",
			 (json_int_t)(span_ns / WEIR_NSEC_PER_SEC));
	r = weirctl_send(context, "POST", "/api/v1/tokens", body, &answer);
	return r == WEIRCTL_OK ? weirctl_print(context, &answer_view, answer) : r;
}

const struct weirctl_command weirctl_cmd_token_add = {
	.noun = "token",
	.verb = "add",
	.arguments = "NAME",
	.min = 1,
	.max = 1,
	.flags = WEIRCTL_CHANGES,
	.summary = {"make an API token for a program; it is shown this once",
		    "为程序创建 API 令牌;仅显示一次"},
	.options = token_options,
	.n_options = ARRAY_SIZE(token_options),
	.view = &answer_view,
	.run = run_token_add,
};

static int run_token_revoke(struct weirctl_context *context, const struct weirctl_args *args)
{
	struct weir_buf target _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIRCTL_TARGET_MAX);
	json_t *answer _cleanup_(weirctl_json_freep) = NULL;

	if (weir_buf_puts(&target, "/api/v1/tokens/") < 0 ||
	    weirctl_add_segment(&target, args->words[0]) < 0)
		return WEIRCTL_USAGE;
	return weirctl_send(context, "DELETE", target.data, NULL, &answer);
}

const struct weirctl_command weirctl_cmd_token_revoke = {
	.noun = "token",
	.verb = "revoke",
	.arguments = "ID",
	.min = 1,
	.max = 1,
	.flags = WEIRCTL_CHANGES,
	.summary = {"end an API token", "撤销 API 令牌"},
	.run = run_token_revoke,
};
