/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef WEIR_BPF_EXTRACT_INODE_H
#define WEIR_BPF_EXTRACT_INODE_H

/* Identity and content id of an inode. */

#include "lib/base/core.bpf.h"

static __always_inline void weir_inode_key(struct inode *inode, struct weir_abi_inode *ret)
{
	ret->ino = BPF_CORE_READ(inode, i_ino);
	ret->dev = BPF_CORE_READ(inode, i_sb, s_dev);
	ret->pad = 0;
}

/* The same of an open file that the verifier knows: read straight and not by a helper. */
static __always_inline void weir_file_key(struct file *file, struct weir_abi_inode *ret)
{
	ret->ino = file->f_inode->i_ino;
	ret->dev = file->f_inode->i_sb->s_dev;
	ret->pad = 0;
}

/* i_ctime was split and renamed on the way (kernel commits 13bc24457850 in 6.6, 3aa63a569c64 in 6.11). */
static __always_inline __u64 weir_inode_ctime_ns(struct inode *inode)
{
	struct inode___timespec *oldest = (void *)inode;
	struct inode___renamed *renamed = (void *)inode;
	struct inode___split *split = (void *)inode;

	if (bpf_core_field_exists(split->i_ctime_sec))
		return (__u64)BPF_CORE_READ(split, i_ctime_sec) * 1000000000ULL +
		       BPF_CORE_READ(split, i_ctime_nsec);
	if (bpf_core_field_exists(renamed->__i_ctime))
		return (__u64)BPF_CORE_READ(renamed, __i_ctime.tv_sec) * 1000000000ULL +
		       BPF_CORE_READ(renamed, __i_ctime.tv_nsec);
	return (__u64)BPF_CORE_READ(oldest, i_ctime.tv_sec) * 1000000000ULL +
	       BPF_CORE_READ(oldest, i_ctime.tv_nsec);
}

#endif
