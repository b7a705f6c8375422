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

/* One more value of a detector. */
static __always_inline void weir_flow_add(struct weir_flow *flow, __u32 detector, __u64 hash)
{
	__u32 bit = hash & (WEIR_FLOW_BITS - 1);
	__u64 mask = 1ULL << (bit & 63);

	if (__sync_fetch_and_or(&flow->seen[detector & 1][bit / 64], mask) & mask)
		return;
	__sync_fetch_and_add(&flow->distinct[detector & 1], 1);
}

#endif
