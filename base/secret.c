/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "weir/base/fd.h"

/* What is looked at and what is read are one file. */
static int open_own(const char *path)
{
	int fd _cleanup_(weir_closep) = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if (st.st_mode & 0077)
		return -EPERM;
	return TAKE_FD(fd);
}

int weir_secret_read(const char *path, struct weir_buf *buf)
{
	int fd _cleanup_(weir_closep) = open_own(path);
	ssize_t n;
	char more;
	int r;

	if (fd < 0)
		return fd;
	r = weir_buf_reserve(buf, buf->max);
	if (r < 0)
		return r;
	n = weir_read_full(fd, buf->data, buf->max);
	if (n < 0)
		return (int)n;
	buf->len = (size_t)n;
	buf->data[n] = '\0';
	n = weir_read_full(fd, &more, 1);
	return n < 0 ? (int)n : n > 0 ? -ENOBUFS : 0;
}

int weir_secret_write(const char *path, const void *data, size_t len)
{
	int fd _cleanup_(weir_closep) =
		open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	int r;

	if (fd < 0)
		return -errno;
	r = weir_write_full(fd, data, len);
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	if (r < 0)
		(void)unlink(path);
	return r;
}
