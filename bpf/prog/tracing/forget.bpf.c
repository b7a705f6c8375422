/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Forgets what is gone. An inode that leaves the cache takes its count with it, a deleted one its label too; a superblock takes
 * its volume, whose number may go to another disk. These hooks return nothing, so fentry serves tiers 1 and 2 alike. */

#include "lib/extract/inode.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("fentry/security_inode_free")
int BPF_PROG(weir_inode_gone, struct inode *inode)
{
	struct weir_abi_inode key;

	if (!inode->i_sb)
		return 0;
	weir_inode_key(inode, &key);
	bpf_map_delete_elem(&weir_flows, &key);
	if (inode->i_nlink == 0)
		bpf_map_delete_elem(&weir_labels, &key);
	return 0;
}

SEC("fentry/security_sb_free")
int BPF_PROG(weir_superblock_gone, struct super_block *sb)
{
	__u32 dev = sb->s_dev;

	bpf_map_delete_elem(&weir_volumes, &dev);
	return 0;
}
