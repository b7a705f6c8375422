/* SPDX-License-Identifier: Apache-2.0 */
/* Statistics against published values, days against the calendar. */

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "calendar.h"
#include "figures.h"
#include "weir/base/macros.h"

static void assert_near(double a, double b)
{
	if (fabs(a - b) > 5e-5)
		fail_msg("%.6f is not %.6f", a, b);
}

/* Newcombe, Statistics in Medicine 17 (1998), table I, method 3. */
static void figures__give_wilsons_interval(void **state)
{
	static const struct {
		uint64_t k, n;
		double low, high;
	} known[] = {{81, 263, 0.2553, 0.3662},
		     {15, 148, 0.0624, 0.1605},
		     {0, 20, 0, 0.1611},
		     {1, 29, 0.0061, 0.1718}};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		struct interval share = figures_share(known[i].k, known[i].n);

		assert_true(share.known);
		assert_near(share.value, (double)known[i].k / (double)known[i].n);
		assert_near(share.low, known[i].low);
		assert_near(share.high, known[i].high);
	}
	assert_false(figures_share(0, 0).known);
}

/* By hand: 60 in 2, then 30 in 3: (10 / 30), exp(1.96 sqrt(1/60 + 1/30)) = 1.5501. */
static void figures__compare_rates(void **state)
{
	struct interval ratio = figures_ratio(60, 2, 30, 3);

	assert_true(ratio.known);
	assert_near(ratio.value, 1.0 / 3);
	assert_near(ratio.low, 0.215040);
	assert_near(ratio.high, 0.516700);
	assert_false(figures_ratio(0, 1, 5, 1).known);
	assert_false(figures_ratio(5, 1, 0, 1).known);
	assert_false(figures_ratio(5, 0, 5, 1).known);
}

#define AT(day, hour) (calendar_start_of(day) + UINT64_C(hour) * 3600 * 1000000000)
#define MONDAY	      20759 /* 2026-11-02 */

static void calendar__knows_chinas_days(void **state)
{
	const struct calendar plain = {};

	assert_int_equal(calendar_start_of(MONDAY), UINT64_C(1793548800) * 1000000000);
	assert_int_equal(calendar_day_of(calendar_start_of(MONDAY)), MONDAY);
	assert_int_equal(calendar_day_of(calendar_start_of(MONDAY) - 1), MONDAY - 1);
	for (int64_t day = 0; day < 14; day++)
		assert_int_equal(calendar_is_working(&plain, MONDAY + day), day % 7 < 5);
}

static void calendar__counts_working_days(void **state)
{
	/* Wednesday and Thursday are free, the Saturday is worked. */
	static const struct calendar_day days[] = {
		{MONDAY + 2, false}, {MONDAY + 3, false}, {MONDAY + 5, true}};
	const struct calendar plain = {}, moved = {days, ARRAY_SIZE(days)};

	/* From Monday, five days: Tuesday to Friday and the next Monday, which ends with it. */
	assert_int_equal(calendar_after_working_days(&plain, AT(MONDAY, 10), 5),
			 calendar_start_of(MONDAY + 8));
	assert_int_equal(calendar_after_working_days(&plain, AT(MONDAY, 0), 1),
			 calendar_start_of(MONDAY + 2));
	assert_int_equal(calendar_after_working_days(&plain, AT(MONDAY + 5, 23), 5),
			 calendar_start_of(MONDAY + 12));
	/* Tuesday, Friday, Saturday, Monday, Tuesday. */
	assert_int_equal(calendar_after_working_days(&moved, AT(MONDAY, 10), 5),
			 calendar_start_of(MONDAY + 9));
}

/* A table that calls every day free must not hold the console up. */
static void calendar__ends_without_working_days(void **state)
{
	static struct calendar_day days[3000];
	const struct calendar none = {days, ARRAY_SIZE(days)};

	for (size_t i = 0; i < ARRAY_SIZE(days); i++)
		days[i].day = MONDAY + (int64_t)i;
	assert_true(calendar_after_working_days(&none, AT(MONDAY, 1), 5) > AT(MONDAY, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(figures__give_wilsons_interval),
		cmocka_unit_test(figures__compare_rates),
		cmocka_unit_test(calendar__knows_chinas_days),
		cmocka_unit_test(calendar__counts_working_days),
		cmocka_unit_test(calendar__ends_without_working_days),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
