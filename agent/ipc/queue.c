/* SPDX-License-Identifier: Apache-2.0 */
#include "queue.h"

#include <errno.h>
#include <stdlib.h>

#include "weir/base/fd.h"
#include "weir/ipc/inspector.h"

int queue_init(struct queue *queue, size_t size)
{
	*queue = (struct queue){.ring = calloc(size, sizeof(*queue->ring)), .size = size};
	return queue->ring ? 0 : -ENOMEM;
}

void queue_done(struct queue *queue)
{
	for (; queue->count > 0; queue->count--, queue->head = (queue->head + 1) % queue->size)
		(void)weir_close(queue->ring[queue->head].fd);
	free(queue->ring);
	*queue = (struct queue){0};
}

uint64_t leisure_end(const struct waiting *request)
{
	return request->since_ns + WEIR_INSPECTOR_LEISURE_NS;
}

struct waiting *queue_at(const struct queue *queue, size_t n)
{
	return &queue->ring[(queue->head + n) % queue->size];
}

static bool may_pass(const struct waiting *request, const struct waiting *before)
{
	if (before->haste == LEISURELY && request->haste == PROMPT)
		return leisure_end(before) > request->since_ns;
	return before->haste < request->haste;
}

void queue_put(struct queue *queue, struct waiting request)
{
	size_t at = queue->count++;

	for (; at > 0 && may_pass(&request, queue_at(queue, at - 1)); at--)
		*queue_at(queue, at) = *queue_at(queue, at - 1);
	*queue_at(queue, at) = request;
}

void queue_put_back(struct queue *queue, struct waiting request)
{
	queue->head = (queue->head + queue->size - 1) % queue->size;
	queue->ring[queue->head] = request;
	queue->count++;
}

struct waiting queue_take(struct queue *queue, size_t n)
{
	struct waiting taken = *queue_at(queue, n);

	if (n > 0)
		queue_at(queue, 0)->passed++;
	for (; n > 0; n--)
		*queue_at(queue, n) = *queue_at(queue, n - 1);
	queue->head = (queue->head + 1) % queue->size;
	queue->count--;
	return taken;
}

ssize_t queue_find_home(const struct queue *queue, unsigned worker)
{
	const struct waiting *head = queue_at(queue, 0);
	size_t n = WEIR_MIN(queue->count, (size_t)LOOK_AHEAD);

	if (n > 0 && head->passed >= LOOK_AHEAD)
		n = 1;
	for (size_t i = 0; i < n && queue_at(queue, i)->haste == head->haste; i++)
		if (queue_at(queue, i)->home == worker)
			return (ssize_t)i;
	return -1;
}
