/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef WEIR_BPF_EXTRACT_SOURCE_H
#define WEIR_BPF_EXTRACT_SOURCE_H

/* The file that a call copies from inside the kernel, and what is known of it. */

#include "lib/extract/buffer.bpf.h"
#include "lib/extract/inode.bpf.h"

static __always_inline struct file *weir_file_of_fd(__u32 fd)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct fdtable *table = BPF_CORE_READ(task, files, fdt);
	struct file **slots = BPF_CORE_READ(table, fd);
	struct file *file = NULL;

	if (fd < BPF_CORE_READ(table, max_fds))
		bpf_probe_read_kernel(&file, sizeof(file), slots + fd);
	return file;
}

/* The label of the file that sendfile or copy_file_range reads from; a clean one only while it holds. NULL: nothing known. */
static __always_inline struct weir_abi_label *weir_source_label(void)
{
	struct weir_abi_label *label;
	struct weir_abi_inode key;
	struct pt_regs *regs;
	struct inode *inode;
	struct file *file;
	__u64 nr;

	if (!weir_syscall(&regs, &nr))
		return NULL;
	if (nr == WEIR_NR_SENDFILE)
		file = weir_file_of_fd(BPF_CORE_READ(regs, si));
	else if (nr == WEIR_NR_COPY_FILE_RANGE)
		file = weir_file_of_fd(BPF_CORE_READ(regs, di));
	else
		return NULL;
	if (!file)
		return NULL;
	inode = BPF_CORE_READ(file, f_inode);
	weir_inode_key(inode, &key);
	label = bpf_map_lookup_elem(&weir_labels, &key);
	if (!label || !(label->flags & WEIR_ABI_LABEL_CLEAN))
		return label;
	return label->size == (__u64)BPF_CORE_READ(inode, i_size) &&
			       label->ctime_ns == weir_inode_ctime_ns(inode)
		       ? label
		       : NULL;
}

#endif
