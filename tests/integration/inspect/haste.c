/* SPDX-License-Identifier: Apache-2.0 */
/* Whose turn it is, and how nice the workers are that do what nobody waits for. */
#include "helper.h"

#include <linux/capability.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "weir/base/time.h"

static struct outcomes outcomes;

static struct weir_inspector *start(uint64_t timeout_ns)
{
	struct weir_inspector_options options = {
		.program = FAKE_WORKER, .workers = 1, .timeout_ns = timeout_ns};
	struct weir_inspector *in = NULL;

	memset(&outcomes, 0, sizeof(outcomes));
	assert_int_equal(weir_inspector_new(&options, record, &outcomes, &in), 0);
	assert_int_equal(weir_inspector_submit(in, memory_file("g", 1), 0), 0);
	drain(in); /* it has greeted */
	return in;
}

/* The only child of this process. */
static pid_t worker(void)
{
	char path[64];
	int pid = 0;
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	file = fopen(path, "re");
	assert_non_null(file);
	assert_int_equal(fscanf(file, "%d", &pid), 1);
	(void)fclose(file);
	return pid;
}

static int niceness(void)
{
	errno = 0;
	return getpriority(PRIO_PROCESS, (id_t)worker());
}

/* Of its session among others, where the kernel says so. */
static bool session_is(int expected)
{
	char path[64];
	int niceness = expected; /* who is in no session's group has an empty file */
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/%d/autogroup", (int)worker());
	file = fopen(path, "re");
	if (!file)
		return errno == ENOENT;
	(void)!fscanf(file, "/autogroup-%*d nice %d", &niceness);
	(void)fclose(file);
	return niceness == expected;
}

static void haste__workers_are_nice_at_leisure(void **state)
{
	struct weir_inspector *in = start(60 * WEIR_NSEC_PER_SEC);

	assert_int_equal(niceness(), 0);
	assert_int_equal(weir_inspector_submit_leisurely(in, memory_file("h", 1), 1), 0);
	assert_int_equal(niceness(), 19);
	assert_true(session_is(19));
	/* Somebody needs the worker, if not what it does. */
	assert_int_equal(weir_inspector_submit_leisurely(in, memory_file("g", 1), 2), 0);
	assert_int_equal(niceness(), 19);
	assert_int_equal(weir_inspector_submit(in, memory_file("g", 1), 3), 0);
	assert_int_equal(niceness(), 0);
	assert_true(session_is(0));
	weir_inspector_free(in);
}

static void haste__nobody_else_pays_for_it(void **state)
{
	struct weir_inspector *in = start(60 * WEIR_NSEC_PER_SEC);

	assert_int_equal(weir_inspector_submit_leisurely(in, memory_file("g", 1), 1), 0);
	drain(in);
	assert_int_equal(weir_inspector_submit(in, memory_file("h", 1), 2), 0);
	assert_int_equal(niceness(), 0);
	weir_inspector_free(in);
}

/* Somebody opens what was closed at leisure. */
static void haste__hurry_what_runs_and_what_waits(void **state)
{
	struct weir_inspector *in = start(60 * WEIR_NSEC_PER_SEC);

	assert_int_equal(weir_inspector_submit_leisurely(in, memory_file("h", 1), 1), 0);
	weir_inspector_hurry(in, 7);
	assert_int_equal(niceness(), 19);
	weir_inspector_hurry(in, 1);
	assert_int_equal(niceness(), 0);
	weir_inspector_free(in);

	in = start(60 * WEIR_NSEC_PER_SEC);
	assert_int_equal(weir_inspector_submit_leisurely(in, memory_file("h", 1), 1), 0);
	assert_int_equal(weir_inspector_submit_leisurely(in, memory_file("g", 1), 2), 0);
	assert_int_equal(niceness(), 19);
	weir_inspector_hurry(in, 2);
	assert_int_equal(niceness(), 0);
	weir_inspector_free(in);
}

/* It is not put off for ever, and its own time is longer by as much. */
static void haste__leisure_ends(void **state)
{
	struct weir_inspector *in = start(WEIR_NSEC_PER_SEC);
	const uint64_t begin = weir_now_monotonic();

	assert_int_equal(weir_inspector_submit_leisurely(in, memory_file("h", 1), 1), 0);
	while (niceness() != 0)
		assert_true(turn(in));
	assert_true(weir_now_monotonic() - begin >= WEIR_INSPECTOR_LEISURE_NS);
	assert_int_equal(outcomes.answered[1], 0);
	drain(in);
	assert_true(weir_now_monotonic() - begin >= WEIR_INSPECTOR_LEISURE_NS + WEIR_NSEC_PER_SEC);
	assert_int_equal(outcomes.status[1], WEIR_SCAN_ERROR);
	weir_inspector_free(in);
}

static void set_sys_nice(bool on)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];
	uint32_t *effective = &sets[CAP_TO_INDEX(CAP_SYS_NICE)].effective;

	assert_int_equal(syscall(SYS_capget, &header, sets), 0);
	*effective = on ? *effective | CAP_TO_MASK(CAP_SYS_NICE)
			: *effective & ~CAP_TO_MASK(CAP_SYS_NICE);
	assert_int_equal(syscall(SYS_capset, &header, sets), 0);
}

static void haste__nobody_is_nice_who_could_not_hurry(void **state)
{
	struct weir_inspector *in;

	set_sys_nice(false);
	in = start(60 * WEIR_NSEC_PER_SEC);
	assert_int_equal(weir_inspector_submit_leisurely(in, memory_file("h", 1), 1), 0);
	assert_in_range(niceness(), 0, 1);
	set_sys_nice(true);
	weir_inspector_free(in);
}

static uint64_t order[8];
static unsigned ordered;

static void in_order(void *context, uint64_t cookie, const struct weir_findings *f)
{
	if (ordered < ARRAY_SIZE(order))
		order[ordered++] = cookie;
}

static void haste__decides_whose_turn_it_is(void **state)
{
	static const uint64_t expected[] = {20, 21, 10, 11, 0, 1};
	struct weir_inspector_options options = {.program = FAKE_WORKER, .workers = 1, .queue = 6};
	struct weir_inspector *in = NULL;

	ordered = 0;
	assert_int_equal(weir_inspector_new(&options, in_order, NULL, &in), 0);
	/* The worker has not greeted yet: all of them wait. */
	for (uint64_t i = 0; i < 2; i++) {
		assert_int_equal(weir_inspector_submit_leisurely(in, memory_file("g", 1), i), 0);
		assert_int_equal(weir_inspector_submit(in, memory_file("g", 1), 10 + i), 0);
		assert_int_equal(weir_inspector_submit_urgent(in, memory_file("g", 1), 20 + i), 0);
	}
	assert_int_equal(weir_inspector_submit_urgent(in, memory_file("g", 1), 30), -EAGAIN);
	drain(in);
	assert_int_equal(ordered, ARRAY_SIZE(expected));
	assert_memory_equal(order, expected, sizeof(expected));
	weir_inspector_free(in);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(haste__workers_are_nice_at_leisure),
		cmocka_unit_test(haste__nobody_else_pays_for_it),
		cmocka_unit_test(haste__hurry_what_runs_and_what_waits),
		cmocka_unit_test(haste__leisure_ends),
		cmocka_unit_test(haste__nobody_is_nice_who_could_not_hurry),
		cmocka_unit_test(haste__decides_whose_turn_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
