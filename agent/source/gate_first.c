/* SPDX-License-Identifier: Apache-2.0 */
/* First openings, on the decision thread: whether one waits, and what ends its waiting. As there: no logging, no allocation, no lock, no
 * wait but in poll(). The owner, who may take its time or be stopped, is asked by a record and never waited for beyond the budget. */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gate_place.h"
#include "gate_thread.h"
#include "weir/base/fd.h"
#include "weir/base/time.h"
#include "weir/source/proc.h"

#define ANCESTORS_MAX	  8 /* between a program that a worker starts and the agent are two */
#define MESSAGES_PER_TURN WEIR_GATE_WAITS_MAX

_Static_assert(sizeof(struct gate_message) <= PIPE_BUF, "a message must be one write");

void gate_first_ignore(struct weir_gate *gate, int fd)
{
	const unsigned how = FAN_MARK_ADD | FAN_MARK_IGNORED_MASK | FAN_MARK_EVICTABLE;

	/* Before 5.19 it would hold the inode in memory: there the file is seen, and known, each time. */
	if (atomic_load(&gate->no_evictable))
		return;
	if (fanotify_mark(gate->first, how, FAN_OPEN_PERM, fd, NULL) < 0 && errno == EINVAL)
		atomic_store(&gate->no_evictable, true);
}

static bool is_looked_at(const struct opening *opening)
{
	struct weir_fact known;

	return weir_facts_get(opening->gate->known, opening->inode, &known) == 0 &&
	       known.word[0] == opening->size && known.word[1] == opening->ctime_ns;
}

/* The path of what somebody opens in mounts of his own is not what the folders are called by. */
static bool has_our_mounts(const struct opening *opening)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%u/ns/mnt", opening->tid);
	return stat(path, &st) == 0 && st.st_ino == opening->gate->mounts_ns;
}

/* The agent's workers read what they are given; whoever starts them must not wait for them. Nor must process 1, which everything waits for. */
static bool is_exempt(const struct opening *opening)
{
	struct weir_process process = opening->process;

	if (process.pid == 1)
		return true;
	for (unsigned depth = 0; depth < ANCESTORS_MAX && process.parent_pid > 1; depth++) {
		if (process.parent_pid == opening->gate->self)
			return true;
		if (weir_proc_identify("/proc", process.parent_pid, &process) < 0)
			return false;
	}
	return false;
}

/* Of a folder's files under another name: in mounts of one's own everything may be called anything. *ret_sure: it is none. */
static int match_elsewhere(const struct gate_folders *folders, const struct opening *opening,
			   const char *path, bool *ret_sure)
{
	char process[32], place[GATE_PLACE_MAX];

	*ret_sure = has_our_mounts(opening);
	if (*ret_sure)
		return -1;
	snprintf(process, sizeof(process), "/proc/%u", opening->tid);
	*ret_sure = gate_place(opening->fd, path, process, place, sizeof(place)) == 0;
	return gate_folders_match_place(folders, opening->inode.dev, *ret_sure ? place : NULL);
}

/* -1: none. One whose path cannot be told is taken for the worse. */
static int match(const struct gate_folders *folders, const struct opening *opening, bool *ret_sure)
{
	char path[PATH_MAX];
	int row;

	gate_path_of(opening->fd, path, sizeof(path));
	*ret_sure = false;
	for (size_t i = 0; path[0] == '\0' && i < folders->n; i++)
		if (folders->list[i].budget_ms > 0)
			return (int)i;
	row = gate_folders_match(folders, path);
	return row >= 0 ? row : match_elsewhere(folders, opening, path, ret_sure);
}

/* The row by which it waits; -1: it does not, and *ret_sure says that it never needs to. */
static int folder_of(const struct opening *opening, struct gate_wait *ret, bool *ret_sure)
{
	const struct gate_folders *folders = gate_folders_read(&opening->gate->folders);
	int row = match(folders, opening, ret_sure);

	if (row >= 0) {
		ret->row = (uint16_t)row;
		ret->edition = folders->edition;
		ret->closed = folders->list[row].closed;
		ret->until_ns = opening->now_ns + folders->list[row].budget_ms * WEIR_NSEC_PER_MSEC;
	}
	gate_folders_done(&opening->gate->folders);
	return row;
}

static void describe(const struct opening *opening, enum weir_gate_kind kind, int row,
		     struct weir_gate_record *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->kind = kind;
	ret->cause = WEIR_ABI_CAUSE_NO_STATE;
	ret->boot_ns = weir_now_boottime();
	ret->target = opening->inode;
	ret->channel = WEIR_ABI_CHANNEL_FILE;
	ret->folder = (uint16_t)row;
	ret->fd = -1;
	ret->process = opening->process;
	gate_path_of(opening->fd, ret->path, sizeof(ret->path));
}

static void tell_unjudged(struct opening *opening, const struct gate_wait *wait)
{
	struct weir_gate_record record;

	describe(opening, WEIR_GATE_UNJUDGED, wait->row, &record);
	record.edition = wait->edition;
	record.refused = wait->closed;
	if (!gate_send(opening->gate, &record))
		atomic_fetch_add(&opening->gate->dropped, 1);
}

/* False: nobody can be asked. */
static bool ask(struct opening *opening, const struct gate_wait *wait)
{
	struct weir_gate_record record;
	int fd _cleanup_(weir_closep) = fcntl(opening->fd, F_DUPFD_CLOEXEC, 3);

	if (fd < 0)
		return false;
	describe(opening, WEIR_GATE_ASKED, wait->row, &record);
	record.edition = wait->edition;
	record.wait = gate_wait_number(&opening->gate->waits, wait);
	record.fd = fd;
	if (!gate_send(opening->gate, &record))
		return false;
	(void)TAKE_FD(fd); /* the owner's now */
	return true;
}

static enum gate_first wait_or_not(struct opening *opening, const struct gate_wait *as)
{
	struct weir_gate *gate = opening->gate;
	struct gate_wait *wait = gate_waits_take(&gate->waits, as);

	if (wait && ask(opening, wait)) {
		atomic_fetch_add(&gate->asked, 1);
		return GATE_FIRST_WAITS;
	}
	if (wait)
		gate_wait_end(&gate->waits, wait);
	atomic_fetch_add(&gate->full, 1);
	tell_unjudged(opening, as);
	return as->closed ? GATE_FIRST_REFUSE : GATE_FIRST_LET_BY;
}

static bool only_writes(const struct opening *opening)
{
	unsigned mode = weir_proc_open_mode("/proc", opening->tid, opening->gate->kept);

	return mode != WEIR_OPEN_UNKNOWN && !(mode & WEIR_OPEN_READ);
}

/* Nothing to read, known, elsewhere, only written to, by somebody exempt: let by. The cheap questions come first. */
enum gate_first gate_first_opening(struct opening *opening)
{
	struct gate_wait wait = {.fd = opening->fd, .tid = opening->tid};
	bool known = is_looked_at(opening), sure = known;
	int row = -1;

	if (opening->size > 0 && !known)
		row = folder_of(opening, &wait, &sure);
	if (row < 0 && sure)
		gate_first_ignore(opening->gate, opening->fd);
	if (row < 0 || only_writes(opening) ||
	    weir_proc_describe("/proc", opening->tid, opening->gate->kept, &opening->process) < 0 ||
	    is_exempt(opening)) {
		atomic_fetch_add(&opening->gate->let_by, 1);
		return GATE_FIRST_LET_BY;
	}
	opening->process.tid = opening->tid;
	return wait_or_not(opening, &wait);
}

static void end(struct weir_gate *gate, struct gate_wait *wait, bool deny)
{
	int fd = wait->fd;

	gate_reply(gate, gate->first, fd, deny);
	gate_wait_end(&gate->waits, wait);
	weir_close(fd);
}

/* Nobody could say what the file is. */
static void end_unjudged(struct weir_gate *gate, struct gate_wait *wait)
{
	struct opening opening = {.gate = gate, .fd = wait->fd, .tid = wait->tid};
	struct statx stx;

	if (statx(wait->fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_INO, &stx) == 0) {
		opening.inode.ino = stx.stx_ino;
		opening.inode.dev = WEIR_ABI_DEV(stx.stx_dev_major, stx.stx_dev_minor);
	}
	if (weir_proc_describe("/proc", wait->tid, gate->kept, &opening.process) == 0)
		tell_unjudged(&opening, wait);
	end(gate, wait, wait->closed);
}

static void take_message(struct weir_gate *gate, struct gate_message *message)
{
	struct gate_wait *wait = gate_waits_find(&gate->waits, message->wait);
	uint64_t now = weir_now_monotonic();

	/* First what the process has read from now on: the next opening may be its own, of a sink. */
	if (message->has_taint) {
		message->taint.until_ns = now + atomic_load(&gate->taint_ns);
		weir_taint_add(&gate->taints, &message->taint, now);
	}
	if (!wait)
		return;
	if (message->failed) {
		atomic_fetch_add(&gate->late, 1);
		end_unjudged(gate, wait);
		return;
	}
	atomic_fetch_add(&gate->judged, 1);
	end(gate, wait, gate_refuses(gate, wait->fd, wait->tid));
}

void gate_first_settle(struct weir_gate *gate)
{
	struct gate_message message;
	struct gate_wait *wait;
	uint64_t now;

	for (unsigned i = 0; i < MESSAGES_PER_TURN; i++) {
		if (read(gate->answers, &message, sizeof(message)) != (ssize_t)sizeof(message))
			break;
		atomic_store(&gate->busy_since, weir_now_monotonic());
		take_message(gate, &message);
	}
	now = weir_now_monotonic();
	/* The deadman's time is for each of them. */
	while ((wait = gate_waits_over(&gate->waits, now))) {
		atomic_store(&gate->busy_since, weir_now_monotonic());
		atomic_fetch_add(&gate->late, 1);
		end_unjudged(gate, wait);
	}
}

void gate_first_end(struct weir_gate *gate)
{
	struct gate_wait *wait;

	while ((wait = gate_waits_over(&gate->waits, UINT64_MAX))) {
		weir_close(wait->fd);
		gate_wait_end(&gate->waits, wait);
	}
}

int gate_first_timeout(const struct weir_gate *gate)
{
	uint64_t next = gate_waits_next(&gate->waits), now;

	if (next == UINT64_MAX)
		return -1;
	now = weir_now_monotonic();
	return next <= now ? 0 : (int)((next - now) / WEIR_NSEC_PER_MSEC) + 1;
}
