/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_HTTP_LOOP_H
#define WEIR_CONSOLE_HTTP_LOOP_H

/* A thread that serves one daemon of libmicrohttpd. The library's own threads (0.9.75, MHD_epoll())
 * take at most 128 events from epoll at a time, and when they got exactly 128 they wait for more
 * before they deal with any, as long as until the next connection times out. So the waiting is done
 * here, and the library is asked only for what is there already. */

#include <pthread.h>
#include <stdbool.h>

#include "weir/base/macros.h"

struct MHD_Connection;
struct MHD_Daemon;

/* A connection that was suspended by the loop's thread and is to go on. */
struct weir_http_resumed {
	struct weir_http_resumed *next;
	struct MHD_Connection *connection;
};

struct weir_http_loop {
	struct MHD_Daemon *daemon;
	pthread_t thread;
	pthread_mutex_t lock; /* of the next two */
	struct weir_http_resumed *resumed;
	bool ended;
	int wake_fd;
};

/* daemon: with epoll and without a thread of its own; the loop's from here on, also on failure. */
int weir_http_loop_start(struct weir_http_loop *loop, struct MHD_Daemon *daemon) _must_use_;

/* Lets the connection go on, soon; from any thread. resumed belongs to the loop until then. */
void weir_http_loop_resume(struct weir_http_loop *loop, struct weir_http_resumed *resumed);

/* Closes all connections, of which none may be suspended without having been resumed. */
void weir_http_loop_stop(struct weir_http_loop *loop);

#endif
