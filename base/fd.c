/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

void weir_closep(int *fd)
{
	*fd = weir_close(*fd);
}

int weir_close(int fd)
{
	if (fd >= 0) {
		int saved = errno;

		(void)close(fd);
		errno = saved;
	}
	return -1;
}

ssize_t weir_read_full(int fd, void *data, size_t len)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = read(fd, (char *)data + done, len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

ssize_t weir_pread_full(int fd, void *data, size_t len, off_t offset)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = pread(fd, (char *)data + done, len - done, offset + (off_t)done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

int weir_write_full(int fd, const void *data, size_t len)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = write(fd, (const char *)data + done, len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		done += (size_t)n;
	}
	return 0;
}

int weir_pwrite_full(int fd, const void *data, size_t len, off_t offset)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = pwrite(fd, (const char *)data + done, len - done, offset + (off_t)done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		done += (size_t)n;
	}
	return 0;
}

static int append_all(int fd, struct weir_buf *buf)
{
	for (;;) {
		ssize_t n;
		int r = weir_buf_reserve(buf, WEIR_MIN((size_t)65536, buf->max - buf->len));

		if (r < 0)
			return r;
		if (buf->len == buf->max) {
			char extra;

			n = weir_read_full(fd, &extra, 1);
			return n == 0 ? 0 : n < 0 ? (int)n : -ENOBUFS;
		}
		n = weir_read_full(fd, buf->data + buf->len,
				   WEIR_MIN((size_t)65536, buf->max - buf->len));
		if (n < 0)
			return (int)n;
		buf->len += (size_t)n;
		buf->data[buf->len] = '\0';
		if (n == 0)
			return 0;
	}
}

int weir_read_file(int dirfd, const char *path, struct weir_buf *buf)
{
	int fd _cleanup_(weir_closep) = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	size_t before = buf->len;
	int r;

	if (fd < 0)
		return -errno;
	r = append_all(fd, buf);
	if (r < 0 && buf->data) {
		buf->len = before;
		buf->data[before] = '\0';
	}
	return r;
}

static int sync_parent(int dirfd, const char *path)
{
	char parent[PATH_MAX];
	const char *slash = strrchr(path, '/');
	size_t len = slash ? (size_t)(slash - path) : 0;
	int fd _cleanup_(weir_closep) = -1;

	if (len >= sizeof(parent))
		return -ENAMETOOLONG;
	(void)snprintf(parent, sizeof(parent), "%.*s", (int)len, path);
	fd = openat(dirfd, slash ? (len ? parent : "/") : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	return fsync(fd) < 0 ? -errno : 0;
}

int weir_write_file_atomic(int dirfd, const char *path, const void *data, size_t len, mode_t mode)
{
	char temporary[PATH_MAX];
	int fd _cleanup_(weir_closep) = -1;
	int r;

	if (snprintf(temporary, sizeof(temporary), "%s.new", path) >= (int)sizeof(temporary))
		return -ENAMETOOLONG;
	/* What a crash or somebody else left under this name must not lend its owner or mode to the
	 * new file. */
	if (unlinkat(dirfd, temporary, 0) < 0 && errno != ENOENT)
		return -errno;
	fd = openat(dirfd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (fd < 0)
		return -errno;
	r = weir_write_full(fd, data, len);
	if (r >= 0 && fsync(fd) < 0)
		r = -errno;
	if (r >= 0 && renameat(dirfd, temporary, dirfd, path) < 0)
		r = -errno;
	if (r < 0) {
		(void)unlinkat(dirfd, temporary, 0);
		return r;
	}
	return sync_parent(dirfd, path);
}

int weir_mkdir_parents(const char *path, mode_t mode)
{
	char part[PATH_MAX];
	struct stat st;

	if (strlen(path) >= sizeof(part))
		return -ENAMETOOLONG;
	for (const char *end = path; *end;) {
		end = strchrnul(end + 1, '/');
		(void)snprintf(part, sizeof(part), "%.*s", (int)(end - path), path);
		if (mkdir(part, mode) < 0 && errno != EEXIST)
			return -errno;
	}
	if (stat(path, &st) < 0)
		return -errno;
	return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
}

int weir_send_fd(int sock, const void *data, size_t len, int fd)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct iovec iov = {.iov_base = (void *)data, .iov_len = len};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

	if (fd >= 0) {
		struct cmsghdr *c;

		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control);
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(int));
	}
	for (;;) {
		if (sendmsg(sock, &msg, MSG_NOSIGNAL) >= 0)
			return 0;
		if (errno != EINTR)
			return -errno;
	}
}

/* Takes the descriptors out of msg: the only one into *ret_fd, several are all closed. */
static int take_fds(struct msghdr *msg, int *ret_fd)
{
	int found = -1, r = 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		size_t n;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < n; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
			if (found < 0 && r == 0) {
				found = fd;
				continue;
			}
			(void)weir_close(fd);
			r = -EPROTO;
		}
	}
	if (msg->msg_flags & MSG_CTRUNC)
		r = -EPROTO;
	if (r < 0)
		found = weir_close(found);
	*ret_fd = found;
	return r;
}

ssize_t weir_recv_fd(int sock, void *data, size_t len, int *ret_fd)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int) * 4)];
	} control = {0};
	struct iovec iov = {.iov_base = data, .iov_len = len};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = &control,
			     .msg_controllen = sizeof(control)};
	ssize_t n;
	int r;

	*ret_fd = -1;
	do {
		n = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	r = take_fds(&msg, ret_fd);
	if (r < 0)
		return r;
	if (msg.msg_flags & MSG_TRUNC) {
		*ret_fd = weir_close(*ret_fd);
		return -EMSGSIZE;
	}
	return n;
}
