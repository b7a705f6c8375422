/* SPDX-License-Identifier: Apache-2.0 */
/* Is opening a disk's node refused? In the child of the self-test, by a node of a number that no disk has, made in the scratch
 * folder: the programs are asked before the disk is looked for, so that what they let through ends with ENXIO. */

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "kernel_private.h"
#include "weir/base/fd.h"

/* Block drivers get no number above 511. */
#define NO_DISK_MAJOR 4095
#define NO_DISK_MINOR 0xfffff

static int open_node(void)
{
	int fd _cleanup_(weir_closep) = open("disk", O_WRONLY | O_CLOEXEC);

	return fd < 0 && errno != ENXIO ? errno : 0;
}

/* On a tmpfs of its own: others allow no nodes. */
static int make_node(const struct weir_kernel *kernel)
{
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("weir-selftest", kernel->scratch_dir, "tmpfs", MS_NOSUID | MS_NOEXEC,
		  "size=64k,mode=0700") < 0 ||
	    chdir(kernel->scratch_dir) < 0 ||
	    mknod("disk", S_IFBLK | 0600, makedev(NO_DISK_MAJOR, NO_DISK_MINOR)) < 0)
		return -errno;
	return 0;
}

int kernel_node_probe(struct weir_kernel *kernel, int out)
{
	const uint32_t dev = WEIR_ABI_DEV(NO_DISK_MAJOR, NO_DISK_MINOR);
	const struct weir_abi_volume sink = {.channel = WEIR_ABI_CHANNEL_REMOVABLE,
					     .profile = WEIR_ABI_PROFILE_SELFTEST};
	int denied, clean, r;

	kernel_enter_cgroup(kernel);
	r = make_node(kernel);
	if (r < 0)
		return r;
	clean = open_node(); /* nobody's yet */
	r = weir_kernel_set_volume(kernel, dev, &sink);
	if (r < 0)
		return r;
	denied = open_node();
	(void)!weir_kernel_forget_volume(kernel, dev);
	return kernel_probe_tell(out, WEIR_ABI_HOOK_CGROUP_DEVICE, denied, clean);
}
