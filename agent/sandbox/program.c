/* SPDX-License-Identifier: Apache-2.0 */
/* The sandbox of programs that are not ours: readers of PDF and of images. */

#include "steps.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

/* What a dynamically linked program needs to start, read files, compute and end. */
static const int program_calls[] = {
	SCMP_SYS(read),
	SCMP_SYS(readv),
	SCMP_SYS(pread64),
	SCMP_SYS(lseek),
	SCMP_SYS(close),
	SCMP_SYS(fstat),
	SCMP_SYS(stat),
	SCMP_SYS(lstat),
	SCMP_SYS(newfstatat),
	SCMP_SYS(statx),
	SCMP_SYS(access),
	SCMP_SYS(faccessat),
	SCMP_SYS(faccessat2),
	SCMP_SYS(readlink),
	SCMP_SYS(readlinkat),
	SCMP_SYS(getdents64),
	SCMP_SYS(getcwd),
	SCMP_SYS(mmap),
	SCMP_SYS(munmap),
	SCMP_SYS(mremap),
	SCMP_SYS(mprotect),
	SCMP_SYS(madvise),
	SCMP_SYS(brk),
	SCMP_SYS(futex),
	SCMP_SYS(set_tid_address),
	SCMP_SYS(set_robust_list),
	SCMP_SYS(rseq),
	SCMP_SYS(arch_prctl),
	SCMP_SYS(getrandom),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_getres),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(sysinfo),
	SCMP_SYS(uname),
	SCMP_SYS(getrusage),
	SCMP_SYS(sched_getaffinity),
	SCMP_SYS(sched_yield),
	SCMP_SYS(getpid),
	SCMP_SYS(gettid),
	SCMP_SYS(getuid),
	SCMP_SYS(geteuid),
	SCMP_SYS(getgid),
	SCMP_SYS(getegid),
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(sigaltstack),
	SCMP_SYS(restart_syscall),
	SCMP_SYS(execve),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
};

/* What the host has besides, some of which each program then loses. */
static const int host_calls[] = {
	SCMP_SYS(recvmsg),   SCMP_SYS(sendmsg),	    SCMP_SYS(poll),	 SCMP_SYS(ppoll),
	SCMP_SYS(clone),     SCMP_SYS(wait4),	    SCMP_SYS(kill),	 SCMP_SYS(pipe2),
	SCMP_SYS(dup2),	     SCMP_SYS(dup3),	    SCMP_SYS(fcntl),	 SCMP_SYS(memfd_create),
	SCMP_SYS(ftruncate), SCMP_SYS(prctl),	    SCMP_SYS(prlimit64), SCMP_SYS(setrlimit),
	SCMP_SYS(getrlimit), SCMP_SYS(seccomp),	    SCMP_SYS(getppid),	 SCMP_SYS(write),
	SCMP_SYS(writev),    SCMP_SYS(openat),	    SCMP_SYS(open),	 SCMP_SYS(ioctl),
	SCMP_SYS(tgkill),    SCMP_SYS(close_range),
};

static int allow_if(scmp_filter_ctx filter, int call, struct scmp_arg_cmp when)
{
	int r = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call, 1, &when);

	return r == -EDOM || r == -EEXIST ? 0 : r;
}

/* Calls whose arguments decide: what is written goes to the pipes, what is opened is read. */
static int allow_narrowly(scmp_filter_ctx filter)
{
	const struct {
		int call;
		struct scmp_arg_cmp when;
	} rules[] = {
		{SCMP_SYS(write), SCMP_A0(SCMP_CMP_EQ, 1, 0)},
		{SCMP_SYS(write), SCMP_A0(SCMP_CMP_EQ, 2, 0)},
		{SCMP_SYS(writev), SCMP_A0(SCMP_CMP_EQ, 1, 0)},
		{SCMP_SYS(writev), SCMP_A0(SCMP_CMP_EQ, 2, 0)},
		{SCMP_SYS(openat), SCMP_A2(SCMP_CMP_MASKED_EQ, O_ACCMODE | O_CREAT, O_RDONLY)},
		{SCMP_SYS(open), SCMP_A1(SCMP_CMP_MASKED_EQ, O_ACCMODE | O_CREAT, O_RDONLY)},
		{SCMP_SYS(prlimit64), SCMP_A0(SCMP_CMP_EQ, 0, 0)}, /* its own, which only sink */
		{SCMP_SYS(ioctl), SCMP_A1(SCMP_CMP_EQ, TCGETS, 0)},
		{SCMP_SYS(fcntl), SCMP_A1(SCMP_CMP_EQ, F_GETFD, 0)},
		{SCMP_SYS(fcntl), SCMP_A1(SCMP_CMP_EQ, F_SETFD, 0)},
		{SCMP_SYS(fcntl), SCMP_A1(SCMP_CMP_EQ, F_GETFL, 0)},
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(rules); i++)
		r = allow_if(filter, rules[i].call, rules[i].when);
	return r;
}

static int load_filter(bool host)
{
	scmp_filter_ctx filter;
	int r;

	if (seccomp_api_get() == 0)
		return 0;
	filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
	if (!filter)
		return -ENOMEM;
	r = weir_sandbox_allow(filter, program_calls, ARRAY_SIZE(program_calls));
	if (r == 0)
		r = host ? weir_sandbox_allow(filter, host_calls, ARRAY_SIZE(host_calls))
			 : allow_narrowly(filter);
	if (r == 0)
		r = seccomp_load(filter);
	seccomp_release(filter);
	return r < 0 ? r : 1;
}

int weir_sandbox_enter_host(const struct weir_sandbox_options *options,
			    const struct weir_sandbox_paths *paths, struct weir_sandbox_state *ret)
{
	struct weir_sandbox_state state = {0};
	int r = weir_sandbox_unprivilege(options);

	if (r == 0)
		r = weir_sandbox_limit(RLIMIT_CORE, 0);
	if (r < 0)
		return r;
	state.unprivileged = true;
	r = weir_sandbox_landlock(paths);
	if (r < 0)
		return r;
	state.landlock = r > 0;
	r = load_filter(true);
	if (r < 0)
		return r;
	state.seccomp = r > 0;
	*ret = state;
	return 0;
}

static int limit_program(const struct weir_sandbox_options *options)
{
	struct rlimit cpu = {.rlim_cur = options->cpu_seconds,
			     .rlim_max = options->cpu_seconds + 1};
	int r = weir_sandbox_limit(RLIMIT_NOFILE, options->descriptors ? options->descriptors : 64);

	if (r == 0)
		r = weir_sandbox_limit(RLIMIT_NPROC, 0);
	if (r == 0)
		r = weir_sandbox_limit(RLIMIT_FSIZE, 0);
	if (r == 0)
		r = weir_sandbox_limit(RLIMIT_CORE, 0);
	/* the softer one first, so that its signal says what ended it */
	if (r == 0 && options->cpu_seconds && setrlimit(RLIMIT_CPU, &cpu) < 0)
		r = -errno;
	if (r == 0 && options->memory_bytes)
		r = weir_sandbox_limit(RLIMIT_AS, options->memory_bytes);
	return r;
}

int weir_sandbox_enter_program(const struct weir_sandbox_options *options)
{
	int r;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		return -errno;
	r = load_filter(false); /* allocates: before memory is limited */
	if (r < 0)
		return r;
	return limit_program(options);
}
