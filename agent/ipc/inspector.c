/* SPDX-License-Identifier: Apache-2.0 */
/* Queue, workers, deadlines. Owns the worker processes; knows nothing of what they look for.
 *
 *	 DOWN --start--> STARTING --hello--> IDLE --request--> BUSY --answer--> IDLE
 *	  ^		    |		      |			 |
 *	  +---- death, time-out, nonsense, too many requests served (killed, buried, started again
 *after a pause)
 *
 * A request whose worker died, or spoke nonsense, goes back to the head of the queue once.
 *
 * What nobody waits for is done by nice workers. A worker is no longer so when something waits that has more haste, and when its
 * request has been put off for WEIR_INSPECTOR_LEISURE_NS.
 */

#include "weir/ipc/inspector.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process.h"
#include "queue.h"
#include "weir/base/fd.h"
#include "weir/base/time.h"
#include "weir/findings/detectors.h"
#include "weir/ipc/detectors.h"
#include "weir/ipc/worker.h"
#include "weir/sandbox/sandbox.h"

#define WORKERS_MAX 64
#define CORPSES_MAX \
	128 /* killed and not yet reaped: stuck in the kernel on a dead disk or server */
#define START_TIMEOUT (60 * WEIR_NSEC_PER_SEC)
#define BURY_INTERVAL (20 * WEIR_NSEC_PER_MSEC)
#define PAUSE_FIRST   (100 * WEIR_NSEC_PER_MSEC)
#define PAUSE_START   (30 * WEIR_NSEC_PER_SEC) /* longest, when workers do not start */
#define PAUSE_CRASH   WEIR_NSEC_PER_SEC	       /* longest, when they die over requests */
#define GIVE_UP_AFTER \
	6 /* failed starts in a row, some seconds; then requests are answered without */
#define CRASHES_FREE 3	  /* in a row; then the next worker waits */
#define SERVED_MAX   4096 /* a fresh process now and then: leaks, and its RLIMIT_CPU of an hour */
#define BUSY_MAX     (1800 * WEIR_NSEC_PER_SEC)
#define TIMER_TOKEN  UINT64_MAX
#define NICENESS     19

enum state { DOWN, STARTING, IDLE, BUSY };

struct worker {
	enum state state;
	pid_t pid;
	int sock;
	uint64_t when;		/* DOWN: start not before; STARTING, BUSY: deadline */
	struct waiting request; /* BUSY */
	uint64_t sequence;
	uint32_t excerpt_bytes;		/* that were asked for */
	struct weir_excerpts *excerpts; /* owned; what came of them, NULL: none */
	uint64_t asked_ns, busy_ns;
	bool nice;	/* it gets what others leave over */
	bool may_hurry; /* when it was nice */
	uint32_t detectors;
	unsigned generation; /* of the policy's detectors */
	unsigned served;
};

struct weir_inspector {
	struct weir_inspector_options options;
	char *program, *pdf, *ocr;
	weir_inspector_done_fn done;
	void *context;
	int epoll, timer;
	uint64_t armed; /* when the timer goes off; 0: it does not */

	struct worker workers[WORKERS_MAX];
	pid_t corpses[CORPSES_MAX];
	unsigned corpse_count;
	unsigned start_failures, crashes; /* in a row */
	uint32_t sandbox;		  /* what a worker must have given up */
	bool unconfined;		  /* the last one that greeted had not */
	uint64_t sequence;
	uint8_t key
		[WEIR_HASH_KEY_LEN]; /* random; every worker tells values by it, so that they compare */

	struct weir_buf detectors; /* the policy's own, packed */
	int detectors_fd;	   /* the same for workers, -1: none */
	unsigned n_detectors, generation;

	struct queue queue; /* of options.queue */
	size_t running;
	uint64_t retries;

	uint32_t excerpt_bytes;
	struct weir_excerpts *excerpts;	  /* owned; of the answer that is being told */
	struct weir_worker_answer answer; /* received into, excerpts too */
	struct weir_findings failure;	  /* what an answer without a worker looks like */
};

static struct weir_inspector_options with_defaults(const struct weir_inspector_options *o)
{
	struct weir_inspector_options d = *o;

	d.workers = d.workers ? WEIR_MIN(d.workers, (unsigned)WORKERS_MAX) : 1;
	d.queue = d.queue ? d.queue : 1024;
	d.timeout_ns = d.timeout_ns ? d.timeout_ns : 10 * WEIR_NSEC_PER_SEC;
	d.max_bytes = d.max_bytes ? d.max_bytes : UINT64_C(256) << 20;
	d.memory_bytes = d.memory_bytes ? d.memory_bytes : UINT64_C(1) << 30;
	d.min_confidence = d.min_confidence ? d.min_confidence : 50;
	d.uid = d.uid ? d.uid : 65534;
	d.gid = d.gid ? d.gid : 65534;
	return d;
}

/* Not later than when, 0: at no time. One that goes off too early costs less than a call for each request. */
static void arm(struct weir_inspector *in, uint64_t when)
{
	struct itimerspec spec = {.it_value = {.tv_sec = (time_t)(when / WEIR_NSEC_PER_SEC),
					       .tv_nsec = (long)(when % WEIR_NSEC_PER_SEC)}};

	if (when == 0 || (in->armed != 0 && in->armed <= when))
		return;
	if (timerfd_settime(in->timer, TFD_TIMER_ABSTIME, &spec, NULL) == 0)
		in->armed = when;
}

/* Every running worker must find room among the corpses. */
static bool may_start(const struct weir_inspector *in)
{
	return in->corpse_count + in->options.workers < CORPSES_MAX;
}

/* Of what a worker has and what waits. */
static const struct waiting *oldest(struct weir_inspector *in, const struct waiting *request)
{
	const struct waiting *first = queue_at(&in->queue, 0);

	return in->queue.count > 0 && first->since_ns < request->since_ns ? first : request;
}

/* Where it can't be done the worker stays as it is. One that is gone need not hurry. */
static void set_nice(struct worker *w, bool nice)
{
	if (w->nice == nice || !w->may_hurry)
		return;
	w->nice = weir_process_set_niceness(w->pid, nice ? NICENESS : 0) == 0 && nice;
	if (nice && !w->nice) /* it may be half so */
		(void)!weir_process_set_niceness(w->pid, 0);
}

/* Somebody needs a worker, or what it does has been put off for long enough. */
static void hurry_nice_ones(struct weir_inspector *in)
{
	const uint64_t now = weir_now_monotonic();
	const struct waiting *first = queue_at(&in->queue, 0);
	const bool wanted =
		in->queue.count > 0 && (first->haste > LEISURELY || leisure_end(first) <= now);

	for (unsigned i = 0; i < in->options.workers; i++) {
		struct worker *w = &in->workers[i];

		if (w->state == BUSY && w->nice && (wanted || leisure_end(&w->request) <= now))
			set_nice(w, false);
	}
}

/* No worker can be had, and none is there that might do what waits. */
static bool is_hopeless(const struct weir_inspector *in)
{
	if (in->start_failures < GIVE_UP_AFTER)
		return false;
	for (unsigned i = 0; i < in->options.workers; i++)
		if (in->workers[i].state == IDLE || in->workers[i].state == BUSY)
			return false;
	return true;
}

/* The timer at the next moment when dispatch has something to do of its own accord. */
static void arm_next(struct weir_inspector *in)
{
	uint64_t next = in->corpse_count ? weir_now_monotonic() + BURY_INTERVAL : 0;

	for (unsigned i = 0; i < in->options.workers; i++) {
		const struct worker *w = &in->workers[i];

		if (w->state == IDLE || (w->state == DOWN && !may_start(in)))
			continue;
		if (next == 0 || w->when < next)
			next = w->when ? w->when : 1;
		if (w->nice && w->state == BUSY)
			next = WEIR_MIN(next, leisure_end(oldest(in, &w->request)));
	}
	if (in->queue.count > 0 && is_hopeless(in))
		next = 1;
	arm(in, next);
}

static uint64_t pause_after(unsigned failures, uint64_t longest)
{
	uint64_t pause = PAUSE_FIRST << WEIR_MIN(failures - 1, 20U);

	return WEIR_MIN(pause, longest);
}

static void bury(struct weir_inspector *in)
{
	for (unsigned i = 0; i < in->corpse_count;) {
		pid_t pid = waitpid(in->corpses[i], NULL, WNOHANG);

		if (pid == 0 || (pid < 0 && errno == EINTR))
			i++;
		else
			in->corpses[i] = in->corpses[--in->corpse_count];
	}
}

/* Kills the worker and leaves its slot DOWN until when. Not reaped yet, its pid can't be another
 * process. */
static void end_worker(struct weir_inspector *in, struct worker *w, uint64_t when)
{
	if (w->state == BUSY)
		in->running--;
	w->sock = weir_close(w->sock);
	weir_excerpts_free(TAKE_PTR(w->excerpts));
	(void)kill(w->pid, SIGKILL);
	in->corpses[in->corpse_count++] = w->pid;
	w->pid = 0;
	w->state = DOWN;
	w->when = when;
}

static int start_worker(struct weir_inspector *in, struct worker *w)
{
	struct weir_process_options options = {.program = in->program,
					       .uid = in->options.uid,
					       .gid = in->options.gid,
					       .memory_bytes = in->options.memory_bytes,
					       .pdf = in->pdf,
					       .ocr = in->ocr,
					       .detectors = in->detectors_fd};
	struct epoll_event event = {.events = EPOLLIN, .data.u64 = (uint64_t)(w - in->workers)};
	uint64_t now = weir_now_monotonic();
	int r = weir_process_start(&options, &w->pid, &w->sock);

	if (r < 0) {
		in->start_failures++;
		w->when = now + pause_after(in->start_failures, PAUSE_START);
		return r;
	}
	w->state = STARTING;
	w->generation = in->generation;
	w->when = now + START_TIMEOUT;
	w->served = 0;
	w->busy_ns = 0;
	w->nice = false;
	w->may_hurry = weir_process_may_hurry(w->pid);
	if (epoll_ctl(in->epoll, EPOLL_CTL_ADD, w->sock, &event) < 0) {
		r = -errno;
		end_worker(in, w, now + PAUSE_FIRST);
	}
	return r;
}

static void answer_failure(struct weir_inspector *in, uint64_t cookie, const char *reason)
{
	memset(&in->failure, 0, offsetof(struct weir_findings, findings));
	in->failure.status = WEIR_SCAN_ERROR;
	snprintf(in->failure.reason, sizeof(in->failure.reason), "%s", reason);
	snprintf(in->failure.type, sizeof(in->failure.type), "application/octet-stream");
	in->done(in->context, cookie, &in->failure);
}

/* The request of a worker that is gone: another one gets it, before all others, unless it had its
 * second chance or can't be read again. Those that are with workers count for the queue's room, so
 * there is some. */
static bool retry(struct weir_inspector *in, struct waiting *request)
{
	if (request->retried || request->fd < 0)
		return false;
	request->retried = true;
	if (request->haste == LEISURELY)
		request->haste = PROMPT;
	request->passed = LOOK_AHEAD;
	queue_put_back(&in->queue, *request);
	in->retries++;
	return true;
}

static void give_up(struct weir_inspector *in, struct waiting *request, const char *reason)
{
	request->fd = weir_close(request->fd);
	answer_failure(in, request->cookie, reason);
}

/* A worker that did what it must not, or nothing in its time. */
static void worker_failed(struct weir_inspector *in, struct worker *w, const char *reason,
			  bool again)
{
	bool busy = w->state == BUSY, started = w->state != STARTING;
	struct waiting request = w->request;
	uint64_t now = weir_now_monotonic(), pause = 0;

	if (!started)
		pause = pause_after(++in->start_failures, PAUSE_START);
	else if (++in->crashes > CRASHES_FREE)
		pause = pause_after(in->crashes - CRASHES_FREE, PAUSE_CRASH);
	end_worker(in, w, now + pause);
	if (busy && !(again && retry(in, &request)))
		give_up(in, &request, reason);
}

/* Content is hostile: a worker that could do harm with it gets none. */
static void greeted(struct weir_inspector *in, struct worker *w, size_t len)
{
	struct weir_worker_hello hello;

	if (weir_worker_parse_hello(&in->answer, len, &hello) < 0) {
		worker_failed(in, w, "", false);
		return;
	}
	in->unconfined = (hello.sandbox & in->sandbox) != in->sandbox;
	if (in->unconfined ||
	    (in->n_detectors > 0 && hello.detectors != WEIR_DETECTOR_COUNT + in->n_detectors)) {
		worker_failed(in, w, "", false);
		return;
	}
	w->detectors = hello.detectors;
	w->state = IDLE;
	in->start_failures = 0;
}

static int keep_excerpt(struct weir_inspector *in, struct worker *w, size_t len)
{
	const struct weir_worker_excerpt *excerpt;
	int r = weir_worker_parse_excerpt(&in->answer, len, w->sequence, &excerpt);

	if (r == 0 && !w->excerpts)
		r = w->excerpt_bytes > 0 ? weir_excerpts_new(w->excerpt_bytes, &w->excerpts)
					 : -EPROTO;
	if (r == 0)
		r = weir_excerpts_add(w->excerpts, (uint8_t)excerpt->part, excerpt->offset,
				      excerpt->data, excerpt->len);
	explicit_bzero(&in->answer, len);
	return r;
}

static bool is_excerpt(const struct weir_inspector *in, size_t len)
{
	return len >= offsetof(struct weir_worker_answer, sequence) &&
	       in->answer.type == WEIR_WORKER_EXCERPT;
}

static void tell(struct weir_inspector *in, uint64_t cookie, const struct weir_findings *findings,
		 struct weir_excerpts *excerpts)
{
	in->excerpts = excerpts;
	in->done(in->context, cookie, findings);
	weir_excerpts_free(TAKE_PTR(in->excerpts));
}

static void answered(struct weir_inspector *in, struct worker *w, size_t len)
{
	struct weir_worker_expect expect = {.sequence = w->sequence,
					    .max_bytes = in->options.max_bytes,
					    .detectors = w->detectors};
	struct weir_excerpts *excerpts _cleanup_(weir_excerpts_freep) = NULL;
	const struct weir_findings *findings;
	struct waiting request = w->request;

	if (weir_worker_parse_answer(&in->answer, len, &expect, &findings) < 0 ||
	    (w->excerpts && weir_worker_check_excerpts(w->excerpts, findings) < 0)) {
		worker_failed(in, w, "the inspection worker gave an answer that makes no sense",
			      true);
		return;
	}
	excerpts = TAKE_PTR(w->excerpts);
	in->crashes = 0;
	in->running--;
	w->state = IDLE;
	w->busy_ns += weir_now_monotonic() - w->asked_ns;
	if (w->generation != in->generation) {
		end_worker(in, w, 1);
		if (!retry(in, &request))
			give_up(in, &request, "the policy's detectors changed meanwhile");
		return;
	}
	if (++w->served >= SERVED_MAX || w->busy_ns >= BUSY_MAX)
		end_worker(in, w, 1);
	(void)weir_close(request.fd);
	tell(in, request.cookie, findings, TAKE_PTR(excerpts));
}

static void worker_ready(struct weir_inspector *in, struct worker *w)
{
	int fd, r = 0;
	ssize_t n;

	if (w->state == DOWN)
		return;
	n = weir_recv_fd(w->sock, &in->answer, sizeof(in->answer), &fd);
	if (n == -EAGAIN)
		return;
	if (fd >= 0) {
		(void)weir_close(fd);
		n = -EPROTO;
	}
	if (n > 0 && w->state == STARTING)
		greeted(in, w, (size_t)n);
	else if (n > 0 && w->state == BUSY && is_excerpt(in, (size_t)n))
		r = keep_excerpt(in, w, (size_t)n);
	else if (n > 0 && w->state == BUSY)
		answered(in, w, (size_t)n);
	else if (n == 0 || n == -ECONNRESET)
		worker_failed(in, w, "the inspection worker died", true);
	else
		r = -EPROTO;
	if (r < 0)
		worker_failed(in, w, "the inspection worker broke the protocol", true);
}

/* A worker knows contents that it found clean: files of one size go to the same one, so that a copy meets it. */
static unsigned home_of(const struct weir_inspector *in, int fd)
{
	struct statx stx;

	if (in->options.workers == 1 ||
	    statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_SIZE, &stx) < 0)
		return 0;
	return (unsigned)(stx.stx_size * UINT64_C(0x9e3779b97f4a7c15) >> 32) % in->options.workers;
}

/* What is done at leisure may take longer by as much as it may be put off. */
static void set_pace(struct weir_inspector *in, struct worker *w,
		     struct weir_worker_request *request)
{
	const bool nice = w->request.haste == LEISURELY && leisure_end(&w->request) > w->asked_ns;

	set_nice(w, nice);
	request->budget_ns = in->options.timeout_ns / 5 * 4 + 1;
	w->when = w->asked_ns + in->options.timeout_ns;
	if (w->nice) {
		request->budget_ns += WEIR_INSPECTOR_LEISURE_NS;
		w->when += WEIR_INSPECTOR_LEISURE_NS;
	}
}

/* Hands a request that waited to w. A worker that can't be asked is past its deadline at once,
 * so that its request ends in dispatch like every other. */
static void ask(struct weir_inspector *in, struct worker *w, struct waiting next)
{
	struct weir_worker_request request = {.version = WEIR_WORKER_VERSION,
					      .type = WEIR_WORKER_REQUEST,
					      .sequence = ++in->sequence,
					      .now_ns = weir_now_realtime(),
					      .max_bytes = in->options.max_bytes,
					      .min_confidence = in->options.min_confidence,
					      .excerpt_bytes = in->excerpt_bytes};

	memcpy(request.key, in->key, sizeof(request.key));
	w->excerpt_bytes = in->excerpt_bytes;
	in->running++;
	w->state = BUSY;
	w->request = next;
	w->sequence = in->sequence;
	w->asked_ns = weir_now_monotonic();
	set_pace(in, w, &request);
	if (weir_send_fd(w->sock, &request, sizeof(request), next.fd) < 0)
		w->when = 1;
	/* what a first worker took out of a pipe, a second one would not see */
	if (next.retried || lseek(next.fd, 0, SEEK_CUR) < 0)
		w->request.fd = weir_close(next.fd);
}

/* Whoever is at home first, then whoever waits: no worker is idle while there is something to do. */
static void ask_idle(struct weir_inspector *in)
{
	for (unsigned i = 0; i < in->options.workers && in->queue.count > 0; i++) {
		ssize_t n = in->workers[i].state == IDLE ? queue_find_home(&in->queue, i) : -1;

		if (n >= 0)
			ask(in, &in->workers[i], queue_take(&in->queue, (size_t)n));
	}
	for (unsigned i = 0; i < in->options.workers && in->queue.count > 0; i++)
		if (in->workers[i].state == IDLE)
			ask(in, &in->workers[i], queue_take(&in->queue, 0));
}

static void check_deadlines(struct weir_inspector *in)
{
	uint64_t now = weir_now_monotonic();

	for (unsigned i = 0; i < in->options.workers; i++) {
		struct worker *w = &in->workers[i];

		if (w->state == BUSY && w->when == 1)
			worker_failed(in, w, "the inspection worker could not be asked", true);
		else if ((w->state == BUSY || w->state == STARTING) && w->when <= now)
			worker_failed(in, w, "time-out: inspection took too long", false);
		else if (w->state == DOWN && w->when <= now && may_start(in))
			(void)start_worker(in, w);
	}
}

/* While no worker can be had, waiting requests end rather than wait. */
static void give_up_waiting(struct weir_inspector *in)
{
	size_t n = in->queue.count;

	if (!is_hopeless(in))
		return;
	while (n-- > 0) {
		struct waiting next = queue_take(&in->queue, 0);

		(void)weir_close(next.fd);
		answer_failure(in, next.cookie,
			       in->unconfined ? "inspection workers start without their sandbox"
					      : "inspection workers do not start");
	}
}

int weir_inspector_dispatch(struct weir_inspector *in)
{
	struct epoll_event events[WORKERS_MAX + 1];
	uint64_t expirations;
	int n = epoll_wait(in->epoll, events, ARRAY_SIZE(events), 0);

	if (n < 0 && errno != EINTR)
		return -errno;
	for (int i = 0; i < n; i++) {
		if (events[i].data.u64 == TIMER_TOKEN) {
			(void)!read(in->timer, &expirations, sizeof(expirations));
			in->armed = 0;
		} else {
			worker_ready(in, &in->workers[events[i].data.u64]);
		}
	}
	bury(in);
	check_deadlines(in);
	give_up_waiting(in);
	ask_idle(in);
	hurry_nice_ones(in);
	arm_next(in);
	return 0;
}

static int submit(struct weir_inspector *in, int fd, uint64_t cookie, enum haste haste)
{
	struct waiting request = {.cookie = cookie,
				  .since_ns = weir_now_monotonic(),
				  .fd = fd,
				  .home = home_of(in, fd),
				  .haste = haste};

	if (in->queue.count + in->running >= in->options.queue) {
		(void)weir_close(fd);
		return -EAGAIN;
	}
	/* None that somebody waits for is passed by one that is at home somewhere. */
	request.passed = haste == URGENT ? LOOK_AHEAD : 0;
	queue_put(&in->queue, request);
	ask_idle(in);
	hurry_nice_ones(in);
	arm_next(in);
	return 0;
}

int weir_inspector_submit(struct weir_inspector *in, int fd, uint64_t cookie)
{
	return submit(in, fd, cookie, PROMPT);
}

int weir_inspector_submit_urgent(struct weir_inspector *in, int fd, uint64_t cookie)
{
	return submit(in, fd, cookie, URGENT);
}

int weir_inspector_submit_leisurely(struct weir_inspector *in, int fd, uint64_t cookie)
{
	return submit(in, fd, cookie, LEISURELY);
}

void weir_inspector_hurry(struct weir_inspector *in, uint64_t cookie)
{
	for (unsigned i = 0; i < in->options.workers; i++) {
		struct worker *w = &in->workers[i];

		if (w->state == BUSY && w->request.cookie == cookie) {
			w->request.haste = URGENT;
			set_nice(w, false);
		}
	}
	for (size_t i = 0; i < in->queue.count; i++) {
		struct waiting request = *queue_at(&in->queue, i);

		if (request.cookie != cookie || request.haste == URGENT)
			continue;
		request = queue_take(&in->queue, i);
		request.haste = URGENT;
		request.passed = LOOK_AHEAD;
		queue_put(&in->queue, request);
		hurry_nice_ones(in);
	}
}

void weir_inspector_want_excerpts(struct weir_inspector *in, uint32_t bytes)
{
	in->excerpt_bytes = WEIR_MIN(bytes, WEIR_EXCERPTS_BYTES_MAX);
}

struct weir_excerpts *weir_inspector_take_excerpts(struct weir_inspector *in)
{
	return TAKE_PTR(in->excerpts);
}

int weir_inspector_fd(const struct weir_inspector *in)
{
	return in->epoll;
}

uint64_t weir_inspector_retries(const struct weir_inspector *in)
{
	return in->retries;
}

size_t weir_inspector_pending(const struct weir_inspector *in)
{
	return in->queue.count + in->running;
}

static bool same_detectors(const struct weir_inspector *in, const struct weir_buf *packed)
{
	return in->detectors.len == packed->len &&
	       (packed->len == 0 || memcmp(in->detectors.data, packed->data, packed->len) == 0);
}

static int take_detectors(struct weir_inspector *in, const struct weir_custom *list, size_t n)
{
	struct weir_buf packed _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_DETECTORS_BYTES_MAX);
	int fd = -1, r = n > 0 ? weir_detectors_pack(list, n, &packed) : 0;

	if (r < 0)
		return r;
	if (same_detectors(in, &packed))
		return 1;
	if (n > 0)
		fd = weir_detectors_memfd(packed.data, packed.len);
	if (n > 0 && fd < 0)
		return fd;
	(void)weir_close(in->detectors_fd);
	in->detectors_fd = fd;
	in->n_detectors = (unsigned)n;
	in->generation++;
	weir_buf_done(&in->detectors);
	in->detectors = packed;
	packed = WEIR_BUF_INIT(0);
	return 0;
}

int weir_inspector_set_detectors(struct weir_inspector *in, const struct weir_custom *list,
				 size_t n)
{
	int r = take_detectors(in, list, n);

	if (r != 0)
		return r;
	for (unsigned i = 0; i < in->options.workers; i++)
		if (in->workers[i].state == STARTING || in->workers[i].state == IDLE)
			end_worker(in, &in->workers[i], 1);
	in->start_failures = 0;
	arm_next(in);
	return 0;
}

static int open_descriptors(struct weir_inspector *in)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u64 = TIMER_TOKEN};

	in->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (in->epoll < 0)
		return -errno;
	in->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (in->timer < 0)
		return -errno;
	return epoll_ctl(in->epoll, EPOLL_CTL_ADD, in->timer, &event) < 0 ? -errno : 0;
}

int weir_inspector_new(const struct weir_inspector_options *options, weir_inspector_done_fn done,
		       void *context, struct weir_inspector **ret)
{
	struct weir_inspector *in _cleanup_(weir_inspector_freep) = calloc(1, sizeof(*in));
	int r;

	if (!in)
		return -ENOMEM;
	in->epoll = in->timer = in->detectors_fd = -1;
	in->options = with_defaults(options);
	in->done = done;
	in->context = context;
	in->sandbox = WEIR_WORKER_UNPRIVILEGED | WEIR_WORKER_LIMITS | WEIR_WORKER_SECCOMP;
	if (weir_sandbox_kernel_has_landlock())
		in->sandbox |= WEIR_WORKER_LANDLOCK;
	if (getrandom(in->key, sizeof(in->key), 0) != (ssize_t)sizeof(in->key))
		return -EIO;
	in->program = strdup(options->program);
	in->pdf = options->pdf ? strdup(options->pdf) : NULL;
	in->ocr = options->ocr ? strdup(options->ocr) : NULL;
	if (!in->program || (options->pdf && !in->pdf) || (options->ocr && !in->ocr))
		return -ENOMEM;
	r = queue_init(&in->queue, in->options.queue);
	if (r == 0)
		r = take_detectors(in, options->detectors, options->n_detectors);
	if (r >= 0)
		r = open_descriptors(in);
	for (unsigned i = 0; r == 0 && i < in->options.workers; i++)
		r = start_worker(in, &in->workers[i]);
	if (r < 0)
		return r;
	arm_next(in);
	*ret = TAKE_PTR(in);
	return 0;
}

void weir_inspector_free(struct weir_inspector *in)
{
	if (!in)
		return;
	for (unsigned i = 0; i < in->options.workers; i++) {
		if (in->workers[i].state == BUSY)
			(void)weir_close(in->workers[i].request.fd);
		if (in->workers[i].state != DOWN)
			end_worker(in, &in->workers[i], 0);
	}
	/* killed processes end at once, unless one is stuck in the kernel: that one is left to init
	 */
	for (useconds_t pause = 100; in->corpse_count > 0 && pause < 1000000; pause += pause / 2) {
		bury(in);
		if (in->corpse_count > 0)
			(void)usleep(pause);
	}
	(void)weir_close(in->timer);
	(void)weir_close(in->epoll);
	(void)weir_close(in->detectors_fd);
	explicit_bzero(in->key, sizeof(in->key));
	weir_buf_done(&in->detectors);
	queue_done(&in->queue);
	free(in->program);
	free(in->pdf);
	free(in->ocr);
	free(in);
}
