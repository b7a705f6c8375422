/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef WEIR_BPF_PROG_FILE_H
#define WEIR_BPF_PROG_FILE_H

/* The bodies of file_open and file_permission: the same for tiers 1 and 2. Neither hook may sleep in tier 2, and
 * file_permission may not in any: what is not in memory cannot be read there, and is looked at later where that can be. */

#define WEIR_CONTEXT		__u64
#define WEIR_READ(scan, to, n)	bpf_probe_read_user(to, n, (void *)(scan)->slot->source)
#define WEIR_FILL_PROCESS(s, p) weir_process_current(p)
#define WEIR_UID(s)		((void)(s), weir_uid_current())
#define WEIR_PUT_OFF(s)		weir_put_off(s)
#define WEIR_FILL_NAMES(s, v)                                                                \
	do {                                                                                 \
		if ((s)->file)                                                               \
			(v)->names_len = weir_names((s)->file, (v)->names, &(v)->names_cut); \
	} while (0)

#include "prog/unseen.bpf.h"

#include "prog/open.bpf.h"

#include "lib/emit/judge.bpf.h"
#include "lib/extract/names.bpf.h"
#include "lib/extract/remote.bpf.h"
#include "lib/extract/write.bpf.h"
#include "lib/scan/lineage.bpf.h"

static __always_inline void weir_emit_open(const struct weir_abi_profile *profile,
					   const struct weir_subject *subject, struct inode *inode,
					   __u8 action)
{
	bool refused = action == WEIR_ABI_ACTION_BLOCK;
	struct weir_abi_sink_open *open = NULL;

	/* What was let through is told only while that leaves room for verdicts. */
	if (refused ||
	    bpf_ringbuf_query(&weir_verdicts, WEIR_RB_AVAIL_DATA) < WEIR_VERDICTS_BYTES / 2)
		open = bpf_ringbuf_reserve(&weir_verdicts, sizeof(*open), 0);
	if (!open) {
		weir_dropped(refused ? WEIR_ABI_COUNT_DROP_VERDICT : WEIR_ABI_COUNT_DROP_OPENING);
		return;
	}
	__builtin_memset(open, 0, sizeof(*open));
	weir_header(&open->hdr, WEIR_ABI_REC_SINK_OPEN, sizeof(*open), profile);
	weir_process_current(&open->process);
	open->target = subject->key;
	open->ctime_ns = weir_inode_ctime_ns(inode);
	open->action = action;
	open->hook = subject->hook;
	open->tier = weir_settings.tier;
	open->channel = subject->channel;
	open->profile = subject->profile;
	open->names_len = weir_names(subject->file, open->names, &open->names_cut);
	bpf_ringbuf_submit(open, 0);
}

/* Opening for writing on a sink: told to user space once per opening, refused when the profile says so. */
static __always_inline __u32 weir_sink_opened(const struct weir_abi_profile *profile,
					      const struct weir_subject *subject,
					      struct inode *inode)
{
	weir_flow_reopened(&subject->key);
	weir_emit_open(profile, subject, inode,
		       profile->on_open == WEIR_ABI_ACTION_BLOCK ? WEIR_ABI_ACTION_BLOCK
								 : WEIR_ABI_ACTION_ALLOW);
	if (profile->on_open != WEIR_ABI_ACTION_BLOCK)
		return 0;
	return weir_act(subject, NULL, NULL, profile->on_open, WEIR_ABI_CAUSE_OPEN);
}

static __always_inline __u32 weir_file_open(struct file *file)
{
	struct inode *inode = file->f_inode;
	bool writes = file->f_mode & WEIR_FMODE_WRITE;
	umode_t kind = inode->i_mode & WEIR_S_IFMT;
	struct weir_abi_profile *profile;
	struct weir_abi_config *config;
	struct weir_abi_label *label;
	struct weir_subject subject;
	struct weir_abi_inode key;
	__u32 error;

	if (kind == WEIR_S_IFBLK || kind == WEIR_S_IFCHR)
		return weir_node_open(file, kind == WEIR_S_IFBLK);
	if (kind != WEIR_S_IFREG && kind != WEIR_S_IFDIR)
		return 0;
	config = weir_active();
	if (!config)
		return 0;
	if (kind == WEIR_S_IFREG && file->f_mode & WEIR_FMODE_READ) {
		weir_file_key(file, &key);
		label = bpf_map_lookup_elem(&weir_labels, &key);
		if (label && !(label->flags & WEIR_ABI_LABEL_CLEAN))
			weir_taint(&key, label->distinct,
				   bpf_ktime_get_boot_ns() + config->taint_ns);
		else if (weir_lineage_live())
			weir_carried(file);
	}
	if (!weir_open_matters(config, writes) ||
	    !weir_sink_subject(file, WEIR_ABI_HOOK_FILE_OPEN, &subject))
		return 0;
	profile = weir_profile(config, subject.profile);
	error = weir_open_refused(profile, &subject, writes);
	if (!error && writes)
		error = weir_sink_opened(profile, &subject, inode);
	return error;
}

/* A file on a sink, or a block device that is one, is about to be written. */
static __always_inline __u32 weir_file_write(struct file *file)
{
	struct weir_buffer buffer = {.file = file};
	struct weir_abi_config *config;
	struct weir_subject subject;

	config = weir_sink_subject(file, WEIR_ABI_HOOK_FILE_PERMISSION, &subject);
	if (!config || weir_is_kernel_thread())
		return 0;
	/* Opened before the rule was there. */
	if (weir_profile(config, subject.profile)->flags & WEIR_ABI_PROFILE_UNCHANGED)
		return weir_act(&subject, NULL, NULL, WEIR_ABI_ACTION_BLOCK, WEIR_ABI_CAUSE_DEVICE);
	weir_buffer_of_write(&buffer);
	if (buffer.kind == WEIR_BUFFER_NOTHING)
		return 0;
	subject.offset = buffer.offset;
	subject.length = buffer.length;
	return weir_judge(config, &subject, &buffer, weir_proc_make(), 0, true);
}

/* Does the current call copy inside the kernel? A worker of io_uring may: it is where splice runs, and what else comes here from
 * it is rare. */
static __always_inline bool weir_is_splice(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct weir_call call;

	if (BPF_CORE_READ(task, flags) & WEIR_PF_IO_WORKER)
		return true;
	return weir_call(&call) && (call.nr == WEIR_NR_SENDFILE || call.nr == WEIR_NR_SPLICE);
}

/* Up to 6.4, sendfile and splice into a socket pass no other hook than this one (kernel commit dc97391e6610 in 6.5 made them
 * messages and took sendpage away). There is no buffer: the label of what the process opened decides. */
static __always_inline __u32 weir_splice_to_socket(struct file *file)
{
	struct weir_subject subject = {.channel = WEIR_ABI_CHANNEL_NETWORK,
				       .hook = WEIR_ABI_HOOK_FILE_PERMISSION};
	struct socket *sock = BPF_CORE_READ(file, private_data);
	struct weir_abi_address remote, local;
	struct proto_ops___sendpage *ops = NULL;
	struct weir_abi_config *config;

	if (!bpf_core_field_exists(ops->sendpage) || !weir_is_splice() ||
	    !weir_ends_of(sock, &remote, &local))
		return 0;
	config = weir_active();
	if (!config)
		return 0;
	subject.profile = weir_dest_profile(config, &remote);
	if (subject.profile == WEIR_ABI_PROFILE_NONE)
		return 0;
	subject.remote = &remote;
	subject.local = &local;
	weir_inode_key(file->f_inode, &subject.key);
	return weir_judge_unseen(config, &subject, weir_proc_make());
}

static __always_inline __u32 weir_write_refused(struct file *file, umode_t kind)
{
	if (kind == WEIR_S_IFREG || kind == WEIR_S_IFBLK)
		return weir_file_write(file);
	if (kind == WEIR_S_IFSOCK)
		return weir_splice_to_socket(file);
	return 0;
}

static __always_inline __u32 weir_file_permission(struct file *file, int mask)
{
	umode_t kind = file->f_inode->i_mode & WEIR_S_IFMT;
	__u32 error = 0;

	if (mask & WEIR_MAY_WRITE) {
		weir_unseen_end(false);
		error = weir_write_refused(file, kind);
	}
	if (!error)
		weir_lineage_passes(file, mask, kind);
	return error;
}

#endif
