/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "weir/base/fd.h"
#include "weir/base/time.h"
#include "weir/pipeline/loop.h"

struct source {
	int fd; /* -1: free */
	bool timer;
	weir_loop_fn fn;
	void *context;
};

struct weir_loop {
	int epoll;
	bool stopping;
	struct source sources[WEIR_LOOP_SOURCES];
};

int weir_loop_new(struct weir_loop **ret)
{
	struct weir_loop *loop = calloc(1, sizeof(*loop));

	if (!loop)
		return -ENOMEM;
	for (size_t i = 0; i < WEIR_LOOP_SOURCES; i++)
		loop->sources[i].fd = -1;
	loop->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epoll < 0) {
		free(loop);
		return -errno;
	}
	*ret = loop;
	return 0;
}

void weir_loop_free(struct weir_loop *loop)
{
	if (!loop)
		return;
	for (size_t i = 0; i < WEIR_LOOP_SOURCES; i++)
		if (loop->sources[i].timer)
			weir_close(loop->sources[i].fd);
	weir_close(loop->epoll);
	free(loop);
}

static struct source *find(struct weir_loop *loop, int fd)
{
	for (size_t i = 0; i < WEIR_LOOP_SOURCES; i++)
		if (loop->sources[i].fd == fd)
			return &loop->sources[i];
	return NULL;
}

int weir_loop_add(struct weir_loop *loop, int fd, uint32_t events, weir_loop_fn fn, void *context)
{
	struct epoll_event event = {.events = events, .data.fd = fd};
	struct source *source;

	if (fd < 0)
		return -EBADF;
	if (find(loop, fd))
		return -EEXIST;
	source = find(loop, -1);
	if (!source)
		return -ENFILE;
	if (epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &event) < 0)
		return -errno;
	*source = (struct source){.fd = fd, .fn = fn, .context = context};
	return 0;
}

int weir_loop_modify(struct weir_loop *loop, int fd, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.fd = fd};

	return epoll_ctl(loop->epoll, EPOLL_CTL_MOD, fd, &event) < 0 ? -errno : 0;
}

void weir_loop_remove(struct weir_loop *loop, int fd)
{
	struct source *source = fd < 0 ? NULL : find(loop, fd);

	if (!source)
		return;
	(void)epoll_ctl(loop->epoll, EPOLL_CTL_DEL, fd, NULL);
	if (source->timer)
		weir_close(fd);
	*source = (struct source){.fd = -1};
}

int weir_loop_add_timer(struct weir_loop *loop, uint64_t interval_ns, weir_loop_fn fn,
			void *context, int *ret_id)
{
	struct timespec every = {.tv_sec = (time_t)(interval_ns / WEIR_NSEC_PER_SEC),
				 .tv_nsec = (long)(interval_ns % WEIR_NSEC_PER_SEC)};
	struct itimerspec spec = {.it_interval = every, .it_value = every};
	int fd _cleanup_(weir_closep) = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	int r;

	if (fd < 0 || timerfd_settime(fd, 0, &spec, NULL) < 0)
		return -errno;
	r = weir_loop_add(loop, fd, EPOLLIN, fn, context);
	if (r < 0)
		return r;
	find(loop, fd)->timer = true;
	*ret_id = TAKE_FD(fd);
	return 0;
}

static int handle(struct weir_loop *loop, const struct epoll_event *event)
{
	/* A source that an earlier one of this round removed is not there any more. */
	struct source *source = find(loop, event->data.fd);
	uint64_t expirations;

	if (!source)
		return 0;
	if (!source->timer)
		return source->fn(source->context, event->events);
	if (read(source->fd, &expirations, sizeof(expirations)) < 0)
		return errno == EAGAIN ? 0 : -errno;
	return source->fn(source->context, 0);
}

int weir_loop_step(struct weir_loop *loop, int timeout_ms)
{
	struct epoll_event events[16];
	int n = epoll_wait(loop->epoll, events, ARRAY_SIZE(events), timeout_ms);

	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	for (int i = 0; i < n; i++) {
		int r = handle(loop, &events[i]);

		if (r < 0)
			return r;
	}
	return n;
}

int weir_loop_run(struct weir_loop *loop)
{
	loop->stopping = false;
	while (!loop->stopping) {
		int r = weir_loop_step(loop, -1);

		if (r < 0)
			return r;
	}
	return 0;
}

void weir_loop_stop(struct weir_loop *loop)
{
	loop->stopping = true;
}
