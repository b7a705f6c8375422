/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef WEIR_BPF_EXTRACT_PROCESS_H
#define WEIR_BPF_EXTRACT_PROCESS_H

/* Facts of the current process, and the labelled data that it opened. */

#include "lib/base/core.bpf.h"

/* Everything that can be read off the task itself: all but exe. */
static __always_inline void weir_process_from_task(struct task_struct *task,
						   struct weir_abi_process *ret)
{
	ret->start_boot_ns = BPF_CORE_READ(task, group_leader, start_boottime);
	ret->tgid = BPF_CORE_READ(task, tgid);
	ret->tid = BPF_CORE_READ(task, pid);
	ret->ppid = BPF_CORE_READ(task, real_parent, tgid);
	ret->uid = BPF_CORE_READ(task, real_cred, uid.val);
	ret->gid = BPF_CORE_READ(task, real_cred, gid.val);
	ret->loginuid = bpf_core_field_exists(task->loginuid) ? BPF_CORE_READ(task, loginuid.val)
							      : (__u32)-1;
	BPF_CORE_READ_STR_INTO(&ret->comm, task, group_leader, comm);
}

static __always_inline __u32 weir_uid_current(void)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	return BPF_CORE_READ(task, real_cred, uid.val);
}

static __always_inline struct weir_abi_proc *weir_proc_of(struct task_struct *task, __u32 tgid)
{
	struct weir_abi_proc *proc = bpf_map_lookup_elem(&weir_procs, &tgid);
	__u64 start = BPF_CORE_READ(task, group_leader, start_boottime);

	if (!proc)
		return NULL;
	/* The agent enters processes older than the programs; it can't read their start to the nanosecond. */
	if (proc->process.start_boot_ns == 0)
		proc->process.start_boot_ns = start;
	return proc->process.start_boot_ns == start
		       ? proc
		       : NULL; /* else another process that had the number */
}

/* The entry of the current process, made when there is none: a process older than the programs. NULL: no room. */
static __always_inline struct weir_abi_proc *weir_proc_make(void)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	__u32 tgid = weir_tgid();
	struct weir_abi_proc *proc = weir_proc_of(task, tgid);

	if (!proc) {
		__u32 zero = 0;
		struct weir_abi_proc *none = bpf_map_lookup_elem(&weir_no_proc, &zero);

		if (!none)
			return NULL;
		bpf_map_update_elem(&weir_procs, &tgid, none, BPF_ANY);
		proc = bpf_map_lookup_elem(&weir_procs, &tgid);
		if (proc)
			weir_process_from_task(task, &proc->process);
		else
			weir_count(WEIR_ABI_COUNT_NO_PROC, 1);
	}
	return proc;
}

/* Fills *ret with the task's facts now and the exec's file name from the table. */
static __always_inline void weir_process_current(struct weir_abi_process *ret)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct weir_abi_proc *proc = weir_proc_of(task, weir_tgid());

	if (proc)
		__builtin_memcpy(ret->exe, proc->process.exe, sizeof(ret->exe));
	else
		__builtin_memset(ret->exe, 0, sizeof(ret->exe));
	weir_process_from_task(task, ret);
}

/* The current process read of data with this label, or of what carries it. The label with the larger counts wins; counts never
 * shrink while the memory of it lasts. */
static __always_inline void weir_taint(const struct weir_abi_inode *inode, const __u32 *distinct,
				       __u64 until_ns)
{
	struct weir_abi_proc *proc = weir_proc_make();
	__u32 zero = 0;
	__u64 *live = bpf_map_lookup_elem(&weir_lineage, &zero);
	bool fresh;

	if (!proc)
		return;
	fresh = proc->tainted_until_ns <= bpf_ktime_get_boot_ns();
	for (int i = 0; i < _WEIR_ABI_DET_MAX; i++) {
		if (fresh || distinct[i] > proc->labelled[i]) {
			proc->labelled[i] = distinct[i];
			proc->label = *inode;
		}
	}
	if (fresh || until_ns > proc->tainted_until_ns)
		proc->tainted_until_ns = until_ns;
	if (live && *live < until_ns)
		*live = until_ns;
}

#endif
