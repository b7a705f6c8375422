/* SPDX-License-Identifier: Apache-2.0 */
/* io_uring by its system calls: the driver links nothing but libc. */

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "uring.h"

struct uring {
	struct io_uring_params params;
	struct io_uring_sqe *entries;
	char *rings;
	int fd;
	unsigned entered;
};

static unsigned *at(const struct uring *ring, unsigned offset)
{
	return (unsigned *)(ring->rings + offset);
}

static int map_rings(struct uring *ring)
{
	struct io_uring_params *p = &ring->params;
	size_t size = p->cq_off.cqes + p->cq_entries * sizeof(struct io_uring_cqe);
	size_t other = p->sq_off.array + p->sq_entries * sizeof(unsigned);

	/* One mapping for both since 5.4. */
	ring->rings = mmap(NULL, WEIR_MAX(size, other), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_POPULATE, ring->fd, IORING_OFF_SQ_RING);
	ring->entries = mmap(NULL, p->sq_entries * sizeof(*ring->entries), PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_POPULATE, ring->fd, IORING_OFF_SQES);
	return ring->rings == MAP_FAILED || ring->entries == MAP_FAILED ? -1 : 0;
}

struct uring *uring_new(unsigned flags)
{
	struct uring *ring _cleanup_(uring_freep) = calloc(1, sizeof(*ring));

	if (!ring)
		return NULL;
	ring->params.flags = flags;
	ring->params.sq_thread_idle = 2000;
	ring->fd = (int)syscall(SYS_io_uring_setup, URING_ENTRIES, &ring->params);
	if (ring->fd < 0 || map_rings(ring) < 0)
		return NULL;
	return TAKE_PTR(ring);
}

/* The mappings go with the process, which has one ring. */
void uring_free(struct uring *ring)
{
	int error = errno;

	if (ring->fd >= 0)
		close(ring->fd);
	free(ring);
	errno = error;
}

int uring_fd(const struct uring *ring)
{
	return ring->fd;
}

struct io_uring_sqe *uring_entry(struct uring *ring, unsigned char operation, int fd,
				 const void *data, unsigned len, unsigned long long offset)
{
	unsigned tail = *at(ring, ring->params.sq_off.tail) + ring->entered++;
	unsigned slot = tail & *at(ring, ring->params.sq_off.ring_mask);
	struct io_uring_sqe *entry = &ring->entries[slot];

	memset(entry, 0, sizeof(*entry));
	entry->opcode = operation;
	entry->fd = fd;
	entry->addr = (unsigned long)data;
	entry->len = len;
	entry->off = offset;
	at(ring, ring->params.sq_off.array)[slot] = slot;
	return entry;
}

static int wait_for(struct uring *ring, unsigned count, unsigned flags)
{
	while (syscall(SYS_io_uring_enter, ring->fd, flags & IORING_ENTER_SQ_WAKEUP ? 0 : count,
		       count, flags, NULL, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

int uring_run(struct uring *ring)
{
	struct io_uring_params *p = &ring->params;
	struct io_uring_cqe *done = (struct io_uring_cqe *)(ring->rings + p->cq_off.cqes);
	unsigned flags = IORING_ENTER_GETEVENTS, count = ring->entered,
		 *head = at(ring, p->cq_off.head);
	int r;

	ring->entered = 0;
	atomic_thread_fence(memory_order_release);
	*(volatile unsigned *)at(ring, p->sq_off.tail) += count;
	atomic_thread_fence(memory_order_seq_cst);
	if (p->flags & IORING_SETUP_SQPOLL)
		flags |= IORING_ENTER_SQ_WAKEUP;
	r = wait_for(ring, count, flags);
	atomic_thread_fence(memory_order_acquire);
	for (unsigned i = 0; i < count && r == 0; i++) {
		const struct io_uring_cqe *one = &done[*head & *at(ring, p->cq_off.ring_mask)];

		r = WEIR_MIN(one->res, 0);
		++*(volatile unsigned *)head;
	}
	return r;
}
