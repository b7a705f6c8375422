/* SPDX-License-Identifier: Apache-2.0 */
#include "make.h"

static void expect(const char *rtf, const char *want)
{
	struct got *g _cleanup_(got_freep) = got_new();

	assert_int_equal(unpack_memory(g, rtf, strlen(rtf)), 0);
	assert_string_equal(g->type, "application/rtf");
	assert_null(got_gapped(g, NULL));
	if (!*want) {
		assert_int_equal(g->parts_count, 0);
		return;
	}
	assert_int_equal(g->parts_count, 1);
	assert_int_equal(g->parts[0].form, WEIR_PART_TEXT);
	assert_string_equal(g->parts[0].text.data, want);
}

static void rtf__text_and_marks(void **state)
{
	expect("{\\rtf1\\ansi plain}", "plain");
	expect("{\\rtf1 12{\\b 34}\\i0 56\r\n78}", "12345678");
	expect("{\\rtf1 a\\par b\\line c\\tab d\\cell e\\cell\\row}", "a\nb\nc\td\te\t\n");
	expect("{\\rtf1 a\\~b\\_c\\-d\\\\\\{\\}}", "a b-cd\\{}");
	expect("{\\rtf1 \\ldblquote x\\rdblquote\\emdash\\bullet }", "“x”—•");
	expect("{\\rtf1 {\\v hidden} {\\deleted gone} \\unknownword99 seen}", "hidden gone seen");
	expect("{\\rtf1}", "");
}

static void rtf__characters(void **state)
{
	expect("{\\rtf1\\ansi\\ansicpg1252 caf\\'e9 \\'80}", "café €");
	expect("{\\rtf1\\ansi\\ansicpg936 \\'bf\\'cd\\'bb\\'a7 a}", "客户 a");
	expect("{\\rtf1\\ansi\\ansicpg950 \\'ab\\'c8\\'a4\\'e1}", "客戶");
	/* the second half may be a plain letter */
	expect("{\\rtf1\\ansi\\ansicpg936 \\'81@x}", "丂x");
	expect("{\\rtf1\\ansi\\ansicpg1252\\deff1{\\fonttbl{\\f0\\fcharset0 A;}"
	       "{\\f1\\fcharset134 B;}{\\f2\\fcharset136 C;}}\\'bf\\'cd{\\f2\\'ab\\'c8}"
	       "{\\f0 \\'e9}\\'bb\\'a7}",
	       "客客é户");
	expect("{\\rtf1\\ansi\\ansicpg1252{\\fonttbl{\\f0\\fcharset0 A;}{\\f7\\fcharset134 B;}}"
	       "\\loch\\af0\\hich\\af0\\dbch\\af7 \\'bf\\'cd}",
	       "客");
	expect("{\\rtf1 \\u23458?\\u25143 ?\\uc0\\u23458\\u25143\\uc2 \\u23458\\'bf\\'cd!}",
	       "客户客户客!");
	expect("{\\rtf1 \\u-10179?\\u-8704?}", "😀");
	expect("{\\rtf1\\uc2{\\uc1 \\u23458?a}\\u25143??b}", "客a户b");
	expect("{\\rtf1 \xe5\xae\xa2\\ansicpg65001 \xe6\x88\xb7}", "å®¢户");
}

static void rtf__destinations(void **state)
{
	expect("{\\rtf1{\\fonttbl{\\f0 Font;}}{\\colortbl;\\red1;}{\\stylesheet{\\s0 Normal;}}"
	       "{\\pict\\pngblip 89504e47}{\\*\\generator X;}text}",
	       "text");
	expect("{\\rtf1{\\info{\\title T}{\\author A}}body{\\footnote note}{\\header head}"
	       "{\\*\\annotation remark}}",
	       "\n\nT\n\nA\n\nbody\nnote\n\nhead\n\nremark\n");
	expect("{\\rtf1{\\field{\\*\\fldinst HYPERLINK x}{\\fldrslt shown}}}",
	       "\nHYPERLINK x\nshown");
	expect("{\\rtf1{\\*\\nobodyknows this}}", "this");
	expect("{\\rtf1{\\pict\\bin5 a}b\\c}seen}", "seen");
	expect("{\\rtf1\\bin3 {}}seen}", "{}}seen");
}

static void hex_of(struct weir_buf *out, const struct weir_buf *in)
{
	for (size_t i = 0; i < in->len; i++)
		assert_int_equal(weir_buf_printf(out, "%02x%s", (uint8_t)in->data[i],
						 i % 32 == 31 ? "\r\n" : ""),
				 0);
}

static void ole1(struct weir_buf *b, const char *class, const struct weir_buf *data)
{
	put32(b, 0x501);
	put32(b, 2);
	put32(b, (uint32_t)strlen(class) + 1);
	put(b, class, strlen(class) + 1);
	put32(b, 0);
	put32(b, 0);
	put32(b, (uint32_t)data->len);
	put(b, data->data, data->len);
}

static void sample(struct weir_buf *rtf)
{
	struct weir_buf data = BUF, object = BUF;

	put_text(rtf, "{\\rtf1\\ansi before {\\object{\\*\\objclass Txt}{\\*\\objdata ");
	put_text(&data, "object needle");
	ole1(&object, "Txt", &data);
	hex_of(rtf, &object);
	put_text(rtf, "}{\\result shown}} between {\\object{\\*\\objdata\n");
	weir_buf_clear(&data);
	weir_buf_clear(&object);
	put16(&data, 2);
	put(&data, "f.txt", 6);
	put(&data, "p", 2);
	put32(&data, 0x30000);
	put32(&data, 0);
	put32(&data, 14);
	put_text(&data, "package needle");
	ole1(&object, "Package", &data);
	hex_of(rtf, &object);
	put_text(rtf, "}} after}");
	weir_buf_done(&data);
	weir_buf_done(&object);
}

static void rtf__objects(void **state)
{
	struct got *g _cleanup_(got_freep) = got_new();
	struct weir_buf rtf = BUF;

	sample(&rtf);
	assert_int_equal(unpack_memory(g, rtf.data, rtf.len), 0);
	assert_string_equal(g->parts[0].text.data, "before Txtshown between  after");
	assert_string_equal(got_find(g, "object", 0)->text.data, "object needle");
	assert_string_equal(got_find(g, "f.txt", 0)->text.data, "package needle");
	assert_null(got_gapped(g, NULL));
	same_in_pieces(&rtf, "package needle");
	cut_everywhere(&rtf, "after", 6);
	flip_everywhere(&rtf);
	weir_buf_done(&rtf);
}

static void rtf__groups_without_end(void **state)
{
	struct got *g _cleanup_(got_freep) = got_new();
	struct weir_buf rtf = BUF;

	put_text(&rtf, "{\\rtf1 ");
	for (unsigned i = 0; i < 100000; i++)
		put_text(&rtf, "{");
	/* a group without a state of its own must not hide what comes behind it */
	put_text(&rtf, "{\\pict 00}deep");
	for (unsigned i = 0; i < 100000; i++)
		put_text(&rtf, "}");
	put_text(&rtf, "end}");
	assert_int_equal(unpack_memory(g, rtf.data, rtf.len), 0);
	assert_true(got_has(g, "deep"));
	assert_true(got_has(g, "end"));
	for (unsigned i = 0; i < 3; i++)
		put_text(&rtf, "}");
	put_text(&rtf, "behind");
	assert_int_equal(unpack_memory(g, rtf.data, rtf.len), 0);
	assert_true(got_has(g, "behind"));
	weir_buf_done(&rtf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rtf__text_and_marks),	   cmocka_unit_test(rtf__characters),
		cmocka_unit_test(rtf__destinations),	   cmocka_unit_test(rtf__objects),
		cmocka_unit_test(rtf__groups_without_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
