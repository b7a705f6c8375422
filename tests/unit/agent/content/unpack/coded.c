/* SPDX-License-Identifier: Apache-2.0 */
#include "make.h"

static void base64(struct weir_buf *out, const char *text)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t len = strlen(text);

	for (size_t i = 0; i < len; i += 3) {
		uint32_t v = 0;

		for (size_t j = 0; j < 3; j++)
			v = v << 8 | (i + j < len ? (uint8_t)text[i + j] : 0);
		for (size_t j = 0; j < 4; j++)
			put8(out, i + j > len ? '=' : (uint8_t)alphabet[v >> (18 - 6 * j) & 63]);
		if (i % 57 == 54)
			put_text(out, "\r\n");
	}
}

static void long_text(struct weir_buf *out)
{
	put_text(out, "{\\rtf1 ");
	for (unsigned i = 0; i < 200; i++)
		assert_int_equal(weir_buf_printf(out, "line %u of a long text\\par ", i), 0);
	put_text(out, "\\u23458?\\u25143?}");
}

static void expect_inside(const struct weir_buf *file, const char *name)
{
	struct got *g _cleanup_(got_freep) = got_new();

	for (unsigned stream = 0; stream < 2; stream++) {
		assert_int_equal(unpack_with(g, file->data, file->len, NULL, NULL, 100, stream), 0);
		/* as it lies, and what it holds */
		assert_non_null(got_find(g, "", WEIR_PART_BYTES));
		assert_int_equal(got_find(g, "", WEIR_PART_BYTES)->text.len, file->len);
		assert_non_null(got_find(g, name, WEIR_PART_TEXT));
		assert_true(got_has(g, "客户"));
		assert_null(got_gapped(g, NULL));
	}
}

static void coded__base64(void **state)
{
	struct weir_buf text = BUF, file = BUF;

	long_text(&text);
	base64(&file, text.data);
	expect_inside(&file, "base64");
	flip_everywhere(&file);
	weir_buf_done(&text);
	weir_buf_done(&file);
}

static void coded__hexadecimal(void **state)
{
	struct weir_buf text = BUF, file = BUF;

	long_text(&text);
	for (size_t i = 0; i < text.len; i++)
		assert_int_equal(weir_buf_printf(&file, "%02x%s", (uint8_t)text.data[i],
						 i % 32 == 31 ? "\n" : ""),
				 0);
	expect_inside(&file, "hex");
	weir_buf_done(&text);
	weir_buf_done(&file);
}

static void coded__uuencode(void **state)
{
	struct weir_buf text = BUF, file = BUF;

	long_text(&text);
	put_text(&file, "begin 644 list.rtf\n");
	for (size_t at = 0; at < text.len; at += 45) {
		size_t n = WEIR_MIN(text.len - at, (size_t)45);

		put8(&file, (unsigned)n + 32);
		for (size_t i = 0; i < n; i += 3) {
			uint32_t v = 0;

			for (size_t j = 0; j < 3; j++)
				v = v << 8 |
				    (at + i + j < text.len ? (uint8_t)text.data[at + i + j] : 0);
			for (size_t j = 0; j < 4; j++)
				put8(&file, (v >> (18 - 6 * j) & 63) + 32);
		}
		put_text(&file, "\n");
	}
	put_text(&file, "`\nend\n");
	expect_inside(&file, "list.rtf");
	cut_everywhere(&file, NULL, 0);
	weir_buf_done(&text);
	weir_buf_done(&file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(coded__base64),
		cmocka_unit_test(coded__hexadecimal),
		cmocka_unit_test(coded__uuencode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
