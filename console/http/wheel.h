/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_HTTP_WHEEL_H
#define WEIR_CONSOLE_HTTP_WHEEL_H

/* Requests that wait for something to be said: one list for each second in which a wait may end, so
 * that adding and taking out cost the same however many wait. A thread of its own ends the waits. */

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "weir/base/macros.h"

#define WEIR_HTTP_WHEEL_N 128 /* seconds; above the longest wait */

struct weir_http_waiter {
	struct weir_http_waiter *next, **slot; /* slot: what points here; NULL: does not wait */
	uint64_t until_ns;
	bool over; /* the wait ended by time or by the server's end; read it when resumed */
};

/* Both are called with the wheel's lock held. */
struct weir_http_wheel_calls {
	void (*suspend)(struct weir_http_waiter *waiter);
	void (*resume)(struct weir_http_waiter *waiter);
};

struct weir_http_wheel {
	const struct weir_http_wheel_calls *calls;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	pthread_t thread;
	struct weir_http_waiter *seconds[WEIR_HTTP_WHEEL_N];
	unsigned n, max;
	uint64_t wakes;	 /* times that all were woken */
	uint64_t passed; /* seconds of the monotonic clock that are dealt with */
	bool running, ended;
};

int weir_http_wheel_start(struct weir_http_wheel *wheel, const struct weir_http_wheel_calls *calls,
			  unsigned max) _must_use_;

/* Read before asking whether there is something to say, given to weir_http_wheel_add() after: a wake
 * between the two is not missed. */
uint64_t weir_http_wheel_wakes(struct weir_http_wheel *wheel);

/* Suspends waiter until waiter->until_ns (monotonic, at most WEIR_HTTP_WAIT_MAX ahead), rounded up to
 * a second. -EAGAIN (there was a wake since), -EBUSY (too many), -ESHUTDOWN. */
int weir_http_wheel_add(struct weir_http_wheel *wheel, struct weir_http_waiter *waiter,
			uint64_t wakes) _must_use_;

void weir_http_wheel_wake(struct weir_http_wheel *wheel);

/* Resumes all as over and takes no more. May be called twice, and on one that was never started. */
void weir_http_wheel_stop(struct weir_http_wheel *wheel);

#endif
