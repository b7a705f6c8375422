/* SPDX-License-Identifier: Apache-2.0 */
#include "loop.h"

#include <errno.h>
#include <microhttpd.h>
#include <poll.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "weir/base/fd.h"

/* The library does not say when it would take up a listening socket again that it left alone, for want
 * of connections or of descriptors: it is asked this often. */
#define PAUSE_MAX_MS 500

static void wake(struct weir_http_loop *loop)
{
	const uint64_t one = 1;

	/* Fails only when it is readable already. */
	(void)!write(loop->wake_fd, &one, sizeof(one));
}

/* In this thread and before the library looks, because a resumption from another one is forgotten when
 * it comes between the library's look at its list and its look at what woke it. */
static bool resume_all(struct weir_http_loop *loop)
{
	struct weir_http_resumed *resumed;
	bool ended;

	pthread_mutex_lock(&loop->lock);
	resumed = TAKE_PTR(loop->resumed);
	ended = loop->ended;
	pthread_mutex_unlock(&loop->lock);
	while (resumed) {
		struct MHD_Connection *connection = resumed->connection;

		/* Its memory is the connection's, which may be gone when it has gone on. */
		resumed = resumed->next;
		MHD_resume_connection(connection);
	}
	return ended;
}

static int pause_ms(struct MHD_Daemon *daemon)
{
	MHD_UNSIGNED_LONG_LONG ms;

	if (MHD_get_timeout(daemon, &ms) != MHD_YES || ms > PAUSE_MAX_MS)
		return PAUSE_MAX_MS;
	return (int)ms;
}

static void *run(void *context)
{
	struct weir_http_loop *loop = context;
	const union MHD_DaemonInfo *info =
		MHD_get_daemon_info(loop->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	struct pollfd fds[] = {
		{.fd = info->epoll_fd, .events = POLLIN},
		{.fd = loop->wake_fd, .events = POLLIN},
	};
	uint64_t count;

	while (!resume_all(loop)) {
		(void)MHD_run_wait(loop->daemon, 0);
		if (poll(fds, ARRAY_SIZE(fds), pause_ms(loop->daemon)) > 0 && fds[1].revents)
			(void)!read(loop->wake_fd, &count, sizeof(count));
	}
	return NULL;
}

int weir_http_loop_start(struct weir_http_loop *loop, struct MHD_Daemon *daemon)
{
	int r = 0;

	*loop = (struct weir_http_loop){.daemon = daemon, .lock = PTHREAD_MUTEX_INITIALIZER};
	loop->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (loop->wake_fd < 0)
		r = -errno;
	else
		r = -pthread_create(&loop->thread, NULL, run, loop);
	if (r < 0) {
		loop->wake_fd = weir_close(loop->wake_fd);
		MHD_stop_daemon(TAKE_PTR(loop->daemon));
	}
	return r;
}

void weir_http_loop_resume(struct weir_http_loop *loop, struct weir_http_resumed *resumed)
{
	bool first;

	pthread_mutex_lock(&loop->lock);
	first = !loop->resumed;
	resumed->next = loop->resumed;
	loop->resumed = resumed;
	pthread_mutex_unlock(&loop->lock);
	if (first)
		wake(loop);
}

void weir_http_loop_stop(struct weir_http_loop *loop)
{
	pthread_mutex_lock(&loop->lock);
	loop->ended = true;
	pthread_mutex_unlock(&loop->lock);
	wake(loop);
	pthread_join(loop->thread, NULL);
	MHD_stop_daemon(TAKE_PTR(loop->daemon));
	loop->wake_fd = weir_close(loop->wake_fd);
}
