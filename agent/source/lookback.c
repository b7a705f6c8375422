/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "weir/base/fd.h"
#include "weir/base/time.h"
#include "weir/source/lookback.h"

struct job {
	int fd; /* of the folder to begin with */
	struct weir_lookback_range range;
	uint64_t budget_ns;
	uint64_t cookie;
};

/* What the thread tells by the pipe. */
struct message {
	uint64_t cookie;
	int fd; /* of a file; -1: the volume is done */
	int result;
};

_Static_assert(sizeof(struct message) <= 4096, "a message must be an atomic write");

/* Jobs are a ring: [done, submitted) wait or run. The counters only grow. */
struct weir_lookback {
	const struct weir_lookback_ops *ops;
	void *context;
	pthread_t thread;
	bool has_thread;
	int messages, messages_in;
	atomic_bool stopping;
	pthread_mutex_t lock; /* over all below */
	pthread_cond_t wake;
	uint64_t done, submitted;
	struct job jobs[WEIR_LOOKBACK_QUEUE];
};

/* One volume under way. */
struct walk {
	struct weir_lookback *lookback;
	const struct job *job;
	uint64_t deadline_ns; /* monotonic */
	uint64_t mount_id;
	unsigned names, files;
	int error; /* the first of what could not be read; the walk goes on */
};

uint64_t weir_lookback_slack(uint64_t ctime_ns)
{
	/* FAT counts every other second, others by the kernel's tick or finer. */
	const uint64_t fat = 2 * WEIR_NSEC_PER_SEC, tick = 10 * WEIR_NSEC_PER_MSEC;

	return ctime_ns % fat ? tick : fat;
}

bool weir_lookback_within(const struct weir_lookback_range *range, uint64_t ctime_ns)
{
	return ctime_ns <= range->until_ns &&
	       ctime_ns + weir_lookback_slack(ctime_ns) >= range->since_ns;
}

static void closedirp(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

static void note(struct walk *walk, int error)
{
	if (walk->error == 0)
		walk->error = error;
}

/* The pipe is full while its reader has no room; only the end of all ends that wait. */
static void tell(struct weir_lookback *lookback, const struct message *message)
{
	ssize_t n;

	do
		n = write(lookback->messages_in, message, sizeof(*message));
	while (n < 0 && errno == EINTR);
	if (n != (ssize_t)sizeof(*message))
		weir_close(message->fd);
}

static uint64_t time_of(const struct statx_timestamp *time)
{
	return time->tv_sec < 0 ? 0 : (uint64_t)time->tv_sec * WEIR_NSEC_PER_SEC + time->tv_nsec;
}

/* FAT keeps no change time of its own, so that a copy may bring its source's; but a new file's birth is its own. */
static bool changed(const struct weir_lookback_range *range, const struct statx *stx)
{
	return weir_lookback_within(range, time_of(&stx->stx_ctime)) ||
	       (stx->stx_mask & STATX_BTIME &&
		weir_lookback_within(range, time_of(&stx->stx_btime)));
}

static int look_at_file(struct walk *walk, int dirfd, const char *name, const struct statx *stx)
{
	struct message message = {.cookie = walk->job->cookie};

	if (stx->stx_size == 0 || !changed(&walk->job->range, stx))
		return 0;
	if (walk->files++ >= WEIR_LOOKBACK_FILES)
		return -E2BIG;
	message.fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (message.fd >= 0)
		tell(walk->lookback, &message);
	else if (errno != ENOENT)
		note(walk, -errno);
	return 0;
}

static int look_at_folder(struct walk *walk, int dirfd, const char *name, unsigned depth);

static int look_at_name(struct walk *walk, int dirfd, const char *name, unsigned depth)
{
	struct statx stx;

	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return 0;
	if (atomic_load(&walk->lookback->stopping))
		return -ECANCELED;
	if (weir_now_monotonic() > walk->deadline_ns)
		return -ETIME;
	if (walk->names++ >= WEIR_LOOKBACK_NAMES)
		return -E2BIG;
	if (statx(dirfd, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC,
		  STATX_BASIC_STATS | STATX_BTIME | STATX_MNT_ID, &stx) < 0) {
		if (errno != ENOENT)
			note(walk, -errno);
		return 0;
	}
	if (stx.stx_mnt_id != walk->mount_id)
		return 0;
	if (S_ISREG(stx.stx_mode))
		return look_at_file(walk, dirfd, name, &stx);
	return S_ISDIR(stx.stx_mode) ? look_at_folder(walk, dirfd, name, depth + 1) : 0;
}

/* Folders in folders, a bounded number of them: each level holds one open. */
static int look_at_folder(struct walk *walk, int dirfd, const char *name, unsigned depth)
{
	DIR *dir _cleanup_(closedirp) = NULL;
	struct dirent *entry;
	int fd, r = 0;

	if (depth > WEIR_LOOKBACK_DEPTH)
		return -E2BIG;
	fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NOATIME | O_CLOEXEC);
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir) {
		note(walk, -errno);
		weir_close(fd);
		return 0;
	}
	for (errno = 0; r == 0 && (entry = readdir(dir)); errno = 0)
		r = look_at_name(walk, fd, entry->d_name, depth);
	if (r == 0 && errno != 0)
		note(walk, -errno);
	return r;
}

static int look_at_volume(struct weir_lookback *lookback, const struct job *job)
{
	struct walk walk = {.lookback = lookback,
			    .job = job,
			    .deadline_ns = weir_now_monotonic() + job->budget_ns};
	struct statx stx;
	int r;

	if (statx(job->fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_MNT_ID, &stx) < 0)
		return -errno;
	walk.mount_id = stx.stx_mnt_id;
	r = look_at_folder(&walk, job->fd, ".", 0);
	return r < 0 ? r : walk.error;
}

static void *work(void *argument)
{
	struct weir_lookback *lookback = argument;

	pthread_mutex_lock(&lookback->lock);
	while (!atomic_load(&lookback->stopping)) {
		struct job *job = &lookback->jobs[lookback->done % WEIR_LOOKBACK_QUEUE];
		struct message end = {.fd = -1};

		if (lookback->done == lookback->submitted) {
			pthread_cond_wait(&lookback->wake, &lookback->lock);
			continue;
		}
		/* The owner touches a job only before it is submitted and after it is done. */
		pthread_mutex_unlock(&lookback->lock);
		end.cookie = job->cookie;
		end.result = look_at_volume(lookback, job);
		job->fd = weir_close(job->fd);
		tell(lookback, &end);
		pthread_mutex_lock(&lookback->lock);
		lookback->done++;
	}
	pthread_mutex_unlock(&lookback->lock);
	return NULL;
}

static int start_thread(struct weir_lookback *lookback)
{
	sigset_t all, old;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	r = -pthread_create(&lookback->thread, NULL, work, lookback);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	lookback->has_thread = r == 0;
	return r;
}

static int make_pipe(struct weir_lookback *lookback)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	lookback->messages = ends[0];
	lookback->messages_in = ends[1];
	return fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
}

int weir_lookback_new(const struct weir_lookback_ops *ops, void *context,
		      struct weir_lookback **ret)
{
	struct weir_lookback *lookback _cleanup_(weir_lookback_freep) =
		calloc(1, sizeof(*lookback));
	int r;

	if (!lookback)
		return -ENOMEM;
	lookback->ops = ops;
	lookback->context = context;
	lookback->messages = lookback->messages_in = -1;
	pthread_mutex_init(&lookback->lock, NULL);
	pthread_cond_init(&lookback->wake, NULL);
	r = make_pipe(lookback);
	if (r == 0)
		r = start_thread(lookback);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(lookback);
	return 0;
}

static bool next_message(struct weir_lookback *lookback, struct message *ret)
{
	return read(lookback->messages, ret, sizeof(*ret)) == (ssize_t)sizeof(*ret);
}

/* A thread that waits for room in the pipe gets it by what is read here; it ends at its next name. */
static void stop_thread(struct weir_lookback *lookback)
{
	struct message message;

	if (!lookback->has_thread)
		return;
	pthread_mutex_lock(&lookback->lock);
	atomic_store(&lookback->stopping, true);
	pthread_cond_signal(&lookback->wake);
	pthread_mutex_unlock(&lookback->lock);
	while (next_message(lookback, &message))
		weir_close(message.fd);
	pthread_join(lookback->thread, NULL);
	while (next_message(lookback, &message))
		weir_close(message.fd);
}

void weir_lookback_free(struct weir_lookback *lookback)
{
	if (!lookback)
		return;
	stop_thread(lookback);
	for (; lookback->done < lookback->submitted; lookback->done++)
		weir_close(lookback->jobs[lookback->done % WEIR_LOOKBACK_QUEUE].fd);
	weir_close(lookback->messages);
	weir_close(lookback->messages_in);
	pthread_cond_destroy(&lookback->wake);
	pthread_mutex_destroy(&lookback->lock);
	free(lookback);
}

int weir_lookback_start(struct weir_lookback *lookback, int fd,
			const struct weir_lookback_range *range, uint64_t budget_ns,
			uint64_t cookie)
{
	int copy _cleanup_(weir_closep) = fcntl(fd, F_DUPFD_CLOEXEC, 3), r = -EAGAIN;

	if (copy < 0)
		return -errno;
	pthread_mutex_lock(&lookback->lock);
	if (lookback->submitted - lookback->done < WEIR_LOOKBACK_QUEUE) {
		lookback->jobs[lookback->submitted++ % WEIR_LOOKBACK_QUEUE] =
			(struct job){.fd = TAKE_FD(copy),
				     .range = *range,
				     .budget_ns = budget_ns,
				     .cookie = cookie};
		pthread_cond_signal(&lookback->wake);
		r = 0;
	}
	pthread_mutex_unlock(&lookback->lock);
	return r;
}

int weir_lookback_fd(const struct weir_lookback *lookback)
{
	return lookback->messages;
}

int weir_lookback_dispatch(struct weir_lookback *lookback)
{
	struct message message;

	while (lookback->ops->ready(lookback->context) && next_message(lookback, &message)) {
		if (message.fd < 0)
			lookback->ops->ended(lookback->context, message.cookie, message.result);
		else
			lookback->ops->found(lookback->context, message.cookie, message.fd);
	}
	return 0;
}
