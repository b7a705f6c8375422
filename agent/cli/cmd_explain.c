/* SPDX-License-Identifier: Apache-2.0 */
/* weir explain: what was refused to the caller, why, and what to do. */

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "control_client.h"
#include "weir/base/parse.h"
#include "weir/catalogue/catalogue.h"
#include "weir/findings/detectors.h"

struct arguments {
	struct control_options options;
	uint32_t event; /* 0: all */
};

static int usage(FILE *out, int status)
{
	fprintf(out,
		"Usage: weir explain [EVENT] [OPTION]...\n"
		"What was refused to you lately, by which rule, and what you can do.\n\n"
		"  --format text|json   how to print (default text)\n"
		"  --socket FILE        where the agent listens (default " WEIR_CONTROL_SOCKET ")\n"
		"  --help\n");
	return status;
}

/* 1: go on, 0: help was asked for, -EINVAL. */
static int parse(int argc, char **argv, struct arguments *ret)
{
	static const struct option options[] = {
		{"format", required_argument, NULL, 'f'},
		{"socket", required_argument, NULL, 's'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	int option;

	*ret = (struct arguments){.options.socket = WEIR_CONTROL_SOCKET};
	while ((option = getopt_long(argc, argv, "", options, NULL)) >= 0) {
		if (option == 'h')
			return 0;
		if (control_take(&ret->options, option, optarg) < 0)
			return -EINVAL;
	}
	if (optind < argc && (weir_parse_u32(argv[optind++], &ret->event) < 0 || ret->event == 0))
		return -EINVAL;
	return optind == argc ? 1 : -EINVAL;
}

static const char *cause_words(const char *cause, bool chinese)
{
	static const struct {
		const char *cause, *zh, *en;
	} words[] = {
		{"content", "内容超过规则的限额", "what it holds is over the rule's limit"},
		{"label", "来源文件含有此类数据", "the file it came from holds such data"},
		{"closed", "此前已被拒绝，需重新打开或重新连接",
		 "it was refused before; open or connect anew"},
		{"device", "设备规则不允许", "the rule of the device"},
		{"open", "该目的地不接受写入或发送", "nothing may go there"},
		{"no_state", "检查资源或时间不足", "there was no room or time to look at it"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcmp(words[i].cause, cause) == 0)
			return chinese ? words[i].zh : words[i].en;
	return chinese ? "内容无法检查" : "what it holds could not be looked at";
}

static void print_counts(const json_t *refusal, bool chinese)
{
	const json_t *counts = json_object_get(refusal, "counts"), *count;
	size_t i;

	json_array_foreach(counts, i, count)
	{
		char id[80];
		int number = weir_detector_number(control_text(count, "detector", id, sizeof(id)));
		const struct weir_detector *known =
			number < 0 ? NULL
				   : weir_catalogue_at(weir_catalogue_builtin(), (unsigned)number);

		printf("%s%s: %lld", i ? ", " : (chinese ? "  发现：" : "  found: "),
		       !known	 ? id
		       : chinese ? known->name_zh
				 : known->name_en,
		       (long long)json_integer_value(json_object_get(count, "distinct")));
	}
	if (json_array_size(counts))
		putchar('\n');
}

static void print_classes(const json_t *refusal, bool chinese)
{
	const json_t *classes = json_object_get(refusal, "classes"), *class;
	size_t i;

	json_array_foreach(classes, i, class) printf(
		"%s%s", i ? ", " : (chinese ? "  类别：" : "  class: "), json_string_value(class));
	if (json_array_size(classes))
		putchar('\n');
}

static void print_advice(const json_t *refusal, long long event, bool chinese)
{
	char action[16];

	control_text(refusal, "action", action, sizeof(action));
	if (json_is_true(json_object_get(refusal, "justified")))
		printf(chinese ? "  您已说明理由：请在十分钟内重试一次。\n"
			       : "  you gave a reason: try again once within ten minutes of it.\n");
	else if (strcmp(action, "warn") == 0)
		printf(chinese ? "  如有业务需要：weir justify %lld --reason "
				 "\"理由\"，然后重试一次。\n"
			       : "  if your work needs it: weir justify %lld --reason \"...\", "
				 "then "
				 "try again once.\n",
		       event);
	else
		printf(chinese ? "  此规则不能凭理由放行；如有需要请联系数据安全部门，并告知编号 "
				 "%lld。\n"
			       : "  no reason lets this pass; ask those in charge of data "
				 "security, "
				 "naming %lld.\n",
		       event);
}

static void print_refusal(const json_t *refusal, bool chinese)
{
	long long event = (long long)json_integer_value(json_object_get(refusal, "event"));
	long long seen = (long long)json_integer_value(json_object_get(refusal, "seen"));
	char when[40], target[1100], cause[40], rule[80], message[600];

	control_text(refusal, "cause", cause, sizeof(cause));
	control_text(refusal, "rule", rule, sizeof(rule));
	control_text(refusal, chinese ? "message_zh" : "message_en", message, sizeof(message));
	printf("%lld  %s  %s\n", event, control_text(refusal, "time", when, sizeof(when)),
	       control_text(refusal, "target", target, sizeof(target)));
	printf(chinese ? "  原因：%s" : "  why: %s", cause_words(cause, chinese));
	if (rule[0])
		printf(chinese ? "（规则 %s）" : " (rule %s)", rule);
	if (seen > 1)
		printf(chinese ? "，共 %lld 次" : ", %lld times", seen);
	putchar('\n');
	if (json_is_true(json_object_get(refusal, "late")))
		printf(chinese ? "  写入后才发现，已从目的地清除。\n"
			       : "  it was found after it had landed, and was taken away there.\n");
	print_classes(refusal, chinese);
	print_counts(refusal, chinese);
	if (message[0])
		printf("  %s\n", message);
	print_advice(refusal, event, chinese);
}

static void print_answer(const struct arguments *arguments, const json_t *answer)
{
	const json_t *refusals = json_object_get(answer, "refusals");
	bool chinese = control_chinese();

	if (arguments->options.json) {
		(void)json_dumpf(answer, stdout, JSON_COMPACT);
		putchar('\n');
		return;
	}
	for (size_t i = 0; i < json_array_size(refusals); i++)
		print_refusal(json_array_get(refusals, i), chinese);
	if (json_array_size(refusals) == 0)
		printf(chinese ? "最近没有拒绝您的任何操作。\n"
			       : "nothing was refused to you lately.\n");
}

int weir_cmd_explain(int argc, char **argv)
{
	struct arguments arguments;
	json_t *answer = NULL;
	int r = parse(argc, argv, &arguments);

	if (r <= 0)
		return r < 0 ? usage(stderr, 2) : usage(stdout, 0);
	r = control_request(&arguments.options,
			    arguments.event ? json_pack("{s:s, s:I}", "request", "explain", "event",
							(json_int_t)arguments.event)
					    : json_pack("{s:s}", "request", "explain"),
			    &answer);
	if (r == 0)
		print_answer(&arguments, answer);
	else
		control_complain("explain", &arguments.options, r, answer);
	json_decref(answer);
	return r == 0 ? 0 : r == -EREMOTEIO ? 1 : 2;
}
