/* SPDX-License-Identifier: Apache-2.0 */
#include "gate_place.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "weir/base/fd.h"
#include "weir/source/mounts.h"

#define TABLE_MAX (128 << 10) /* some 800 mounts; anybody can have more in a namespace of his own */
#define CHUNK	  (8 << 10)   /* the longest line that is understood */

struct reader {
	int fd;
	size_t len, taken, total;
	char text[CHUNK];
};

/* The next line; 0: there is no more. */
static int next_line(struct reader *reader, const char **ret, size_t *ret_len)
{
	for (;;) {
		char *end = memchr(reader->text + reader->taken, '\n', reader->len - reader->taken);
		ssize_t n;

		if (end) {
			*ret = reader->text + reader->taken;
			*ret_len = (size_t)(end - *ret);
			reader->taken += *ret_len + 1;
			return 1;
		}
		reader->len -= reader->taken;
		memmove(reader->text, reader->text + reader->taken, reader->len);
		reader->taken = 0;
		if (reader->len == sizeof(reader->text) || reader->total > TABLE_MAX)
			return -E2BIG;
		n = read(reader->fd, reader->text + reader->len,
			 sizeof(reader->text) - reader->len);
		if (n <= 0)
			return n < 0 ? -errno : 0;
		reader->len += (size_t)n;
		reader->total += (size_t)n;
	}
}

static int find_mount(const char *table, uint64_t id, struct weir_mount *ret)
{
	int fd _cleanup_(weir_closep) = open(table, O_RDONLY | O_CLOEXEC);
	struct reader reader = {.fd = fd};
	const char *line = NULL;
	size_t len = 0;
	int r;

	if (fd < 0)
		return -errno;
	while ((r = next_line(&reader, &line, &len)) > 0)
		if (weir_mount_parse(line, len, ret) == 0 && ret->id == id)
			return 0;
	return r < 0 ? r : -ENOENT;
}

/* What is left of path behind folder, "" or from a slash on; NULL: it is not below. */
static const char *behind(const char *folder, const char *path)
{
	size_t len = strcmp(folder, "/") == 0 ? 0 : strlen(folder);

	return strncmp(path, folder, len) == 0 && (path[len] == '/' || path[len] == '\0')
		       ? path + len
		       : NULL;
}

/* A process that has changed its root is told of mounts as they are seen from there. */
static int root_of(const char *process, char *ret, size_t size)
{
	char link[64];
	ssize_t n;

	if (snprintf(link, sizeof(link), "%s/root", process) >= (int)sizeof(link))
		return -ENAMETOOLONG;
	n = readlink(link, ret, size - 1);
	if (n <= 0 || (size_t)n >= size - 1)
		return -ENOENT;
	ret[n] = '\0';
	return 0;
}

static int mount_of(int fd, const char *process, struct weir_mount *ret)
{
	struct statx stx;
	char table[64];

	if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_MNT_ID, &stx) < 0)
		return -errno;
	if (!(stx.stx_mask & STATX_MNT_ID))
		return -ENOENT;
	if (snprintf(table, sizeof(table), "%s/mountinfo", process) >= (int)sizeof(table))
		return -ENAMETOOLONG;
	return find_mount(table, stx.stx_mnt_id, ret);
}

int gate_place(int fd, const char *path, const char *process, char *ret, size_t size)
{
	char root[PATH_MAX];
	struct weir_mount mount;
	int r = root_of(process, root, sizeof(root));

	if (r == 0)
		r = mount_of(fd, process, &mount);
	if (r < 0)
		return r;
	path = behind(root, path);
	if (path)
		path = behind(mount.point, path);
	if (!path)
		return -ENOENT;
	r = snprintf(ret, size, "%s%s", strcmp(mount.root, "/") == 0 ? "" : mount.root, path);
	if (r < 0 || (size_t)r >= size)
		return -E2BIG;
	if (r == 0)
		(void)snprintf(ret, size, "/");
	return 0;
}
