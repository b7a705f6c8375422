/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef WEIR_BPF_EXTRACT_BUFFER_H
#define WEIR_BPF_EXTRACT_BUFFER_H

/* Where the bytes of a call lie in user memory: one range, or an array of ranges in user or kernel memory. */

#include "lib/base/core.bpf.h"

enum weir_buffer_kind {
	WEIR_BUFFER_OPAQUE =
		0,	     /* no user buffer that can be found: splice, sendfile, io_uring, aio */
	WEIR_BUFFER_NOTHING, /* the call writes no data of its own */
	WEIR_BUFFER_RANGE,
	WEIR_BUFFER_IOVEC_USER,	  /* the array itself is in user memory */
	WEIR_BUFFER_IOVEC_KERNEL, /* the array is in kernel memory, its ranges are the user's */
};

struct weir_buffer {
	__u64 base;   /* of the range or of the array */
	__u64 count;  /* bytes, or ranges */
	__u64 skip;   /* bytes of the first range that are done already */
	__u64 length; /* bytes in all, as far as known */
	__u64 offset; /* position in the file; 0 for sockets */
	__u32 kind;
	__u32 pad;
};

#define WEIR_IOV_MAX 1024 /* UIO_MAXIOV */

#if defined(__TARGET_ARCH_x86)
#define WEIR_NR_WRITE		  1
#define WEIR_NR_PWRITE64	  18
#define WEIR_NR_WRITEV		  20
#define WEIR_NR_SENDFILE	  40
#define WEIR_NR_SWAPON		  167
#define WEIR_NR_SPLICE		  275
#define WEIR_NR_FALLOCATE	  285
#define WEIR_NR_PWRITEV		  296
#define WEIR_NR_COPY_FILE_RANGE	  326
#define WEIR_NR_PWRITEV2	  328
#define WEIR_TS_COMPAT		  0x2 /* a 32-bit call: other numbers, 32-bit arguments */
#define WEIR_RWF_APPEND		  0x10
#define WEIR_RWF_NOAPPEND	  0x20
#define WEIR_NR_COMPAT_SENDFILE	  187
#define WEIR_NR_COMPAT_SENDFILE64 239
#define WEIR_NR_COMPAT_SPLICE	  313
#else
#error "bpf/lib/extract/buffer.bpf.h: no system call numbers for this architecture yet"
#endif

/* The arguments of the system call that the current task is in; its registers are still those of the entry. A worker thread of
 * io_uring has the registers of nothing in particular. Work that io_uring does at the end of a call finds those of a call that is
 * over: ax is -ENOSYS as long as the call runs, its result from then on. */
static __always_inline bool weir_syscall(struct pt_regs **ret_regs, __u64 *ret_nr)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u32 flags = BPF_CORE_READ(task, flags);
	struct pt_regs *regs;

	if (flags & (WEIR_PF_KTHREAD | WEIR_PF_IO_WORKER))
		return false;
	if (BPF_CORE_READ(task, thread_info.status) & WEIR_TS_COMPAT)
		return false;
	regs = (struct pt_regs *)bpf_task_pt_regs(task);
	if ((__s64)BPF_CORE_READ(regs, ax) != -WEIR_ENOSYS)
		return false;
	*ret_regs = regs;
	*ret_nr = BPF_CORE_READ(regs, orig_ax);
	return true;
}

/* Where a write goes that brings a position (-1: none) and flags of its own. Appending wins, also over pwrite's position. */
static __always_inline __u64 weir_write_offset(struct file *file, __s64 at, __u64 flags)
{
	bool append = BPF_CORE_READ(file, f_flags) & WEIR_O_APPEND;

	if (flags & WEIR_RWF_NOAPPEND)
		append = false;
	if (append || flags & WEIR_RWF_APPEND)
		return BPF_CORE_READ(file, f_inode, i_size);
	return at == -1 ? BPF_CORE_READ(file, f_pos) : at;
}

/* The buffer of the write that file_permission was called for. */
static __always_inline void weir_buffer_of_write(struct file *file, struct weir_buffer *ret)
{
	struct pt_regs *regs;
	__u64 nr, flags = 0;
	__s64 at = -1;

	__builtin_memset(ret, 0, sizeof(*ret));
	ret->offset = weir_write_offset(file, at, flags);
	if (!weir_syscall(&regs, &nr))
		return;
	switch (nr) {
	case WEIR_NR_PWRITE64:
		at = BPF_CORE_READ(regs, r10);
		/* fall through */
	case WEIR_NR_WRITE:
		ret->kind = WEIR_BUFFER_RANGE;
		break;
	case WEIR_NR_PWRITEV2:
		flags = BPF_CORE_READ(regs, r9);
		/* fall through */
	case WEIR_NR_PWRITEV:
		at = BPF_CORE_READ(regs, r10);
		/* fall through */
	case WEIR_NR_WRITEV:
		ret->kind = WEIR_BUFFER_IOVEC_USER;
		break;
	case WEIR_NR_FALLOCATE:
		ret->kind = WEIR_BUFFER_NOTHING;
		return;
	default:
		return;
	}
	ret->offset = weir_write_offset(file, at, flags);
	ret->base = BPF_CORE_READ(regs, si);
	ret->count = BPF_CORE_READ(regs, dx);
	if (ret->kind == WEIR_BUFFER_RANGE)
		ret->length = ret->count;
}

/* The buffer of a message that is about to be sent. */
static __always_inline void weir_buffer_of_message(struct msghdr *msg, __u64 size,
						   struct weir_buffer *ret)
{
	struct iov_iter *iter = &msg->msg_iter;
	__u8 type = BPF_CORE_READ(iter, iter_type);

	__builtin_memset(ret, 0, sizeof(*ret));
	ret->length = size;
	ret->skip = BPF_CORE_READ(iter, iov_offset);
	if (bpf_core_enum_value_exists(enum iter_type, ITER_UBUF) &&
	    type == bpf_core_enum_value(enum iter_type, ITER_UBUF)) {
		ret->kind = WEIR_BUFFER_RANGE;
		ret->base = (__u64)BPF_CORE_READ(iter, ubuf) + ret->skip;
		ret->count = BPF_CORE_READ(iter, count);
		ret->skip = 0;
	} else if (type == bpf_core_enum_value(enum iter_type, ITER_IOVEC)) {
		struct iov_iter___underscore *now = (void *)iter;
		struct iov_iter___plain *before = (void *)iter;

		ret->kind = WEIR_BUFFER_IOVEC_KERNEL;
		ret->count = BPF_CORE_READ(iter, nr_segs);
		if (bpf_core_field_exists(now->__iov))
			ret->base = (__u64)BPF_CORE_READ(now, __iov);
		else
			ret->base = (__u64)BPF_CORE_READ(before, iov);
	}
}

#endif
