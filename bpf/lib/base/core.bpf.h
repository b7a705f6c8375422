/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef WEIR_BPF_BASE_CORE_H
#define WEIR_BPF_BASE_CORE_H

/* Settings, counters, and whether a program is to act at all. */

#include "lib/base/maps.bpf.h"

#define WEIR_EACCES	  13
#define WEIR_EXDEV	  18
#define WEIR_EINVAL	  22
#define WEIR_ENOSYS	  38
#define WEIR_EOPNOTSUPP	  95
#define WEIR_ERRNO_MASK	  0xfff
#define WEIR_FMODE_READ	  0x1
#define WEIR_FMODE_WRITE  0x2
#define WEIR_MAY_WRITE	  0x2
#define WEIR_O_TRUNC	  01000
#define WEIR_O_APPEND	  02000
#define WEIR_O_DIRECT	  040000
#define WEIR_ATTR_OPEN	  (1 << 15)
#define WEIR_S_IFMT	  0170000
#define WEIR_S_IFIFO	  0010000
#define WEIR_S_IFREG	  0100000
#define WEIR_S_IFDIR	  0040000
#define WEIR_S_IFBLK	  0060000
#define WEIR_S_IFCHR	  0020000
#define WEIR_S_IFSOCK	  0140000
#define WEIR_SB_BORN	  (1UL << 29)
#define WEIR_PF_KTHREAD	  0x00200000
#define WEIR_PF_IO_WORKER 0x00000010

/* WEIR_PLAIN: the object is for kernels before 5.12, whose verifier takes no pointer into a global function and no atomic operation
 * that returns a value, whether or not it is ever reached. */
#ifdef WEIR_PLAIN
#define WEIR_GLOBAL static __noinline
#else
#define WEIR_GLOBAL __noinline
#endif

/* The current process. WEIR_NO_PID_HELPER: programs of this kind have that helper only since 6.10. A macro, so that the others are
 * the same code as with the helper: their stacks are full. */
#ifdef WEIR_NO_PID_HELPER
#define weir_tgid() BPF_CORE_READ((struct task_struct *)bpf_get_current_task(), tgid)
#else
#define weir_tgid() (bpf_get_current_pid_tgid() >> 32)
#endif

/* Set by the loader before loading; a section of its own, so that the loader needs no names. */
const volatile struct weir_abi_settings weir_settings SEC(".rodata.weir") = {};

static __always_inline void weir_count(enum weir_abi_counter counter, __u64 n)
{
	__u32 key = counter;
	__u64 *value = bpf_map_lookup_elem(&weir_counters, &key);

	if (value)
		*value += n;
}

/* Is task, a process's first thread, the agent's? The number may have gone to another process since the agent died. */
static __always_inline bool weir_is_agent(const struct weir_abi_config *config,
					  struct task_struct *task)
{
	return config->agent_tgid == (__u32)BPF_CORE_READ(task, tgid) &&
	       BPF_CORE_READ(task, start_boottime) / 10000000 == config->agent_start_ticks;
}

/* The current process as that of the self-test: the agent's own child, so that its number is worth nothing to anybody else when a
 * test was cut short. */
static __always_inline bool weir_is_test(const struct weir_abi_config *config, __u32 tgid)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	return config->test_tgid && config->test_tgid == tgid &&
	       weir_is_agent(config, BPF_CORE_READ(task, group_leader, real_parent, group_leader));
}

/* Are these programs in charge of tgid, the current process or 0? The process of a self-test belongs to the generation under test
 * alone, so that what it sees refused was refused by the programs under test and not by those that they are to replace. */
static __always_inline bool weir_in_charge(const struct weir_abi_config *config, __u32 tgid)
{
	if (config->abi != WEIR_ABI_VERSION)
		return false;
	if (weir_is_test(config, tgid))
		return config->test_generation == weir_settings.generation;
	return config->generation == weir_settings.generation;
}

/* The settings when these programs are to act for the current task, NULL when they are not: another generation is in charge, or
 * the caller is the agent itself. */
static __always_inline struct weir_abi_config *weir_active(void)
{
	__u32 zero = 0, tgid = weir_tgid();
	struct weir_abi_config *config = bpf_map_lookup_elem(&weir_config, &zero);

	if (!config || !weir_in_charge(config, tgid))
		return NULL;
	if (config->agent_tgid == tgid) {
		struct task_struct *task = (void *)bpf_get_current_task();

		if (weir_is_agent(config, BPF_CORE_READ(task, group_leader)))
			return NULL;
	}
	return config;
}

/* A thread of the kernel has no buffer of a person's. The loop driver's worker writes back pages of the file system inside, which
 * is a sink itself and was looked at when it was written to (up to 6.1 this passes the hooks; later kernels have none for it); a
 * network file system's sends what its own channel has decided on. */
static __always_inline bool weir_is_kernel_thread(void)
{
	struct task_struct *task;

	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_get_current_task_btf))
		return bpf_get_current_task_btf()->flags & WEIR_PF_KTHREAD;
	task = (void *)bpf_get_current_task();
	return BPF_CORE_READ(task, flags) & WEIR_PF_KTHREAD;
}

/* What a hook returns for an errno, 0 to let the call through. 6.12's verifier wants to see that it lies in -4095..0, and follows
 * a subtraction from a number it knows; of a negation it knows nothing, and the barriers keep clang from making one. */
static __always_inline int weir_returned(__u32 error)
{
	__s64 result = 0;

	error &= WEIR_ERRNO_MASK;
	asm volatile("" : "+r"(error), "+r"(result));
	return result - error;
}

static __always_inline int weir_denied(bool deny)
{
	return weir_returned(deny ? WEIR_EACCES : 0);
}

#endif
