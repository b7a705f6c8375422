/* SPDX-License-Identifier: Apache-2.0 */
#include "privilege.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static int become(uint32_t uid, uint32_t gid)
{
	gid_t group = gid;

	/* Ends with EINVAL at the first number that this kernel doesn't know. */
	for (int cap = 0; prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == 0; cap++)
		;
	if (errno != EINVAL)
		return -errno;
	if (setgroups(1, &group) < 0 || setresgid(gid, gid, gid) < 0 ||
	    setresuid(uid, uid, uid) < 0)
		return -errno;
	return 0;
}

int sync_drop_privileges(bool switch_user, uint32_t uid, uint32_t gid)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[2] = {0};

	if (switch_user && geteuid() == 0) {
		int r = become(uid, gid);

		if (r < 0)
			return r;
	}
	if (geteuid() == 0 || getuid() == 0)
		return -EPERM;
	if (switch_user && (geteuid() != uid || getegid() != gid))
		return -EPERM;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	return syscall(SYS_capset, &header, none) < 0 ? -errno : 0;
}
