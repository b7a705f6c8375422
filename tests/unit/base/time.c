/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
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

static void time__parses_what_rfc_3339_says(void **state)
{
	static const struct {
		const char *text;
		uint64_t ns;
	} cases[] = {
		{"1970-01-01T00:00:00Z", 0},
		{"2026-11-18T11:06:40Z", UINT64_C(1795000000000000000)},
		{"2026-11-18t19:06:40.5+08:00", UINT64_C(1795000000500000000)},
		{"2026-11-18 06:06:40.123456789-05:00", UINT64_C(1795000000123456789)},
		{"2024-02-29T00:00:00Z", UINT64_C(1709164800000000000)},
	};
	static const char *const none[] = {
		"",
		"2026-11-18",
		"2026-11-18T11:06:40",
		"2026-11-18T11:06:40Zx",
		"2026-11-18T11:06:40.Z",
		"2026-11-18T11:06:40.1234567890Z",
		"2026-13-01T00:00:00Z",
		"2026-02-30T00:00:00Z",
		"2026-11-18T25:00:00Z",
		"2026-11-18T11:06:60Z",
		"1969-12-31T23:59:59Z",
		"1970-01-01T00:00:00+08:00",
		"9999-01-01T00:00:00Z",
	};
	uint64_t ns = 99;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(weir_time_parse(cases[i].text, &ns), 0);
		assert_int_equal(ns, cases[i].ns);
	}
	ns = 99;
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_int_equal(weir_time_parse(none[i], &ns), -EINVAL);
	assert_int_equal(ns, 99);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(time__parses_what_rfc_3339_says),
		cmocka_unit_test(time__format_is_utc_with_milliseconds),
		cmocka_unit_test(time__clocks_are_the_ones_they_are_named_after),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
