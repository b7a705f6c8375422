/* SPDX-License-Identifier: Apache-2.0 */
/* weir justify: the reason for what was refused with a warning. What the reason itself holds is looked at here, by the engine that
 * looks at files: the agent has none, and masks what reads like a number of a person's. */

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "control_client.h"
#include "weir/base/parse.h"
#include "weir/base/time.h"
#include "weir/engine/engine.h"
#include "weir/event/justification.h"

struct arguments {
	struct control_options options;
	uint32_t event;
	const char *reason;
};

static int usage(FILE *out, int status)
{
	fprintf(out,
		"Usage: weir justify EVENT --reason TEXT [OPTION]...\n"
		"Gives the reason for what a rule refused with a warning; the same may then be "
		"tried "
		"again, once,\nwithin ten minutes. The reason is recorded with your name.\n\n"
		"  EVENT                its number, see weir explain\n"
		"  --reason TEXT        %d to %d characters; nobody's personal data\n"
		"  --format text|json   how to print (default text)\n"
		"  --socket FILE        where the agent listens (default " WEIR_CONTROL_SOCKET ")\n"
		"  --help\n",
		WEIR_JUSTIFICATION_MIN, WEIR_JUSTIFICATION_MAX);
	return status;
}

/* 1: go on, 0: help was asked for, -EINVAL. */
static int parse(int argc, char **argv, struct arguments *ret)
{
	static const struct option options[] = {
		{"reason", required_argument, NULL, 'r'},
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
		if (option == 'r')
			ret->reason = optarg;
		else if (control_take(&ret->options, option, optarg) < 0)
			return -EINVAL;
	}
	if (optind + 1 != argc || !ret->reason || weir_parse_u32(argv[optind], &ret->event) < 0)
		return -EINVAL;
	return 1;
}

/* 1: it holds what must not be in it. */
static int holds_identifiers(const char *text)
{
	struct weir_engine_request request = {
		.now_ns = weir_now_realtime(), .min_confidence = 70, .charset = WEIR_CHARSET_UTF8};
	struct weir_engine *engine _cleanup_(weir_engine_freep) = NULL;
	struct weir_findings *findings _cleanup_(freep) = calloc(1, sizeof(*findings));
	int r = findings ? weir_engine_new(NULL, &engine) : -ENOMEM;

	if (r < 0)
		return r;
	weir_engine_begin(engine, &request);
	(void)weir_engine_feed(engine, text, strlen(text));
	weir_engine_finish(engine, findings);
	return findings->count > 0;
}

/* What is said against the reason, NULL when nothing. */
static const char *fault_of(const char *reason, bool chinese)
{
	int r;

	if (!weir_reason_valid(reason))
		return chinese ? "理由须为一行，4 至 500 个字符"
			       : "the reason must be one line of 4 to 500 characters";
	r = holds_identifiers(reason);
	if (r < 0)
		return strerror(-r);
	return r == 0	 ? NULL
	       : chinese ? "理由中含有个人信息，请勿写入号码或姓名等"
			 : "the reason itself holds personal data: leave numbers and names out";
}

static void print_answer(const struct arguments *arguments, const json_t *answer)
{
	long long seconds = (long long)json_integer_value(json_object_get(answer, "seconds"));

	if (arguments->options.json) {
		(void)json_dumpf(answer, stdout, JSON_COMPACT);
		putchar('\n');
		return;
	}
	printf(control_chinese() ? "已记录。请在 %lld 分钟内重试，仅限一次。\n"
				 : "recorded. Try again within %lld minutes; it passes once.\n",
	       seconds / 60);
}

int weir_cmd_justify(int argc, char **argv)
{
	struct arguments arguments;
	json_t *answer = NULL;
	int r = parse(argc, argv, &arguments);
	const char *fault;

	if (r <= 0)
		return r < 0 ? usage(stderr, 2) : usage(stdout, 0);
	fault = fault_of(arguments.reason, control_chinese());
	if (fault) {
		fprintf(stderr, "weir justify: %s\n", fault);
		return 2;
	}
	r = control_request(&arguments.options,
			    json_pack("{s:s, s:I, s:s}", "request", "justify", "event",
				      (json_int_t)arguments.event, "reason", arguments.reason),
			    &answer);
	if (r == 0)
		print_answer(&arguments, answer);
	else
		control_complain("justify", &arguments.options, r, answer);
	json_decref(answer);
	return r == 0 ? 0 : r == -EREMOTEIO ? 1 : 2;
}
