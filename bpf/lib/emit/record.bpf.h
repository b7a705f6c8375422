/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef WEIR_BPF_EMIT_RECORD_H
#define WEIR_BPF_EMIT_RECORD_H

/* Records into the rings. A full ring is a counted drop and never changes a verdict. */

#include "lib/base/core.bpf.h"
#include "lib/extract/process.bpf.h"
#include "lib/scan/flow.bpf.h"

#define WEIR_SEQUENCE_CPUS 0xff
#define WEIR_EMIT_EVERY_NS \
	1000000000ULL /* records of one flow; what falls between is counted in the next one */

/* What a verdict is about; filled by the hook, read by judge and emit. */
struct weir_subject {
	struct file *file;     /* NULL for sockets */
	struct dentry *dentry; /* instead of file where a name is dealt with and nothing is open */
	const struct weir_abi_address *remote, *local; /* NULL for files */
	struct weir_abi_inode key;
	__u64 offset, length;
	__u32 process; /* tgid of the owner where it is not the current task (tier 3); 0: current */
	__u8 profile;
	__u8 channel;
	__u8 hook;
	__u8 alone : 1, /* a message by itself, which goes on with nothing that was sent before */
		passed : 1; /* a pass was used just now */
};

static __always_inline struct weir_abi_profile *weir_profile(struct weir_abi_config *config,
							     __u32 index)
{
	return &config->profiles[index & (WEIR_ABI_PROFILES - 1)];
}

/* A record that the ring has no room for: counted, and missing from the sequence. */
static __always_inline void weir_dropped(enum weir_abi_counter counter)
{
	__u32 zero = 0;
	__u64 *sequence = bpf_map_lookup_elem(&weir_sequence, &zero);

	if (sequence)
		__sync_fetch_and_add(sequence, 1);
	weir_count(counter, 1);
}

/* The record's number: no two of one boot have the same, and later ones are greater. A plain program cannot count what others count
 * at the same time; it takes the time and the CPU, at which nothing else happens meanwhile. */
static __always_inline __u64 weir_next_sequence(__u64 now)
{
#ifdef WEIR_PLAIN
	return (now & ~(__u64)WEIR_SEQUENCE_CPUS) |
	       (bpf_get_smp_processor_id() & WEIR_SEQUENCE_CPUS);
#else
	__u32 zero = 0;
	__u64 *sequence = bpf_map_lookup_elem(&weir_sequence, &zero);

	return sequence ? __sync_fetch_and_add(sequence, 1) + 1 : 0;
#endif
}

static __always_inline void weir_header(struct weir_abi_hdr *hdr, __u16 type, __u32 size,
					const struct weir_abi_profile *profile)
{
	hdr->boot_ns = bpf_ktime_get_boot_ns();
	hdr->seq = weir_next_sequence(hdr->boot_ns);
	hdr->size = size;
	hdr->cpu = bpf_get_smp_processor_id();
	hdr->abi = WEIR_ABI_VERSION;
	hdr->type = type;
	hdr->flags = profile && profile->flags & WEIR_ABI_PROFILE_IS_SELFTEST
			     ? WEIR_ABI_HDR_SELFTEST
			     : 0;
}

/* May this flow emit now? Counts the verdict otherwise. */
static __always_inline bool weir_may_emit(struct weir_flow *flow)
{
	__u64 now = bpf_ktime_get_boot_ns();

	if (flow->emitted_ns && now - flow->emitted_ns < WEIR_EMIT_EVERY_NS) {
		__sync_fetch_and_add(&flow->suppressed, 1);
		return false;
	}
	flow->emitted_ns = now;
	return true;
}

#endif
