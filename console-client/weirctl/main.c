/* SPDX-License-Identifier: Apache-2.0 */
/* weirctl: what the security team uses. Only chooses the command. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"

struct command {
	const char *noun, *verb;
	int (*run)(struct weirctl_context *context, int argc, char **argv);
	const char *summary;
};

static const struct command commands[] = {
	{"alert", "ls", weirctl_alert_ls, "list alerts, newest first"},
	{"alert", "show", weirctl_alert_show, "show one alert"},
	{"agent", "ls", weirctl_agent_ls, "list the agents"},
};

static int usage(FILE *out, int status)
{
	fprintf(out, "Usage: weirctl [--console unix:PATH|http://127.0.0.1:PORT] [--token-file "
		     "FILE] COMMAND [OPTION]...\n"
		     "\n");
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		fprintf(out, "  %s %-5s %s\n", commands[i].noun, commands[i].verb,
			commands[i].summary);
	fprintf(out,
		"\n"
		"weirctl NOUN VERB --help says more about one. The console is taken from "
		"$WEIR_CONSOLE and the\n"
		"token from the file $WEIR_TOKEN_FILE when no option says otherwise; without "
		"either it is\n"
		"%s. A table on a terminal, tab-separated values in a pipe.\n"
		"\n"
		"Exit status: 0 done, 1 error, 2 wrong usage, 3 not found, 4 not allowed.\n",
		WEIRCTL_CONSOLE);
	return status;
}

/* An empty variable says nothing. */
static const char *from_environment(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

static int dispatch(struct weirctl_context *context, int argc, char **argv)
{
	const char *noun = argc > 0 ? argv[0] : "", *verb = argc > 1 ? argv[1] : "";

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		if (strcmp(commands[i].noun, noun) != 0 || strcmp(commands[i].verb, verb) != 0)
			continue;
		optind = 0; /* getopt starts over, with the options of the command */
		return commands[i].run(context, argc - 1, argv + 1);
	}
	if (argc > 0)
		fprintf(stderr, "weirctl: there is no such command; weirctl --help lists them\n");
	return argc > 0 ? WEIRCTL_USAGE : usage(stderr, WEIRCTL_USAGE);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"version", no_argument, NULL, 'V'},
		WEIRCTL_COMMON_OPTIONS,
		{},
	};
	struct weirctl_context context _cleanup_(weirctl_context_done) = {
		.console = from_environment("WEIR_CONSOLE"),
		.token_file = from_environment("WEIR_TOKEN_FILE"),
	};
	int c;

	if (!context.console)
		context.console = WEIRCTL_CONSOLE;
	while ((c = getopt_long(argc, argv, "+ho:", options, NULL)) != -1) {
		if (c == 'h')
			return usage(stdout, WEIRCTL_OK);
		if (c == 'V') {
			puts("weirctl " WEIR_VERSION);
			return WEIRCTL_OK;
		}
		if (!weirctl_context_option(&context, c, optarg))
			return WEIRCTL_USAGE;
	}
	c = dispatch(&context, argc - optind, argv + optind);
	if (fflush(stdout) != 0) {
		fprintf(stderr, "weirctl: cannot write: %m\n");
		return WEIRCTL_ERROR;
	}
	return c;
}
