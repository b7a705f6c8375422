/* SPDX-License-Identifier: Apache-2.0 */
/* The child runs in a copy of a program with threads: here are only calls that are safe after fork. */

#include "gate_waker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "weir/base/fd.h"
#include "weir/base/time.h"

#define STEPS_IN_BUDGET 8
#define STEPS_TO_WAKE	3 /* seen so often: stopped for a quarter to three eighths of the budget */
#define STEPS_TO_END	6
#define STAT_BYTES	512

/* 'T': by a signal, 't': by a tracer, others run. The name before the state may hold brackets. */
static char state_of(const char *path)
{
	int fd _cleanup_(weir_closep) = open(path, O_RDONLY | O_CLOEXEC);
	char text[STAT_BYTES];
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	const char *end;

	if (n <= 0)
		return '\0';
	text[n] = '\0';
	end = strrchr(text, ')');
	return end && end[1] == ' ' ? end[2] : '\0';
}

static _Noreturn void watch_over(pid_t agent, const char *path, uint64_t budget_ns)
{
	int step_ms = (int)WEIR_MAX(budget_ns / WEIR_NSEC_PER_MSEC / STEPS_IN_BUDGET, UINT64_C(1));
	unsigned steps = 0;

	(void)syscall(SYS_close_range, 0, ~0U,
		      0); /* the group above all: it must end with the agent */
	(void)prctl(PR_SET_NAME, "weir-waker");
	for (;;) {
		char state;

		(void)poll(NULL, 0, step_ms);
		if (getppid() != agent)
			_exit(0);
		state = state_of(path);
		steps = state == 'T' || state == 't' ? steps + 1 : 0;
		if (steps >= STEPS_TO_WAKE)
			(void)kill(agent, SIGCONT);
		if (steps >= STEPS_TO_END)
			(void)kill(agent, SIGKILL);
	}
}

pid_t weir_gate_waker_start(uint64_t budget_ns)
{
	pid_t agent = getpid(), pid;
	char path[32];

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)agent);
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid > 0)
		return pid;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != agent)
		_exit(1);
	watch_over(agent, path, budget_ns);
}

bool weir_gate_waker_runs(pid_t pid)
{
	return pid > 0 && waitpid(pid, NULL, WNOHANG) == 0;
}

void weir_gate_waker_stop(pid_t pid)
{
	if (!weir_gate_waker_runs(pid))
		return;
	(void)kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}
