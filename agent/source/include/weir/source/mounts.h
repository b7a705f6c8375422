/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_SOURCE_MOUNTS_H
#define WEIR_SOURCE_MOUNTS_H

/* The mounts of this mount namespace, kept up to date from mountinfo. What other namespaces have
 * mounted is not seen here. Caps: 8 MiB of text, 16,384 mounts; a mount whose path does not fit is
 * left out and counted. One thread. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/base/macros.h"

#define WEIR_MOUNT_PATH_MAX 1024
#define WEIR_MOUNTS_MAX	    16384

struct weir_mount {
	uint32_t id;
	uint32_t parent;
	uint32_t dev;			 /* WEIR_ABI_DEV of the superblock */
	char root[WEIR_MOUNT_PATH_MAX];	 /* folder of the file system that is mounted */
	char point[WEIR_MOUNT_PATH_MAX]; /* unescaped */
	char fstype[32];		 /* cut */
	char source[256];		 /* cut */
};

struct weir_mounts;

/* One line of mountinfo, len bytes without the newline. 0, -EINVAL (not such a line),
 * -ENAMETOOLONG; *ret untouched on failure. */
int weir_mount_parse(const char *line, size_t len, struct weir_mount *ret) _must_use_;

/* path: NULL for /proc/self/mountinfo. Nothing is read yet. */
int weir_mounts_new(const char *path, struct weir_mounts **ret) _must_use_;
void weir_mounts_free(struct weir_mounts *mounts);
DEFINE_CLEANUP(weir_mounts_free, struct weir_mounts *);

/* For epoll with EPOLLPRI: readable that way when something changed. */
int weir_mounts_fd(const struct weir_mounts *mounts);

/* Has something changed that no refresh has read yet? Asks the kernel, whatever became of the event of the descriptor above; a table
 * that is an ordinary file is stale until it is read, and then no more. */
bool weir_mounts_stale(struct weir_mounts *mounts);

/* Reads the table again and calls fn for every mount that went, then for every one that came (the
 * first time: all). The mount is borrowed for the call; when fn sees a new mount the lookups below
 * already know the new table. 0, or negative errno with the old table kept. */
typedef void (*weir_mounts_fn)(void *context, const struct weir_mount *mount, bool added);
int weir_mounts_refresh(struct weir_mounts *mounts, weir_mounts_fn fn, void *context) _must_use_;

/* Borrowed until the next refresh; NULL when there is none. path: the mount that the absolute path
 * lies on; dev: any mount of it, one of the whole file system where there is a choice. */
const struct weir_mount *weir_mounts_by_id(const struct weir_mounts *mounts, uint32_t id);
const struct weir_mount *weir_mounts_by_dev(const struct weir_mounts *mounts, uint32_t dev);
const struct weir_mount *weir_mounts_by_path(const struct weir_mounts *mounts, const char *path);
const struct weir_mount *weir_mounts_at(const struct weir_mounts *mounts, size_t i);
size_t weir_mounts_count(const struct weir_mounts *mounts);

/* A mount of dev in another table, such as that of a process in another namespace. 0, -ENOENT, or why it
 * could not be read. */
int weir_mounts_look_up(const char *path, uint32_t dev, struct weir_mount *ret) _must_use_;

/* Lines that could not be taken in since the start. */
uint64_t weir_mounts_skipped(const struct weir_mounts *mounts);

#endif
