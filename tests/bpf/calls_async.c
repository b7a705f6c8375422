/* SPDX-License-Identifier: Apache-2.0 */
/* Writes that are asked for and carried out later: io_submit, and io_uring by its bare calls. */

#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <linux/io_uring.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "calls.h"

#define ENTRIES 8
#define CUT	33

/* ---- io_submit ---- */

/* The errno of submitting, or of the last request that failed. */
static int submit_aio(struct iocb **requests, long n)
{
	struct io_event events[ENTRIES] = {0};
	aio_context_t context = 0;
	int error = 0;
	long done;

	if (syscall(SYS_io_setup, ENTRIES, &context) < 0)
		return errno;
	done = syscall(SYS_io_submit, context, n, requests);
	/* Only of the first request is it said why it was not taken. */
	if (done < 0 ||
	    (done < n && syscall(SYS_io_submit, context, n - done, requests + done) < 0))
		error = errno;
	else if (syscall(SYS_io_getevents, context, n, n, events, NULL) != n)
		error = EIO;
	for (long i = 0; !error && i < n; i++)
		if (events[i].res < 0)
			error = (int)-events[i].res;
	(void)syscall(SYS_io_destroy, context);
	return error;
}

static struct iocb aio_request(int target, unsigned operation, const void *memory, size_t n)
{
	return (struct iocb){.aio_fildes = (__u32)target,
			     .aio_lio_opcode = (__u16)operation,
			     .aio_buf = (__u64)(uintptr_t)memory,
			     .aio_nbytes = n};
}

int way_aio(int target, const struct bytes *bytes)
{
	struct iocb request = aio_request(target, IOCB_CMD_PWRITE, bytes->at, bytes->len);
	struct iocb *list[] = {&request};

	return submit_aio(list, 1);
}

int way_aio_vector(int target, const struct bytes *bytes)
{
	struct iovec ranges[] = {{bytes->at, CUT}, {bytes->at + CUT, bytes->len - CUT}};
	struct iocb request = aio_request(target, IOCB_CMD_PWRITEV, ranges, 2);
	struct iocb *list[] = {&request};

	return submit_aio(list, 1);
}

/* Two requests in one call: the second holds what counts. */
int way_aio_batch(int target, const struct bytes *bytes)
{
	struct iocb first = aio_request(target, IOCB_CMD_PWRITE, "name,number,remark\n", 19);
	struct iocb second = aio_request(target, IOCB_CMD_PWRITE, bytes->at, bytes->len);
	struct iocb *list[] = {&first, &second};

	second.aio_offset = 19;
	return submit_aio(list, 2);
}

/* ---- io_uring ---- */

struct ring {
	int fd;
	char *memory;
	struct io_uring_sqe *sqes;
	struct io_uring_params params;
	unsigned asked;
};

static unsigned *ring_word(struct ring *ring, __u32 offset)
{
	return (unsigned *)(void *)(ring->memory + offset);
}

static int ring_open(struct ring *ring, unsigned flags)
{
	const size_t size = 64UL * 1024;

	*ring = (struct ring){.params = {.flags = flags, .sq_thread_idle = 1000}};
	ring->fd = (int)syscall(SYS_io_uring_setup, ENTRIES, &ring->params);
	if (ring->fd < 0)
		return errno;
	/* One mapping holds both queues (IORING_FEAT_SINGLE_MMAP, since 5.4). */
	ring->memory =
		mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd, IORING_OFF_SQ_RING);
	ring->sqes = mmap(NULL, ENTRIES * sizeof(*ring->sqes), PROT_READ | PROT_WRITE, MAP_SHARED,
			  ring->fd, IORING_OFF_SQES);
	return ring->memory == MAP_FAILED || ring->sqes == MAP_FAILED ? errno : 0;
}

static struct io_uring_sqe *ring_ask(struct ring *ring, int target, unsigned operation,
				     const void *memory, size_t n)
{
	struct io_uring_sqe *sqe = &ring->sqes[ring->asked];
	unsigned *array = ring_word(ring, ring->params.sq_off.array);

	*sqe = (struct io_uring_sqe){.opcode = (__u8)operation,
				     .fd = target,
				     .addr = (__u64)(uintptr_t)memory,
				     .len = (__u32)n};
	array[ring->asked] = ring->asked;
	ring->asked++;
	return sqe;
}

/* Hands over what was asked for and waits; the errno of the last one that failed of itself. */
static int ring_run(struct ring *ring)
{
	unsigned *tail = ring_word(ring, ring->params.sq_off.tail);
	unsigned *done = ring_word(ring, ring->params.cq_off.tail);
	struct io_uring_cqe *cqes =
		(struct io_uring_cqe *)(void *)(ring->memory + ring->params.cq_off.cqes);
	unsigned flags = IORING_ENTER_GETEVENTS;
	int error = 0;

	if (ring->params.flags & IORING_SETUP_SQPOLL)
		flags |= IORING_ENTER_SQ_WAKEUP;
	__atomic_store_n(tail, ring->asked, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, ring->fd, ring->asked, ring->asked, flags, NULL, 0) < 0)
		return errno;
	if (__atomic_load_n(done, __ATOMIC_ACQUIRE) != ring->asked)
		return ETIMEDOUT;
	for (unsigned i = 0; i < ring->asked; i++)
		if (cqes[i].res < 0 && cqes[i].res != -ECANCELED)
			error = -cqes[i].res;
	(void)close(ring->fd);
	return error;
}

int way_uring(int target, const struct bytes *bytes)
{
	struct ring ring;
	int error = ring_open(&ring, 0);

	if (error)
		return error;
	ring_ask(&ring, target, IORING_OP_WRITE, bytes->at, bytes->len);
	return ring_run(&ring);
}

int way_uring_vector(int target, const struct bytes *bytes)
{
	struct iovec ranges[] = {{bytes->at, CUT}, {bytes->at + CUT, bytes->len - CUT}};
	struct ring ring;
	int error = ring_open(&ring, 0);

	if (error)
		return error;
	ring_ask(&ring, target, IORING_OP_WRITEV, ranges, 2);
	return ring_run(&ring);
}

int way_uring_fixed(int target, const struct bytes *bytes)
{
	struct iovec range = {bytes->at, bytes->len};
	struct ring ring;
	int error = ring_open(&ring, 0);

	if (!error &&
	    syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_BUFFERS, &range, 1) < 0)
		error = errno;
	if (error)
		return error;
	ring_ask(&ring, target, IORING_OP_WRITE_FIXED, bytes->at, bytes->len);
	return ring_run(&ring);
}

int way_uring_worker(int target, const struct bytes *bytes)
{
	struct ring ring;
	int error = ring_open(&ring, 0);

	if (error)
		return error;
	ring_ask(&ring, target, IORING_OP_WRITE, bytes->at, bytes->len)->flags = IOSQE_ASYNC;
	return ring_run(&ring);
}

int way_uring_polled(int target, const struct bytes *bytes)
{
	struct ring ring;
	int error = ring_open(&ring, IORING_SETUP_SQPOLL);

	if (error)
		return error;
	ring_ask(&ring, target, IORING_OP_WRITE, bytes->at, bytes->len);
	return ring_run(&ring);
}

/* Split within an identifier: the second begins when the first is done. */
int way_uring_linked(int target, const struct bytes *bytes)
{
	struct ring ring;
	int error = ring_open(&ring, 0);

	if (error)
		return error;
	ring_ask(&ring, target, IORING_OP_WRITE, bytes->at, CUT)->flags = IOSQE_IO_LINK;
	ring_ask(&ring, target, IORING_OP_WRITE, bytes->at + CUT, bytes->len - CUT)->off = CUT;
	return ring_run(&ring);
}

/* In two halves at the position 0 that appending ignores. */
int way_uring_append(int target, const struct bytes *bytes)
{
	size_t half = bytes->len / 2;
	struct ring ring;
	int error = ring_open(&ring, 0);

	if (error)
		return error;
	ring_ask(&ring, target, IORING_OP_WRITE, bytes->at, half)->flags = IOSQE_IO_LINK;
	ring_ask(&ring, target, IORING_OP_WRITE, bytes->at + half, bytes->len - half)->rw_flags =
		RWF_APPEND;
	return ring_run(&ring);
}

int way_uring_splice(int target, const struct bytes *bytes)
{
	struct io_uring_sqe *sqe;
	struct ring ring;
	int ends[2], error = ring_open(&ring, 0);

	if (error)
		return error;
	if (pipe(ends) < 0 || write(ends[1], bytes->at, bytes->len) < 0)
		return errno;
	sqe = ring_ask(&ring, target, IORING_OP_SPLICE, NULL, bytes->len);
	sqe->splice_fd_in = ends[0];
	sqe->splice_off_in = (__u64)-1;
	sqe->off = (__u64)-1;
	return ring_run(&ring);
}
