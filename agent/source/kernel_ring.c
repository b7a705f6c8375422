/* SPDX-License-Identifier: Apache-2.0 */
/* Reads BPF_MAP_TYPE_RINGBUF as kernel/bpf/ringbuf.c lays it out: one page with the consumer's position, one with the producer's,
 * then the data mapped twice in a row so that no record is cut. The consumer's position is in the map, so that a new reader goes on
 * where the last one stopped, whatever became of it. */

#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "kernel_private.h"

#define HEADER_BYTES	    8 /* length and page offset */
#define RECORDS_PER_CONSUME 1024

struct kernel_ring {
	unsigned long *consumer;       /* one page, writable */
	const unsigned long *producer; /* one page */
	const uint8_t *data;	       /* behind the producer's page, 2 * size bytes */
	size_t size;		       /* a power of two */
	size_t page;
};

int kernel_ring_new(int map_fd, struct kernel_ring **ret)
{
	struct kernel_ring *ring _cleanup_(kernel_ring_freep) = calloc(1, sizeof(*ring));
	struct bpf_map_info info = {0};
	__u32 len = sizeof(info);
	void *memory;

	if (!ring)
		return -ENOMEM;
	if (bpf_obj_get_info_by_fd(map_fd, &info, &len) < 0)
		return -errno;
	if (info.type != BPF_MAP_TYPE_RINGBUF)
		return -EINVAL;
	ring->size = info.max_entries;
	ring->page = (size_t)sysconf(_SC_PAGESIZE);
	memory = mmap(NULL, ring->page, PROT_READ | PROT_WRITE, MAP_SHARED, map_fd, 0);
	if (memory == MAP_FAILED)
		return -errno;
	ring->consumer = memory;
	memory = mmap(NULL, ring->page + 2 * ring->size, PROT_READ, MAP_SHARED, map_fd,
		      (off_t)ring->page);
	if (memory == MAP_FAILED)
		return -errno;
	ring->producer = memory;
	ring->data = (const uint8_t *)memory + ring->page;
	*ret = TAKE_PTR(ring);
	return 0;
}

void kernel_ring_free(struct kernel_ring *ring)
{
	if (!ring)
		return;
	if (ring->consumer)
		(void)munmap(ring->consumer, ring->page);
	if (ring->producer)
		(void)munmap((void *)ring->producer, ring->page + 2 * ring->size);
	free(ring);
}

int kernel_ring_consume(struct kernel_ring *ring, weir_kernel_record_fn fn, void *context)
{
	unsigned long at = __atomic_load_n(ring->consumer, __ATOMIC_ACQUIRE);
	int handled = 0;

	/* Not until it is empty: whoever fills it as fast as it is read must not keep the caller from everything else. */
	while (handled < RECORDS_PER_CONSUME &&
	       at < __atomic_load_n(ring->producer, __ATOMIC_ACQUIRE)) {
		const uint8_t *record = ring->data + (at & (ring->size - 1));
		uint32_t header = __atomic_load_n((const uint32_t *)record, __ATOMIC_ACQUIRE);
		uint32_t len = header & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);
		int r;

		if (header & BPF_RINGBUF_BUSY_BIT)
			break; /* reserved, not written yet */
		if (!(header & BPF_RINGBUF_DISCARD_BIT) && len <= ring->size) {
			r = fn(context, record + HEADER_BYTES, len);
			if (r < 0)
				return r;
			handled++;
		}
		at += (len + HEADER_BYTES + 7) & ~7UL;
		__atomic_store_n(ring->consumer, at, __ATOMIC_RELEASE);
	}
	return handled;
}
