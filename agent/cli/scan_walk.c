/* SPDX-License-Identifier: Apache-2.0 */
#include "scan_walk.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "weir/base/fd.h"

#define OPEN_FLAGS (O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)

struct weir_walk {
	FTS *fts;		 /* NULL when only standard input is asked for */
	char **paths;		 /* what is given to fts: not owned strings */
	bool stdin_due, fts_due; /* not begun yet */
	int root;		 /* the named folder that is walked, -1 when none */
	dev_t device;		 /* of the folder entered last */
};

int weir_walk_new(char *const *paths, struct weir_walk **ret)
{
	struct weir_walk *w _cleanup_(weir_walk_freep) = calloc(1, sizeof(*w));
	size_t n = 0, kept = 0;

	if (!w)
		return -ENOMEM;
	w->root = -1;
	while (paths[n])
		n++;
	w->paths = calloc(n + 1, sizeof(*w->paths));
	if (!w->paths)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		if (strcmp(paths[i], "-") == 0)
			w->stdin_due = true;
		else
			w->paths[kept++] = paths[i];
	}
	w->fts_due = kept > 0;
	*ret = TAKE_PTR(w);
	return 0;
}

void weir_walk_free(struct weir_walk *w)
{
	if (!w)
		return;
	if (w->fts)
		(void)fts_close(w->fts);
	(void)weir_close(w->root);
	free(w->paths);
	free(w);
}

/* Below a named folder the path is walked again by the kernel, from the folder's descriptor,
 * without symbolic links: a folder that was swapped for a link since it was listed is not followed.
 */
static int open_below(int root, const char *path)
{
	struct open_how how = {.flags = OPEN_FLAGS,
			       .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
					  RESOLVE_NO_MAGICLINKS};
	int fd = (int)syscall(SYS_openat2, root, path, &how, sizeof(how));

	if (fd < 0 && errno == ENOSYS)
		fd = openat(root, path, OPEN_FLAGS | O_NOFOLLOW);
	return fd < 0 ? -errno : fd;
}

/* -ENOENT when it is no regular file any more. */
static int open_file(const struct weir_walk *w, const FTSENT *entry)
{
	const FTSENT *top = entry;
	const char *below;
	struct stat st;
	int fd;

	if (entry->fts_level == FTS_ROOTLEVEL) {
		fd = open(entry->fts_path, OPEN_FLAGS);
		return fd < 0 ? -errno : fd;
	}
	while (top->fts_level > FTS_ROOTLEVEL)
		top = top->fts_parent;
	below = entry->fts_path + top->fts_pathlen;
	fd = open_below(w->root, below + strspn(below, "/"));
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		(void)weir_close(fd);
		return -ENOENT;
	}
	return fd;
}

static bool kernels_own(const char *path)
{
	struct statfs fs;

	if (statfs(path, &fs) < 0)
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

/* 0, or the error that is to be told of this folder. */
static int enter(struct weir_walk *w, FTSENT *entry)
{
	bool mount = entry->fts_statp->st_dev != w->device;

	w->device = entry->fts_statp->st_dev;
	if (entry->fts_level > FTS_ROOTLEVEL) {
		if (mount && kernels_own(entry->fts_path))
			(void)fts_set(w->fts, entry, FTS_SKIP);
		return 0;
	}
	(void)weir_close(w->root);
	w->root = open(entry->fts_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (w->root >= 0)
		return 0;
	(void)fts_set(w->fts, entry, FTS_SKIP);
	return -errno;
}

/* 1: to be told, as a descriptor or an error; 0: nothing to tell. */
static int visit(struct weir_walk *w, FTSENT *entry, int *ret_fd)
{
	bool named = entry->fts_level == FTS_ROOTLEVEL;

	switch (entry->fts_info) {
	case FTS_D:
		*ret_fd = enter(w, entry);
		return *ret_fd < 0;
	case FTS_F:
		*ret_fd = open_file(w, entry);
		return 1;
	case FTS_DEFAULT: /* a pipe or device: only when it was named */
		if (named)
			*ret_fd = open_file(w, entry);
		return named;
	case FTS_SLNONE:
		*ret_fd = -ENOENT;
		return named;
	case FTS_DNR:
	case FTS_ERR:
	case FTS_NS:
		*ret_fd = entry->fts_errno ? -entry->fts_errno : -EIO;
		return 1;
	case FTS_DC:
		*ret_fd = -ELOOP;
		return 1;
	default:
		return 0;
	}
}

int weir_walk_next(struct weir_walk *w, const char **ret_path, int *ret_fd)
{
	FTSENT *entry;

	if (w->stdin_due) {
		w->stdin_due = false;
		*ret_path = "-";
		*ret_fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
		if (*ret_fd < 0)
			*ret_fd = -errno;
		return 1;
	}
	if (w->fts_due) {
		w->fts_due = false;
		w->fts = fts_open(w->paths, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, NULL);
		if (!w->fts)
			return -errno;
	}
	while (w->fts && (entry = fts_read(w->fts))) {
		if (!visit(w, entry, ret_fd))
			continue;
		*ret_path = entry->fts_path;
		return 1;
	}
	return 0;
}
