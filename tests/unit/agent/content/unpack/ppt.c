/* SPDX-License-Identifier: Apache-2.0 */
#include "make.h"

#include <zlib.h>

static void atom(struct weir_buf *b, unsigned instance, unsigned type, const struct weir_buf *body)
{
	put16(b, instance << 4);
	put16(b, type);
	put32(b, (uint32_t)body->len);
	put(b, body->data ? body->data : "", body->len);
}

static void container(struct weir_buf *b, unsigned type, const struct weir_buf *body)
{
	put16(b, 0x0f);
	put16(b, type);
	put32(b, (uint32_t)body->len);
	put(b, body->data, body->len);
}

static void packed(struct weir_buf *b, const char *text)
{
	struct weir_buf body = BUF;
	uLongf len = compressBound((uLong)strlen(text));

	put32(&body, (uint32_t)strlen(text));
	assert_int_equal(weir_buf_reserve(&body, len), 0);
	assert_int_equal(
		compress((Bytef *)body.data + 4, &len, (const Bytef *)text, (uLong)strlen(text)),
		Z_OK);
	body.len += len;
	atom(b, 1, 0x1011, &body);
	weir_buf_done(&body);
}

static void slides(struct weir_buf *out)
{
	struct weir_buf body = BUF, inner = BUF, middle = BUF;

	put_wide(&body, "标题\r客户\x0b名单");
	atom(&inner, 0, 0x0fa0, &body);
	weir_buf_clear(&body);
	put_text(&body, "caf\xe9");
	atom(&inner, 0, 0x0fa8, &body);
	container(&middle, 0x0ff0, &inner);
	weir_buf_clear(&inner);
	weir_buf_clear(&body);
	put_wide(&body, "notes");
	atom(&inner, 0, 0x0fba, &body);
	container(&middle, 0x03f0, &inner);
	weir_buf_clear(&body);
	put_text(&body, "not text at all");
	atom(&middle, 0, 0x0fff, &body);
	packed(&middle, "embedded needle");
	container(out, 0x03e8, &middle);
	weir_buf_clear(&body);
	put_wide(&body, "last");
	atom(out, 0, 0x0fa0, &body);
	weir_buf_done(&body);
	weir_buf_done(&inner);
	weir_buf_done(&middle);
}

static void make(struct weir_buf *document, uint32_t token, struct weir_buf *file)
{
	struct weir_buf user = BUF;
	struct cfb_file f;

	put16(&user, 0);
	put16(&user, 0x0ff6);
	put32(&user, 20);
	put32(&user, 20);
	put32(&user, token);
	put_zeroes(&user, 12);
	cfb_init(&f);
	cfb_stream(&f, 0, "PowerPoint Document", document->data, document->len);
	cfb_stream(&f, 0, "Current User", user.data, user.len);
	cfb_make(&f, 9, file);
	cfb_done(&f);
	weir_buf_done(&user);
}

static void ppt__texts_notes_and_objects(void **state)
{
	struct got *g _cleanup_(got_freep) = got_new();
	struct weir_buf document = BUF, file = BUF;

	slides(&document);
	make(&document, 0xe391c05f, &file);
	assert_int_equal(unpack_memory(g, file.data, file.len), 0);
	assert_string_equal(g->type, "application/vnd.ms-powerpoint");
	assert_null(got_gapped(g, NULL));
	assert_string_equal(g->parts[0].text.data, "标题\n客户\n名单\ncafé\nnotes\nlast\n");
	assert_string_equal(got_find(g, "object", 0)->text.data, "embedded needle");
	assert_false(got_has(g, "not text"));
	same_in_pieces(&file, "embedded needle");
	cut_everywhere(&file, "last", 512);
	flip_everywhere(&file);
	weir_buf_done(&document);
	weir_buf_done(&file);
}

static void ppt__encrypted_is_unscannable(void **state)
{
	struct got *g _cleanup_(got_freep) = got_new();
	struct weir_buf document = BUF, file = BUF;

	slides(&document);
	make(&document, 0xf3d1c4df, &file);
	assert_int_equal(unpack_memory(g, file.data, file.len), 0);
	assert_int_equal(got_gapped(g, "encrypted")->status, WEIR_SCAN_UNSCANNABLE);
	assert_int_equal(g->parts_count, 0);
	weir_buf_done(&document);
	weir_buf_done(&file);
}

static void ppt__a_length_that_cannot_be_is_a_gap(void **state)
{
	struct got *g _cleanup_(got_freep) = got_new();
	struct weir_buf document = BUF, file = BUF;

	put16(&document, 0);
	put16(&document, 0x0fff);
	put32(&document, 0x7fffffff);
	put_text(&document, "behind: needle");
	make(&document, 0, &file);
	assert_int_equal(unpack_memory(g, file.data, file.len), 0);
	assert_int_equal(got_gapped(g, "damaged")->status, WEIR_SCAN_PARTIAL);
	assert_true(got_has(g, "behind: needle"));
	weir_buf_done(&document);
	weir_buf_done(&file);
}

static void ppt__containers_without_end_cost_nothing(void **state)
{
	struct got *g _cleanup_(got_freep) = got_new();
	struct weir_buf document = BUF, file = BUF;

	for (unsigned i = 0; i < 100000; i++)
		put(&document, "\x0f\0\xe8\3\xff\xff\xff\x7f", 8);
	make(&document, 0, &file);
	assert_int_equal(unpack_memory(g, file.data, file.len), 0);
	weir_buf_done(&document);
	weir_buf_done(&file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ppt__texts_notes_and_objects),
		cmocka_unit_test(ppt__encrypted_is_unscannable),
		cmocka_unit_test(ppt__a_length_that_cannot_be_is_a_gap),
		cmocka_unit_test(ppt__containers_without_end_cost_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
