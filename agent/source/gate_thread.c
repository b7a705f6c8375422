/* SPDX-License-Identifier: Apache-2.0 */
/* The decision thread of the gate and its deadman. Here: no logging, no allocation, no lock, no
 * path of a guarded file, no wait but for the next event. Every file it reads is in procfs. */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "gate_thread.h"
#include "weir/base/fd.h"
#include "weir/base/time.h"
#include "weir/source/proc.h"

#define EVENTS_PER_READ 16
#define EXIT_DEADMAN	70

void weir_gate_profile_store(struct gate_profile *to, const struct weir_abi_profile *from)
{
	for (size_t i = 0; i < _WEIR_ABI_DET_MAX; i++)
		atomic_store(&to->limit[i], from->limit[i]);
	atomic_store(&to->actions, (uint32_t)from->action | (uint32_t)from->on_unscannable << 8 |
					   (uint32_t)from->on_failure << 16 |
					   (uint32_t)from->on_open << 24);
	atomic_store(&to->flags, from->flags);
	atomic_store(&to->passed, from->passed);
}

void weir_gate_profile_load(const struct gate_profile *from, struct weir_abi_profile *to)
{
	uint32_t actions = atomic_load(&from->actions);

	*to = (struct weir_abi_profile){.action = (uint8_t)actions,
					.on_unscannable = (uint8_t)(actions >> 8),
					.on_failure = (uint8_t)(actions >> 16),
					.on_open = (uint8_t)(actions >> 24),
					.flags = atomic_load(&from->flags),
					.passed = (uint8_t)atomic_load(&from->passed)};
	for (size_t i = 0; i < _WEIR_ABI_DET_MAX; i++)
		to->limit[i] = atomic_load(&from->limit[i]);
}

static bool is_sink(struct weir_gate *gate, uint32_t dev, struct weir_fact *ret)
{
	struct weir_abi_inode key = {.dev = dev};

	return weir_facts_get(gate->volumes, key, ret) == 0 &&
	       ret->word[0] != WEIR_ABI_CHANNEL_NONE;
}

static bool held_on_sink(void *context, const struct weir_abi_inode *inode)
{
	struct opening *opening = context;

	if (!is_sink(opening->gate, inode->dev, &opening->sink))
		return false;
	opening->held = *inode;
	return true;
}

/* The opener's taint, or that of a living ancestor: what a shell has read, its children can write.
 */
static void find_taint(struct opening *opening)
{
	struct weir_process process = opening->process;

	if (!weir_taint_any(&opening->gate->taints, opening->now_ns))
		return;
	for (unsigned depth = 0; depth <= WEIR_TAINT_DEPTH; depth++) {
		const struct weir_taint *taint =
			weir_taint_find(&opening->gate->taints, process.pid, process.start_boot_ns,
					opening->now_ns);

		if (taint) {
			opening->taint = *taint;
			opening->tainted = true;
			return;
		}
		if (process.parent_pid <= 1 ||
		    weir_proc_identify("/proc", process.parent_pid, &process) < 0)
			return;
	}
}

static void counts_of(const struct weir_fact *label, uint32_t counts[static _WEIR_ABI_DET_MAX])
{
	for (size_t i = 0; i < _WEIR_ABI_DET_MAX; i++)
		counts[i] = (uint32_t)label->word[i];
}

static void remember(struct opening *opening)
{
	struct weir_taint taint = {
		.pid = opening->process.pid,
		.start_boot_ns = opening->process.start_boot_ns,
		.source = opening->inode,
		.until_ns = opening->now_ns + atomic_load(&opening->gate->taint_ns),
	};

	counts_of(&opening->label, taint.distinct);
	weir_taint_add(&opening->gate->taints, &taint, opening->now_ns);
}

static void path_of_fd(const char *link, char *to, size_t size)
{
	ssize_t n = readlink(link, to, size - 1);

	to[n > 0 && (size_t)n < size - 1 ? n : 0] = '\0';
}

/* The sink file that the opener already holds: named through the opener's own descriptor table. */
static void path_of_held(const struct opening *opening, char *to, size_t size)
{
	char link[64];

	to[0] = '\0';
	for (unsigned fd = 0; fd < 64; fd++) {
		struct statx stx;

		snprintf(link, sizeof(link), "/proc/%u/fd/%u", opening->process.pid, fd);
		if (statx(AT_FDCWD, link, AT_STATX_DONT_SYNC, STATX_INO, &stx) < 0)
			continue;
		if (stx.stx_ino == opening->held.ino &&
		    WEIR_ABI_DEV(stx.stx_dev_major, stx.stx_dev_minor) == opening->held.dev) {
			path_of_fd(link, to, size);
			return;
		}
	}
}

/* Openings that were let through may be left out; they leave room for refusals. */
bool gate_send(struct weir_gate *gate, const struct weir_gate_record *record)
{
	if ((record->kind == WEIR_GATE_SINK_OPEN ||
	     (record->kind == WEIR_GATE_UNJUDGED && !record->refused)) &&
	    atomic_load(&gate->waiting) >= gate->openings_max)
		return false;
	if (write(gate->records_in, record, sizeof(*record)) != (ssize_t)sizeof(*record))
		return false;
	atomic_fetch_add(&gate->waiting, 1);
	return true;
}

void gate_path_of(int fd, char *to, size_t size)
{
	char link[64];

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	path_of_fd(link, to, size);
}

static void report(struct opening *opening, const struct weir_gate_answer *answer)
{
	struct weir_gate_record record = {
		.kind = answer->deny	  ? WEIR_GATE_REFUSED
			: opening->passed ? WEIR_GATE_PASSED
					  : WEIR_GATE_SINK_OPEN,
		.warned = answer->warned || opening->passed,
		.cause = opening->passed ? WEIR_ABI_CAUSE_LABEL : answer->cause,
		.boot_ns = weir_now_boottime(),
		.target = opening->inode,
		.ctime_ns = opening->on_sink ? opening->ctime_ns : 0,
		.channel = (uint8_t)opening->sink.word[0],
		.profile = (uint8_t)opening->sink.word[1],
		.at_source = !opening->on_sink,
		.fd = -1,
		.held = opening->held,
		.process = opening->process,
	};

	if (record.at_source) {
		gate_path_of(opening->fd, record.source_path, sizeof(record.source_path));
		path_of_held(opening, record.path, sizeof(record.path));
		record.label = opening->inode;
		counts_of(&opening->label, record.labelled);
	} else {
		gate_path_of(opening->fd, record.path, sizeof(record.path));
		if (record.kind != WEIR_GATE_SINK_OPEN && opening->tainted) {
			record.label = opening->taint.source;
			memcpy(record.labelled, opening->taint.distinct, sizeof(record.labelled));
		}
	}
	if (!gate_send(opening->gate, &record))
		atomic_fetch_add(&opening->gate->dropped, 1);
}

/* What the file is; false: nothing to us. */
static bool learn_file(struct opening *opening)
{
	struct weir_gate *gate = opening->gate;
	struct statx stx;

	if (statx(opening->fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC,
		  STATX_TYPE | STATX_INO | STATX_CTIME | STATX_SIZE, &stx) < 0 ||
	    !S_ISREG(stx.stx_mode))
		return false;
	opening->size = stx.stx_size;
	opening->inode.ino = stx.stx_ino;
	opening->inode.dev = WEIR_ABI_DEV(stx.stx_dev_major, stx.stx_dev_minor);
	opening->ctime_ns =
		(uint64_t)stx.stx_ctime.tv_sec * WEIR_NSEC_PER_SEC + stx.stx_ctime.tv_nsec;
	opening->has_label = weir_facts_get(gate->labels, opening->inode, &opening->label) == 0;
	opening->on_sink = is_sink(gate, opening->inode.dev, &opening->sink);
	return true;
}

static bool is_known(const struct opening *opening)
{
	return opening->has_label || opening->on_sink;
}

static void load_profile(struct opening *opening)
{
	struct gate_profile *profiles = opening->gate->profiles;

	weir_gate_profile_load(&profiles[opening->sink.word[1] % WEIR_ABI_PROFILES],
			       &opening->profile);
}

/* Who opens it, and what else it has opened. Many readings of procfs: not for openings that are harmless whoever opens. */
static bool learn_process(struct opening *opening)
{
	bool cut;

	if (weir_proc_describe("/proc", opening->tid, opening->gate->kept, &opening->process) < 0)
		return false; /* it was killed meanwhile: nobody opens */
	opening->process.tid = opening->tid;
	if (opening->on_sink) {
		find_taint(opening);
		return true;
	}
	opening->holds_sink =
		weir_proc_any_writable("/proc", opening->process.pid, held_on_sink, opening, &cut);
	if (opening->holds_sink)
		load_profile(opening);
	return true;
}

static bool use_pass(struct opening *opening)
{
	uint64_t key = gate_pass_key(opening->process.uid, (uint8_t)opening->sink.word[1]);

	for (size_t i = 0; i < WEIR_GATE_PASSES_MAX; i++) {
		struct gate_pass *pass = &opening->gate->passes[i];
		uint64_t whose = key;

		if (atomic_load(&pass->whose) == key &&
		    atomic_load(&pass->until_ns) > weir_now_boottime() &&
		    atomic_compare_exchange_strong(&pass->whose, &whose, 0))
			return true;
	}
	return false;
}

/* What a block refuses all the same is refused as such, and uses up nothing. */
static struct weir_gate_answer decide_warned(struct opening *opening, struct weir_gate_facts *facts,
					     const struct weir_gate_answer *warned)
{
	struct weir_gate_answer after;

	weir_gate_profile_load(
		&opening->gate->profiles[opening->profile.passed % WEIR_ABI_PROFILES],
		&opening->profile);
	after = weir_gate_decide(facts);
	if (after.deny)
		return after;
	opening->passed = use_pass(opening);
	return opening->passed ? after : *warned;
}

static bool refuse(struct opening *opening)
{
	struct weir_gate_facts facts = {
		.mode = weir_proc_open_mode("/proc", opening->tid, opening->gate->kept)};
	struct weir_gate_answer answer;
	uint32_t counts[_WEIR_ABI_DET_MAX];

	if (opening->has_label) {
		counts_of(&opening->label, counts);
		facts.label = counts;
	}
	if (opening->on_sink) {
		load_profile(opening);
		facts.target = &opening->profile;
	}
	if (weir_gate_harmless(&facts) || !learn_process(opening))
		return false;
	facts.taint = opening->tainted ? opening->taint.distinct : NULL;
	facts.held = opening->holds_sink ? &opening->profile : NULL;
	answer = weir_gate_decide(&facts);
	if (answer.warned)
		answer = decide_warned(opening, &facts, &answer);
	if (answer.taint)
		remember(opening);
	if (answer.deny || answer.sink_open || opening->passed)
		report(opening, &answer);
	return answer.deny;
}

static struct opening opening_of(struct weir_gate *gate, int fd, uint32_t tid)
{
	return (struct opening){.gate = gate, .fd = fd, .tid = tid, .now_ns = weir_now_monotonic()};
}

bool gate_refuses(struct weir_gate *gate, int fd, uint32_t tid)
{
	struct opening opening = opening_of(gate, fd, tid);

	return learn_file(&opening) && is_known(&opening) && refuse(&opening);
}

/* What has a label, or lies on a sink, comes by the other group as well, which decides. */
static enum gate_first first_opening(struct weir_gate *gate, int fd, uint32_t tid)
{
	struct opening opening = opening_of(gate, fd, tid);

	if (!learn_file(&opening) || opening.on_sink)
		return GATE_FIRST_LET_BY;
	if (!opening.has_label)
		return gate_first_opening(&opening);
	gate_first_ignore(gate, fd);
	return GATE_FIRST_LET_BY;
}

static bool self_test_file(struct weir_gate *gate, int fd)
{
	uint64_t ino = atomic_load(&gate->test_ino);
	struct stat st;

	if (ino == 0 || fstat(fd, &st) < 0)
		return false;
	return (uint64_t)st.st_ino == ino && WEIR_ABI_DEV(major(st.st_dev), minor(st.st_dev)) ==
						     (uint32_t)atomic_load(&gate->test_dev);
}

/* An opener of the agent's own process: signal 0 asks whether its thread group has such a thread. */
static bool own(const struct weir_gate *gate, uint32_t tid)
{
	return tid == gate->self || syscall(SYS_tgkill, gate->self, tid, 0) == 0;
}

void gate_reply(struct weir_gate *gate, int group, int fd, bool deny)
{
	struct fanotify_response response = {.fd = fd, .response = deny ? FAN_DENY : FAN_ALLOW};

	(void)!write(group, &response, sizeof(response));
	atomic_fetch_add(&gate->decided, 1);
	if (deny)
		atomic_fetch_add(&gate->refused, 1);
}

static void answer_event(struct weir_gate *gate, int group,
			 const struct fanotify_event_metadata *event)
{
	int fd _cleanup_(weir_closep) = event->fd;
	enum gate_first first;

	if (fd < 0 || !(event->mask & FAN_OPEN_PERM))
		return;
	if (own(gate, (uint32_t)event->pid)) {
		gate_reply(gate, group, fd, false);
	} else if (group != gate->first) {
		gate_reply(gate, group, fd,
			   self_test_file(gate, fd) ||
				   gate_refuses(gate, fd, (uint32_t)event->pid));
	} else {
		first = first_opening(gate, fd, (uint32_t)event->pid);
		if (first == GATE_FIRST_WAITS)
			(void)TAKE_FD(fd);
		else
			gate_reply(gate, group, fd, first == GATE_FIRST_REFUSE);
	}
}

static void answer_timed(struct weir_gate *gate, int group,
			 const struct fanotify_event_metadata *event)
{
	uint64_t start = weir_now_monotonic(), taken;

	atomic_store(&gate->busy_since, start);
	answer_event(gate, group, event);
	taken = weir_now_monotonic() - start;
	atomic_store(&gate->busy_since, 0);
	if (taken > atomic_load(&gate->longest_ns))
		atomic_store(&gate->longest_ns, taken);
}

static bool read_events(struct weir_gate *gate, int group)
{
	struct fanotify_event_metadata events[EVENTS_PER_READ];
	const struct fanotify_event_metadata *event = events;
	ssize_t len;

	atomic_store(&gate->reading, true);
	atomic_store(&gate->busy_since, weir_now_monotonic());
	len = read(group, events, sizeof(events));
	atomic_store(&gate->busy_since, 0);
	atomic_store(&gate->reading, false);
	if (len < 0) /* an opening whose descriptor could not be made was answered by the kernel */
		return errno != EBADF && errno != EINVAL;
	for (; FAN_EVENT_OK(event, len); event = FAN_EVENT_NEXT(event, len)) {
		if (event->vers != FANOTIFY_METADATA_VERSION)
			return false;
		answer_timed(gate, group, event);
	}
	return true;
}

/* Answers, and times that are over, before new openings: those wait already. */
static bool step(struct weir_gate *gate, struct pollfd fds[static 4])
{
	if (poll(fds, 4, gate_first_timeout(gate)) < 0)
		return errno == EINTR;
	atomic_store(&gate->busy_since, weir_now_monotonic());
	gate_first_settle(gate);
	atomic_store(&gate->busy_since, 0);
	return !((fds[0].revents & POLLIN && !read_events(gate, gate->group)) ||
		 (fds[1].revents & POLLIN && !read_events(gate, gate->first)));
}

/* Taking the numbers over, not closing them: a stuck thread may still write its answer to one. */
static void let_all_through(struct weir_gate *gate)
{
	(void)dup3(gate->null, gate->group, O_CLOEXEC);
	(void)dup3(gate->null, gate->first, O_CLOEXEC);
}

void *weir_gate_thread(void *argument)
{
	struct weir_gate *gate = argument;
	struct pollfd fds[4] = {{.fd = gate->group, .events = POLLIN},
				{.fd = gate->first, .events = POLLIN},
				{.fd = gate->answers, .events = POLLIN},
				{.fd = gate->stop, .events = POLLIN}};

	while (!atomic_load(&gate->stopping) && !atomic_load(&gate->opened))
		if (!step(gate, fds))
			break;
	/* Whatever ended this thread, nobody may be left waiting for it. */
	atomic_store(&gate->ended, true);
	let_all_through(gate);
	gate_first_end(gate);
	return NULL;
}

void *weir_gate_deadman(void *argument)
{
	struct weir_gate *gate = argument;
	struct pollfd stop = {.fd = gate->stop, .events = POLLIN};
	int step_ms = (int)WEIR_MAX(gate->budget_ns / WEIR_NSEC_PER_MSEC / 4, UINT64_C(1));

	while (!atomic_load(&gate->stopping)) {
		uint64_t since;

		if (poll(&stop, 1, step_ms) > 0)
			break;
		since = atomic_load(&gate->busy_since);
		if (since == 0 || weir_now_monotonic() - since < gate->budget_ns)
			continue;
		/* A thread stuck inside the read keeps the group alive whatever happens to its
		 * number. */
		if (gate->exit_on_deadman || atomic_load(&gate->reading))
			_exit(EXIT_DEADMAN);
		atomic_store(&gate->opened, true);
		let_all_through(gate);
		break;
	}
	return NULL;
}
