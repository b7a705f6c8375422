/* SPDX-License-Identifier: Apache-2.0 */
/* Where alerts are exported to: sink ls, add, rm, test. */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>

#include "commands.h"
#include "view.h"
#include "weir/base/fd.h"

#define FILE_MAX   (64 * 1024)
#define TEST_LOOKS 180 /* half a second each */

/* clang-format off */
static const struct weirctl_column columns[] = {
	{"NAME", "name", NULL},
	{"KIND", "kind", NULL},
	{"FORMAT", "format", NULL},
	{"TARGET", "target", NULL},
	{"BEHIND", "behind", NULL},
	{"PASSED OVER", "passed_over", NULL},
	{"FAILURES", "failures", NULL},
	{"ERROR", "error", NULL},
};

static const char *const fields[] = {
	"name", "kind", "format", "target", "position", "behind", "passed_over", "passed_last", "failures", "error",
	"tests_asked", "tests_done", "test_error", NULL,
};

static const struct weirctl_option add_options[] = {
	{"kind", '\0', "KIND", "file|syslog|otlp|webhook", {"a file a day on the console, a syslog server by TLS, an OTLP collector, or a webhook", "控制台上每天一个文件、经 TLS 的 syslog 服务器、OTLP 收集器或 Webhook"}},
	{"format", '\0', "FORMAT", "ocsf|cef|wecom|dingtalk|feishu", {"what a record is written in (ocsf); of a webhook also whose chat robot it is", "记录格式(缺省 ocsf);Webhook 也可为企业微信、钉钉或飞书机器人"}},
	{"lang", '\0', "LANG", "zh|en", {"of a robot's messages (zh)", "机器人消息的语言(缺省 zh)"}},
	{"to", '\0', "ADDRESS", NULL, {"of a syslog server: HOST or HOST:PORT (6514); else a URL", "syslog 服务器:HOST 或 HOST:PORT(缺省 6514);其余为 URL"}},
	{"to-file", '\0', "FILE", NULL, {"the same from a file, where it has a token in it, as robots' have; \"-\" is standard input", "同上,从文件读取(机器人地址含令牌);“-”为标准输入"}},
	{"ca-file", '\0', "FILE", NULL, {"PEM: who may vouch for the server; as the console's machine has it when not said", "PEM:可为服务器作证的 CA;缺省为控制台主机所信任的 CA"}},
	{"certificate-file", '\0', "FILE", NULL, {"PEM: what the console shows the server, with its chain", "PEM:控制台向服务器出示的证书及证书链"}},
	{"secret-file", '\0', "FILE", NULL, {"the certificate's key (PEM), a bearer token, or what a webhook is signed with; \"-\" is standard input", "证书私钥(PEM)、令牌或 Webhook 签名密钥;“-”为标准输入"}},
};
/* clang-format on */

static const struct weirctl_view list_view = {
	.member = "sinks",
	.columns = columns,
	.n_columns = ARRAY_SIZE(columns),
	.fields = fields,
};
static const struct weirctl_view sink_view = {.member = "sink"};
static const struct weirctl_view answer_view = {};

static int run_ls(struct weirctl_context *context, const struct weirctl_args *args)
{
	json_t *answer _cleanup_(weirctl_json_freep) = NULL;
	int r = weirctl_get(context, "/api/v1/sinks", &answer);

	return r == WEIRCTL_OK ? weirctl_print(context, &list_view, answer) : r;
}

const struct weirctl_command weirctl_cmd_sink_ls = {
	.noun = "sink",
	.verb = "ls",
	.flags = WEIRCTL_WATCH,
	.summary = {"list where alerts are exported to, and how far each is behind",
		    "列出告警导出目标及各自的滞后情况"},
	.view = &list_view,
	.run = run_ls,
};

static int read_file(const char *path, struct weir_buf *ret)
{
	int r = weir_read_file(AT_FDCWD, strcmp(path, "-") == 0 ? "/dev/stdin" : path, ret);

	if (r == 0 && !ret->len)
		r = -ENODATA;
	if (r < 0)
		weirctl_say("%s: %s", "%s:%s", path, strerror(-r));
	return r < 0 ? WEIRCTL_ERROR : WEIRCTL_OK;
}

/* The file that an option names, as a member of the body. */
static int add_file(json_t *body, const char *member, const char *path)
{
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(FILE_MAX);
	int r;

	if (!path)
		return WEIRCTL_OK;
	r = read_file(path, &text);
	if (r == WEIRCTL_OK &&
	    json_object_set_new(body, member, json_stringn(text.data, text.len)) < 0) {
		weirctl_say("%s: not UTF-8", "%s:不是 UTF-8", path);
		r = WEIRCTL_USAGE;
	}
	if (text.data)
		explicit_bzero(text.data, text.len);
	return r;
}

/* A dry run shows the body: not this. */
static int add_secret(const struct weirctl_context *context, json_t *body, const char *member,
		      const char *path)
{
	if (!path || !context->dry_run)
		return add_file(body, member, path);
	return json_object_set_new(body, member, json_string("...")) < 0 ? WEIRCTL_ERROR
									 : WEIRCTL_OK;
}

/* Of a URL in a file: a line. */
static void cut_line(json_t *body, const char *member)
{
	const char *text = json_string_value(json_object_get(body, member));

	if (text)
		(void)json_object_set_new(body, member, json_stringn(text, strcspn(text, "\r\n")));
}

/* Nothing secret on a command line, which others of the machine can read. */
static int check_robot(const struct weirctl_args *args)
{
	const char *format = weirctl_value(args, "format");

	if (!weirctl_value(args, "to") || !format || strcmp(format, "ocsf") == 0 ||
	    strcmp(format, "cef") == 0)
		return WEIRCTL_OK;
	weirctl_say("a robot's address holds its token: give it by --to-file",
		    "机器人地址含令牌:请用 --to-file 提供");
	return WEIRCTL_USAGE;
}

static int run_add(struct weirctl_context *context, const struct weirctl_args *args)
{
	static const char *const texts[][2] = {
		{"kind", "kind"}, {"format", "format"}, {"lang", "language"}, {"to", "address"}};
	json_t *body _cleanup_(weirctl_json_freep) = json_pack("{s:s}", "name", args->words[0]);
	json_t *answer _cleanup_(weirctl_json_freep) = NULL;
	int r = check_robot(args);

	if (r != WEIRCTL_OK)
		return r;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		const char *value = weirctl_value(args, texts[i][0]);

		if (value && json_object_set_new(body, texts[i][1], json_string(value)) < 0)
			return WEIRCTL_USAGE;
	}
	r = add_secret(context, body, "address", weirctl_value(args, "to-file"));
	cut_line(body, "address");
	if (r == WEIRCTL_OK)
		r = add_file(body, "ca", weirctl_value(args, "ca-file"));
	if (r == WEIRCTL_OK)
		r = add_file(body, "certificate", weirctl_value(args, "certificate-file"));
	if (r == WEIRCTL_OK)
		r = add_secret(context, body, "secret", weirctl_value(args, "secret-file"));
	if (r == WEIRCTL_OK)
		r = weirctl_send(context, "POST", "/api/v1/sinks", body, &answer);
	return r == WEIRCTL_OK ? weirctl_print(context, &sink_view, answer) : r;
}

const struct weirctl_command weirctl_cmd_sink_add = {
	.noun = "sink",
	.verb = "add",
	.arguments = "NAME",
	.min = 1,
	.max = 1,
	.flags = WEIRCTL_CHANGES,
	.summary = {"export alerts to another system, from now on", "从现在起将告警导出到其他系统"},
	.about = {"Every alert goes there at least once, in order, however long the system is "
		  "away. Only masked values leave.",
		  "每条告警按顺序至少送达一次,目标离线多久都不会丢失。只发送脱敏后的值。"},
	.options = add_options,
	.n_options = ARRAY_SIZE(add_options),
	.view = &sink_view,
	.run = run_add,
};

static int make_target(const char *name, const char *behind, struct weir_buf *target)
{
	if (weir_buf_puts(target, "/api/v1/sinks/") < 0 || weirctl_add_segment(target, name) < 0 ||
	    weir_buf_puts(target, behind) < 0)
		return WEIRCTL_USAGE;
	return WEIRCTL_OK;
}

static int run_rm(struct weirctl_context *context, const struct weirctl_args *args)
{
	struct weir_buf target _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIRCTL_TARGET_MAX);
	json_t *answer _cleanup_(weirctl_json_freep) = NULL;
	int r = make_target(args->words[0], "", &target);

	if (r == WEIRCTL_OK)
		r = weirctl_send(context, "DELETE", target.data, NULL, &answer);
	return r == WEIRCTL_OK ? weirctl_print(context, &answer_view, answer) : r;
}

const struct weirctl_command weirctl_cmd_sink_rm = {
	.noun = "sink",
	.verb = "rm",
	.arguments = "NAME",
	.min = 1,
	.max = 1,
	.flags = WEIRCTL_CHANGES,
	.summary = {"export there no more; what was written stays",
		    "停止向该目标导出;已写出的内容保留"},
	.view = &answer_view,
	.run = run_rm,
};

/* Borrowed from the answer; NULL: there is none of this name. */
static const json_t *find_sink(const json_t *answer, const char *name)
{
	const json_t *sinks = json_object_get(answer, "sinks");

	for (size_t i = 0; i < json_array_size(sinks); i++) {
		const json_t *sink = json_array_get(sinks, i);
		const char *its = json_string_value(json_object_get(sink, "name"));

		if (its && strcmp(its, name) == 0)
			return sink;
	}
	return NULL;
}

/* 1: it was tried, and *ret owns the sink; 0: not yet; or, negated, the exit status after a message. */
static int look(struct weirctl_context *context, const char *name, json_int_t number, json_t **ret)
{
	json_t *answer _cleanup_(weirctl_json_freep) = NULL;
	const json_t *sink;
	int r = weirctl_get(context, "/api/v1/sinks", &answer);

	if (r != WEIRCTL_OK)
		return -r;
	sink = find_sink(answer, name);
	if (!sink) {
		weirctl_say("the sink was removed meanwhile", "该导出目标已被删除");
		return -WEIRCTL_NOT_FOUND;
	}
	if (json_integer_value(json_object_get(sink, "tests_done")) < number)
		return 0;
	*ret = json_deep_copy(sink);
	return *ret ? 1 : -WEIRCTL_ERROR;
}

static int wait_for_test(struct weirctl_context *context, const char *name, json_int_t number)
{
	const struct timespec pause = {.tv_nsec = 500 * 1000 * 1000};
	json_t *sink _cleanup_(weirctl_json_freep) = NULL;
	const char *error;
	int r = look(context, name, number, &sink);

	for (unsigned i = 0; r == 0 && i < TEST_LOOKS; i++) {
		nanosleep(&pause, NULL);
		r = look(context, name, number, &sink);
	}
	if (r < 0)
		return -r;
	error = r ? json_string_value(json_object_get(sink, "test_error")) : "ETIMEDOUT";
	if (error && !*error)
		return weirctl_print(context, &answer_view, sink);
	weirctl_say("the record was not delivered: %s", "记录未能送达:%s", error ? error : "?");
	return WEIRCTL_ERROR;
}

static int run_test(struct weirctl_context *context, const struct weirctl_args *args)
{
	struct weir_buf target _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIRCTL_TARGET_MAX);
	json_t *answer _cleanup_(weirctl_json_freep) = NULL;
	int r = make_target(args->words[0], "/test", &target);

	if (r == WEIRCTL_OK)
		r = weirctl_send(context, "POST", target.data, NULL, &answer);
	if (r != WEIRCTL_OK || !answer)
		return r;
	return wait_for_test(context, args->words[0],
			     json_integer_value(json_object_get(answer, "test")));
}

const struct weirctl_command weirctl_cmd_sink_test = {
	.noun = "sink",
	.verb = "test",
	.arguments = "NAME",
	.min = 1,
	.max = 1,
	.flags = WEIRCTL_CHANGES,
	.summary = {"deliver a made-up alert there and say what came of it",
		    "发送一条虚构告警并报告结果"},
	.view = &answer_view,
	.run = run_test,
};
