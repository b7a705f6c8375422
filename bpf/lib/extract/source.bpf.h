/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef WEIR_BPF_EXTRACT_SOURCE_H
#define WEIR_BPF_EXTRACT_SOURCE_H

/* The file that a call copies from inside the kernel, and what is known of it. */

#include "lib/extract/call.bpf.h"
#include "lib/extract/inode.bpf.h"

/* The descriptor that a call reads from; -1: none that is known. */
static __always_inline __s64 weir_source_fd(const struct weir_call *call)
{
	__s64 fd = -1;

	switch (call->nr) {
	case WEIR_NR_SENDFILE:
		return call->arg[1];
	case WEIR_NR_COPY_FILE_RANGE:
		return call->arg[0];
	case WEIR_NR_IOCTL:
		if (call->arg[1] == WEIR_FICLONE)
			return call->arg[2];
		/* struct file_clone_range begins with it. */
		if (call->arg[1] == WEIR_FICLONERANGE &&
		    bpf_probe_read_user(&fd, sizeof(fd), (void *)call->arg[2]))
			return -1;
		return fd;
	default:
		return -1;
	}
}

/* The label of the file that the current call copies from; a clean one only while it holds. NULL: nothing known. */
static __noinline struct weir_abi_label *weir_source_label(void)
{
	struct weir_abi_label *label;
	struct weir_abi_inode key;
	struct weir_call call;
	struct inode *inode;
	struct file *file;
	__s64 fd;

	if (!weir_call(&call))
		return NULL;
	fd = weir_source_fd(&call);
	file = fd < 0 ? NULL : weir_file_of_fd(fd);
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
