/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "weir/action/scrub.h"
#include "weir/base/fd.h"

#define BLOCK  (64 * 1024)
#define ROUNDS 16 /* after somebody who goes on appending */

/* Read-only descriptors, as fanotify hands them out, gain write access by a fresh opening of the
 * same inode. */
static int reopen(int fd, bool wait)
{
	char link[64];
	int fresh;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	fresh = open(link, O_RDWR | O_CLOEXEC | O_LARGEFILE | (wait ? 0 : O_NONBLOCK));
	return fresh < 0 ? -errno : fresh;
}

static int check(const struct stat *st, const struct weir_scrub_range *range)
{
	if (!S_ISREG(st->st_mode))
		return -EBADF;
	if (range->inode.ino == 0)
		return 0;
	if (st->st_ino != range->inode.ino ||
	    WEIR_ABI_DEV(major(st->st_dev), minor(st->st_dev)) != range->inode.dev)
		return -ESTALE;
	return 0;
}

static int overwrite(int fd, uint64_t start, uint64_t end, uint64_t *bytes)
{
	static const char zeros[BLOCK];

	while (start < end) {
		size_t n = (size_t)WEIR_MIN(end - start, (uint64_t)BLOCK);
		int r = weir_pwrite_full(fd, zeros, n, (off_t)start);

		if (r < 0)
			return r;
		start += n;
		*bytes += n;
	}
	return 0;
}

/* Up to the end of the file as it is when all of it is on the medium: what somebody appends meanwhile would be cut off as it is, and
 * stay in its blocks. *ret_size: the end that was found last. */
static int overwrite_and_sync(int file, const struct weir_scrub_range *range, uint64_t *ret_size,
			      uint64_t *bytes)
{
	uint64_t start = range->start;
	struct stat st;

	for (unsigned i = 0; i < ROUNDS; i++) {
		uint64_t end;
		int r;

		if (fstat(file, &st) < 0)
			return -errno;
		*ret_size = (uint64_t)st.st_size;
		end = WEIR_MIN(range->end, *ret_size);
		if (start >= end)
			break;
		r = overwrite(file, start, end, bytes);
		if (r < 0)
			return r;
		if (fdatasync(file) < 0)
			return -errno;
		start = end;
	}
	return 0;
}

int weir_scrub(int fd, const struct weir_scrub_range *range, uint64_t *ret_bytes)
{
	int file _cleanup_(weir_closep) = -1;
	uint64_t size = 0;
	struct stat st;
	int r;

	*ret_bytes = 0;
	if (fstat(fd, &st) < 0)
		return -errno;
	r = check(&st, range);
	if (r < 0)
		return r;
	file = reopen(fd, range->wait);
	if (file < 0)
		return file;
	/* The size now, not at the verdict: a writer that still has the file may have gone on. */
	r = overwrite_and_sync(file, range, &size, ret_bytes);
	if (r < 0 || range->start >= size)
		return r;
	/* Data behind what landed is its owner's: then the zeros stay as a gap. */
	if (range->end >= size && ftruncate(file, (off_t)range->start) < 0)
		return -errno;
	return fsync(file) < 0 ? -errno : 0;
}
