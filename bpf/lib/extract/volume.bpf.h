/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef WEIR_BPF_EXTRACT_VOLUME_H
#define WEIR_BPF_EXTRACT_VOLUME_H

/* Is a superblock or a device node a sink? The agent enters what it knows: every block device, network file systems, named
 * mounts. What it did not enter is looked at here, and taken for the worse: a disk on USB, loop and device-mapper whatever lies
 * below them, a network file system, FUSE. So a stick that is plugged while the agent is down, or faster than it reads, is held
 * all the same. */

#include "lib/base/core.bpf.h"

#define WEIR_BUS_DEPTH 12 /* a stick sits 6 to 9 devices below its bus */

/* What a volume is to the hooks. */
struct weir_sink {
	struct weir_abi_volume volume;
	struct weir_abi_inode key; /* of the file, or of the node */
	bool fresh;		   /* classified here just now: the agent is to be told */
};

/* The device of a whole disk. */
static __always_inline struct device *weir_disk_device(struct gendisk *disk)
{
	struct gendisk___embedded *old = (void *)disk;

	if (bpf_core_type_exists(struct hd_struct))
		return &old->part0.__dev;
	return &BPF_CORE_READ(disk, part0)->bd_device;
}

static __always_inline bool weir_on_usb(struct device *device)
{
	for (int i = 0; i < WEIR_BUS_DEPTH; i++) {
		char name[4] = {};

		device = BPF_CORE_READ(device, parent);
		if (!device)
			return false;
		bpf_probe_read_kernel_str(name, sizeof(name), BPF_CORE_READ(device, bus, name));
		if (name[0] == 'u' && name[1] == 's' && name[2] == 'b' && name[3] == 0)
			return true;
	}
	return false;
}

/* 0: there is no disk, or it has no such number. */
static __always_inline __u64 weir_diskseq(struct block_device *bdev)
{
	struct gendisk *disk = NULL;

	return bdev && bpf_core_field_exists(disk->diskseq) ? BPF_CORE_READ(bdev, bd_disk, diskseq)
							    : 0;
}

/* An entry speaks for one disk, or one binding of a loop device: the number may have gone to another since. */
static __always_inline bool weir_entry_holds(const struct weir_abi_volume *known, __u64 diskseq)
{
	return !known->diskseq || !diskseq || known->diskseq == diskseq;
}

static __always_inline void weir_classify_disk(struct block_device *bdev,
					       struct weir_abi_volume *ret)
{
	struct device *device = weir_disk_device(BPF_CORE_READ(bdev, bd_disk));
	struct weir_abi_config *config;
	__u32 zero = 0;

	if (!BPF_CORE_READ(device, parent)) { /* on no bus: something lies below */
		ret->channel = WEIR_ABI_CHANNEL_REMOVABLE;
		ret->profile = WEIR_ABI_PROFILE_REMOVABLE;
		return;
	}
	if (!weir_on_usb(device))
		return;
	config = bpf_map_lookup_elem(&weir_config, &zero);
	ret->channel = WEIR_ABI_CHANNEL_REMOVABLE;
	ret->profile = config ? config->usb_volume : WEIR_ABI_PROFILE_REMOVABLE;
}

/* include/uapi/linux/magic.h, and what the file systems define by themselves. */
static __always_inline bool weir_is_network_magic(__u32 magic)
{
	switch (magic) {
	case 0x65735546: /* FUSE */
	case 0x6969:	 /* NFS */
	case 0xff534d42: /* CIFS */
	case 0xfe534d42: /* SMB2 */
	case 0x01021997: /* 9P */
	case 0x00c36400: /* Ceph */
	case 0x5346414f: /* OpenAFS */
	case 0x6b414653: /* AFS */
	case 0x0bd00bd0: /* Lustre */
		return true;
	default:
		return false;
	}
}

/* Both fit a return value: a pointer to the stack of a caller would not do in a function of its own. */
#define WEIR_CLASSIFIED(volume) ((volume)->channel << 8 | (volume)->profile)

/* Works out what a superblock is and, with store, enters it. NOEXIST: what the agent entered meanwhile stays. With no room in the
 * map the answer is worked out anew each time: slower, never laxer. */
static __noinline int weir_volume_classify(struct super_block *sb, __u32 dev, bool store)
{
	struct weir_abi_volume volume = {}, *below = NULL;
	struct block_device *bdev = BPF_CORE_READ(sb, s_bdev);
	__u32 bdev_dev = bdev ? BPF_CORE_READ(bdev, bd_dev) : 0;

	if (bdev && bdev_dev != dev) /* btrfs numbers its superblocks itself */
		below = bpf_map_lookup_elem(&weir_volumes, &bdev_dev);
	if (below && weir_entry_holds(below, weir_diskseq(bdev))) {
		volume.channel = below->channel;
		volume.profile = below->profile;
	} else if (bdev) {
		weir_classify_disk(bdev, &volume);
	} else if (weir_is_network_magic(BPF_CORE_READ(sb, s_magic))) {
		volume.channel = WEIR_ABI_CHANNEL_SHARE;
		volume.profile = WEIR_ABI_PROFILE_SHARE;
	}
	if (store && bpf_map_update_elem(&weir_volumes, &dev, &volume, BPF_NOEXIST))
		weir_count(WEIR_ABI_COUNT_NO_VOLUME, 1);
	return WEIR_CLASSIFIED(&volume);
}

/* A superblock and what tells it from others: dev is its number, diskseq that of its disk. */
static __always_inline bool weir_sink_known_as(struct super_block *sb, struct block_device *bdev,
					       __u32 dev, __u64 diskseq, struct weir_sink *ret)
{
	struct weir_abi_volume *known = bpf_map_lookup_elem(&weir_volumes, &dev);
	int found;

	__builtin_memset(ret, 0, sizeof(*ret));
	ret->key.dev = dev;
	if (known && weir_entry_holds(known, diskseq)) {
		ret->volume = *known;
		return ret->volume.channel != WEIR_ABI_CHANNEL_NONE;
	}
	if (!bdev && !weir_is_network_magic(BPF_CORE_READ(sb, s_magic)))
		return false;
	found = weir_volume_classify(sb, dev, !known);
	ret->volume.channel = found >> 8;
	ret->volume.profile = found;
	ret->fresh = !known;
	return ret->volume.channel != WEIR_ABI_CHANNEL_NONE;
}

/* False when the volume is none that is looked at. Fills all but the file's number. */
static __always_inline bool weir_sink_of_sb(struct super_block *sb, struct weir_sink *ret)
{
	struct block_device *bdev = BPF_CORE_READ(sb, s_bdev);

	return weir_sink_known_as(sb, bdev, BPF_CORE_READ(sb, s_dev), weir_diskseq(bdev), ret);
}

/* The same of one that the verifier knows: read straight and not by a helper. */
static __always_inline bool weir_sink_of_known_sb(struct super_block *sb, struct weir_sink *ret)
{
	struct block_device *bdev = sb->s_bdev;
	__u64 diskseq = 0;

	if (bdev && bpf_core_field_exists(bdev->bd_disk->diskseq))
		diskseq = bdev->bd_disk->diskseq;
	return weir_sink_known_as(sb, bdev, sb->s_dev, diskseq, ret);
}

/* The block device behind an open node. Not while it is being opened: the mapping is the node's own until then. */
static __always_inline struct block_device *weir_bdev_of(struct file *file)
{
	struct inode *inode = BPF_CORE_READ(file, f_mapping, host);

	return (void *)inode - bpf_core_field_offset(struct bdev_inode, vfs_inode) +
	       bpf_core_field_offset(struct bdev_inode, bdev);
}

/* The same of a block device's node that is open. */
static __always_inline bool weir_sink_of_node(struct file *file, struct weir_sink *ret)
{
	struct block_device *bdev = weir_bdev_of(file);
	__u32 dev = BPF_CORE_READ(file, f_inode, i_rdev);
	struct weir_abi_volume *known = bpf_map_lookup_elem(&weir_volumes, &dev);

	__builtin_memset(ret, 0, sizeof(*ret));
	ret->key.ino = WEIR_ABI_INO_BLOCK;
	ret->key.dev = dev;
	if (known && weir_entry_holds(known, weir_diskseq(bdev))) {
		ret->volume = *known;
		return ret->volume.channel != WEIR_ABI_CHANNEL_NONE;
	}
	weir_classify_disk(bdev, &ret->volume);
	ret->fresh = !known;
	if (!known)
		bpf_map_update_elem(&weir_volumes, &dev, &ret->volume, BPF_NOEXIST);
	return ret->volume.channel != WEIR_ABI_CHANNEL_NONE;
}

/* The sink that an open file or block device is on. Every write asks: what file points to is read straight and not by a helper, so
 * file has to be a pointer that the verifier knows. */
static __always_inline bool weir_sink_of(struct file *file, struct weir_sink *ret)
{
	struct inode *inode = file->f_inode;

	if ((inode->i_mode & WEIR_S_IFMT) == WEIR_S_IFBLK)
		return weir_sink_of_node(file, ret);
	if (!weir_sink_of_known_sb(inode->i_sb, ret))
		return false;
	ret->key.ino = inode->i_ino;
	return true;
}

#define WEIR_MAJOR_SG	 21
#define WEIR_MAJOR_USBFS 189
/* Block SCSI generic takes one of the numbers that are given out at run time. */
#define WEIR_MAJOR_DYNAMIC_FIRST 234
#define WEIR_MAJOR_DYNAMIC_LAST	 511

/* The profile of a character device; what the agent has not entered is taken for the worse where only storage has such numbers,
 * or USB as a whole. */
static __always_inline __u8 weir_char_profile(const struct weir_abi_config *config, __u32 dev)
{
	__u32 major = WEIR_ABI_DEV_MAJOR(dev);
	struct weir_abi_volume *known;

	if (major != WEIR_MAJOR_SG && major != WEIR_MAJOR_USBFS &&
	    (major < WEIR_MAJOR_DYNAMIC_FIRST || major > WEIR_MAJOR_DYNAMIC_LAST))
		return WEIR_ABI_PROFILE_NONE;
	known = bpf_map_lookup_elem(&weir_nodes, &dev);
	if (known)
		return known->profile;
	return major == WEIR_MAJOR_SG || major == WEIR_MAJOR_USBFS ? config->usb_node
								   : WEIR_ABI_PROFILE_NONE;
}

#endif
