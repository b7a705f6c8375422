/* SPDX-License-Identifier: Apache-2.0 */
#include "scan_run.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "scan_policy.h"
#include "scan_progress.h"
#include "weir/base/buf.h"
#include "weir/base/fd.h"
#include "weir/base/time.h"
#include "weir/catalogue/catalogue.h"
#include "weir/cli/scan_state.h"
#include "weir/cli/scan_walk.h"
#include "weir/ipc/detectors.h"
#include "weir/ipc/inspector.h"

#define SLOTS_PER_JOB 4 /* files open and waiting for each worker */
#define SLOTS_MAX     (WEIR_SCAN_JOBS_MAX * SLOTS_PER_JOB)
#define FILE_TIMEOUT  (60 * WEIR_NSEC_PER_SEC)
#define WAKE_MS	      200
/* Workers are started when so much is known of what there is to do: one file needs one worker, a tree
 * that is remembered none. */
#define GATHER (3 * WEIR_NSEC_PER_MSEC)

/* A file that is with the inspector. */
struct slot {
	char *path; /* owned; NULL: free */
	int fd;	    /* owned while there is no inspector yet */
	bool known; /* id holds */
	struct weir_scan_id id;
	uint64_t since_ns;
};

struct scan {
	const struct weir_scan_options *options;
	struct weir_scan_policy *policy; /* NULL: none */
	char program[PATH_MAX];
	struct weir_inspector *inspector; /* NULL: not started yet */
	struct weir_scan_state *state;	  /* NULL: none */
	struct weir_progress *progress;	  /* NULL: none */
	struct weir_walk *walk;
	struct weir_scan_printer printer;
	struct weir_findings *remembered;
	struct slot slots[SLOTS_MAX];
	unsigned n_slots, used;
	int signals; /* descriptor */
	int signal;  /* that ended it; 0: none */
	int error;   /* of the output */
	struct weir_progress_at at;
	uint64_t failed, open, recalled; /* open: partial or unscannable */
};

static void count(struct scan *s, const struct weir_findings *f)
{
	bool found = false;

	for (size_t i = 0; i < WEIR_FINDINGS_DETECTORS; i++)
		found |= f->total[i] > 0;
	s->at.files++;
	s->at.bytes += f->bytes;
	s->at.found += found;
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
	if (weir_scan_print_shows(&s->printer, &result) && isatty(STDOUT_FILENO))
		weir_progress_hide(s->progress);
	r = weir_scan_print(&s->printer, &result);
	if (r < 0 && s->error == 0)
		s->error = r;
	weir_progress_show(s->progress, &s->at);
}

/* The state is a convenience: without it the scan goes on. */
static void keep(struct scan *s, const struct slot *slot, const struct weir_findings *f)
{
	bool late = weir_now_monotonic() - slot->since_ns > FILE_TIMEOUT / 2;
	int r;

	/* what ended for want of time may end otherwise next time */
	if (!s->state || !slot->known || f->status == WEIR_SCAN_ERROR ||
	    (f->status == WEIR_SCAN_PARTIAL && late))
		return;
	r = weir_scan_state_put(s->state, &slot->id, f);
	if (r == 0)
		return;
	weir_progress_hide(s->progress);
	fprintf(stderr, "weir scan: nothing is remembered from here on: %s\n", strerror(-r));
}

static void inspected(void *context, uint64_t cookie, const struct weir_findings *f)
{
	struct scan *s = context;
	struct slot *slot = &s->slots[cookie];
	char *path _cleanup_(freep) = TAKE_PTR(slot->path);

	s->used--;
	put(s, path, f);
	keep(s, slot, f);
}

static void unreadable(struct scan *s, const char *path, int error)
{
	struct weir_findings *f = s->remembered;

	memset(f, 0, offsetof(struct weir_findings, findings));
	f->status = WEIR_SCAN_ERROR;
	snprintf(f->reason, sizeof(f->reason), "cannot open it: %s", strerror(-error));
	put(s, path, f);
}

static int start_inspector(struct scan *s, unsigned workers)
{
	struct weir_inspector_options options = {.program = s->program,
						 .workers = workers,
						 .queue = s->n_slots,
						 .timeout_ns = FILE_TIMEOUT,
						 .max_bytes = s->options->max_bytes,
						 .pdf = s->options->pdf,
						 .ocr = s->options->ocr,
						 .min_confidence =
							 (uint8_t)s->options->min_confidence};
	int r;

	if (s->policy)
		options.detectors = weir_scan_policy_customs(s->policy, &options.n_detectors);
	r = weir_inspector_new(&options, inspected, s, &s->inspector);
	if (r < 0)
		fprintf(stderr, "weir scan: cannot start %s: %s; WEIR_INSPECT names another\n",
			s->program, strerror(-r));
	for (unsigned i = 0; r == 0 && i < s->used; i++) {
		s->slots[i].since_ns = weir_now_monotonic();
		r = weir_inspector_submit(s->inspector, TAKE_FD(s->slots[i].fd), i);
	}
	return r;
}

/* Before there is an inspector slots are filled from the first on. */
static int gather(struct scan *s, unsigned i, int fd)
{
	s->slots[i].fd = fd;
	if (s->used < s->options->jobs && weir_now_monotonic() - s->slots[0].since_ns < GATHER)
		return 0;
	return start_inspector(s, s->options->jobs);
}

static int submit(struct scan *s, const struct weir_walk_file *file, bool known,
		  const struct weir_scan_id *id)
{
	unsigned i = 0;

	while (s->slots[i].path)
		i++;
	s->slots[i] = (struct slot){.path = strdup(file->path),
				    .fd = -1,
				    .known = known,
				    .since_ns = weir_now_monotonic()};
	if (known)
		s->slots[i].id = *id;
	if (!s->slots[i].path) {
		(void)weir_close(file->fd);
		return -ENOMEM;
	}
	s->used++;
	return s->inspector ? weir_inspector_submit(s->inspector, file->fd, i)
			    : gather(s, i, file->fd);
}

/* From memory, or to the inspector. */
static int take(struct scan *s, const struct weir_walk_file *file)
{
	struct weir_scan_id id;
	bool known = s->state && S_ISREG(file->stat.st_mode) &&
		     weir_scan_state_identify(s->state, file->fd, &file->stat, weir_now_realtime(),
					      &id) == 0;

	if (!known || weir_scan_state_get(s->state, &id, s->remembered) <= 0)
		return submit(s, file, known, &id);
	(void)weir_close(file->fd);
	s->recalled++;
	put(s, file->path, s->remembered);
	return 0;
}

static bool interrupted(struct scan *s)
{
	struct signalfd_siginfo info;

	if (s->signal == 0 && read(s->signals, &info, sizeof(info)) == (ssize_t)sizeof(info))
		s->signal = (int)info.ssi_signo;
	return s->signal != 0;
}

static int wait_for_work(struct scan *s)
{
	struct pollfd p[] = {{.fd = weir_inspector_fd(s->inspector), .events = POLLIN},
			     {.fd = s->signals, .events = POLLIN}};

	if (poll(p, ARRAY_SIZE(p), WAKE_MS) < 0 && errno != EINTR)
		return -errno;
	if (interrupted(s))
		return 0;
	weir_progress_show(s->progress, &s->at);
	if (s->state)
		(void)weir_scan_state_flush(s->state, false);
	return weir_inspector_dispatch(s->inspector);
}

static int next_file(struct scan *s, bool *ret_more)
{
	struct weir_walk_file file;
	int r = weir_walk_next(s->walk, &file);

	*ret_more = r > 0;
	if (r <= 0)
		return r;
	if (file.fd >= 0)
		return take(s, &file);
	unreadable(s, file.path, file.fd);
	return 0;
}

static int scan(struct scan *s)
{
	bool more = true;
	int r = weir_scan_print_begin(&s->printer);

	while (r == 0 && s->error == 0 && (more || s->used > 0) && !interrupted(s)) {
		if (more && s->used < s->n_slots)
			r = next_file(s, &more);
		else if (!s->inspector)
			r = start_inspector(s, WEIR_MIN(s->used, s->options->jobs));
		else
			r = wait_for_work(s);
	}
	if (r == 0)
		r = s->error;
	return r < 0 ? r : weir_scan_print_end(&s->printer);
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

static int describe_program(struct weir_buf *ret, const char *what, const char *path)
{
	return weir_buf_printf(ret, "%s %s\n", what, !path ? "default" : *path ? path : "off");
}

/* All that a result depends on besides the file: who looked, for what, how far. Findings do not depend
 * on the rest of a policy, so another one over the same detectors is judged from memory. */
static int describe(const struct scan *s, struct weir_buf *ret)
{
	const struct weir_custom *customs;
	size_t n = 0;
	struct stat st;
	int r;

	if (stat(s->program, &st) < 0)
		return -errno;
	r = weir_buf_printf(ret, "%s %d %ju %ju %jd.%09ld %u %ju\n", WEIR_VERSION,
			    WEIR_CATALOGUE_VERSION, (uintmax_t)st.st_ino, (uintmax_t)st.st_size,
			    (intmax_t)st.st_mtim.tv_sec, st.st_mtim.tv_nsec,
			    (unsigned)s->options->min_confidence, (uintmax_t)s->options->max_bytes);
	if (r == 0)
		r = describe_program(ret, "pdf", s->options->pdf);
	if (r == 0)
		r = describe_program(ret, "ocr", s->options->ocr);
	customs = s->policy ? weir_scan_policy_customs(s->policy, &n) : NULL;
	return r < 0 ? r : weir_detectors_pack(customs, n, ret);
}

static int open_state(struct scan *s)
{
	struct weir_buf context _cleanup_(weir_buf_done) =
		WEIR_BUF_INIT(WEIR_DETECTORS_BYTES_MAX + PATH_MAX);
	struct weir_error error = {0};
	int r;

	if (!s->options->state_dir)
		return 0;
	r = describe(s, &context);
	if (r < 0) /* no such program: starting it will say so */
		return 0;
	r = weir_scan_state_open(s->options->state_dir, context.data, context.len, &s->state,
				 &error);
	if (r < 0)
		fprintf(stderr, "weir scan: %snothing is remembered: %s\n",
			s->options->state_named ? "" : "warning: ", error.text);
	return s->options->state_named ? r : 0;
}

static int catch_signals(struct scan *s)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -errno;
	s->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return s->signals < 0 ? -errno : 0;
}

static int start(struct scan *s, char *const *paths)
{
	int r = inspect_program(s->program);

	if (r == 0)
		r = catch_signals(s);
	s->remembered = malloc(sizeof(*s->remembered));
	if (r == 0 && !s->remembered)
		r = -ENOMEM;
	if (r == 0)
		r = weir_walk_new(paths, &s->walk);
	if (r < 0) {
		fprintf(stderr, "weir scan: %s\n", strerror(-r));
		return r;
	}
	r = open_state(s);
	if (r == 0 && isatty(STDERR_FILENO))
		(void)!weir_progress_new(paths, &s->progress);
	return r;
}

static void scan_done(struct scan *s)
{
	weir_progress_free(s->progress);
	weir_scan_state_free(s->state);
	weir_scan_policy_free(s->policy);
	weir_walk_free(s->walk);
	(void)weir_close(s->signals);
	for (size_t i = 0; i < SLOTS_MAX; i++) {
		if (s->slots[i].path && !s->inspector)
			(void)weir_close(s->slots[i].fd);
		free(s->slots[i].path);
	}
	weir_inspector_free(s->inspector);
	free(s->remembered);
}

static void say_sum(const struct scan *s)
{
	fprintf(stderr,
		"%" PRIu64 " files, %" PRIu64 " with findings, %" PRIu64
		" not looked at to their end, %" PRIu64 " failed",
		s->at.files, s->at.found, s->open, s->failed);
	if (s->recalled)
		fprintf(stderr, "; %" PRIu64 " unchanged since an earlier scan", s->recalled);
	fprintf(stderr, "\n");
}

static int finish(struct scan *s, int r)
{
	weir_progress_hide(s->progress);
	if (r < 0)
		fprintf(stderr, "weir scan: stopped: %s\n", strerror(-r));
	if (s->options->format == WEIR_SCAN_TEXT || s->signal)
		say_sum(s);
	if (s->signal && r == 0) {
		fprintf(stderr, "weir scan: interrupted%s\n",
			s->state ? "; the same command goes on from here" : "");
		return 128 + s->signal;
	}
	if (r < 0 || s->failed > 0)
		return 2;
	return s->at.found > 0 ? 1 : 0;
}

int weir_scan_run(const struct weir_scan_options *options, char *const *paths)
{
	struct scan s _cleanup_(scan_done) = {
		.options = options, .printer = {.format = options->format}, .signals = -1};

	s.n_slots = options->jobs * SLOTS_PER_JOB;
	if (options->policy && weir_scan_policy_load(options->policy, &s.policy) < 0)
		return 2;
	if (s.policy)
		s.printer.customs = weir_scan_policy_customs(s.policy, &s.printer.n_customs);
	if (start(&s, paths) < 0)
		return 2;
	return finish(&s, scan(&s));
}
