/* SPDX-License-Identifier: Apache-2.0 */
/* What could not be taken off a volume, as somebody had made it read-only: told at once, and tried again while it lies there. No
 * descriptor is kept meanwhile: the volume can be unmounted. */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"
#include "weir/base/fd.h"
#include "weir/base/time.h"

#define WAIT_FIRST (250 * WEIR_NSEC_PER_MSEC)
#define WAIT_MOST  (64 * WEIR_NSEC_PER_SEC)

static void forget(struct leftover *left)
{
	free(left->held);
	weir_close(left->fd);
	*left = (struct leftover){.fd = -1, .generation = left->generation + 1};
}

static struct leftover *free_leftover(struct weir_pipeline *p, struct weir_abi_inode inode)
{
	struct leftover *found = NULL;

	for (size_t i = 0; i < LEFTOVERS; i++) {
		struct leftover *left = &p->leftovers[i];

		if (left->file.inode.ino == inode.ino && left->file.inode.dev == inode.dev)
			forget(left); /* it was written again since */
		if (!left->held)
			found = left;
	}
	return found;
}

/* What could not be sealed is not destroyed. */
static bool wanted(const struct pending *pending, const struct emission *emission, int result)
{
	return emission->volume && result != -ECANCELED && pending->file.path[0] == '/' &&
	       (emission->verdict.action != WEIR_ACTION_QUARANTINE || emission->quarantine_id[0]);
}

void leftover_keep(struct weir_pipeline *p, const struct pending *pending,
		   const struct emission *emission, int result)
{
	struct leftover *left = free_leftover(p, pending->file.inode);

	if (!wanted(pending, emission, result))
		return;
	if (left)
		left->held = malloc(sizeof(*left->held));
	if (!left || !left->held) {
		count_drop(p, WEIR_COUNT_SCRUB_FAILED, "leftovers", 1);
		return;
	}
	left->held->findings = *emission->findings;
	left->held->emission = *emission;
	left->held->emission.findings = &left->held->findings;
	left->file = pending->file;
	(void)files_refresh(pending->fd, &left->file); /* part of it may have been overwritten */
	left->wait_ns = WAIT_FIRST;
	left->due_ns = weir_now_monotonic() + left->wait_ns;
}

/* The file as it was told of, if its name still leads to it; another change has a close of its own. */
static int open_left(struct weir_pipeline *p, const struct leftover *left)
{
	int fd _cleanup_(weir_closep) =
		open(left->file.path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct weir_watch_file now;

	if (fd < 0 || weir_watch_describe(fd, &now) < 0 || now.inode.ino != left->file.inode.ino ||
	    volume_kernel_dev(p, now.mount_id, now.inode.dev) != left->file.inode.dev ||
	    now.ctime_ns != left->file.ctime_ns || now.size != left->file.size)
		return -ESTALE;
	return TAKE_FD(fd);
}

static void wait_longer(struct leftover *left)
{
	(void)files_refresh(left->fd, &left->file);
	left->fd = weir_close(left->fd);
	left->wait_ns = WEIR_MIN(2 * left->wait_ns, WAIT_MOST);
	left->due_ns = weir_now_monotonic() + left->wait_ns;
}

/* Volume and policy may be others by now. */
static bool judge(struct weir_pipeline *p, struct leftover *left)
{
	struct emission *emission = &left->held->emission;

	emission->volume = volume_mounted(p, left->file.inode.dev);
	emission->device = emission->volume ? &emission->volume->device : NULL;
	emission->verdict = decide(p, emission);
	return emission->volume && emission->verdict.refused;
}

static void try_again(struct weir_pipeline *p, struct leftover *left)
{
	static const struct weir_scrub_range whole = {.end = WEIR_SCRUB_WHOLE};
	uint64_t index = (uint64_t)(left - p->leftovers);
	int copy;

	left->fd = open_left(p, left);
	if (left->fd < 0 || !judge(p, left)) {
		forget(left);
		return;
	}
	copy = fcntl(left->fd, F_DUPFD_CLOEXEC, 3);
	if (copy < 0 ||
	    weir_scrubber_submit(p->scrubber, copy, &whole,
				 LEFTOVER_COOKIE | (uint64_t)left->generation << 16 | index) < 0)
		wait_longer(left);
}

void leftovers_retry(struct weir_pipeline *p)
{
	uint64_t now = weir_now_monotonic();

	for (size_t i = 0; i < LEFTOVERS; i++) {
		struct leftover *left = &p->leftovers[i];

		if (left->held && left->fd < 0 && now >= left->due_ns)
			try_again(p, left);
	}
}

/* Its alert said that it was there. */
static void report(struct weir_pipeline *p, struct leftover *left, uint64_t bytes)
{
	const struct pending file = {.fd = left->fd, .file = left->file};
	struct emission *emission = &left->held->emission;

	(void)judge(p, left);
	emission->event.boot_ns = weir_now_boottime();
	emission->event.time_ns = weir_now_realtime();
	emission->verdict.alert = false;
	undone(p, &file, emission, 0, bytes);
	if (emit(p, emission) < 0)
		p->options.report.ops->count_drop(p->options.report.context, "report_failed", 1);
}

void leftover_done(struct weir_pipeline *p, const struct weir_scrubber_done *done)
{
	uint64_t index = done->cookie & UINT16_MAX;
	struct leftover *left = index < LEFTOVERS ? &p->leftovers[index] : NULL;

	if (!left || !left->held || left->generation != (uint32_t)(done->cookie >> 16))
		return;
	if (done->result < 0) {
		wait_longer(left);
		return;
	}
	report(p, left, done->bytes);
	forget(left);
}

void leftovers_init(struct weir_pipeline *p)
{
	for (size_t i = 0; i < LEFTOVERS; i++)
		p->leftovers[i].fd = -1;
}

void leftovers_free(struct weir_pipeline *p)
{
	for (size_t i = 0; i < LEFTOVERS; i++)
		forget(&p->leftovers[i]);
}
