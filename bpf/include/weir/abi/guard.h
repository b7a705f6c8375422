/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef WEIR_ABI_GUARD_H
#define WEIR_ABI_GUARD_H

/* Keys and values of the maps by which what is ours is guarded. User space writes all of them; the kernel keeps weir_own up to
 * date at fork, exec and exit. */

#include "weir/abi/types.h"

#define WEIR_ABI_FINGERPRINT 32
#define WEIR_ABI_PIN_MOUNTS  6

/* One value, index 0. */
struct weir_abi_guard {
	__u64 open_until_ns; /* CLOCK_BOOTTIME: until then nothing is refused; set by a signed unlock */
	__u32 on;
	__u32 pins_dev;	    /* of the bpffs that holds the pins, as s_dev */
	__u32 host_mounts;  /* inode number of the mount namespace of process 1 */
	__u32 agent_mounts; /* and of the agent's */
	__u8 fingerprint
		[WEIR_ABI_FINGERPRINT]; /* of what the agent was started with; the kernel does not look at it */
	__u32 pin_mounts
		[WEIR_ABI_PIN_MOUNTS]; /* in the host's name space: numbers of the mount of the pins and of those below it; 0: none */
};

/* What a process of ours may do. */
enum weir_abi_role {
	WEIR_ABI_ROLE_NONE = 0,
	WEIR_ABI_ROLE_AGENT = 1,   /* everything */
	WEIR_ABI_ROLE_INSPECT = 2, /* nothing; it is only left alone */
	WEIR_ABI_ROLE_SYNC = 3,	   /* write where WEIR_ABI_GUARDED_SPOOL is set */
	WEIR_ABI_ROLE_TEST = 4,	   /* stands in for one of ours in the self-test */
	_WEIR_ABI_ROLE_MAX = 8,
};

/* Key: __u32, number of a thread in the initial namespace. */
struct weir_abi_own {
	__u64 start_boot_ns; /* of the thread; 0: entered by user space, filled in at the first look */
	__u32 role;	     /* enum weir_abi_role */
	__u32 pad;
};

enum weir_abi_guarded_flags {
	WEIR_ABI_GUARDED_FILE = 1 << 0,	  /* neither written nor renamed nor removed */
	WEIR_ABI_GUARDED_FOLDER = 1 << 1, /* nor is anything in it, nor anything mounted on it */
	WEIR_ABI_GUARDED_SPOOL = 1 << 2,  /* the sync may write in it */
	WEIR_ABI_GUARDED_ABOVE = 1
				 << 3, /* a folder above one of ours: not renamed, not mounted on */
	WEIR_ABI_GUARDED_CGROUP = 1
				  << 4, /* of ours or above it: its control files are not written */
	WEIR_ABI_GUARDED_TEST = 1 << 5, /* for the process of the self-test alone */
};

/* Key: struct weir_abi_inode. What of the file systems is ours. */
struct weir_abi_guarded {
	__u32 flags;
	__u32 role; /* of the process that executes this file; WEIR_ABI_ROLE_NONE: no program of ours */
};

_Static_assert(sizeof(struct weir_abi_guard) == 80, "weir_abi_guard");
_Static_assert(sizeof(struct weir_abi_own) == 16, "weir_abi_own");
_Static_assert(sizeof(struct weir_abi_guarded) == 8, "weir_abi_guarded");

#endif
