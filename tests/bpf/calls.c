/* SPDX-License-Identifier: Apache-2.0 */
/* calls WAY SOURCE TARGET: puts the bytes of SOURCE into TARGET (made, emptied) in the way named, prints the errno of the call that
 * failed or 0, and says with its exit status whether the way could be gone at all. calls list: the ways. */

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "calls.h"
#include "weir/base/fd.h"
#include "weir/base/macros.h"

#define PAGE  4096
#define SPARE 64 /* behind the bytes, for what else a 32-bit call has to reach */

static int failed(ssize_t r)
{
	return r < 0 ? errno : 0;
}

static int way_write(int target, const struct bytes *bytes)
{
	return failed(write(target, bytes->at, bytes->len));
}

static int way_copy_file_range(int target, const struct bytes *bytes)
{
	return failed(copy_file_range(bytes->source, NULL, target, NULL, bytes->len, 0));
}

static int way_sendfile(int target, const struct bytes *bytes)
{
	return failed(sendfile(target, bytes->source, NULL, bytes->len));
}

static int way_clone(int target, const struct bytes *bytes)
{
	return failed(ioctl(target, FICLONE, bytes->source));
}

static int way_clone_range(int target, const struct bytes *bytes)
{
	struct file_clone_range range = {.src_fd = bytes->source};

	return failed(ioctl(target, FICLONERANGE, &range));
}

static int drain(int pipe_out, int target, size_t len)
{
	int error = failed(splice(pipe_out, NULL, target, NULL, len, 0));

	(void)weir_close(pipe_out);
	return error;
}

static int way_splice(int target, const struct bytes *bytes)
{
	int ends[2], error;

	if (pipe(ends) < 0)
		return errno;
	error = failed(splice(bytes->source, NULL, ends[1], NULL, bytes->len, 0));
	(void)weir_close(ends[1]);
	return error ? error : drain(ends[0], target, bytes->len);
}

static int way_vmsplice(int target, const struct bytes *bytes)
{
	struct iovec range = {.iov_base = bytes->at, .iov_len = bytes->len};
	int ends[2], error;

	if (pipe(ends) < 0)
		return errno;
	error = failed(vmsplice(ends[1], &range, 1, 0));
	(void)weir_close(ends[1]);
	return error ? error : drain(ends[0], target, bytes->len);
}

static int store(int target, const struct bytes *bytes, int protection)
{
	char *memory;

	if (ftruncate(target, (off_t)bytes->len) < 0)
		return errno;
	memory = mmap(NULL, bytes->len, protection, MAP_SHARED, target, 0);
	if (memory == MAP_FAILED)
		return errno;
	if (!(protection & PROT_WRITE) && mprotect(memory, bytes->len, PROT_READ | PROT_WRITE) < 0)
		return errno;
	memcpy(memory, bytes->at, bytes->len);
	return failed(munmap(memory, bytes->len));
}

static int way_mmap(int target, const struct bytes *bytes)
{
	return store(target, bytes, PROT_READ | PROT_WRITE);
}

static int way_mmap_validate(int target, const struct bytes *bytes)
{
	void *memory = mmap(NULL, bytes->len, PROT_WRITE, MAP_SHARED_VALIDATE, target, 0);

	return memory == MAP_FAILED ? errno : 0;
}

static int way_mprotect(int target, const struct bytes *bytes)
{
	return store(target, bytes, PROT_READ);
}

/* Reading through a shared mapping, and storing into a private one, are nobody's business. */
static int way_harmless_maps(int target, const struct bytes *bytes)
{
	char *memory;

	if (ftruncate(target, PAGE) < 0)
		return errno;
	memory = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, target, 0);
	if (memory == MAP_FAILED)
		return errno;
	memory = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, target, 0);
	if (memory == MAP_FAILED)
		return errno;
	memory[0] = 'x';
	return failed(ftruncate(target, 0));
}

/* Moves what lies apart together, or what lies together apart. */
static int shift(int target, int mode)
{
	char blocks[2 * PAGE];

	memset(blocks, '.', sizeof(blocks));
	if (write(target, blocks, sizeof(blocks)) < 0)
		return errno;
	return failed(fallocate(target, mode, 0, PAGE));
}

static int way_collapse(int target, const struct bytes *bytes)
{
	return shift(target, FALLOC_FL_COLLAPSE_RANGE);
}

static int way_insert(int target, const struct bytes *bytes)
{
	return shift(target, FALLOC_FL_INSERT_RANGE);
}

/* Room is no content: neither reserving it nor emptying it is refused, and neither makes the count begin anew. */
static int way_room(int target, const struct bytes *bytes)
{
	size_t half = bytes->len / 2;

	if (fallocate(target, 0, 0, (off_t)bytes->len) < 0)
		return errno;
	if (write(target, bytes->at, half) < 0)
		return errno;
	if (fallocate(target, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, (off_t)half) < 0 &&
	    errno != EOPNOTSUPP)
		return errno;
	return failed(write(target, bytes->at + half, bytes->len - half));
}

/* A file that is cut short and grows again holds what was written before: the count goes on. */
static int way_cut_short(int target, const struct bytes *bytes)
{
	size_t half = bytes->len / 2;

	if (write(target, bytes->at, half) < 0)
		return errno;
	if (ftruncate(target, (off_t)half - 1) < 0 || ftruncate(target, (off_t)half) < 0)
		return errno;
	return failed(pwrite(target, bytes->at + half, bytes->len - half, (off_t)half));
}

/* One that is emptied holds nothing any more, and yet its blocks stay on the medium: the count goes on. */
static int way_emptied(int target, const struct bytes *bytes)
{
	size_t half = bytes->len / 2;

	if (write(target, bytes->at, half) < 0)
		return errno;
	if (ftruncate(target, 0) < 0)
		return errno;
	return failed(pwrite(target, bytes->at + half, bytes->len - half, 0));
}

static const struct {
	const char *name;
	way_fn go;
} ways[] = {
	{"write", way_write},
	{"copy_file_range", way_copy_file_range},
	{"sendfile", way_sendfile},
	{"clone", way_clone},
	{"clone_range", way_clone_range},
	{"splice", way_splice},
	{"vmsplice", way_vmsplice},
	{"mmap", way_mmap},
	{"mmap_validate", way_mmap_validate},
	{"mprotect", way_mprotect},
	{"harmless_maps", way_harmless_maps},
	{"collapse", way_collapse},
	{"insert", way_insert},
	{"room", way_room},
	{"cut_short", way_cut_short},
	{"emptied", way_emptied},
	{"aio", way_aio},
	{"aio_vector", way_aio_vector},
	{"aio_batch", way_aio_batch},
	{"uring", way_uring},
	{"uring_vector", way_uring_vector},
	{"uring_fixed", way_uring_fixed},
	{"uring_worker", way_uring_worker},
	{"uring_polled", way_uring_polled},
	{"uring_linked", way_uring_linked},
	{"uring_append", way_uring_append},
	{"uring_splice", way_uring_splice},
	{"compat_write", way_compat_write},
	{"compat_writev", way_compat_writev},
	{"compat_pwrite", way_compat_pwrite},
	{"compat_pwritev", way_compat_pwritev},
	{"compat_sendfile", way_compat_sendfile},
	{"unseen", way_unseen},
	{"unseen_vector", way_unseen_vector},
	{"unseen_rest", way_unseen_rest},
	{"unseen_long", way_unseen_long},
	{"unseen_swapped", way_unseen_swapped},
	{"unseen_direct", way_unseen_direct},
};

static int load(const char *path, struct bytes *ret)
{
	struct stat st;
	ssize_t n;

	ret->source = open(path, O_RDONLY | O_CLOEXEC);
	if (ret->source < 0 || fstat(ret->source, &st) < 0)
		return -errno;
	ret->len = (size_t)st.st_size;
	/* Below 4 GiB, where 32-bit calls reach it. */
	ret->at = mmap(NULL, ret->len + SPARE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT | MAP_POPULATE, -1, 0);
	if (ret->at == MAP_FAILED)
		return -errno;
	n = pread(ret->source, ret->at, ret->len, 0);
	return n == (ssize_t)ret->len ? 0 : -EIO;
}

static int go(way_fn way, const char *source, const char *path)
{
	struct bytes bytes;
	int r = load(source, &bytes), target;

	if (r < 0) {
		(void)fprintf(stderr, "%s: %s\n", source, strerror(-r));
		return 1;
	}
	target = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (target < 0) {
		(void)fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return 1;
	}
	(void)printf("%d\n", way(target, &bytes));
	return 0;
}

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 4 && i < ARRAY_SIZE(ways); i++)
		if (strcmp(ways[i].name, argv[1]) == 0)
			return go(ways[i].go, argv[2], argv[3]);
	for (size_t i = 0; argc == 2 && i < ARRAY_SIZE(ways); i++)
		(void)puts(ways[i].name);
	return argc == 2 ? 0 : 2;
}
