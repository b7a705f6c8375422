/* SPDX-License-Identifier: Apache-2.0 */
/* Writes from memory that is not there yet: nobody can read it before the kernel has brought it in. */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "calls.h"
#include "weir/base/fd.h"

#define PAGE   4096
#define LONG   (16 * PAGE)
#define PREFIX "110000" /* that every number of the tests begins with */
#define INSIDE 9	/* characters of a number before it is cut */

static int failed(ssize_t r)
{
	return r < 0 ? errno : 0;
}

/* A file, mapped and never touched, and out of the page cache when that can be. Without reading ahead into what lies beside a page. */
static char *map_untouched(int fd, size_t len)
{
	char *at;

	(void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	at = mmap(NULL, len, PROT_READ, MAP_PRIVATE, fd, 0);
	if (at == MAP_FAILED)
		abort();
	(void)madvise(at, len, MADV_RANDOM);
	return at;
}

int way_unseen(int target, const struct bytes *bytes)
{
	return failed(write(target, map_untouched(bytes->source, bytes->len), bytes->len));
}

int way_unseen_vector(int target, const struct bytes *bytes)
{
	char *at = map_untouched(bytes->source, bytes->len);
	struct iovec ranges[] = {{.iov_base = at, .iov_len = 33},
				 {.iov_base = at + 33, .iov_len = bytes->len - 33}};

	return failed(writev(target, ranges, 2));
}

/* The first half from memory, the rest from what is not there, cut inside the third number. */
int way_unseen_rest(int target, const struct bytes *bytes)
{
	char *text = strndup(bytes->at, bytes->len), *cut = text;
	size_t first;

	for (int i = 0; cut && i < 3; i++)
		cut = strstr(cut + (i > 0), PREFIX);
	if (!cut)
		abort();
	first = (size_t)(cut - text) + INSIDE;
	free(text);
	if (write(target, bytes->at, first) < 0)
		return errno;
	return failed(pwrite(target, map_untouched(bytes->source, bytes->len) + first,
			     bytes->len - first, (off_t)first));
}

/* The bytes behind many pages of nothing, in one write: the kernel takes it in piece by piece. */
int way_unseen_long(int target, const struct bytes *bytes)
{
	size_t len = LONG + bytes->len;
	char *text = malloc(len);
	int fd = memfd_create("long", MFD_CLOEXEC);

	if (!text || fd < 0)
		abort();
	memset(text, '.', LONG);
	memcpy(text + LONG, bytes->at, bytes->len);
	if (weir_write_full(fd, text, len) < 0)
		abort();
	free(text);
	return failed(write(target, map_untouched(fd, len), len));
}

/* Taken out of memory; where nothing can be, it stays. */
int way_unseen_swapped(int target, const struct bytes *bytes)
{
	char *at =
		mmap(NULL, bytes->len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		abort();
	memcpy(at, bytes->at, bytes->len);
	if (madvise(at, bytes->len, MADV_PAGEOUT) < 0)
		return errno;
	return failed(write(target, at, bytes->len));
}

/* Past the page cache the kernel brings nothing in that it could be seen to. */
int way_unseen_direct(int target, const struct bytes *bytes)
{
	if (fcntl(target, F_SETFL, O_DIRECT) < 0)
		return errno;
	return failed(write(target, map_untouched(bytes->source, PAGE), PAGE));
}
