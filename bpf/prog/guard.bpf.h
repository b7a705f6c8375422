/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef WEIR_BPF_PROG_GUARD_H
#define WEIR_BPF_PROG_GUARD_H

/* The guard on what is ours: maps and programs, pins, files, processes. The object that includes this defines WEIR_HOOK(hook),
 * the section of a hook in its tier. No program looks at the verdict of one before it, since a refusal ends the chain.
 *
 * Each body asks first whether the thing is ours, which is rarely so and ends it; then who asks. Our own processes pass, process
 * 1 passes where a service manager has to, and everybody while the guard is off or has been opened by a signed unlock. */

#include "lib/emit/record.bpf.h"
#include "lib/extract/inode.bpf.h"
#include "lib/extract/names.bpf.h"
#include "lib/extract/own.bpf.h"
#include "lib/extract/write.bpf.h"

#define WEIR_EPERM 1

/* What is touched, and what the caller has to be for it. */
struct weir_touch {
	struct dentry *dentry;	   /* of a file; NULL */
	struct weir_abi_inode key; /* zero when it is none */
	__u8 hook;		   /* enum weir_abi_hook */
	__u8 test;		   /* it belongs to the self-test */
	__u8 manager;		   /* process 1 may */
	__u8 nobody;		   /* who is current has nothing to do with it */
	__u8 role;		   /* enum weir_abi_role that may beside the agent; 0: none */
};

/* ---- the way out ---- */

static __always_inline bool weir_guard_tells(__u32 hook, __u64 *ret_suppressed)
{
	struct weir_guard_told *told = bpf_map_lookup_elem(&weir_guard_told, &hook);
	__u64 now = bpf_ktime_get_boot_ns();

	if (!told)
		return false;
	if (told->at_ns && now - told->at_ns < WEIR_EMIT_EVERY_NS) {
		__sync_fetch_and_add(&told->suppressed, 1);
		return false;
	}
	told->at_ns = now;
	*ret_suppressed = told->suppressed;
	told->suppressed = 0;
	return true;
}

static __always_inline void weir_guard_emit(struct weir_abi_config *config,
					    const struct weir_touch *touch)
{
	__u8 profile = touch->test ? WEIR_ABI_PROFILE_SELFTEST : WEIR_ABI_PROFILE_NONE;
	struct weir_abi_verdict *v;
	__u64 suppressed = 0;

	if (!touch->test && !weir_guard_tells(touch->hook, &suppressed))
		return;
	v = bpf_ringbuf_reserve(&weir_verdicts, sizeof(*v), 0);
	if (!v) {
		weir_dropped(WEIR_ABI_COUNT_DROP_VERDICT);
		return;
	}
	__builtin_memset((char *)v + sizeof(v->hdr), 0, sizeof(*v) - sizeof(v->hdr));
	weir_header(&v->hdr, WEIR_ABI_REC_VERDICT, sizeof(*v), weir_profile(config, profile));
	weir_process_current(&v->process);
	v->target = touch->key;
	v->suppressed = suppressed;
	v->action = WEIR_ABI_ACTION_BLOCK;
	v->cause = WEIR_ABI_CAUSE_GUARD;
	v->hook = touch->hook;
	v->tier = weir_settings.tier;
	v->channel = WEIR_ABI_CHANNEL_AGENT;
	v->profile = profile;
	if (touch->dentry)
		v->names_len = weir_names_of(touch->dentry, v->names, &v->names_cut);
	bpf_ringbuf_submit(v, 0);
}

/* ---- who asks ---- */

static __always_inline bool weir_guard_is_open(void)
{
	__u32 zero = 0;
	const struct weir_abi_guard *guard = bpf_map_lookup_elem(&weir_guard, &zero);

	return !guard || !guard->on || guard->open_until_ns > bpf_ktime_get_boot_ns();
}

static __always_inline bool weir_caller_may(const struct weir_touch *touch)
{
	__u32 role = weir_role_of((void *)bpf_get_current_task());

	if (role == WEIR_ABI_ROLE_AGENT || (role && role == touch->role))
		return true;
	return touch->manager && bpf_get_current_pid_tgid() >> 32 == 1;
}

/* The last question, once it is known that the thing is ours. The process of the self-test is refused what was laid out for it,
 * and nobody else is. Threads of the kernel are asked like others: some write for whoever reaches a server in the kernel. A
 * function of its own, as it is rarely called and from everywhere. */
static __noinline bool weir_guard_refuses(const struct weir_touch *touch)
{
	__u32 zero = 0, tgid = bpf_get_current_pid_tgid() >> 32;
	struct weir_abi_config *config = bpf_map_lookup_elem(&weir_config, &zero);

	if (!config || !weir_in_charge(config, tgid))
		return false;
	if (touch->test) {
		if (!weir_is_test(config, tgid))
			return false;
	} else if (weir_guard_is_open() || (!touch->nobody && weir_caller_may(touch))) {
		return false;
	}
	weir_count(WEIR_ABI_COUNT_DENIED, 1);
	weir_guard_emit(config, touch);
	return true;
}

#define WEIR_GUARD_RETURN(refuse)                      \
	do {                                           \
		if (refuse) {                          \
			asm volatile("" ::: "memory"); \
			return -WEIR_EPERM;            \
		}                                      \
		return 0;                              \
	} while (0)

/* ---- maps, programs, links ---- */

/* By name: given by whoever made the object, which took CAP_BPF, and never changed. Another's object that takes our prefix shuts
 * out its own tools, no more. No descriptor is given out at all, since a program may write through one that is read-only. The
 * constants need no guard: the loader froze them. */
static __always_inline bool weir_name_is_ours(const char name[16], struct weir_touch *touch)
{
	static const char test[] = "weir_selftest";

	if (name[0] != 'w' || name[1] != 'e' || name[2] != 'i' || name[3] != 'r' || name[4] != '_')
		return false;
	touch->hook = WEIR_ABI_HOOK_GUARD_BPF;
	touch->test = 1;
	for (__u32 i = 5; i < sizeof(test); i++)
		if (name[i] != test[i])
			touch->test = 0;
	return true;
}

SEC(WEIR_HOOK(bpf_map))
int BPF_PROG(weir_on_bpf_map, struct bpf_map *map)
{
	struct weir_touch touch = {};
	char name[16];

	BPF_CORE_READ_INTO(&name, map, name);
	WEIR_GUARD_RETURN(weir_name_is_ours(name, &touch) && weir_guard_refuses(&touch));
}

/* What is attached last to a function runs first. A program that answers in place of these hooks with a positive number, which
 * the kernel takes for a yes, would keep ours from being asked: its descriptor, and with it the program, is refused. */
static __always_inline bool weir_answers_for_ours(struct bpf_prog *prog, struct weir_touch *touch)
{
	static const char modified[] = "security_bpf", hooked[] = "bpf_lsm_bpf";
	__u32 type = BPF_CORE_READ(prog, expected_attach_type);
	char name[sizeof(modified)] = {};

	if (type != BPF_MODIFY_RETURN && type != BPF_LSM_MAC)
		return false;
	bpf_probe_read_kernel_str(name, sizeof(name), BPF_CORE_READ(prog, aux, attach_func_name));
	touch->hook = WEIR_ABI_HOOK_GUARD_BPF;
	return __builtin_memcmp(name, modified, sizeof(modified) - 1) == 0 ||
	       __builtin_memcmp(name, hooked, sizeof(hooked) - 1) == 0;
}

SEC(WEIR_HOOK(bpf_prog))
int BPF_PROG(weir_on_bpf_prog, struct bpf_prog *prog)
{
	struct weir_touch touch = {};
	char name[16];

	BPF_CORE_READ_INTO(&name, prog, aux, name);
	WEIR_GUARD_RETURN(
		(weir_name_is_ours(name, &touch) || weir_answers_for_ours(prog, &touch)) &&
		weir_guard_refuses(&touch));
}

/* Descriptors of links are got by number or pin, which no hook sees, and do nothing but this. The kernel itself refuses it for
 * tracing and LSM links; those of cgroups would go. */
SEC(WEIR_HOOK(bpf))
int BPF_PROG(weir_on_bpf, int cmd, union bpf_attr *attr)
{
	struct weir_touch touch = {};
	struct bpf_link *link;
	struct file *file;
	char name[16];
	__u32 fd;

	if (cmd == BPF_LINK_DETACH)
		fd = BPF_PROBE_READ(attr, link_detach.link_fd);
	else if (cmd == BPF_LINK_UPDATE)
		fd = BPF_PROBE_READ(attr, link_update.link_fd);
	else
		return 0;
	file = weir_file_of_fd(fd);
	link = file ? BPF_CORE_READ(file, private_data) : NULL;
	if (!link)
		return 0;
	BPF_CORE_READ_INTO(&name, link, prog, aux, name);
	WEIR_GUARD_RETURN(weir_name_is_ours(name, &touch) && weir_guard_refuses(&touch));
}

/* ---- files ---- */

static __always_inline const struct weir_abi_guarded *weir_guarded_of(struct inode *inode,
								      struct weir_abi_inode *key)
{
	weir_inode_key(inode, key);
	return bpf_map_lookup_elem(&weir_guarded, key);
}

static __always_inline bool weir_touches(const struct weir_abi_guarded *guarded, __u32 flags,
					 struct weir_touch *touch)
{
	if (!guarded || !(guarded->flags & flags))
		return false;
	touch->hook = WEIR_ABI_HOOK_GUARD_FILE;
	touch->test = !!(guarded->flags & WEIR_ABI_GUARDED_TEST);
	touch->role = guarded->flags & WEIR_ABI_GUARDED_SPOOL ? WEIR_ABI_ROLE_SYNC : 0;
	return true;
}

/* The thing itself, whatever of flags it is guarded as. */
static __always_inline bool weir_touches_inode(struct inode *inode, __u32 flags,
					       struct weir_touch *touch)
{
	return inode && weir_touches(weir_guarded_of(inode, &touch->key), flags, touch);
}

#define WEIR_GUARDED_THING (WEIR_ABI_GUARDED_FILE | WEIR_ABI_GUARDED_FOLDER)

/* An entry of a folder: guarded by itself or by its folder. */
static __always_inline bool weir_entry_refused(struct inode *dir, struct dentry *dentry,
					       __u32 flags)
{
	struct weir_touch touch = {.dentry = dentry};

	return (weir_touches_inode(dir, WEIR_ABI_GUARDED_FOLDER, &touch) ||
		weir_touches_inode(BPF_CORE_READ(dentry, d_inode), flags, &touch)) &&
	       weir_guard_refuses(&touch);
}

static __always_inline bool weir_file_refused(struct dentry *dentry)
{
	return weir_entry_refused(BPF_CORE_READ(dentry, d_parent, d_inode), dentry,
				  WEIR_GUARDED_THING);
}

#define WEIR_ON_ENTRY(hook)                                                             \
	SEC(WEIR_HOOK(hook))                                                            \
	int BPF_PROG(weir_on_##hook, struct inode *dir, struct dentry *dentry)          \
	{                                                                               \
		WEIR_GUARD_RETURN(weir_entry_refused(dir, dentry, WEIR_GUARDED_THING)); \
	}

WEIR_ON_ENTRY(inode_create)
WEIR_ON_ENTRY(inode_mkdir)
WEIR_ON_ENTRY(inode_mknod)
WEIR_ON_ENTRY(inode_symlink)
WEIR_ON_ENTRY(inode_unlink)
WEIR_ON_ENTRY(inode_rmdir)

/* Pinning a BPF object passes none of those. */
SEC(WEIR_HOOK(path_mknod))
int BPF_PROG(weir_on_pin, const struct path *dir, struct dentry *dentry)
{
	WEIR_GUARD_RETURN(weir_entry_refused(BPF_CORE_READ(dir, dentry, d_inode), dentry,
					     WEIR_GUARDED_THING));
}

/* A second name would lead to the file past its folder. */
SEC(WEIR_HOOK(inode_link))
int BPF_PROG(weir_on_link, struct dentry *old, struct inode *dir, struct dentry *dentry)
{
	WEIR_GUARD_RETURN(weir_file_refused(old) ||
			  weir_entry_refused(dir, dentry, WEIR_GUARDED_THING));
}

SEC(WEIR_HOOK(inode_rename))
int BPF_PROG(weir_on_rename, struct inode *old_dir, struct dentry *old, struct inode *dir,
	     struct dentry *dentry)
{
	const __u32 flags = WEIR_GUARDED_THING | WEIR_ABI_GUARDED_ABOVE;

	WEIR_GUARD_RETURN(weir_entry_refused(old_dir, old, flags) ||
			  weir_entry_refused(dir, dentry, flags));
}

/* The name of what is opened. Up to 6.4 a file below an overlay is opened under its name in the overlay, which is in no folder of
 * ours: then a name that its inode has. */
static __always_inline struct dentry *weir_name_of(struct file *file)
{
	struct dentry *dentry = BPF_CORE_READ(file, f_path.dentry);
	struct hlist_node *first;

	if (!bpf_core_field_exists(dentry->d_u.d_alias) ||
	    BPF_CORE_READ(dentry, d_inode) == file->f_inode)
		return dentry;
	first = BPF_CORE_READ(file, f_inode, i_dentry.first);
	return first ? (void *)first - bpf_core_field_offset(dentry->d_u.d_alias) : dentry;
}

SEC(WEIR_HOOK(file_open))
int BPF_PROG(weir_on_open, struct file *file)
{
	if (!(file->f_mode & WEIR_FMODE_WRITE) && !(file->f_flags & WEIR_O_TRUNC))
		return 0;
	WEIR_GUARD_RETURN(weir_file_refused(weir_name_of(file)));
}

#define WEIR_ON_PATH(hook)                                                         \
	SEC(WEIR_HOOK(hook))                                                       \
	int BPF_PROG(weir_on_##hook, const struct path *path)                      \
	{                                                                          \
		WEIR_GUARD_RETURN(weir_file_refused(BPF_CORE_READ(path, dentry))); \
	}

WEIR_ON_PATH(path_truncate)
WEIR_ON_PATH(path_chmod)
WEIR_ON_PATH(path_chown)

/* Commands that bring data to a file alter it or what may be done with it: chattr makes one that nobody may change, us included. */
#define WEIR_IOC_WRITE 0x40000000

static __always_inline bool weir_ioctl_refused(struct file *file, unsigned int cmd)
{
	return cmd & WEIR_IOC_WRITE && weir_file_refused(BPF_CORE_READ(file, f_path.dentry));
}

SEC(WEIR_HOOK(file_ioctl))
int BPF_PROG(weir_on_ioctl, struct file *file, unsigned int cmd)
{
	WEIR_GUARD_RETURN(weir_ioctl_refused(file, cmd));
}

/* Calls of 32-bit programs, apart since 6.8 and in stable kernels. */
SEC("?" WEIR_HOOK(file_ioctl_compat))
int BPF_PROG(weir_on_ioctl_compat, struct file *file, unsigned int cmd)
{
	WEIR_GUARD_RETURN(weir_ioctl_refused(file, cmd));
}

/* ---- mounts ---- */

#define WEIR_MNT_SHARED 0x1000
#define WEIR_MNT_DETACH 2
#define WEIR_MS_REMOUNT 0x20
#define WEIR_MS_BIND	0x1000
#define WEIR_MS_CHANGE \
	0x1e0020 /* REMOUNT, UNBINDABLE, PRIVATE, SLAVE, SHARED: nothing new comes to lie on top */

/* Does what lies on a mount with these flags show to the host or the agent? In a private name space of its own anybody may hide
 * /usr from itself. */
static __always_inline bool weir_mount_shows(int mount_flags)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	__u32 zero = 0, mounts = BPF_CORE_READ(task, nsproxy, mnt_ns, ns.inum);
	const struct weir_abi_guard *guard = bpf_map_lookup_elem(&weir_guard, &zero);

	return !guard || mounts == guard->host_mounts || mounts == guard->agent_mounts ||
	       mount_flags & WEIR_MNT_SHARED;
}

static __always_inline bool weir_mount_refused(const struct path *path, unsigned long flags)
{
	struct dentry *dentry = BPF_CORE_READ(path, dentry);
	struct inode *inode = BPF_CORE_READ(dentry, d_inode);
	struct weir_touch touch = {.dentry = dentry};

	if (!weir_touches_inode(inode, WEIR_GUARDED_THING, &touch) &&
	    (flags & WEIR_MS_CHANGE || !weir_touches_inode(inode, WEIR_ABI_GUARDED_ABOVE, &touch) ||
	     !weir_mount_shows(BPF_CORE_READ(path, mnt, mnt_flags))))
		return false;
	touch.hook = WEIR_ABI_HOOK_GUARD_MOUNT;
	touch.manager = 1;
	return weir_guard_refuses(&touch);
}

static __always_inline bool weir_in_host_mounts(const struct weir_abi_guard *guard)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	return BPF_CORE_READ(task, nsproxy, mnt_ns, ns.inum) == guard->host_mounts;
}

/* The mount of the pins as the host has it, or one below that. By number, as other mounts of the same folders are common. */
static __always_inline bool weir_is_pin_mount(const struct weir_abi_guard *guard,
					      const struct mount *mount)
{
	__u32 id = BPF_CORE_READ(mount, mnt_id);

	if (!weir_in_host_mounts(guard))
		return false;
	for (int i = 0; i < WEIR_ABI_PIN_MOUNTS; i++)
		if (id == guard->pin_mounts[i])
			return true;
	return false;
}

/* A copy of one of them whose unmounting is passed on to the original: its own by what it is mounted on, that of all below it,
 * which a lazy one unmounts too, by itself. */
static __always_inline bool weir_passes_on(const struct weir_abi_guard *guard,
					   const struct mount *mount, struct inode *root, int flags)
{
	bool below = BPF_CORE_READ(mount, mnt_parent, mnt.mnt_flags) & WEIR_MNT_SHARED;
	struct weir_touch touch = {};

	if (below && guard->pins_dev == BPF_CORE_READ(mount, mnt.mnt_sb, s_dev))
		return true;
	if (!(flags & WEIR_MNT_DETACH) || !weir_touches_inode(root, WEIR_ABI_GUARDED_ABOVE, &touch))
		return false;
	return BPF_CORE_READ(mount, mnt.mnt_flags) & WEIR_MNT_SHARED ||
	       (below && !weir_in_host_mounts(guard));
}

static __always_inline bool weir_unmount_refused(struct vfsmount *mount, int flags, bool moves)
{
	struct mount *none = NULL;
	struct mount *outer = (void *)mount - bpf_core_field_offset(none->mnt);
	struct dentry *root = BPF_CORE_READ(mount, mnt_root);
	struct weir_touch touch = {.dentry = root, .hook = WEIR_ABI_HOOK_GUARD_MOUNT, .manager = 1};
	__u32 zero = 0;
	const struct weir_abi_guard *guard = bpf_map_lookup_elem(&weir_guard, &zero);

	if (!guard || !guard->pins_dev)
		return false;
	return (weir_is_pin_mount(guard, outer) ||
		(!moves && weir_passes_on(guard, outer, BPF_CORE_READ(root, d_inode), flags))) &&
	       weir_guard_refuses(&touch);
}

/* The pins' file system as a whole, not one mount of it. */
static __always_inline bool weir_remount_refused(const struct path *path, unsigned long flags)
{
	struct weir_touch touch = {.hook = WEIR_ABI_HOOK_GUARD_MOUNT};
	__u32 zero = 0;
	const struct weir_abi_guard *guard = bpf_map_lookup_elem(&weir_guard, &zero);

	return guard && (flags & (WEIR_MS_REMOUNT | WEIR_MS_BIND)) == WEIR_MS_REMOUNT &&
	       guard->pins_dev == BPF_CORE_READ(path, mnt, mnt_sb, s_dev) &&
	       weir_guard_refuses(&touch);
}

SEC(WEIR_HOOK(sb_mount))
int BPF_PROG(weir_on_mount, const char *device, const struct path *path, const char *type,
	     unsigned long flags)
{
	WEIR_GUARD_RETURN(weir_remount_refused(path, flags) || weir_mount_refused(path, flags));
}

SEC(WEIR_HOOK(move_mount))
int BPF_PROG(weir_on_move_mount, const struct path *from, const struct path *to)
{
	WEIR_GUARD_RETURN(weir_unmount_refused(BPF_CORE_READ(from, mnt), 0, true) ||
			  weir_mount_refused(to, 0));
}

SEC(WEIR_HOOK(sb_umount))
int BPF_PROG(weir_on_umount, struct vfsmount *mount, int flags)
{
	WEIR_GUARD_RETURN(weir_unmount_refused(mount, flags, false));
}

/* Another root for all processes that have the present one, the agent among them. */
SEC(WEIR_HOOK(sb_pivotroot))
int BPF_PROG(weir_on_pivot_root, const struct path *old)
{
	struct weir_touch touch = {.hook = WEIR_ABI_HOOK_GUARD_MOUNT, .manager = 1};

	touch.dentry = BPF_CORE_READ(old, dentry);
	WEIR_GUARD_RETURN(weir_mount_shows(0) && weir_guard_refuses(&touch));
}

/* ---- processes ---- */

/* One of ours, which neither is nor serves the caller. Ours of the same role may: a worker ends what it started. */
static __always_inline bool weir_task_refused(struct task_struct *task, __u8 hook, bool manager)
{
	struct weir_touch touch = {.hook = hook, .manager = manager};

	touch.role = weir_role_of(task);
	if (!touch.role || BPF_CORE_READ(task, tgid) == bpf_get_current_pid_tgid() >> 32)
		return false;
	touch.test = touch.role == WEIR_ABI_ROLE_TEST;
	return weir_guard_refuses(&touch);
}

#define WEIR_SIGHUP   1
#define WEIR_SIGCHLD  17
#define WEIR_SIGCONT  18
#define WEIR_SIGURG   23
#define WEIR_SIGWINCH 28
#define WEIR_SIGIO    29

/* All but those that end or stop nothing; the agent takes SIGHUP as an order to read its policy again. */
static __always_inline bool weir_signal_harms(struct task_struct *task, int sig)
{
	if (sig == WEIR_SIGHUP)
		return weir_role_of(task) != WEIR_ABI_ROLE_AGENT;
	return sig && sig != WEIR_SIGCHLD && sig != WEIR_SIGCONT && sig != WEIR_SIGURG &&
	       sig != WEIR_SIGWINCH;
}

SEC(WEIR_HOOK(task_kill))
int BPF_PROG(weir_on_signal, struct task_struct *task, void *info, int sig)
{
	WEIR_GUARD_RETURN(weir_signal_harms(task, sig) &&
			  weir_task_refused(task, WEIR_ABI_HOOK_GUARD_SIGNAL, true));
}

/* fcntl(F_SETOWN, F_SETSIG): any signal, sent when something arrives at a descriptor of the sender's. Who is current then only made
 * it arrive, and may be the agent. Ours ask for no such signals. */
SEC(WEIR_HOOK(file_send_sigiotask))
int BPF_PROG(weir_on_sigio, struct task_struct *task, void *owner, int sig)
{
	struct weir_touch touch = {.hook = WEIR_ABI_HOOK_GUARD_SIGNAL, .nobody = 1};

	WEIR_GUARD_RETURN(weir_role_of(task) && weir_signal_harms(task, sig ? sig : WEIR_SIGIO) &&
			  weir_guard_refuses(&touch));
}

#define WEIR_PTRACE_MODE_ATTACH 0x2

/* Also what goes by the same question: /proc/PID/mem, process_vm_writev, pidfd_getfd. */
SEC(WEIR_HOOK(ptrace_access_check))
int BPF_PROG(weir_on_ptrace, struct task_struct *task, unsigned int mode)
{
	WEIR_GUARD_RETURN(mode & WEIR_PTRACE_MODE_ATTACH &&
			  weir_task_refused(task, WEIR_ABI_HOOK_GUARD_TRACE, false));
}

#define WEIR_ON_LIMIT(hook)                                                                  \
	SEC(WEIR_HOOK(hook))                                                                 \
	int BPF_PROG(weir_on_##hook, struct task_struct *task)                               \
	{                                                                                    \
		WEIR_GUARD_RETURN(weir_task_refused(task, WEIR_ABI_HOOK_GUARD_LIMIT, true)); \
	}

WEIR_ON_LIMIT(task_setrlimit)
WEIR_ON_LIMIT(task_setnice)
WEIR_ON_LIMIT(task_setscheduler)
WEIR_ON_LIMIT(task_setioprio)

#define WEIR_NR_PERF_EVENT_OPEN	       298
#define WEIR_NR_COMPAT_PERF_EVENT_OPEN 336

/* The process that a call of perf_event_open names. */
static __always_inline bool weir_perf_names(__u32 *ret)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
	bool compat = BPF_CORE_READ(task, thread_info.status) & WEIR_TS_COMPAT;

	*ret = compat ? BPF_CORE_READ(regs, cx) : BPF_CORE_READ(regs, si);
	return BPF_CORE_READ(regs, orig_ax) ==
	       (compat ? WEIR_NR_COMPAT_PERF_EVENT_OPEN : WEIR_NR_PERF_EVENT_OPEN);
}

/* With sigtrap an event of another process sends it a deadly signal, and root is asked for nothing else. */
SEC(WEIR_HOOK(perf_event_open))
int weir_on_perf(void *ctx)
{
	struct weir_touch touch = {.hook = WEIR_ABI_HOOK_GUARD_TRACE};
	const struct weir_abi_own *own;
	__u32 pid = 0;

	if (!weir_perf_names(&pid))
		return 0;
	own = bpf_map_lookup_elem(&weir_own, &pid);
	if (!own || own->role == WEIR_ABI_ROLE_TEST)
		return 0;
	touch.role = own->role;
	WEIR_GUARD_RETURN(weir_guard_refuses(&touch));
}

/* ---- control files of the kernel ---- */

#define WEIR_PROC_MAGIC	   0x9fa0
#define WEIR_CGROUP_MAGIC  0x27e0eb
#define WEIR_CGROUP2_MAGIC 0x63677270
#define WEIR_PID_TEXT	   16

/* Switches of the whole kernel that take one write: what makes it pass the programs by, and what kills by key. */
static __always_inline bool weir_switch_refused(struct file *file)
{
	struct dentry *dentry = BPF_CORE_READ(file, f_path.dentry);
	struct weir_touch touch = {.dentry = dentry, .hook = WEIR_ABI_HOOK_GUARD_CONTROL};
	char text[16] = {};

	bpf_probe_read_kernel_str(text, sizeof(text), BPF_CORE_READ(dentry, d_name.name));
	return (__builtin_memcmp(text, "ftrace_enabled", 15) == 0 ||
		__builtin_memcmp(text, "sysrq-trigger", 14) == 0) &&
	       weir_guard_refuses(&touch);
}

/* /proc/PID/...: oom_score_adj and others that no hook of the process sees. */
static __always_inline bool weir_proc_refused(struct file *file)
{
	struct proc_inode *none = NULL;
	struct proc_inode *inode = (void *)file->f_inode - bpf_core_field_offset(none->vfs_inode);
	struct weir_touch touch = {.hook = WEIR_ABI_HOOK_GUARD_CONTROL, .manager = 1};
	struct pid *number = BPF_CORE_READ(inode, pid);
	const struct weir_abi_own *own;
	__u32 pid;

	if (!number)
		return weir_switch_refused(file);
	pid = BPF_CORE_READ(number, numbers[0].nr);
	own = bpf_map_lookup_elem(&weir_own, &pid);
	if (!own || pid == bpf_get_current_pid_tgid() >> 32 ||
	    pid == (__u32)bpf_get_current_pid_tgid())
		return false;
	touch.role = own->role;
	touch.test = own->role == WEIR_ABI_ROLE_TEST;
	touch.dentry = BPF_CORE_READ(file, f_path.dentry);
	return weir_guard_refuses(&touch);
}

static __always_inline bool weir_names_members(struct dentry *dentry)
{
	char text[16] = {};

	bpf_probe_read_kernel_str(text, sizeof(text), BPF_CORE_READ(dentry, d_name.name));
	return __builtin_memcmp(text, "cgroup.procs", 13) == 0 ||
	       __builtin_memcmp(text, "cgroup.threads", 15) == 0 ||
	       __builtin_memcmp(text, "tasks", 6) == 0;
}

/* The number that a write to a list of members names; 0: the writer itself. False: not a plain number that can be seen here, such
 * as no program writes and only who wants to hide one would. */
static __always_inline bool weir_member_written(struct file *file, __u32 *ret)
{
	char text[WEIR_PID_TEXT] = {};
	struct weir_buffer buffer = {.file = file};
	bool ended = false;
	__u32 pid = 0;
	__u64 n;

	weir_buffer_of_write(&buffer);
	n = buffer.count;
	if (buffer.kind != WEIR_BUFFER_RANGE || n == 0 || n >= sizeof(text))
		return false;
	asm volatile(""
		     : "+r"(n)); /* else the compiler leaves out the mask that the verifier needs */
	if (bpf_probe_read_user(text, n & (WEIR_PID_TEXT - 1), (void *)buffer.base))
		return false;
	for (int i = 0; i < WEIR_PID_TEXT; i++) {
		bool digit = text[i] >= '0' && text[i] <= '9';

		if (!digit && text[i] != '\n' && text[i] != 0)
			return false;
		if (!digit)
			ended = true;
		else if (ended || (i == 1 && text[0] == '0'))
			return false;
		else
			pid = pid * 10 + (text[i] - '0');
	}
	*ret = pid;
	return text[0] != '\n';
}

/* In a cgroup of somebody else's one of ours could be frozen, starved or killed. */
static __always_inline bool weir_members_refused(struct dentry *dentry, struct file *file)
{
	struct weir_touch touch = {
		.dentry = dentry, .hook = WEIR_ABI_HOOK_GUARD_CONTROL, .manager = 1};
	__u32 pid = 0;

	if (!weir_names_members(dentry))
		return false;
	if (weir_member_written(file, &pid) && !bpf_map_lookup_elem(&weir_own, &pid))
		return false;
	return weir_guard_refuses(&touch);
}

static __always_inline bool weir_cgroup_refused(struct file *file)
{
	struct dentry *dentry = BPF_CORE_READ(file, f_path.dentry);
	struct inode *dir = BPF_CORE_READ(dentry, d_parent, d_inode);
	struct weir_touch touch = {.dentry = dentry};

	if (!weir_touches_inode(dir, WEIR_ABI_GUARDED_CGROUP, &touch))
		return weir_members_refused(dentry, file);
	touch.hook = WEIR_ABI_HOOK_GUARD_CONTROL;
	touch.manager = 1;
	return weir_guard_refuses(&touch);
}

/* On every read and write of the machine: three loads for what is not a write to such a file. */
SEC(WEIR_HOOK(file_permission))
int BPF_PROG(weir_on_control, struct file *file, int mask)
{
	unsigned long magic;

	if (!(mask & WEIR_MAY_WRITE))
		return 0;
	magic = file->f_inode->i_sb->s_magic;
	if (magic == WEIR_PROC_MAGIC)
		WEIR_GUARD_RETURN(weir_proc_refused(file));
	if (magic == WEIR_CGROUP2_MAGIC || magic == WEIR_CGROUP_MAGIC)
		WEIR_GUARD_RETURN(weir_cgroup_refused(file));
	return 0;
}

#endif
