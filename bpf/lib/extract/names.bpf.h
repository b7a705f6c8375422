/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef WEIR_BPF_EXTRACT_NAMES_H
#define WEIR_BPF_EXTRACT_NAMES_H

/* The path of a file below its volume's root, innermost name first and NUL after each, since bpf_d_path may not be called in
 * lsm/file_permission. Names of WEIR_NAME_PART bytes and more are cut; at most WEIR_NAME_DEPTH of them are taken. */

#include "lib/base/core.bpf.h"

#define WEIR_NAME_DEPTH 8
#define WEIR_NAME_PART	64

/* Fills names, returns the bytes used; *ret_cut is 1 when something is missing. */
static __always_inline __u32 weir_names_of(struct dentry *dentry, char names[WEIR_ABI_NAME_LEN],
					   __u16 *ret_cut)
{
	__u32 used = 0;

	*ret_cut = 0;
	for (int i = 0; i < WEIR_NAME_DEPTH; i++) {
		struct dentry *parent = BPF_CORE_READ(dentry, d_parent);
		long n;

		if (!parent || parent == dentry)
			return used;
		asm volatile("" : "+r"(used)); /* else the compiler moves the test behind the use */
		if (used > WEIR_ABI_NAME_LEN - WEIR_NAME_PART)
			break;
		n = bpf_probe_read_kernel_str(names + used, WEIR_NAME_PART,
					      BPF_CORE_READ(dentry, d_name.name));
		if (n <= 0 || n > WEIR_NAME_PART)
			break;
		if (n == WEIR_NAME_PART)
			*ret_cut = 1;
		used += n;
		dentry = parent;
	}
	*ret_cut = 1;
	return used;
}

static __always_inline __u32 weir_names(struct file *file, char names[WEIR_ABI_NAME_LEN],
					__u16 *ret_cut)
{
	return weir_names_of(BPF_CORE_READ(file, f_path.dentry), names, ret_cut);
}

#endif
