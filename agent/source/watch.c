/* SPDX-License-Identifier: Apache-2.0 */
/* The listening fanotify group. Turns events into files; knows nothing of sinks, labels or policy.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "weir/base/fd.h"
#include "weir/base/time.h"
#include "weir/source/watch.h"

#define READS_PER_DISPATCH 16

struct weir_watch {
	int fd;
	uint32_t self;
	const struct weir_watch_ops *ops;
	void *context;
};

int weir_watch_new(const struct weir_watch_ops *ops, void *context, struct weir_watch **ret)
{
	struct weir_watch *watch _cleanup_(weir_watch_freep) = calloc(1, sizeof(*watch));

	if (!watch)
		return -ENOMEM;
	watch->ops = ops;
	watch->context = context;
	watch->self = (uint32_t)getpid();
	watch->fd = fanotify_init(FAN_CLASS_NOTIF | FAN_CLOEXEC | FAN_NONBLOCK |
					  FAN_UNLIMITED_MARKS | FAN_UNLIMITED_QUEUE,
				  O_RDONLY | O_LARGEFILE | O_CLOEXEC | O_NONBLOCK);
	if (watch->fd < 0)
		return -errno;
	*ret = TAKE_PTR(watch);
	return 0;
}

void weir_watch_free(struct weir_watch *watch)
{
	if (!watch)
		return;
	weir_close(watch->fd);
	free(watch);
}

int weir_watch_fd(const struct weir_watch *watch)
{
	return watch->fd;
}

int weir_watch_add(struct weir_watch *watch, const char *path, enum weir_watch_what what)
{
	uint64_t mask = FAN_CLOSE_WRITE | (what == WEIR_WATCH_CHANGES ? FAN_MODIFY : 0);

	if (fanotify_mark(watch->fd, FAN_MARK_ADD | FAN_MARK_FILESYSTEM, mask, AT_FDCWD, path) == 0)
		return 0;
	if (errno != EXDEV && errno != EINVAL && errno != EOPNOTSUPP && errno != ENODEV)
		return -errno;
	if (fanotify_mark(watch->fd, FAN_MARK_ADD | FAN_MARK_MOUNT, mask, AT_FDCWD, path) < 0)
		return -errno;
	return 0;
}

/* Taking away what no mark of ours asks for changes none, and tells whether there is one. */
int weir_watch_has(struct weir_watch *watch, const char *path)
{
	static const unsigned kinds[] = {FAN_MARK_FILESYSTEM, FAN_MARK_MOUNT};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (fanotify_mark(watch->fd, FAN_MARK_REMOVE | kinds[i], FAN_CLOSE_NOWRITE,
				  AT_FDCWD, path) == 0)
			return 1;
	return errno == ENOENT ? 0 : -errno;
}

int weir_watch_remove(struct weir_watch *watch, const char *path)
{
	if (fanotify_mark(watch->fd, FAN_MARK_REMOVE | FAN_MARK_FILESYSTEM,
			  FAN_CLOSE_WRITE | FAN_MODIFY, AT_FDCWD, path) < 0 &&
	    errno != ENOENT)
		return -errno;
	return 0;
}

int weir_watch_add_file(struct weir_watch *watch, int fd)
{
	if (fanotify_mark(watch->fd, FAN_MARK_ADD, FAN_CLOSE_WRITE, fd, NULL) < 0)
		return -errno;
	return 0;
}

int weir_watch_describe(int fd, struct weir_watch_file *ret)
{
	struct weir_watch_file file = {.fd = -1};
	struct statx stx;
	char link[64];
	ssize_t n;

	/* An event must not wait for a file server. */
	if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_BASIC_STATS | STATX_MNT_ID,
		  &stx) < 0)
		return -errno;
	if (!S_ISREG(stx.stx_mode))
		return -EBADF;
	file.inode.ino = stx.stx_ino;
	file.inode.dev = WEIR_ABI_DEV(stx.stx_dev_major, stx.stx_dev_minor);
	file.mount_id = stx.stx_mask & STATX_MNT_ID ? (uint32_t)stx.stx_mnt_id : 0;
	file.links = stx.stx_nlink;
	file.size = stx.stx_size;
	file.ctime_ns = (uint64_t)stx.stx_ctime.tv_sec * WEIR_NSEC_PER_SEC + stx.stx_ctime.tv_nsec;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, file.path, sizeof(file.path) - 1);
	if (n < 0 || (size_t)n >= sizeof(file.path) - 1)
		n = 0;
	file.path[n] = '\0';
	*ret = file;
	return 0;
}

static void handle(struct weir_watch *watch, const struct fanotify_event_metadata *event)
{
	struct weir_watch_file file;
	int fd _cleanup_(weir_closep) = event->fd;

	if (event->mask & FAN_Q_OVERFLOW) {
		watch->ops->overflow(watch->context);
		return;
	}
	if (fd < 0 || (uint32_t)event->pid == watch->self ||
	    !(event->mask & (FAN_CLOSE_WRITE | FAN_MODIFY)))
		return;
	if (weir_watch_describe(fd, &file) < 0)
		return;
	file.pid = (uint32_t)event->pid;
	file.modified = event->mask & FAN_MODIFY;
	if (!(event->mask & FAN_CLOSE_WRITE)) {
		watch->ops->modified(watch->context, &file);
		return;
	}
	file.fd = TAKE_FD(fd);
	watch->ops->closed(watch->context, &file);
	weir_close(file.fd);
}

int weir_watch_dispatch(struct weir_watch *watch)
{
	struct fanotify_event_metadata events[WEIR_WATCH_BATCH];

	for (unsigned i = 0; i < READS_PER_DISPATCH && watch->ops->ready(watch->context); i++) {
		const struct fanotify_event_metadata *event = events;
		ssize_t len = read(watch->fd, events, sizeof(events));

		if (len < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -errno;
		if (len == 0)
			return 0;
		for (; FAN_EVENT_OK(event, len); event = FAN_EVENT_NEXT(event, len)) {
			if (event->vers != FANOTIFY_METADATA_VERSION)
				return -EPROTO;
			handle(watch, event);
		}
	}
	return 0;
}
