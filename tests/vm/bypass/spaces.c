/* SPDX-License-Identifier: Apache-2.0 */
/* Another view of the machine: roots, mounts, namespaces, and the other set of system calls. */

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bypass.h"
#include "weir/base/fd.h"

static int write_to(const struct bypass_job *job, const char *path)
{
	int fd = bypass_open(path, O_WRONLY | O_CREAT);

	return fd < 0 ? fd : bypass_close(fd, bypass_write(fd, job->data, job->len));
}

/* The target's folder and its last name, until the next call. */
static const char *folder_of(const struct bypass_job *job)
{
	static char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s", job->target);
	return dirname(path);
}

static const char *name_of(const struct bypass_job *job)
{
	return strrchr(job->target, '/') + 1;
}

static int in_chroot(const struct bypass_job *job)
{
	char path[NAME_MAX + 2];

	(void)snprintf(path, sizeof(path), "/%s", name_of(job));
	if (chroot(folder_of(job)) < 0 || chdir("/") < 0)
		return bypass_refused("chroot");
	return write_to(job, path);
}

static int run_chroot(const struct bypass_job *job)
{
	return bypass_child(in_chroot, job);
}

/* In a mount namespace of its own the volume appears elsewhere. */
static int write_bound(const struct bypass_job *job)
{
	char path[PATH_MAX];

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount(folder_of(job), "/mnt", NULL, MS_BIND, NULL) < 0)
		return bypass_refused("mount");
	(void)snprintf(path, sizeof(path), "/mnt/%s", name_of(job));
	return write_to(job, path);
}

static int in_mounts(const struct bypass_job *job)
{
	return unshare(CLONE_NEWNS) < 0 ? bypass_refused("unshare") : write_bound(job);
}

static int run_mounts(const struct bypass_job *job)
{
	return bypass_child(in_mounts, job);
}

static int say_to(const char *file, const char *text)
{
	int fd = bypass_open(file, O_WRONLY);
	int r = fd < 0 ? fd : bypass_write(fd, text, strlen(text));

	weir_close(fd);
	return r;
}

static int user_and_mounts(const struct bypass_job *job)
{
	int r;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		return bypass_refused("unshare");
	r = bypass_first(say_to("/proc/self/setgroups", "deny"),
			 say_to("/proc/self/uid_map", "0 0 1"));
	r = bypass_first(r, say_to("/proc/self/gid_map", "0 0 1"));
	return r < 0 ? r : write_bound(job);
}

static int run_user(const struct bypass_job *job)
{
	return bypass_child(user_and_mounts, job);
}

/* A root of its own with the volume in it, as a container has. */
static int inside_container(const struct bypass_job *job)
{
	char path[PATH_MAX];

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("none", "/mnt", "tmpfs", 0, NULL) < 0 || mkdir("/mnt/usb", 0755) < 0 ||
	    mkdir("/mnt/old", 0755) < 0 ||
	    mount(folder_of(job), "/mnt/usb", NULL, MS_BIND, NULL) < 0)
		return bypass_refused("mount");
	if (syscall(SYS_pivot_root, "/mnt", "/mnt/old") < 0 || chdir("/") < 0 ||
	    umount2("/old", MNT_DETACH) < 0)
		return bypass_refused("pivot_root");
	(void)snprintf(path, sizeof(path), "/usb/%s", name_of(job));
	return write_to(job, path);
}

static int container(const struct bypass_job *job)
{
	if (unshare(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET) < 0)
		return bypass_refused("unshare");
	return bypass_child(inside_container, job);
}

static int run_container(const struct bypass_job *job)
{
	return bypass_child(container, job);
}

#define NR_32_WRITE  4
#define NR_32_WRITEV 146

/* A call by the old gate: numbers, registers and structures of 32 bits, from a 64-bit process. */
static int call_32(unsigned number, unsigned a, unsigned b, unsigned c)
{
	long result = (long)number;

	__asm__ volatile("int $0x80"
			 : "+a"(result)
			 : "b"((long)a), "c"((long)b), "d"((long)c)
			 : "memory", "r8", "r9", "r10", "r11");
	return (int)result;
}

static char *low_memory(const struct bypass_job *job)
{
	char *low = mmap(NULL, 2 * BYPASS_BLOCK, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	if (low == MAP_FAILED)
		return NULL;
	memcpy(low, job->data, job->len);
	return low;
}

static int write_32(const struct bypass_job *job)
{
	char *low = low_memory(job);
	int fd = bypass_open(job->target, O_WRONLY | O_CREAT), r;

	if (!low || fd < 0)
		return -EACCES;
	r = call_32(NR_32_WRITE, (unsigned)fd, (unsigned)(unsigned long)low, (unsigned)job->len);
	errno = -r;
	return bypass_close(fd, r < 0 ? bypass_refused("write (32 bits)") : 0);
}

static int run_compat(const struct bypass_job *job)
{
	return bypass_child(write_32, job);
}

static int writev_32(const struct bypass_job *job)
{
	char *low = low_memory(job);
	unsigned *cut = low ? (unsigned *)(low + BYPASS_BLOCK) : NULL;
	int fd = bypass_open(job->target, O_WRONLY | O_CREAT), r;

	if (!cut || fd < 0)
		return -EACCES;
	cut[0] = (unsigned)(unsigned long)low;
	cut[1] = 100;
	cut[2] = cut[0] + 100;
	cut[3] = (unsigned)job->len - 100;
	r = call_32(NR_32_WRITEV, (unsigned)fd, (unsigned)(unsigned long)cut, 2);
	errno = -r;
	return bypass_close(fd, r < 0 ? bypass_refused("writev (32 bits)") : 0);
}

static int run_compat_vector(const struct bypass_job *job)
{
	return bypass_child(writev_32, job);
}

static const struct bypass_technique rows[] = {
	{"chroot", "chroot into the volume", "chroot", 0, run_chroot},
	{"bind", "bind mount in a mount namespace", "绑定挂载", 0, run_mounts},
	{"user", "user and mount namespace", "用户命名空间", 0, run_user},
	{"container", "pid, mount, network namespaces and a root of its own", "类容器", 0,
	 run_container},
	{"compat", "write by int 0x80", "32 位调用", 0, run_compat},
	{"compat-vector", "writev by int 0x80", "32 位分散写入", 0, run_compat_vector},
};

const struct bypass_family bypass_spaces = {"spaces", "namespaces and 32-bit calls", "命名空间",
					    rows, ARRAY_SIZE(rows)};
