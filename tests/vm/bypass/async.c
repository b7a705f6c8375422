/* SPDX-License-Identifier: Apache-2.0 */
/* Writes that the kernel does later, or in a thread of its own: AIO and io_uring. */

#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <linux/io_uring.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "bypass.h"
#include "uring.h"
#include "weir/base/fd.h"

static int reported(const char *call, int r)
{
	errno = -r;
	return r < 0 ? bypass_refused(call) : 0;
}

static int run_io_submit(const struct bypass_job *job, struct iocb *block, int flags)
{
	int fd = bypass_open(job->target, O_WRONLY | O_CREAT | flags), r = 0;
	struct io_event event = {0};
	aio_context_t context = 0;

	if (fd < 0)
		return fd;
	block->aio_fildes = (unsigned)fd;
	if (syscall(SYS_io_setup, 1, &context) < 0)
		r = bypass_refused("io_setup");
	else if (syscall(SYS_io_submit, context, 1, &block) < 0)
		r = bypass_refused("io_submit");
	else if (syscall(SYS_io_getevents, context, 1, 1, &event, NULL) < 0)
		r = bypass_refused("io_getevents");
	else
		r = reported("aio", WEIR_MIN((int)event.res, 0));
	return bypass_close(fd, r);
}

static int run_aio(const struct bypass_job *job)
{
	struct iocb block = {.aio_lio_opcode = IOCB_CMD_PWRITE,
			     .aio_buf = (unsigned long)job->data,
			     .aio_nbytes = job->len};

	return run_io_submit(job, &block, 0);
}

static int run_aio_vector(const struct bypass_job *job)
{
	struct iovec cut[] = {{job->data, job->len / 2},
			      {job->data + job->len / 2, job->len - job->len / 2}};
	struct iocb block = {
		.aio_lio_opcode = IOCB_CMD_PWRITEV, .aio_buf = (unsigned long)cut, .aio_nbytes = 2};

	return run_io_submit(job, &block, 0);
}

static int run_aio_direct(const struct bypass_job *job)
{
	char *page _cleanup_(freep) = aligned_alloc(BYPASS_BLOCK, BYPASS_BLOCK);
	struct iocb block = {.aio_lio_opcode = IOCB_CMD_PWRITE,
			     .aio_buf = (unsigned long)page,
			     .aio_nbytes = BYPASS_BLOCK};

	if (!page)
		return -ENOMEM;
	memset(page, ' ', BYPASS_BLOCK);
	memcpy(page, job->data, job->len);
	return run_io_submit(job, &block, O_DIRECT);
}

/* What is done with a ring and the open target. */
typedef int ring_fn(struct uring *ring, const struct bypass_job *job, int fd);

static int with_ring(const struct bypass_job *job, unsigned flags, ring_fn *run)
{
	struct uring *ring _cleanup_(uring_freep) = uring_new(flags);
	int fd;

	if (!ring)
		return bypass_refused("io_uring_setup");
	fd = bypass_open(job->target, O_WRONLY | O_CREAT);
	return fd < 0 ? fd : bypass_close(fd, reported("io_uring", run(ring, job, fd)));
}

static int ring_write(struct uring *ring, const struct bypass_job *job, int fd)
{
	uring_entry(ring, IORING_OP_WRITE, fd, job->data, (unsigned)job->len, 0);
	return uring_run(ring);
}

static int run_uring(const struct bypass_job *job)
{
	return with_ring(job, 0, ring_write);
}

static int run_uring_sqpoll(const struct bypass_job *job)
{
	return with_ring(job, IORING_SETUP_SQPOLL, ring_write);
}

static int ring_async(struct uring *ring, const struct bypass_job *job, int fd)
{
	uring_entry(ring, IORING_OP_WRITE, fd, job->data, (unsigned)job->len, 0)->flags =
		IOSQE_ASYNC;
	return uring_run(ring);
}

static int run_uring_async(const struct bypass_job *job)
{
	return with_ring(job, 0, ring_async);
}

static int ring_vector(struct uring *ring, const struct bypass_job *job, int fd)
{
	struct iovec cut[] = {{job->data, job->len / 2},
			      {job->data + job->len / 2, job->len - job->len / 2}};

	uring_entry(ring, IORING_OP_WRITEV, fd, cut, 2, 0);
	return uring_run(ring);
}

static int run_uring_vector(const struct bypass_job *job)
{
	return with_ring(job, 0, ring_vector);
}

static int ring_fixed(struct uring *ring, const struct bypass_job *job, int fd)
{
	struct iovec all = {job->data, job->len};

	if (syscall(SYS_io_uring_register, uring_fd(ring), IORING_REGISTER_BUFFERS, &all, 1) < 0)
		return -errno;
	uring_entry(ring, IORING_OP_WRITE_FIXED, fd, job->data, (unsigned)job->len, 0);
	return uring_run(ring);
}

static int run_uring_fixed(const struct bypass_job *job)
{
	return with_ring(job, 0, ring_fixed);
}

/* The descriptor is a number of the ring, not of the process. */
static int ring_registered(struct uring *ring, const struct bypass_job *job, int fd)
{
	if (syscall(SYS_io_uring_register, uring_fd(ring), IORING_REGISTER_FILES, &fd, 1) < 0)
		return -errno;
	uring_entry(ring, IORING_OP_WRITE, 0, job->data, (unsigned)job->len, 0)->flags =
		IOSQE_FIXED_FILE;
	return uring_run(ring);
}

static int run_uring_registered(const struct bypass_job *job)
{
	return with_ring(job, 0, ring_registered);
}

/* Each line waits for the one before. */
static int ring_linked(struct uring *ring, const struct bypass_job *job, int fd)
{
	size_t piece = job->len / URING_ENTRIES + 1;

	for (size_t at = 0; at < job->len; at += piece)
		uring_entry(ring, IORING_OP_WRITE, fd, job->data + at,
			    (unsigned)WEIR_MIN(piece, job->len - at), at)
			->flags = IOSQE_IO_LINK;
	return uring_run(ring);
}

static int run_uring_linked(const struct bypass_job *job)
{
	return with_ring(job, 0, ring_linked);
}

static int ring_splice(struct uring *ring, const struct bypass_job *job, int fd)
{
	struct io_uring_sqe *entry;
	int pipes[2];

	if (pipe2(pipes, O_CLOEXEC) < 0)
		return -errno;
	if (weir_write_full(pipes[1], job->data, job->len) < 0)
		return -errno;
	entry = uring_entry(ring, IORING_OP_SPLICE, fd, NULL, (unsigned)job->len, 0);
	entry->splice_fd_in = pipes[0];
	entry->splice_off_in = ~0ull;
	return uring_run(ring);
}

static int run_uring_splice(const struct bypass_job *job)
{
	return with_ring(job, 0, ring_splice);
}

/* Opened by the ring, into a slot of the ring: the process never has a descriptor. */
static int run_uring_open(const struct bypass_job *job)
{
	struct uring *ring _cleanup_(uring_freep) = uring_new(0);
	struct io_uring_sqe *entry;
	int none = -1;

	if (!ring ||
	    syscall(SYS_io_uring_register, uring_fd(ring), IORING_REGISTER_FILES, &none, 1) < 0)
		return bypass_refused("io_uring_setup");
	entry = uring_entry(ring, IORING_OP_OPENAT, AT_FDCWD, job->target, 0644, 0);
	entry->open_flags = O_WRONLY | O_CREAT;
	entry->file_index = 1;
	entry->flags = IOSQE_IO_LINK;
	uring_entry(ring, IORING_OP_WRITE, 0, job->data, (unsigned)job->len, 0)->flags =
		IOSQE_FIXED_FILE | IOSQE_IO_LINK;
	uring_entry(ring, IORING_OP_FSYNC, 0, NULL, 0, 0)->flags = IOSQE_FIXED_FILE;
	return reported("io_uring", uring_run(ring));
}

static const struct bypass_technique rows[] = {
	{"aio", "io_submit PWRITE", "异步写入", 0, run_aio},
	{"aio-vector", "io_submit PWRITEV", "异步分散写入", 0, run_aio_vector},
	{"aio-direct", "io_submit PWRITE with O_DIRECT", "异步直接写入", 0, run_aio_direct},
	{"uring", "io_uring WRITE", "io_uring 写入", 0, run_uring},
	{"uring-async", "io_uring WRITE in a worker thread", "io_uring 工作线程", 0,
	 run_uring_async},
	{"uring-sqpoll", "io_uring WRITE by the polling thread", "io_uring 轮询线程", 0,
	 run_uring_sqpoll},
	{"uring-vector", "io_uring WRITEV", "io_uring 分散写入", 0, run_uring_vector},
	{"uring-fixed", "io_uring WRITE_FIXED", "io_uring 注册缓冲区", 0, run_uring_fixed},
	{"uring-registered", "io_uring WRITE to a registered file", "io_uring 注册文件", 0,
	 run_uring_registered},
	{"uring-linked", "io_uring, eight linked WRITEs", "io_uring 链式写入", 0, run_uring_linked},
	{"uring-splice", "io_uring SPLICE from a pipe", "io_uring 拼接", 0, run_uring_splice},
	{"uring-open", "io_uring OPENAT into a slot, WRITE, FSYNC", "io_uring 打开并写入", 0,
	 run_uring_open},
};

const struct bypass_family bypass_async = {"async", "AIO and io_uring", "异步写入", rows,
					   ARRAY_SIZE(rows)};
