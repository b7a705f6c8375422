/* SPDX-License-Identifier: Apache-2.0 */
/* Every step below a named folder is taken from the folder's descriptor, without following links: a
 * folder that is swapped for a link is not entered. */
#include "weir/cli/scan_walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "weir/base/buf.h"
#include "weir/base/fd.h"

#define OPEN_FLAGS   (O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
#define FOLDER_FLAGS (O_RDONLY | O_DIRECTORY | O_CLOEXEC)
#define PATH_BYTES   ((size_t)WEIR_WALK_DEPTH * (NAME_MAX + 1) + PATH_MAX)

struct level {
	DIR *dir;
	size_t path_len; /* of the folder's own path */
	dev_t device;
};

struct weir_walk {
	char *const *paths; /* what is still to come */
	struct weir_buf path;
	unsigned depth;
	bool peek; /* sizes alone */
	struct level levels[WEIR_WALK_DEPTH];
};

int weir_walk_new(char *const *paths, struct weir_walk **ret)
{
	struct weir_walk *w = calloc(1, sizeof(*w));

	if (!w)
		return -ENOMEM;
	w->paths = paths;
	w->path = WEIR_BUF_INIT(PATH_BYTES);
	*ret = w;
	return 0;
}

void weir_walk_free(struct weir_walk *w)
{
	if (!w)
		return;
	while (w->depth > 0)
		(void)closedir(w->levels[--w->depth].dir);
	weir_buf_done(&w->path);
	free(w);
}

static bool kernels_own(int fd)
{
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0)
		return false;
	switch (fs.f_type) {
	case PROC_SUPER_MAGIC:
	case SYSFS_MAGIC:
	case DEBUGFS_MAGIC:
	case TRACEFS_MAGIC:
	case SECURITYFS_MAGIC:
	case CGROUP_SUPER_MAGIC:
	case CGROUP2_SUPER_MAGIC:
	case BPF_FS_MAGIC:
	case DEVPTS_SUPER_MAGIC:
	case SELINUX_MAGIC:
	case EFIVARFS_MAGIC:
		return true;
	default:
		return false;
	}
}

static int told(struct weir_walk_file *ret, int error)
{
	ret->fd = error;
	return 1;
}

/* Takes ownership of fd, a folder whose path stands in w->path. 0, or 1 when there is an error to tell. */
static int enter(struct weir_walk *w, int fd, dev_t device, struct weir_walk_file *ret)
{
	DIR *dir;

	if (w->depth == WEIR_WALK_DEPTH) {
		(void)weir_close(fd);
		return told(ret, -ENAMETOOLONG);
	}
	dir = fdopendir(fd);
	if (!dir) {
		int error = -errno;

		(void)weir_close(fd);
		return told(ret, error);
	}
	w->levels[w->depth++] =
		(struct level){.dir = dir, .path_len = w->path.len, .device = device};
	return 0;
}

static int set_path(struct weir_walk *w, size_t len, const char *name)
{
	int r;

	w->path.len = len;
	if (len > 0 && w->path.data[len - 1] != '/') {
		r = weir_buf_puts(&w->path, "/");
		if (r < 0)
			return r;
	}
	return weir_buf_puts(&w->path, name);
}

/* 0: nothing to tell, 1: told. fd is that of a file or a negative errno. */
static int take_file(struct weir_walk_file *ret, int fd, bool named)
{
	if (fd == -ENOENT && !named)
		return 0;
	if (fd >= 0 && fstat(fd, &ret->stat) < 0) {
		int error = -errno;

		(void)weir_close(fd);
		return told(ret, error);
	}
	if (fd >= 0 && !named && !S_ISREG(ret->stat.st_mode)) {
		(void)weir_close(fd);
		return 0;
	}
	return told(ret, fd);
}

static int visit_folder(struct weir_walk *w, int parent, const char *name,
			struct weir_walk_file *ret)
{
	const struct level *above = &w->levels[w->depth - 1];
	int fd = openat(parent, name, FOLDER_FLAGS | O_NOFOLLOW);
	struct stat st;

	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ? 0
									     : told(ret, -errno);
	if (fstat(fd, &st) < 0 || (st.st_dev != above->device && kernels_own(fd))) {
		(void)weir_close(fd);
		return 0;
	}
	return enter(w, fd, st.st_dev, ret);
}

static int visit_file(struct weir_walk *w, int parent, const char *name, struct weir_walk_file *ret)
{
	int fd;

	if (w->peek) {
		ret->fd = -1;
		return fstatat(parent, name, &ret->stat, AT_SYMLINK_NOFOLLOW) == 0;
	}
	fd = openat(parent, name, OPEN_FLAGS | O_NOFOLLOW);
	if (fd < 0 && errno == ELOOP)
		return 0;
	return take_file(ret, fd < 0 ? -errno : fd, false);
}

static unsigned char type_of(int parent, const struct dirent *entry)
{
	struct stat st;

	if (entry->d_type != DT_UNKNOWN)
		return entry->d_type;
	if (fstatat(parent, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return DT_UNKNOWN;
	return S_ISREG(st.st_mode) ? DT_REG : S_ISDIR(st.st_mode) ? DT_DIR : DT_LNK;
}

/* One entry of the folder that is walked. 0: nothing to tell, 1: told; -ENOMEM. */
static int step(struct weir_walk *w, struct weir_walk_file *ret)
{
	const struct level *level = &w->levels[w->depth - 1];
	int parent = dirfd(level->dir), r;
	const struct dirent *entry;

	errno = 0;
	entry = readdir(level->dir);
	if (!entry) {
		int error = errno;

		w->path.len = level->path_len;
		if (w->path.data)
			w->path.data[w->path.len] = '\0';
		(void)closedir(level->dir);
		w->depth--;
		return error ? told(ret, -error) : 0;
	}
	if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
		return 0;
	r = set_path(w, level->path_len, entry->d_name);
	if (r < 0)
		return r;
	switch (type_of(parent, entry)) {
	case DT_REG:
		return visit_file(w, parent, entry->d_name, ret);
	case DT_DIR:
		return visit_folder(w, parent, entry->d_name, ret);
	default:
		return 0;
	}
}

static int begin_stdin(struct weir_walk_file *ret)
{
	int fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);

	return take_file(ret, fd < 0 ? -errno : fd, true);
}

/* A path that the person named. */
static int begin(struct weir_walk *w, const char *path, struct weir_walk_file *ret)
{
	int fd, r;

	w->path.len = 0;
	r = weir_buf_puts(&w->path, path);
	if (r < 0)
		return r;
	if (strcmp(path, "-") == 0)
		return w->peek ? 0 : begin_stdin(ret);
	fd = open(path, OPEN_FLAGS);
	if (fd < 0 || fstat(fd, &ret->stat) < 0 || !S_ISDIR(ret->stat.st_mode))
		return take_file(ret, fd < 0 ? -errno : fd, true);
	return enter(w, fd, ret->stat.st_dev, ret);
}

int weir_walk_next(struct weir_walk *w, struct weir_walk_file *ret)
{
	int r = 0;

	while (r == 0) {
		if (w->depth > 0) {
			r = step(w, ret);
		} else {
			if (!*w->paths)
				return 0;
			r = begin(w, *w->paths++, ret);
		}
	}
	ret->path = w->path.data;
	return r;
}

int weir_walk_next_size(struct weir_walk *w, uint64_t *ret_size)
{
	struct weir_walk_file file;
	int r;

	w->peek = true;
	file.stat.st_size = 0;
	r = weir_walk_next(w, &file);
	if (r <= 0)
		return r;
	if (file.fd >= 0)
		(void)weir_close(file.fd);
	*ret_size = file.stat.st_size > 0 ? (uint64_t)file.stat.st_size : 0;
	return 1;
}
