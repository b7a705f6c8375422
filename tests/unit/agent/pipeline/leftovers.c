/* SPDX-License-Identifier: Apache-2.0 */
/* What cannot be taken off a volume now is taken off it later, if it is still that. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "fixture.h"
#include "weir/base/time.h"

static const char harmless_yaml[] = "apiVersion: weir/v1\nkind: Policy\nmetadata: {name: test}\n";

/* No file grows, or is written to, behind so many bytes: as good as a volume that somebody has made read-only. */
static void writable(rlim_t bytes)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = WEIR_MIN(bytes, limit.rlim_max);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static int setup_leftover(void **state)
{
	(void)signal(SIGXFSZ, SIG_IGN);
	fake_new(&fake);
	fake.options.maintain_ns = 20 * WEIR_NSEC_PER_MSEC;
	fake_restart(&fake, NULL);
	return 0;
}

static int teardown_leftover(void **state)
{
	writable(RLIM_INFINITY);
	fake_done(&fake);
	return 0;
}

static void run_for(uint64_t ns)
{
	uint64_t end = weir_now_monotonic() + ns;

	while (weir_now_monotonic() < end)
		assert_true(weir_loop_step(fake.loop, 20) >= 0);
}

static void leave(const char *name)
{
	struct weir_watch_file file = fake_file(&fake, name, "twenty customers", SINK_MOUNT);

	writable(4);
	close_file(file);
	fake_answer(&fake, 20, WEIR_SCAN_COMPLETE);
	assert_int_equal(fake.events, 1);
	assert_int_equal(fake.last.event.action, WEIR_ABI_ACTION_AUDIT);
	assert_true(fake.last.alert);
	assert_true(fake.last.event.late);
	assert_int_equal(size_of(name), 16);
}

static void pipeline__leftover_is_taken_away_later(void **state)
{
	uint64_t before;

	leave("list");
	before = fake.last.event.time_ns;
	run_for(600 * WEIR_NSEC_PER_MSEC); /* a try that fails */
	assert_int_equal(fake.events, 1);
	assert_int_equal(size_of("list"), 16);
	writable(RLIM_INFINITY);
	while (fake.events == 1)
		assert_true(weir_loop_step(fake.loop, -1) >= 0);
	assert_int_equal(size_of("list"), 0);
	assert_int_equal(fake.last.event.action, WEIR_ABI_ACTION_BLOCK);
	assert_int_equal(fake.last.event.distinct[0], 20);
	assert_true(fake.last.event.time_ns > before);
	assert_true(fake.last.event.late);
	assert_false(fake.last.alert);
	assert_string_equal(fake.last.rule, "stick");
	assert_string_equal(fake.last.mount_point, fake.sink);
	assert_int_equal(fake.last.scrubbed, 16);
	assert_true(fake.last.has_findings);
	assert_true(fake.labels_forgotten > 0 && fake.flows_forgotten > 0);
	run_for(600 * WEIR_NSEC_PER_MSEC); /* and no more of it */
	assert_int_equal(fake.events, 2);
}

/* What is there now has its own close, and is not what was judged. */
static void pipeline__leftover_that_was_written_again_is_spared(void **state)
{
	leave("list");
	writable(RLIM_INFINITY);
	close(fake_file(&fake, "list", "harmless", SINK_MOUNT).fd);
	run_for(600 * WEIR_NSEC_PER_MSEC);
	assert_int_equal(size_of("list"), 8);
	assert_int_equal(fake.events, 1);
}

static void pipeline__leftover_that_may_lie_there_is_spared(void **state)
{
	leave("list");
	assert_int_equal(weir_pipeline_set_policy(fake.pipeline, fake_policy(harmless_yaml)), 0);
	writable(RLIM_INFINITY);
	run_for(600 * WEIR_NSEC_PER_MSEC);
	assert_int_equal(size_of("list"), 16);
	assert_int_equal(fake.events, 1);
}

static void pipeline__leftover_goes_with_its_volume(void **state)
{
	leave("list");
	writable(RLIM_INFINITY);
	assert_int_equal(weir_write_file_atomic(AT_FDCWD, fake.mountinfo, "", 0, 0600), 0);
	weir_pipeline_mounts_changed(fake.pipeline);
	run_for(600 * WEIR_NSEC_PER_MSEC);
	assert_int_equal(size_of("list"), 16);
	assert_int_equal(fake.events, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_leftover, teardown_leftover)
	const struct CMUnitTest tests[] = {
		TEST(pipeline__leftover_is_taken_away_later),
		TEST(pipeline__leftover_that_was_written_again_is_spared),
		TEST(pipeline__leftover_that_may_lie_there_is_spared),
		TEST(pipeline__leftover_goes_with_its_volume),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
