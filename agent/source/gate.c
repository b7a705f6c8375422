/* SPDX-License-Identifier: Apache-2.0 */
/* The owner's side of the gate: the group, its marks, the tables, the threads' lives. The decision
 * thread is in gate_thread.c. */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/fanotify.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gate_thread.h"
#include "gate_waker.h"
#include "weir/base/fd.h"
#include "weir/base/time.h"

#define PIPE_BYTES	     (4 << 20)
#define PIPE_BYTES_LEAST     (1 << 20) /* what anybody may have */
#define RECORDS_PER_DISPATCH 1024      /* as many as the pipe holds */
#define SELF_TEST_MS	     5000
#define CHILD_FORBIDDEN_OK   1 /* exit bits of the self-test's child */
#define CHILD_HARMLESS_BAD   2

_Static_assert(sizeof(struct weir_gate_record) <= 4096, "a record must fit an atomic pipe write");

static int make_pipe(struct weir_gate *gate)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK | O_DIRECT) < 0)
		return -errno;
	gate->records = ends[0];
	gate->records_in = ends[1];
	/* A smaller pipe only drops, and counts, sooner. */
	if (fcntl(ends[1], F_SETPIPE_SZ, PIPE_BYTES) < 0)
		(void)fcntl(ends[1], F_SETPIPE_SZ, PIPE_BYTES_LEAST);
	/* Each record takes a page. A quarter is left for refusals. */
	gate->openings_max = fcntl(ends[1], F_GETPIPE_SZ) / (int)sysconf(_SC_PAGESIZE) * 3 / 4;
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	gate->answers = ends[0];
	gate->answers_in = ends[1];
	return 0;
}

static int make_group(struct weir_gate *gate)
{
	unsigned flags = FAN_CLASS_CONTENT | FAN_CLOEXEC | FAN_NONBLOCK | FAN_UNLIMITED_QUEUE |
			 FAN_UNLIMITED_MARKS;

	gate->group = fanotify_init(flags | FAN_REPORT_TID,
				    O_RDONLY | O_LARGEFILE | O_CLOEXEC | O_NONBLOCK);
	if (gate->group < 0)
		return -errno;
	gate->first = fanotify_init(flags | FAN_REPORT_TID,
				    O_RDONLY | O_LARGEFILE | O_CLOEXEC | O_NONBLOCK);
	if (gate->first < 0)
		return -errno;
	gate->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (gate->stop < 0)
		return -errno;
	gate->null = open("/dev/null", O_RDWR | O_CLOEXEC);
	return gate->null < 0 ? -errno : 0;
}

static int start_threads(struct weir_gate *gate)
{
	sigset_t all, old;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	r = -pthread_create(&gate->thread, NULL, weir_gate_thread, gate);
	gate->has_thread = r == 0;
	if (r == 0) {
		r = -pthread_create(&gate->deadman, NULL, weir_gate_deadman, gate);
		gate->has_deadman = r == 0;
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return r;
}

int weir_gate_new(const struct weir_gate_options *options, struct weir_gate **ret)
{
	struct weir_gate *gate _cleanup_(weir_gate_freep) = calloc(1, sizeof(*gate));
	struct stat mounts;
	int r;

	if (!gate)
		return -ENOMEM;
	gate->group = gate->first = gate->stop = gate->null = -1;
	gate->records = gate->records_in = gate->answers = gate->answers_in = -1;
	gate->self = (uint32_t)getpid();
	gate_waits_init(&gate->waits);
	atomic_store(&gate->folders.reading, -1);
	gate->mounts_ns = stat("/proc/self/ns/mnt", &mounts) == 0 ? mounts.st_ino : 0;
	gate->budget_ns = options->budget_ns ? options->budget_ns : 2 * WEIR_NSEC_PER_SEC;
	gate->exit_on_deadman = options->exit_on_deadman;
	atomic_store(&gate->taint_ns,
		     options->taint_ns ? options->taint_ns : WEIR_TAINT_NS_DEFAULT);
	r = weir_facts_new(WEIR_GATE_LABELS_MAX * 2, &gate->labels);
	if (r == 0)
		r = weir_facts_new(WEIR_GATE_VOLUMES_MAX * 2, &gate->volumes);
	if (r == 0)
		r = weir_proc_kept_new(&gate->kept);
	if (r == 0)
		r = weir_facts_new(WEIR_GATE_KNOWN_MAX * 2, &gate->known);
	if (r == 0)
		r = make_pipe(gate);
	if (r == 0)
		r = make_group(gate);
	if (r == 0)
		r = start_threads(gate);
	if (r < 0)
		return r;
	gate->waker = weir_gate_waker_start(gate->budget_ns);
	*ret = TAKE_PTR(gate);
	return 0;
}

/* With the files that nobody will be asked about any more. */
static void close_records(struct weir_gate *gate)
{
	struct weir_gate_record record;

	while (gate->records >= 0 &&
	       read(gate->records, &record, sizeof(record)) == (ssize_t)sizeof(record))
		weir_close(record.fd);
	weir_close(gate->records);
	weir_close(gate->records_in);
}

void weir_gate_free(struct weir_gate *gate)
{
	uint64_t one = 1;

	if (!gate)
		return;
	weir_gate_waker_stop(gate->waker);
	atomic_store(&gate->stopping, true);
	if (gate->stop >= 0)
		(void)!write(gate->stop, &one, sizeof(one));
	if (gate->has_thread)
		pthread_join(gate->thread, NULL);
	if (gate->has_deadman)
		pthread_join(gate->deadman, NULL);
	weir_close(gate->group);
	weir_close(gate->first);
	weir_close(gate->stop);
	weir_close(gate->null);
	close_records(gate);
	weir_close(gate->answers);
	weir_close(gate->answers_in);
	weir_facts_free(gate->known);
	weir_facts_free(gate->labels);
	weir_facts_free(gate->volumes);
	weir_proc_kept_free(gate->kept);
	free(gate);
}

void weir_gate_set_profiles(struct weir_gate *gate, const struct weir_abi_config *config)
{
	for (size_t i = 0; i < WEIR_ABI_PROFILES; i++)
		weir_gate_profile_store(&gate->profiles[i], &config->profiles[i]);
	if (config->taint_ns > 0)
		atomic_store(&gate->taint_ns, config->taint_ns);
}

static int identity_of(int dirfd, const char *path, int flags, struct weir_abi_inode *ret)
{
	struct statx stx;

	if (statx(dirfd, path, flags | AT_STATX_DONT_SYNC, STATX_INO, &stx) < 0)
		return -errno;
	*ret = (struct weir_abi_inode){.ino = stx.stx_ino,
				       .dev = WEIR_ABI_DEV(stx.stx_dev_major, stx.stx_dev_minor)};
	return 0;
}

static struct weir_abi_inode volume_key(uint32_t dev)
{
	return (struct weir_abi_inode){.dev = dev};
}

static int mark_volume(struct weir_gate *gate, unsigned how, const char *path)
{
	if (fanotify_mark(gate->group, how | FAN_MARK_FILESYSTEM, FAN_OPEN_PERM, AT_FDCWD, path) ==
	    0)
		return 0;
	if (errno != EXDEV && errno != EINVAL && errno != EOPNOTSUPP && errno != ENODEV)
		return -errno;
	return fanotify_mark(gate->group, how | FAN_MARK_MOUNT, FAN_OPEN_PERM, AT_FDCWD, path) < 0
		       ? -errno
		       : 0;
}

int weir_gate_add_volume(struct weir_gate *gate, const char *path,
			 const struct weir_abi_volume *volume, uint32_t *ret_dev)
{
	struct weir_fact fact = {{volume->channel, volume->profile}};
	struct weir_abi_inode inode = {0};
	int r;

	r = identity_of(AT_FDCWD, path, 0, &inode);
	if (r < 0)
		return r;
	/* The table first: the first event may come before this returns. */
	r = weir_facts_set(gate->volumes, volume_key(inode.dev), &fact);
	if (r < 0)
		return r;
	r = mark_volume(gate, FAN_MARK_ADD, path);
	if (r < 0) {
		weir_facts_forget(gate->volumes, volume_key(inode.dev));
		return r;
	}
	if (ret_dev)
		*ret_dev = inode.dev;
	return 0;
}

void weir_gate_remove_volume(struct weir_gate *gate, const char *path, uint32_t st_dev)
{
	struct weir_abi_inode inode = {0};

	/* After unmounting, path is a folder of another file system: its marks are not ours to
	 * take. */
	if (identity_of(AT_FDCWD, path, 0, &inode) == 0 && inode.dev == st_dev)
		(void)mark_volume(gate, FAN_MARK_REMOVE, path);
	weir_facts_forget(gate->volumes, volume_key(st_dev));
}

/* Deleted files leave their labels behind: when there are too many, the oldest goes. */
static void make_room(struct weir_gate *gate, struct weir_abi_inode inode)
{
	struct weir_abi_inode *oldest = &gate->order[gate->next];
	struct weir_fact fact;

	if (weir_facts_get(gate->labels, inode, &fact) == 0)
		return; /* known: keeps its place */
	if (oldest->ino != 0 && weir_facts_get(gate->labels, *oldest, &fact) == 0) {
		weir_facts_forget(gate->labels, *oldest);
		gate->evicted++;
	}
	*oldest = inode;
	gate->next = (gate->next + 1) % WEIR_GATE_LABELS_MAX;
}

int weir_gate_set_label(struct weir_gate *gate, int fd,
			const uint32_t distinct[static _WEIR_ABI_DET_MAX])
{
	struct weir_abi_inode inode;
	struct weir_fact fact = {0};
	int r;

	for (size_t i = 0; i < _WEIR_ABI_DET_MAX; i++)
		fact.word[i] = distinct[i];
	r = identity_of(fd, "", AT_EMPTY_PATH, &inode);
	if (r < 0)
		return r;
	make_room(gate, inode);
	r = weir_facts_set(gate->labels, inode, &fact);
	if (r < 0)
		return r;
	if (fanotify_mark(gate->group, FAN_MARK_ADD, FAN_OPEN_PERM, fd, NULL) < 0) {
		r = -errno;
		weir_facts_forget(gate->labels, inode);
		return r;
	}
	return 0;
}

void weir_gate_forget_label(struct weir_gate *gate, int fd)
{
	struct weir_abi_inode inode = {0};
	struct weir_fact fact;

	if (identity_of(fd, "", AT_EMPTY_PATH, &inode) < 0 ||
	    weir_facts_get(gate->labels, inode, &fact) < 0)
		return;
	(void)fanotify_mark(gate->group, FAN_MARK_REMOVE, FAN_OPEN_PERM, fd, NULL);
	weir_facts_forget(gate->labels, inode);
}

int weir_gate_set_pass(struct weir_gate *gate, uint32_t uid, uint8_t profile, uint64_t until_ns)
{
	uint64_t now = weir_now_boottime();

	weir_gate_forget_pass(gate, uid, profile);
	for (size_t i = 0; i < WEIR_GATE_PASSES_MAX; i++) {
		struct gate_pass *pass = &gate->passes[i];

		if (atomic_load(&pass->whose) && atomic_load(&pass->until_ns) > now)
			continue;
		atomic_store(&pass->whose, 0);
		atomic_store(&pass->until_ns, until_ns);
		atomic_store(&pass->whose, gate_pass_key(uid, profile));
		return 0;
	}
	return -ENOSPC;
}

void weir_gate_forget_pass(struct weir_gate *gate, uint32_t uid, uint8_t profile)
{
	for (size_t i = 0; i < WEIR_GATE_PASSES_MAX; i++) {
		uint64_t whose = gate_pass_key(uid, profile);

		(void)atomic_compare_exchange_strong(&gate->passes[i].whose, &whose, 0);
	}
}

int weir_gate_fd(const struct weir_gate *gate)
{
	return gate->records;
}

int weir_gate_dispatch(struct weir_gate *gate, weir_gate_record_fn fn, void *context)
{
	struct weir_gate_record record;

	for (unsigned i = 0; i < RECORDS_PER_DISPATCH; i++) {
		ssize_t n = read(gate->records, &record, sizeof(record));

		if (n < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -errno;
		if (n != (ssize_t)sizeof(record))
			return -EPROTO;
		atomic_fetch_sub(&gate->waiting, 1);
		fn(context, &record);
	}
	return 0;
}

void weir_gate_health(const struct weir_gate *gate, struct weir_gate_health *ret)
{
	*ret = (struct weir_gate_health){
		.running = !atomic_load(&gate->opened) && !atomic_load(&gate->ended),
		.opened = atomic_load(&gate->opened),
		.decided = atomic_load(&gate->decided),
		.refused = atomic_load(&gate->refused),
		.dropped = atomic_load(&gate->dropped),
		.labels = weir_facts_count(gate->labels),
		.evicted = gate->evicted,
		.volumes = weir_facts_count(gate->volumes),
		.longest_ns = atomic_load(&gate->longest_ns),
		.asked = atomic_load(&gate->asked),
		.judged = atomic_load(&gate->judged),
		.late = atomic_load(&gate->late),
		.full = atomic_load(&gate->full),
		.let_by = atomic_load(&gate->let_by),
		.known = weir_facts_count(gate->known),
		.unmarked = gate->unmarked,
	};
}

/* Only calls that are safe between fork and exec in a program with threads. */
static int self_test_child(const char *forbidden, const char *harmless)
{
	int result = 0;

	if (open(forbidden, O_RDONLY | O_CLOEXEC) >= 0 || errno != EPERM)
		result |= CHILD_FORBIDDEN_OK;
	if (open(harmless, O_RDONLY | O_CLOEXEC) < 0)
		result |= CHILD_HARMLESS_BAD;
	return result;
}

static int wait_child(pid_t child)
{
	int pidfd _cleanup_(weir_closep) = (int)syscall(SYS_pidfd_open, child, 0);
	struct pollfd poll_fd = {.fd = pidfd, .events = POLLIN};
	int status, r = 0;

	if (pidfd < 0 || poll(&poll_fd, 1, SELF_TEST_MS) != 1) {
		kill(child, SIGKILL);
		r = -ETIMEDOUT;
	}
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	if (r < 0)
		return r;
	if (!WIFEXITED(status))
		return -EIO;
	if (WEXITSTATUS(status) & CHILD_FORBIDDEN_OK)
		return -EREMOTEIO;
	return WEXITSTATUS(status) & CHILD_HARMLESS_BAD ? -EACCES : 0;
}

static int scratch_file(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	return fd < 0 ? -errno : fd;
}

static int run_self_test(struct weir_gate *gate, const char *forbidden, const char *harmless)
{
	int bad _cleanup_(weir_closep) = scratch_file(forbidden);
	int good _cleanup_(weir_closep) = scratch_file(harmless);
	struct weir_abi_inode inode = {0};
	pid_t child;
	int r;

	if (bad < 0 || good < 0)
		return bad < 0 ? bad : good;
	r = identity_of(bad, "", AT_EMPTY_PATH, &inode);
	if (r < 0)
		return r;
	atomic_store(&gate->test_ino, inode.ino);
	atomic_store(&gate->test_dev, inode.dev);
	if (fanotify_mark(gate->group, FAN_MARK_ADD, FAN_OPEN_PERM, bad, NULL) < 0 ||
	    fanotify_mark(gate->group, FAN_MARK_ADD, FAN_OPEN_PERM, good, NULL) < 0)
		return -errno;
	child = fork();
	if (child < 0)
		return -errno;
	if (child == 0)
		_exit(self_test_child(forbidden, harmless));
	r = wait_child(child);
	(void)fanotify_mark(gate->group, FAN_MARK_REMOVE, FAN_OPEN_PERM, bad, NULL);
	(void)fanotify_mark(gate->group, FAN_MARK_REMOVE, FAN_OPEN_PERM, good, NULL);
	return r;
}

int weir_gate_self_test(struct weir_gate *gate, const char *dir)
{
	char forbidden[WEIR_GATE_PATH_MAX], harmless[WEIR_GATE_PATH_MAX];
	int r;

	if (!weir_gate_waker_runs(gate->waker))
		gate->waker = weir_gate_waker_start(gate->budget_ns);
	if (snprintf(forbidden, sizeof(forbidden), "%s/gate-forbidden", dir) >=
		    (int)sizeof(forbidden) ||
	    snprintf(harmless, sizeof(harmless), "%s/gate-harmless", dir) >= (int)sizeof(harmless))
		return -ENAMETOOLONG;
	r = run_self_test(gate, forbidden, harmless);
	atomic_store(&gate->test_ino, 0);
	(void)unlink(forbidden);
	(void)unlink(harmless);
	return r;
}
