/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef WEIR_BPF_BASE_GUARD_MAPS_H
#define WEIR_BPF_BASE_GUARD_MAPS_H

/* The maps of the guard, made and shared like those of maps.bpf.h. */

#include "lib/base/maps.bpf.h"

#include "weir/abi/guard.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct weir_abi_guard);
} weir_guard SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, struct weir_abi_inode);
	__type(value, struct weir_abi_guarded);
} weir_guarded SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, struct weir_abi_own);
} weir_own SEC(".maps");

/* When a hook told of a refusal last, and how many it kept to itself since: whoever hammers at the guard fills no ring. Private to
 * the kernel. */
struct weir_guard_told {
	__u64 at_ns; /* CLOCK_BOOTTIME */
	__u64 suppressed;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, _WEIR_ABI_HOOK_MAX);
	__type(key, __u32);
	__type(value, struct weir_guard_told);
} weir_guard_told SEC(".maps");

#endif
