/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "weir/base/time.h"

static void time__format_is_utc_with_milliseconds(void **state)
{
	char text[WEIR_TIME_TEXT];

	assert_int_equal(setenv("TZ", "Asia/Shanghai", 1), 0);
	tzset();
	weir_time_format(0, text);
	assert_string_equal(text, "1970-01-01T00:00:00.000Z");
	weir_time_format(UINT64_C(1795335330123999999), text);
	assert_string_equal(text, "2026-11-22T08:15:30.123Z");
	weir_time_format(UINT64_C(1709164800) * WEIR_NSEC_PER_SEC, text);
	assert_string_equal(text, "2024-02-29T00:00:00.000Z");
	weir_time_format(UINT64_MAX, text);
	assert_string_equal(text, "2554-07-21T23:34:33.709Z");
}

static void time__clocks_are_the_ones_they_are_named_after(void **state)
{
	struct timespec ts;
	uint64_t before, after;

	assert_int_equal(clock_gettime(CLOCK_REALTIME, &ts), 0);
	before = (uint64_t)ts.tv_sec;
	after = weir_now_realtime() / WEIR_NSEC_PER_SEC;
	assert_true(after >= before && after - before < 3600);

	before = weir_now_monotonic();
	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &ts), 0);
	after = (uint64_t)ts.tv_sec * WEIR_NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
	assert_true(before <= after && weir_now_monotonic() >= after);

	before = weir_now_boottime();
	assert_int_equal(clock_gettime(CLOCK_BOOTTIME, &ts), 0);
	after = (uint64_t)ts.tv_sec * WEIR_NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
	assert_true(before <= after && weir_now_boottime() >= after);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(time__format_is_utc_with_milliseconds),
		cmocka_unit_test(time__clocks_are_the_ones_they_are_named_after),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
