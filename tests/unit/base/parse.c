/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "weir/base/parse.h"

typedef int (*parse_fn)(const char *text, uint64_t *ret);

static void good(parse_fn parse, const char *text, uint64_t expected)
{
	uint64_t value = 99;

	assert_int_equal(parse(text, &value), 0);
	assert_true(value == expected);
}

static void bad(parse_fn parse, const char *text, int error)
{
	uint64_t value = 99;

	assert_int_equal(parse(text, &value), error);
	assert_true(value == 99);
}

static void parse__u64(void **state)
{
	good(weir_parse_u64, "0", 0);
	good(weir_parse_u64, "007", 7);
	good(weir_parse_u64, "18446744073709551615", UINT64_MAX);
	bad(weir_parse_u64, "18446744073709551616", -ERANGE);
	bad(weir_parse_u64, "99999999999999999999999999", -ERANGE);
	bad(weir_parse_u64, "", -EINVAL);
	bad(weir_parse_u64, "-1", -EINVAL);
	bad(weir_parse_u64, "+1", -EINVAL);
	bad(weir_parse_u64, " 1", -EINVAL);
	bad(weir_parse_u64, "1 ", -EINVAL);
	bad(weir_parse_u64, "1x", -EINVAL);
	bad(weir_parse_u64, "0x10", -EINVAL);
}

static void parse__u32(void **state)
{
	uint32_t value = 99;

	assert_int_equal(weir_parse_u32("4294967296", &value), -ERANGE);
	assert_int_equal(weir_parse_u32("4294967295.", &value), -EINVAL);
	assert_int_equal(value, 99);
	assert_int_equal(weir_parse_u32("4294967295", &value), 0);
	assert_true(value == UINT32_MAX);
}

static void parse__size(void **state)
{
	good(weir_parse_size, "4096", 4096);
	good(weir_parse_size, "1B", 1);
	good(weir_parse_size, "64KiB", 65536);
	good(weir_parse_size, "16 MiB", UINT64_C(16) << 20);
	good(weir_parse_size, "1GiB", UINT64_C(1) << 30);
	good(weir_parse_size, "16777215TiB", UINT64_C(16777215) << 40);
	bad(weir_parse_size, "16777216TiB", -ERANGE);
	bad(weir_parse_size, "1KB", -EINVAL);
	bad(weir_parse_size, "1kib", -EINVAL);
	bad(weir_parse_size, "1KiBs", -EINVAL);
	bad(weir_parse_size, "1 KiB ", -EINVAL);
	bad(weir_parse_size, "4096 ", -EINVAL);
	bad(weir_parse_size, "KiB", -EINVAL);
	bad(weir_parse_size, "1.5GiB", -EINVAL);
}

static void parse__duration(void **state)
{
	good(weir_parse_duration, "5ns", 5);
	good(weir_parse_duration, "7us", 7000);
	good(weir_parse_duration, "1500ms", UINT64_C(1500000000));
	good(weir_parse_duration, "30s", UINT64_C(30000000000));
	good(weir_parse_duration, "5 min", UINT64_C(300000000000));
	good(weir_parse_duration, "2h", UINT64_C(7200000000000));
	good(weir_parse_duration, "14d", UINT64_C(14) * 86400 * 1000000000);
	bad(weir_parse_duration, "30", -EINVAL);
	bad(weir_parse_duration, "1m", -EINVAL);
	bad(weir_parse_duration, "1000000d", -ERANGE);
	bad(weir_parse_duration, "", -EINVAL);
}

static void parse__unhex(void **state)
{
	uint8_t bytes[4] = {9, 9, 9, 9};

	assert_int_equal(weir_unhex("", bytes, sizeof(bytes)), 0);
	assert_int_equal(weir_unhex("00fFa0", bytes, sizeof(bytes)), 3);
	assert_memory_equal(bytes, "\x00\xff\xa0\x09", 4);
	assert_int_equal(weir_unhex("01020304", bytes, sizeof(bytes)), 4);
	assert_int_equal(weir_unhex("0102030405", bytes, sizeof(bytes)), -ERANGE);
	assert_int_equal(weir_unhex("0", bytes, sizeof(bytes)), -EINVAL);
	assert_int_equal(weir_unhex("0g", bytes, sizeof(bytes)), -EINVAL);
	assert_int_equal(weir_unhex("g0", bytes, sizeof(bytes)), -EINVAL);
	assert_int_equal(weir_unhex("01 2", bytes, sizeof(bytes)), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parse__u64),	cmocka_unit_test(parse__u32),
		cmocka_unit_test(parse__size),	cmocka_unit_test(parse__duration),
		cmocka_unit_test(parse__unhex),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
