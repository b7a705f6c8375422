/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef WEIR_BPF_PROG_DEVICE_H
#define WEIR_BPF_PROG_DEVICE_H

/* What rules for devices refuse besides opening and writing: names and attributes on a volume, mounting it, and commands that
 * reach a disk past its files. The same bodies for tiers 1 and 2. */

#define WEIR_FILL_PROCESS(s, p) weir_process_current(p)
#define WEIR_FILL_NAMES(s, v)                                                                     \
	do {                                                                                      \
		if ((s)->dentry)                                                                  \
			(v)->names_len = weir_names_of((s)->dentry, (v)->names, &(v)->names_cut); \
	} while (0)

#include "lib/emit/verdict.bpf.h"
#include "lib/extract/volume.bpf.h"

static __always_inline bool weir_device_refused(struct weir_subject *subject)
{
	weir_count(WEIR_ABI_COUNT_DENIED, 1);
	weir_emit_verdict(subject, NULL, NULL, WEIR_ABI_ACTION_BLOCK, WEIR_ABI_CAUSE_DEVICE);
	return true;
}

/* dentry is created, removed or altered on a sink. */
static __always_inline bool weir_changing_refused(const struct weir_sink *sink,
						  struct dentry *dentry)
{
	struct weir_subject subject = {.dentry = dentry,
				       .key = sink->key,
				       .profile = sink->volume.profile,
				       .channel = sink->volume.channel,
				       .hook = WEIR_ABI_HOOK_VOLUME_CHANGE};
	struct weir_abi_config *config;

	if (subject.profile == WEIR_ABI_PROFILE_NONE)
		return false;
	config = weir_active();
	if (!config)
		return false;
	return weir_profile(config, subject.profile)->flags & WEIR_ABI_PROFILE_UNCHANGED &&
	       weir_device_refused(&subject);
}

/* sb is one that the verifier knows. */
static __always_inline bool weir_change_refused(struct super_block *sb, struct dentry *dentry)
{
	struct weir_sink sink;

	return weir_sink_of_known_sb(sb, &sink) && weir_changing_refused(&sink, dentry);
}

/* Some hooks gained a first argument on the way, the map of the mount's ids: the dentry is the second where the function has one
 * more than plain arguments. Both are read at fixed places, as the verifier asks. */
static __always_inline struct dentry *weir_dentry_at(void *ctx, __u32 plain)
{
	__u64 first = ((volatile __u64 *)ctx)[0], second = ((volatile __u64 *)ctx)[1];

	asm volatile("" : "+r"(first), "+r"(second));
	if (!bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_get_func_arg_cnt))
		return (void *)first;
	return (void *)(bpf_get_func_arg_cnt(ctx) > plain ? second : first);
}

static __always_inline bool weir_attribute_refused(struct dentry *dentry)
{
	struct weir_sink sink;

	return weir_sink_of_sb(BPF_CORE_READ(dentry, d_sb), &sink) &&
	       weir_changing_refused(&sink, dentry);
}

/* A superblock is about to be mounted. One that the agent has not entered passes: its files are held until it has. */
static __always_inline bool weir_mount_refused(struct super_block *sb)
{
	struct weir_subject subject = {.hook = WEIR_ABI_HOOK_VOLUME_MOUNT};
	struct weir_abi_config *config = weir_active();
	struct weir_sink sink;

	if (!config || !weir_sink_of_sb(sb, &sink) ||
	    !(sink.volume.flags & WEIR_ABI_VOLUME_BY_AGENT))
		return false;
	subject.profile = sink.volume.profile;
	subject.channel = sink.volume.channel;
	subject.key = sink.key;
	subject.key.ino = WEIR_ABI_INO_BLOCK;
	return weir_profile(config, subject.profile)->flags & WEIR_ABI_PROFILE_UNREAD &&
	       weir_device_refused(&subject);
}

/* include/scsi/sg.h, include/uapi/linux/{fs,cdrom,usbdevice_fs}.h */
#define WEIR_SG_IO		0x2285
#define WEIR_SCSI_SEND_COMMAND	1
#define WEIR_CDROM_SEND_PACKET	0x5393
#define WEIR_BLKDISCARD		0x1277
#define WEIR_BLKSECDISCARD	0x127d
#define WEIR_BLKZEROOUT		0x127f
#define WEIR_SG_DXFER_NONE	(-1)
#define WEIR_SG_DXFER_FROM_DEV	(-3)
#define WEIR_USBDEVFS_TYPE	'U'
#define WEIR_USBDEVFS_CONTROL	0
#define WEIR_USBDEVFS_BULK	2
#define WEIR_USBDEVFS_SUBMITURB 10
#define WEIR_USBDEVFS_CLAIM	15
#define WEIR_USBDEVFS_IOCTL	18

/* Can a SCSI command take data to the device? Where the descriptor may not write, the kernel lets only reading commands of people
 * without CAP_SYS_RAWIO through; udev's programs have it, and ask what a disk is by commands whose data comes from the disk. */
static __always_inline bool weir_scsi_writes(struct file *file, __u32 cmd, __u64 arg)
{
	struct {
		__s32 interface, direction;
	} head = {};

	if (cmd != WEIR_SG_IO || file->f_mode & WEIR_FMODE_WRITE)
		return true;
	if (bpf_probe_read_user(&head, sizeof(head), (void *)arg))
		return true;
	return head.interface != 'S' ||
	       (head.direction != WEIR_SG_DXFER_NONE && head.direction != WEIR_SG_DXFER_FROM_DEV);
}

static __always_inline bool weir_is_scsi(__u32 cmd)
{
	return cmd == WEIR_SG_IO || cmd == WEIR_SCSI_SEND_COMMAND || cmd == WEIR_CDROM_SEND_PACKET;
}

/* What a block device's ioctl may do to it: commands past the page cache are what can't be looked at; discarding alters it. */
static __always_inline bool weir_block_command_refused(struct file *file, __u32 cmd, __u64 arg)
{
	struct weir_subject subject = {.dentry = BPF_CORE_READ(file, f_path.dentry),
				       .hook = WEIR_ABI_HOOK_NODE_IOCTL};
	bool alters = cmd == WEIR_BLKDISCARD || cmd == WEIR_BLKSECDISCARD || cmd == WEIR_BLKZEROOUT;
	struct weir_abi_profile *profile;
	struct weir_abi_config *config;
	struct weir_sink sink;

	if (!alters && !weir_is_scsi(cmd))
		return false;
	config = weir_active();
	if (!config || !weir_sink_of_node(file, &sink) ||
	    sink.volume.profile == WEIR_ABI_PROFILE_NONE)
		return false;
	subject.profile = sink.volume.profile;
	subject.channel = sink.volume.channel;
	subject.key = sink.key;
	profile = weir_profile(config, subject.profile);
	if (alters)
		return profile->flags & WEIR_ABI_PROFILE_UNCHANGED && weir_device_refused(&subject);
	return profile->on_unscannable == WEIR_ABI_ACTION_BLOCK &&
	       weir_scsi_writes(file, cmd, arg) && weir_device_refused(&subject);
}

static __always_inline bool weir_usbfs_sends(__u32 cmd)
{
	__u32 number = cmd & 0xff;

	return (cmd >> 8 & 0xff) == WEIR_USBDEVFS_TYPE &&
	       (number == WEIR_USBDEVFS_CONTROL || number == WEIR_USBDEVFS_BULK ||
		number == WEIR_USBDEVFS_SUBMITURB || number == WEIR_USBDEVFS_CLAIM ||
		number == WEIR_USBDEVFS_IOCTL);
}

/* A character device that was opened before its rule was there, or for reading: SCSI commands go either way. */
static __always_inline bool weir_char_command_refused(struct file *file, __u32 cmd, __u64 arg)
{
	__u32 dev = BPF_CORE_READ(file, f_inode, i_rdev);
	struct weir_subject subject = {.dentry = BPF_CORE_READ(file, f_path.dentry),
				       .key = {.ino = WEIR_ABI_INO_CHAR, .dev = dev},
				       .channel = WEIR_ABI_CHANNEL_REMOVABLE,
				       .hook = WEIR_ABI_HOOK_NODE_IOCTL};
	struct weir_abi_config *config;

	if (!weir_usbfs_sends(cmd) && !weir_is_scsi(cmd))
		return false;
	config = weir_active();
	if (!config)
		return false;
	subject.profile = weir_char_profile(config, dev);
	if (!(weir_profile(config, subject.profile)->flags & WEIR_ABI_PROFILE_UNREAD))
		return false;
	return (weir_usbfs_sends(cmd) || weir_scsi_writes(file, cmd, arg)) &&
	       weir_device_refused(&subject);
}

static __always_inline bool weir_command_refused(struct file *file, __u32 cmd, __u64 arg)
{
	umode_t kind = BPF_CORE_READ(file, f_inode, i_mode) & WEIR_S_IFMT;

	if (kind == WEIR_S_IFBLK)
		return weir_block_command_refused(file, cmd, arg);
	return kind == WEIR_S_IFCHR && weir_char_command_refused(file, cmd, arg);
}

#endif
