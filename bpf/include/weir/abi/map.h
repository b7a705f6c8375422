/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef WEIR_ABI_MAP_H
#define WEIR_ABI_MAP_H

/* Keys and values of the maps. User space writes config, profiles, dests, volumes and labels; the kernel writes volumes
 * (what it classified itself), flows, procs and counters. All are pinned, so that enforcement outlives the agent. */

#include "weir/abi/record.h"

#define WEIR_ABI_PROFILES	   16
#define WEIR_ABI_PROFILE_NONE	   0 /* exempt: not looked at */
#define WEIR_ABI_PROFILE_REMOVABLE 1 /* what a volume gets that the kernel classified by itself */
#define WEIR_ABI_PROFILE_NETWORK   2 /* what a destination gets that no entry of dests matches */
#define WEIR_ABI_PROFILE_SHARE	   3
#define WEIR_ABI_PROFILE_READ_ONLY 4 /* devices whose rule is read-only */
#define WEIR_ABI_PROFILE_BLOCKED   5 /* devices whose rule is block */
#define WEIR_ABI_PROFILE_SELFTEST  15
#define WEIR_ABI_DESTS		   64

/* What is to happen on a sink. limit 0: this detector never decides. */
struct weir_abi_profile {
	__u32 limit
		[_WEIR_ABI_DET_MAX]; /* distinct values per file or socket at which action is taken */
	__u8 action;		     /* enum weir_abi_action, at the limit */
	__u8 on_unscannable; /* enum weir_abi_action: buffer unreadable, too long or opaque */
	__u8 on_failure;     /* enum weir_abi_action: no room for state */
	__u8 on_open; /* enum weir_abi_action: block refuses every opening for writing, every send; warn every send */
	__u32 flags; /* enum weir_abi_profile_flags */
	__u8 passed; /* of a profile that warns: the one that holds for what a pass was used for; 0: none */
	__u8 pad[3];
};

enum weir_abi_profile_flags {
	WEIR_ABI_PROFILE_IS_SELFTEST = 1 << 0, /* records carry WEIR_ABI_HDR_SELFTEST */
	WEIR_ABI_PROFILE_UNCHANGED = 1 << 1,   /* nothing on it is created, removed or altered */
	WEIR_ABI_PROFILE_UNREAD = 1 << 2,      /* it is not mounted, nothing on it is opened */
};

/* A destination that is not under the network profile: the first entry that matches decides. */
struct weir_abi_dest {
	__u8 addr[16]; /* network order, IPv4 mapped */
	__u16 port;    /* host order; 0: any */
	__u8 prefix;   /* bits of addr, 0-128 (IPv4: 96 + bits) */
	__u8 profile;  /* WEIR_ABI_PROFILE_NONE: exempt */
	__u32 pad;
};

/* A reason was given: one file or connection of this user may pass a profile that warns. Whoever takes the entry out of the map has
 * used it, so that it is used once. */
struct weir_abi_pass_key {
	__u32 uid; /* real, in the initial user namespace */
	__u32 profile;
};

struct weir_abi_pass {
	__u64 until_ns; /* CLOCK_BOOTTIME */
};

/* What a set of programs is told before it is loaded. */
struct weir_abi_settings {
	__u32 generation;
	__u32 tier; /* enum weir_abi_tier */
};

/* One value, index 0. Programs act when generation is theirs; for the process test_tgid, when test_generation is: new programs
 * are tested beside the old ones, then take over by one write. */
struct weir_abi_config {
	__u64 agent_start_ticks; /* with agent_tgid the one exempt process: its start since boot in 1/100 s, as /proc/PID/stat has it */
	__u64 taint_ns;		 /* how long opening labelled data is remembered */
	__u32 abi;		 /* WEIR_ABI_VERSION; programs do nothing on another number */
	__u32 generation;
	__u32 test_generation;
	__u32 test_tgid; /* 0: nobody */
	__u32 agent_tgid;
	__u32 dests; /* entries used in the dests map; entry 0 is the self-test's */
	__u32 hash_key[2];
	__u32 flags;	 /* enum weir_abi_config_flags */
	__u8 usb_volume; /* profile of a volume on USB that the agent has not entered */
	__u8 usb_node;	 /* profile of a device node that the agent has not entered */
	__u8 late_looks; /* 1: this host was seen to stop a write at a look at its pages once they are there */
	__u8 pad;
	struct weir_abi_profile profiles[WEIR_ABI_PROFILES];
};

enum weir_abi_config_flags {
	WEIR_ABI_CONFIG_UNREAD =
		1 << 0, /* some device may not be read: also openings for reading are looked at */
};

enum weir_abi_volume_flags {
	WEIR_ABI_VOLUME_BY_AGENT = 1 << 0, /* set by user space; the kernel does not overwrite it */
	WEIR_ABI_VOLUME_NODE =
		1 << 1, /* of the device itself: stays when a file system on it is unmounted */
};

/* Volumes. Key: __u32 dev, a superblock's s_dev; for file systems on a block device that is the device's number too, so the
 * node and what is mounted from it share an entry. Nodes: the same value, key the number of a character device. */
struct weir_abi_volume {
	__u64 diskseq; /* of the disk (5.15) or loop binding that is meant; another one is not known. 0: any */
	__u8 channel; /* WEIR_ABI_CHANNEL_NONE: looked at, not a sink */
	__u8 profile;
	__u16 flags;
	__u32 pad;
};

enum weir_abi_label_flags {
	WEIR_ABI_LABEL_CLEAN =
		1
		<< 0, /* looked at and nothing found; holds only while size and ctime are the same */
};

/* Key: struct weir_abi_inode. What is known about a file's content. */
struct weir_abi_label {
	__u64 size; /* content id: when either differs, a clean label is void */
	__u64 ctime_ns;
	__u64 classes; /* bit set, numbers of the policy's classes */
	__u32 distinct[_WEIR_ABI_DET_MAX];
	__u32 flags;
	__u32 pad;
};

/* Key: __u32 tgid. Facts at the last exec, copied to children on fork, gone with the process; and what labelled data it
 * opened. Facts are kept in the kernel because a short-lived writer is gone before user space reads its record. */
struct weir_abi_proc {
	struct weir_abi_process process;
	struct weir_abi_inode label; /* the labelled file with the most values that it opened */
	__u64 tainted_until_ns;	     /* CLOCK_BOOTTIME; 0: never opened one */
	__u64 audited_ns; /* last record of something that could not be looked at, CLOCK_BOOTTIME */
	__u64 audits_suppressed; /* such records left out since */
	__u32 labelled[_WEIR_ABI_DET_MAX];
};

/* Key: struct weir_abi_inode. A pipe, end of a pair of sockets or file that a process wrote to after it had opened labelled data:
 * what the content does not show is known from there. */
struct weir_abi_carrier {
	struct weir_abi_inode label; /* of the labelled file */
	__u64 until_ns; /* CLOCK_BOOTTIME; 0: what was written so far tells nothing, and nobody is tainted by it */
	__u32 labelled[_WEIR_ABI_DET_MAX];
	__u32 bytes; /* written in all, as far as it matters */
	__u32 pad;
};

/* Drops and failures by cause, per CPU. */
enum weir_abi_counter {
	WEIR_ABI_COUNT_DROP_VERDICT = 0, /* ring full */
	WEIR_ABI_COUNT_DROP_OPENING = 1, /* of an opening that was let through: ring half full */
	WEIR_ABI_COUNT_NO_FLOW = 2,
	WEIR_ABI_COUNT_NO_SLOT = 3, /* no scan buffer free */
	WEIR_ABI_COUNT_NO_PROC = 4,
	WEIR_ABI_COUNT_NO_VOLUME = 5,
	WEIR_ABI_COUNT_UNREADABLE = 6,
	WEIR_ABI_COUNT_TOO_LONG = 7,
	WEIR_ABI_COUNT_OPAQUE = 8,
	WEIR_ABI_COUNT_DENIED = 9,
	WEIR_ABI_COUNT_SCANNED_CALLS = 10,
	WEIR_ABI_COUNT_SCANNED_BYTES = 11,
	WEIR_ABI_COUNT_SLOW_BLOCKS = 12, /* 64-byte blocks read byte by byte */
	WEIR_ABI_COUNT_DETOURED = 13,	/* copies inside the kernel that were sent through memory */
	WEIR_ABI_COUNT_LATE_LOOKS = 14, /* buffers looked at once their pages were there */
	_WEIR_ABI_COUNT_MAX = 32,
};

_Static_assert(sizeof(struct weir_abi_profile) == 28, "weir_abi_profile");
_Static_assert(sizeof(struct weir_abi_pass_key) == 8, "weir_abi_pass_key");
_Static_assert(sizeof(struct weir_abi_pass) == 8, "weir_abi_pass");
_Static_assert(sizeof(struct weir_abi_dest) == 24, "weir_abi_dest");
_Static_assert(sizeof(struct weir_abi_config) == 56 + 28 * WEIR_ABI_PROFILES, "weir_abi_config");
_Static_assert(sizeof(struct weir_abi_volume) == 16, "weir_abi_volume");
_Static_assert(sizeof(struct weir_abi_label) == 48, "weir_abi_label");
_Static_assert(sizeof(struct weir_abi_carrier) == 48, "weir_abi_carrier");
_Static_assert(sizeof(struct weir_abi_proc) == 360, "weir_abi_proc");

#endif
