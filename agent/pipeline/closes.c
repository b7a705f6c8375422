/* SPDX-License-Identifier: Apache-2.0 */
/* The two groups that listen for files closed after writing: of sinks, and of what stays here. */

#include <poll.h>
#include <sys/epoll.h>

#include "internal.h"

/* Closed files wait in the kernel's queue while there is no room for them here. */
static bool watch_ready(void *context)
{
	struct weir_pipeline *p = context;

	return pending_has_room(p, WEIR_WATCH_BATCH + (p->first_open ? FIRST_RESERVE : 0));
}

/* What stays here never keeps what lies on a sink waiting, neither in a queue nor for a place. */
static bool local_ready(void *context)
{
	struct weir_pipeline *p = context;

	return pending_has_room(p, WEIR_WATCH_BATCH + SINK_RESERVE +
					   (p->first_open ? FIRST_RESERVE : 0));
}

bool closes_ready(struct weir_pipeline *p, const struct weir_watch *watch)
{
	return watch == p->local ? local_ready(p) : watch_ready(p);
}

static int hold(struct weir_pipeline *p, int fd, bool held)
{
	return fd < 0 ? 0 : weir_loop_modify(p->loop, fd, held ? 0 : EPOLLIN);
}

int closes_hold(struct weir_pipeline *p)
{
	const bool watch = p->watch && !watch_ready(p), local = p->local && !local_ready(p);
	int r = 0;

	if (watch != p->watch_held) {
		p->watch_held = watch;
		r = hold(p, p->lookback ? weir_lookback_fd(p->lookback) : -1, watch);
		if (r == 0)
			r = hold(p, weir_watch_fd(p->watch), watch);
	}
	if (r == 0 && local != p->local_held) {
		p->local_held = local;
		r = hold(p, weir_watch_fd(p->local), local);
	}
	return r;
}

/* There may be room again. */
int closes_release(struct weir_pipeline *p)
{
	return p->watch_held || p->local_held ? closes_hold(p) : 0;
}

static int take_closed(struct weir_pipeline *p, struct weir_watch *watch)
{
	int r = weir_watch_dispatch(watch);

	if (r < 0) { /* one file that can't be handed over must not end the agent */
		count_drop(p, WEIR_COUNT_FANOTIFY_OVERFLOW, "fanotify_lost", 1);
		weir_log_warning(p->options.log, r, "cannot take an event of the listening group");
	}
	return closes_hold(p);
}

static int on_watch(void *context, uint32_t events)
{
	struct weir_pipeline *p = context;

	return take_closed(p, p->watch);
}

static int on_local(void *context, uint32_t events)
{
	struct weir_pipeline *p = context;

	return take_closed(p, p->local);
}

/* The gate tells of an opening before it answers: what it knows of this file is there by now, if perhaps not taken. */
static void watch_closed(void *context, struct weir_watch_file *file)
{
	struct weir_pipeline *p = context;
	int r = gate_take(p);

	if (r < 0)
		weir_log_warning(p->options.log, r, "cannot take what the gate tells");
	mounts_look(p);
	weir_pipeline_closed(p, file);
}

/* A sink below a watched folder is told of by the other group. */
static void local_closed(void *context, struct weir_watch_file *file)
{
	struct weir_pipeline *p = context;
	const struct weir_pipeline_volume *volume;

	mounts_look(p);
	volume = volume_by_dev(p, volume_kernel_dev(p, file->mount_id, file->inode.dev));
	if (!volume || !volume->watched)
		weir_pipeline_closed(p, file);
}

static void watch_modified(void *context, const struct weir_watch_file *file)
{
	weir_pipeline_modified(context, file);
}

static void watch_overflow(void *context)
{
	count_drop(context, WEIR_COUNT_FANOTIFY_OVERFLOW, "fanotify_overflow", 1);
}

static const struct weir_watch_ops watch_ops = {
	.ready = watch_ready,
	.closed = watch_closed,
	.modified = watch_modified,
	.overflow = watch_overflow,
};

static const struct weir_watch_ops local_ops = {
	.ready = local_ready,
	.closed = local_closed,
	.modified = watch_modified,
	.overflow = watch_overflow,
};

static int start(struct weir_pipeline *p, const struct weir_watch_ops *ops, weir_loop_fn fn,
		 struct weir_watch **ret)
{
	int r = weir_watch_new(ops, p, ret);

	if (r == 0)
		return weir_loop_add(p->loop, weir_watch_fd(*ret), EPOLLIN, fn, p);
	p->watch_error = r; /* the kernel's programs may enforce all the same; status says so */
	weir_log_warning(p->options.log, r, "files cannot be seen when they are closed");
	return 0;
}

static void mark_local(struct weir_pipeline *p, const char *path)
{
	int r = weir_watch_add(p->local, path, WEIR_WATCH_CLOSES);

	if (r == 0)
		return;
	p->watch_error = r;
	weir_log_warning(p->options.log, r, "cannot watch %s", path);
}

int closes_start(struct weir_pipeline *p)
{
	int r = start(p, &watch_ops, on_watch, &p->watch);

	if (r == 0 && p->options.n_watch_paths > 0)
		r = start(p, &local_ops, on_local, &p->local);
	for (size_t i = 0; p->local && i < p->options.n_watch_paths; i++)
		mark_local(p, p->options.watch_paths[i]);
	return r;
}

bool is_drained(int fd)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

	return poll(&poll_fd, 1, 0) == 0;
}

bool closes_drained(const struct weir_pipeline *p)
{
	return (!p->watch || is_drained(weir_watch_fd(p->watch))) &&
	       (!p->local || is_drained(weir_watch_fd(p->local)));
}

static void end(struct weir_pipeline *p, struct weir_watch *watch)
{
	if (watch)
		weir_loop_remove(p->loop, weir_watch_fd(watch));
	weir_watch_free(watch);
}

void closes_free(struct weir_pipeline *p)
{
	end(p, TAKE_PTR(p->watch));
	end(p, TAKE_PTR(p->local));
}
