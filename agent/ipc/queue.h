/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_IPC_QUEUE_H
#define WEIR_IPC_QUEUE_H

/* Requests that wait for a worker, in the order in which they are served: those with more haste first, else as they came. A bounded
 * ring; the caller sees to its bound. One thread. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "weir/base/macros.h"

#define LOOK_AHEAD 32 /* requests; so often one may be passed by others that are at home */

enum haste {
	LEISURELY, /* by a nice worker, for so long as WEIR_INSPECTOR_LEISURE_NS */
	PROMPT,
	URGENT, /* somebody waits for it */
};

struct waiting {
	uint64_t cookie;
	uint64_t since_ns; /* when it was submitted */
	int fd;		 /* owned; while a worker has it: -1 when it can't be read a second time */
	unsigned home;	 /* the worker that files of this size go to if it is free */
	unsigned passed; /* requests behind it that were taken before it */
	enum haste haste;
	bool retried; /* the next worker is its last */
};

/* Zeroed: none. */
struct queue {
	struct waiting *ring; /* owned, of `size` */
	size_t size, head, count;
};

int queue_init(struct queue *queue, size_t size) _must_use_;
/* Closes what still waits. */
void queue_done(struct queue *queue);

/* Until then a leisurely one may be put off. */
uint64_t leisure_end(const struct waiting *request);

struct waiting *queue_at(const struct queue *queue, size_t n);
/* Before those that have less haste; what has been put off for long enough is no longer passed by what is merely prompt. */
void queue_put(struct queue *queue, struct waiting request);
/* Before all others, as one that came with a worker that is gone. */
void queue_put_back(struct queue *queue, struct waiting request);
/* Takes the n-th one out; those before it move up. */
struct waiting queue_take(struct queue *queue, size_t n);
/* The first one that is at home with this worker, -1: none near the head is that has the head's haste, or the head has been passed
 * often enough. */
ssize_t queue_find_home(const struct queue *queue, unsigned worker);

#endif
