/* SPDX-License-Identifier: Apache-2.0 */
/* Does the guard refuse? In the child of the self-test, on things laid out for it alone: a map, two folders, two processes, each
 * once as ours and once as nobody's. */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "kernel_private.h"
#include "weir/base/fd.h"

#define FOLDER_OURS   "guarded"
#define FOLDER_OTHERS "unguarded"

static int result(int r)
{
	return r < 0 ? errno : 0;
}

/* Making the map is what is refused: its descriptor is given out then. */
static int try_map(const char *name)
{
	int fd _cleanup_(weir_closep) = bpf_map_create(BPF_MAP_TYPE_ARRAY, name, 4, 4, 1, NULL);

	return result(fd);
}

static int make_file(const char *dir)
{
	char path[64];
	int fd _cleanup_(weir_closep) = -1;

	if (mkdir(dir, 0700) < 0 && errno != EEXIST)
		return -errno;
	(void)snprintf(path, sizeof(path), "%s/file", dir);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	return fd < 0 ? -errno : 0;
}

static int try_remove(const char *dir)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "%s/file", dir);
	return result(unlink(path));
}

static int try_mount(const char *dir)
{
	return result(
		mount("weir-selftest", dir, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=4k"));
}

static int try_signal(pid_t pid)
{
	return result(kill(pid, SIGTERM));
}

static int try_trace(pid_t pid)
{
	int r = result((int)ptrace(PTRACE_SEIZE, pid, NULL, NULL));

	if (r == 0)
		(void)ptrace(PTRACE_DETACH, pid, NULL, NULL);
	return r;
}

static int try_limit(pid_t pid)
{
	struct rlimit limit;

	if (prlimit(pid, RLIMIT_NOFILE, NULL, &limit) < 0)
		return errno;
	return result(prlimit(pid, RLIMIT_NOFILE, &limit, NULL));
}

static int try_control(pid_t pid)
{
	char path[64];
	int fd _cleanup_(weir_closep) = -1;

	(void)snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", pid);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	return fd < 0 ? errno : -weir_write_full(fd, "0", 1);
}

static pid_t idle_process(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			(void)pause();
	}
	return pid;
}

static void end_process(struct weir_kernel *kernel, pid_t pid)
{
	(void)!kernel_guard_set_thread(kernel, (uint32_t)pid, WEIR_ABI_ROLE_NONE);
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
}

static int probe_processes(int out, pid_t ours, pid_t others)
{
	int r = kernel_probe_tell(out, WEIR_ABI_HOOK_GUARD_TRACE, try_trace(ours),
				  try_trace(others));

	if (r >= 0)
		r = kernel_probe_tell(out, WEIR_ABI_HOOK_GUARD_LIMIT, try_limit(ours),
				      try_limit(others));
	if (r >= 0)
		r = kernel_probe_tell(out, WEIR_ABI_HOOK_GUARD_CONTROL, try_control(ours),
				      try_control(others));
	/* Last: the other one ends by it. */
	if (r >= 0)
		r = kernel_probe_tell(out, WEIR_ABI_HOOK_GUARD_SIGNAL, try_signal(ours),
				      try_signal(others));
	return r;
}

static int with_processes(struct weir_kernel *kernel, int out)
{
	pid_t ours = idle_process(), others = idle_process();
	int r = ours < 0 || others < 0 ? -EAGAIN : 0;

	/* Both may have inherited being ours. */
	if (r >= 0)
		r = kernel_guard_set_thread(kernel, (uint32_t)others, WEIR_ABI_ROLE_NONE);
	if (r >= 0)
		r = kernel_guard_set_thread(kernel, (uint32_t)ours, WEIR_ABI_ROLE_NONE);
	if (r >= 0)
		r = kernel_guard_set_thread(kernel, (uint32_t)ours, WEIR_ABI_ROLE_TEST);
	if (r >= 0)
		r = probe_processes(out, ours, others);
	if (ours > 0)
		end_process(kernel, ours);
	if (others > 0)
		end_process(kernel, others);
	return r;
}

static int probe_files(struct weir_kernel *kernel, int out)
{
	int r = make_file(FOLDER_OURS);

	if (r >= 0)
		r = make_file(FOLDER_OTHERS);
	if (r >= 0)
		r = kernel_guard_set_path(kernel, FOLDER_OURS,
					  WEIR_ABI_GUARDED_FOLDER | WEIR_ABI_GUARDED_TEST);
	if (r < 0)
		return r;
	r = kernel_probe_tell(out, WEIR_ABI_HOOK_GUARD_FILE, try_remove(FOLDER_OURS),
			      try_remove(FOLDER_OTHERS));
	if (r >= 0)
		r = kernel_probe_tell(out, WEIR_ABI_HOOK_GUARD_MOUNT, try_mount(FOLDER_OURS),
				      try_mount(FOLDER_OTHERS));
	return r;
}

int kernel_guard_probe(struct weir_kernel *kernel, int out)
{
	int r;

	/* A tmpfs of its own: what is left of it goes with this process. */
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("weir-selftest", kernel->scratch_dir, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC,
		  "size=64k,mode=0700") < 0 ||
	    chdir(kernel->scratch_dir) < 0)
		return -errno;
	r = probe_files(kernel, out);
	(void)!kernel_guard_set_path(kernel, FOLDER_OURS, 0);
	if (r >= 0)
		r = with_processes(kernel, out);
	if (r >= 0)
		r = kernel_probe_tell(out, WEIR_ABI_HOOK_GUARD_BPF, try_map("weir_selftest"),
				      try_map("selftest"));
	return r;
}
