/* SPDX-License-Identifier: Apache-2.0 */
/* Time in which nobody looked: until when all is judged, and what is told by whoever comes back. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "fixture.h"
#include "weir/base/time.h"

static void away(uint64_t since, bool orderly, bool alert)
{
	assert_int_equal(weir_pipeline_away_event(fake.pipeline, since, orderly, "why"), 0);
	assert_int_equal(fake.last.event.activity, WEIR_ACTIVITY_AWAY);
	assert_int_equal(fake.last.event.channel, WEIR_ABI_CHANNEL_AGENT);
	assert_int_equal(fake.last.event.action, WEIR_ABI_ACTION_AUDIT);
	assert_true(fake.last.event.time_ns - fake.last.event.since_ns ==
		    fake.last.event.boot_ns - since);
	assert_int_equal(fake.last.alert, alert);
}

static void pipeline__away_is_told_each_time(void **state)
{
	uint64_t since = weir_now_boottime() - 5 * WEIR_NSEC_PER_SEC;

	fake.tier = WEIR_ABI_TIER_LSM;
	away(since, true, false);
	away(since, false, true);
	fake.tier = WEIR_ABI_TIER_OBSERVE;
	for (unsigned i = 0; i < 20; i++)
		away(since + i, true, true);
	assert_int_equal(fake.events, 22);
	fake.append_result = -ENOSPC;
	assert_int_equal(weir_pipeline_away_event(fake.pipeline, since, false, "why"), -ENOSPC);
	fake.append_result = -EIO;
	assert_int_equal(weir_pipeline_away_event(fake.pipeline, since, false, "why"), -EIO);
}

static void pipeline__judged_until_the_oldest_that_waits(void **state)
{
	uint64_t first = weir_pipeline_judged_until(fake.pipeline), second;

	assert_in_range(first, 1, weir_now_boottime());
	close_file(fake_file(&fake, "copy", "text", SINK_MOUNT));
	second = weir_pipeline_judged_until(fake.pipeline);
	assert_true(second == first);
	fake_answer(&fake, 0, WEIR_SCAN_COMPLETE);
	assert_true(weir_pipeline_judged_until(fake.pipeline) > first);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(pipeline__away_is_told_each_time),
		TEST(pipeline__judged_until_the_oldest_that_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
