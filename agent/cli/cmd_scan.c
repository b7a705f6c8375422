/* SPDX-License-Identifier: Apache-2.0 */
/* weir scan: what lies in files. Walks, hands descriptors to the inspector, prints what comes back;
 * never reads a file's content itself. */

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "scan_output.h"
#include "scan_policy.h"
#include "scan_walk.h"
#include "weir/base/parse.h"
#include "weir/base/time.h"
#include "weir/ipc/inspector.h"

#define JOBS_MAX       16
#define SLOTS_PER_JOB  4 /* files open and waiting for each worker */
#define SLOTS_MAX      (JOBS_MAX * SLOTS_PER_JOB)
#define FILE_TIMEOUT   (60 * WEIR_NSEC_PER_SEC)
#define PROGRESS_EVERY (200 * WEIR_NSEC_PER_MSEC)

struct options {
	enum weir_scan_format format;
	unsigned jobs;
	uint32_t min_confidence;
	uint64_t max_bytes;
	const char *policy;
};

struct scan {
	struct options options;
	struct weir_scan_policy *policy; /* NULL: none */
	struct weir_inspector *inspector;
	struct weir_scan_printer printer;
	char *paths[SLOTS_MAX]; /* owned, by cookie; NULL: free */
	unsigned slots, used;
	int error; /* of the output */
	bool progress;
	uint64_t progress_ns;
	uint64_t files, bytes, found, failed, open; /* open: partial or unscannable */
};

static const char help[] =
	"Usage: weir scan [OPTION]... PATH...|-\n\n"
	"Looks for customer data in files and in all files below folders. Symbolic links are "
	"followed only when\n"
	"named. Nothing of what is found is shown but a masked form.\n\n"
	"  --policy FILE         judge each file by this policy: its classes, verdict and rule\n"
	"  --jobs N              inspect N files at once (1-16; as many as processors, at most 4)\n"
	"  --format FORM         text, json (one object a line) or sarif\n"
	"  --min-confidence N    leave out findings below N (1-100; 50)\n"
	"  --max-bytes SIZE      look at this much of a file (256MiB)\n\n"
	"Exit status: 0 nothing found, 1 found, 2 a file or the scan itself failed.\n";

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

static int parse_option(int c, struct options *o)
{
	switch (c) {
	case 'p':
		o->policy = optarg;
		return 0;
	case 'j':
		if (weir_parse_u32(optarg, &o->jobs) < 0 || o->jobs < 1 || o->jobs > JOBS_MAX)
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
	default:
		return complain("unknown option or missing value", NULL);
	}
}

/* 0, 1 when help was asked for, negative errno. */
static int parse_options(int argc, char **argv, struct options *ret)
{
	static const struct option options[] = {
		{"policy", required_argument, NULL, 'p'},
		{"jobs", required_argument, NULL, 'j'},
		{"format", required_argument, NULL, 'f'},
		{"min-confidence", required_argument, NULL, 'c'},
		{"max-bytes", required_argument, NULL, 'b'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	int c, r;

	*ret = (struct options){.jobs = processors < 1 ? 1 : (unsigned)WEIR_MIN(processors, 4L),
				.min_confidence = 50};
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

/* The worker's program: named by WEIR_INSPECT, or beside this one. */
static int inspect_program(char ret[static PATH_MAX])
{
	static const char name[] = "weir-inspect";
	const char *named = getenv("WEIR_INSPECT");
	char *slash;
	ssize_t n;

	if (named && named[0])
		return snprintf(ret, PATH_MAX, "%s", named) < PATH_MAX ? 0 : -ENAMETOOLONG;
	n = readlink("/proc/self/exe", ret, PATH_MAX - sizeof(name));
	if (n < 0)
		return -errno;
	ret[n] = '\0';
	slash = strrchr(ret, '/');
	if (!slash)
		return -ENOENT;
	memcpy(slash + 1, name, sizeof(name));
	return 0;
}

static void show_progress(struct scan *s, bool last)
{
	uint64_t now = weir_now_monotonic();

	if (!s->progress || (!last && now < s->progress_ns + PROGRESS_EVERY))
		return;
	s->progress_ns = now;
	fprintf(stderr, "\r\033[K");
	if (!last)
		fprintf(stderr, "%" PRIu64 " files, %" PRIu64 " MiB, %" PRIu64 " with findings",
			s->files, s->bytes >> 20, s->found);
	fflush(stderr);
}

static void count(struct scan *s, const struct weir_findings *f)
{
	bool found = false;

	for (size_t i = 0; i < WEIR_FINDINGS_DETECTORS; i++)
		found |= f->total[i] > 0;
	s->files++;
	s->bytes += f->bytes;
	s->found += found;
	s->failed += f->status == WEIR_SCAN_ERROR;
	s->open += f->status == WEIR_SCAN_PARTIAL || f->status == WEIR_SCAN_UNSCANNABLE;
}

static void put(struct scan *s, const char *path, const struct weir_findings *f)
{
	struct weir_scan_result result = {.path = path, .findings = f};
	int r;

	count(s, f);
	if (s->policy)
		weir_scan_policy_judge(s->policy, &result);
	if (s->progress && isatty(STDOUT_FILENO)) {
		s->progress_ns = 0;
		fprintf(stderr, "\r\033[K");
	}
	r = weir_scan_print(&s->printer, &result);
	if (r < 0 && s->error == 0)
		s->error = r;
	show_progress(s, false);
}

static void inspected(void *context, uint64_t cookie, const struct weir_findings *f)
{
	struct scan *s = context;
	char *path _cleanup_(freep) = TAKE_PTR(s->paths[cookie]);

	s->used--;
	put(s, path, f);
}

static void unreadable(struct scan *s, const char *path, int error)
{
	struct weir_findings *f _cleanup_(freep) = calloc(1, sizeof(*f));

	if (!f) {
		s->error = -ENOMEM;
		return;
	}
	f->status = WEIR_SCAN_ERROR;
	snprintf(f->reason, sizeof(f->reason), "cannot open it: %s", strerror(-error));
	put(s, path, f);
}

static int submit(struct scan *s, const char *path, int fd)
{
	unsigned slot = 0;

	while (s->paths[slot])
		slot++;
	s->paths[slot] = strdup(path);
	if (!s->paths[slot]) {
		(void)close(fd);
		return -ENOMEM;
	}
	s->used++;
	return weir_inspector_submit(s->inspector, fd, slot);
}

static int wait_for_one(struct scan *s)
{
	struct pollfd p = {.fd = weir_inspector_fd(s->inspector), .events = POLLIN};

	if (poll(&p, 1, -1) < 0 && errno != EINTR)
		return -errno;
	return weir_inspector_dispatch(s->inspector);
}

static int run(struct scan *s, struct weir_walk *walk)
{
	bool more = true;
	int r = weir_scan_print_begin(&s->printer);

	while (r == 0 && s->error == 0 && (more || s->used > 0)) {
		const char *path;
		int fd;

		if (!more || s->used == s->slots) {
			r = wait_for_one(s);
			continue;
		}
		r = weir_walk_next(walk, &path, &fd);
		more = r > 0;
		if (r > 0 && fd < 0) {
			unreadable(s, path, fd);
			r = 0;
		} else if (r > 0) {
			r = submit(s, path, fd);
		}
	}
	if (r == 0)
		r = s->error;
	return r < 0 ? r : weir_scan_print_end(&s->printer);
}

static int start(struct scan *s)
{
	char program[PATH_MAX];
	struct weir_inspector_options options = {.program = program,
						 .workers = s->options.jobs,
						 .queue = s->slots,
						 .timeout_ns = FILE_TIMEOUT,
						 .max_bytes = s->options.max_bytes,
						 .min_confidence =
							 (uint8_t)s->options.min_confidence};
	int r = inspect_program(program);

	if (r == 0)
		r = weir_inspector_new(&options, inspected, s, &s->inspector);
	if (r < 0)
		fprintf(stderr, "weir scan: cannot start %s: %s; WEIR_INSPECT names another\n",
			r == -ENAMETOOLONG ? "weir-inspect" : program, strerror(-r));
	return r;
}

static void scan_done(struct scan *s)
{
	weir_inspector_free(s->inspector);
	weir_scan_policy_free(s->policy);
	for (size_t i = 0; i < SLOTS_MAX; i++)
		free(s->paths[i]);
}

static int finish(struct scan *s, int r)
{
	show_progress(s, true);
	if (r < 0)
		fprintf(stderr, "weir scan: stopped: %s\n", strerror(-r));
	if (s->options.format == WEIR_SCAN_TEXT)
		fprintf(stderr,
			"%" PRIu64 " files, %" PRIu64 " with findings, %" PRIu64
			" not looked at to their end, %" PRIu64 " failed\n",
			s->files, s->found, s->open, s->failed);
	if (r < 0 || s->failed > 0)
		return 2;
	return s->found > 0 ? 1 : 0;
}

int weir_cmd_scan(int argc, char **argv)
{
	struct scan s _cleanup_(scan_done) = {0};
	struct weir_walk *walk _cleanup_(weir_walk_freep) = NULL;
	int r = parse_options(argc, argv, &s.options);

	if (r > 0)
		return printf("%s", help) < 0 ? 2 : 0;
	if (r < 0)
		return 2;
	s.printer.format = s.options.format;
	s.slots = s.options.jobs * SLOTS_PER_JOB;
	s.progress = isatty(STDERR_FILENO);
	if (s.options.policy && weir_scan_policy_load(s.options.policy, &s.policy) < 0)
		return 2;
	r = weir_walk_new(argv + optind, &walk);
	if (r < 0) {
		fprintf(stderr, "weir scan: %s\n", strerror(-r));
		return 2;
	}
	if (start(&s) < 0)
		return 2;
	return finish(&s, run(&s, walk));
}
