/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Keeps the table of our own threads. A child is what its parent is. A program that is none of ours takes the role away: what the
 * inspector starts to read a document is not trusted. Our programs give it, under conditions: see weir_may_become(). */

#include "lib/extract/own.bpf.h"
#include "lib/extract/inode.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* One set keeps the table, as in process.bpf.c. */
static __always_inline struct weir_abi_config *weir_keeper(void)
{
	__u32 zero = 0;
	struct weir_abi_config *config = bpf_map_lookup_elem(&weir_config, &zero);

	return config && weir_in_charge(config, 0) ? config : NULL;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(weir_own_fork, struct task_struct *parent, struct task_struct *child)
{
	struct weir_abi_own own = {.start_boot_ns = child->start_boottime};
	__u32 pid = child->pid;

	own.role = weir_role_of(parent);
	if (own.role == WEIR_ABI_ROLE_NONE || !weir_keeper())
		return 0;
	bpf_map_update_elem(&weir_own, &pid, &own, BPF_ANY);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(weir_own_exit, struct task_struct *task)
{
	__u32 pid = task->pid;

	if (weir_own_of(task) && weir_keeper())
		bpf_map_delete_elem(&weir_own, &pid);
	return 0;
}

/* The dynamic loader takes orders from variables that begin with LD_: a program of ours that runs another's code is not ours. */
#define WEIR_ENV_MAX \
	16384 /* an environment beyond that is not looked through and counts as having such */

struct weir_env {
	__u64 at; /* of the NUL before the first variable */
	bool loader;
};

static long weir_env_look(__u32 i, void *context)
{
	struct weir_env *env = context;
	char text[4] = {};

	if (bpf_probe_read_user(text, sizeof(text), (void *)(env->at + i)))
		env->loader = true;
	else
		env->loader = text[0] == 0 && text[1] == 'L' && text[2] == 'D' && text[3] == '_';
	return env->loader;
}

static __always_inline bool weir_env_orders_loader(struct task_struct *task)
{
	__u64 start = BPF_CORE_READ(task, mm, env_start), end = BPF_CORE_READ(task, mm, env_end);
	struct weir_env env = {.at = start - 1};

	if (end <= start)
		return false;
	if (end - start > WEIR_ENV_MAX)
		return true;
	bpf_loop(end - start, weir_env_look, &env, 0);
	return env.loader;
}

static __always_inline bool weir_agent_lives(const struct weir_abi_config *config)
{
	__u32 pid = config->agent_tgid;
	const struct weir_abi_own *agent = bpf_map_lookup_elem(&weir_own, &pid);

	return agent && agent->role == WEIR_ABI_ROLE_AGENT;
}

/* Started from outside: nobody may hold its memory, no other code may be in it, and there is one agent at a time, so that what
 * root starts beside it has no say. Inspectors are started by the agent alone. */
static __always_inline bool weir_may_become(const struct weir_abi_config *config,
					    struct task_struct *task, __u32 role)
{
	if (role == WEIR_ABI_ROLE_AGENT && weir_agent_lives(config))
		return false;
	return role != WEIR_ABI_ROLE_INSPECT && !BPF_CORE_READ(task, ptrace) &&
	       !weir_env_orders_loader(task);
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(weir_own_exec, struct task_struct *task, pid_t old_pid, struct linux_binprm *bprm)
{
	struct weir_abi_own own = {.start_boot_ns = task->start_boottime};
	struct weir_abi_config *config = weir_keeper();
	const struct weir_abi_guarded *program;
	struct weir_abi_inode key;
	__u32 pid = task->pid, was;

	if (!config)
		return 0;
	was = weir_role_of(task);
	weir_inode_key(BPF_CORE_READ(bprm, file, f_inode), &key);
	program = bpf_map_lookup_elem(&weir_guarded, &key);
	own.role = program ? program->role : WEIR_ABI_ROLE_NONE;
	if (was != WEIR_ABI_ROLE_AGENT && own.role != was && own.role != WEIR_ABI_ROLE_NONE &&
	    !weir_may_become(config, task, own.role))
		own.role = WEIR_ABI_ROLE_NONE;
	if (own.role == WEIR_ABI_ROLE_NONE && was != WEIR_ABI_ROLE_NONE)
		bpf_map_delete_elem(&weir_own, &pid);
	else if (own.role != WEIR_ABI_ROLE_NONE)
		bpf_map_update_elem(&weir_own, &pid, &own, BPF_ANY);
	return 0;
}
