/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef WEIR_BPF_EXTRACT_CALL_H
#define WEIR_BPF_EXTRACT_CALL_H

/* The system call that the current task is in. */

#include "lib/base/core.bpf.h"

#if defined(__TARGET_ARCH_x86)
#define WEIR_NR_WRITE		1
#define WEIR_NR_IOCTL		16
#define WEIR_NR_PWRITE64	18
#define WEIR_NR_WRITEV		20
#define WEIR_NR_SENDFILE	40
#define WEIR_NR_SWAPON		167
#define WEIR_NR_SWAPOFF		168 /* of 64 bits alone */
#define WEIR_NR_IO_SUBMIT	209
#define WEIR_NR_SPLICE		275
#define WEIR_NR_FALLOCATE	285
#define WEIR_NR_PWRITEV		296
#define WEIR_NR_COPY_FILE_RANGE 326
#define WEIR_NR_PWRITEV2	328
#define WEIR_NR_IO_URING_ENTER	426
#define WEIR_THREAD_SIZE \
	16384 /* kernels before 5.15 have no helper that knows it; KASAN's is another */
#define WEIR_TS_COMPAT 0x2 /* a 32-bit call: other numbers, 32-bit arguments */
#else
#error "bpf/lib/extract/call.bpf.h: no system call numbers for this architecture yet"
#endif

#define WEIR_NR_OTHER ((__u64)-1)

#define WEIR_FICLONE	   0x40049409
#define WEIR_FICLONERANGE  0x4020940d
#define WEIR_FIDEDUPERANGE 0xc0189436

struct weir_call {
	__u64 nr; /* of the 64-bit call, also when it is a 32-bit one; WEIR_NR_OTHER when no program here cares */
	__u64 arg[6];
	__u32 compat;
	__u32 pad;
};

/* The numbers of i386 that programs here care about, as those of x86-64. */
static __always_inline __u64 weir_compat_nr(__u64 nr)
{
	switch (nr) {
	case 4:
		return WEIR_NR_WRITE;
	case 54:
		return WEIR_NR_IOCTL;
	case 87:
		return WEIR_NR_SWAPON;
	case 146:
		return WEIR_NR_WRITEV;
	case 181:
		return WEIR_NR_PWRITE64;
	case 187: /* sendfile */
	case 239: /* sendfile64 */
		return WEIR_NR_SENDFILE;
	case 248:
		return WEIR_NR_IO_SUBMIT;
	case 313:
		return WEIR_NR_SPLICE;
	case 324:
		return WEIR_NR_FALLOCATE;
	case 334:
		return WEIR_NR_PWRITEV;
	case 377:
		return WEIR_NR_COPY_FILE_RANGE;
	case 379:
		return WEIR_NR_PWRITEV2;
	case 426:
		return WEIR_NR_IO_URING_ENTER;
	default:
		return WEIR_NR_OTHER;
	}
}

static __always_inline void weir_compat_call(struct pt_regs *regs, struct weir_call *ret)
{
	ret->compat = 1;
	ret->nr = weir_compat_nr(ret->nr);
	ret->arg[0] = (__u32)BPF_CORE_READ(regs, bx);
	ret->arg[1] = (__u32)BPF_CORE_READ(regs, cx);
	ret->arg[2] = (__u32)BPF_CORE_READ(regs, dx);
	ret->arg[3] = (__u32)BPF_CORE_READ(regs, si);
	ret->arg[4] = (__u32)BPF_CORE_READ(regs, di);
	ret->arg[5] = (__u32)BPF_CORE_READ(regs, bp);
}

/* Where a task's registers of its entry to the kernel are: at the end of its stack. */
static __always_inline struct pt_regs *weir_entry_registers(struct task_struct *task)
{
	return BPF_CORE_READ(task, stack) + WEIR_THREAD_SIZE - bpf_core_type_size(struct pt_regs);
}

/* Its registers are still those of the entry. A worker thread of io_uring has the registers of nothing in particular. Work that
 * io_uring does at the end of a call finds those of a call that is over: ax is -ENOSYS as long as the call runs, its result from
 * then on. */
static __always_inline bool weir_call(struct weir_call *ret)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct pt_regs *regs;

	if (BPF_CORE_READ(task, flags) & (WEIR_PF_KTHREAD | WEIR_PF_IO_WORKER))
		return false;
	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_task_pt_regs))
		regs = (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());
	else
		regs = weir_entry_registers(task);
	if ((__s32)BPF_CORE_READ(regs, ax) != -WEIR_ENOSYS)
		return false;
	ret->pad = 0;
	ret->nr = BPF_CORE_READ(regs, orig_ax);
	if (BPF_CORE_READ(task, thread_info.status) & WEIR_TS_COMPAT) {
		weir_compat_call(regs, ret);
		return true;
	}
	ret->compat = 0;
	ret->arg[0] = BPF_CORE_READ(regs, di);
	ret->arg[1] = BPF_CORE_READ(regs, si);
	ret->arg[2] = BPF_CORE_READ(regs, dx);
	ret->arg[3] = BPF_CORE_READ(regs, r10);
	ret->arg[4] = BPF_CORE_READ(regs, r8);
	ret->arg[5] = BPF_CORE_READ(regs, r9);
	return true;
}

/* The position that pwrite and its kin bring: 32-bit callers bring it in halves. */
static __always_inline __s64 weir_call_position(const struct weir_call *call)
{
	return call->compat ? call->arg[3] | call->arg[4] << 32 : call->arg[3];
}

static __always_inline struct file *weir_file_of_fd(__u32 fd)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct fdtable *table = BPF_CORE_READ(task, files, fdt);
	struct file **slots = BPF_CORE_READ(table, fd);
	struct file *file = NULL;

	if (fd < BPF_CORE_READ(table, max_fds))
		bpf_probe_read_kernel(&file, sizeof(file), slots + fd);
	return file;
}

#endif
