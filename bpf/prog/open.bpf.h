/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef WEIR_BPF_PROG_OPEN_H
#define WEIR_BPF_PROG_OPEN_H

/* What the rule for a device says of an opening, whatever the file holds. */

#include "lib/emit/act.bpf.h"
#include "lib/emit/sink.bpf.h"
#include "lib/extract/call.bpf.h"

/* An opening that the device's rule refuses, or whose writer brings no buffer that could be looked at: a thread of the kernel
 * (nfsd, ksmbd; the loop driver opens nothing by itself), and the system's swap. */
static __always_inline __u32 weir_open_refused(const struct weir_abi_profile *profile,
					       const struct weir_subject *subject, bool writes)
{
	struct weir_call call;

	if (profile->flags & WEIR_ABI_PROFILE_UNREAD ||
	    (writes && profile->flags & WEIR_ABI_PROFILE_UNCHANGED))
		return weir_act(subject, NULL, NULL, WEIR_ABI_ACTION_BLOCK, WEIR_ABI_CAUSE_DEVICE);
	if (writes && (weir_is_kernel_thread() || (weir_call(&call) && call.nr == WEIR_NR_SWAPON)))
		return weir_act(subject, NULL, NULL, profile->on_unscannable,
				WEIR_ABI_CAUSE_OPAQUE);
	return 0;
}

/* Opening a device node: a block device is held to its volume's profile, what can't be looked at of a character device to whether
 * it may be used at all. A block device that the agent has not entered is looked at when it is written to. */
static __always_inline __u32 weir_node_open(struct file *file, bool block)
{
	__u32 dev = BPF_CORE_READ(file, f_inode, i_rdev);
	bool writes = file->f_mode & WEIR_FMODE_WRITE;
	struct weir_subject subject = {
		.file = file,
		.key = {.ino = block ? WEIR_ABI_INO_BLOCK : WEIR_ABI_INO_CHAR, .dev = dev},
		.channel = WEIR_ABI_CHANNEL_REMOVABLE,
		.hook = WEIR_ABI_HOOK_FILE_OPEN};
	struct weir_abi_config *config;
	struct weir_abi_volume *known;

	if (!block && !writes)
		return 0;
	config = weir_active();
	if (!config)
		return 0;
	if (block) {
		known = bpf_map_lookup_elem(&weir_volumes, &dev);
		subject.profile = known ? known->profile : WEIR_ABI_PROFILE_NONE;
	} else {
		subject.profile = weir_char_profile(config, dev);
	}
	if (subject.profile == WEIR_ABI_PROFILE_NONE)
		return 0;
	if (block && writes)
		weir_flow_reopened(&subject.key);
	return weir_open_refused(weir_profile(config, subject.profile), &subject, writes);
}

/* Openings for reading are looked at only while some device may not be read at all. */
static __always_inline bool weir_open_matters(const struct weir_abi_config *config, bool writes)
{
	return writes || config->flags & WEIR_ABI_CONFIG_UNREAD;
}

#endif
