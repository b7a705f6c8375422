/* SPDX-License-Identifier: Apache-2.0 */
#include <zlib.h>

#include "pack.h"

static void put32(struct weir_buf *b, uint32_t value)
{
	uint8_t bytes[4] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8),
			    (uint8_t)value};

	assert_int_equal(weir_buf_append(b, bytes, 4), 0);
}

static void chunk(struct weir_buf *b, const char *type, const void *data, size_t len)
{
	put32(b, (uint32_t)len);
	assert_int_equal(weir_buf_append(b, type, 4), 0);
	assert_int_equal(weir_buf_append(b, data, len), 0);
	put32(b, (uint32_t)crc32(crc32(0, (const Bytef *)type, 4), data, (uInt)len));
}

static struct weir_buf png(uint32_t width, uint32_t height)
{
	struct weir_buf b = WEIR_BUF_INIT(1 << 24), size = WEIR_BUF_INIT(64);

	put32(&size, width);
	put32(&size, height);
	assert_int_equal(weir_buf_append(&size, "\x08\x02\0\0\0", 5), 0);
	assert_int_equal(weir_buf_append(&b, "\x89PNG\r\n\x1a\n", 8), 0);
	chunk(&b, "IHDR", size.data, size.len);
	weir_buf_done(&size);
	return b;
}

static void packed_text(struct weir_buf *b, const char *type, const char *head, size_t head_len,
			const char *text)
{
	struct weir_buf data = WEIR_BUF_INIT(1 << 20);
	uint8_t packed[512];
	uLongf len = sizeof(packed);

	assert_int_equal(compress(packed, &len, (const Bytef *)text, strlen(text)), Z_OK);
	assert_int_equal(weir_buf_append(&data, head, head_len), 0);
	assert_int_equal(weir_buf_append(&data, packed, len), 0);
	chunk(b, type, data.data, data.len);
	weir_buf_done(&data);
}

static void image__png_texts(void **state)
{
	struct got *g _cleanup_(got_freep) = got_new();
	struct weir_buf b = png(800, 600);
	struct got_part *part;

	chunk(&b, "tEXt", "Comment\0plain words", 19);
	packed_text(&b, "zTXt", "Comment\0\0", 9, "packed words");
	packed_text(&b, "iTXt", "Comment\0\1\0zh\0\xe6\xb3\xa8\0", 17, "国际 words");
	chunk(&b, "iTXt", "Comment\0\0\0zh\0\0open words", 24);
	chunk(&b, "IDAT", "picture words", 13);
	chunk(&b, "IEND", "", 0);
	assert_int_equal(unpack_memory(g, b.data, b.len), 0);
	assert_string_equal(g->type, "image/png");
	part = got_find(g, "(properties)", WEIR_PART_BYTES);
	assert_non_null(part);
	assert_non_null(memmem(part->text.data, part->text.len, "plain words", 11));
	assert_non_null(memmem(part->text.data, part->text.len, "\npacked words\n", 14));
	assert_true(got_has(g, "\n国际 words\n"));
	assert_true(got_has(g, "open words"));
	assert_false(got_has(g, "picture words"));
	assert_non_null(got_gapped(g, "images are not read"));
	assert_int_equal(g->gaps[0].status, WEIR_SCAN_UNSCANNABLE);
	weir_buf_done(&b);
}

/* A sign of a few pixels holds no text: it would make every mail unreadable. */
static void image__small_ones_are_no_gap(void **state)
{
	struct got *g _cleanup_(got_freep) = got_new();
	struct weir_buf b = png(16, 16);

	chunk(&b, "IEND", "", 0);
	assert_int_equal(unpack_memory(g, b.data, b.len), 0);
	assert_int_equal(g->gaps_count, 0);
	weir_buf_done(&b);
	b = png(16, 600); /* a line of text on its side */
	assert_int_equal(unpack_memory(g, b.data, b.len), 0);
	assert_int_equal(g->gaps_count, 1);
	weir_buf_done(&b);
}

/* As one part of a mail, base64; big: with bytes behind it up to some KiB. */
static struct weir_buf mailed(const char *type, const struct weir_buf *data)
{
	static const char set[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	struct weir_buf b = WEIR_BUF_INIT(1 << 24);

	assert_int_equal(weir_buf_printf(&b,
					 "From: a@example.com\nMIME-Version: 1.0\nContent-Type: "
					 "multipart/mixed; boundary=x\n\n--x\nContent-Type: "
					 "text/plain\n\nhello\n--x\nContent-Type: %s\n"
					 "Content-Transfer-Encoding: base64\n\n",
					 type),
			 0);
	for (size_t i = 0; i + 3 <= data->len; i += 3) {
		const uint8_t *p = (const uint8_t *)data->data + i;
		char four[] = {set[p[0] >> 2], set[(p[0] & 3) << 4 | p[1] >> 4],
			       set[(p[1] & 15) << 2 | p[2] >> 6], set[p[2] & 63], '\n'};

		assert_int_equal(weir_buf_append(&b, four, i / 3 % 18 == 17 ? 5 : 4), 0);
	}
	assert_int_equal(weir_buf_append(&b, "\n--x--\n", 8), 0);
	return b;
}

static struct weir_buf picture(uint32_t side, size_t len)
{
	struct weir_buf b = png(side, side), data = WEIR_BUF_INIT(1 << 24);

	while (data.len < len)
		assert_int_equal(weir_buf_append(&data, "picture", 7), 0);
	chunk(&b, "IDAT", data.data, data.len);
	chunk(&b, "IEND", "", 0);
	weir_buf_done(&data);
	return b;
}

static void mail_with(struct got *g, const struct weir_buf *image)
{
	struct weir_buf mail = mailed("image/png", image);

	assert_int_equal(unpack_memory(g, mail.data, mail.len), 0);
	assert_string_equal(g->type, "message/rfc822");
	assert_true(got_has(g, "hello"));
	weir_buf_done(&mail);
}

static void in_mail(struct got *g, uint32_t side, size_t len)
{
	struct weir_buf image = picture(side, len);

	mail_with(g, &image);
	weir_buf_done(&image);
}

/* A logo does not make a mail one that was not read to its end, a scan of a page does; also one that packs
 * into few bytes, and one whose size nobody knows. */
static void image__in_a_document(void **state)
{
	static const struct {
		uint32_t width, height;
		unsigned gaps;
	} sizes[] = {{800, 199, 0}, {199, 800, 0}, {299, 300, 0}, {300, 300, 1},
		     {450, 200, 1}, {449, 200, 0}, {0, 0, 1}};
	struct got *g _cleanup_(got_freep) = got_new();
	struct weir_buf gif = WEIR_BUF_INIT(64);

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct weir_buf b = png(sizes[i].width, sizes[i].height);

		chunk(&b, "IEND", "", 0);
		mail_with(g, &b);
		assert_int_equal(g->gaps_count, sizes[i].gaps);
		weir_buf_done(&b);
	}
	in_mail(g, 60, 100000);
	assert_int_equal(g->gaps_count, 0);
	in_mail(g, 100, 15000);
	assert_int_equal(g->gaps_count, 0);
	in_mail(g, 100, 66000);
	assert_int_equal(g->gaps_count, 1);
	assert_string_equal(g->gaps[0].reason, "a picture was not read");
	assert_int_equal(g->gaps[0].status, WEIR_SCAN_PARTIAL);
	put(&gif, "GIF89a\xc8\0\x64\0\xf0\0\0!\xfe\5words\0;", 22);
	mail_with(g, &gif);
	assert_int_equal(g->gaps_count, 0);
	gif.data[7] = gif.data[9] = 2; /* 712 by 612 */
	mail_with(g, &gif);
	assert_int_equal(g->gaps_count, 1);
	weir_buf_done(&gif);
}

/* Four of the largest are logos, more are what somebody cut a page into. */
static void image__many_small_ones(void **state)
{
	struct got *g _cleanup_(got_freep) = got_new();
	struct weir_buf image = picture(100, 16000);
	struct make_zip_member members[6] = {
		{.name = "[Content_Types].xml", .data = "<Types/>", .len = 8}};

	for (unsigned n = 1; n < 6; n++) {
		struct weir_buf zip = WEIR_BUF_INIT(1 << 20), twice = WEIR_BUF_INIT(1 << 20);
		struct make_zip_member two[2] = {{.name = "a"}, {.name = "b"}};

		members[n] = (struct make_zip_member){
			.name = "word/media/a.png", .data = image.data, .len = image.len};
		make_zip(&zip, members, n + 1, NULL);
		assert_int_equal(unpack_memory(g, zip.data, zip.len), 0);
		assert_int_equal(g->gaps_count, n > 4);
		/* each document has its own */
		two[0].data = two[1].data = zip.data;
		two[0].len = two[1].len = zip.len;
		make_zip(&twice, two, 2, NULL);
		assert_int_equal(unpack_memory(g, twice.data, twice.len), 0);
		assert_int_equal(g->gaps_count, n > 4 ? 2 : 0);
		weir_buf_done(&zip);
		weir_buf_done(&twice);
	}
	weir_buf_done(&image);
}

/* A file in an archive is no part of a document; it is one when the archive turns out to be a document, also
 * when that lies in an archive, and with a layer in between. */
static void image__in_an_archive(void **state)
{
	struct got *g _cleanup_(got_freep) = got_new();
	struct weir_buf image = picture(150, 100), gz = WEIR_BUF_INIT(1 << 20);
	struct make_file file = {.name = "raw", .data = image.data, .len = image.len};

	make_archive(&gz, "raw", "gzip", &file, 1);
	for (unsigned form = 0; form < 8; form++) {
		const struct weir_buf *data = form & 1 ? &gz : &image;
		struct weir_buf zip = WEIR_BUF_INIT(1 << 20), outer = WEIR_BUF_INIT(1 << 20);
		struct make_zip_member members[] = {
			{.name = "scan", .data = data->data, .len = data->len},
			{.name = "[Content_Types].xml", .data = "<Types/>", .len = 8}};

		make_zip(&zip, members, form & 2 ? 2 : 1, NULL);
		make_zip_of(&outer, "inner", zip.data, zip.len);
		if (form & 4)
			assert_int_equal(unpack_memory(g, outer.data, outer.len), 0);
		else
			assert_int_equal(unpack_memory(g, zip.data, zip.len), 0);
		assert_int_equal(g->gaps_count, form & 2 ? 0 : 1);
		assert_true(form & 2 || g->gaps[0].status == WEIR_SCAN_UNSCANNABLE);
		weir_buf_done(&zip);
		weir_buf_done(&outer);
	}
	weir_buf_done(&image);
	weir_buf_done(&gz);
}

static void image__jpeg_segments(void **state)
{
	static const uint8_t jpeg[] = "\xff\xd8\xff\xe0\0\x06JFIF"
				      "\xff\xe1\0\x14"
				      "Exif\0\0camera owner"
				      "\xff\xfe\0\x0d"
				      "the comment"
				      "\xff\xc0\0\x0b\x08\0\x20\0\x20\x01\x01\x11\0"
				      "\xff\xda\0\x02picture words";
	struct got *g _cleanup_(got_freep) = got_new();
	struct got_part *part;

	assert_int_equal(unpack_memory(g, jpeg, sizeof(jpeg) - 1), 0);
	part = got_find(g, "(properties)", WEIR_PART_BYTES);
	assert_non_null(part);
	assert_memory_equal(part->text.data, "Exif\0\0camera owner\nthe comment\n", 31);
	assert_int_equal(part->text.len, 31);
	assert_int_equal(g->gaps_count, 0); /* 32 by 32 */
}

static void image__others_by_their_bytes(void **state)
{
	struct got *g _cleanup_(got_freep) = got_new();

	assert_int_equal(unpack_memory(g, "GIF89a\x40\1\xf0\0\0\0\0!\xfe\5words\0;", 22), 0);
	assert_true(got_find(g, "", WEIR_PART_BYTES) != NULL);
	assert_non_null(got_gapped(g, "images are not read"));
}

static void image__every_cut_and_flip(void **state)
{
	struct got *g _cleanup_(got_freep) = got_new();
	struct weir_buf b = png(800, 600);

	chunk(&b, "tEXt", "Comment\0plain words", 19);
	packed_text(&b, "zTXt", "Comment\0\0", 9, "packed words");
	packed_text(&b, "iTXt", "Comment\0\1\0zh\0\xe6\xb3\xa8\0", 17, "words");
	chunk(&b, "IEND", "", 0);
	for (size_t i = 8; i < b.len; i++) {
		char kept = b.data[i], *copy = malloc(i);

		assert_non_null(copy);
		memcpy(copy, b.data, i);
		assert_int_equal(unpack_memory(g, copy, i), 0);
		free(copy);
		b.data[i] = (char)(kept ^ (1 << i % 8));
		assert_int_equal(unpack_memory(g, b.data, b.len), 0);
		b.data[i] = kept;
	}
	weir_buf_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(image__png_texts),
		cmocka_unit_test(image__small_ones_are_no_gap),
		cmocka_unit_test(image__in_a_document),
		cmocka_unit_test(image__many_small_ones),
		cmocka_unit_test(image__in_an_archive),
		cmocka_unit_test(image__jpeg_segments),
		cmocka_unit_test(image__others_by_their_bytes),
		cmocka_unit_test(image__every_cut_and_flip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
