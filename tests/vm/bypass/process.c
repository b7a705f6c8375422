/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors and memory that wander from process to process. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bypass.h"
#include "weir/base/fd.h"

static int ended(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) < 0)
		return bypass_refused("waitpid");
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EINTR;
}

/* The one that opens never writes, the one that writes never opens. */
static int run_passed(const struct bypass_job *job)
{
	int pair[2], fd = -1, r;
	char byte;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return bypass_refused("socketpair");
	pid = fork();
	if (pid < 0)
		return bypass_refused("fork");
	if (pid == 0) {
		fd = bypass_open(job->target, O_WRONLY | O_CREAT);
		_exit(fd < 0 ? -fd : -weir_send_fd(pair[1], "f", 1, fd));
	}
	r = ended(pid);
	if (r == 0 && (weir_recv_fd(pair[0], &byte, 1, &fd) < 0 || fd < 0))
		r = bypass_refused("SCM_RIGHTS");
	return fd < 0 ? r : bypass_close(fd, bypass_write(fd, job->data, job->len));
}

static int run_taken(const struct bypass_job *job)
{
	int fd = -1, pidfd, pipes[2], r = 0;
	pid_t pid;

	if (pipe(pipes) < 0 || (pid = fork()) < 0)
		return bypass_refused("fork");
	if (pid == 0) {
		fd = bypass_open(job->target, O_WRONLY | O_CREAT);
		if (write(pipes[1], &fd, sizeof(fd)) == sizeof(fd))
			pause();
		_exit(0);
	}
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (read(pipes[0], &fd, sizeof(fd)) == sizeof(fd) && fd >= 0)
		fd = (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);
	if (fd < 0)
		r = bypass_refused("pidfd_getfd");
	else
		r = bypass_close(fd, bypass_write(fd, job->data, job->len));
	kill(pid, SIGKILL);
	ended(pid);
	return r;
}

/* Brings the content into the memory of a stopped process that has the file open and harmless text to write. */
typedef int poke_fn(pid_t pid, unsigned long to, const struct bypass_job *job);

static int through_another(const struct bypass_job *job, poke_fn *poke)
{
	size_t size = (job->len / sizeof(long) + 1) * sizeof(long);
	char *buffer = calloc(1, size);
	int r, status;
	pid_t pid;

	if (!buffer || (pid = fork()) < 0)
		return bypass_refused("fork");
	if (pid == 0) {
		int fd = bypass_open(job->target, O_WRONLY | O_CREAT);

		memset(buffer, 'x', job->len);
		raise(SIGSTOP);
		_exit(fd < 0 ? -fd : -bypass_close(fd, bypass_write(fd, buffer, job->len)));
	}
	if (waitpid(pid, &status, WUNTRACED) < 0)
		return bypass_refused("waitpid");
	r = poke(pid, (unsigned long)buffer, job);
	kill(pid, SIGCONT);
	return bypass_first(r, ended(pid));
}

static int poke_vm(pid_t pid, unsigned long to, const struct bypass_job *job)
{
	struct iovec here = {job->data, job->len}, there = {(void *)to, job->len};

	return process_vm_writev(pid, &here, 1, &there, 1, 0) < 0
		       ? bypass_refused("process_vm_writev")
		       : 0;
}

static int run_vm_writev(const struct bypass_job *job)
{
	return through_another(job, poke_vm);
}

static int poke_mem(pid_t pid, unsigned long to, const struct bypass_job *job)
{
	char path[64];
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return bypass_refused("/proc/PID/mem");
	return bypass_pwrite(fd, job->data, job->len, (off_t)to);
}

static int run_proc_mem(const struct bypass_job *job)
{
	return through_another(job, poke_mem);
}

static int poke_ptrace(pid_t pid, unsigned long to, const struct bypass_job *job)
{
	int status, r = 0;

	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) < 0 ||
	    ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) < 0)
		return bypass_refused("ptrace");
	waitpid(pid, &status, __WALL);
	for (size_t at = 0; at < job->len && r == 0; at += sizeof(long)) {
		long word = 0;

		memcpy(&word, job->data + at, WEIR_MIN(sizeof(word), job->len - at));
		if (ptrace(PTRACE_POKEDATA, pid, to + at, (void *)word) < 0)
			r = bypass_refused("ptrace");
	}
	ptrace(PTRACE_DETACH, pid, NULL, NULL);
	return r;
}

static int run_ptrace(const struct bypass_job *job)
{
	return through_another(job, poke_ptrace);
}

/* Standard output of a program that knows nothing of the volume. */
static int run_inherited(const struct bypass_job *job)
{
	int fd = bypass_open(job->target, O_WRONLY | O_CREAT);
	pid_t pid;

	if (fd < 0)
		return fd;
	pid = fork();
	if (pid < 0)
		return bypass_refused("fork");
	if (pid == 0) {
		dup2(fd, STDOUT_FILENO);
		execlp("cat", "cat", job->source, NULL);
		_exit(ENOENT);
	}
	return bypass_close(fd, ended(pid));
}

/* This very program from a file that no file system has. */
static int run_memfd(const struct bypass_job *job)
{
	char *argv[] = {"report", "write", (char *)job->source, (char *)job->target, NULL},
	     *none[] = {NULL};
	int self = bypass_open("/proc/self/exe", O_RDONLY), fd = memfd_create("report", 0);
	struct stat st;
	pid_t pid;

	if (self < 0 || fd < 0 || fstat(self, &st) < 0)
		return bypass_refused("memfd_create");
	for (off_t left = st.st_size; left > 0;) {
		ssize_t n = copy_file_range(self, NULL, fd, NULL, (size_t)left, 0);
		char block[BYPASS_BLOCK];

		if (n <= 0 && (n = read(self, block, sizeof(block))) > 0)
			n = write(fd, block, (size_t)n);
		if (n <= 0)
			return bypass_refused("read");
		left -= n;
	}
	pid = fork();
	if (pid < 0)
		return bypass_refused("fork");
	if (pid == 0) {
		fexecve(fd, argv, none);
		_exit(errno);
	}
	return ended(pid);
}

/* Opened as root, written as nobody. */
static int drop_and_write(const struct bypass_job *job)
{
	int fd = bypass_open(job->target, O_WRONLY | O_CREAT);

	if (fd < 0)
		return fd;
	if (setresgid(65534, 65534, 65534) < 0 || setresuid(65534, 65534, 65534) < 0)
		return bypass_refused("setresuid");
	return bypass_close(fd, bypass_write(fd, job->data, job->len));
}

static int run_nobody(const struct bypass_job *job)
{
	return bypass_child(drop_and_write, job);
}

/* The kernel writes the memory of a dying process into the folder where it was. */
static int die_there(const struct bypass_job *job)
{
	struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};

	if (mkdir(job->target, 0755) < 0 || chdir(job->target) < 0)
		return bypass_refused("mkdir");
	if (setrlimit(RLIMIT_CORE, &all) < 0)
		return bypass_refused("setrlimit");
	signal(SIGABRT, SIG_DFL);
	raise(SIGABRT);
	return -ECANCELED;
}

static int run_core(const struct bypass_job *job)
{
	char pattern[128] = "";
	int status, fd = bypass_open("/proc/sys/kernel/core_pattern", O_RDONLY);
	pid_t pid;

	if (fd < 0 || weir_read_full(fd, pattern, sizeof(pattern) - 1) < 0)
		return bypass_refused("core_pattern");
	if (pattern[0] == '|' || pattern[0] == '/') {
		errno = EOPNOTSUPP;
		return bypass_refused("core_pattern");
	}
	pid = fork();
	if (pid < 0)
		return bypass_refused("fork");
	if (pid == 0)
		_exit(-die_there(job));
	if (waitpid(pid, &status, 0) < 0 || !WIFSIGNALED(status))
		return bypass_refused("abort");
	errno = EACCES;
	return WCOREDUMP(status) ? 0 : bypass_refused("core dump");
}

static const struct bypass_technique rows[] = {
	{"passed", "a descriptor by SCM_RIGHTS", "传递描述符", 0, run_passed},
	{"taken", "a descriptor by pidfd_getfd", "取用他人描述符", 0, run_taken},
	{"inherited", "standard output of another program", "继承的标准输出", 0, run_inherited},
	{"vm-writev", "process_vm_writev into a process that writes", "写入他人内存", 0,
	 run_vm_writev},
	{"proc-mem", "/proc/PID/mem of a process that writes", "经 /proc/PID/mem", 0, run_proc_mem},
	{"ptrace", "ptrace of a process that writes", "调试写入", 0, run_ptrace},
	{"memfd", "a program in a memfd", "内存中的程序", 0, run_memfd},
	{"nobody", "opened as root, written as nobody", "换用户写入", 0, run_nobody},
	{"core", "a core dump into a folder of the volume", "核心转储", BYPASS_EXT4, run_core},
};

const struct bypass_family bypass_process = {"process", "processes", "进程间", rows,
					     ARRAY_SIZE(rows)};
