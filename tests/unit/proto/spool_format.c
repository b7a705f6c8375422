/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "scratch.h"
#include "weir/base/fd.h"
#include "weir/proto/spool_format.h"

static void spool_format__header(void **state)
{
	struct weir_spool_header header = {.epoch = 5, .first_sequence = 9, .boot_id = {1, 2, 3}};
	struct weir_spool_header back;
	uint8_t bytes[WEIR_SPOOL_HEADER_LEN];

	weir_spool_header_encode(&header, bytes);
	assert_int_equal(weir_spool_header_decode(bytes, &back), 0);
	assert_memory_equal(&back, &header, sizeof(header));
	for (size_t i = 0; i < sizeof(bytes); i++) {
		bytes[i] ^= 0x10;
		assert_int_equal(weir_spool_header_decode(bytes, &back), -EBADMSG);
		bytes[i] ^= 0x10;
	}
}

static void spool_format__other_version(void **state)
{
	struct weir_spool_header header = {.epoch = 5, .first_sequence = 9};
	uint8_t bytes[WEIR_SPOOL_HEADER_LEN];
	uint32_t crc;

	weir_spool_header_encode(&header, bytes);
	bytes[8] = WEIR_SPOOL_VERSION + 1;
	crc = weir_spool_crc(bytes, 60);
	for (size_t i = 0; i < 4; i++)
		bytes[60 + i] = (uint8_t)(crc >> 8 * i);
	assert_int_equal(weir_spool_header_decode(bytes, &header), -EPROTONOSUPPORT);
}

static void spool_format__record(void **state)
{
	struct weir_spool_record_header header = {.sequence = 1,
						  .kernel_seq = 1ULL << 60,
						  .length = 7,
						  .crc = 3,
						  .flags = WEIR_SPOOL_ALERT};
	struct weir_spool_record_header back;
	uint8_t bytes[WEIR_SPOOL_RECORD_LEN];

	weir_spool_record_encode(&header, bytes);
	assert_int_equal(weir_spool_record_decode(bytes, &back), 0);
	assert_true(back.sequence == header.sequence && back.kernel_seq == header.kernel_seq);
	assert_true(back.length == header.length && back.crc == header.crc);
	assert_int_equal(back.flags, WEIR_SPOOL_ALERT);
	for (size_t i = 0; i < sizeof(bytes); i++) {
		bytes[i] ^= 1;
		assert_int_equal(weir_spool_record_decode(bytes, &back), -EBADMSG);
		bytes[i] ^= 1;
	}
	header.length = WEIR_SPOOL_EVENT_MAX + 1;
	weir_spool_record_encode(&header, bytes);
	assert_int_equal(weir_spool_record_decode(bytes, &back), -EBADMSG);
	header.length = 0;
	weir_spool_record_encode(&header, bytes);
	assert_int_equal(weir_spool_record_decode(bytes, &back), -EBADMSG);
	assert_int_equal(weir_spool_record_size(1), WEIR_SPOOL_RECORD_LEN + 8);
	assert_int_equal(weir_spool_record_size(8), WEIR_SPOOL_RECORD_LEN + 8);
	assert_int_equal(weir_spool_record_size(9), WEIR_SPOOL_RECORD_LEN + 16);
}

static void spool_format__mark(void **state)
{
	struct weir_spool_mark mark = {.epoch = 1, .sequence = UINT64_MAX}, back;
	uint8_t bytes[WEIR_SPOOL_MARK_LEN];

	weir_spool_mark_encode(&mark, bytes);
	assert_int_equal(weir_spool_mark_decode(bytes, &back), 0);
	assert_true(back.epoch == 1 && back.sequence == UINT64_MAX);
	bytes[20] ^= 1;
	assert_int_equal(weir_spool_mark_decode(bytes, &back), -EBADMSG);
}

static void spool_format__drop(void **state)
{
	struct weir_spool_drop drop = {.cause = "spool-full", .count = 77}, back;
	uint8_t bytes[WEIR_SPOOL_DROP_LEN];

	weir_spool_drop_encode(&drop, bytes);
	assert_int_equal(weir_spool_drop_decode(bytes, &back), 0);
	assert_string_equal(back.cause, "spool-full");
	assert_int_equal(back.count, 77);
	bytes[0] = '\n';
	assert_int_equal(weir_spool_drop_decode(bytes, &back), -EBADMSG);
	memset(bytes, 'x', sizeof(bytes));
	assert_int_equal(weir_spool_drop_decode(bytes, &back), -EBADMSG);
	memset(bytes, 0, sizeof(bytes));
	assert_int_equal(weir_spool_drop_decode(bytes, &back), -ENOENT);
}

static void spool_format__names(void **state)
{
	char name[WEIR_SPOOL_NAME_LEN];
	uint64_t first;

	weir_spool_segment_name(UINT64_MAX, name);
	assert_string_equal(name, "18446744073709551615.seg");
	assert_int_equal(weir_spool_segment_parse(name, &first), 0);
	assert_true(first == UINT64_MAX);
	assert_int_equal(weir_spool_segment_parse("00000000000000000001.seg", &first), 0);
	assert_int_equal(first, 1);
	assert_int_equal(weir_spool_segment_parse("00000000000000000000.seg", &first), -EINVAL);
	assert_int_equal(weir_spool_segment_parse("99999999999999999999.seg", &first), -EINVAL);
	assert_int_equal(weir_spool_segment_parse("+0000000000000000001.seg", &first), -EINVAL);
	assert_int_equal(weir_spool_segment_parse("00000000000000000001.bad", &first), -EINVAL);
	assert_int_equal(weir_spool_segment_parse("1.seg", &first), -EINVAL);
}

static void spool_format__list(void **state)
{
	static const char *const names[] = {"00000000000000000010.seg", "00000000000000000002.seg",
					    "00000000000000000002.seg.0.bad", "lock"};
	uint64_t *list _cleanup_(freep) = NULL;
	char dir[64];
	int fd;

	scratch_make(dir);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(weir_spool_list(fd, &list), 0);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_int_equal(weir_write_file_atomic(fd, names[i], "", 0, 0600), 0);
	free(TAKE_PTR(list));
	assert_int_equal(weir_spool_list(fd, &list), 2);
	assert_int_equal(list[0], 2);
	assert_int_equal(list[1], 10);
	(void)weir_close(fd);
	scratch_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spool_format__header),
		cmocka_unit_test(spool_format__other_version),
		cmocka_unit_test(spool_format__record),
		cmocka_unit_test(spool_format__mark),
		cmocka_unit_test(spool_format__drop),
		cmocka_unit_test(spool_format__names),
		cmocka_unit_test(spool_format__list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
