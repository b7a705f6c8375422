/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "weir/base/macros.h"
#include "weir/findings/custom.h"
#include "weir/findings/detectors.h"
#include "weir/findings/findings.h"

_Static_assert(WEIR_DETECTOR_COUNT + WEIR_CUSTOM_MAX <= WEIR_FINDINGS_DETECTORS,
	       "findings have room for every custom detector");
_Static_assert(WEIR_CUSTOM_ID_MAX < WEIR_DETECTOR_ID_MAX, "an id fits where ids are kept");

static void findings__distinct_by_step(void **state)
{
	struct weir_findings *f _cleanup_(freep) = calloc(1, sizeof(*f));
	const struct {
		uint8_t min;
		uint32_t count;
	} table[] = {
		{0, 100}, {49, 100}, {50, 90}, {51, 80}, {55, 80}, {56, 70},
		{95, 0},  {70, 50},  {71, 40}, {100, 0}, {101, 0}, {255, 0},
	};

	(void)state;
	f->distinct[3] = 100;
	f->best[3] = 90;
	for (uint32_t i = 0; i < 9; i++)
		f->distinct_from[3][i] = 90 - i * 10;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		assert_int_equal(weir_findings_distinct(f, 3, table[i].min), table[i].count);
	assert_int_equal(weir_findings_distinct(f, 4, 50), 0);
	assert_int_equal(weir_findings_distinct(f, WEIR_FINDINGS_DETECTORS, 50), 0);
}

static void findings__distinct_without_steps(void **state)
{
	struct weir_findings *f _cleanup_(freep) = calloc(1, sizeof(*f));

	(void)state;
	f->distinct[0] = 7;
	f->best[0] = 80;
	assert_int_equal(weir_findings_distinct(f, 0, 40), 7);
	assert_int_equal(weir_findings_distinct(f, 0, 80), 7);
	assert_int_equal(weir_findings_distinct(f, 0, 81), 0);
	f->best[0] = 30;
	assert_int_equal(weir_findings_distinct(f, 0, 31), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(findings__distinct_by_step),
		cmocka_unit_test(findings__distinct_without_steps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
