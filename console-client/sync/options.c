/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "weir/base/parse.h"

static const struct option long_options[] = {
	{"identity", required_argument, NULL, 'i'},
	{"state", required_argument, NULL, 'S'},
	{"spool", required_argument, NULL, 's'},
	{"console", required_argument, NULL, 'c'},
	{"token-file", required_argument, NULL, 't'},
	{"agent-uid-file", required_argument, NULL, 'a'},
	{"user", required_argument, NULL, 'u'},
	{"once", no_argument, NULL, '1'},
	{"verbose", no_argument, NULL, 'v'},
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'V'},
	{NULL, 0, NULL, 0},
};

static int help(void)
{
	printf("Usage: weir-sync [OPTION]... --console ADDRESS\n"
	       "       weir-sync enroll --token-file FILE|- --console https://HOST:PORT "
	       "[OPTION]...\n"
	       "Brings the events in the agent's spool to the console, and the console's policies "
	       "to the\n"
	       "agent. enroll makes this endpoint's identity from a token.\n\n"
	       "  --console ADDRESS      https://HOST:PORT, unix:/path/of/socket or "
	       "http://127.0.0.1:PORT\n"
	       "  --identity DIR         key and certificate (default /var/lib/weir-sync)\n"
	       "  --state DIR            the agent's folder, with its inbox (default "
	       "/var/lib/weir)\n"
	       "  --spool DIR            the agent's spool (default /var/lib/weir/spool)\n"
	       "  --agent-uid-file FILE  16 random bytes that the agent made (default "
	       "/var/lib/weir/agent-uid)\n"
	       "  --token-file FILE      bearer token to send; with enroll the enrolment token, - "
	       "is\n"
	       "                         standard input\n"
	       "  --user UID:GID         become this user; needed when started as root\n"
	       "  --once                 end when all that is in the spool is committed\n"
	       "  --verbose              say what is being done\n"
	       "  --help, --version\n\n"
	       "Runs until SIGTERM. Exit status: 0 ended as asked, 1 failed, 2 wrong usage.\n");
	return 1;
}

static int parse_user(const char *text, struct sync_options *options)
{
	char uid[16];
	const char *colon = strchr(text, ':');

	if (!colon || (size_t)(colon - text) >= sizeof(uid))
		return -EINVAL;
	(void)snprintf(uid, sizeof(uid), "%.*s", (int)(colon - text), text);
	if (weir_parse_u32(uid, &options->uid) < 0 || weir_parse_u32(colon + 1, &options->gid) < 0)
		return -EINVAL;
	if (options->uid == 0 || options->gid == 0 || options->uid == UINT32_MAX ||
	    options->gid == UINT32_MAX)
		return -EINVAL;
	options->switch_user = true;
	return 0;
}

static int wrong(const char *what, const char *hint)
{
	fprintf(stderr, "weir-sync: %s\n%s\n", what, hint);
	return -EINVAL;
}

static int take(int option, const char *value, struct sync_options *options)
{
	switch (option) {
	case 'i':
		options->identity = value;
		return 0;
	case 'S':
		options->state = value;
		return 0;
	case 's':
		options->spool = value;
		return 0;
	case 'c':
		options->console = value;
		return 0;
	case 't':
		options->token_file = value;
		return 0;
	case 'a':
		options->agent_uid_file = value;
		return 0;
	case 'u':
		if (parse_user(value, options) < 0)
			return wrong("--user takes UID:GID, two numbers above 0",
				     "for instance --user 998:998");
		return 0;
	case '1':
		options->once = true;
		return 0;
	case 'v':
		options->verbose = true;
		return 0;
	case 'h':
		return help();
	case 'V':
		printf("weir-sync %s\n", WEIR_VERSION);
		return 1;
	default:
		fprintf(stderr, "Try weir-sync --help\n");
		return -EINVAL;
	}
}

int sync_options_parse(int argc, char **argv, struct sync_options *ret)
{
	struct sync_options options = {
		.spool = "/var/lib/weir/spool",
		.state = "/var/lib/weir",
		.identity = "/var/lib/weir-sync",
		.agent_uid_file = "/var/lib/weir/agent-uid",
	};
	int option;

	while ((option = getopt_long(argc, argv, "hV", long_options, NULL)) != -1) {
		int r = take(option, optarg, &options);

		if (r != 0)
			return r;
	}
	if (optind < argc && strcmp(argv[optind], "enroll") == 0) {
		options.enroll = true;
		optind++;
	}
	if (optind < argc)
		return wrong("arguments that are no options", "Try weir-sync --help");
	if (!options.console)
		return wrong("--console is missing", "Try weir-sync --help");
	if (options.enroll && !options.token_file)
		return wrong("--token-file is missing", "a token is read from a file or from -");
	*ret = options;
	return 0;
}
