/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef WEIR_BPF_PROG_HOLD_H
#define WEIR_BPF_PROG_HOLD_H

/* What rules for devices say of opening and writing, where the kernel takes no program that reads content: a blocked device is not
 * read, a read-only one not written, and where nothing is to be written no file is opened for it. The content is tier 3's. */

#define WEIR_FILL_PROCESS(s, p) weir_process_current(p)
#define WEIR_FILL_NAMES(s, v)                                                                \
	do {                                                                                 \
		if ((s)->file)                                                               \
			(v)->names_len = weir_names((s)->file, (v)->names, &(v)->names_cut); \
	} while (0)

#include "prog/open.bpf.h"

static __always_inline __u32 weir_hold_open(struct file *file)
{
	umode_t kind = file->f_inode->i_mode & WEIR_S_IFMT;
	bool writes = file->f_mode & WEIR_FMODE_WRITE;
	struct weir_abi_profile *profile;
	struct weir_abi_config *config;
	struct weir_subject subject;
	__u32 error;

	if (kind == WEIR_S_IFBLK || kind == WEIR_S_IFCHR)
		return weir_node_open(file, kind == WEIR_S_IFBLK);
	if (kind != WEIR_S_IFREG && kind != WEIR_S_IFDIR)
		return 0;
	config = weir_active();
	if (!config || !weir_open_matters(config, writes) ||
	    !weir_sink_subject(file, WEIR_ABI_HOOK_FILE_OPEN, &subject))
		return 0;
	profile = weir_profile(config, subject.profile);
	error = weir_open_refused(profile, &subject, writes);
	if (!error && writes && profile->on_open == WEIR_ABI_ACTION_BLOCK)
		error = weir_act(&subject, NULL, NULL, profile->on_open, WEIR_ABI_CAUSE_OPEN);
	return error;
}

/* Opened before the rule was there. */
static __always_inline __u32 weir_hold_write(struct file *file, int mask)
{
	umode_t kind = file->f_inode->i_mode & WEIR_S_IFMT;
	struct weir_abi_config *config;
	struct weir_subject subject;

	if (!(mask & WEIR_MAY_WRITE) || (kind != WEIR_S_IFREG && kind != WEIR_S_IFBLK))
		return 0;
	config = weir_sink_subject(file, WEIR_ABI_HOOK_FILE_PERMISSION, &subject);
	if (!config || weir_is_kernel_thread() ||
	    !(weir_profile(config, subject.profile)->flags & WEIR_ABI_PROFILE_UNCHANGED))
		return 0;
	return weir_act(&subject, NULL, NULL, WEIR_ABI_ACTION_BLOCK, WEIR_ABI_CAUSE_DEVICE);
}

#endif
