/* SPDX-License-Identifier: Apache-2.0 */
/* A good message, then the same with one thing wrong. */

#include "weir/ipc/worker.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct weir_worker_answer answer;
static const struct weir_worker_expect expect = {.sequence = 9, .max_bytes = 1000, .detectors = 3};

static int good_answer(void **state)
{
	memset(&answer, 0, sizeof(answer));
	answer.version = WEIR_WORKER_VERSION;
	answer.type = WEIR_WORKER_ANSWER;
	answer.sequence = 9;
	answer.findings.status = WEIR_SCAN_COMPLETE;
	memcpy(answer.findings.type, "text/plain", 11);
	answer.findings.bytes = 100;
	answer.findings.records = 2;
	answer.findings.total[1] = 3;
	answer.findings.distinct[1] = 2;
	answer.findings.best[1] = 90;
	answer.findings.count = 2;
	for (unsigned i = 0; i < 2; i++)
		answer.findings.findings[i] = (struct weir_finding){.offset = 10 * i,
								    .length = 18,
								    .detector = 1,
								    .confidence = 90,
								    .masked = "1***"};
	return 0;
}

static int parse_len(size_t len)
{
	const struct weir_findings *f = NULL;
	int r = weir_worker_parse_answer(&answer, len, &expect, &f);

	assert_true(r == -EPROTO || r == 0);
	assert_true((r == 0) == (f == &answer.findings));
	return r;
}

static int parse(void)
{
	return parse_len(weir_worker_answer_len(&answer));
}

static void worker__good_answer(void **state)
{
	assert_int_equal(parse(), 0);
}

static void worker__answer_of_every_length(void **state)
{
	for (size_t len = 0; len <= sizeof(answer); len++)
		assert_int_equal(parse_len(len),
				 len == weir_worker_answer_len(&answer) ? 0 : -EPROTO);
}

/* Sets one field, sees the refusal, puts the field back. */
#define REFUSED(field, value)                       \
	do {                                        \
		__typeof__(field) saved_ = (field); \
		(field) = (value);                  \
		assert_int_equal(parse(), -EPROTO); \
		(field) = saved_;                   \
		assert_int_equal(parse(), 0);       \
	} while (0)

static void worker__numbers_out_of_bounds(void **state)
{
	struct weir_findings *f = &answer.findings;

	REFUSED(answer.version, 1);
	REFUSED(answer.type, WEIR_WORKER_HELLO);
	REFUSED(answer.sequence, 8);
	REFUSED(f->status, 0);
	REFUSED(f->status, _WEIR_SCAN_STATUS_MAX);
	REFUSED(f->status, (enum weir_scan_status)77777);
	REFUSED(f->bytes, 1001);
	REFUSED(f->bytes, 27); /* the second finding would reach behind the end */
	REFUSED(f->records, 0);
	REFUSED(f->records, 4);
	REFUSED(f->total[0], 1);		 /* without a distinct value */
	REFUSED(f->total[1], UINT64_C(1) << 49); /* more than any object unpacks to */
	REFUSED(f->distinct[1], 4);
	REFUSED(f->distinct[2], 1);
	REFUSED(f->best[1], 101);
	REFUSED(f->best[2], 1);
	REFUSED(f->best[3], 1);
	REFUSED(f->findings[1].detector, 3);
	REFUSED(f->findings[1].detector, 0);
	REFUSED(f->findings[1].confidence, 101);
	REFUSED(f->findings[1].length, 0);
	REFUSED(f->findings[1].length, 91);
	REFUSED(f->findings[1].offset, UINT64_MAX - 3);
}

static void worker__parts_and_steps(void **state)
{
	struct weir_findings *f = &answer.findings;

	REFUSED(f->findings[1].part, 1); /* of none */
	REFUSED(f->parts_count, WEIR_FINDINGS_PARTS + 1);
	REFUSED(f->customers, f->records + 1);
	REFUSED(f->distinct_from[1][0], f->distinct[1] + 1);
	REFUSED(f->distinct_from[1][3], 1); /* more than the step below */
	REFUSED(f->distinct_from[3][0], 1);
	f->parts_count = 2;
	memcpy(f->parts[1], "a/b.txt", 8);
	f->findings[1].part = 1;
	f->findings[1].offset = UINT64_C(1) << 40; /* of what was unpacked */
	f->distinct_from[1][0] = f->distinct_from[1][1] = 1;
	assert_int_equal(parse(), 0);
	REFUSED(f->findings[1].part, 2);
	REFUSED(f->findings[1].offset, UINT64_C(1) << 48);
	REFUSED(f->parts[0][0], 'x');
	REFUSED(f->parts[1][0], '\n');
	memset(f->parts[1], 'x', sizeof(f->parts[1]));
	assert_int_equal(parse(), -EPROTO);
}

static void worker__values_in_order(void **state)
{
	struct weir_findings *f = &answer.findings;

	REFUSED(f->values_count, 1); /* of a detector that found nothing */
	REFUSED(f->values_count, WEIR_FINDINGS_VALUES + 1);
	f->total[0] = f->distinct[0] = 1;
	f->values_count = 3;
	f->values[0] = (struct weir_value){.hash = 9, .detector = 0, .step = 10};
	f->values[1] = (struct weir_value){.hash = 5, .detector = 1};
	f->values[2] = (struct weir_value){.hash = 6, .detector = 1, .step = 3};
	assert_int_equal(parse(), 0);
	REFUSED(f->values[2].hash, 5); /* twice */
	REFUSED(f->values[2].hash, 4);
	REFUSED(f->values[2].step, WEIR_CONFIDENCE_STEPS);
	REFUSED(f->values[2].detector, 2);
	REFUSED(f->values[2].detector, 3);
	REFUSED(f->values[0].detector, 1);
	REFUSED(f->distinct[1], 1); /* fewer than are told */
}

/* Only what is clean is remembered. */
static void worker__recalled(void **state)
{
	struct weir_findings *f = &answer.findings;

	REFUSED(f->recalled, 1);
	memset(f, 0, offsetof(struct weir_findings, findings));
	f->status = WEIR_SCAN_COMPLETE;
	f->recalled = 1;
	assert_int_equal(parse(), 0);
	f->recalled = 2;
	assert_int_equal(parse(), -EPROTO);
	f->recalled = 1;
	f->status = WEIR_SCAN_UNSCANNABLE;
	f->reason[0] = 'x';
	assert_int_equal(parse(), -EPROTO);
	f->recalled = 0;
	assert_int_equal(parse(), 0);
}

static void worker__count_out_of_bounds(void **state)
{
	answer.findings.count = WEIR_FINDINGS_MAX + 1;
	assert_int_equal(parse_len(sizeof(answer)), -EPROTO);
	answer.findings.count = UINT32_MAX;
	assert_int_equal(parse_len(sizeof(answer)), -EPROTO);
	answer.findings.count = 4; /* more than were counted */
	answer.findings.findings[2] = answer.findings.findings[3] = answer.findings.findings[1];
	assert_int_equal(parse(), -EPROTO);
	answer.findings.count = 3;
	assert_int_equal(parse(), 0);
}

static void worker__texts(void **state)
{
	struct weir_findings *f = &answer.findings;

	REFUSED(f->type[0], '\n');
	REFUSED(f->type[0], '\x1b');
	REFUSED(f->type[0], '\x7f');
	REFUSED(f->type[0], '\xff');
	REFUSED(f->findings[0].masked[2], '\x01');
	REFUSED(f->reason[0], 'x'); /* complete, with a reason not to be */
	REFUSED(f->encrypted, 2);
	REFUSED(f->status, WEIR_SCAN_PARTIAL);
	memset(f->findings[0].masked, '*', sizeof(f->findings[0].masked));
	assert_int_equal(parse(), -EPROTO);
	(void)good_answer(NULL);
	memset(f->type, 'x', sizeof(f->type));
	assert_int_equal(parse(), -EPROTO);
	(void)good_answer(NULL);
	f->status = WEIR_SCAN_ERROR;
	memset(f->reason, 'x', sizeof(f->reason));
	assert_int_equal(parse(), -EPROTO);
	f->reason[sizeof(f->reason) - 1] = '\0';
	assert_int_equal(parse(), 0);
}

static void worker__hello(void **state)
{
	const struct weir_worker_hello good = {.version = WEIR_WORKER_VERSION,
					       .type = WEIR_WORKER_HELLO,
					       .detectors = 3,
					       .sandbox = 15};
	struct weir_worker_hello hello = good, parsed = {0};

	assert_int_equal(weir_worker_parse_hello(&good, sizeof(good), &parsed), 0);
	assert_memory_equal(&parsed, &good, sizeof(good));
	assert_int_equal(weir_worker_parse_hello(&good, sizeof(good) - 1, &parsed), -EPROTO);
	hello.version++;
	assert_int_equal(weir_worker_parse_hello(&hello, sizeof(hello), &parsed), -EPROTO);
	hello = good;
	hello.detectors = WEIR_FINDINGS_DETECTORS + 1;
	assert_int_equal(weir_worker_parse_hello(&hello, sizeof(hello), &parsed), -EPROTO);
	hello = good;
	hello.sandbox = 16;
	assert_int_equal(weir_worker_parse_hello(&hello, sizeof(hello), &parsed), -EPROTO);
}

static void worker__request(void **state)
{
	const struct weir_worker_request good = {.version = WEIR_WORKER_VERSION,
						 .type = WEIR_WORKER_REQUEST,
						 .sequence = 1,
						 .max_bytes = 1,
						 .budget_ns = 1,
						 .min_confidence = 100};
	struct weir_worker_request parsed = {0}, bad[6];

	assert_int_equal(weir_worker_parse_request(&good, sizeof(good), &parsed), 0);
	assert_memory_equal(&parsed, &good, sizeof(good));
	assert_int_equal(weir_worker_parse_request(&good, sizeof(good) - 1, &parsed), -EPROTO);
	for (unsigned i = 0; i < 6; i++)
		bad[i] = good;
	bad[0].version = 0;
	bad[1].type = WEIR_WORKER_ANSWER;
	bad[2].max_bytes = 0;
	bad[3].budget_ns = 0;
	bad[4].min_confidence = 101;
	bad[5].excerpt_bytes = WEIR_EXCERPTS_BYTES_MAX + 1;
	for (unsigned i = 0; i < 6; i++)
		assert_int_equal(weir_worker_parse_request(&bad[i], sizeof(bad[i]), &parsed),
				 -EPROTO);
}

static const struct weir_worker_excerpt good_excerpt = {.version = WEIR_WORKER_VERSION,
							.type = WEIR_WORKER_EXCERPT,
							.sequence = 7,
							.offset = 3,
							.len = 4,
							.data = "text"};

static int parse_excerpt(const struct weir_worker_excerpt *excerpt, size_t len)
{
	const struct weir_worker_excerpt *parsed;

	return weir_worker_parse_excerpt(excerpt, len, 7, &parsed);
}

static void worker__excerpt(void **state)
{
	const size_t len = weir_worker_excerpt_len(&good_excerpt);
	static struct weir_worker_excerpt bad[6];

	assert_int_equal(len, offsetof(struct weir_worker_excerpt, data) + 4);
	assert_int_equal(parse_excerpt(&good_excerpt, len), 0);
	for (size_t i = 0; i < len; i++)
		assert_int_equal(parse_excerpt(&good_excerpt, i), -EPROTO);
	assert_int_equal(parse_excerpt(&good_excerpt, len + 1), -EPROTO);
	for (size_t i = 0; i < 6; i++)
		bad[i] = good_excerpt;
	bad[0].version++;
	bad[1].type = WEIR_WORKER_ANSWER;
	bad[2].sequence++;
	bad[3].part = WEIR_FINDINGS_PARTS;
	bad[4].len = WEIR_EXCERPT_BYTES_MAX + 1;
	bad[5].len = UINT32_MAX;
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(parse_excerpt(&bad[i], len), -EPROTO);
	bad[4].len = 0;
	assert_int_equal(parse_excerpt(&bad[4], weir_worker_excerpt_len(&bad[4])), -EPROTO);
}

static void worker__excerpts_fit_the_findings(void **state)
{
	struct weir_excerpts *e _cleanup_(weir_excerpts_freep) = NULL;
	static struct weir_findings findings = {.bytes = 100, .parts_count = 2};

	assert_int_equal(weir_excerpts_new(64, &e), 0);
	assert_int_equal(weir_worker_check_excerpts(e, &findings), 0);
	assert_int_equal(weir_excerpts_add(e, 0, 0, "first", 5), 0);
	assert_int_equal(weir_excerpts_add(e, 0, 5, "and so on", 9), 0);
	assert_int_equal(weir_excerpts_add(e, 0, 96, "end.", 4), 0);
	assert_int_equal(weir_excerpts_add(e, 1, 90000, "inner", 5), 0);
	assert_int_equal(weir_worker_check_excerpts(e, &findings), 0);
	e->list[1].offset = 4; /* over the one before */
	assert_int_equal(weir_worker_check_excerpts(e, &findings), -EPROTO);
	e->list[1].offset = 92; /* over the one behind */
	assert_int_equal(weir_worker_check_excerpts(e, &findings), -EPROTO);
	e->list[1].offset = 5;
	e->list[2].offset = 97; /* beyond what was read */
	assert_int_equal(weir_worker_check_excerpts(e, &findings), -EPROTO);
	e->list[2].offset = UINT64_MAX;
	assert_int_equal(weir_worker_check_excerpts(e, &findings), -EPROTO);
	e->list[2].offset = 96;
	e->list[3].part = 2; /* no such part */
	assert_int_equal(weir_worker_check_excerpts(e, &findings), -EPROTO);
	e->list[3].part = 1;
	e->list[2].part = 2; /* parts are in order */
	findings.parts_count = 3;
	assert_int_equal(weir_worker_check_excerpts(e, &findings), -EPROTO);
}

/* As many and as much as there is room for; what was in it is gone afterwards. */
static void worker__excerpts_are_bounded(void **state)
{
	struct weir_excerpts *e _cleanup_(weir_excerpts_freep) = NULL;
	static const uint8_t none[1000];

	assert_int_equal(weir_excerpts_new(1000, &e), 0);
	for (unsigned i = 0; i < WEIR_EXCERPTS_MAX; i++)
		assert_int_equal(weir_excerpts_add(e, 0, i, "x", 1), 0);
	assert_int_equal(weir_excerpts_add(e, 0, 64, "x", 1), -ENOSPC);
	weir_excerpts_wipe(e);
	assert_memory_equal(e->data, none, 1000);
	assert_int_equal(weir_excerpts_add(e, 0, 0, none, 999), 0);
	assert_int_equal(weir_excerpts_add(e, 0, 999, "xx", 2), -ENOSPC);
	assert_int_equal(weir_excerpts_add(e, 0, 999, "x", 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(worker__good_answer, good_answer),
		cmocka_unit_test_setup(worker__answer_of_every_length, good_answer),
		cmocka_unit_test_setup(worker__numbers_out_of_bounds, good_answer),
		cmocka_unit_test_setup(worker__parts_and_steps, good_answer),
		cmocka_unit_test_setup(worker__values_in_order, good_answer),
		cmocka_unit_test_setup(worker__recalled, good_answer),
		cmocka_unit_test_setup(worker__count_out_of_bounds, good_answer),
		cmocka_unit_test_setup(worker__texts, good_answer),
		cmocka_unit_test(worker__hello),
		cmocka_unit_test(worker__request),
		cmocka_unit_test(worker__excerpt),
		cmocka_unit_test(worker__excerpts_fit_the_findings),
		cmocka_unit_test(worker__excerpts_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
