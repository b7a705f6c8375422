/* SPDX-License-Identifier: Apache-2.0 */
/* What is remembered, what never is, and what tells two requests apart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "weir/base/time.h"
#include "weir/inspect/recall.h"

#define DAY (86400 * WEIR_NSEC_PER_SEC)

static struct weir_recall *recall;
static struct weir_worker_request request;
static struct weir_findings clean, got;

static int setup(void **state)
{
	request = (struct weir_worker_request){
		.now_ns = 20000 * DAY, .max_bytes = 1 << 20, .min_confidence = 50};
	memset(&clean, 0, sizeof(clean));
	clean.status = WEIR_SCAN_COMPLETE;
	memcpy(clean.type, "text/plain", 11);
	clean.bytes = 1234;
	clean.parts_count = 1;
	return weir_recall_new(&recall);
}

static int teardown(void **state)
{
	weir_recall_free(recall);
	return 0;
}

static struct weir_recall_id id_in(const struct weir_recall *where, const char *text, size_t len)
{
	struct weir_memory content = {(const uint8_t *)text, len};
	struct weir_recall_id id;

	weir_recall_identify(where, &request, &content, &id);
	return id;
}

static struct weir_recall_id id_of(const char *text)
{
	return id_in(recall, text, strlen(text));
}

static bool known(const char *text)
{
	struct weir_recall_id id = id_of(text);

	return weir_recall_get(recall, &id, &got);
}

static void keep(const char *text)
{
	struct weir_recall_id id = id_of(text);

	weir_recall_put(recall, &id, &clean);
}

static void recall__gives_the_whole_outcome(void **state)
{
	assert_false(known("text"));
	keep("text");
	memset(&got, 0xff, sizeof(got));
	assert_true(known("text"));
	assert_int_equal(got.recalled, 1);
	got.recalled = 0;
	assert_memory_equal(&got, &clean, offsetof(struct weir_findings, findings));
	assert_int_equal(got.findings[0].length, UINT32_MAX); /* not written */
}

static void recall__every_byte_and_the_length_count(void **state)
{
	char text[100], other[100];
	struct weir_recall_id id;

	memset(text, 'a', sizeof(text));
	id = id_in(recall, text, sizeof(text));
	weir_recall_put(recall, &id, &clean);
	for (size_t i = 0; i < sizeof(text); i++) {
		memcpy(other, text, sizeof(text));
		other[i] ^= 1;
		id = id_in(recall, other, sizeof(other));
		assert_false(weir_recall_get(recall, &id, &got));
		id = id_in(recall, text, i);
		assert_false(weir_recall_get(recall, &id, &got));
	}
	id = id_in(recall, text, sizeof(text));
	assert_true(weir_recall_get(recall, &id, &got));
}

/* A date that is in the future today is none; findings below a confidence are left out. */
static void recall__day_and_limits_count(void **state)
{
	const struct weir_worker_request same = request;

	keep("text");
	request.now_ns += DAY;
	assert_false(known("text"));
	request = same;
	request.min_confidence++;
	assert_false(known("text"));
	request = same;
	request.max_bytes++;
	assert_false(known("text"));
	request = same;
	request.now_ns += WEIR_NSEC_PER_SEC; /* the same day */
	request.budget_ns = 1;		     /* what is complete is so within any time */
	request.sequence++;
	assert_true(known("text"));
}

/* Each is complete and clean but for one thing. */
static void recall__keeps_nothing_else(void **state)
{
	static const enum weir_scan_status others[] = {WEIR_SCAN_PARTIAL, WEIR_SCAN_UNSCANNABLE,
						       WEIR_SCAN_ERROR};
	struct weir_findings good = clean;

	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		clean.status = others[i];
		keep("text");
		clean = good;
	}
	clean.encrypted = 1;
	keep("text");
	clean = good;
	clean.records = 1;
	keep("text");
	clean = good;
	clean.count = 1;
	keep("text");
	clean = good;
	clean.total[WEIR_FINDINGS_DETECTORS - 1] = 1;
	keep("text");
	clean = good;
	assert_false(known("text"));
	keep("text");
	assert_true(known("text"));
}

static size_t count_known(unsigned n)
{
	size_t found = 0;

	for (unsigned i = 0; i < n; i++) {
		struct weir_recall_id id = id_in(recall, (const char *)&i, sizeof(i));

		found += weir_recall_get(recall, &id, &got);
	}
	return found;
}

static void recall__is_bounded_and_goes_on(void **state)
{
	struct weir_recall_id id;

	for (unsigned i = 0; i < 1000; i++) {
		id = id_in(recall, (const char *)&i, sizeof(i));
		weir_recall_put(recall, &id, &clean);
		weir_recall_put(recall, &id, &clean); /* takes no second place */
	}
	assert_in_range(count_known(1000), 980, 1000);
	for (unsigned i = 0; i < 4 * WEIR_RECALL_ENTRIES; i++) {
		id = id_in(recall, (const char *)&i, sizeof(i));
		weir_recall_put(recall, &id, &clean);
		assert_true(weir_recall_get(recall, &id, &got));
	}
	assert_in_range(count_known(4 * WEIR_RECALL_ENTRIES), WEIR_RECALL_ENTRIES * 9 / 10,
			WEIR_RECALL_ENTRIES);
}

/* Nobody can work out elsewhere what collides here. */
static void recall__keys_are_its_own(void **state)
{
	struct weir_recall *other = NULL;
	struct weir_recall_id id = id_of("text"), same = id_of("text"), its;

	assert_memory_equal(&id, &same, sizeof(id));
	assert_int_equal(weir_recall_new(&other), 0);
	its = id_in(other, "text", 4);
	assert_memory_not_equal(&id, &its, sizeof(id));
	weir_recall_free(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(recall__gives_the_whole_outcome, setup, teardown),
		cmocka_unit_test_setup_teardown(recall__every_byte_and_the_length_count, setup,
						teardown),
		cmocka_unit_test_setup_teardown(recall__day_and_limits_count, setup, teardown),
		cmocka_unit_test_setup_teardown(recall__keeps_nothing_else, setup, teardown),
		cmocka_unit_test_setup_teardown(recall__is_bounded_and_goes_on, setup, teardown),
		cmocka_unit_test_setup_teardown(recall__keys_are_its_own, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
