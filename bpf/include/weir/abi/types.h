/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef WEIR_ABI_TYPES_H
#define WEIR_ABI_TYPES_H

/* Names that the kernel programs and user space share: the only folder that both include. Fixed width, widest first,
 * explicit padding, no packed. A change of any size, offset or meaning raises bpf/ABI_VERSION (see bpf/README.md). */

#ifndef __bpf__
#include <linux/types.h>
#endif

#define WEIR_ABI_VERSION 2

/* Detectors that the kernel counts; labels carry the same slots. */
enum weir_abi_detector {
	WEIR_ABI_DET_CN_RESIDENT_ID = 0,
	WEIR_ABI_DET_PAYMENT_CARD = 1,
	WEIR_ABI_DET_CN_MOBILE =
		2, /* in labels only: no check digit, so the kernel does not count it */
	_WEIR_ABI_DET_MAX = 4,
};

enum weir_abi_channel {
	WEIR_ABI_CHANNEL_NONE = 0,
	WEIR_ABI_CHANNEL_FILE = 1,
	WEIR_ABI_CHANNEL_REMOVABLE = 2,
	WEIR_ABI_CHANNEL_SHARE = 3,
	WEIR_ABI_CHANNEL_NETWORK = 4,
	WEIR_ABI_CHANNEL_AGENT = 6, /* what is ours: processes, programs, files. 5 is weir.v1's */
	_WEIR_ABI_CHANNEL_MAX = 8,
};

enum weir_abi_action {
	WEIR_ABI_ACTION_ALLOW = 0, /* not looked at, not reported */
	WEIR_ABI_ACTION_AUDIT = 1, /* counted and reported, let through */
	WEIR_ABI_ACTION_BLOCK = 2, /* refused with EACCES */
	WEIR_ABI_ACTION_WARN = 3,  /* refused like BLOCK, unless a pass is used up for it */
};

/* Why a verdict is what it is. */
enum weir_abi_cause {
	WEIR_ABI_CAUSE_NONE = 0,
	WEIR_ABI_CAUSE_CONTENT = 1, /* distinct identifiers reached the limit */
	WEIR_ABI_CAUSE_LABEL =
		2, /* the writer opened labelled data and this write carries some of its kind */
	WEIR_ABI_CAUSE_UNREADABLE = 3, /* the buffer could not be read */
	WEIR_ABI_CAUSE_TOO_LONG = 4,   /* longer than the scan may read in one call */
	WEIR_ABI_CAUSE_OPAQUE = 5,     /* no buffer in the call: splice, sendfile, io_uring, aio */
	WEIR_ABI_CAUSE_NO_STATE =
		6, /* no room for the count of this file or socket, or no scan buffer free */
	WEIR_ABI_CAUSE_OPEN = 7,   /* the profile refuses opening for writing */
	WEIR_ABI_CAUSE_CLOSED = 8, /* an earlier verdict closed this file or socket */
	WEIR_ABI_CAUSE_DEVICE = 9, /* the rule of the device refuses it, whatever the content */
	WEIR_ABI_CAUSE_GUARD = 10, /* it would have touched what is ours */
	_WEIR_ABI_CAUSE_MAX,
};

enum weir_abi_tier {
	WEIR_ABI_TIER_NONE = 0,
	WEIR_ABI_TIER_LSM = 1,
	WEIR_ABI_TIER_FMOD_RET = 2,
	WEIR_ABI_TIER_OBSERVE = 3,
	WEIR_ABI_TIER_SCAN = 4,
};

enum weir_abi_hook {
	WEIR_ABI_HOOK_NONE = 0,
	WEIR_ABI_HOOK_FILE_OPEN = 1,
	WEIR_ABI_HOOK_FILE_PERMISSION = 2,
	WEIR_ABI_HOOK_SOCKET_SENDMSG = 3,
	WEIR_ABI_HOOK_CGROUP_EGRESS = 4,
	WEIR_ABI_HOOK_FANOTIFY_OPEN = 5,
	WEIR_ABI_HOOK_FANOTIFY_CLOSE = 6,
	WEIR_ABI_HOOK_MMAP_FILE = 7,
	WEIR_ABI_HOOK_FILE_MPROTECT = 8,
	WEIR_ABI_HOOK_FAULT_IN = 9, /* the second look at a buffer, once its pages are there */
	WEIR_ABI_HOOK_VOLUME_CHANGE = 10, /* names, links and attributes on a volume */
	WEIR_ABI_HOOK_VOLUME_MOUNT = 11,
	WEIR_ABI_HOOK_NODE_IOCTL = 12,	  /* commands to a device past its file operations */
	WEIR_ABI_HOOK_GUARD_BPF = 13,	  /* maps, programs and links of ours */
	WEIR_ABI_HOOK_GUARD_FILE = 14,	  /* files and folders, pins among them */
	WEIR_ABI_HOOK_GUARD_MOUNT = 15,	  /* mounts on or of them */
	WEIR_ABI_HOOK_GUARD_SIGNAL = 16,  /* signals to our processes */
	WEIR_ABI_HOOK_GUARD_TRACE = 17,	  /* their memory and descriptors */
	WEIR_ABI_HOOK_GUARD_LIMIT = 18,	  /* their limits and priorities */
	WEIR_ABI_HOOK_GUARD_CONTROL = 19, /* their files in /proc and their cgroup */
	WEIR_ABI_HOOK_CGROUP_DEVICE =
		20, /* opening a device's node, where only a cgroup's programs can refuse */
	_WEIR_ABI_HOOK_MAX,
};

/* A file or socket. dev is the kernel's s_dev, major << 20 | minor, as mountinfo prints it. No generation: user space can't
 * read it on FAT; the kernel forgets an inode when it is deleted, and content ids guard what is kept longer. */
struct weir_abi_inode {
	__u64 ino;
	__u32 dev;
	__u32 pad; /* 0 */
};

/* With a device's own number as dev: the device node, not a file on it. Block and character devices are numbered apart. */
#define WEIR_ABI_INO_BLOCK 0xffffffffffffffffULL
#define WEIR_ABI_INO_CHAR  0xfffffffffffffffeULL

#define WEIR_ABI_DEV(major, minor) (((__u32)(major) << 20) | ((__u32)(minor)&0xfffff))
#define WEIR_ABI_DEV_MAJOR(dev)	   ((__u32)(dev) >> 20)
#define WEIR_ABI_DEV_MINOR(dev)	   ((__u32)(dev)&0xfffff)

_Static_assert(sizeof(struct weir_abi_inode) == 16, "weir_abi_inode");

#endif
