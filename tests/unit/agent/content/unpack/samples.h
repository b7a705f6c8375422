/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_TEST_UNPACK_SAMPLES_H
#define WEIR_TEST_UNPACK_SAMPLES_H

/* One small container of each kind, all with the same two texts in them. */

#include "pack.h"

#define SAMPLE_NAME "notes.txt"
#define SAMPLE_WIDE "\xe5\xae\xa2\xe6\x88\xb7.csv"
#define SAMPLE_TEXT "the quick brown fox reads a list of customers\n"
#define SAMPLE_LONG 9000

struct sample {
	const char *name, *type;
	void (*make)(struct weir_buf *b, const struct sample *sample);
	const char *format, *filter; /* libarchive's */
	unsigned method;
	bool endless;	 /* nothing in it says where it ends */
	bool single;	 /* one text alone: the long one */
	bool ascii_name; /* only SAMPLE_NAME and "list.csv" are in it */
};

static inline void sample_archive(struct weir_buf *b, const struct sample *s)
{
	char *text _cleanup_(freep) = make_text(SAMPLE_LONG);
	struct make_file files[] = {
		{.name = SAMPLE_NAME, .data = SAMPLE_TEXT, .len = strlen(SAMPLE_TEXT)},
		{.name = s->ascii_name ? "list.csv" : SAMPLE_WIDE,
		 .data = text,
		 .len = SAMPLE_LONG},
	};

	make_archive(b, s->format, s->filter, s->single ? &files[1] : files, s->single ? 1 : 2);
}

static inline void sample_zip(struct weir_buf *b, const struct sample *s)
{
	char *text _cleanup_(freep) = make_text(SAMPLE_LONG);
	struct make_zip_member members[] = {
		{.name = SAMPLE_NAME, .data = SAMPLE_TEXT, .len = strlen(SAMPLE_TEXT)},
		{.name = SAMPLE_WIDE, .data = text, .len = SAMPLE_LONG},
	};

	members[0].method = members[1].method = (uint16_t)s->method;
	make_zip(b, members, 2, "comment");
}

static inline void sample_gzip(struct weir_buf *b, const struct sample *s)
{
	char *text _cleanup_(freep) = make_text(SAMPLE_LONG);

	put(b, "\x1f\x8b\x08\x18\0\0\0\0\0\x03", 10);
	put(b, SAMPLE_WIDE, sizeof(SAMPLE_WIDE));
	put(b, "comment", 8);
	deflate_raw(text, SAMPLE_LONG, b);
	put_le(b, crc32(0, (const Bytef *)text, SAMPLE_LONG), 4);
	put_le(b, SAMPLE_LONG, 4);
}

static inline void rar4_block(struct weir_buf *b, uint8_t type, unsigned flags, const void *data,
			      size_t len)
{
	struct weir_buf head _cleanup_(weir_buf_done) = WEIR_BUF_INIT(1024);

	put(&head, &type, 1);
	put_le(&head, flags, 2);
	put_le(&head, len + 7, 2);
	if (len > 0)
		put(&head, data, len);
	put_le(b, crc32(0, (const Bytef *)head.data, (uInt)head.len) & 0xffff, 2);
	put(b, head.data, head.len);
}

static inline void rar4_file(struct weir_buf *b, const char *name, const void *data, size_t len)
{
	struct weir_buf head _cleanup_(weir_buf_done) = WEIR_BUF_INIT(1024);

	put_le(&head, len, 4);
	put_le(&head, len, 4);
	put_le(&head, 3, 1);
	put_le(&head, crc32(0, data, (uInt)len), 4);
	put_le(&head, 0, 4);
	put_le(&head, 20, 1);
	put_le(&head, 0x30, 1);
	put_le(&head, strlen(name), 2);
	put_le(&head, 0100644, 4);
	put(&head, name, strlen(name));
	rar4_block(b, 0x74, 0x8000, head.data, head.len);
	put(b, data, len);
}

static inline void sample_rar4(struct weir_buf *b, const struct sample *s)
{
	char *text _cleanup_(freep) = make_text(SAMPLE_LONG);

	put(b, "Rar!\x1a\x07\0", 7);
	rar4_block(b, 0x73, 0, "\0\0\0\0\0\0", 6);
	rar4_file(b, SAMPLE_NAME, SAMPLE_TEXT, strlen(SAMPLE_TEXT));
	rar4_file(b, "list.csv", text, SAMPLE_LONG);
	rar4_block(b, 0x7b, 0x4000, NULL, 0);
}

static inline void put_vint(struct weir_buf *b, uint64_t n)
{
	for (; n >= 0x80; n >>= 7)
		put_le(b, (n & 0x7f) | 0x80, 1);
	put_le(b, n, 1);
}

static inline void rar5_block(struct weir_buf *b, const struct weir_buf *body)
{
	struct weir_buf head _cleanup_(weir_buf_done) = WEIR_BUF_INIT(1024);

	put_vint(&head, body->len);
	put(&head, body->data, body->len);
	put_le(b, crc32(0, (const Bytef *)head.data, (uInt)head.len), 4);
	put(b, head.data, head.len);
}

static inline void rar5_file(struct weir_buf *b, const char *name, const void *data, size_t len)
{
	struct weir_buf body _cleanup_(weir_buf_done) = WEIR_BUF_INIT(1024);

	put_vint(&body, 2);
	put_vint(&body, 2);
	put_vint(&body, len);
	put_vint(&body, 4);
	put_vint(&body, len);
	put_vint(&body, 0644);
	put_le(&body, crc32(0, data, (uInt)len), 4);
	put_vint(&body, 0);
	put_vint(&body, 1);
	put_vint(&body, strlen(name));
	put(&body, name, strlen(name));
	rar5_block(b, &body);
	put(b, data, len);
}

static inline void sample_rar5(struct weir_buf *b, const struct sample *s)
{
	char *text _cleanup_(freep) = make_text(SAMPLE_LONG);
	struct weir_buf body _cleanup_(weir_buf_done) = WEIR_BUF_INIT(1024);

	put(b, "Rar!\x1a\x07\1\0", 8);
	put(&body, "\1\0\0", 3);
	rar5_block(b, &body);
	rar5_file(b, SAMPLE_NAME, SAMPLE_TEXT, strlen(SAMPLE_TEXT));
	rar5_file(b, SAMPLE_WIDE, text, SAMPLE_LONG);
	weir_buf_clear(&body);
	put(&body, "\5\0\0", 3);
	rar5_block(b, &body);
}

static inline void cab_file(struct weir_buf *b, const char *name, size_t len, size_t offset)
{
	put_le(b, len, 4);
	put_le(b, offset, 4);
	put_le(b, 0, 2);
	put_le(b, 0x5821, 2);
	put_le(b, 0, 2);
	put_le(b, 0x20, 2);
	put(b, name, strlen(name) + 1);
}

static inline void sample_cab(struct weir_buf *b, const struct sample *s)
{
	struct weir_buf plain _cleanup_(weir_buf_done) = WEIR_BUF_INIT(MAKE_MAX);
	struct weir_buf packed _cleanup_(weir_buf_done) = WEIR_BUF_INIT(MAKE_MAX);
	char *text _cleanup_(freep) = make_text(SAMPLE_LONG);
	size_t first = strlen(SAMPLE_TEXT), all = first + SAMPLE_LONG;
	size_t files = 36 + 8, data = files + 2 * 16 + sizeof(SAMPLE_NAME) + sizeof("list.csv");

	put(b, "MSCF", 4);
	put_le(b, 0, 4);
	put_le(b, data + 8 + all, 4);
	put_le(b, 0, 4);
	put_le(b, files, 4);
	put_le(b, 0, 4);
	put_le(b, 0x0103, 2);
	put_le(b, 1, 2);
	put_le(b, 2, 2);
	put_le(b, 0, 6);
	put_le(b, data, 4);
	put_le(b, 1, 2);
	put_le(b, s->method, 2);
	cab_file(b, SAMPLE_NAME, first, 0);
	cab_file(b, "list.csv", SAMPLE_LONG, first);
	put(&plain, SAMPLE_TEXT, first);
	put(&plain, text, SAMPLE_LONG);
	if (s->method == 1) {
		put(&packed, "CK", 2);
		deflate_raw(plain.data, plain.len, &packed);
	} else {
		put(&packed, plain.data, plain.len);
	}
	put_le(b, 0, 4);
	put_le(b, packed.len, 2);
	put_le(b, all, 2);
	put(b, packed.data, packed.len);
}

/* A lead, two empty headers, a cpio packed by gzip. */
static inline void sample_rpm(struct weir_buf *b, const struct sample *s)
{
	struct weir_buf cpio _cleanup_(weir_buf_done) = WEIR_BUF_INIT(MAKE_MAX);
	static const struct sample inner = {.format = "newc", .filter = "gzip", .ascii_name = true};

	put(b, "\xed\xab\xee\xdb\3\0\0\0\0\1", 10);
	put(b, "name-1-1", 9);
	while (b->len < 96)
		put(b, b->len == 79 ? "\5" : "\0", 1);
	for (int i = 0; i < 2; i++)
		put(b, "\x8e\xad\xe8\1\0\0\0\0\0\0\0\0\0\0\0\0", 16);
	sample_archive(&cpio, &inner);
	put(b, cpio.data, cpio.len);
}

static const struct sample samples[] = {
	{.name = "zip", .type = "application/zip", .make = sample_zip, .method = 8},
	{.name = "zip-stored", .type = "application/zip", .make = sample_zip, .method = 0},
	{.name = "gzip", .type = "application/gzip", .make = sample_gzip, .single = true},
	{.name = "bzip2",
	 .type = "application/x-bzip2",
	 .make = sample_archive,
	 .format = "raw",
	 .filter = "bzip2",
	 .single = true},
	{.name = "xz",
	 .type = "application/x-xz",
	 .make = sample_archive,
	 .format = "raw",
	 .filter = "xz",
	 .single = true},
	{.name = "lzma",
	 .type = "application/x-lzma",
	 .make = sample_archive,
	 .format = "raw",
	 .filter = "lzma",
	 .single = true},
	{.name = "lzip",
	 .type = "application/x-lzip",
	 .make = sample_archive,
	 .format = "raw",
	 .filter = "lzip",
	 .single = true},
	{.name = "zstd",
	 .type = "application/zstd",
	 .make = sample_archive,
	 .format = "raw",
	 .filter = "zstd",
	 .single = true},
	{.name = "lz4",
	 .type = "application/x-lz4",
	 .make = sample_archive,
	 .format = "raw",
	 .filter = "lz4",
	 .single = true},
	{.name = "compress",
	 .type = "application/x-compress",
	 .make = sample_archive,
	 .format = "raw",
	 .filter = "compress",
	 .single = true,
	 .endless = true},
	{.name = "tar", .type = "application/x-tar", .make = sample_archive, .format = "pax"},
	{.name = "tar-ustar",
	 .type = "application/x-tar",
	 .make = sample_archive,
	 .format = "ustar",
	 .ascii_name = true},
	{.name = "tar-v7",
	 .type = "application/x-tar",
	 .make = sample_archive,
	 .format = "v7tar",
	 .ascii_name = true},
	{.name = "tar-gnu",
	 .type = "application/x-tar",
	 .make = sample_archive,
	 .format = "gnutar"},
	{.name = "tar.gz",
	 .type = "application/gzip",
	 .make = sample_archive,
	 .format = "pax",
	 .filter = "gzip"},
	{.name = "tar.xz",
	 .type = "application/x-xz",
	 .make = sample_archive,
	 .format = "pax",
	 .filter = "xz"},
	{.name = "cpio", .type = "application/x-cpio", .make = sample_archive, .format = "newc"},
	{.name = "cpio-odc",
	 .type = "application/x-cpio",
	 .make = sample_archive,
	 .format = "odc",
	 .ascii_name = true},
	{.name = "cpio-bin",
	 .type = "application/x-cpio",
	 .make = sample_archive,
	 .format = "bin",
	 .ascii_name = true},
	{.name = "ar",
	 .type = "application/x-archive",
	 .make = sample_archive,
	 .format = "arbsd",
	 .ascii_name = true},
	{.name = "7z", .type = "application/x-7z", .make = sample_archive, .format = "7zip"},
	{.name = "iso",
	 .type = "application/x-iso9660",
	 .make = sample_archive,
	 .format = "iso9660",
	 .ascii_name = true},
	{.name = "xar",
	 .type = "application/x-xar",
	 .make = sample_archive,
	 .format = "xar",
	 .ascii_name = true},
	{.name = "rar4", .type = "application/vnd.rar", .make = sample_rar4, .ascii_name = true},
	{.name = "rar5", .type = "application/vnd.rar", .make = sample_rar5},
	{.name = "cab-mszip",
	 .type = "application/vnd.ms-cab",
	 .make = sample_cab,
	 .method = 1,
	 .ascii_name = true},
	{.name = "cab", .type = "application/vnd.ms-cab", .make = sample_cab, .ascii_name = true},
	{.name = "rpm", .type = "application/x-rpm", .make = sample_rpm, .ascii_name = true},
};

#endif
