/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef WEIR_BPF_EXTRACT_VOLUME_H
#define WEIR_BPF_EXTRACT_VOLUME_H

/* Is a superblock a sink? The agent enters what it knows (loop, device-mapper, network file systems, named mounts). What it did
 * not enter is looked at here once: a volume straight on a USB disk is removable, so a stick that is plugged while the agent is
 * down, or faster than it reads mountinfo, is held all the same. */

#include "lib/base/core.bpf.h"

#define WEIR_BUS_DEPTH 12 /* a stick sits 6 to 9 devices below its bus */

static __always_inline bool weir_on_usb(struct super_block *sb)
{
	struct device *device = &BPF_CORE_READ(sb, s_bdev, bd_disk, part0)->bd_device;

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

static __noinline int weir_volume_classify(struct super_block *sb, __u32 dev)
{
	struct weir_abi_volume volume = {};

	if (BPF_CORE_READ(sb, s_bdev) && weir_on_usb(sb)) {
		volume.channel = WEIR_ABI_CHANNEL_REMOVABLE;
		volume.profile = WEIR_ABI_PROFILE_REMOVABLE;
	}
	/* NOEXIST: what the agent entered meanwhile stays. */
	if (bpf_map_update_elem(&weir_volumes, &dev, &volume, BPF_NOEXIST))
		weir_count(WEIR_ABI_COUNT_NO_VOLUME, 1);
	return volume.channel;
}

/* The sink that an inode lies on, NULL when it lies on none. *ret_fresh is 1 when the kernel classified it just now. With no
 * room in the map the answer is worked out anew each time: slower, never laxer. */
static __always_inline bool weir_volume_of(struct inode *inode, struct weir_abi_volume *ret,
					   __u32 *ret_dev, bool *ret_fresh)
{
	struct super_block *sb = BPF_CORE_READ(inode, i_sb);
	__u32 dev = BPF_CORE_READ(sb, s_dev);
	struct weir_abi_volume *known = bpf_map_lookup_elem(&weir_volumes, &dev);

	*ret_dev = dev;
	*ret_fresh = false;
	if (known) {
		*ret = *known;
		return ret->channel != WEIR_ABI_CHANNEL_NONE;
	}
	if (!BPF_CORE_READ(sb, s_bdev))
		return false;
	if (weir_volume_classify(sb, dev) != WEIR_ABI_CHANNEL_REMOVABLE)
		return false;
	*ret = (struct weir_abi_volume){.channel = WEIR_ABI_CHANNEL_REMOVABLE,
					.profile = WEIR_ABI_PROFILE_REMOVABLE};
	*ret_fresh = true;
	return true;
}

#endif
