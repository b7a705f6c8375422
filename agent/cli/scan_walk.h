/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CLI_SCAN_WALK_H
#define WEIR_CLI_SCAN_WALK_H

/* The files below some paths, one after the other, opened for reading. Symbolic links are followed
 * where the person named them and nowhere else; what is not a regular file is left out below the
 * named paths, as are the kernel's own file systems (proc, sysfs and the like). "-" is standard
 * input. */

#include "weir/base/macros.h"

struct weir_walk;

/* paths: a NULL-terminated list, borrowed. */
int weir_walk_new(char *const *paths, struct weir_walk **ret) _must_use_;
void weir_walk_free(struct weir_walk *walk);
DEFINE_CLEANUP(weir_walk_free, struct weir_walk *);

/* 1: *ret_path (borrowed until the next call) and *ret_fd, which now belongs to the caller, or
 * *ret_fd is the negative errno of a path that can't be read. 0: no more. Negative errno: the walk
 * can't be begun. */
int weir_walk_next(struct weir_walk *walk, const char **ret_path, int *ret_fd) _must_use_;

#endif
