/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef WEIR_BPF_PROG_GUARD_H
#define WEIR_BPF_PROG_GUARD_H

/* The guard on what is ours: maps and programs, pins, files, processes. The object that includes this defines WEIR_HOOK(hook),
 * the section of a hook in its tier. No program looks at the verdict of one before it, since a refusal ends the chain.
 *
 * Each body asks first whether the thing is ours, which is rarely so and ends it; then who asks. Our own processes pass, process
 * 1 passes where a service manager has to, and everybody while the guard is off or has been opened by a signed unlock. */

#include "lib/emit/record.bpf.h"
#include "lib/extract/buffer.bpf.h"
#include "lib/extract/inode.bpf.h"
#include "lib/extract/names.bpf.h"
#include "lib/extract/own.bpf.h"
#include "lib/extract/source.bpf.h"

#define WEIR_EPERM 1

/* What is touched, and what the caller has to be for it. */
struct weir_touch {
	struct dentry *dentry;	   /* of a file; NULL */
	struct weir_abi_inode key; /* zero when it is none */
	__u8 hook;		   /* enum weir_abi_hook */
	__u8 test;		   /* it belongs to the self-test */
	__u8 manager;		   /* process 1 may */
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
 * and nobody else is. A function of its own, as it is rarely called and from everywhere. */
static __noinline bool weir_guard_refuses(const struct weir_touch *touch)
{
	__u32 zero = 0, tgid = bpf_get_current_pid_tgid() >> 32;
	struct weir_abi_config *config = bpf_map_lookup_elem(&weir_config, &zero);

	if (!config || !weir_in_charge(config, tgid) || weir_is_kernel_thread())
		return false;
	if (touch->test) {
		if (config->test_tgid != tgid)
			return false;
	} else if (weir_guard_is_open() || weir_caller_may(touch)) {
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

SEC(WEIR_HOOK(bpf_prog))
int BPF_PROG(weir_on_bpf_prog, struct bpf_prog *prog)
{
	struct weir_touch touch = {};
	char name[16];

	BPF_CORE_READ_INTO(&name, prog, aux, name);
	WEIR_GUARD_RETURN(weir_name_is_ours(name, &touch) && weir_guard_refuses(&touch));
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

SEC(WEIR_HOOK(inode_create))
int BPF_PROG(weir_on_create, struct inode *dir, struct dentry *dentry)
{
	WEIR_GUARD_RETURN(weir_entry_refused(dir, dentry, WEIR_GUARDED_THING));
}

SEC(WEIR_HOOK(inode_mkdir))
int BPF_PROG(weir_on_mkdir, struct inode *dir, struct dentry *dentry)
{
	WEIR_GUARD_RETURN(weir_entry_refused(dir, dentry, WEIR_GUARDED_THING));
}

SEC(WEIR_HOOK(inode_mknod))
int BPF_PROG(weir_on_mknod, struct inode *dir, struct dentry *dentry)
{
	WEIR_GUARD_RETURN(weir_entry_refused(dir, dentry, WEIR_GUARDED_THING));
}

SEC(WEIR_HOOK(inode_symlink))
int BPF_PROG(weir_on_symlink, struct inode *dir, struct dentry *dentry)
{
	WEIR_GUARD_RETURN(weir_entry_refused(dir, dentry, WEIR_GUARDED_THING));
}

/* A second name would lead to the file past its folder. */
SEC(WEIR_HOOK(inode_link))
int BPF_PROG(weir_on_link, struct dentry *old, struct inode *dir, struct dentry *dentry)
{
	WEIR_GUARD_RETURN(weir_file_refused(old) ||
			  weir_entry_refused(dir, dentry, WEIR_GUARDED_THING));
}

SEC(WEIR_HOOK(inode_unlink))
int BPF_PROG(weir_on_unlink, struct inode *dir, struct dentry *dentry)
{
	WEIR_GUARD_RETURN(weir_entry_refused(dir, dentry, WEIR_GUARDED_THING));
}

SEC(WEIR_HOOK(inode_rmdir))
int BPF_PROG(weir_on_rmdir, struct inode *dir, struct dentry *dentry)
{
	WEIR_GUARD_RETURN(weir_entry_refused(dir, dentry, WEIR_GUARDED_THING));
}

SEC(WEIR_HOOK(inode_rename))
int BPF_PROG(weir_on_rename, struct inode *old_dir, struct dentry *old, struct inode *dir,
	     struct dentry *dentry)
{
	const __u32 flags = WEIR_GUARDED_THING | WEIR_ABI_GUARDED_ABOVE;

	WEIR_GUARD_RETURN(weir_entry_refused(old_dir, old, flags) ||
			  weir_entry_refused(dir, dentry, flags));
}

SEC(WEIR_HOOK(file_open))
int BPF_PROG(weir_on_open, struct file *file)
{
	if (!(file->f_mode & WEIR_FMODE_WRITE) && !(file->f_flags & WEIR_O_TRUNC))
		return 0;
	WEIR_GUARD_RETURN(weir_file_refused(BPF_CORE_READ(file, f_path.dentry)));
}

SEC(WEIR_HOOK(path_truncate))
int BPF_PROG(weir_on_truncate, const struct path *path)
{
	WEIR_GUARD_RETURN(weir_file_refused(BPF_CORE_READ(path, dentry)));
}

SEC(WEIR_HOOK(path_chmod))
int BPF_PROG(weir_on_chmod, const struct path *path)
{
	WEIR_GUARD_RETURN(weir_file_refused(BPF_CORE_READ(path, dentry)));
}

SEC(WEIR_HOOK(path_chown))
int BPF_PROG(weir_on_chown, const struct path *path)
{
	WEIR_GUARD_RETURN(weir_file_refused(BPF_CORE_READ(path, dentry)));
}

/* chattr: a file that nobody may change, us included, or append to only. */
#define WEIR_FS_IOC_SETFLAGS   0x40086602
#define WEIR_FS_IOC32_SETFLAGS 0x40046602
#define WEIR_FS_IOC_FSSETXATTR 0x401c5820

SEC(WEIR_HOOK(file_ioctl))
int BPF_PROG(weir_on_ioctl, struct file *file, unsigned int cmd)
{
	if (cmd != WEIR_FS_IOC_SETFLAGS && cmd != WEIR_FS_IOC32_SETFLAGS &&
	    cmd != WEIR_FS_IOC_FSSETXATTR)
		return 0;
	WEIR_GUARD_RETURN(weir_file_refused(BPF_CORE_READ(file, f_path.dentry)));
}

/* ---- mounts ---- */

#define WEIR_MNT_SHARED 0x1000
#define WEIR_MS_CHANGE \
	0x1e0020 /* REMOUNT, UNBINDABLE, PRIVATE, SLAVE, SHARED: nothing new comes to lie on top */

/* Does a mount at path show to the host or the agent? In a private name space of its own anybody may hide /usr from itself. */
static __always_inline bool weir_mount_shows(const struct path *path)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	__u32 zero = 0, mounts = BPF_CORE_READ(task, nsproxy, mnt_ns, ns.inum);
	const struct weir_abi_guard *guard = bpf_map_lookup_elem(&weir_guard, &zero);

	return !guard || mounts == guard->host_mounts || mounts == guard->agent_mounts ||
	       BPF_CORE_READ(path, mnt, mnt_flags) & WEIR_MNT_SHARED;
}

static __always_inline bool weir_mount_refused(const struct path *path, unsigned long flags)
{
	struct dentry *dentry = BPF_CORE_READ(path, dentry);
	struct inode *inode = BPF_CORE_READ(dentry, d_inode);
	struct weir_touch touch = {.dentry = dentry};

	if (!weir_touches_inode(inode, WEIR_GUARDED_THING, &touch) &&
	    (flags & WEIR_MS_CHANGE || !weir_touches_inode(inode, WEIR_ABI_GUARDED_ABOVE, &touch) ||
	     !weir_mount_shows(path)))
		return false;
	touch.hook = WEIR_ABI_HOOK_GUARD_MOUNT;
	touch.manager = 1;
	return weir_guard_refuses(&touch);
}

static __always_inline bool weir_holds_pins(struct vfsmount *mount)
{
	struct weir_touch touch = {.hook = WEIR_ABI_HOOK_GUARD_MOUNT};
	__u32 zero = 0, dev = BPF_CORE_READ(mount, mnt_sb, s_dev);
	const struct weir_abi_guard *guard = bpf_map_lookup_elem(&weir_guard, &zero);

	return guard && guard->pins_dev && guard->pins_dev == dev && weir_guard_refuses(&touch);
}

SEC(WEIR_HOOK(sb_mount))
int BPF_PROG(weir_on_mount, const char *device, const struct path *path, const char *type,
	     unsigned long flags)
{
	WEIR_GUARD_RETURN(weir_mount_refused(path, flags));
}

SEC(WEIR_HOOK(move_mount))
int BPF_PROG(weir_on_move_mount, const struct path *from, const struct path *to)
{
	WEIR_GUARD_RETURN(weir_holds_pins(BPF_CORE_READ(from, mnt)) || weir_mount_refused(to, 0));
}

SEC(WEIR_HOOK(sb_umount))
int BPF_PROG(weir_on_umount, struct vfsmount *mount)
{
	WEIR_GUARD_RETURN(weir_holds_pins(mount));
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

#define WEIR_PTRACE_MODE_ATTACH 0x2

/* Also what goes by the same question: /proc/PID/mem, process_vm_writev, pidfd_getfd. */
SEC(WEIR_HOOK(ptrace_access_check))
int BPF_PROG(weir_on_ptrace, struct task_struct *task, unsigned int mode)
{
	WEIR_GUARD_RETURN(mode & WEIR_PTRACE_MODE_ATTACH &&
			  weir_task_refused(task, WEIR_ABI_HOOK_GUARD_TRACE, false));
}

SEC(WEIR_HOOK(task_setrlimit))
int BPF_PROG(weir_on_rlimit, struct task_struct *task)
{
	WEIR_GUARD_RETURN(weir_task_refused(task, WEIR_ABI_HOOK_GUARD_LIMIT, true));
}

SEC(WEIR_HOOK(task_setnice))
int BPF_PROG(weir_on_nice, struct task_struct *task)
{
	WEIR_GUARD_RETURN(weir_task_refused(task, WEIR_ABI_HOOK_GUARD_LIMIT, true));
}

SEC(WEIR_HOOK(task_setscheduler))
int BPF_PROG(weir_on_scheduler, struct task_struct *task)
{
	WEIR_GUARD_RETURN(weir_task_refused(task, WEIR_ABI_HOOK_GUARD_LIMIT, true));
}

SEC(WEIR_HOOK(task_setioprio))
int BPF_PROG(weir_on_ioprio, struct task_struct *task)
{
	WEIR_GUARD_RETURN(weir_task_refused(task, WEIR_ABI_HOOK_GUARD_LIMIT, true));
}

/* ---- control files of the kernel ---- */

#define WEIR_PROC_MAGIC	   0x9fa0
#define WEIR_CGROUP_MAGIC  0x27e0eb
#define WEIR_CGROUP2_MAGIC 0x63677270
#define WEIR_PID_TEXT	   16

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
		return false;
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
	struct weir_buffer buffer;
	bool ended = false;
	__u32 pid = 0;
	__u64 n;

	weir_buffer_of_write(file, &buffer);
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
