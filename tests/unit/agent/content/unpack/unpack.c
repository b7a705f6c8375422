/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/unpack/unpack.h"

#include "core.h"
#include "helper.h"

static void unpack__text_as_it_lies(void **state)
{
	struct got *g _cleanup_(got_freep) = got_new();
	static const size_t cuts[] = {0, 1, 3, 4096, 5000};
	char text[20000];

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)('a' + i % 26);
	for (size_t i = 0; i < ARRAY_SIZE(cuts); i++)
		for (int stream = 0; stream < 2; stream++) {
			unpack_with(g, text, sizeof(text), NULL, NULL, cuts[i], stream);
			assert_int_equal(g->r, 0);
			assert_string_equal(g->type, "text/plain");
			assert_int_equal(g->parts_count, 1);
			assert_int_equal(g->parts[0].form, WEIR_PART_BYTES);
			assert_string_equal(g->parts[0].path, "");
			assert_int_equal(g->parts[0].text.len, sizeof(text));
			assert_memory_equal(g->parts[0].text.data, text, sizeof(text));
			assert_int_equal(g->gaps_count, 0);
		}
}

static void unpack__empty_is_complete(void **state)
{
	struct got *g _cleanup_(got_freep) = got_new();

	unpack_memory(g, "", 0);
	assert_int_equal(g->r, 0);
	assert_int_equal(g->gaps_count, 0);
	assert_int_equal(g->bytes, 0);
	unpack_with(g, "", 0, NULL, NULL, 0, true);
	assert_int_equal(g->gaps_count, 0);
}

static void unpack__unknown_bytes_are_searched_raw(void **state)
{
	struct got *g _cleanup_(got_freep) = got_new();
	char data[3000] = "\1\2\3\4\5\6\7\016";

	memset(data + 8, 0x81, sizeof(data) - 8);
	for (size_t i = 8; i < sizeof(data); i += 7)
		data[i] = 2;
	memcpy(data + 2000, "needle", 6);
	unpack_memory(g, data, sizeof(data));
	assert_true(got_has(g, "needle"));
	assert_int_equal(g->gaps_count, 1);
	assert_int_equal(g->gaps[0].status, WEIR_SCAN_UNSCANNABLE);
}

/* A script with something else at its end; wherever the reads fall. */
static void unpack__binary_in_text(void **state)
{
	struct got *g _cleanup_(got_freep) = got_new();
	uint8_t data[100000];

	memset(data, 'x', sizeof(data));
	for (size_t i = 90000; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 37 % 251);
	for (int stream = 0; stream < 2; stream++) {
		unpack_with(g, data, sizeof(data), NULL, NULL, 777, stream);
		assert_int_equal(g->gaps_count, 1);
		assert_int_equal(g->gaps[0].status, WEIR_SCAN_PARTIAL);
		assert_non_null(got_gapped(g, "binary data inside text"));
		assert_int_equal(g->bytes, sizeof(data));
	}
}

static void unpack__what_the_sink_says_ends_it(void **state)
{
	struct got *g _cleanup_(got_freep) = got_new();
	uint8_t data[300000];

	memset(data, 'x', sizeof(data));
	g->fail_after = 2;
	assert_int_equal(unpack_with(g, data, sizeof(data), NULL, NULL, 0, false), -ECANCELED);
	assert_true(g->bytes < sizeof(data));
	unpack_with(g, data, sizeof(data), NULL, NULL, 0, false);
	assert_true(g->ticks >= sizeof(data) / 65536);
}

static ssize_t broken_read(void *context, void *data, size_t len, uint64_t offset)
{
	if (offset >= 1000)
		return -EIO;
	memset(data, 'x', len);
	return (ssize_t)WEIR_MIN((uint64_t)len, 1000 - offset);
}

static void unpack__read_errors_are_gaps(void **state)
{
	struct got *g _cleanup_(got_freep) = got_new();
	struct weir_bytes bytes = {.read_at = broken_read, .size = 5000};

	assert_int_equal(unpack_plain(g, &bytes), 0);
	assert_int_equal(g->bytes, 1000);
	assert_int_equal(g->gaps_count, 1);
	assert_int_equal(g->gaps[0].status, WEIR_SCAN_PARTIAL);
}

static void unpack__clean_names(void **state)
{
	char ret[32];

	assert_int_equal(weir_path_clean("a/b.txt", 7, ret, sizeof(ret)), 7);
	assert_string_equal(ret, "a/b.txt");
	weir_path_clean("a\nb\xe2\x80\xae", 6, ret, sizeof(ret));
	assert_string_equal(ret, "a\xef\xbf\xbd"
				 "b\xef\xbf\xbd");
	/* never cut inside a character, always ended */
	assert_int_equal(weir_path_clean("\xe4\xb8\xad\xe6\x96\x87", 6, ret, 6), 3);
	assert_string_equal(ret, "\xe4\xb8\xad");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unpack__text_as_it_lies),
		cmocka_unit_test(unpack__empty_is_complete),
		cmocka_unit_test(unpack__unknown_bytes_are_searched_raw),
		cmocka_unit_test(unpack__binary_in_text),
		cmocka_unit_test(unpack__what_the_sink_says_ends_it),
		cmocka_unit_test(unpack__read_errors_are_gaps),
		cmocka_unit_test(unpack__clean_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
