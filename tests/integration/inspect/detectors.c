/* SPDX-License-Identifier: Apache-2.0 */
/* A policy's own detectors on their way to workers. */
#include "helper.h"

#include <stdlib.h>

static const struct weir_custom sets[2][2] = {
	{{.id = "a", .name_zh = "a", .name_en = "a", .pattern = "A", .level = "C1", .base = 50},
	 {.id = "b", .name_zh = "b", .name_en = "b", .pattern = "B", .level = "C1", .base = 50}},
	{{.id = "c", .name_zh = "c", .name_en = "c", .pattern = "C", .level = "C1", .base = 50}},
};

static struct weir_inspector *start(struct outcomes *o, const struct weir_custom *list, size_t n)
{
	struct weir_inspector_options options = {.program = FAKE_WORKER,
						 .workers = 2,
						 .timeout_ns = UINT64_C(60000000000),
						 .detectors = list,
						 .n_detectors = n};
	struct weir_inspector *in = NULL;

	assert_int_equal(weir_inspector_new(&options, record, o, &in), 0);
	return in;
}

static void ask(struct weir_inspector *in, uint64_t cookie)
{
	assert_int_equal(weir_inspector_submit(in, memory_file("good", 4), cookie), 0);
}

/* A worker that does not greet with the right number would never be asked. */
static void detectors__reach_workers(void **state)
{
	struct outcomes *o = calloc(1, sizeof(*o));
	struct weir_inspector *in = start(o, sets[0], 2);

	(void)state;
	for (unsigned i = 0; i < 4; i++)
		ask(in, i);
	drain(in);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(o->status[i], WEIR_SCAN_COMPLETE);
	weir_inspector_free(in);
	free(o);
}

static void detectors__change_replaces_workers(void **state)
{
	struct outcomes *o = calloc(1, sizeof(*o));
	struct weir_inspector *in = start(o, NULL, 0);

	(void)state;
	ask(in, 0);
	drain(in);
	assert_int_equal(weir_inspector_set_detectors(in, NULL, 0), 1);
	assert_int_equal(weir_inspector_set_detectors(in, sets[0], 2), 0);
	assert_int_equal(weir_inspector_set_detectors(in, sets[0], 2), 1);
	ask(in, 1);
	drain(in);
	assert_int_equal(weir_inspector_set_detectors(in, sets[1], 1), 0);
	ask(in, 2);
	drain(in);
	assert_int_equal(weir_inspector_set_detectors(in, NULL, 0), 0);
	assert_string_equal(o->last.type, "text/x-36");
	ask(in, 3);
	drain(in);
	assert_string_equal(o->last.type, "text/x-3");
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(o->answered[i], 1);
		assert_int_equal(o->status[i], WEIR_SCAN_COMPLETE);
	}
	weir_inspector_free(in);
	free(o);
}

/* Numbers of the old set mean nothing under the new one: such an answer is never passed on as one. */
static void detectors__answer_of_the_old_set_is_none(void **state)
{
	struct outcomes *o = calloc(1, sizeof(*o));
	struct weir_inspector *in = start(o, sets[0], 2);

	(void)state;
	ask(in, 0);
	drain(in);  /* both workers may be up now; one is */
	ask(in, 1); /* goes to an idle worker at once */
	assert_int_equal(weir_inspector_set_detectors(in, sets[1], 1), 0);
	drain(in);
	assert_int_equal(o->answered[1], 1);
	assert_int_equal(o->status[1], WEIR_SCAN_COMPLETE);
	assert_string_equal(o->last.type, "text/x-36"); /* of a worker with the new set */
	ask(in, 2);
	drain(in);
	assert_int_equal(o->status[2], WEIR_SCAN_COMPLETE);
	weir_inspector_free(in);
	free(o);
}

static void detectors__refused_set_changes_nothing(void **state)
{
	struct outcomes *o = calloc(1, sizeof(*o));
	struct weir_inspector *in = start(o, sets[0], 2);
	struct weir_custom bad = sets[1][0];

	(void)state;
	bad.base = 101;
	assert_int_equal(weir_inspector_set_detectors(in, &bad, 1), -EINVAL);
	ask(in, 0);
	drain(in);
	assert_int_equal(o->status[0], WEIR_SCAN_COMPLETE);
	weir_inspector_free(in);
	free(o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(detectors__reach_workers),
		cmocka_unit_test(detectors__change_replaces_workers),
		cmocka_unit_test(detectors__answer_of_the_old_set_is_none),
		cmocka_unit_test(detectors__refused_set_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
