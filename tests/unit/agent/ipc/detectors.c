/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/ipc/detectors.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "weir/base/fd.h"

static const char *const words[] = {"claim no", "\xe8\xb5\x94\xe6\xa1\x88", NULL};
static const char *const negatives[] = {"order", NULL};

static struct weir_custom make(void)
{
	return (struct weir_custom){.id = "claim",
				    .name_zh = "\xe8\xb5\x94\xe6\xa1\x88",
				    .name_en = "claim number",
				    .pattern = "(C[0-9]{9})",
				    .check = "luhn",
				    .words = words,
				    .negatives = negatives,
				    .level = "C2",
				    .base = 75};
}

static struct weir_buf packed(const struct weir_custom *list, size_t n)
{
	struct weir_buf ret = WEIR_BUF_INIT(WEIR_DETECTORS_BYTES_MAX);

	assert_int_equal(weir_detectors_pack(list, n, &ret), 0);
	return ret;
}

static void detectors__come_back(void **state)
{
	struct weir_custom two[] = {make(), make()};
	struct weir_detectors *d _cleanup_(weir_detectors_freep) = NULL;
	struct weir_buf buf _cleanup_(weir_buf_done) = WEIR_BUF_INIT(0);
	const struct weir_custom *list;
	size_t n;

	(void)state;
	two[1].id = "bare";
	two[1].check = NULL;
	two[1].words = NULL;
	buf = packed(two, 2);
	assert_int_equal(weir_detectors_parse(buf.data, buf.len, &d), 0);
	list = weir_detectors_list(d, &n);
	assert_int_equal(n, 2);
	assert_string_equal(list[0].id, "claim");
	assert_string_equal(list[0].pattern, "(C[0-9]{9})");
	assert_string_equal(list[0].check, "luhn");
	assert_string_equal(list[0].words[1], words[1]);
	assert_null(list[0].words[2]);
	assert_string_equal(list[0].negatives[0], "order");
	assert_string_equal(list[0].level, "C2");
	assert_int_equal(list[0].base, 75);
	assert_string_equal(list[1].id, "bare");
	assert_null(list[1].check);
	assert_null(list[1].words[0]);
}

static void detectors__cut_or_changed_is_refused(void **state)
{
	struct weir_custom one = make();
	struct weir_buf buf _cleanup_(weir_buf_done) = packed(&one, 1);
	struct weir_detectors *d = NULL;

	(void)state;
	for (size_t len = 0; len < buf.len; len++)
		assert_int_equal(weir_detectors_parse(buf.data, len, &d), -EPROTO);
	assert_int_equal(weir_detectors_parse(buf.data, buf.len + 1, &d), -EPROTO);
	for (size_t at = 0; at < buf.len; at++) {
		char was = buf.data[at];

		buf.data[at] = (char)0xff;
		assert_int_equal(weir_detectors_parse(buf.data, buf.len, &d), -EPROTO);
		buf.data[at] = was;
	}
	assert_null(d);
}

static void detectors__limits_hold_on_both_sides(void **state)
{
	struct weir_custom many[WEIR_CUSTOM_MAX + 1], one = make();
	struct weir_buf buf _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_DETECTORS_BYTES_MAX);
	char pattern[WEIR_CUSTOM_PATTERN_MAX + 2];

	(void)state;
	for (size_t i = 0; i <= WEIR_CUSTOM_MAX; i++)
		many[i] = make();
	assert_int_equal(weir_detectors_pack(many, WEIR_CUSTOM_MAX + 1, &buf), -EINVAL);
	memset(pattern, 'x', sizeof(pattern));
	pattern[WEIR_CUSTOM_PATTERN_MAX + 1] = '\0';
	one.pattern = pattern;
	assert_int_equal(weir_detectors_pack(&one, 1, &buf), -EINVAL);
	assert_int_equal(buf.len, 0);
	pattern[WEIR_CUSTOM_PATTERN_MAX] = '\0';
	assert_int_equal(weir_detectors_pack(&one, 1, &buf), 0);
	one.base = 0;
	assert_int_equal(weir_detectors_pack(&one, 1, &buf), -EINVAL);
	one.base = 1;
	one.name_en = "\xff";
	assert_int_equal(weir_detectors_pack(&one, 1, &buf), -EINVAL);
}

/* The largest set that the limits allow has room. */
static void detectors__largest_set_fits(void **state)
{
	static char word[WEIR_CUSTOM_WORD_MAX + 1], pattern[WEIR_CUSTOM_PATTERN_MAX + 1];
	static char name[WEIR_CUSTOM_NAME_MAX + 1];
	const char *all[WEIR_CUSTOM_WORDS_MAX + 1] = {NULL};
	struct weir_custom many[WEIR_CUSTOM_MAX];
	struct weir_buf buf _cleanup_(weir_buf_done) = WEIR_BUF_INIT(0);
	struct weir_detectors *d _cleanup_(weir_detectors_freep) = NULL;

	(void)state;
	memset(word, 'w', WEIR_CUSTOM_WORD_MAX);
	memset(pattern, 'p', WEIR_CUSTOM_PATTERN_MAX);
	memset(name, 'n', WEIR_CUSTOM_NAME_MAX);
	for (size_t i = 0; i < WEIR_CUSTOM_WORDS_MAX; i++)
		all[i] = word;
	for (size_t i = 0; i < WEIR_CUSTOM_MAX; i++) {
		many[i] = make();
		many[i].pattern = pattern;
		many[i].name_zh = many[i].name_en = name;
		many[i].words = many[i].negatives = all;
	}
	buf = packed(many, WEIR_CUSTOM_MAX);
	assert_int_equal(weir_detectors_parse(buf.data, buf.len, &d), 0);
}

static void detectors__memory_file_is_sealed(void **state)
{
	struct weir_custom one = make();
	struct weir_buf buf _cleanup_(weir_buf_done) = packed(&one, 1);
	struct weir_detectors *d _cleanup_(weir_detectors_freep) = NULL;
	int fd _cleanup_(weir_closep) = weir_detectors_memfd(buf.data, buf.len);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(weir_detectors_read(fd, &d), 0);
	assert_int_equal(pwrite(fd, "x", 1, 0), -1);
	assert_int_equal(errno, EPERM);
	assert_int_equal(ftruncate(fd, 0), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(detectors__come_back),
		cmocka_unit_test(detectors__cut_or_changed_is_refused),
		cmocka_unit_test(detectors__limits_hold_on_both_sides),
		cmocka_unit_test(detectors__largest_set_fits),
		cmocka_unit_test(detectors__memory_file_is_sealed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
