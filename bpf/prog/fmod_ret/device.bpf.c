/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Tier 2, devices: the same bodies where bpf is not in the list of security modules. A program whose section begins with "?" is for
 * kernels that have its hook. */

#include "prog/device.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("fmod_ret/security_inode_create")
int BPF_PROG(weir_fmod_inode_create, struct inode *dir, struct dentry *dentry, umode_t mode,
	     int ret)
{
	if (ret)
		return ret;
	return weir_denied(weir_change_refused(dir->i_sb, dentry));
}

SEC("fmod_ret/security_inode_link")
int BPF_PROG(weir_fmod_inode_link, struct dentry *old, struct inode *dir, struct dentry *dentry,
	     int ret)
{
	if (ret)
		return ret;
	return weir_denied(weir_change_refused(dir->i_sb, dentry));
}

SEC("fmod_ret/security_inode_symlink")
int BPF_PROG(weir_fmod_inode_symlink, struct inode *dir, struct dentry *dentry, const char *target,
	     int ret)
{
	if (ret)
		return ret;
	return weir_denied(weir_change_refused(dir->i_sb, dentry));
}

SEC("fmod_ret/security_inode_mkdir")
int BPF_PROG(weir_fmod_inode_mkdir, struct inode *dir, struct dentry *dentry, umode_t mode, int ret)
{
	if (ret)
		return ret;
	return weir_denied(weir_change_refused(dir->i_sb, dentry));
}

SEC("fmod_ret/security_inode_rmdir")
int BPF_PROG(weir_fmod_inode_rmdir, struct inode *dir, struct dentry *dentry, int ret)
{
	if (ret)
		return ret;
	return weir_denied(weir_change_refused(dir->i_sb, dentry));
}

SEC("fmod_ret/security_inode_unlink")
int BPF_PROG(weir_fmod_inode_unlink, struct inode *dir, struct dentry *dentry, int ret)
{
	if (ret)
		return ret;
	return weir_denied(weir_change_refused(dir->i_sb, dentry));
}

SEC("fmod_ret/security_inode_mknod")
int BPF_PROG(weir_fmod_inode_mknod, struct inode *dir, struct dentry *dentry, umode_t mode,
	     dev_t dev, int ret)
{
	if (ret)
		return ret;
	return weir_denied(weir_change_refused(dir->i_sb, dentry));
}

SEC("fmod_ret/security_inode_rename")
int BPF_PROG(weir_fmod_inode_rename, struct inode *dir, struct dentry *dentry, struct inode *to_dir,
	     struct dentry *to, unsigned int flags, int ret)
{
	if (ret)
		return ret;
	return weir_denied(weir_change_refused(dir->i_sb, dentry));
}

/* The earlier verdict on these is left aside: where it lies depends on the kernel, and refusing twice does no harm. */
SEC("fmod_ret/security_inode_setattr")
int weir_fmod_inode_setattr(void *ctx)
{
	return weir_denied(weir_attribute_refused(weir_dentry_at(ctx, 2)));
}

SEC("fmod_ret/security_inode_setxattr")
int weir_fmod_inode_setxattr(void *ctx)
{
	return weir_denied(weir_attribute_refused(weir_dentry_at(ctx, 5)));
}

SEC("fmod_ret/security_inode_removexattr")
int weir_fmod_inode_removexattr(void *ctx)
{
	return weir_denied(weir_attribute_refused(weir_dentry_at(ctx, 2)));
}

/* POSIX ACLs, apart from extended attributes since 6.2: id map, dentry, name, list. */
SEC("?fmod_ret/security_inode_set_acl")
int BPF_PROG(weir_fmod_inode_set_acl, void *idmap, struct dentry *dentry)
{
	return weir_denied(weir_attribute_refused(dentry));
}

SEC("fmod_ret/security_sb_set_mnt_opts")
int BPF_PROG(weir_fmod_sb_set_mnt_opts, struct super_block *sb, void *options, unsigned long flags,
	     unsigned long *set, int ret)
{
	if (ret)
		return ret;
	return weir_denied(weir_mount_refused(sb));
}

SEC("fmod_ret/security_file_ioctl")
int BPF_PROG(weir_fmod_file_ioctl, struct file *file, unsigned int cmd, unsigned long arg, int ret)
{
	if (ret)
		return ret;
	return weir_denied(weir_command_refused(file, cmd, arg));
}

/* Calls of 32-bit programs, apart since 6.8 and in stable kernels. */
SEC("?fmod_ret/security_file_ioctl_compat")
int BPF_PROG(weir_fmod_file_ioctl_compat, struct file *file, unsigned int cmd, unsigned long arg,
	     int ret)
{
	if (ret)
		return ret;
	return weir_denied(weir_command_refused(file, cmd, arg));
}
