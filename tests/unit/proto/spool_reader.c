/* SPDX-License-Identifier: Apache-2.0 */
/* The reader against segments put together by hand; tests/unit/agent/report has it follow the real
 * writer. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "scratch.h"
#include "weir/base/fd.h"
#include "weir/proto/spool_reader.h"

#define EPOCH 7

struct fixture {
	char dir[64];
	int fd;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	scratch_make(f->dir);
	f->fd = open(f->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	(void)mkdirat(f->fd, WEIR_SPOOL_ACK_DIR, 0770);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	(void)weir_close(f->fd);
	scratch_remove(f->dir);
	free(f);
	return 0;
}

static void append(struct fixture *f, uint64_t first, const void *data, size_t len)
{
	char name[WEIR_SPOOL_NAME_LEN];
	int fd;

	weir_spool_segment_name(first, name);
	fd = openat(f->fd, name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
	assert_true(fd >= 0);
	assert_int_equal(weir_write_full(fd, data, len), 0);
	(void)weir_close(fd);
}

static void add_header(struct fixture *f, uint64_t first, uint64_t epoch)
{
	struct weir_spool_header header = {.epoch = epoch, .first_sequence = first};
	uint8_t bytes[WEIR_SPOOL_HEADER_LEN];

	weir_spool_header_encode(&header, bytes);
	append(f, first, bytes, sizeof(bytes));
}

static size_t make_record(uint64_t sequence, uint8_t *ret)
{
	struct weir_spool_record_header header = {.sequence = sequence};
	char text[32];

	header.length = (uint32_t)snprintf(text, sizeof(text), "event %d", (int)sequence);
	header.crc = weir_spool_crc(text, header.length);
	memset(ret, 0, weir_spool_record_size(header.length));
	weir_spool_record_encode(&header, ret);
	memcpy(ret + WEIR_SPOOL_RECORD_LEN, text, header.length);
	return weir_spool_record_size(header.length);
}

static void add_records(struct fixture *f, uint64_t first, uint64_t from, uint64_t to)
{
	uint8_t bytes[128];

	for (uint64_t i = from; i <= to; i++)
		append(f, first, bytes, make_record(i, bytes));
}

static void flip(struct fixture *f, uint64_t first, off_t offset)
{
	char name[WEIR_SPOOL_NAME_LEN];
	uint8_t byte;
	int fd;

	weir_spool_segment_name(first, name);
	fd = openat(f->fd, name, O_RDWR | O_CLOEXEC);
	assert_int_equal(pread(fd, &byte, 1, offset), 1);
	byte ^= 0x40;
	assert_int_equal(pwrite(fd, &byte, 1, offset), 1);
	(void)weir_close(fd);
}

static struct weir_spool_reader *open_reader(struct fixture *f)
{
	struct weir_spool_reader *reader = NULL;

	assert_int_equal(weir_spool_reader_new(f->dir, &reader), 0);
	return reader;
}

static void expect(struct weir_spool_reader *reader, uint64_t from, uint64_t to)
{
	for (uint64_t i = from; i <= to; i++) {
		struct weir_spool_record record;
		char text[32];

		assert_int_equal(weir_spool_reader_peek(reader, &record), 1);
		assert_int_equal(record.sequence, i);
		(void)snprintf(text, sizeof(text), "event %d", (int)i);
		assert_int_equal(record.len, strlen(text));
		assert_memory_equal(record.data, text, record.len);
		weir_spool_reader_advance(reader);
	}
}

static void expect_none(struct weir_spool_reader *reader, int r)
{
	struct weir_spool_record record;

	assert_int_equal(weir_spool_reader_peek(reader, &record), r);
}

static void reader__no_spool(void **state)
{
	struct fixture *f = *state;
	struct weir_spool_reader *reader = NULL;

	assert_int_equal(weir_spool_reader_new("/nonexistent", &reader), -ENOENT);
	assert_int_equal(weir_spool_reader_new(f->dir, &reader), -ENOENT);
	append(f, 1, "nonsense", 8);
	assert_int_equal(weir_spool_reader_new(f->dir, &reader), -EBADMSG);
	assert_null(reader);
}

static void reader__goes_through_segments(void **state)
{
	struct fixture *f = *state;
	struct weir_spool_reader *reader _cleanup_(weir_spool_reader_freep) = NULL;

	add_header(f, 1, EPOCH);
	add_records(f, 1, 1, 3);
	add_header(f, 4, EPOCH);
	add_records(f, 4, 4, 5);
	reader = open_reader(f);
	assert_int_equal(weir_spool_reader_epoch(reader), EPOCH);
	expect(reader, 1, 5);
	expect_none(reader, 0);
	add_records(f, 4, 6, 6);
	expect(reader, 6, 6);
	add_header(f, 7, EPOCH);
	expect_none(reader, 0);
	add_records(f, 7, 7, 7);
	expect(reader, 7, 7);
	assert_int_equal(weir_spool_reader_stats(reader)->records, 7);
	assert_int_equal(weir_spool_reader_stats(reader)->lost, 0);
}

static void reader__seeks(void **state)
{
	struct fixture *f = *state;
	struct weir_spool_reader *reader _cleanup_(weir_spool_reader_freep) = NULL;

	add_header(f, 1, EPOCH);
	add_records(f, 1, 1, 3);
	add_header(f, 4, EPOCH);
	add_records(f, 4, 4, 6);
	reader = open_reader(f);
	for (uint64_t i = 6; i >= 1; i--) {
		assert_int_equal(weir_spool_reader_seek(reader, i), 0);
		expect(reader, i, 6);
	}
	assert_int_equal(weir_spool_reader_seek(reader, 8), 0);
	expect_none(reader, 0);
	add_records(f, 4, 7, 7);
	expect_none(reader, 0);
	add_records(f, 4, 8, 8);
	expect(reader, 8, 8);
}

/* A record that the writer is half way through is "not yet" at every length. */
static void reader__waits_for_half_a_record(void **state)
{
	struct fixture *f = *state;
	struct weir_spool_reader *reader _cleanup_(weir_spool_reader_freep) = NULL;
	uint8_t bytes[128];
	size_t size = make_record(2, bytes);

	add_header(f, 1, EPOCH);
	add_records(f, 1, 1, 1);
	reader = open_reader(f);
	expect(reader, 1, 1);
	for (size_t i = 0; i < size; i++) {
		expect_none(reader, 0);
		append(f, 1, bytes + i, 1);
	}
	expect(reader, 2, 2);
	assert_int_equal(weir_spool_reader_stats(reader)->bad_segments, 0);
}

/* What a power cut may leave: the length is there, the bytes are not. */
static void reader__zeros_at_the_end_are_not_yet(void **state)
{
	struct fixture *f = *state;
	struct weir_spool_reader *reader _cleanup_(weir_spool_reader_freep) = NULL;
	static const uint8_t zeros[300000];

	add_header(f, 1, EPOCH);
	add_records(f, 1, 1, 1);
	append(f, 1, zeros, sizeof(zeros));
	reader = open_reader(f);
	expect(reader, 1, 1);
	expect_none(reader, 0);
	append(f, 1, "x", 1);
	expect_none(reader, -EBADMSG);
}

static void reader__damage_is_reported_once_and_passed(void **state)
{
	struct fixture *f = *state;
	struct weir_spool_reader *reader _cleanup_(weir_spool_reader_freep) = NULL;

	add_header(f, 1, EPOCH);
	add_records(f, 1, 1, 4);
	add_header(f, 5, EPOCH);
	add_records(f, 5, 5, 6);
	flip(f, 1, WEIR_SPOOL_HEADER_LEN + 40 + WEIR_SPOOL_RECORD_LEN); /* the bytes of record 2 */
	reader = open_reader(f);
	expect(reader, 1, 1);
	expect_none(reader, -EBADMSG);
	expect(reader, 5, 6);
	expect_none(reader, 0);
	assert_int_equal(weir_spool_reader_stats(reader)->bad_segments, 1);
	assert_int_equal(weir_spool_reader_stats(reader)->lost, 3);
}

static void reader__damage_in_the_last_segment(void **state)
{
	struct fixture *f = *state;
	struct weir_spool_reader *reader _cleanup_(weir_spool_reader_freep) = NULL;

	add_header(f, 1, EPOCH);
	add_records(f, 1, 1, 3);
	flip(f, 1, WEIR_SPOOL_HEADER_LEN + 40); /* the header of record 2 */
	reader = open_reader(f);
	expect(reader, 1, 1);
	expect_none(reader, -EBADMSG);
	expect_none(reader, 0);
	expect_none(reader, 0);
	add_header(f, 9, EPOCH);
	add_records(f, 9, 9, 9);
	expect(reader, 9, 9);
	assert_int_equal(weir_spool_reader_stats(reader)->bad_segments, 1);
	assert_int_equal(weir_spool_reader_stats(reader)->lost, 7);
}

static void reader__damaged_header(void **state)
{
	struct fixture *f = *state;
	struct weir_spool_reader *reader _cleanup_(weir_spool_reader_freep) = NULL;

	add_header(f, 1, EPOCH);
	add_records(f, 1, 1, 2);
	add_header(f, 3, EPOCH);
	add_records(f, 3, 3, 4);
	flip(f, 1, 20);
	reader = open_reader(f);
	expect_none(reader, -EBADMSG);
	expect(reader, 3, 4);
}

static void reader__sees_another_epoch(void **state)
{
	struct fixture *f = *state;
	struct weir_spool_reader *reader _cleanup_(weir_spool_reader_freep) = NULL;

	add_header(f, 5, EPOCH);
	add_records(f, 5, 5, 5);
	reader = open_reader(f);
	expect(reader, 5, 5);
	assert_int_equal(unlinkat(f->fd, "00000000000000000005.seg", 0), 0);
	add_header(f, 1, EPOCH + 1);
	expect_none(reader, -ESTALE);
}

static void reader__mark(void **state)
{
	struct fixture *f = *state;
	struct weir_spool_reader *reader _cleanup_(weir_spool_reader_freep) = NULL;
	uint64_t mark = 99;

	add_header(f, 1, EPOCH);
	reader = open_reader(f);
	assert_int_equal(weir_spool_reader_committed(reader, &mark), 0);
	assert_int_equal(mark, 0);
	assert_int_equal(weir_spool_reader_commit(reader, 12), 0);
	assert_int_equal(weir_spool_reader_commit(reader, 11), 0);
	assert_int_equal(weir_spool_reader_committed(reader, &mark), 0);
	assert_int_equal(mark, 12);
	append(f, 13, "", 0);
	assert_int_equal(weir_write_file_atomic(f->fd, "ack/committed", "garbage", 7, 0640), 0);
	assert_int_equal(weir_spool_reader_committed(reader, &mark), 0);
	assert_int_equal(mark, 0);
}

static void reader__set_aside_is_bounded(void **state)
{
	struct fixture *f = *state;
	struct weir_spool_reader *reader _cleanup_(weir_spool_reader_freep) = NULL;
	int kept = 0, r = 0;

	add_header(f, 1, EPOCH);
	reader = open_reader(f);
	assert_int_equal(weir_spool_reader_set_aside(reader, "../x", "a", 1), -EINVAL);
	assert_int_equal(weir_spool_reader_set_aside(reader, "committed", "a", 1), -EINVAL);
	while (kept < 100 && r >= 0) {
		char name[32];

		(void)snprintf(name, sizeof(name), "refused-%d", kept);
		r = weir_spool_reader_set_aside(reader, name, "a", 1);
		kept += r >= 0;
	}
	assert_int_equal(r, -EDQUOT);
	assert_in_range(kept, 60, 66);
}

static void reader__drops(void **state)
{
	struct fixture *f = *state;
	struct weir_spool_reader *reader _cleanup_(weir_spool_reader_freep) = NULL;
	struct weir_spool_drop drop = {.cause = "ring-full", .count = 3}, got[WEIR_SPOOL_DROPS_MAX];
	uint8_t bytes[3 * WEIR_SPOOL_DROP_LEN] = {0};

	add_header(f, 1, EPOCH);
	reader = open_reader(f);
	assert_int_equal(weir_spool_reader_drops(reader, got), 0);
	weir_spool_drop_encode(&drop, bytes);
	memset(bytes + WEIR_SPOOL_DROP_LEN, 0xff, WEIR_SPOOL_DROP_LEN);
	weir_spool_drop_encode(&drop, bytes + 2 * WEIR_SPOOL_DROP_LEN);
	assert_int_equal(weir_write_file_atomic(f->fd, "drops", bytes, sizeof(bytes), 0640), 0);
	assert_int_equal(weir_spool_reader_drops(reader, got), 2);
	assert_string_equal(got[1].cause, "ring-full");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(reader__no_spool),
		TEST(reader__goes_through_segments),
		TEST(reader__seeks),
		TEST(reader__waits_for_half_a_record),
		TEST(reader__zeros_at_the_end_are_not_yet),
		TEST(reader__damage_is_reported_once_and_passed),
		TEST(reader__damage_in_the_last_segment),
		TEST(reader__damaged_header),
		TEST(reader__sees_another_epoch),
		TEST(reader__mark),
		TEST(reader__set_aside_is_bounded),
		TEST(reader__drops),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
