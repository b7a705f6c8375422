/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef WEIR_BPF_PROG_MAP_H
#define WEIR_BPF_PROG_MAP_H

/* The bodies of mmap_file and file_mprotect: the same for tiers 1 and 2. Stores through a shared mapping pass no hook, so on a sink
 * where anything is refused there is none that can be written through. */

#define WEIR_FILL_PROCESS(s, p) weir_process_current(p)
#define WEIR_FILL_NAMES(s, v)	(v)->names_len = weir_names((s)->file, (v)->names, &(v)->names_cut)

#include "lib/emit/act.bpf.h"
#include "lib/emit/sink.bpf.h"
#include "lib/extract/names.bpf.h"

#define WEIR_PROT_WRITE 0x2
#define WEIR_MAP_SHARED 0x1 /* also a bit of MAP_SHARED_VALIDATE */
#define WEIR_VM_SHARED	0x8

/* file is NULL for memory that is no file's. A verifier that takes hook arguments for valid drops the test for that, so what follows
 * it holds for NULL as well; one that knows better (7.3) asks for the test. */
static __always_inline __u32 weir_map_writable(struct file *file, __u8 hook)
{
	struct weir_abi_profile *profile;
	struct weir_abi_config *config;
	struct weir_subject subject;
	struct weir_flow *flow;
	umode_t kind;

	if (!file)
		return 0;
	kind = BPF_CORE_READ(file, f_inode, i_mode) & WEIR_S_IFMT;
	if (kind != WEIR_S_IFREG && kind != WEIR_S_IFBLK)
		return 0;
	config = weir_sink_subject(file, hook, &subject);
	if (!config)
		return 0;
	profile = weir_profile(config, subject.profile);
	if (profile->flags & WEIR_ABI_PROFILE_UNCHANGED)
		return weir_act(&subject, NULL, NULL, WEIR_ABI_ACTION_BLOCK, WEIR_ABI_CAUSE_DEVICE);
	flow = weir_flow_make(&subject.key);
	profile = weir_profile_held(config, &subject, flow);
	return weir_act(&subject, flow, weir_proc_make(),
			weir_refuses(profile) ? WEIR_ABI_ACTION_BLOCK : profile->on_unscannable,
			WEIR_ABI_CAUSE_OPAQUE);
}

static __always_inline __u32 weir_mmap_file(struct file *file, unsigned long prot,
					    unsigned long flags)
{
	if (!(prot & WEIR_PROT_WRITE) || !(flags & WEIR_MAP_SHARED))
		return 0;
	return weir_map_writable(file, WEIR_ABI_HOOK_MMAP_FILE);
}

static __always_inline __u32 weir_file_mprotect(struct vm_area_struct *vma, unsigned long prot)
{
	if (!(prot & WEIR_PROT_WRITE) || !(vma->vm_flags & WEIR_VM_SHARED))
		return 0;
	return weir_map_writable(vma->vm_file, WEIR_ABI_HOOK_FILE_MPROTECT);
}

#endif
