/* SPDX-License-Identifier: Apache-2.0 */
/* Real workers that meet the same bytes again. */
#include "helper.h"

#include <stdlib.h>

#include "weir/base/time.h"
#include "weir/findings/detectors.h"

#define CONTENTS    60
#define REAL_WORKER WEIR_TEST_BIN "/weir-inspect"

static struct outcomes outcomes;

static const struct weir_custom case_number = {.id = "case_number",
					       .name_zh = "案号",
					       .name_en = "case number",
					       .pattern = "CASE-[0-9]{6}",
					       .level = "C2",
					       .base = 80};

static struct weir_inspector *start(const char *program, unsigned workers)
{
	struct weir_inspector_options options = {
		.program = program, .workers = workers, .timeout_ns = 60 * WEIR_NSEC_PER_SEC};
	struct weir_inspector *in = NULL;

	memset(&outcomes, 0, sizeof(outcomes));
	assert_int_equal(weir_inspector_new(&options, record, &outcomes, &in), 0);
	return in;
}

/* Whether it was told from memory. */
static bool scan(struct weir_inspector *in, const char *text)
{
	assert_int_equal(weir_inspector_submit(in, memory_file(text, strlen(text)), 1), 0);
	drain(in);
	assert_int_equal(outcomes.last.status, WEIR_SCAN_COMPLETE);
	assert_int_equal(outcomes.last.bytes, strlen(text));
	assert_string_equal(outcomes.last.type, "text/plain");
	return outcomes.last.recalled;
}

/* Each of its own size. */
static unsigned scan_all(struct weir_inspector *in)
{
	char text[CONTENTS + 16];
	unsigned recalled = 0;

	for (unsigned i = 0; i < CONTENTS; i++) {
		(void)snprintf(text, sizeof(text), "%0*u words", (int)i + 1, i);
		recalled += scan(in, text);
	}
	return recalled;
}

static void recall__same_bytes_are_searched_once(void **state)
{
	struct weir_inspector *in = start(REAL_WORKER, 1);

	assert_int_equal(scan_all(in), 0);
	assert_int_equal(scan_all(in), CONTENTS);
	assert_false(scan(in, "01 words but others"));
	weir_inspector_free(in);
}

/* Other detectors come with other workers, which know nothing. */
static void recall__policy_begins_anew(void **state)
{
	struct weir_inspector *in = start(REAL_WORKER, 1);

	assert_false(scan(in, "see CASE-123456 of May"));
	assert_true(scan(in, "see CASE-123456 of May"));
	assert_int_equal(weir_inspector_set_detectors(in, &case_number, 1), 0);
	for (unsigned i = 0; i < 2; i++) {
		assert_false(scan(in, "see CASE-123456 of May"));
		assert_int_equal(outcomes.last.total[WEIR_DETECTOR_COUNT], 1);
	}
	assert_int_equal(weir_inspector_set_detectors(in, NULL, 0), 0);
	assert_false(scan(in, "see CASE-123456 of May"));
	assert_int_equal(outcomes.last.total[WEIR_DETECTOR_COUNT], 0);
	assert_true(scan(in, "see CASE-123456 of May"));
	weir_inspector_free(in);
}

/* The worker that a free inspector gives the request to, by what it says of itself. */
static void who_gets(struct weir_inspector *in, const char *text, char ret[static 32])
{
	assert_int_equal(weir_inspector_submit(in, memory_file(text, strlen(text)), 1), 0);
	drain(in);
	(void)snprintf(ret, 32, "%s", outcomes.last.type);
}

/* One byte and two have different homes; until both are up, one worker gets everything. */
static void await_homes(struct weir_inspector *in, char one[static 32], char two[static 32])
{
	uint64_t until = weir_now_monotonic() + 60 * WEIR_NSEC_PER_SEC;

	do {
		assert_true(weir_now_monotonic() < until);
		who_gets(in, "p", one);
		who_gets(in, "pp", two);
	} while (strcmp(one, two) == 0);
}

static void recall__copies_meet_the_worker_that_knows(void **state)
{
	struct weir_inspector *in = start(FAKE_WORKER, 2);
	char one[32], two[32], again[32];

	await_homes(in, one, two);
	for (unsigned i = 0; i < 10; i++) {
		who_gets(in, "pp", again);
		assert_string_equal(again, two);
		who_gets(in, "p", again);
		assert_string_equal(again, one);
		who_gets(in, "p", again);
		assert_string_equal(again, one);
	}
	weir_inspector_free(in);
}

/* A worker that is stuck holds up nobody for long: others take what waits for it. */
static void recall__nobody_waits_for_a_home(void **state)
{
	struct weir_inspector *in = start(FAKE_WORKER, 2);
	char one[32], two[32];
	unsigned before = 0;

	await_homes(in, one, two);
	memset(&outcomes, 0, sizeof(outcomes));
	assert_int_equal(weir_inspector_submit(in, memory_file("h", 1), 0), 0);
	assert_int_equal(weir_inspector_submit(in, memory_file("pp", 2), 2), 0); /* both are busy */
	assert_int_equal(weir_inspector_submit(in, memory_file("p", 1), 1), 0);
	for (unsigned i = 3; i < 102; i++)
		assert_int_equal(weir_inspector_submit(in, memory_file("pp", 2), i), 0);
	while (outcomes.answered[1] == 0)
		assert_true(turn(in));
	assert_string_equal(outcomes.last.type, two);
	for (unsigned i = 2; i < 102; i++)
		before += outcomes.answered[i];
	assert_in_range(before, 1, 50);
	assert_int_equal(outcomes.answered[0], 0);
	weir_inspector_free(in);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recall__same_bytes_are_searched_once),
		cmocka_unit_test(recall__policy_begins_anew),
		cmocka_unit_test(recall__copies_meet_the_worker_that_knows),
		cmocka_unit_test(recall__nobody_waits_for_a_home),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
