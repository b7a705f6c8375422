/* SPDX-License-Identifier: Apache-2.0 */
#include "zip.h"

#include "core.h"
#include "pack.h"

struct fixture {
	struct got *g;
	struct weir_buf b;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->g = got_new();
	f->b = WEIR_BUF_INIT(MAKE_MAX);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	got_free(f->g);
	weir_buf_done(&f->b);
	free(f);
	return 0;
}

static void assert_text(struct got *g, const char *path, const void *data, size_t len)
{
	struct got_part *p = got_find(g, path, WEIR_PART_BYTES);

	assert_non_null(p);
	assert_int_equal(p->text.len, len);
	assert_memory_equal(p->text.data, data, len);
}

/* However the bytes come. */
static void zip__members_and_names(void **state)
{
	struct fixture *f = *state;
	static const size_t cuts[] = {0, 1, 7, 4096, 65536};
	char *text _cleanup_(freep) = make_text(300000);
	struct make_zip_member members[] = {
		{.name = "a/deflated.txt", .data = text, .len = 300000, .method = 8},
		{.name = "a/", .data = "", .len = 0},
		{.name = "stored.txt", .data = text, .len = 70000, .comment = "said of a member"},
		{.name = "empty", .data = "", .len = 0, .method = 8},
	};

	make_zip(&f->b, members, ARRAY_SIZE(members), "said of the archive");
	for (size_t i = 0; i < ARRAY_SIZE(cuts) * 2; i++) {
		assert_int_equal(
			unpack_with(f->g, f->b.data, f->b.len, NULL, NULL, cuts[i / 2], i % 2), 0);
		assert_string_equal(f->g->type, "application/zip");
		assert_int_equal(f->g->gaps_count, 0);
		assert_text(f->g, "a/deflated.txt", text, 300000);
		assert_text(f->g, "stored.txt", text, 70000);
		assert_string_equal(got_find(f->g, "names", WEIR_PART_TEXT)->text.data,
				    "a/deflated.txt\na/\nstored.txt\nsaid of a member\nempty\n"
				    "said of the archive\n");
		assert_int_equal(got_find(f->g, "stored.txt", 0)->depth, 1);
	}
	unpack_memory(f->g, f->b.data, f->b.len);
	assert_text(f->g, "a/deflated.txt", text, 300000);
}

static void zip__nested(void **state)
{
	struct fixture *f = *state;
	struct weir_buf inner _cleanup_(weir_buf_done) = WEIR_BUF_INIT(MAKE_MAX);
	struct make_zip_member outer = {.name = "b.zip"};

	make_zip_of(&inner, "c.txt", "inside\n", 7);
	outer.data = inner.data;
	outer.len = inner.len;
	for (unsigned method = 0; method <= 8; method += 8) {
		weir_buf_clear(&f->b);
		outer.method = (uint16_t)method;
		make_zip(&f->b, &outer, 1, NULL);
		unpack_memory(f->g, f->b.data, f->b.len);
		assert_text(f->g, "b.zip/c.txt", "inside\n", 7);
		assert_int_equal(got_find(f->g, "b.zip/c.txt", 0)->depth, 2);
		assert_int_equal(f->g->gaps_count, 0);
	}
}

static void zip__names_in_their_encodings(void **state)
{
	struct fixture *f = *state;
	struct make_zip_member members[] = {
		{.name = "\xe5\xae\xa2\xe6\x88\xb7.txt", .flags = 0x800, .data = "1", .len = 1},
		/* the same in GB18030, and not said to be so */
		{.name = "\xbf\xcd\xbb\xa7\xc3\xfb\xb5\xa5.txt", .data = "2", .len = 1},
	};

	make_zip(&f->b, members, ARRAY_SIZE(members), NULL);
	unpack_memory(f->g, f->b.data, f->b.len);
	assert_non_null(got_find(f->g, "\xe5\xae\xa2\xe6\x88\xb7.txt", 0));
	assert_non_null(got_find(f->g, "\xe5\xae\xa2\xe6\x88\xb7\xe5\x90\x8d\xe5\x8d\x95.txt", 0));
}

/* Behind a program, a picture, a script: still an archive for those who open it as one. */
static void zip__behind_something_else(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		const char *type;
	} before[] = {
		{"MZ\x90\0\3\0\0\0\4\0\0\0\xff\xff\0\0", 16, "application/x-msdos-program"},
		{"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\1\0\1", 16, "image/jpeg"},
		{"\x7f"
		 "ELF\2\1\1\0\0\0\0\0\0\0\0\0",
		 16, "application/x-elf"},
		{"#!/bin/sh\nexit", 14, "text/plain"},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(before); i++) {
		weir_buf_clear(&f->b);
		for (size_t n = 0; n < 300; n++)
			put(&f->b, before[i].bytes, before[i].len);
		make_zip_of(&f->b, "c.txt", "inside the archive\n", 19);
		/* enough that is not text for a script to be told from one */
		unpack_memory(f->g, f->b.data, f->b.len);
		assert_string_equal(f->g->type, before[i].type);
		if (i < 3)
			assert_text(f->g, "c.txt", "inside the archive\n", 19);
		else
			assert_true(got_gapped(f->g, "binary data inside text") != NULL ||
				    got_find(f->g, "c.txt", 0) == NULL);
	}
}

static void zip__both_names(void **state)
{
	struct fixture *f = *state;
	struct make_zip_member m = {
		.name = "shown.txt", .local_name = "other.txt", .data = "text\n", .len = 5};

	make_zip(&f->b, &m, 1, NULL);
	unpack_memory(f->g, f->b.data, f->b.len);
	assert_string_equal(got_find(f->g, "names", 0)->text.data, "shown.txt\nother.txt\n");
	assert_text(f->g, "shown.txt", "text\n", 5);
	assert_string_equal(got_gapped(f->g, "contradict")->path, "shown.txt");
	assert_int_equal(got_gapped(f->g, "contradict")->status, WEIR_SCAN_PARTIAL);
	assert_int_equal(f->g->gaps_count, 1);
}

static void zip__two_of_one_name(void **state)
{
	struct fixture *f = *state;
	struct make_zip_member members[] = {{.name = "a.txt", .data = "first\n", .len = 6},
					    {.name = "a.txt", .data = "second\n", .len = 7}};

	make_zip(&f->b, members, 2, NULL);
	unpack_memory(f->g, f->b.data, f->b.len);
	assert_true(got_has(f->g, "first"));
	assert_true(got_has(f->g, "second"));
}

/* A thousand members that are all the same bytes. */
static void zip__overlapping_members(void **state)
{
	struct fixture *f = *state;
	char *text _cleanup_(freep) = make_text(1000000);
	struct make_zip_member members[1000] = {
		{.name = "a.txt", .data = text, .len = 1000000, .method = 8}};

	for (size_t i = 1; i < ARRAY_SIZE(members); i++)
		members[i] = (struct make_zip_member){
			.name = "again.txt", .method = 8, .same = &members[0]};
	make_zip(&f->b, members, ARRAY_SIZE(members), NULL);
	f->g->forget = true;
	unpack_memory(f->g, f->b.data, f->b.len);
	assert_non_null(got_gapped(f->g, "overlap"));
	assert_true(f->g->bytes < 1100000);
	assert_true(f->g->bytes >= 1000000);
}

/* Left out of the directory, but there for who reads from the front. */
static void zip__hidden_members(void **state)
{
	struct fixture *f = *state;
	struct make_zip_member members[] = {
		{.name = "a.txt", .data = "shown\n", .len = 6},
		{.name = "b.txt", .data = "not in the list\n", .len = 16, .hidden = true},
		{.name = "c.txt", .data = "shown too\n", .len = 10},
		{.name = "d.txt", .data = "at the end\n", .len = 11, .method = 8, .hidden = true},
	};

	make_zip(&f->b, members, ARRAY_SIZE(members), NULL);
	put(&f->b, "text that stands behind the whole archive\n", 42);
	unpack_memory(f->g, f->b.data, f->b.len);
	assert_true(got_has(f->g, "shown too"));
	assert_true(got_has(f->g, "not in the list"));
	assert_true(got_has(f->g, "at the end"));
	assert_true(got_has(f->g, "behind the whole archive"));
}

static void zip__damaged_member(void **state)
{
	struct fixture *f = *state;
	char *text _cleanup_(freep) = make_text(100000);
	struct make_zip_member members[] = {
		{.name = "wrong", .data = text, .len = 100000, .method = 8, .crc_error = 1},
		{.name = "right", .data = text, .len = 100000, .method = 8},
		{.name = "stored", .data = text, .len = 100000, .crc_error = 1},
	};

	make_zip(&f->b, members, ARRAY_SIZE(members), NULL);
	unpack_memory(f->g, f->b.data, f->b.len);
	assert_text(f->g, "wrong", text, 100000);
	assert_text(f->g, "right", text, 100000);
	assert_text(f->g, "stored", text, 100000);
	assert_int_equal(f->g->gaps_count, 2);
	assert_string_equal(f->g->gaps[0].path, "wrong");
	assert_int_equal(f->g->gaps[0].status, WEIR_SCAN_PARTIAL);
	assert_string_equal(f->g->gaps[1].path, "stored");
	/* in the middle of the deflated data */
	f->b.data[members[1].at + 30 + 5 + members[1].packed / 2] ^= 0x55;
	unpack_memory(f->g, f->b.data, f->b.len);
	assert_int_equal(f->g->gaps_count, 3);
	assert_true(got_find(f->g, "right", 0)->text.len > 10000);
}

static void zip__cannot_be_opened(void **state)
{
	struct fixture *f = *state;
	struct make_zip_member members[] = {
		{.name = "old", .data = "xxxxxxxxxxxxx", .len = 13, .flags = 1, .method = 8},
		{.name = "aes", .data = "xxxxxxxxxxxxx", .len = 13, .flags = 1, .method = 99},
		{.name = "strong", .data = "xxxxxxxxxxxxx", .len = 13, .flags = 0x41, .method = 8},
		{.name = "shrunk", .data = "xxxxxxxxxxxxx", .len = 13, .method = 1},
		{.name = "rest", .data = "readable", .len = 8},
	};

	make_zip(&f->b, members, ARRAY_SIZE(members), NULL);
	unpack_memory(f->g, f->b.data, f->b.len);
	assert_int_equal(f->g->gaps_count, 4);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(f->g->gaps[i].status, WEIR_SCAN_UNSCANNABLE);
		assert_string_equal(f->g->gaps[i].path, members[i].name);
		assert_string_equal(f->g->gaps[i].reason,
				    i < 3 ? "encrypted"
					  : "packed by a method that is not supported");
	}
	assert_text(f->g, "rest", "readable", 8);
}

static void zip__64_bit(void **state)
{
	struct fixture *f = *state;
	struct make_zip_member members[] = {
		{.name = "a.txt", .data = "sixty-four\n", .len = 11, .method = 8, .zip64 = true},
		{.name = "b.txt", .data = "thirty-two\n", .len = 11},
	};

	for (int prefix = 0; prefix < 2; prefix++) {
		weir_buf_clear(&f->b);
		if (prefix)
			for (int i = 0; i < 40; i++)
				put(&f->b, "MZ\x90\0\3\0\0\0", 8);
		make_zip(&f->b, members, 2, NULL);
		unpack_memory(f->g, f->b.data, f->b.len);
		assert_text(f->g, "a.txt", "sixty-four\n", 11);
		assert_text(f->g, "b.txt", "thirty-two\n", 11);
	}
}

static void zip__without_directory(void **state)
{
	struct fixture *f = *state;
	char *text _cleanup_(freep) = make_text(50000);
	struct make_zip_member members[] = {
		{.name = "a.txt", .data = text, .len = 50000, .method = 8},
		{.name = "b.txt", .data = "cut off", .len = 7},
	};

	make_zip(&f->b, members, 2, NULL);
	unpack_memory(f->g, f->b.data, members[1].at + 40);
	assert_text(f->g, "a.txt", text, 50000);
	assert_true(got_has(f->g, "cut o"));
	assert_non_null(got_gapped(f->g, "no directory"));
}

/* The directory and the header before the data say different things. */
static void zip__contradicting_methods(void **state)
{
	struct fixture *f = *state;
	struct make_zip_member m = {
		.name = "a.txt", .data = "as it lies\n", .len = 11, .local_method = 8};

	make_zip(&f->b, &m, 1, NULL);
	unpack_memory(f->g, f->b.data, f->b.len);
	assert_non_null(got_gapped(f->g, "contradict"));
	assert_true(got_has(f->g, "as it lies"));
}

static ssize_t nothing_read(void *context, void *data, size_t len, uint64_t offset)
{
	return 0;
}

static void zip__find_and_read(void **state)
{
	struct fixture *f = *state;
	struct weir_unpack_request request = {.file = -1};
	struct weir_unpack_sink sink = {.context = f->g,
					.begin = got_begin,
					.text = got_text,
					.end = got_end,
					.gap = got_gap,
					.tick = got_tick};
	struct weir_frame frame = {.type = "application/zip", .names = WEIR_BUF_INIT(PIECE)};
	struct weir_unpack u = {.sink = &sink,
				.request = &request,
				.frame = &frame,
				.limits = {1 << 20, 1 << 20, 100, 200, 16}};
	struct weir_zip *zip _cleanup_(weir_zip_freep) = NULL;
	uint8_t *data _cleanup_(freep) = NULL;
	struct weir_memory memory;
	struct weir_bytes bytes, none = {.read_at = nothing_read};
	struct make_zip_member members[] = {
		{.name = "word/document.xml", .data = "<a/>", .len = 4, .method = 8},
		{.name = "Word/Styles.xml", .data = "<b/>", .len = 4},
		{.name = "word/document.xm", .data = "", .len = 0},
	};
	size_t len;

	assert_int_equal(weir_zip_open(&u, &none, &zip), -EBADMSG);
	make_zip(&f->b, members, ARRAY_SIZE(members), NULL);
	memory = (struct weir_memory){(uint8_t *)f->b.data, f->b.len};
	bytes = weir_bytes_of(&memory);
	assert_int_equal(weir_zip_open(&u, &bytes, &zip), 0);
	assert_int_equal(weir_zip_count(zip), 3);
	assert_int_equal(weir_zip_find(zip, "/word/document.xml"), 0);
	assert_int_equal(weir_zip_find(zip, "word/styles.xml"), 1);
	assert_int_equal(weir_zip_find(zip, "word/document.xm"), 2);
	assert_int_equal(weir_zip_find(zip, "word"), -ENOENT);
	assert_int_equal(weir_zip_find(zip, "zzz"), -ENOENT);
	assert_int_equal(weir_zip_read_all(zip, 0, 4, &data, &len), 0);
	assert_int_equal(len, 4);
	assert_memory_equal(data, "<a/>\0\0\0", 8);
	assert_int_equal(weir_zip_read_all(zip, 1, 3, &data, &len), -EFBIG);
	assert_int_equal(u.unpacked, 8);
	weir_buf_done(&frame.names);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(zip__members_and_names),
		TEST(zip__nested),
		TEST(zip__names_in_their_encodings),
		TEST(zip__behind_something_else),
		TEST(zip__both_names),
		TEST(zip__two_of_one_name),
		TEST(zip__overlapping_members),
		TEST(zip__hidden_members),
		TEST(zip__damaged_member),
		TEST(zip__cannot_be_opened),
		TEST(zip__64_bit),
		TEST(zip__without_directory),
		TEST(zip__contradicting_methods),
		TEST(zip__find_and_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
