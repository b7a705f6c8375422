/* SPDX-License-Identifier: Apache-2.0 */
#include "make.h"

static void attribute(struct weir_buf *b, unsigned level, uint32_t id, const void *data, size_t len)
{
	put8(b, level);
	put32(b, id);
	put32(b, (uint32_t)len);
	put(b, data, len);
	put16(b, 0);
}

static void counted(struct weir_buf *b, uint32_t tag, const void *data, size_t len)
{
	put32(b, tag);
	if ((tag >> 16) >= 0x8000) { /* with a name */
		put_zeroes(b, 16);
		put32(b, 1);
		put32(b, 6);
		put_wide(b, "own");
		put16(b, 0);
	}
	put32(b, 1);
	put32(b, (uint32_t)len);
	put(b, data, len);
	while (b->len % 4)
		put8(b, 0);
}

static void sample(struct weir_buf *b)
{
	struct weir_buf list = BUF;

	put32(b, 0x223e9f78);
	put16(b, 1);
	attribute(b, 1, 0x00069007, "\xa8\x03\0\0\0\0\0\0", 8);
	attribute(b, 1, 0x00018004, "subject \xbf\xcd\xbb\xa7", 13);
	put32(&list, 5);
	put32(&list, 0x00030003);
	put32(&list, 7);
	counted(&list, 0x1000001e, "body text", 10);
	counted(&list, 0x8001001f, "w\0i\0d\0e\0", 8);
	counted(&list, 0x10130102, "plain html", 10);
	put32(&list, 0x1040007f);
	put32(&list, 0);
	attribute(b, 1, 0x00069003, list.data, list.len);
	attribute(b, 2, 0x00069002, "", 0);
	attribute(b, 2, 0x00018010, "list.txt", 9);
	attribute(b, 2, 0x0006800f, "attached needle", 15);
	weir_buf_done(&list);
}

static void tnef__texts_and_attachments(void **state)
{
	struct got *g _cleanup_(got_freep) = got_new();
	struct weir_buf file = BUF;

	sample(&file);
	assert_int_equal(unpack_memory(g, file.data, file.len), 0);
	assert_string_equal(g->type, "application/ms-tnef");
	assert_null(got_gapped(g, NULL));
	assert_true(got_has(g, "subject 客户\n"));
	assert_string_equal(got_find(g, "properties", 0)->text.data, "body text\nwide\n");
	assert_string_equal(got_find(g, "body.html", 0)->text.data, "plain html");
	assert_string_equal(got_find(g, "list.txt", 0)->text.data, "attached needle");
	same_in_pieces(&file, "attached needle");
	cut_everywhere(&file, NULL, 0);
	flip_everywhere(&file);
	weir_buf_done(&file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tnef__texts_and_attachments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
