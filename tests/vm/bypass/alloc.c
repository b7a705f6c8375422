/* SPDX-License-Identifier: Apache-2.0 */
/* Content that changes without being written: blocks taken out, put in, or set to zero by fallocate. An identifier counts only when
 * no digit stands beside it, so digits that come or go make and unmake one. */

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bypass.h"

static int change(int fd, int mode, off_t offset, off_t len)
{
	return fallocate(fd, mode, offset, len) < 0 ? bypass_refused("fallocate") : 0;
}

static int run_allocated(const struct bypass_job *job)
{
	int fd = bypass_open(job->target, O_WRONLY | O_CREAT), r;

	if (fd < 0)
		return fd;
	r = change(fd, 0, 0, 16 * BYPASS_BLOCK);
	return bypass_close(fd,
			    bypass_first(r, bypass_pwrite(fd, job->data, job->len, BYPASS_BLOCK)));
}

/* One block that ends with before or begins with after; the rest is blank. */
static int put_block(int fd, size_t number, const char *before, const char *after, size_t len)
{
	char block[BYPASS_BLOCK];

	memset(block, ' ', sizeof(block));
	if (before)
		memcpy(block + sizeof(block) - len, before, len);
	if (after)
		memcpy(block, after, len);
	return bypass_pwrite(fd, block, sizeof(block), (off_t)number * BYPASS_BLOCK);
}

/* The identifier's beginning, a block of nothing, its end: three blocks each. */
static int run_collapse(const struct bypass_job *job)
{
	int fd = bypass_open(job->target, O_RDWR | O_CREAT), r = 0;
	const char *line, *number;
	size_t len, count = 0;

	if (fd < 0)
		return fd;
	for (; (line = bypass_line(job, count + 1, &len)); count++) {
		number = line + bypass_number(line, len);
		r = bypass_first(r, put_block(fd, 3 * count, number, NULL, BYPASS_TELLING));
		r = bypass_first(r, put_block(fd, 3 * count + 1, NULL, NULL, 0));
		r = bypass_first(r, put_block(fd, 3 * count + 2, NULL, number + BYPASS_TELLING,
					      BYPASS_DIGITS - BYPASS_TELLING));
	}
	while (count-- > 0)
		r = bypass_first(r, change(fd, FALLOC_FL_COLLAPSE_RANGE,
					   (off_t)(3 * count + 1) * BYPASS_BLOCK, BYPASS_BLOCK));
	return bypass_close(fd, r);
}

/* Digits at the end of one block, an identifier at the beginning of the next: none, until a block of nothing comes between. */
static int run_insert(const struct bypass_job *job)
{
	int fd = bypass_open(job->target, O_RDWR | O_CREAT), r = 0;
	const char *line;
	size_t len, count = 0;

	if (fd < 0)
		return fd;
	for (; (line = bypass_line(job, count + 1, &len)); count++) {
		r = bypass_first(r, put_block(fd, 2 * count, "7777777", NULL, 7));
		r = bypass_first(r, put_block(fd, 2 * count + 1, NULL,
					      line + bypass_number(line, len), BYPASS_DIGITS));
	}
	while (count-- > 0)
		r = bypass_first(r, change(fd, FALLOC_FL_INSERT_RANGE,
					   (off_t)(2 * count + 1) * BYPASS_BLOCK, BYPASS_BLOCK));
	return bypass_close(fd, r);
}

/* All identifiers in one run of digits; then the digits between them become zero bytes. */
static int blank_between(const struct bypass_job *job, int mode)
{
	int fd = bypass_open(job->target, O_RDWR | O_CREAT), r = 0;
	const char *line;
	size_t len, count = 0;

	if (fd < 0)
		return fd;
	for (; (line = bypass_line(job, count + 1, &len)); count++) {
		r = bypass_first(r, bypass_write(fd, "77777", 5));
		r = bypass_first(r,
				 bypass_write(fd, line + bypass_number(line, len), BYPASS_DIGITS));
	}
	r = bypass_first(r, bypass_write(fd, "77777", 5));
	for (size_t i = 0; i <= count; i++)
		r = bypass_first(r, change(fd, mode | FALLOC_FL_KEEP_SIZE,
					   (off_t)(i * (BYPASS_DIGITS + 5)), 5));
	return bypass_close(fd, r);
}

static int run_zero(const struct bypass_job *job)
{
	return blank_between(job, FALLOC_FL_ZERO_RANGE);
}

static int run_punch(const struct bypass_job *job)
{
	return blank_between(job, FALLOC_FL_PUNCH_HOLE);
}

static const struct bypass_technique rows[] = {
	{"allocated", "blocks allocated first", "预分配后写入", 0, run_allocated},
	{"collapse", "halves in different blocks, the blocks between taken out", "抽块拼合",
	 BYPASS_EXT4, run_collapse},
	{"insert", "a run of digits parted by inserted blocks", "插块拆分", BYPASS_EXT4,
	 run_insert},
	{"zero", "digits around the identifiers set to zero", "清零现形", BYPASS_EXT4, run_zero},
	{"punch", "digits around the identifiers punched out", "打洞现形", BYPASS_EXT4, run_punch},
};

const struct bypass_family bypass_alloc = {"fallocate", "fallocate", "空间分配", rows,
					   ARRAY_SIZE(rows)};
