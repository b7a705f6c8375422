/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scratch.h"
#include "weir/console_client/batch.h"
#include "weir/proto/wire.h"
#include "weir/report/spool.h"
#include "weir/v1/event.pb-c.h"

static const struct weir_batch_sender sender = {
	.agent_uid = {9, 8, 7}, .host_name = "host", .agent_version = "1.2"};

struct fixture {
	char dir[64];
	struct weir_spool *spool;
	struct weir_spool_reader *reader;
	struct weir_batch batch;
	struct weir_wire *wire;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct weir_spool_options options = {.dir = f->dir};

	scratch_make(f->dir);
	f->batch = WEIR_BATCH_INIT;
	assert_int_equal(weir_spool_new(&options, &f->spool), 0);
	assert_int_equal(weir_spool_reader_new(f->dir, &f->reader), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	weir_wire_free(f->wire);
	weir_batch_done(&f->batch);
	weir_spool_reader_free(f->reader);
	weir_spool_free(f->spool);
	scratch_remove(f->dir);
	free(f);
	return 0;
}

static void fill(struct fixture *f, unsigned n, size_t len)
{
	char *event _cleanup_(freep) = malloc(len);

	for (unsigned i = 0; i < n; i++) {
		memset(event, (int)weir_spool_next_sequence(f->spool), len);
		assert_int_equal(weir_spool_append(f->spool, event, len, 0, 0), 0);
	}
}

static const Weir__V1__EventBatch *cut(struct fixture *f, uint64_t due, uint32_t most)
{
	assert_int_equal(weir_batch_cut(f->reader, &sender, due, most, &f->batch), 1);
	assert_true(f->batch.body.len <= WEIR_BATCH_BYTES_MAX);
	weir_wire_free(f->wire);
	f->wire = NULL;
	assert_int_equal(weir_wire_unpack(&weir__v1__event_batch__descriptor, f->batch.body.data,
					  f->batch.body.len, &f->wire),
			 0);
	return weir_wire_message(f->wire);
}

static void batch__carries_events_and_sender(void **state)
{
	struct fixture *f = *state;
	const Weir__V1__EventBatch *b;

	fill(f, 3, 10);
	weir_spool_count_drop(f->spool, "ring-full", 4);
	b = cut(f, 1, 0);
	assert_int_equal(b->schema, 1);
	assert_memory_equal(b->agent_uid.data, sender.agent_uid, 16);
	assert_true(b->spool_epoch == weir_spool_epoch(f->spool));
	assert_int_equal(b->first_sequence, 1);
	assert_int_equal(b->lost_from, 0);
	assert_string_equal(b->host_name, "host");
	assert_string_equal(b->agent_version, "1.2");
	assert_int_equal(b->n_events, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(b->events[i].len, 10);
		assert_int_equal(b->events[i].data[9], i + 1);
	}
	assert_int_equal(b->n_dropped, 1);
	assert_string_equal(b->dropped[0]->cause, "ring-full");
	assert_int_equal(b->dropped[0]->count, 4);
	assert_int_equal(f->batch.first, 1);
	assert_int_equal(f->batch.last, 3);
	assert_int_equal(weir_batch_cut(f->reader, &sender, 4, 0, &f->batch), 0);
	assert_int_equal(f->batch.count, 0);
	assert_true(f->batch.body.len > 0);
}

static void batch__count_is_limited(void **state)
{
	struct fixture *f = *state;

	fill(f, 2100, 20);
	assert_int_equal(cut(f, 1, 0)->n_events, WEIR_BATCH_EVENTS_MAX);
	assert_int_equal(cut(f, 1001, 5000)->n_events, WEIR_BATCH_EVENTS_MAX);
	assert_int_equal(cut(f, 2001, 7)->n_events, 7);
	assert_int_equal(f->batch.first, 2001);
	assert_int_equal(cut(f, 2008, 0)->n_events, 93);
}

static void batch__bytes_are_limited(void **state)
{
	struct fixture *f = *state;
	uint64_t next = 1;

	fill(f, 40, WEIR_SPOOL_EVENT_MAX);
	while (next <= 40) {
		const Weir__V1__EventBatch *b = cut(f, next, 0);

		assert_int_equal(b->first_sequence, next);
		assert_true(b->n_events == 15 || next + b->n_events == 41);
		next += b->n_events;
	}
}

/* Sizes around those where a length takes one more byte: the limit holds to the byte. */
static void batch__bytes_are_limited_at_all_sizes(void **state)
{
	static const size_t sizes[] = {127, 128, 1049, 1050, 16383, 16384, 65535};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		unsigned n = (unsigned)WEIR_MIN(1100 * 1024 / sizes[i] + 2, (size_t)1000);
		uint64_t next = weir_spool_next_sequence(f->spool);

		fill(f, n, sizes[i]);
		while (next < weir_spool_next_sequence(f->spool))
			next += cut(f, next, 0)->n_events;
	}
}

static void batch__says_what_is_lost(void **state)
{
	struct fixture *f = *state;

	fill(f, 10, 20);
	assert_int_equal(weir_spool_reader_seek(f->reader, 6), 0);
	assert_int_equal(cut(f, 3, 2)->lost_from, 3);
	assert_int_equal(f->batch.first, 6);
	assert_int_equal(cut(f, 8, 2)->lost_from, 0);
}

/* The same events come out as the same bytes. */
static void batch__repeats_itself(void **state)
{
	struct fixture *f = *state;
	struct weir_buf first _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_BATCH_BYTES_MAX);

	fill(f, 50, 30);
	(void)cut(f, 1, 0);
	assert_int_equal(weir_buf_append(&first, f->batch.body.data, f->batch.body.len), 0);
	assert_int_equal(weir_spool_reader_seek(f->reader, 1), 0);
	(void)cut(f, 1, 0);
	assert_int_equal(first.len, f->batch.body.len);
	assert_memory_equal(first.data, f->batch.body.data, first.len);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(batch__carries_events_and_sender), TEST(batch__count_is_limited),
		TEST(batch__bytes_are_limited),		TEST(batch__bytes_are_limited_at_all_sizes),
		TEST(batch__says_what_is_lost),		TEST(batch__repeats_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
