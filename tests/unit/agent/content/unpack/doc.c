/* SPDX-License-Identifier: Apache-2.0 */
#include "make.h"

#define TEXT_AT 0x400

struct doc {
	struct weir_buf word, table;
	uint32_t cps[16], fcs[16];
	unsigned pieces;
	uint32_t cp;
};

static void begin(struct doc *d)
{
	*d = (struct doc){.word = BUF, .table = BUF};
	put_zeroes(&d->word, TEXT_AT);
	set16(&d->word, 0, 0xa5ec);
	set16(&d->word, 2, 193);
	set16(&d->word, 10, 0x0200);
}

static void wide_piece(struct doc *d, const char *text)
{
	d->cps[d->pieces] = d->cp;
	d->fcs[d->pieces++] = (uint32_t)d->word.len;
	d->cp += (uint32_t)put_wide(&d->word, text);
}

static void narrow_piece(struct doc *d, const char *text)
{
	d->cps[d->pieces] = d->cp;
	d->fcs[d->pieces++] = (uint32_t)d->word.len * 2 | 0x40000000;
	put_text(&d->word, text);
	d->cp += (uint32_t)strlen(text);
	if (d->word.len % 2)
		put8(&d->word, 0);
}

static void finish(struct doc *d, struct weir_buf *file)
{
	struct cfb_file f;
	uint32_t at = 10;

	put_zeroes(&d->table, at);
	put(&d->table, "\1\4\0abcd", 7); /* formatting that Word keeps for itself */
	put8(&d->table, 2);
	put32(&d->table, (d->pieces + 1) * 4 + d->pieces * 8);
	for (unsigned i = 0; i < d->pieces; i++)
		put32(&d->table, d->cps[i]);
	put32(&d->table, d->cp);
	for (unsigned i = 0; i < d->pieces; i++) {
		put16(&d->table, 0);
		put32(&d->table, d->fcs[i]);
		put16(&d->table, 0);
	}
	set32(&d->word, 0x4c, d->cp);
	set32(&d->word, 0x1a2, at);
	set32(&d->word, 0x1a6, (uint32_t)d->table.len - at);
	cfb_init(&f);
	cfb_stream(&f, 0, "WordDocument", d->word.data, d->word.len);
	cfb_stream(&f, 0, "1Table", d->table.data, d->table.len);
	cfb_make(&f, 9, file);
	cfb_done(&f);
	weir_buf_done(&d->word);
	weir_buf_done(&d->table);
}

static void doc__pieces_are_put_in_order(void **state)
{
	struct got *g _cleanup_(got_freep) = got_new();
	struct weir_buf file = BUF;
	struct doc d;

	begin(&d);
	narrow_piece(&d, "first caf\xe9 \x80 12");
	wide_piece(&d, "34 客户😀\r");
	narrow_piece(&d, "a\7b\7\7\x13 HYPERLINK \x14shown\x15\rnote\x1e"
			 "1\x1f"
			 "2\rlast");
	finish(&d, &file);
	assert_int_equal(unpack_memory(g, file.data, file.len), 0);
	assert_string_equal(g->type, "application/msword");
	assert_int_equal(g->parts_count, 1);
	assert_string_equal(g->parts[0].path, "");
	assert_string_equal(g->parts[0].text.data,
			    "first café € 1234 客户😀\na\tb\t\t  HYPERLINK  shown \nnote-12\nlast");
	assert_null(got_gapped(g, NULL));
	same_in_pieces(&file, "1234 客户");
	cut_everywhere(&file, "last", 512);
	flip_everywhere(&file);
	weir_buf_done(&file);
}

/* Pieces that all show the same text: a small file must not become a large one. */
static void doc__pieces_cannot_multiply(void **state)
{
	struct got *g _cleanup_(got_freep) = got_new();
	struct weir_buf file = BUF, table = BUF, word = BUF;
	struct cfb_file f;
	unsigned n = 2000;

	put_zeroes(&word, 65536);
	memset(word.data + 512, 'x', word.len - 512);
	set16(&word, 0, 0xa5ec);
	set16(&word, 2, 193);
	set16(&word, 10, 0x0200);
	put8(&table, 2);
	put32(&table, (n + 1) * 4 + n * 8);
	for (uint32_t i = 0; i <= n; i++)
		put32(&table, i * 60000);
	for (unsigned i = 0; i < n; i++) {
		put16(&table, 0);
		put32(&table, 512 * 2 | 0x40000000);
		put16(&table, 0);
	}
	set32(&word, 0x4c, n * 60000);
	set32(&word, 0x1a6, (uint32_t)table.len);
	cfb_init(&f);
	cfb_stream(&f, 0, "WordDocument", word.data, word.len);
	cfb_stream(&f, 0, "1Table", table.data, table.len);
	cfb_make(&f, 9, &file);
	cfb_done(&f);
	assert_int_equal(unpack_memory(g, file.data, file.len), 0);
	assert_true(g->bytes < 1 << 20);
	assert_non_null(got_gapped(g, "damaged"));
	weir_buf_done(&file);
	weir_buf_done(&word);
	weir_buf_done(&table);
}

static void doc__without_its_table_the_bytes_are_searched(void **state)
{
	struct got *g _cleanup_(got_freep) = got_new();
	struct weir_buf file = BUF, word = BUF;
	struct cfb_file f;

	put_zeroes(&word, TEXT_AT);
	set16(&word, 0, 0xa5ec);
	set16(&word, 2, 193);
	put_text(&word, "narrow needle ");
	put_wide(&word, "wide needle");
	cfb_init(&f);
	cfb_stream(&f, 0, "WordDocument", word.data, word.len);
	cfb_make(&f, 9, &file);
	cfb_done(&f);
	assert_int_equal(unpack_memory(g, file.data, file.len), 0);
	assert_int_equal(got_gapped(g, "damaged")->status, WEIR_SCAN_PARTIAL);
	assert_int_equal(g->parts_count, 2);
	assert_string_equal(g->parts[1].charset, "utf-16le");
	assert_int_equal(g->parts[1].text.len, word.len);
	assert_true(got_has(g, "narrow needle"));
	weir_buf_done(&file);
	weir_buf_done(&word);
}

static void doc__encrypted_is_unscannable(void **state)
{
	struct got *g _cleanup_(got_freep) = got_new();
	struct weir_buf file = BUF;
	struct doc d;

	begin(&d);
	narrow_piece(&d, "not to be believed");
	set16(&d.word, 10, 0x0300);
	finish(&d, &file);
	assert_int_equal(unpack_memory(g, file.data, file.len), 0);
	assert_int_equal(got_gapped(g, "encrypted")->status, WEIR_SCAN_UNSCANNABLE);
	assert_int_equal(g->parts_count, 0);
	weir_buf_done(&file);
}

static void word95(const char *text, unsigned language, unsigned flags, struct weir_buf *file)
{
	struct weir_buf word = BUF;
	struct cfb_file f;

	put_zeroes(&word, 0x300);
	set16(&word, 0, 0xa5dc);
	set16(&word, 2, 104);
	set16(&word, 6, language);
	set16(&word, 10, flags);
	set32(&word, 0x18, 0x300);
	set32(&word, 0x1c, 0x300 + (uint32_t)strlen(text));
	set32(&word, 0x34, (uint32_t)strlen(text));
	put_text(&word, text);
	cfb_init(&f);
	cfb_stream(&f, 0, "WordDocument", word.data, word.len);
	cfb_make(&f, 9, file);
	cfb_done(&f);
	weir_buf_done(&word);
}

static void doc__word_95_in_the_charset_of_its_language(void **state)
{
	struct got *g _cleanup_(got_freep) = got_new();
	struct weir_buf gbk = BUF, big5 = BUF, latin = BUF;

	word95("\xbf\xcd\xbb\xa7\rname\7", 0x0804, 0, &gbk);
	assert_int_equal(unpack_memory(g, gbk.data, gbk.len), 0);
	assert_true(got_has(g, "客户\nname\t"));
	word95("\xab\xc8\xa4\xe1\r", 0x0404, 0, &big5);
	assert_int_equal(unpack_memory(g, big5.data, big5.len), 0);
	assert_true(got_has(g, "客戶\n"));
	word95("caf\xe9\r", 0x0409, 0, &latin);
	assert_int_equal(unpack_memory(g, latin.data, latin.len), 0);
	assert_true(got_has(g, "café\n"));
	assert_null(got_gapped(g, NULL));
	cut_everywhere(&gbk, NULL, 0);
	flip_everywhere(&gbk);
	weir_buf_done(&gbk);
	weir_buf_done(&big5);
	weir_buf_done(&latin);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(doc__pieces_are_put_in_order),
		cmocka_unit_test(doc__pieces_cannot_multiply),
		cmocka_unit_test(doc__without_its_table_the_bytes_are_searched),
		cmocka_unit_test(doc__encrypted_is_unscannable),
		cmocka_unit_test(doc__word_95_in_the_charset_of_its_language),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
