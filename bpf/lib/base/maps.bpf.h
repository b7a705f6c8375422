/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef WEIR_BPF_BASE_MAPS_H
#define WEIR_BPF_BASE_MAPS_H

/* Every map of every program. Each object declares them all; the loader makes them once, pins them, and hands the same ones to
 * each object. Sizes are bounds on kernel memory: flows 16,384 x 2.2 KiB and labels 262,144 x 112 bytes when full. */

#include <vmlinux.h> /* first: libbpf's headers use its types */

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "weir/abi/map.h"

#define WEIR_VERDICTS_BYTES (4 * 1024 * 1024)
#define WEIR_RB_AVAIL_DATA  0 /* BPF_RB_AVAIL_DATA */

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct weir_abi_config);
} weir_config SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, WEIR_ABI_DESTS);
	__type(key, __u32);
	__type(value, struct weir_abi_dest);
} weir_dests SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, struct weir_abi_volume);
} weir_volumes SEC(".maps");

/* Character devices that reach a disk or a USB device past its files. Key: their number. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, struct weir_abi_volume);
} weir_nodes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 262144);
	__type(key, struct weir_abi_inode);
	__type(value, struct weir_abi_label);
} weir_labels SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, __u32);
	__type(value, struct weir_abi_proc);
} weir_procs SEC(".maps");

/* The least used go first: a name that leads to a carrier no more is found by nobody. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct weir_abi_inode);
	__type(value, struct weir_abi_carrier);
} weir_carriers SEC(".maps");

/* Until when (CLOCK_BOOTTIME) some process may remember labelled data. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} weir_lineage SEC(".maps");

/* Reasons that were given. Few: people write them. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, struct weir_abi_pass_key);
	__type(value, struct weir_abi_pass);
} weir_passes SEC(".maps");

/* Always zero: what a new entry of weir_procs starts from. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct weir_abi_proc);
} weir_no_proc SEC(".maps");

/* Verdicts and the openings that are needed to tell them. They share the room: some 6,700 openings that nobody reads fill it, and
 * records after that are dropped and counted; verdicts themselves stand. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, WEIR_VERDICTS_BYTES);
} weir_verdicts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, _WEIR_ABI_COUNT_MAX);
	__type(key, __u32);
	__type(value, __u64);
} weir_counters SEC(".maps");

/* One counter for all records: hdr.seq. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} weir_sequence SEC(".maps");

/* What was written through one file or sent through one socket: the distinct values seen, and what a later call needs to go on
 * where this one ended. Private to the kernel. */
/* Per detector; a value sets three bits. A new value that finds all three set is not counted: one in 10^6 after 25 values, one
 * in 10^3 after 250, one in five after 2,500. */
#define WEIR_FLOW_BITS 8192
#define WEIR_FLOW_PAD \
	32 /* bytes before a buffer that a window may need: 19 digits, one neighbour, two behind */

struct weir_flow {
	__u64 next_offset; /* where a write must start to go on with the tail */
	__u64 landed_start, landed_end;
	__u64 emitted_ns; /* last record, CLOCK_BOOTTIME; 0: none */
	__u64 suppressed;
	__u32 distinct[_WEIR_ABI_DET_MAX];
	__u32 run; /* digits at the end of the tail */
	__u32 pending; /* digits of a run that ended at the tail's last byte, which may yet be a fraction or a range */
	__u16 closed; /* enum weir_abi_action of the verdict after which nothing more may pass; 0: none */
	__u16 landed; /* landed_start and landed_end hold */
	__u32 passed; /* a pass was used for this opening, this connection */
	__u8 tail[WEIR_FLOW_PAD];
	__u64 seen[2][WEIR_FLOW_BITS / 64];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 16384);
	__type(key, struct weir_abi_inode);
	__type(value, struct weir_flow);
} weir_flows SEC(".maps");

/* Always zero: what a new flow starts from, since 2 KiB do not fit on the stack. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct weir_flow);
} weir_no_flow SEC(".maps");

/* Scan buffers. Not per CPU: a sleepable program keeps its buffer while the CPU runs other programs, and so does any program on
 * a preemptible kernel. A slot is taken by exchanging its busy word. */
#define WEIR_SLOTS 256
#define WEIR_CHUNK 4096
#define WEIR_SLOT_BYTES \
	8192 /* pad and chunk, rounded up to a power of two so that a mask bounds every index */

struct weir_slot {
	__u32 busy;
	__u32 no_state; /* a value was found and there was no room to count it */
	__u64 hash_key;
	struct weir_abi_inode flow; /* where values found in this buffer are counted */
	/* The scan under way. Here and not on the stack: 512 bytes are few, and what the verifier knows of a number on the
	 * stack makes it follow each round of a loop anew. */
	__u64 source;	   /* user address, or offset in a packet, of the next byte */
	__u64 left;	   /* bytes of this range still to read */
	__u64 read;	   /* bytes read in this call */
	__u64 array;	   /* iovec array */
	__u64 skip;	   /* bytes of the next range that are done already */
	__u64 range[2];	   /* address and bytes of the one that was taken last */
	__u32 ranges;	   /* in all */
	__u32 ranges_done; /* taken */
	__u32 array_kind;  /* enum weir_buffer_kind */
	__u32 chunks;	   /* read in this call */
	__u32 n;	   /* bytes of the chunk, behind the pad */
	__u32 at;	   /* start of the block */
	__u32 run;	   /* digits up to here */
	__u32 pending;
	__u32 slow; /* blocks read byte by byte */
	__s32 error;
	union {
		__u8 bytes[WEIR_SLOT_BYTES];
		__u64 words[WEIR_SLOT_BYTES / 8];
	};
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, WEIR_SLOTS);
	__type(key, __u32);
	__type(value, struct weir_slot);
} weir_slots SEC(".maps");

/* The asynchronous write that a thread is at: its system call, if it is in one, says nothing of it. Private to the kernel; an
 * entry is gone when the write returns. Key: pid_tgid. */
struct weir_request {
	__u64 file; /* struct file, as a number */
	__u64 base;
	__u64 count; /* bytes, or ranges */
	__s64 at;    /* position in the file; -1: the file's own */
	__u32 flags; /* RWF_* */
	__u32 kind;  /* enum weir_buffer_kind */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, struct weir_request);
} weir_requests SEC(".maps");

/* A write that could not be read at its call and goes on: its bytes are looked at when the kernel has brought their pages in. Private
 * to the kernel. Key: pid_tgid; an entry ends with the thread's next write, or with the thread. */
struct weir_unseen {
	struct weir_abi_inode key;
	__u64 file;   /* struct file, as a number */
	__u64 offset; /* position of the first byte in it */
	__u64 base;   /* where the bytes are in memory */
	__u64 count;
	__u8 profile;
	__u8 channel;
	__u8 pad[6];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, __u64);
	__type(value, struct weir_unseen);
} weir_unseen SEC(".maps");

/* How many entries weir_unseen has: while it has none, a write costs no more than this look. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} weir_unseen_count SEC(".maps");

/* Which process connected or sent first through a socket: tier 3 sees packets without their sender. Key: socket cookie. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, __u64);
	__type(value, __u32);
} weir_sockets SEC(".maps");

#include "lib/base/guard_maps.bpf.h"

#endif
