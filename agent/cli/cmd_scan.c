/* SPDX-License-Identifier: Apache-2.0 */
/* weir scan: its command line. */

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "scan_run.h"
#include "weir/base/parse.h"

static const char help[] =
	"Usage: weir scan [OPTION]... PATH...|-\n\n"
	"Looks for customer data in files and in all files below folders. Symbolic links are "
	"followed only when\n"
	"named. Nothing of what is found is shown but a masked form.\n\n"
	"  --policy FILE         judge each file by this policy: its classes, verdict and rule\n"
	"  --jobs N              inspect N files at once (1-16; as many as processors)\n"
	"  --format FORM         text, json (one object a line) or sarif\n"
	"  --min-confidence N    leave out findings below N (1-100; 50)\n"
	"  --max-bytes SIZE      look at this much of a file (256MiB)\n"
	"  --pdf PROGRAM|off     what reads PDF (/usr/bin/pdftotext)\n"
	"  --ocr PROGRAM|off     what reads pictures, such as /usr/bin/tesseract; slow (off)\n"
	"  --state DIR           remember results there, masked, and do not look again at files "
	"that\n"
	"                        have not changed ($XDG_STATE_HOME/weir/scan or\n"
	"                        ~/.local/state/weir/scan)\n"
	"  --no-state            remember nothing, look at everything\n\n"
	"An interrupted scan goes on where it was when it is started again.\n\n"
	"Exit status: 0 nothing found, 1 found, 2 a file or the scan itself failed, 130 "
	"interrupted.\n";

static int complain(const char *what, const char *value)
{
	fprintf(stderr, "weir scan: %s%s%s; weir scan --help says more\n", what, value ? ": " : "",
		value ? value : "");
	return -EINVAL;
}

static int parse_format(const char *text, enum weir_scan_format *ret)
{
	static const char *const names[] = {
		[WEIR_SCAN_TEXT] = "text", [WEIR_SCAN_JSON] = "json", [WEIR_SCAN_SARIF] = "sarif"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(names[i], text) == 0) {
			*ret = (enum weir_scan_format)i;
			return 0;
		}
	return complain("no such format", text);
}

static int parse_program(const char *option, const char *text, const char **ret)
{
	if (strcmp(text, "off") == 0) {
		*ret = "";
		return 0;
	}
	if (text[0] == '/' && access(text, X_OK) == 0) {
		*ret = text;
		return 0;
	}
	fprintf(stderr, "weir scan: %s takes off or the absolute path of a program, not: %s\n",
		option, text);
	return -EINVAL;
}

static int parse_option(int c, struct weir_scan_options *o)
{
	switch (c) {
	case 'p':
		o->policy = optarg;
		return 0;
	case 'j':
		if (weir_parse_u32(optarg, &o->jobs) < 0 || o->jobs < 1 ||
		    o->jobs > WEIR_SCAN_JOBS_MAX)
			return complain("--jobs takes a number from 1 to 16, not", optarg);
		return 0;
	case 'f':
		return parse_format(optarg, &o->format);
	case 'c':
		if (weir_parse_u32(optarg, &o->min_confidence) < 0 || o->min_confidence < 1 ||
		    o->min_confidence > 100)
			return complain("--min-confidence takes a number from 1 to 100, not",
					optarg);
		return 0;
	case 'b':
		if (weir_parse_size(optarg, &o->max_bytes) < 0 || o->max_bytes == 0)
			return complain("--max-bytes takes a size such as 64MiB, not", optarg);
		return 0;
	case 'd':
		return parse_program("--pdf", optarg, &o->pdf);
	case 'o':
		return parse_program("--ocr", optarg, &o->ocr);
	case 's':
		o->state_dir = optarg;
		o->state_named = true;
		return *optarg ? 0 : complain("--state takes a folder", NULL);
	case 'n':
		o->state_dir = NULL;
		o->state_named = false;
		return 0;
	default:
		return complain("unknown option or missing value", NULL);
	}
}

/* 0, 1 when help was asked for, negative errno. */
static int parse_options(int argc, char **argv, struct weir_scan_options *ret)
{
	static const struct option options[] = {
		{"policy", required_argument, NULL, 'p'},
		{"jobs", required_argument, NULL, 'j'},
		{"format", required_argument, NULL, 'f'},
		{"min-confidence", required_argument, NULL, 'c'},
		{"max-bytes", required_argument, NULL, 'b'},
		{"pdf", required_argument, NULL, 'd'},
		{"ocr", required_argument, NULL, 'o'},
		{"state", required_argument, NULL, 's'},
		{"no-state", no_argument, NULL, 'n'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	int c, r;

	opterr = 0;
	while ((c = getopt_long(argc, argv, "h", options, NULL)) >= 0) {
		if (c == 'h')
			return 1;
		r = parse_option(c, ret);
		if (r < 0)
			return r;
	}
	return optind < argc ? 0
			     : complain("name at least one file or folder, or - for standard input",
					NULL);
}

/* NULL when the environment names no place; the specification takes absolute paths alone. */
static const char *default_state(char ret[static PATH_MAX])
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	int n = PATH_MAX;

	if (state && state[0] == '/')
		n = snprintf(ret, PATH_MAX, "%s/weir/scan", state);
	else if (home && home[0] == '/')
		n = snprintf(ret, PATH_MAX, "%s/.local/state/weir/scan", home);
	return n < PATH_MAX ? ret : NULL;
}

int weir_cmd_scan(int argc, char **argv)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	char state[PATH_MAX];
	struct weir_scan_options options = {
		.jobs = processors < 1 ? 1
				       : (unsigned)WEIR_MIN(processors, (long)WEIR_SCAN_JOBS_MAX),
		.min_confidence = 50,
		.state_dir = default_state(state)};
	int r = parse_options(argc, argv, &options);

	if (r > 0)
		return printf("%s", help) < 0 ? 2 : 0;
	return r < 0 ? 2 : weir_scan_run(&options, argv + optind);
}
