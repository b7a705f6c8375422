/* SPDX-License-Identifier: Apache-2.0 */
/* Versions of the policy: made, looked at, sent out. Signing is cmd_policy_sign.c. */

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "commands.h"
#include "policy.h"
#include "view.h"
#include "weir/base/fd.h"
#include "weir/policy/cases.h"
#include "weir/policy/compile.h"
#include "weir/policy/decide.h"

#define TEXT_MAX_BYTES (1024 * 1024)

/* clang-format off */
static const struct weirctl_option drafting[] = {
	{"cases", '\0', "FILE", NULL, {"what it has to decide; tried here, by the console and by every endpoint", "用例文件;在此处、控制台和每个终端上都会验证"}},
	{"group", '\0', "NAME", NULL, {"for the endpoints of this group alone", "只发给此组的终端"}},
	{"note", '\0', "TEXT", NULL, {"a line for those who sign", "给签名人的一行说明"}},
	{"min-agent", '\0', "VERSION", NULL, {"older endpoints refuse it", "较旧的终端会拒绝"}},
	{"days", '\0', "N", NULL, {"until it expires (90)", "多少天后到期(缺省 90)"}},
};
static const struct weirctl_option publishing[] = {
	{"ring", '\0', "PERCENT", "1|10|50|100", {"of the endpoints at first (1)", "首先发给百分之几的终端(缺省 1)"}},
	{"soak", '\0', "SECONDS", NULL, {"in each ring before the next follows by itself (0: by hand)", "每环观察多少秒后自动进入下一环(0:手动)"}},
};
static const struct weirctl_option testing[] = {
	{"cases", '\0', "FILE", NULL, {"what it has to decide", "用例文件"}},
};
static const struct weirctl_option halting[] = {
	{"reason", '\0', "TEXT", NULL, {"for the record", "原因,留作记录"}},
};

static const struct weirctl_column columns[] = {
	{"ID", "id", NULL}, {"REVISION", "revision", NULL}, {"STATE", "state", NULL}, {"GROUP", "group", NULL},
	{"AUTHOR", "author", NULL}, {"SIGNED", "signatures", NULL}, {"PUBLISHER", "publisher", NULL},
	{"ROLLOUT", "rollout", NULL}, {"RING", "ring", NULL}, {"EXPIRES", "expires", NULL}, {"NOTE", "note", NULL},
};
static const char *const fields[] = {
	"id", "revision", "state", "group", "note", "min_agent", "author", "author_id", "publisher", "created",
	"published", "expires", "signatures", "rollout", "ring", "reason", "hash", NULL,
};
/* clang-format on */

static const struct weirctl_view list_view = {
	.member = "versions",
	.columns = columns,
	.n_columns = ARRAY_SIZE(columns),
	.fields = fields,
};
static const struct weirctl_view view = {.member = "version"};

int weirctl_policy_text(const char *path, struct weir_buf *ret)
{
	int r = weir_read_file(AT_FDCWD, path, ret);

	if (r == 0 && !ret->data)
		r = weir_buf_puts(ret, "");
	if (r == 0 && memchr(ret->data, 0, ret->len))
		r = -EBADMSG;
	if (r < 0)
		weirctl_say("%s: %s", "%s:%s", path, strerror(-r));
	return r < 0 ? WEIRCTL_ERROR : WEIRCTL_OK;
}

static void say_error(const char *path, const struct weir_error *err)
{
	weirctl_say("%s:%u:%u: %s%s%s", "%s:%u:%u:%s%s%s", path, err->line, err->column, err->text,
		    err->hint[0] ? "; " : "", err->hint);
}

static void say_case(void *context, const struct weir_policy_case *result)
{
	if (!result->met)
		weirctl_say("%s:%u: %s: %s", "%s:%u:%s:%s", (const char *)context, result->line,
			    result->name, result->difference);
}

static int check_cases(const struct weir_policy *policy, const char *path)
{
	struct weir_buf cases _cleanup_(weir_buf_done) = WEIR_BUF_INIT(TEXT_MAX_BYTES);
	struct weir_error err = {};
	int r = weirctl_policy_text(path, &cases);

	if (r != WEIRCTL_OK)
		return r;
	r = weir_policy_cases(policy, cases.data, cases.len, say_case, (void *)path, &err);
	if (r < 0)
		say_error(path, &err);
	return r == 0 ? WEIRCTL_OK : WEIRCTL_ERROR;
}

/* By the very code that endpoints decide with. */
static int check_text(const char *path, const struct weir_buf *text, const char *cases)
{
	struct weir_buf compiled _cleanup_(weir_buf_done) = WEIR_BUF_INIT(TEXT_MAX_BYTES);
	struct weir_policy *policy _cleanup_(weir_policy_freep) = NULL;
	struct weir_error err = {};
	int r = weir_policy_compile(text->data, text->len, &compiled, &err);

	if (r == 0)
		r = weir_policy_new(compiled.data, compiled.len, &policy, &err);
	if (r < 0) {
		say_error(path, &err);
		return WEIRCTL_ERROR;
	}
	return cases ? check_cases(policy, cases) : WEIRCTL_OK;
}

static int run_lint(struct weirctl_context *context, const struct weirctl_args *args)
{
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(TEXT_MAX_BYTES);
	int r = weirctl_policy_text(args->words[0], &text);

	return r == WEIRCTL_OK ? check_text(args->words[0], &text, weirctl_value(args, "cases"))
			       : r;
}

const struct weirctl_command weirctl_cmd_policy_lint = {
	.noun = "policy",
	.verb = "lint",
	.arguments = "FILE",
	.min = 1,
	.max = 1,
	.summary = {"say what is wrong with a policy, and which cases it does not meet",
		    "检查策略的错误和未满足的用例"},
	.options = testing,
	.n_options = ARRAY_SIZE(testing),
	.run = run_lint,
};

static int run_ls(struct weirctl_context *context, const struct weirctl_args *args)
{
	json_t *answer _cleanup_(weirctl_json_freep) = NULL;
	int r = weirctl_get_list(context, "/api/v1/policy/versions", list_view.member, "before", 50,
				 &answer);

	return r == WEIRCTL_OK ? weirctl_print(context, &list_view, answer) : r;
}

const struct weirctl_command weirctl_cmd_policy_ls = {
	.noun = "policy",
	.verb = "ls",
	.flags = WEIRCTL_WATCH,
	.summary = {"list versions of the policy, newest first", "列出策略版本,最新在前"},
	.view = &list_view,
	.run = run_ls,
};

int weirctl_policy_target(struct weir_buf *target, const char *noun, const char *id,
			  const char *verb)
{
	int r = weir_buf_printf(target, "/api/v1/%s/", noun);

	if (r == 0)
		r = weirctl_add_segment(target, id);
	if (r == 0 && verb)
		r = weir_buf_printf(target, "/%s", verb);
	if (r < 0)
		weirctl_say("this is no id", "无效的编号");
	return r < 0 ? WEIRCTL_USAGE : WEIRCTL_OK;
}

const char *weirctl_key_file(const struct weirctl_args *args)
{
	const char *path = weirctl_value(args, "key");

	if (!path)
		weirctl_say("--key is missing", "缺少 --key");
	return path;
}

int weirctl_key_failed(const char *path, int error)
{
	if (error == -EPERM)
		weirctl_say("%s: others may read it: chmod 600", "%s:他人可读,请执行 chmod 600",
			    path);
	else if (error == -EINVAL)
		weirctl_say("%s: this is no such key, or the name is none",
			    "%s:不是此类密钥,或名称无效", path);
	else
		weirctl_say("%s: %s", "%s:%s", path, strerror(-error));
	return WEIRCTL_ERROR;
}

int weirctl_policy_send(struct weirctl_context *context, const struct weirctl_view *shown,
			const char *noun, const char *id, const char *verb, json_t *body)
{
	struct weir_buf target _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIRCTL_TARGET_MAX);
	json_t *owned _cleanup_(weirctl_json_freep) = body;
	json_t *answer _cleanup_(weirctl_json_freep) = NULL;
	int r = weirctl_policy_target(&target, noun, id, verb);

	if (r == WEIRCTL_OK)
		r = weirctl_send(context, "POST", target.data, owned, &answer);
	return r == WEIRCTL_OK ? weirctl_print(context, shown, answer) : r;
}

/* Without what is long. */
static void shorten(json_t *answer)
{
	static const char *const names[] = {"payload", "envelope", "source", "cases"};
	json_t *version = json_object_get(answer, "version");

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		json_object_del(version, names[i]);
}

static int run_show(struct weirctl_context *context, const struct weirctl_args *args)
{
	struct weir_buf target _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIRCTL_TARGET_MAX);
	json_t *answer _cleanup_(weirctl_json_freep) = NULL;
	int r = weirctl_policy_target(&target, "policy/versions", args->words[0], NULL);

	if (r == WEIRCTL_OK)
		r = weirctl_get(context, target.data, &answer);
	if (r != WEIRCTL_OK)
		return r;
	shorten(answer);
	return weirctl_print(context, &view, answer);
}

const struct weirctl_command weirctl_cmd_policy_show = {
	.noun = "policy",
	.verb = "show",
	.arguments = "ID",
	.min = 1,
	.max = 1,
	.flags = WEIRCTL_WATCH,
	.summary = {"show a version: its text, and how the fleet takes it",
		    "查看一个版本:内容与终端采用情况"},
	.view = &view,
	.run = run_show,
};

static int make_body(const struct weirctl_args *args, json_t **ret)
{
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(TEXT_MAX_BYTES);
	struct weir_buf cases _cleanup_(weir_buf_done) = WEIR_BUF_INIT(TEXT_MAX_BYTES);
	const char *cases_path = weirctl_value(args, "cases");
	unsigned days = 90;
	int r = weirctl_policy_text(args->words[0], &text);

	if (r == WEIRCTL_OK)
		r = check_text(args->words[0], &text, cases_path);
	if (r == WEIRCTL_OK)
		r = weirctl_number(args, "days", 1, 400, &days);
	if (r == WEIRCTL_OK && cases_path)
		r = weirctl_policy_text(cases_path, &cases);
	if (r != WEIRCTL_OK)
		return r;
	*ret = json_pack("{s:s, s:s*, s:s*, s:s*, s:s*, s:i}", "source", text.data, "cases",
			 cases.data, "group", weirctl_value(args, "group"), "note",
			 weirctl_value(args, "note"), "min_agent", weirctl_value(args, "min-agent"),
			 "days", (int)days);
	if (*ret)
		return WEIRCTL_OK;
	weirctl_say("%s: not UTF-8", "%s:不是 UTF-8", args->words[0]);
	return WEIRCTL_ERROR;
}

static int run_create(struct weirctl_context *context, const struct weirctl_args *args)
{
	json_t *body _cleanup_(weirctl_json_freep) = NULL;
	json_t *answer _cleanup_(weirctl_json_freep) = NULL;
	int r = make_body(args, &body);

	if (r == WEIRCTL_OK)
		r = weirctl_send(context, "POST", "/api/v1/policy/versions", body, &answer);
	if (r != WEIRCTL_OK)
		return r;
	shorten(answer);
	return weirctl_print(context, &view, answer);
}

const struct weirctl_command weirctl_cmd_policy_create = {
	.noun = "policy",
	.verb = "create",
	.arguments = "FILE",
	.min = 1,
	.max = 1,
	.flags = WEIRCTL_CHANGES,
	.summary = {"make a version of a policy, ready to be signed", "创建一个待签名的策略版本"},
	.options = drafting,
	.n_options = ARRAY_SIZE(drafting),
	.view = &view,
	.run = run_create,
};

static int change(struct weirctl_context *context, const char *id, const char *verb, json_t *body)
{
	struct weir_buf target _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIRCTL_TARGET_MAX);
	json_t *owned _cleanup_(weirctl_json_freep) = body;
	json_t *answer _cleanup_(weirctl_json_freep) = NULL;
	int r = weirctl_policy_target(&target, "policy/versions", id, verb);

	if (r == WEIRCTL_OK)
		r = weirctl_send(context, "POST", target.data, owned, &answer);
	if (r != WEIRCTL_OK)
		return r;
	shorten(answer);
	json_object_del(json_object_get(answer, "version"), "text");
	return weirctl_print(context, &view, answer);
}

static int run_publish(struct weirctl_context *context, const struct weirctl_args *args)
{
	unsigned ring = 1, soak = 0;
	int r = weirctl_number(args, "ring", 1, 100, &ring);

	if (r == WEIRCTL_OK)
		r = weirctl_number(args, "soak", 0, 31 * 86400, &soak);
	return r == WEIRCTL_OK
		       ? change(context, args->words[0], "publish",
				json_pack("{s:i, s:i}", "ring", (int)ring, "soak_s", (int)soak))
		       : r;
}

static int run_halt(struct weirctl_context *context, const struct weirctl_args *args)
{
	const char *reason = weirctl_value(args, "reason");

	return change(context, args->words[0], "halt",
		      json_pack("{s:s}", "reason", reason ? reason : "by hand"));
}

static int run_plain(struct weirctl_context *context, const struct weirctl_args *args)
{
	const char *verb = args->command->verb;

	return change(context, args->words[0], strcmp(verb, "undo") == 0 ? "again" : verb, NULL);
}

#define CHANGE(id, word, en, zh, given, fn)                      \
	const struct weirctl_command weirctl_cmd_policy_##id = { \
		.noun = "policy",                                \
		.verb = word,                                    \
		.arguments = "ID",                               \
		.min = 1,                                        \
		.max = 1,                                        \
		.flags = WEIRCTL_CHANGES,                        \
		.summary = {en, zh},                             \
		given.view = &view,                              \
		.run = fn,                                       \
	}
#define NONE
#define WITH(list) .options = list, .n_options = ARRAY_SIZE(list),

CHANGE(publish, "publish", "offer a signed version to a ring of the endpoints; never one's own",
       "发布已签名的版本给部分终端;作者不能发布自己的版本", WITH(publishing), run_publish);
CHANGE(promote, "promote", "go on to the next ring", "进入下一环", NONE, run_plain);
CHANGE(halt, "halt", "offer it to no further endpoints", "停止继续下发", WITH(halting), run_halt);
CHANGE(withdraw, "withdraw", "give up a version that is not published", "撤回未发布的版本", NONE,
       run_plain);
CHANGE(undo, "undo",
       "make the content of a published version a new version, to be signed and published",
       "以已发布版本的内容创建新版本,待签名和发布", NONE, run_plain);
