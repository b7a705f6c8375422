/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "commands.h"
#include "control_client.h"
#include "weir/base/macros.h"
#include "weir/base/time.h"

static int usage(FILE *out, int status)
{
	fprintf(out,
		"Usage: weir quarantine ls [OPTION]...\n"
		"       weir quarantine restore ID [--to FILE] [OPTION]...\n"
		"       weir quarantine forget ID [OPTION]...\n"
		"Files that a rule took away: what there is, back to where it was, or gone for "
		"good. For root.\n\n"
		"  --to FILE            put it there instead; there must be no such file\n"
		"  --format text|json   how to print (default text)\n"
		"  --socket FILE        where the agent listens (default " WEIR_CONTROL_SOCKET ")\n"
		"  --help\n");
	return status;
}

struct arguments {
	struct control_options options;
	const char *what, *id, *to;
};

/* 1: go on, 0: help was asked for, -EINVAL. */
static int parse(int argc, char **argv, struct arguments *ret)
{
	static const struct option options[] = {
		{"format", required_argument, NULL, 'f'},
		{"socket", required_argument, NULL, 's'},
		{"to", required_argument, NULL, 't'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	int option;

	*ret = (struct arguments){.options.socket = WEIR_CONTROL_SOCKET};
	while ((option = getopt_long(argc, argv, "", options, NULL)) >= 0) {
		if (option == 'h')
			return 0;
		if (option == 't')
			ret->to = optarg;
		else if (control_take(&ret->options, option, optarg) < 0)
			return -EINVAL;
	}
	ret->what = optind < argc ? argv[optind++] : NULL;
	ret->id = optind < argc ? argv[optind++] : NULL;
	if (!ret->what || optind < argc)
		return -EINVAL;
	if (strcmp(ret->what, "ls") == 0)
		return ret->id || ret->to ? -EINVAL : 1;
	if (strcmp(ret->what, "restore") != 0 && (strcmp(ret->what, "forget") != 0 || ret->to))
		return -EINVAL;
	return ret->id ? 1 : -EINVAL;
}

static void print_entry(const json_t *entry)
{
	char id[32], path[1100], rule[140], when[32] = "";
	time_t seconds = (time_t)((uint64_t)json_integer_value(json_object_get(entry, "time_ns")) /
				  WEIR_NSEC_PER_SEC);
	struct tm tm;

	if (gmtime_r(&seconds, &tm))
		(void)strftime(when, sizeof(when), "%FT%TZ", &tm);
	printf("%s  %s  %10lld  %s  %s\n", control_text(entry, "id", id, sizeof(id)), when,
	       (long long)json_integer_value(json_object_get(entry, "size")),
	       control_text(entry, "rule", rule, sizeof(rule)),
	       control_text(entry, "path", path, sizeof(path)));
}

static void print_answer(const struct arguments *arguments, const json_t *answer)
{
	const json_t *entries = json_object_get(answer, "entries");

	if (arguments->options.json) {
		(void)json_dumpf(answer, stdout, JSON_COMPACT);
		putchar('\n');
		return;
	}
	for (size_t i = 0; i < json_array_size(entries); i++)
		print_entry(json_array_get(entries, i));
	if (json_is_true(json_object_get(answer, "more")))
		printf(control_chinese() ? "还有更多\n" : "and more\n");
}

int weir_cmd_quarantine(int argc, char **argv)
{
	struct arguments arguments;
	json_t *answer = NULL;
	int r = parse(argc, argv, &arguments);

	if (r <= 0)
		return r < 0 ? usage(stderr, 2) : usage(stdout, 0);
	r = control_request(&arguments.options,
			    json_pack("{s:s, s:s, s:s*, s:s*}", "request", "quarantine", "do",
				      strcmp(arguments.what, "ls") == 0 ? "list" : arguments.what,
				      "id", arguments.id, "to", arguments.to),
			    &answer);
	if (r == 0)
		print_answer(&arguments, answer);
	else
		control_complain("quarantine", &arguments.options, r, answer);
	json_decref(answer);
	return r == 0 ? 0 : 1;
}
