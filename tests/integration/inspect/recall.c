/* SPDX-License-Identifier: Apache-2.0 */
/* Real workers that meet the same bytes again. */
#include "helper.h"

#include <stdlib.h>

#include "weir/base/time.h"
#include "weir/findings/detectors.h"

#define CONTENTS 60

static struct outcomes outcomes;

static const struct weir_custom case_number = {.id = "case_number",
					       .name_zh = "案号",
					       .name_en = "case number",
					       .pattern = "CASE-[0-9]{6}",
					       .level = "C2",
					       .base = 80};

static struct weir_inspector *start(unsigned workers)
{
	struct weir_inspector_options options = {.program = WEIR_TEST_BIN "/weir-inspect",
						 .workers = workers,
						 .timeout_ns = 60 * WEIR_NSEC_PER_SEC};
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
	struct weir_inspector *in = start(1);

	assert_int_equal(scan_all(in), 0);
	assert_int_equal(scan_all(in), CONTENTS);
	assert_false(scan(in, "01 words but others"));
	weir_inspector_free(in);
}

/* Other detectors come with other workers, which know nothing. */
static void recall__policy_begins_anew(void **state)
{
	struct weir_inspector *in = start(1);

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

/* A size has its worker: once both are up, what one of them knows is not asked of the other. */
static void recall__copies_meet_the_worker_that_knows(void **state)
{
	struct weir_inspector *in = start(2);
	uint64_t until = weir_now_monotonic() + 60 * WEIR_NSEC_PER_SEC;

	while (scan_all(in) < CONTENTS)
		assert_true(weir_now_monotonic() < until);
	weir_inspector_free(in);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recall__same_bytes_are_searched_once),
		cmocka_unit_test(recall__policy_begins_anew),
		cmocka_unit_test(recall__copies_meet_the_worker_that_knows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
