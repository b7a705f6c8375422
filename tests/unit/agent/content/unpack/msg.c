/* SPDX-License-Identifier: Apache-2.0 */
#include "make.h"

#include "ole.h"

static void wide(struct cfb_file *f, unsigned storage, const char *name, const char *text)
{
	struct weir_buf b = BUF;

	put_wide(&b, text);
	cfb_stream(f, storage, name, b.data, b.len);
	weir_buf_done(&b);
}

static void properties(struct cfb_file *f, unsigned storage, size_t head, uint32_t page)
{
	struct weir_buf b = BUF;

	put_zeroes(&b, head);
	put16(&b, 3);
	put16(&b, 0x3ffd);
	put32(&b, 6);
	put32(&b, page);
	put32(&b, 0);
	cfb_stream(f, storage, "__properties_version1.0", b.data, b.len);
	weir_buf_done(&b);
}

/* Flags for eight items each; a reference to the six bytes that every ring starts with, literals, and a
 * reference to the place where the ring stands, which is the end. */
static void packed_rtf(struct weir_buf *b)
{
	put_zeroes(b, 16);
	put(b, "\x01\x00\x04 packed", 10);
	put(b, "\x00 needle}", 9);
	put(b, "\x01\x0e\x40", 3);
	set32(b, 0, (uint32_t)b->len - 4);
	set32(b, 4, 21);
	set32(b, 8, 0x75465a4c);
}

static void msg__packed_rtf(void **state)
{
	struct weir_buf b = BUF;
	uint8_t *rtf = NULL;
	size_t len = 0;

	packed_rtf(&b);
	assert_int_equal(weir_lzfu((uint8_t *)b.data, b.len, &rtf, &len), 0);
	assert_int_equal(len, 21);
	assert_memory_equal(rtf, "{\\rtf1 packed needle}", 21);
	free(rtf);
	for (size_t n = 0; n < b.len; n++) {
		assert_int_equal(weir_lzfu((uint8_t *)b.data, n, &rtf, &len), -EBADMSG);
		assert_true(len <= 21);
		free(rtf);
	}
	weir_buf_done(&b);
}

static void make(struct weir_buf *file)
{
	struct cfb_file f;
	unsigned at, inner;
	struct weir_buf rtf = BUF;

	cfb_init(&f);
	properties(&f, 0, 32, 936);
	wide(&f, 0, "__substg1.0_0037001F", "主题 subject");
	wide(&f, 0, "__substg1.0_0C1A001F", "发件人");
	cfb_stream(&f, 0, "__substg1.0_1000001E", "body \xbf\xcd\xbb\xa7", 9);
	cfb_stream(&f, 0, "__substg1.0_10130102", "plain html needle", 17);
	put_zeroes(&rtf, 16);
	put_text(&rtf, "{\\rtf1 unpacked rtf}");
	set32(&rtf, 0, (uint32_t)rtf.len - 4);
	set32(&rtf, 4, (uint32_t)rtf.len - 16);
	set32(&rtf, 8, 0x414c454d);
	cfb_stream(&f, 0, "__substg1.0_10090102", rtf.data, rtf.len);
	at = cfb_storage(&f, 0, "__recip_version1.0_#00000000");
	wide(&f, at, "__substg1.0_39FE001F", "to@example.com");
	at = cfb_storage(&f, 0, "__attach_version1.0_#00000000");
	wide(&f, at, "__substg1.0_3707001F", "名单.txt");
	cfb_stream(&f, at, "__substg1.0_37010102", "attached needle", 15);
	at = cfb_storage(&f, 0, "__attach_version1.0_#00000001");
	cfb_stream(&f, at, "__substg1.0_3704001E", "inner.msg", 9);
	inner = cfb_storage(&f, at, "__substg1.0_3701000D");
	properties(&f, inner, 24, 1252);
	wide(&f, inner, "__substg1.0_1000001F", "last: body of the inner one");
	cfb_make(&f, 9, file);
	cfb_done(&f);
	weir_buf_done(&rtf);
}

static void msg__everything_in_a_message(void **state)
{
	struct got *g _cleanup_(got_freep) = got_new();
	struct weir_buf file = BUF;

	make(&file);
	assert_int_equal(unpack_memory(g, file.data, file.len), 0);
	assert_string_equal(g->type, "application/vnd.ms-outlook");
	assert_null(got_gapped(g, NULL));
	assert_true(got_has(g, "主题 subject\n发件人\n"));
	assert_true(got_has(g, "body 客户\n"));
	assert_true(got_has(g, "to@example.com\n"));
	assert_string_equal(got_find(g, "body.html", 0)->text.data, "plain html needle");
	assert_string_equal(got_find(g, "body.rtf", 0)->text.data, "unpacked rtf");
	assert_string_equal(got_find(g, "名单.txt", WEIR_PART_BYTES)->text.data, "attached needle");
	assert_true(got_has(g, "last: body of the inner one\n"));
	same_in_pieces(&file, "attached needle");
	cut_everywhere(&file, "last: body of the inner one\n", 512);
	flip_everywhere(&file);
	weir_buf_done(&file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(msg__packed_rtf),
		cmocka_unit_test(msg__everything_in_a_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
