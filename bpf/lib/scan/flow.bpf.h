/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef WEIR_BPF_SCAN_FLOW_H
#define WEIR_BPF_SCAN_FLOW_H

/* The count of one file or socket. Several threads may write at once: bits and counts change atomically; the tail is the last
 * writer's, which at worst splits a number that was interleaved anyway. */

#include "lib/base/core.bpf.h"

static __always_inline struct weir_flow *weir_flow_find(const struct weir_abi_inode *key)
{
	return bpf_map_lookup_elem(&weir_flows, key);
}

static __always_inline struct weir_flow *weir_flow_make(const struct weir_abi_inode *key)
{
	struct weir_flow *flow = weir_flow_find(key), *none;
	__u32 zero = 0;

	if (flow)
		return flow;
	none = bpf_map_lookup_elem(&weir_no_flow, &zero);
	if (!none)
		return NULL;
	bpf_map_update_elem(&weir_flows, key, none, BPF_NOEXIST);
	flow = weir_flow_find(key);
	if (!flow)
		weir_count(WEIR_ABI_COUNT_NO_FLOW, 1);
	return flow;
}

/* Opened anew for writing: the count goes on, but what an earlier opening wrote has been judged and is not to be undone. A pass was
 * for that opening; and what a warning closed may be tried again. */
static __always_inline void weir_flow_reopened(const struct weir_abi_inode *key)
{
	struct weir_flow *flow = weir_flow_find(key);

	if (!flow)
		return;
	flow->landed = 0;
	flow->passed = 0;
	if (flow->closed == WEIR_ABI_ACTION_WARN)
		flow->closed = 0;
}

/* Sets bit number bit; true when it was not set. */
static __always_inline bool weir_flow_mark(struct weir_flow *flow, __u32 detector, __u32 bit)
{
	__u64 mask = 1ULL << (bit & 63);

	bit &= WEIR_FLOW_BITS - 1;
	return !(__sync_fetch_and_or(&flow->seen[detector & 1][bit / 64], mask) & mask);
}

/* One more value of a detector: new when one of its three bits is. */
static __always_inline void weir_flow_add(struct weir_flow *flow, __u32 detector, __u64 hash)
{
	bool fresh = weir_flow_mark(flow, detector, hash);

	fresh |= weir_flow_mark(flow, detector, hash >> 16);
	fresh |= weir_flow_mark(flow, detector, hash >> 32);
	if (fresh)
		__sync_fetch_and_add(&flow->distinct[detector & 1], 1);
}

#endif
