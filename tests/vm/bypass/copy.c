/* SPDX-License-Identifier: Apache-2.0 */
/* Copies that the kernel does by itself: no buffer of the process is ever looked at. */

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "bypass.h"
#include "weir/base/fd.h"

#define LINES_A_PART 4 /* within the limit */

static int from_to(const struct bypass_job *job, int *ret_from)
{
	int to;

	*ret_from = bypass_open(job->source, O_RDONLY);
	if (*ret_from < 0)
		return *ret_from;
	to = bypass_open(job->target, O_RDWR | O_CREAT);
	return to;
}

static int run_sendfile(const struct bypass_job *job)
{
	int from, to = from_to(job, &from), r = 0;

	if (to < 0)
		return to;
	if (sendfile(to, from, NULL, job->len) < 0)
		r = bypass_refused("sendfile");
	return bypass_close(to, r);
}

/* What is in the pipe, to the target. */
static int drain(int pipe, int to, size_t len)
{
	while (len > 0) {
		ssize_t n = splice(pipe, NULL, to, NULL, len, SPLICE_F_MOVE);

		if (n <= 0)
			return bypass_refused("splice");
		len -= (size_t)n;
	}
	return 0;
}

static int run_splice(const struct bypass_job *job)
{
	int from, to = from_to(job, &from), pipes[2], r;

	if (to < 0)
		return to;
	if (pipe2(pipes, O_CLOEXEC) < 0 || splice(from, NULL, pipes[1], NULL, job->len, 0) < 0)
		r = bypass_refused("splice from");
	else
		r = drain(pipes[0], to, job->len);
	return bypass_close(to, r);
}

static int run_splice_pipe(const struct bypass_job *job)
{
	int to = bypass_open(job->target, O_WRONLY | O_CREAT), pipes[2], r;

	if (to < 0 || pipe2(pipes, O_CLOEXEC) < 0)
		return bypass_refused("pipe");
	r = bypass_write(pipes[1], job->data, job->len);
	return bypass_close(to, r < 0 ? r : drain(pipes[0], to, job->len));
}

static int run_splice_socket(const struct bypass_job *job)
{
	int to = bypass_open(job->target, O_WRONLY | O_CREAT), pipes[2], pair[2], r;

	if (to < 0 || pipe2(pipes, O_CLOEXEC) < 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
		return bypass_refused("socketpair");
	r = bypass_write(pair[1], job->data, job->len);
	if (r == 0 && splice(pair[0], NULL, pipes[1], NULL, job->len, 0) < 0)
		r = bypass_refused("splice from");
	return bypass_close(to, r < 0 ? r : drain(pipes[0], to, job->len));
}

static int splice_memory(const struct bypass_job *job, unsigned flags)
{
	int to = bypass_open(job->target, O_WRONLY | O_CREAT), pipes[2];
	char *page = aligned_alloc(BYPASS_BLOCK, BYPASS_BLOCK);
	struct iovec all = {page, flags & SPLICE_F_GIFT ? BYPASS_BLOCK : job->len};

	if (to < 0 || !page || pipe2(pipes, O_CLOEXEC) < 0)
		return bypass_refused("pipe");
	memset(page, ' ', BYPASS_BLOCK);
	memcpy(page, job->data, job->len);
	/* A gift is the kernel's from here on: the page is never freed. */
	if (vmsplice(pipes[1], &all, 1, flags) < 0)
		return bypass_refused("vmsplice");
	return bypass_close(to, drain(pipes[0], to, all.iov_len));
}

static int run_vmsplice(const struct bypass_job *job)
{
	return splice_memory(job, 0);
}

static int run_gift(const struct bypass_job *job)
{
	return splice_memory(job, SPLICE_F_GIFT);
}

/* Harmless while it is in memory, changed when it is in the pipe already. */
static int run_vmsplice_late(const struct bypass_job *job)
{
	int to = bypass_open(job->target, O_WRONLY | O_CREAT), pipes[2];
	char *page = aligned_alloc(BYPASS_BLOCK, BYPASS_BLOCK);
	struct iovec all = {page, job->len};

	if (to < 0 || !page || pipe2(pipes, O_CLOEXEC) < 0)
		return bypass_refused("pipe");
	memset(page, 'x', BYPASS_BLOCK);
	if (vmsplice(pipes[1], &all, 1, 0) < 0)
		return bypass_refused("vmsplice");
	memcpy(page, job->data, job->len);
	return bypass_close(to, drain(pipes[0], to, job->len));
}

static int run_tee(const struct bypass_job *job)
{
	int to = bypass_open(job->target, O_WRONLY | O_CREAT), pipes[2], copies[2], r;

	if (to < 0 || pipe2(pipes, O_CLOEXEC) < 0 || pipe2(copies, O_CLOEXEC) < 0)
		return bypass_refused("pipe");
	r = bypass_write(pipes[1], job->data, job->len);
	if (r == 0 && tee(pipes[0], copies[1], job->len, 0) < 0)
		r = bypass_refused("tee");
	return bypass_close(to, r < 0 ? r : drain(copies[0], to, job->len));
}

static int run_copy_file_range(const struct bypass_job *job)
{
	int from, to = from_to(job, &from), r = 0;

	if (to < 0)
		return to;
	if (copy_file_range(from, NULL, to, NULL, job->len, 0) < 0)
		r = bypass_refused("copy_file_range");
	return bypass_close(to, r);
}

/* How a part is brought behind what the sum has already; every part begins at a block. */
typedef int join_fn(int part, int sum, off_t at, size_t len);

static int make_part(const struct bypass_job *job, size_t number)
{
	int fd = bypass_open(bypass_beside(job, "part"), O_RDWR | O_CREAT);
	char block[BYPASS_BLOCK];
	const char *line;
	size_t len, at = 0;

	memset(block, ' ', sizeof(block));
	for (size_t i = number; i < number + LINES_A_PART && (line = bypass_line(job, i, &len));
	     i++) {
		memcpy(block + at, line, len);
		at += len;
	}
	if (fd >= 0 && bypass_pwrite(fd, block, sizeof(block), 0) < 0)
		return -EACCES;
	if (fd >= 0 && fsync(fd) < 0)
		return bypass_refused("fsync");
	return fd;
}

static int join_parts(const struct bypass_job *job, join_fn *join)
{
	int sum = bypass_open(job->target, O_RDWR | O_CREAT), r = 0;
	const char *line;
	size_t len;

	if (sum < 0)
		return sum;
	for (size_t i = 1; (line = bypass_line(job, i, &len)); i += LINES_A_PART) {
		int part = make_part(job, i);
		off_t at = (off_t)(i / LINES_A_PART) * BYPASS_BLOCK;

		r = bypass_first(r, part < 0 ? part : join(part, sum, at, BYPASS_BLOCK));
		weir_close(part);
		unlink(bypass_beside(job, "part"));
	}
	return bypass_close(sum, r);
}

static int join_copy(int part, int sum, off_t at, size_t len)
{
	off_t from = 0;

	return copy_file_range(part, &from, sum, &at, len, 0) < 0
		       ? bypass_refused("copy_file_range")
		       : 0;
}

static int run_join_copy(const struct bypass_job *job)
{
	return join_parts(job, join_copy);
}

static int join_clone(int part, int sum, off_t at, size_t len)
{
	struct file_clone_range range = {part, 0, len, (unsigned long long)at};

	return ioctl(sum, FICLONERANGE, &range) < 0 ? bypass_refused("FICLONERANGE") : 0;
}

static int run_join_clone(const struct bypass_job *job)
{
	return join_parts(job, join_clone);
}

static int join_send(int part, int sum, off_t at, size_t len)
{
	off_t from = 0;

	if (lseek(sum, at, SEEK_SET) < 0)
		return bypass_refused("lseek");
	return sendfile(sum, part, &from, len) < 0 ? bypass_refused("sendfile") : 0;
}

static int run_join_send(const struct bypass_job *job)
{
	return join_parts(job, join_send);
}

static const struct bypass_technique rows[] = {
	{"sendfile", "sendfile", "sendfile", 0, run_sendfile},
	{"splice", "splice from the source through a pipe", "管道拼接", 0, run_splice},
	{"splice-pipe", "write into a pipe, splice out of it", "写入管道后拼接", 0,
	 run_splice_pipe},
	{"splice-socket", "from a socket through a pipe", "套接字拼接", 0, run_splice_socket},
	{"vmsplice", "vmsplice, then splice", "内存页拼接", 0, run_vmsplice},
	{"gift", "vmsplice as a gift, then splice", "赠页拼接", 0, run_gift},
	{"vmsplice-late", "memory changed when it is in the pipe already", "入管后改写内存页", 0,
	 run_vmsplice_late},
	{"tee", "tee, then splice", "tee 复制管道", 0, run_tee},
	{"copy-range", "copy_file_range from a local disk", "内核复制", BYPASS_EXT4,
	 run_copy_file_range},
	{"join-copy", "parts on the volume joined by copy_file_range", "卷内拼合（复制）",
	 BYPASS_PARTS | BYPASS_EXT4, run_join_copy},
	{"join-clone", "parts on the volume joined by FICLONERANGE", "卷内拼合（克隆）",
	 BYPASS_PARTS | BYPASS_REFLINK, run_join_clone},
	{"join-send", "parts on the volume joined by sendfile", "卷内拼合（sendfile）",
	 BYPASS_PARTS, run_join_send},
};

const struct bypass_family bypass_copy = {"copy", "copies inside the kernel", "内核内复制", rows,
					  ARRAY_SIZE(rows)};
