/* SPDX-License-Identifier: Apache-2.0 */
/* What is remembered of files: for whom, for how long, and no more than fits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "weir/base/time.h"
#include "weir/pipeline/brought.h"

#define HOUR (3600 * WEIR_NSEC_PER_SEC)
#define DAY  (24 * HOUR)

static struct weir_brought *brought;
static struct weir_findings findings;
static struct weir_brought_file file;

static int setup(void **state)
{
	static const uint32_t seconds[] = {3600, 86400};

	file = (struct weir_brought_file){
		.volume = 7, .file = 100, .person = 1000, .now_ns = 10 * DAY};
	assert_int_equal(weir_brought_new(&brought), 0);
	weir_brought_set(brought, seconds, 2, 0x7);
	return 0;
}

static int teardown(void **state)
{
	weir_brought_free(brought);
	return 0;
}

/* The next file has the values [from, from + n) of a detector, with 80 of confidence. */
static void holds(uint64_t from, uint32_t n, uint8_t detector)
{
	memset(&findings, 0, sizeof(findings));
	findings.distinct[detector] = n;
	findings.best[detector] = 80;
	for (unsigned k = 0; k <= 6; k++)
		findings.distinct_from[detector][k] = n;
	findings.values_count = WEIR_MIN(n, (uint32_t)WEIR_FINDINGS_VALUES);
	for (uint32_t i = 0; i < findings.values_count; i++)
		findings.values[i] = (struct weir_value){(from + i) << 8, detector, 6};
	file.file++;
}

static void keep(uint64_t from, uint32_t n)
{
	holds(from, n, 0);
	weir_brought_keep(brought, &file, &findings);
}

static uint32_t others(unsigned time)
{
	return weir_brought_look(brought, &file, &findings)[time].others_from[0][0];
}

static bool fresh(unsigned time)
{
	return weir_brought_look(brought, &file, &findings)[time].fresh & 1;
}

static void brought__adds_up_over_files(void **state)
{
	keep(0, 3);
	holds(3, 2, 0);
	assert_int_equal(others(0), 3);
	assert_true(fresh(0) && fresh(1));
	holds(1, 4, 0); /* 1 and 2 came before, 3 and 4 did not */
	assert_int_equal(others(0), 1);
	assert_true(fresh(0));
	assert_int_equal(weir_brought_look(brought, &file, &findings)->others_from[0][6], 1);
	assert_int_equal(weir_brought_look(brought, &file, &findings)->others_from[0][7], 0);
}

static void brought__saved_again_counts_once(void **state)
{
	for (unsigned i = 0; i < 5; i++)
		keep(0, 3);
	assert_false(fresh(0));
	assert_int_equal(others(0), 0);
	holds(9, 1, 0);
	assert_int_equal(others(0), 3);
}

static void brought__each_time_for_itself(void **state)
{
	keep(0, 3);
	file.now_ns += HOUR - 1;
	holds(9, 1, 0);
	assert_int_equal(others(0), 3);
	file.now_ns += 1;
	assert_int_equal(others(0), 0);
	assert_int_equal(others(1), 3);
	holds(0, 1, 0);
	assert_true(fresh(0));
	assert_false(fresh(1));
	file.now_ns += 23 * HOUR;
	assert_true(fresh(1));
	holds(9, 1, 0);
	assert_int_equal(others(1), 0);
}

static void brought__comes_again_and_counts_from_then(void **state)
{
	keep(0, 3);
	file.now_ns += HOUR / 2;
	keep(0, 1);
	file.now_ns += HOUR / 2;
	holds(9, 1, 0);
	assert_int_equal(others(0), 1);
}

static void brought__persons_and_volumes_apart(void **state)
{
	keep(0, 3);
	holds(9, 1, 0);
	file.person = 1001;
	assert_int_equal(others(0), 0);
	file.person = 1000;
	file.volume = 8;
	assert_int_equal(others(0), 0);
	file.volume = 7;
	assert_int_equal(others(0), 3);
}

/* What is beyond those that are told apart is known by its file. */
static void brought__many_in_one_file(void **state)
{
	const uint32_t more = WEIR_FINDINGS_VALUES + 70;

	keep(0, more);
	assert_int_equal(others(0), 0);
	assert_false(fresh(0));
	weir_brought_keep(brought, &file, &findings); /* saved again */
	holds(5000, 1, 0);
	assert_int_equal(others(0), more);
	holds(0, more + 1, 0); /* in another file */
	assert_true(fresh(0));
	assert_int_equal(others(0), 70);
}

static void brought__the_same_file_grown(void **state)
{
	const uint32_t more = WEIR_FINDINGS_VALUES + 70;

	keep(0, more);
	holds(0, more + 1, 0);
	file.file--;
	assert_true(fresh(0));
	assert_int_equal(others(0), 0);
	weir_brought_keep(brought, &file, &findings);
	holds(5000, 1, 0);
	assert_int_equal(others(0), more + 1);
}

static void brought__steps_of_what_is_not_told(void **state)
{
	holds(0, 10, 0);
	findings.values_count = 2;
	for (unsigned k = 3; k <= 6; k++) /* 4 of 10 reach 65, the two that are told among them */
		findings.distinct_from[0][k] = 4;
	weir_brought_keep(brought, &file, &findings);
	holds(5000, 1, 0);
	assert_int_equal(others(0), 10);
	assert_int_equal(weir_brought_look(brought, &file, &findings)->others_from[0][3], 4);
	assert_int_equal(weir_brought_look(brought, &file, &findings)->others_from[0][7], 0);
}

static void brought__other_detectors_are_none_of_it(void **state)
{
	static const uint32_t seconds[] = {3600};

	holds(0, 3, 5);
	weir_brought_keep(brought, &file, &findings);
	keep(0, 3);
	weir_brought_set(brought, seconds, 1, 0x2);
	weir_brought_set(brought, seconds, 1, 0x21);
	holds(9, 1, 0);
	assert_int_equal(others(0), 0);
	assert_int_equal(weir_brought_look(brought, &file, &findings)->others_from[5][0], 0);
	weir_brought_set(brought, NULL, 0, 0);
	assert_null(weir_brought_look(brought, &file, &findings));
}

/* Of the detector that has most the oldest go; one that has few keeps them. */
static void brought__full_of_one_kind(void **state)
{
	holds(0, 4, 1);
	weir_brought_keep(brought, &file, &findings);
	for (unsigned i = 0; i < WEIR_BROUGHT_VALUES + 96; i += 100) {
		file.now_ns++;
		keep(i, 100);
	}
	assert_int_equal(weir_brought_take_dropped(brought), 4200 + 4 - WEIR_BROUGHT_VALUES);
	assert_int_equal(weir_brought_take_dropped(brought), 0);
	holds(90000, 1, 1);
	assert_int_equal(weir_brought_look(brought, &file, &findings)->others_from[1][0], 4);
	holds(90000, 1, 0);
	assert_int_equal(others(0), WEIR_BROUGHT_VALUES - 4);
	holds(0, 1, 0);
	assert_true(fresh(0)); /* gone */
	holds(4199, 1, 0);
	assert_false(fresh(0));
}

static void brought__more_persons_than_places(void **state)
{
	for (unsigned i = 0; i < WEIR_BROUGHT_PLACES + 1; i++) {
		file.person = i;
		file.now_ns++;
		keep(0, 3);
	}
	assert_int_equal(weir_brought_take_dropped(brought), 3);
	holds(9, 1, 0);
	assert_int_equal(others(0), 3);
	file.person = 0;
	assert_int_equal(others(0), 0);
	file.person = 1;
	assert_int_equal(others(0), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(brought__adds_up_over_files, setup, teardown),
		cmocka_unit_test_setup_teardown(brought__saved_again_counts_once, setup, teardown),
		cmocka_unit_test_setup_teardown(brought__each_time_for_itself, setup, teardown),
		cmocka_unit_test_setup_teardown(brought__comes_again_and_counts_from_then, setup,
						teardown),
		cmocka_unit_test_setup_teardown(brought__persons_and_volumes_apart, setup,
						teardown),
		cmocka_unit_test_setup_teardown(brought__many_in_one_file, setup, teardown),
		cmocka_unit_test_setup_teardown(brought__the_same_file_grown, setup, teardown),
		cmocka_unit_test_setup_teardown(brought__steps_of_what_is_not_told, setup,
						teardown),
		cmocka_unit_test_setup_teardown(brought__other_detectors_are_none_of_it, setup,
						teardown),
		cmocka_unit_test_setup_teardown(brought__full_of_one_kind, setup, teardown),
		cmocka_unit_test_setup_teardown(brought__more_persons_than_places, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
