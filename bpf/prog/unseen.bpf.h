/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef WEIR_BPF_PROG_UNSEEN_H
#define WEIR_BPF_PROG_UNSEEN_H

/* May a write that could not be read at its call go on? Only when it is certain to come by prog/tracing/late.bpf.c with its pages in
 * memory, before any byte of them is copied. */

#include "lib/emit/record.bpf.h"
#include "lib/extract/call.bpf.h"
#include "lib/extract/unseen.bpf.h"

#define WEIR_S_DAX (1U << 13)

/* File systems that write by generic_perform_write(), which brings the pages in before it copies from them, on every kernel where
 * the self-test has seen it. Others copy in ways of their own (btrfs, FUSE, 9p, CIFS), and so does direct I/O. */
static __always_inline bool weir_brings_in_first(struct file *file)
{
	struct inode *inode = BPF_CORE_READ(file, f_inode);

	if ((BPF_CORE_READ(inode, i_mode) & WEIR_S_IFMT) != WEIR_S_IFREG ||
	    BPF_CORE_READ(inode, i_flags) & WEIR_S_DAX ||
	    BPF_CORE_READ(file, f_flags) & WEIR_O_DIRECT)
		return false;
	switch ((__u32)BPF_CORE_READ(inode, i_sb, s_magic)) {
	case 0xef53:	 /* ext2, ext3, ext4 */
	case 0x4d44:	 /* FAT */
	case 0x2011bab0: /* exFAT */
	case 0x01021994: /* tmpfs */
		return true;
	default:
		return false;
	}
}

/* Of one range, by which its pages are known again; and no asynchronous one, which may take its bytes from pages that its thread does
 * not reach by their address. */
static __always_inline bool weir_is_plain_write(struct weir_call *ret)
{
	return weir_call(ret) && (ret->nr == WEIR_NR_WRITE || ret->nr == WEIR_NR_PWRITE64);
}

/* 1: it goes on and is looked at later, 0: it does not. Process 1 cannot be stopped then, so it is now. Global, so that its frame is
 * none of the scan's. */
__noinline int weir_put_off(const struct weir_subject *subject)
{
	struct weir_unseen unseen = {};
	struct weir_abi_config *config;
	struct weir_call call;
	__u32 zero = 0;

	config = bpf_map_lookup_elem(&weir_config, &zero);
	if (!subject || !config)
		return 0;
	if (!config->late_looks && subject->profile != WEIR_ABI_PROFILE_SELFTEST)
		return 0;
	if (bpf_get_current_pid_tgid() >> 32 == 1 || !weir_is_plain_write(&call) ||
	    !weir_brings_in_first(subject->file))
		return 0;
	unseen.key = subject->key;
	unseen.file = (__u64)subject->file;
	unseen.offset = subject->offset;
	unseen.base = call.arg[1];
	unseen.count = call.arg[2];
	unseen.profile = subject->profile;
	unseen.channel = subject->channel;
	return weir_unseen_begin(&unseen);
}

#endif
