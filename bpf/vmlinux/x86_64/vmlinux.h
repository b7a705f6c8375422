/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef __VMLINUX_H__
#define __VMLINUX_H__

/* The few kernel types that the programs read, with the few fields that they use. Offsets are relocated when a program is
 * loaded (preserve_access_index), so order and gaps here mean nothing; a field's name and kind do. "___x" flavours are
 * other kernels' shapes of one type. Checked in, never generated from the machine that builds. */

#include <linux/bpf.h>
#include <linux/types.h>

#ifndef __cplusplus
typedef _Bool bool;
#endif
enum { false = 0, true = 1 };

typedef __u32 u32;
typedef __u64 u64;
typedef unsigned int fmode_t;
typedef unsigned short umode_t;
typedef __u32 dev_t;
typedef int pid_t;
typedef long long loff_t;
typedef long long time64_t;

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct {
	unsigned int val;
} kuid_t;

typedef struct {
	unsigned int val;
} kgid_t;

typedef struct {
	int counter;
} atomic_t;

struct timespec64 {
	time64_t tv_sec;
	long tv_nsec;
};

/* include/linux/fs.h; i_ctime: one timespec64 up to 6.5, __i_ctime up to 6.10, two fields since */
struct hlist_node {
	struct hlist_node *next;
};

struct hlist_head {
	struct hlist_node *first;
};

struct super_block;
struct inode {
	umode_t i_mode;
	unsigned int i_flags;
	dev_t i_rdev;
	unsigned int i_nlink;
	struct super_block *i_sb;
	unsigned long i_ino;
	loff_t i_size;
	struct hlist_head i_dentry;
};

struct inode___timespec {
	struct timespec64 i_ctime;
};

struct inode___renamed {
	struct timespec64 __i_ctime;
};

struct inode___split {
	time64_t i_ctime_sec;
	unsigned int i_ctime_nsec;
};

struct bus_type {
	const char *name;
};

struct class
{
	const char *name;
};

struct device {
	struct device *parent;
	const struct bus_type *bus;
	const struct class *class;
	dev_t devt;
};

struct gendisk;
struct block_device {
	dev_t bd_dev;
	struct device bd_device;
	struct gendisk *bd_disk;
};

struct gendisk {
	struct block_device *part0;
	u64 diskseq; /* since 5.15 */
};

struct hd_struct { /* up to 5.10, a partition was no block_device */
	struct device __dev;
};

struct gendisk___embedded {
	struct hd_struct part0;
};

struct bdev_inode {
	struct block_device bdev;
	struct inode vfs_inode;
};

struct super_block {
	dev_t s_dev;
	unsigned long s_flags;
	unsigned long s_magic;
	struct block_device *s_bdev;
};

struct qstr {
	const unsigned char *name;
};

struct dentry {
	struct dentry *d_parent;
	struct qstr d_name;
	struct super_block *d_sb;
	struct inode *d_inode;
	union {
		struct hlist_node d_alias;
	} d_u;
};

struct vfsmount {
	struct dentry *mnt_root;
	struct super_block *mnt_sb;
	int mnt_flags;
};

struct mount {
	struct mount *mnt_parent;
	struct vfsmount mnt;
	int mnt_id;
};

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

struct address_space {
	struct inode *host;
};

struct file {
	fmode_t f_mode;
	struct address_space *f_mapping;
	unsigned int f_flags;
	struct path f_path;
	struct inode *f_inode;
	loff_t f_pos;
	void *private_data;
};

struct proto_ops___sendpage { /* up to 6.4 */
	void *sendpage;
};

/* include/linux/mm_types.h */
struct vm_area_struct {
	unsigned long vm_flags;
	struct file *vm_file;
};

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};

struct files_struct {
	struct fdtable *fdt;
};

struct cred {
	kuid_t uid;
	kgid_t gid;
};

struct signal_struct {
	atomic_t live;
};

struct thread_info {
	u32 status;
};

struct ns_common {
	unsigned int inum;
};

struct mnt_namespace {
	struct ns_common ns;
};

struct nsproxy {
	struct mnt_namespace *mnt_ns;
};

struct mm_struct {
	unsigned long env_start;
	unsigned long env_end;
};

struct task_struct {
	struct thread_info thread_info;
	void *stack;
	unsigned int flags;
	unsigned int ptrace;
	struct mm_struct *mm;
	struct nsproxy *nsproxy;
	pid_t pid;
	pid_t tgid;
	struct task_struct *real_parent;
	struct task_struct *group_leader;
	u64 start_boottime;
	const struct cred *real_cred;
	kuid_t loginuid;
	struct signal_struct *signal;
	struct files_struct *files;
	struct nameidata *nameidata; /* while it walks a path or opens what that led to */
	char comm[16];
};

struct nameidata {
	struct path path;
};

struct linux_binprm {
	struct file *file;
	const char *filename;
};

struct upid {
	int nr;
};

struct pid {
	struct upid numbers[1]; /* [0]: in the initial namespace */
};

struct proc_inode {
	struct pid *pid;
	struct inode vfs_inode;
};

struct bpf_map {
	char name[16];
};

struct bpf_prog_aux {
	char name[16];
	const char *attach_func_name;
};

struct bpf_prog {
	enum bpf_attach_type expected_attach_type;
	struct bpf_prog_aux *aux;
};

struct bpf_link {
	struct bpf_prog *prog;
};

struct pt_regs {
	unsigned long bp;
	unsigned long bx;
	unsigned long r10;
	unsigned long r9;
	unsigned long r8;
	unsigned long ax;
	unsigned long cx;
	unsigned long dx;
	unsigned long si;
	unsigned long di;
	unsigned long orig_ax;
};

struct iovec {
	void *iov_base;
	__u64 iov_len;
};

/* include/linux/uio.h; the numbers differ between kernels: always through bpf_core_enum_value() */
enum iter_type {
	ITER_IOVEC,
	ITER_KVEC,
	ITER_BVEC,
	ITER_UBUF,
};

struct iov_iter {
	__u8 iter_type;
	unsigned long iov_offset;
	unsigned long count;
	unsigned long nr_segs;
	void *ubuf;
};

struct iov_iter___plain { /* up to 6.3 */
	const struct iovec *iov;
};

struct iov_iter___underscore { /* since 6.4 */
	const struct iovec *__iov;
};

struct kiocb {
	struct file *ki_filp;
	loff_t ki_pos;
};

/* include/uapi/linux/aio_abi.h */
struct iocb {
	int aio_rw_flags;
	__u64 aio_buf;
	__u64 aio_nbytes;
	__s64 aio_offset;
};

/* io_uring/rw.c */
struct io_rw {
	struct kiocb kiocb;
	u64 addr;
	u32 len;
	int flags;
};

struct io_kiocb {
	__u8 opcode;
};

struct msghdr {
	void *msg_name;
	int msg_namelen;
	struct iov_iter msg_iter;
};

struct in6_addr {
	union {
		__u8 u6_addr8[16];
	} in6_u;
};

struct sock_common {
	__u32 skc_daddr;
	__u32 skc_rcv_saddr;
	__u16 skc_dport;
	__u16 skc_num;
	unsigned short skc_family;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
};

struct socket;
struct sock {
	struct sock_common __sk_common;
	__u16 sk_protocol;
	struct socket *sk_socket; /* NULL once it is closed */
};

struct unix_address;
struct unix_sock { /* begins with its struct sock */
	struct sock sk;
	struct unix_address *addr; /* NULL: it has no name */
	struct sock *peer;
};

struct udp_sock {
	int pending; /* frames that wait for more: MSG_MORE, UDP_CORK */
};

struct socket {
	short type;
	struct file *file;
	struct sock *sk;
};

struct socket_alloc {
	struct socket socket;
	struct inode vfs_inode;
};

#pragma clang attribute pop

#endif
