/* SPDX-License-Identifier: Apache-2.0 */
/* A process with a waker is stopped, traced, left alone and ended; what becomes of it is seen from its parent. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "gate_waker.h"
#include "weir/base/time.h"

#define BUDGET	   (400 * WEIR_NSEC_PER_MSEC)
#define PATIENCE_S 60

static pid_t guarded, waker;

/* Tells its waker's number and waits for the end. */
static int setup(void **state)
{
	int ends[2];

	if (pipe(ends) < 0)
		return -1;
	guarded = fork();
	if (guarded == 0) {
		waker = weir_gate_waker_start(BUDGET);
		(void)!write(ends[1], &waker, sizeof(waker));
		for (;;)
			(void)pause();
	}
	close(ends[1]);
	if (guarded < 0 || read(ends[0], &waker, sizeof(waker)) != (ssize_t)sizeof(waker))
		return -1;
	close(ends[0]);
	return waker > 0 ? 0 : -1;
}

static void end(void)
{
	if (guarded > 0) {
		(void)kill(guarded, SIGKILL);
		(void)waitpid(guarded, NULL, 0);
	}
	guarded = 0;
}

static int teardown(void **state)
{
	end();
	return 0;
}

static int await(int options)
{
	int status = 0;

	(void)alarm(PATIENCE_S);
	assert_int_equal(waitpid(guarded, &status, options), guarded);
	(void)alarm(0);
	return status;
}

static void waker__stopped_goes_on(void **state)
{
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(kill(guarded, SIGSTOP), 0);
		assert_true(WIFSTOPPED(await(WUNTRACED)));
		assert_true(WIFCONTINUED(await(WCONTINUED)));
	}
}

static void waker__traced_is_ended(void **state)
{
	assert_int_equal(ptrace(PTRACE_ATTACH, guarded, NULL, NULL), 0);
	assert_true(WIFSTOPPED(await(__WALL)));
	assert_int_equal(WTERMSIG(await(__WALL)), SIGKILL);
	guarded = 0;
}

static void waker__who_runs_is_left_alone(void **state)
{
	struct timespec time = {.tv_nsec = 999999999};

	(void)nanosleep(&time, NULL);
	assert_int_equal(waitpid(guarded, NULL, WNOHANG | WUNTRACED | WCONTINUED), 0);
}

static void waker__ends_with_its_process(void **state)
{
	struct timespec step = {.tv_nsec = 10000000};
	unsigned steps = 0;

	end();
	while (kill(waker, 0) == 0 && steps++ < PATIENCE_S * 100)
		(void)nanosleep(&step, NULL);
	assert_int_equal(kill(waker, 0), -1);
}

static void waker__is_stopped_by_its_owner(void **state)
{
	pid_t own = weir_gate_waker_start(BUDGET);

	assert_true(own > 0 && weir_gate_waker_runs(own));
	weir_gate_waker_stop(own);
	assert_false(weir_gate_waker_runs(own));
	assert_int_equal(kill(own, 0), -1);
	weir_gate_waker_stop(own);
	weir_gate_waker_stop(-EAGAIN);
	assert_false(weir_gate_waker_runs(0));
}

#define TEST(name) cmocka_unit_test_setup_teardown(waker__##name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(stopped_goes_on),	       TEST(traced_is_ended),
		TEST(who_runs_is_left_alone),  TEST(ends_with_its_process),
		TEST(is_stopped_by_its_owner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
