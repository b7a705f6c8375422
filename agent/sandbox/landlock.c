/* SPDX-License-Identifier: Apache-2.0 */
/* Landlock by its system calls: the libraries' headers are older than the kernels this runs on. */

#include "steps.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "weir/base/fd.h"

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_restrict_self  446
#endif

#define VERSION_QUESTION 1U

/* struct landlock_ruleset_attr; the kernel takes a shorter one from older callers, so the size says
 * which version. */
struct ruleset {
	uint64_t fs;	 /* version 1 */
	uint64_t net;	 /* version 4 */
	uint64_t scoped; /* version 6 */
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

int weir_sandbox_landlock(void)
{
	long version = landlock_version();
	struct ruleset ruleset = {0};
	size_t size = offsetof(struct ruleset, net);
	int fd _cleanup_(weir_closep) = -1;

	if (version < 1)
		return 0; /* not built in, or not switched on */
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
	if (fd < 0)
		return -errno;
	if (syscall(SYS_landlock_restrict_self, fd, 0) < 0)
		return -errno;
	return 1;
}
