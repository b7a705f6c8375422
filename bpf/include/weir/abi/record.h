/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef WEIR_ABI_RECORD_H
#define WEIR_ABI_RECORD_H

/* What the kernel programs write into the ring buffers. Every record starts with struct weir_abi_hdr; type numbers are
 * never reused. User space treats records as hostile: size first, copy, bound every length (event decodes). */

#include "weir/abi/types.h"

enum weir_abi_record {
	WEIR_ABI_REC_VERDICT =
		1, /* struct weir_abi_verdict: something was denied or counted on a sink */
	WEIR_ABI_REC_SINK_OPEN =
		2, /* struct weir_abi_sink_open: a file on a sink volume was opened for writing */
	WEIR_ABI_REC_VOLUME =
		3, /* struct weir_abi_volume_seen: a volume was classified in the kernel */
	_WEIR_ABI_REC_MAX,
};

enum weir_abi_hdr_flags {
	WEIR_ABI_HDR_SELFTEST =
		1 << 0, /* caused by the agent's own self-test: evidence, not an event */
};

struct weir_abi_hdr {
	/* One counter for all records, from the nanosecond since boot at which the maps were made; on kernels before 5.12 the
	 * nanosecond itself, so that what is missing shows in the counters alone. */
	__u64 seq;
	__u64 boot_ns; /* CLOCK_BOOTTIME */
	__u32 size;    /* of the whole record */
	__u32 cpu;
	__u16 abi; /* WEIR_ABI_VERSION */
	__u16 type;
	__u32 flags;
};

#define WEIR_ABI_COMM_LEN 16
#define WEIR_ABI_EXE_LEN  256
#define WEIR_ABI_NAME_LEN 256

/* Facts of the process at its last exec, kept in the kernel so that they outlive it in every record. */
struct weir_abi_process {
	__u64 start_boot_ns; /* with tgid the identity of the process */
	__u32 tgid;
	__u32 tid;
	__u32 ppid;
	__u32 uid; /* real, in the initial user namespace */
	__u32 gid;
	__u32 loginuid; /* audit login uid, (u32)-1 when unset */
	char comm[WEIR_ABI_COMM_LEN];
	char exe[WEIR_ABI_EXE_LEN]; /* NUL-terminated file name of the last exec; empty when not known */
};

struct weir_abi_address {
	__u8 addr[16]; /* IPv4 as ::ffff:a.b.c.d, network order */
	__u16 port;    /* host order */
	__u8 family;   /* AF_INET or AF_INET6 */
	__u8 protocol; /* IPPROTO_TCP, IPPROTO_UDP ... */
	__u32 pad;
};

struct weir_abi_verdict {
	struct weir_abi_hdr hdr;
	struct weir_abi_process process;
	struct weir_abi_inode target; /* file, or the socket's inode */
	struct weir_abi_inode label;  /* the labelled inode that was opened, zero when none */
	__u64 offset;		      /* file position of this call; 0 for sockets */
	__u64 length;		      /* bytes of this call */
	__u64 landed_start; /* bytes of this flow let through before: [start, end) of the file */
	__u64 landed_end;
	__u64 suppressed;		   /* verdicts alike since the last record of this flow */
	__u32 distinct[_WEIR_ABI_DET_MAX]; /* distinct values in this flow when the verdict fell */
	__u32 labelled[_WEIR_ABI_DET_MAX]; /* distinct values of the label, 0 when none */
	struct weir_abi_address remote;	   /* zero for files */
	struct weir_abi_address
		local;	 /* zero for files; with remote the connection that user space may abort */
	__u32 names_len; /* bytes used in names */
	__u8 action;	 /* enum weir_abi_action: what was done */
	__u8 cause;	 /* enum weir_abi_cause */
	__u8 hook;	 /* enum weir_abi_hook */
	__u8 tier;	 /* enum weir_abi_tier */
	__u8 channel;	 /* enum weir_abi_channel */
	__u8 profile;	 /* index into the profiles */
	__u16 names_cut; /* 1: there were more path components */
	__u8 passed;	 /* 1: action is warn, and a pass was used: it was let through */
	__u8 pad[3];
	char names
		[WEIR_ABI_NAME_LEN]; /* path below the volume's root, innermost first: "c\0b\0a\0" is a/b/c */
};

struct weir_abi_sink_open {
	struct weir_abi_hdr hdr;
	struct weir_abi_process process;
	struct weir_abi_inode target;
	__u64 ctime_ns; /* before the opening */
	__u32 names_len;
	__u8 action; /* allowed or refused */
	__u8 hook;
	__u8 tier;
	__u8 channel;
	__u8 profile;
	__u8 pad[3];
	__u16 names_cut;
	__u16 pad2;
	char names[WEIR_ABI_NAME_LEN];
};

struct weir_abi_volume_seen {
	struct weir_abi_hdr hdr;
	__u32 dev;
	__u32 tgid; /* who used it first: it may be mounted where only that process sees it */
	__u8 channel;
	__u8 pad[7];
};

_Static_assert(sizeof(struct weir_abi_hdr) == 32, "weir_abi_hdr");
_Static_assert(sizeof(struct weir_abi_process) == 304, "weir_abi_process");
_Static_assert(sizeof(struct weir_abi_address) == 24, "weir_abi_address");
_Static_assert(sizeof(struct weir_abi_verdict) == 760, "weir_abi_verdict");
_Static_assert(sizeof(struct weir_abi_sink_open) == 632, "weir_abi_sink_open");
_Static_assert(sizeof(struct weir_abi_volume_seen) == 48, "weir_abi_volume_seen");

#endif
