/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEST_TREE_H
#define TEST_TREE_H

/* A made tree of files and links, such as a sysfs. Paths are below root; folders are made on the way. Needs cmocka.h before it. */

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "weir/base/fd.h"

#define TREE_PATH 512

static inline void tree_path(const char *root, const char *path, char full[static TREE_PATH])
{
	char dir[TREE_PATH];

	snprintf(full, TREE_PATH, "%s/%s", root, path);
	snprintf(dir, sizeof(dir), "%s", full);
	*strrchr(dir, '/') = '\0';
	assert_int_equal(weir_mkdir_parents(dir, 0700), 0);
}

static inline void tree_put(const char *root, const char *path, const char *text)
{
	char full[TREE_PATH];

	tree_path(root, path, full);
	assert_int_equal(weir_write_file_atomic(AT_FDCWD, full, text, strlen(text), 0600), 0);
}

static inline void tree_link(const char *root, const char *path, const char *target)
{
	char full[TREE_PATH];

	tree_path(root, path, full);
	assert_int_equal(symlink(target, full), 0);
}

#endif
