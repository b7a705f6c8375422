/* SPDX-License-Identifier: Apache-2.0 */
/* The system calls that remain. */

#include "steps.h"

#include <errno.h>
#include <seccomp.h>
#include <stddef.h>
#include <sys/mman.h>

static const int always[] = {
	SCMP_SYS(read),	  SCMP_SYS(pread64),	SCMP_SYS(recvmsg),	 SCMP_SYS(sendmsg),
	SCMP_SYS(close),  SCMP_SYS(poll),	SCMP_SYS(ppoll),	 SCMP_SYS(brk),
	SCMP_SYS(munmap), SCMP_SYS(mremap),	SCMP_SYS(madvise),	 SCMP_SYS(futex),
	SCMP_SYS(lseek),  SCMP_SYS(getrandom),	SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday),
	SCMP_SYS(exit),	  SCMP_SYS(exit_group), SCMP_SYS(rt_sigreturn),	 SCMP_SYS(restart_syscall),
};

static const int writing[] = {SCMP_SYS(write), SCMP_SYS(writev)};

#if WEIR_SANDBOX_ASAN
static const int sanitizer[] = {
	SCMP_SYS(write),       SCMP_SYS(getpid),       SCMP_SYS(gettid),
	SCMP_SYS(sigaltstack), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(sched_yield), SCMP_SYS(getrusage),    SCMP_SYS(sched_getaffinity),
	SCMP_SYS(prctl),
};
#endif

int weir_sandbox_allow(void *filter, const int *calls, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0);

		/* a call that this machine does not have needs no rule */
		if (r < 0 && r != -EDOM && r != -EEXIST)
			return r;
	}
	return 0;
}

/* Memory may be had, but none that can be executed: the patterns were compiled before. */
static int allow_memory(scmp_filter_ctx filter)
{
	const struct scmp_arg_cmp no_exec = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
	int r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, no_exec);

	if (r < 0)
		return r;
	return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, no_exec);
}

static int fill(scmp_filter_ctx filter, const struct weir_sandbox_options *options)
{
	int r = weir_sandbox_allow(filter, always, ARRAY_SIZE(always));

	if (r == 0)
		r = allow_memory(filter);
	if (r == 0 && options->write)
		r = weir_sandbox_allow(filter, writing, ARRAY_SIZE(writing));
#if WEIR_SANDBOX_ASAN
	if (r == 0)
		r = weir_sandbox_allow(filter, sanitizer, ARRAY_SIZE(sanitizer));
#endif
	return r;
}

int weir_sandbox_syscalls(const struct weir_sandbox_options *options)
{
	scmp_filter_ctx filter;
	int r;

	if (seccomp_api_get() == 0)
		return 0;
	filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	if (!filter)
		return -ENOMEM;
	r = fill(filter, options);
	if (r == 0)
		r = seccomp_load(filter);
	seccomp_release(filter);
	return r < 0 ? r : 1;
}
