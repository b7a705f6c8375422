/* SPDX-License-Identifier: Apache-2.0 */
/* Landlock by its system calls: the libraries' headers are older than the kernels this runs on. */

#include "steps.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "weir/base/fd.h"

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule	    445
#define SYS_landlock_restrict_self  446
#endif

#define VERSION_QUESTION 1U
#define PATH_BENEATH	 1
#define EXECUTE		 UINT64_C(1)
#define READ_FILE	 (UINT64_C(1) << 2)
#define READ_DIR	 (UINT64_C(1) << 3)

/* struct landlock_ruleset_attr; the kernel takes a shorter one from older callers, so the size says
 * which version. */
struct ruleset {
	uint64_t fs;	 /* version 1 */
	uint64_t net;	 /* version 4 */
	uint64_t scoped; /* version 6 */
};

/* struct landlock_path_beneath_attr: the kernel's has no padding, and reads nothing behind it. */
struct beneath {
	uint64_t rights;
	int32_t parent;
};

static uint64_t fs_rights(long version)
{
	uint64_t rights = (UINT64_C(1) << 13) - 1; /* execute, read, write, remove, make */

	if (version >= 2)
		rights |= UINT64_C(1) << 13; /* refer */
	if (version >= 3)
		rights |= UINT64_C(1) << 14; /* truncate */
	if (version >= 5)
		rights |= UINT64_C(1) << 15; /* ioctl on devices */
	return rights;
}

static long landlock_version(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, VERSION_QUESTION);
}

bool weir_sandbox_kernel_has_landlock(void)
{
	return landlock_version() >= 1;
}

static int create(long version)
{
	struct ruleset ruleset = {0};
	size_t size = offsetof(struct ruleset, net);
	int fd;

	ruleset.fs = fs_rights(version);
	if (version >= 4) {
		ruleset.net = 3; /* bind, connect */
		size = offsetof(struct ruleset, scoped);
	}
	if (version >= 6) {
		ruleset.scoped = 3; /* abstract sockets, signals */
		size = sizeof(ruleset);
	}
	fd = (int)syscall(SYS_landlock_create_ruleset, &ruleset, size, 0);
	return fd < 0 ? -errno : fd;
}

/* Everything below path, or the file itself. What is not there needs no rule. */
static int let(int ruleset, const char *path, uint64_t rights)
{
	struct beneath rule = {.rights = rights};
	int fd _cleanup_(weir_closep) = open(path, O_PATH | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return 0;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISDIR(st.st_mode))
		rule.rights &= ~READ_DIR;
	rule.parent = fd;
	return syscall(SYS_landlock_add_rule, ruleset, PATH_BENEATH, &rule, 0) < 0 ? -errno : 0;
}

static int let_all(int ruleset, const char *const *paths, uint64_t rights)
{
	int r = 0;

	for (; r == 0 && paths && *paths; paths++)
		r = let(ruleset, *paths, rights);
	return r;
}

int weir_sandbox_landlock(const struct weir_sandbox_paths *paths)
{
	long version = landlock_version();
	int fd _cleanup_(weir_closep) = -1, r;

	if (version < 1)
		return 0; /* not built in, or not switched on */
	fd = create(version);
	if (fd < 0)
		return fd;
	if (paths) {
		r = let_all(fd, paths->read, READ_FILE | READ_DIR);
		if (r == 0)
			r = let_all(fd, paths->run, READ_FILE | EXECUTE);
		if (r < 0)
			return r;
	}
	if (syscall(SYS_landlock_restrict_self, fd, 0) < 0)
		return -errno;
	return 1;
}
