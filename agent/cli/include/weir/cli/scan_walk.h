/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CLI_SCAN_WALK_H
#define WEIR_CLI_SCAN_WALK_H

/* The files below some paths, one after the other, opened for reading. Symbolic links are followed
 * where the person named them and nowhere else, also when a folder is swapped for a link meanwhile;
 * what is not a regular file is left out below the named paths, as are the kernel's own file systems
 * (proc, sysfs and the like). "-" is standard input. Memory and descriptors do not grow with the tree:
 * one descriptor for each level, and a folder deeper than WEIR_WALK_DEPTH is told as an error. */

#include <stdint.h>
#include <sys/stat.h>

#include "weir/base/macros.h"

#define WEIR_WALK_DEPTH 200

struct weir_walk;

struct weir_walk_file {
	const char *path; /* borrowed until the next call */
	int fd;		  /* belongs to the caller; or the negative errno of what can't be read */
	struct stat stat; /* of fd; not set when that is negative */
};

/* paths: a NULL-terminated list, borrowed. */
int weir_walk_new(char *const *paths, struct weir_walk **ret) _must_use_;
void weir_walk_free(struct weir_walk *walk);
DEFINE_CLEANUP(weir_walk_free, struct weir_walk *);

/* 1: the next file in *ret; 0: no more; -ENOMEM. What vanished since it was listed is passed over. */
int weir_walk_next(struct weir_walk *walk, struct weir_walk_file *ret) _must_use_;

/* The same without opening any file: 1 and the size of the next one. Not mixed with the other. */
int weir_walk_next_size(struct weir_walk *walk, uint64_t *ret_size) _must_use_;

#endif
