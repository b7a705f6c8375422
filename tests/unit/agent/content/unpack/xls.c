/* SPDX-License-Identifier: Apache-2.0 */
#include "make.h"

#include "xls.h"

struct book {
	struct weir_buf data;
	const char *stream;
	unsigned version;
};

static void record(struct book *b, unsigned type, const struct weir_buf *body)
{
	put16(&b->data, type);
	put16(&b->data, (unsigned)body->len);
	put(&b->data, body->data ? body->data : "", body->len);
}

/* Numbers of 16 bits, each in two bytes. */
static void record16(struct book *b, unsigned type, const uint16_t *values, size_t count)
{
	struct weir_buf body = BUF;

	for (size_t i = 0; i < count; i++)
		put16(&body, values[i]);
	record(b, type, &body);
	weir_buf_done(&body);
}
#define RECORD16(b, type, ...)                             \
	record16(b, type, (const uint16_t[]){__VA_ARGS__}, \
		 sizeof((const uint16_t[]){__VA_ARGS__}) / sizeof(uint16_t))

static void begin(struct book *b, unsigned version)
{
	*b = (struct book){BUF, version == 8 ? "Workbook" : "Book", version};
	RECORD16(b, 0x809, version == 8 ? 0x600 : 0x500, 5, 0, 0);
}

static void end(struct book *b)
{
	RECORD16(b, 0x0a);
}

static size_t sheet_entry(struct book *b, const char *name, unsigned hidden)
{
	struct weir_buf body = BUF;
	size_t at = b->data.len + 4;

	put32(&body, 0);
	put8(&body, hidden);
	put8(&body, 0);
	put8(&body, (unsigned)strlen(name));
	if (b->version == 8)
		put8(&body, 0);
	put_text(&body, name);
	record(b, 0x85, &body);
	weir_buf_done(&body);
	return at;
}

static void begin_sheet(struct book *b, size_t entry)
{
	set32(&b->data, entry, (uint32_t)b->data.len);
	RECORD16(b, 0x809, b->version == 8 ? 0x600 : 0x500, 0x10, 0, 0);
}

static void label(struct book *b, unsigned row, unsigned column, unsigned index)
{
	RECORD16(b, 0xfd, (uint16_t)row, (uint16_t)column, 0, (uint16_t)index, 0);
}

static void number(struct book *b, unsigned row, unsigned column, unsigned xf, double value)
{
	struct weir_buf body = BUF;

	put16(&body, row);
	put16(&body, column);
	put16(&body, xf);
	put_double(&body, value);
	record(b, 0x203, &body);
	weir_buf_done(&body);
}

static void make(struct book *b, struct weir_buf *file)
{
	struct cfb_file f;

	cfb_init(&f);
	cfb_stream(&f, 0, b->stream, b->data.data, b->data.len);
	cfb_make(&f, 9, file);
	cfb_done(&f);
	weir_buf_done(&b->data);
}

/* Two strings, the first of which goes on in another record with wide characters, the second with
 * runs of fonts and phonetic marks behind it; a third that no cell shows. */
static void strings(struct book *b)
{
	struct weir_buf body = BUF;

	put32(&body, 3);
	put32(&body, 3);
	put16(&body, 10);
	put8(&body, 0);
	put_text(&body, "narrow");
	record(b, 0xfc, &body);
	weir_buf_clear(&body);
	put8(&body, 1);
	put_wide(&body, "与宽");
	record(b, 0x3c, &body);
	weir_buf_clear(&body);
	put8(&body, 0);
	put_text(&body, " \xe9");
	put16(&body, 2);
	put8(&body, 1 | 4 | 8);
	put16(&body, 2);
	put32(&body, 6);
	put_wide(&body, "客户");
	put_text(&body, "runs");
	record(b, 0x3c, &body);
	weir_buf_clear(&body);
	put_text(&body, "runsphonet");
	put16(&body, 6);
	put8(&body, 0);
	put_text(&body, "unseen");
	record(b, 0x3c, &body);
	weir_buf_done(&body);
}

static void formula(struct book *b)
{
	struct weir_buf body = BUF;

	put16(&body, 2);
	put16(&body, 1);
	put16(&body, 0);
	put(&body, "\0\0\0\0\0\0\xff\xff", 8);
	put_zeroes(&body, 8);
	record(b, 0x06, &body);
	weir_buf_clear(&body);
	put16(&body, 6);
	put8(&body, 0);
	put_text(&body, "result");
	record(b, 0x207, &body);
	weir_buf_done(&body);
}

static void text_box(struct book *b, const char *text)
{
	struct weir_buf body = BUF;

	put_zeroes(&body, 18);
	set16(&body, 10, (unsigned)strlen(text));
	record(b, 0x1b6, &body);
	weir_buf_clear(&body);
	put8(&body, 0);
	put(&body, text, 4);
	record(b, 0x3c, &body);
	weir_buf_clear(&body);
	put8(&body, 0);
	put_text(&body, text + 4);
	record(b, 0x3c, &body);
	weir_buf_done(&body);
}

static void sample(struct weir_buf *file)
{
	struct book b;
	size_t first, second;

	begin(&b, 8);
	RECORD16(&b, 0xe0, 0, 0, 0);
	RECORD16(&b, 0xe0, 0, 14, 0);
	first = sheet_entry(&b, "list", 0);
	second = sheet_entry(&b, "secret", 2);
	strings(&b);
	end(&b);
	begin_sheet(&b, first);
	label(&b, 0, 0, 0);
	label(&b, 0, 2, 1);
	number(&b, 1, 0, 0, 123456789012345678.0);
	number(&b, 1, 1, 1, 45292);
	number(&b, 1, 2, 0, 0.1);
	RECORD16(&b, 0x27e, 1, 3, 0, 0x0002 | 100 << 2, 0);
	RECORD16(&b, 0xbd, 2, 2, 0, 0x0003 | 250 << 2, 0, 0, 0x0002 | 7 << 2, 0, 3);
	formula(&b);
	text_box(&b, "a comment");
	end(&b);
	begin_sheet(&b, second);
	label(&b, 5, 1, 0);
	end(&b);
	make(&b, file);
}

static void xls__cells_of_all_kinds(void **state)
{
	struct got *g _cleanup_(got_freep) = got_new();
	struct weir_buf file = BUF;
	struct got_part *list, *secret;

	sample(&file);
	assert_int_equal(unpack_memory(g, file.data, file.len), 0);
	assert_string_equal(g->type, "application/vnd.ms-excel");
	assert_null(got_gapped(g, NULL));
	list = got_find(g, "list", WEIR_PART_TABLE);
	secret = got_find(g, "secret", WEIR_PART_TABLE);
	assert_non_null(list);
	assert_non_null(secret);
	assert_string_equal(list->text.data, "narrow与宽 é\t\t客户\n"
					     "123456789012345680\t2024-01-01\t0.1\t100\n"
					     "\t\t2.5\t7\n"
					     "\tresult\n");
	assert_string_equal(secret->text.data, "\tnarrow与宽 é\n");
	assert_true(got_has(g, "a comment\n"));
	assert_true(got_has(g, "list\nsecret\n"));
	assert_string_equal(got_find(g, "unused strings", WEIR_PART_TEXT)->text.data, "unseen\n");
	same_in_pieces(&file, "与宽");
	weir_buf_done(&file);
}

static void xls__survives_damage(void **state)
{
	struct weir_buf file = BUF;

	sample(&file);
	cut_everywhere(&file, "\tnarrow与宽 é\n", 512);
	flip_everywhere(&file);
	weir_buf_done(&file);
}

static void xls__excel_95_in_its_code_page(void **state)
{
	struct got *g _cleanup_(got_freep) = got_new();
	struct weir_buf file = BUF, body = BUF;
	struct book b;
	size_t entry;

	begin(&b, 5);
	RECORD16(&b, 0x42, 936);
	entry = sheet_entry(&b, "\xb1\xed", 0);
	end(&b);
	begin_sheet(&b, entry);
	put16(&body, 0);
	put16(&body, 0);
	put16(&body, 0);
	put16(&body, 4);
	put_text(&body, "\xbf\xcd\xbb\xa7");
	record(&b, 0x204, &body);
	set16(&body, 2, 1);
	put_text(&body, "\1runs");
	record(&b, 0xd6, &body);
	number(&b, 1, 0, 0, -42);
	end(&b);
	make(&b, &file);
	assert_int_equal(unpack_memory(g, file.data, file.len), 0);
	assert_non_null(got_find(g, "表", WEIR_PART_TABLE));
	assert_string_equal(got_find(g, "表", WEIR_PART_TABLE)->text.data, "客户\t客户\n-42\n");
	assert_null(got_gapped(g, NULL));
	cut_everywhere(&file, "客户\t客户\n-42\n", 512);
	flip_everywhere(&file);
	weir_buf_done(&file);
	weir_buf_done(&body);
}

static void xls__encrypted_is_unscannable(void **state)
{
	struct got *g _cleanup_(got_freep) = got_new();
	struct weir_buf file = BUF;
	struct book b;

	begin(&b, 8);
	RECORD16(&b, 0x2f, 1, 1, 1);
	sheet_entry(&b, "noise", 0);
	end(&b);
	make(&b, &file);
	assert_int_equal(unpack_memory(g, file.data, file.len), 0);
	assert_int_equal(got_gapped(g, "encrypted")->status, WEIR_SCAN_UNSCANNABLE);
	assert_false(got_has(g, "noise"));
	weir_buf_done(&file);
}

/* Many small cells that show one long string. */
static void xls__shared_strings_cannot_multiply(void **state)
{
	struct got *g _cleanup_(got_freep) = got_new();
	struct weir_unpack_limits limits = {.bytes = 4 << 20};
	struct weir_buf file = BUF, body = BUF;
	struct book b;
	size_t entry;

	begin(&b, 8);
	entry = sheet_entry(&b, "s", 0);
	put32(&body, 1);
	put32(&body, 1);
	put16(&body, 8000);
	put8(&body, 0);
	put_zeroes(&body, 8000);
	memset(body.data + 11, 'x', 8000);
	record(&b, 0xfc, &body);
	end(&b);
	begin_sheet(&b, entry);
	for (unsigned i = 0; i < 20000; i++)
		label(&b, i, 0, 0);
	end(&b);
	make(&b, &file);
	g->forget = true;
	assert_int_equal(unpack_with(g, file.data, file.len, &limits, NULL, 0, false), 0);
	assert_true(g->bytes < 6 << 20);
	assert_non_null(got_gapped(g, "limit"));
	weir_buf_done(&file);
	weir_buf_done(&body);
}

static void expect_number(const struct weir_xls_book *book, unsigned xf, double value,
			  const char *want)
{
	char text[WEIR_XLS_NUMBER];

	assert_int_equal(weir_xls_number(book, (uint16_t)xf, value, text), strlen(want));
	assert_string_equal(text, want);
}

static void xls__numbers_as_a_person_writes_them(void **state)
{
	struct weir_xls_book book;
	struct weir_buf format = BUF;

	weir_xls_book_init(&book);
	put16(&format, 200);
	put16(&format, 7);
	put8(&format, 0);
	put_text(&format, "yyyy\"m\"");
	assert_int_equal(weir_xls_add_format(&book, (uint8_t *)format.data, format.len), 0);
	set16(&format, 0, 201);
	memcpy(format.data + 5, "\"yyyy\"0", 7);
	assert_int_equal(weir_xls_add_format(&book, (uint8_t *)format.data, format.len), 0);
	assert_int_equal(weir_xls_add_xf(&book, 0), 0);
	assert_int_equal(weir_xls_add_xf(&book, 200), 0);
	assert_int_equal(weir_xls_add_xf(&book, 201), 0);
	assert_int_equal(weir_xls_add_xf(&book, 22), 0);
	expect_number(&book, 0, 0, "0");
	expect_number(&book, 0, 100000000000000.0, "100000000000000");
	expect_number(&book, 0, 999999999999999.0, "999999999999999");
	expect_number(&book, 0, 110000199001010000.0, "110000199001010000");
	expect_number(&book, 0, 6200000000000000000.0, "6200000000000000000");
	expect_number(&book, 0, 9007199254740993.0, "9007199254740992");
	expect_number(&book, 0, -1234567890123456.0, "-1234567890123456");
	expect_number(&book, 0, 1e21, "1000000000000000000000");
	expect_number(&book, 0, 1e300, "1e+300");
	expect_number(&book, 0, 3.25, "3.25");
	expect_number(&book, 1, 1, "1900-01-01");
	expect_number(&book, 1, 61, "1900-03-01");
	expect_number(&book, 1, 36526, "2000-01-01");
	expect_number(&book, 1, 45351, "2024-02-29");
	expect_number(&book, 1, 2958465, "9999-12-31");
	expect_number(&book, 2, 36526, "36526");
	expect_number(&book, 3, 36526.5, "2000-01-01 12:00:00");
	expect_number(&book, 9, 5, "5");
	book.date1904 = true;
	expect_number(&book, 1, 35064, "2000-01-01");
	assert_true(weir_xls_rk(0x3ff00000) == 1.0);
	assert_true(weir_xls_rk(0x3ff00001) == 0.01);
	assert_true(weir_xls_rk((uint32_t)(-5 * 4) | 2) == -5.0);
	weir_xls_book_done(&book);
	weir_buf_done(&format);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(xls__cells_of_all_kinds),
		cmocka_unit_test(xls__survives_damage),
		cmocka_unit_test(xls__excel_95_in_its_code_page),
		cmocka_unit_test(xls__encrypted_is_unscannable),
		cmocka_unit_test(xls__shared_strings_cannot_multiply),
		cmocka_unit_test(xls__numbers_as_a_person_writes_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
