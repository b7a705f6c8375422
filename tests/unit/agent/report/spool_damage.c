/* SPDX-License-Identifier: Apache-2.0 */
/* What opening makes of a spool whose files were cut, flipped or lost. */
#include "spool_fixture.h"

/* A spool of n events in one segment; returns the segment's size. */
static off_t make_spool(struct fixture *f, unsigned n)
{
	struct weir_spool *spool = open_spool(f);
	char path[160];
	struct stat st;

	append_events(spool, n, 0);
	weir_spool_free(spool);
	segment_path(f, 1, path);
	assert_int_equal(stat(path, &st), 0);
	return st.st_size;
}

static void flip(struct fixture *f, uint64_t first, off_t offset)
{
	char path[160];
	uint8_t byte;
	int fd;

	segment_path(f, first, path);
	fd = open(path, O_RDWR | O_CLOEXEC);
	assert_int_equal(pread(fd, &byte, 1, offset), 1);
	byte ^= 0x08;
	assert_int_equal(pwrite(fd, &byte, 1, offset), 1);
	(void)weir_close(fd);
}

/* Whole events that lie within the first bytes of a segment that starts with 1. */
static unsigned events_within(off_t bytes)
{
	off_t at = WEIR_SPOOL_HEADER_LEN;
	unsigned n = 0;

	for (;;) {
		char text[128];

		at += (off_t)weir_spool_record_size((uint32_t)event_text(n + 1, text));
		if (at > bytes)
			return n;
		n++;
	}
}

static void damage__truncated_at_every_byte(void **state)
{
	struct fixture *f = *state;
	off_t size;
	char path[160];

	f->options.segment_bytes = 8192;
	size = make_spool(f, 6);
	scratch_remove(f->dir);
	for (off_t at = WEIR_SPOOL_HEADER_LEN; at < size; at++) {
		struct weir_spool *spool;
		unsigned whole = events_within(at);

		(void)make_spool(f, 6);
		segment_path(f, 1, path);
		assert_int_equal(truncate(path, at), 0);
		spool = open_spool(f);
		assert_int_equal(weir_spool_next_sequence(spool), whole + 1);
		append_events(spool, 3, 1);
		weir_spool_free(spool);
		assert_int_equal(read_all(f->dir, 1), whole + 3);
		scratch_remove(f->dir);
	}
}

/* Cut within the header: nothing tells the epoch any more. */
static void damage__truncated_header(void **state)
{
	struct fixture *f = *state;
	char path[160];

	for (off_t at = 0; at < WEIR_SPOOL_HEADER_LEN; at += 9) {
		struct weir_spool *spool;

		(void)make_spool(f, 6);
		segment_path(f, 1, path);
		assert_int_equal(truncate(path, at), 0);
		spool = open_spool(f);
		append_events(spool, 3, 1);
		weir_spool_free(spool);
		assert_int_equal(read_all(f->dir, 1), 3);
		assert_int_equal(drop_count(f->dir, "spool-damaged") > 0, 1);
		(void)snprintf(path + strlen(path), 16, ".0.bad");
		assert_int_equal(access(path, F_OK), 0);
		scratch_remove(f->dir);
	}
}

/* A flipped bit anywhere: what stands before it is there, no sequence is given twice, what is
 * missing is counted. */
static void damage__flipped_at_every_byte(void **state)
{
	struct fixture *f = *state;
	off_t size;

	f->options.segment_bytes = 8192;
	size = make_spool(f, 5);
	scratch_remove(f->dir);
	for (off_t at = WEIR_SPOOL_HEADER_LEN; at < size; at++) {
		struct weir_spool_reader *reader _cleanup_(weir_spool_reader_freep) = NULL;
		struct weir_spool_record record;
		struct weir_spool *spool;
		unsigned whole;
		uint64_t first, next, n = 0;

		(void)make_spool(f, 5);
		flip(f, 1, at);
		spool = open_spool(f);
		first = next = weir_spool_next_sequence(spool);
		append_events(spool, 2, 1);
		weir_spool_free(spool);
		whole = events_within(at);
		assert_int_equal(weir_spool_reader_new(f->dir, &reader), 0);
		assert_int_equal(weir_spool_reader_seek(reader, 1), 0);
		while (weir_spool_reader_peek(reader, &record) > 0) {
			char text[128];
			size_t len = event_text(record.sequence, text);

			n++;
			assert_int_equal(record.len, len);
			assert_memory_equal(record.data, text, len);
			assert_true(n <= whole || record.sequence >= next || record.sequence == n);
			weir_spool_reader_advance(reader);
		}
		assert_int_equal(weir_spool_reader_stats(reader)->bad_segments, 0);
		/* A flip in the padding harms nothing. */
		if (first == 6) {
			assert_int_equal(n, 7);
		} else {
			assert_true(first > 6);
			assert_int_equal(n, whole + 2);
			assert_int_equal(drop_count(f->dir, "spool-damaged"), first - whole - 1);
			assert_int_equal(weir_spool_reader_stats(reader)->lost, first - whole - 1);
		}
		/* Opening again finds nothing more to repair. */
		spool = open_spool(f);
		assert_int_equal(weir_spool_next_sequence(spool), first + 2);
		weir_spool_free(spool);
		scratch_remove(f->dir);
	}
}

static void damage__middle_segment(void **state)
{
	struct fixture *f = *state;
	struct weir_spool *spool = open_spool(f);
	uint64_t *list _cleanup_(freep) = NULL;
	uint64_t lost;

	append_events(spool, 60, 0);
	weir_spool_free(spool);
	assert_true(list_segments(f->dir, &list) > 3);
	flip(f, list[1], WEIR_SPOOL_HEADER_LEN + 3);
	spool = open_spool(f);
	assert_int_equal(weir_spool_next_sequence(spool), 61);
	lost = list[2] - list[1];
	assert_int_equal(drop_count(f->dir, "spool-damaged"), lost);
	weir_spool_free(spool);
	/* Counted once, not at every start. */
	spool = open_spool(f);
	weir_spool_free(spool);
	assert_int_equal(drop_count(f->dir, "spool-damaged"), lost);
	assert_int_equal(read_all(f->dir, list[2]), 60);
}

static void damage__unreadable_state_file(void **state)
{
	struct fixture *f = *state;
	struct weir_spool *spool = open_spool(f);
	uint64_t epoch = weir_spool_epoch(spool);
	char path[160];

	append_events(spool, 60, 0);
	commit(f->dir, 30);
	assert_int_equal(weir_spool_maintain(spool), 0);
	weir_spool_free(spool);
	(void)snprintf(path, sizeof(path), "%s/state", f->dir);
	assert_int_equal(truncate(path, 50), 0);
	spool = open_spool(f);
	assert_true(weir_spool_epoch(spool) == epoch);
	assert_int_equal(weir_spool_next_sequence(spool), 61);
	weir_spool_free(spool);
}

/* All segments lost: numbers start again, under another epoch. */
static void damage__lost_segments(void **state)
{
	struct fixture *f = *state;
	struct weir_spool *spool = open_spool(f);
	uint64_t epoch = weir_spool_epoch(spool);
	uint64_t *list _cleanup_(freep) = NULL;
	char path[160];
	int n;

	append_events(spool, 60, 0);
	commit(f->dir, 30);
	assert_int_equal(weir_spool_maintain(spool), 0);
	weir_spool_free(spool);
	n = list_segments(f->dir, &list);
	for (int i = 0; i < n; i++) {
		segment_path(f, list[i], path);
		assert_int_equal(unlink(path), 0);
	}
	spool = open_spool(f);
	assert_true(weir_spool_epoch(spool) != epoch);
	assert_int_equal(weir_spool_next_sequence(spool), 1);
	append_events(spool, 2, 1);
	weir_spool_free(spool);
	assert_int_equal(read_all(f->dir, 1), 2);
}

/* Every header is gone, but the state file still tells the epoch: no sequence is used again. */
static void damage__headers_lost_state_kept(void **state)
{
	struct fixture *f = *state;
	struct weir_spool *spool = open_spool(f);
	uint64_t epoch = weir_spool_epoch(spool);
	uint64_t *list _cleanup_(freep) = NULL;
	int n;

	append_events(spool, 60, 0);
	commit(f->dir, 30);
	assert_int_equal(weir_spool_maintain(spool), 0);
	weir_spool_free(spool);
	n = list_segments(f->dir, &list);
	for (int i = 0; i < n; i++)
		flip(f, list[i], 5);
	spool = open_spool(f);
	assert_true(weir_spool_epoch(spool) == epoch);
	assert_true(weir_spool_next_sequence(spool) > 60);
	weir_spool_free(spool);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(damage__truncated_at_every_byte), TEST(damage__truncated_header),
		TEST(damage__flipped_at_every_byte),   TEST(damage__middle_segment),
		TEST(damage__unreadable_state_file),   TEST(damage__lost_segments),
		TEST(damage__headers_lost_state_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
