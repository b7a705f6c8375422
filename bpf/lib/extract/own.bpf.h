/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef WEIR_BPF_EXTRACT_OWN_H
#define WEIR_BPF_EXTRACT_OWN_H

/* Which threads are ours. Not by name: a thread is, because the one that made it was, or because it executed one of our
 * programs, which are known by inode. */

#include "lib/base/core.bpf.h"
#include "lib/base/guard_maps.bpf.h"

/* The entry of a thread, NULL when it is none of ours. */
static __always_inline struct weir_abi_own *weir_own_of(struct task_struct *task)
{
	__u32 pid = BPF_CORE_READ(task, pid);
	struct weir_abi_own *own = bpf_map_lookup_elem(&weir_own, &pid);
	__u64 start;

	if (!own)
		return NULL;
	start = BPF_CORE_READ(task, start_boottime);
	if (own->start_boot_ns == 0)
		own->start_boot_ns = start;
	return own->start_boot_ns == start ? own
					   : NULL; /* else another thread that has the number */
}

static __always_inline __u32 weir_role_of(struct task_struct *task)
{
	const struct weir_abi_own *own = weir_own_of(task);

	return own ? own->role : WEIR_ABI_ROLE_NONE;
}

#endif
