/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Tier 3: opening the node of a device. What is written to a disk past its files is seen by nobody here, so that a sink's node is
 * not opened for it. The kernel asks a cgroup's programs with a number and an access alone, for an opening as for its own use of
 * the disk, such as a mount; whose it is has to be found out. */

#define WEIR_NO_PID_HELPER
#define WEIR_FILL_PROCESS(s, p) weir_process_current(p)
#define WEIR_FILL_NAMES(s, v)	((void)(v)) /* the agent knows the node's name */

#include "prog/open.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* What is asked for: a node, and how it is to be used. */
struct weir_asked {
	__u32 dev;
	bool block, writes;
};

/* Certain: from the walk along the path until the file is open, nd is where the walk has got to. What the kernel opens by number
 * alone comes after the walk that found the number, or without any; and without one the kernel gives nobody a descriptor of a node:
 * listeners of fanotify's are told of files and folders. */
static __always_inline bool weir_opens_by_path(const struct weir_asked *asked)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct nameidata *nd = BPF_CORE_READ(task, nameidata);
	struct inode *inode;

	if (!nd)
		return false;
	inode = BPF_CORE_READ(nd, path.dentry, d_inode);
	return BPF_CORE_READ(inode, i_rdev) == asked->dev &&
	       (BPF_CORE_READ(inode, i_mode) & WEIR_S_IFMT) ==
		       (asked->block ? WEIR_S_IFBLK : WEIR_S_IFCHR);
}

/* Swap that is older than the rule is to end: its node is opened to tell which it is, and nobody gets a descriptor. */
static __always_inline bool weir_ends_swap(void)
{
	struct weir_call call;

	return weir_call(&call) && call.nr == WEIR_NR_SWAPOFF;
}

static __always_inline bool weir_is_opening(const struct weir_asked *asked)
{
	return weir_opens_by_path(asked) && !weir_ends_swap();
}

/* As weir_node_open finds it. */
static __always_inline __u32 weir_profile_of(const struct weir_abi_config *config,
					     const struct weir_asked *asked)
{
	struct weir_abi_volume *known;

	if (!asked->block)
		return asked->writes ? weir_char_profile(config, asked->dev)
				     : WEIR_ABI_PROFILE_NONE;
	known = bpf_map_lookup_elem(&weir_volumes, &asked->dev);
	return known ? known->profile : WEIR_ABI_PROFILE_NONE;
}

static __always_inline bool weir_rule_refuses(const struct weir_abi_profile *profile, bool writes)
{
	return profile->flags & WEIR_ABI_PROFILE_UNREAD ||
	       (writes && profile->flags & WEIR_ABI_PROFILE_UNCHANGED);
}

static __always_inline bool weir_opening_refused(const struct weir_asked *asked)
{
	struct weir_subject subject = {
		.key = {.ino = asked->block ? WEIR_ABI_INO_BLOCK : WEIR_ABI_INO_CHAR,
			.dev = asked->dev},
		.channel = WEIR_ABI_CHANNEL_REMOVABLE,
		.hook = WEIR_ABI_HOOK_CGROUP_DEVICE};
	struct weir_abi_profile *profile;
	struct weir_abi_config *config;

	config = weir_active();
	if (!config)
		return false;
	subject.profile = weir_profile_of(config, asked);
	if (subject.profile == WEIR_ABI_PROFILE_NONE)
		return false;
	profile = weir_profile(config, subject.profile);
	if (weir_rule_refuses(profile, asked->writes))
		return weir_is_opening(asked) &&
		       weir_act(&subject, NULL, NULL, WEIR_ABI_ACTION_BLOCK, WEIR_ABI_CAUSE_DEVICE);
	/* What is written to a block device from here on has no buffer that anybody looks at. */
	if (!asked->block || !asked->writes || profile->on_unscannable == WEIR_ABI_ACTION_ALLOW ||
	    !weir_is_opening(asked))
		return false;
	/* One opening is asked about twice: where it is only recorded, the process's entry keeps the second record back. */
	return weir_act(&subject, NULL, weir_proc_make(), profile->on_unscannable,
			WEIR_ABI_CAUSE_OPAQUE);
}

SEC("cgroup/dev")
int weir_cgroup_device(struct bpf_cgroup_dev_ctx *ctx)
{
	const __u32 type = ctx->access_type & 0xffff, access = ctx->access_type >> 16;
	const struct weir_asked asked = {.dev = WEIR_ABI_DEV(ctx->major, ctx->minor),
					 .block = type == BPF_DEVCG_DEV_BLOCK,
					 .writes = access & BPF_DEVCG_ACC_WRITE};

	if (!(access &
	      (BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE))) /* making a node opens nothing */
		return 1;
	return weir_opening_refused(&asked) ? 0 : 1;
}
