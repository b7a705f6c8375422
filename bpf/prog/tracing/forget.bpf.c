/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Forgets what is gone. An inode that leaves the cache takes its count with it, a deleted one its label too; a file that is opened
 * anew and emptied, or closed without a finding, loses its count; a superblock takes its volume, a device its node's entry, whose
 * number may go to another. Nothing is decided here, so fentry and fexit serve tiers 1 and 2 alike. */

#include "lib/extract/inode.bpf.h"
#include "lib/scan/flow.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("fentry/security_inode_free")
int BPF_PROG(weir_inode_gone, struct inode *inode)
{
	struct weir_abi_inode key;

	if (!inode->i_sb)
		return 0;
	weir_inode_key(inode, &key);
	bpf_map_delete_elem(&weir_flows, &key);
	if (inode->i_nlink == 0) {
		bpf_map_delete_elem(&weir_labels, &key);
		bpf_map_delete_elem(&weir_carriers, &key);
	}
	return 0;
}

/* A file that was written and closed with nothing found: its count says nothing, and many such files would fill the table. Called
 * by __fput() while it holds the inode. */
SEC("fentry/locks_remove_file")
int BPF_PROG(weir_file_closed, struct file *file)
{
	struct weir_abi_inode key;
	struct weir_flow *flow;

	if (!(file->f_mode & WEIR_FMODE_WRITE) ||
	    (file->f_inode->i_mode & WEIR_S_IFMT) != WEIR_S_IFREG)
		return 0;
	weir_inode_key(file->f_inode, &key);
	flow = weir_flow_find(&key);
	if (flow && !flow->distinct[0] && !flow->distinct[1] && !flow->run && !flow->pending &&
	    !flow->closed && !flow->emitted_ns)
		bpf_map_delete_elem(&weir_flows, &key);
	return 0;
}

/* Truncated, and really so: a refused attempt leaves what was written. Opening a file anew to write it from its start (O_TRUNC)
 * starts its count anew; emptying it in between does not, as its blocks stay on the medium. Nothing goes on where the last write
 * ended in a file that was cut shorter. */
SEC("fexit/do_truncate")
int BPF_PROG(weir_truncated, void *idmap, struct dentry *dentry, loff_t length,
	     unsigned int attributes, struct file *file, int ret)
{
	struct weir_abi_inode key;
	struct weir_flow *flow;

	if (ret)
		return 0;
	weir_inode_key(BPF_CORE_READ(dentry, d_inode), &key);
	if (attributes & WEIR_ATTR_OPEN) {
		bpf_map_delete_elem(&weir_flows, &key);
		return 0;
	}
	flow = weir_flow_find(&key);
	if (flow && (__u64)length < flow->next_offset)
		flow->next_offset = ~0ULL;
	return 0;
}

/* Before its number is free: a file system without a device may have the same one before security_sb_free() is called. */
SEC("fentry/generic_shutdown_super")
int BPF_PROG(weir_superblock_gone, struct super_block *sb)
{
	struct weir_abi_volume *known;
	__u32 dev = sb->s_dev;

	/* Never mounted: since 6.6 a second mount of a device takes on its number before it is refused. */
	if (!(sb->s_flags & WEIR_SB_BORN))
		return 0;
	known = bpf_map_lookup_elem(&weir_volumes, &dev);
	if (known && !(known->flags & WEIR_ABI_VOLUME_NODE))
		bpf_map_delete_elem(&weir_volumes, &dev);
	return 0;
}

/* A device was pulled: its number may go to another. Classes of devices have few members in common; of those with a number, what
 * is no block device is a character device. */
SEC("fentry/device_del")
int BPF_PROG(weir_device_gone, struct device *device)
{
	struct weir_abi_inode node = {.ino = WEIR_ABI_INO_BLOCK, .dev = device->devt};
	char name[6] = {};

	if (!node.dev)
		return 0;
	bpf_probe_read_kernel_str(name, sizeof(name), BPF_CORE_READ(device, class, name));
	if (name[0] == 'b' && name[1] == 'l' && name[2] == 'o' && name[3] == 'c') {
		bpf_map_delete_elem(&weir_volumes, &node.dev);
		bpf_map_delete_elem(&weir_flows, &node);
	} else {
		bpf_map_delete_elem(&weir_nodes, &node.dev);
	}
	return 0;
}
