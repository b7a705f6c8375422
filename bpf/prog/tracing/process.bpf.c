/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Facts of processes, on every tier that has BPF: typed tracepoints load even where trampolines are refused. */

#include "lib/extract/process.bpf.h"
#include "lib/extract/unseen.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* One set keeps the table, whoever the process is. */
static __always_inline bool weir_keeps_table(void)
{
	__u32 zero = 0;
	struct weir_abi_config *config = bpf_map_lookup_elem(&weir_config, &zero);

	return config && weir_in_charge(config, 0);
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(weir_exec, struct task_struct *task, pid_t old_pid, struct linux_binprm *bprm)
{
	struct weir_abi_proc *proc;

	if (!weir_keeps_table())
		return 0;
	proc = weir_proc_make();
	if (!proc)
		return 0;
	weir_process_from_task(task, &proc->process);
	bpf_probe_read_kernel_str(proc->process.exe, sizeof(proc->process.exe), bprm->filename);
	return 0;
}

/* A child has its parent's file name and memory, so it knows what the parent had read. */
SEC("tp_btf/sched_process_fork")
int BPF_PROG(weir_fork, struct task_struct *parent, struct task_struct *child)
{
	struct weir_abi_proc *from, *to;
	__u32 tgid = child->tgid;

	if (child->pid != child->tgid || !weir_keeps_table())
		return 0;
	from = weir_proc_of(parent, parent->tgid);
	if (!from)
		return 0;
	bpf_map_update_elem(&weir_procs, &tgid, from, BPF_ANY);
	to = bpf_map_lookup_elem(&weir_procs, &tgid);
	if (!to) {
		weir_count(WEIR_ABI_COUNT_NO_PROC, 1);
		return 0;
	}
	weir_process_from_task(child, &to->process);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(weir_exit, struct task_struct *task)
{
	__u32 tgid = task->tgid;

	weir_unseen_end(true);
	/* The last thread: counted down before the tracepoint (kernel/exit.c). */
	if (task->signal->live.counter == 0)
		bpf_map_delete_elem(&weir_procs, &tgid);
	return 0;
}
