/* SPDX-License-Identifier: Apache-2.0 */
/* Identifiers that no single call holds. */

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bypass.h"

#define PAUSE_US     700000
#define LINES_WITHIN 3 /* so many identifiers in one file are within the limit */

static int in_pieces(const struct bypass_job *job, size_t piece)
{
	int fd = bypass_open(job->target, O_WRONLY | O_CREAT);

	return fd < 0 ? fd : bypass_close(fd, bypass_write_pieces(fd, job->data, job->len, piece));
}

static int run_bytes_1(const struct bypass_job *job)
{
	return in_pieces(job, 1);
}

static int run_bytes_2(const struct bypass_job *job)
{
	return in_pieces(job, 2);
}

static int run_bytes_17(const struct bypass_job *job)
{
	return in_pieces(job, 17);
}

/* Every step-th piece of 6 bytes from the first-th on; each goes to where it belongs. */
static int scatter(int fd, const struct bypass_job *job, size_t first, size_t step)
{
	int r = 0;

	for (size_t at = first * 6; at < job->len; at += step * 6)
		r = bypass_first(r, bypass_pwrite(fd, job->data + at,
						  WEIR_MIN((size_t)6, job->len - at), (off_t)at));
	return r;
}

static int run_reverse(const struct bypass_job *job)
{
	int fd = bypass_open(job->target, O_WRONLY | O_CREAT), r = 0;

	if (fd < 0)
		return fd;
	for (size_t i = (job->len + 5) / 6; i-- > 0;)
		r = bypass_first(r, scatter(fd, job, i, job->len));
	return bypass_close(fd, r);
}

static int run_shuffled(const struct bypass_job *job)
{
	int fd = bypass_open(job->target, O_WRONLY | O_CREAT), r;

	if (fd < 0)
		return fd;
	r = scatter(fd, job, 1, 2);
	return bypass_close(fd, bypass_first(r, scatter(fd, job, 0, 2)));
}

static int write_odd(const struct bypass_job *job)
{
	int fd = bypass_open(job->target, O_WRONLY);

	return fd < 0 ? fd : bypass_close(fd, scatter(fd, job, 1, 2));
}

static int run_processes(const struct bypass_job *job)
{
	int fd = bypass_open(job->target, O_WRONLY | O_CREAT), r, status;
	pid_t pid;

	if (fd < 0)
		return fd;
	pid = fork();
	if (pid == 0)
		_exit(-write_odd(job));
	r = scatter(fd, job, 0, 2);
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return bypass_refused("fork");
	return bypass_close(fd, bypass_first(r, status ? -EACCES : 0));
}

struct half {
	const struct bypass_job *job;
	int fd, r;
};

static void *odd_half(void *argument)
{
	struct half *half = argument;

	half->r = scatter(half->fd, half->job, 1, 2);
	return NULL;
}

static int run_threads(const struct bypass_job *job)
{
	struct half half = {job, bypass_open(job->target, O_WRONLY | O_CREAT), 0};
	pthread_t thread;
	int r;

	if (half.fd < 0)
		return half.fd;
	if (pthread_create(&thread, NULL, odd_half, &half))
		return bypass_refused("pthread_create");
	r = scatter(half.fd, job, 0, 2);
	pthread_join(thread, NULL);
	return bypass_close(half.fd, bypass_first(r, half.r));
}

/* A line an opening. */
static int run_reopen(const struct bypass_job *job)
{
	const char *line;
	size_t len;
	int r = 0;

	for (size_t i = 0; (line = bypass_line(job, i, &len)); i++) {
		int fd = bypass_open(job->target, O_WRONLY | O_APPEND | (i ? 0 : O_CREAT));

		r = bypass_first(r, fd < 0 ? fd : bypass_close(fd, bypass_write(fd, line, len)));
	}
	return r;
}

/* A line a while, in one opening: nothing is forgotten meanwhile. */
static int run_slow(const struct bypass_job *job)
{
	int fd = bypass_open(job->target, O_WRONLY | O_CREAT), r = 0;
	const char *line;
	size_t len;

	if (fd < 0)
		return fd;
	for (size_t i = 0; (line = bypass_line(job, i, &len)); i++) {
		r = bypass_first(r, bypass_write(fd, line, len));
		if (fsync(fd) < 0)
			r = bypass_first(r, bypass_refused("fsync"));
		usleep(PAUSE_US);
	}
	return bypass_close(fd, r);
}

/* The file never holds more than a few; the blocks that it has left behind do. */
static int run_refill(const struct bypass_job *job)
{
	int fd = bypass_open(job->target, O_WRONLY | O_CREAT), r = 0;
	const char *line;
	size_t len;

	if (fd < 0)
		return fd;
	for (size_t i = 1; (line = bypass_line(job, i, &len)); i++) {
		r = bypass_first(r, bypass_write(fd, line, len));
		if (i % LINES_WITHIN)
			continue;
		if (fsync(fd) < 0 || ftruncate(fd, 0) < 0 ||
		    lseek(fd, (off_t)i * BYPASS_BLOCK, SEEK_SET) < 0)
			r = bypass_first(r, bypass_refused("ftruncate"));
	}
	return bypass_close(fd, r);
}

/* First with three digits hidden in each identifier, then the digits alone. */
static int run_overwrite(const struct bypass_job *job)
{
	int fd = bypass_open(job->target, O_WRONLY | O_CREAT), r = 0;
	const char *line;
	size_t len;

	if (fd < 0)
		return fd;
	for (size_t i = 0; (line = bypass_line(job, i, &len)); i++) {
		size_t at = i ? bypass_number(line, len) + 6 : len;

		r = bypass_first(r, bypass_write(fd, line, at));
		if (at < len)
			r = bypass_first(r, bypass_write(fd, "***", 3));
		if (at < len)
			r = bypass_first(r, bypass_write(fd, line + at + 3, len - at - 3));
	}
	for (size_t i = 1; (line = bypass_line(job, i, &len)); i++) {
		size_t at = bypass_number(line, len) + 6;

		r = bypass_first(r, bypass_pwrite(fd, line + at, 3, line + at - job->data));
	}
	return bypass_close(fd, r);
}

/* An identifier a block, far from each other. */
static int run_sparse(const struct bypass_job *job)
{
	int fd = bypass_open(job->target, O_WRONLY | O_CREAT), r = 0;
	const char *line;
	size_t len;

	if (fd < 0)
		return fd;
	for (size_t i = 0; (line = bypass_line(job, i, &len)); i++)
		r = bypass_first(r, bypass_pwrite(fd, line, len, (off_t)(i * 16) * BYPASS_BLOCK));
	return bypass_close(fd, r);
}

static int run_files(const struct bypass_job *job)
{
	const char *line;
	char suffix[32];
	size_t len;
	int fd = -1, r = 0;

	for (size_t i = 1; (line = bypass_line(job, i, &len)); i++) {
		if (i % LINES_WITHIN == 1) {
			(void)snprintf(suffix, sizeof(suffix), "part%zu", i / LINES_WITHIN);
			r = fd < 0 ? r : bypass_close(fd, r);
			fd = bypass_open(bypass_beside(job, suffix), O_WRONLY | O_CREAT);
			r = bypass_first(r, WEIR_MIN(fd, 0));
		}
		if (fd >= 0)
			r = bypass_first(r, bypass_write(fd, line, len));
	}
	return fd < 0 ? r : bypass_close(fd, r);
}

/* The beginning of every identifier in one file, what is left of it in another. */
static int run_halves(const struct bypass_job *job)
{
	int heads = bypass_open(job->target, O_WRONLY | O_CREAT), tails, r = 0;
	const char *line;
	size_t len;

	tails = heads < 0 ? heads : bypass_open(bypass_beside(job, "tails"), O_WRONLY | O_CREAT);
	if (tails < 0)
		return tails;
	for (size_t i = 1; (line = bypass_line(job, i, &len)); i++) {
		size_t at = bypass_number(line, len) + BYPASS_TELLING;

		r = bypass_first(r, bypass_write(heads, line, at));
		r = bypass_first(r, bypass_write(heads, "\n", 1));
		r = bypass_first(r, bypass_write(tails, line + at, len - at));
	}
	return bypass_close(tails, bypass_close(heads, r));
}

static const struct bypass_technique rows[] = {
	{"bytes-1", "a byte a call", "逐字节写入", 0, run_bytes_1},
	{"bytes-2", "two bytes a call", "每次两字节", 0, run_bytes_2},
	{"bytes-17", "seventeen bytes a call", "每次十七字节", 0, run_bytes_17},
	{"reverse", "pieces of 6, last first", "逆序碎片", 0, run_reverse},
	{"shuffled", "every other piece of 6, then the others", "奇偶交错", 0, run_shuffled},
	{"processes", "two processes, every other piece each", "双进程交错", 0, run_processes},
	{"threads", "two threads, every other piece each", "双线程交错", 0, run_threads},
	{"slow", "a line a while, each synced", "缓慢逐行写入", 0, run_slow},
	{"reopen", "a line an opening", "逐行重新打开", 0, run_reopen},
	{"refill", "three lines, truncate, the next three elsewhere", "截断后再写", 0, run_refill},
	{"overwrite", "with digits hidden, which follow later", "先遮后补", 0, run_overwrite},
	{"sparse", "an identifier every 64 KiB", "稀疏文件", 0, run_sparse},
	{"files", "three identifiers a file", "分散到多个文件", 0, run_files},
	{"files-label", "three identifiers a file, from a labelled file",
	 "分散到多个文件（带标签）", BYPASS_LABEL, run_files},
	{"halves", "beginnings in one file, ends in another", "拆半存放", 0, run_halves},
	{"halves-label", "beginnings in one file, ends in another, from a labelled file",
	 "拆半存放（带标签）", BYPASS_LABEL, run_halves},
};

const struct bypass_family bypass_small = {"pieces", "pieces", "碎片", rows, ARRAY_SIZE(rows)};
