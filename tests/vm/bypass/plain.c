/* SPDX-License-Identifier: Apache-2.0 */
/* The calls that everybody uses to write. */

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "bypass.h"
#include "weir/base/fd.h"

#ifndef RWF_NOAPPEND
#define RWF_NOAPPEND 0x20 /* 6.9 */
#endif

/* Two ranges that meet inside an identifier. */
static void cut_in_two(const struct bypass_job *job, struct iovec cut[2])
{
	size_t len, line;
	const char *middle = bypass_line(job, 6, &line);

	len = (size_t)(middle - job->data) + bypass_number(middle, line) + 9;
	cut[0] = (struct iovec){job->data, len};
	cut[1] = (struct iovec){job->data + len, job->len - len};
}

static int run_write(const struct bypass_job *job)
{
	int fd = bypass_open(job->target, O_WRONLY | O_CREAT);

	return fd < 0 ? fd : bypass_close(fd, bypass_write(fd, job->data, job->len));
}

static int run_pwrite(const struct bypass_job *job)
{
	int fd = bypass_open(job->target, O_WRONLY | O_CREAT);

	return fd < 0 ? fd : bypass_close(fd, bypass_pwrite(fd, job->data, job->len, BYPASS_BLOCK));
}

static int write_vector(const struct bypass_job *job, int open_flags, off_t offset, int flags)
{
	struct iovec cut[2];
	int fd = bypass_open(job->target, O_WRONLY | O_CREAT | open_flags), r = 0;

	if (fd < 0)
		return fd;
	cut_in_two(job, cut);
	if (pwritev2(fd, cut, 2, offset, flags) < 0)
		r = bypass_refused("pwritev2");
	return bypass_close(fd, r);
}

static int run_writev(const struct bypass_job *job)
{
	struct iovec cut[2];
	int fd = bypass_open(job->target, O_WRONLY | O_CREAT), r = 0;

	if (fd < 0)
		return fd;
	cut_in_two(job, cut);
	if (writev(fd, cut, 2) < 0)
		r = bypass_refused("writev");
	return bypass_close(fd, r);
}

static int run_pwritev(const struct bypass_job *job)
{
	return write_vector(job, 0, BYPASS_BLOCK, 0);
}

static int run_pwritev2(const struct bypass_job *job)
{
	return write_vector(job, 0, -1, RWF_DSYNC);
}

/* Position 0 is a lie: the kernel appends. */
static int run_rwf_append(const struct bypass_job *job)
{
	int fd = bypass_open(job->target, O_WRONLY | O_CREAT), r = 0;

	if (fd < 0)
		return fd;
	for (size_t at = 0; at < job->len; at += 9) {
		struct iovec piece = {job->data + at, WEIR_MIN((size_t)9, job->len - at)};

		if (pwritev2(fd, &piece, 1, 0, RWF_APPEND) < 0)
			r = bypass_first(r, bypass_refused("pwritev2"));
	}
	return bypass_close(fd, r);
}

/* The file says append, the call says otherwise: back to front. */
static int run_rwf_noappend(const struct bypass_job *job)
{
	int fd = bypass_open(job->target, O_WRONLY | O_CREAT | O_APPEND), r = 0;

	if (fd < 0)
		return fd;
	for (size_t end = job->len; end > 0; end -= WEIR_MIN((size_t)9, end)) {
		size_t at = end - WEIR_MIN((size_t)9, end);
		struct iovec piece = {job->data + at, end - at};

		if (pwritev2(fd, &piece, 1, (off_t)at, RWF_NOAPPEND) < 0)
			r = bypass_first(r, bypass_refused("pwritev2"));
	}
	return bypass_close(fd, r);
}

static int run_append(const struct bypass_job *job)
{
	int fd = bypass_open(job->target, O_WRONLY | O_CREAT | O_APPEND);

	return fd < 0 ? fd : bypass_close(fd, bypass_write_pieces(fd, job->data, job->len, 7));
}

static int run_sync(const struct bypass_job *job)
{
	int fd = bypass_open(job->target, O_WRONLY | O_CREAT | O_SYNC);

	return fd < 0 ? fd : bypass_close(fd, bypass_write_pieces(fd, job->data, job->len, 40));
}

static int run_direct(const struct bypass_job *job)
{
	size_t size = (job->len + BYPASS_BLOCK - 1) / BYPASS_BLOCK * BYPASS_BLOCK;
	char *block _cleanup_(freep) = aligned_alloc(BYPASS_BLOCK, size);
	int fd = bypass_open(job->target, O_WRONLY | O_CREAT | O_DIRECT);

	if (fd < 0 || !block)
		return fd < 0 ? fd : -ENOMEM;
	memset(block, ' ', size);
	memcpy(block, job->data, job->len);
	return bypass_close(fd, bypass_write(fd, block, size));
}

/* A file without a name gets one when all is written. */
static int run_tmpfile(const struct bypass_job *job)
{
	char *copy _cleanup_(freep) = strdup(job->target), path[64];
	int fd, r;

	if (!copy)
		return -ENOMEM;
	fd = open(dirname(copy), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0644);
	if (fd < 0)
		return bypass_refused("O_TMPFILE");
	r = bypass_write(fd, job->data, job->len);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (linkat(AT_FDCWD, path, AT_FDCWD, job->target, AT_SYMLINK_FOLLOW) < 0)
		r = bypass_first(r, bypass_refused("linkat"));
	return bypass_close(fd, r);
}

static const struct bypass_technique rows[] = {
	{"write", "one write", "一次写入", 0, run_write},
	{"pwrite", "pwrite at an offset", "定位写入", 0, run_pwrite},
	{"writev", "writev cut inside an identifier", "分散写入", 0, run_writev},
	{"pwritev", "pwritev at an offset", "定位分散写入", 0, run_pwritev},
	{"pwritev2", "pwritev2 with RWF_DSYNC", "pwritev2 同步写入", 0, run_pwritev2},
	{"rwf-append", "pwritev2 RWF_APPEND in pieces of 9", "RWF_APPEND 碎片追加", 0,
	 run_rwf_append},
	{"rwf-noappend", "pwritev2 RWF_NOAPPEND back to front on an O_APPEND file",
	 "RWF_NOAPPEND 逆序", 0, run_rwf_noappend},
	{"append", "O_APPEND in pieces of 7", "碎片追加", 0, run_append},
	{"sync", "O_SYNC in pieces of 40", "同步碎片写入", 0, run_sync},
	{"direct", "O_DIRECT", "直接写入", 0, run_direct},
	{"tmpfile", "O_TMPFILE, then linkat", "无名文件后链接", BYPASS_EXT4, run_tmpfile},
};

const struct bypass_family bypass_plain = {"plain", "plain calls", "普通写入", rows,
					   ARRAY_SIZE(rows)};
