/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_TEST_UNPACK_PACK_H
#define WEIR_TEST_UNPACK_PACK_H

/* Containers made in memory: zip by hand, so that every field can lie, the others by libarchive. */

#include <archive.h>
#include <archive_entry.h>
#include <zlib.h>

#include "helper.h"

#define MAKE_MAX (64u << 20)

static inline void put(struct weir_buf *b, const void *data, size_t len)
{
	assert_int_equal(weir_buf_append(b, data, len), 0);
}

static inline void put_le(struct weir_buf *b, uint64_t n, unsigned bytes)
{
	while (bytes-- > 0) {
		uint8_t c = (uint8_t)n;

		put(b, &c, 1);
		n >>= 8;
	}
}

/* One member; what is 0 is as it should be. */
struct make_zip_member {
	const char *name, *local_name, *comment;
	const void *data;
	size_t len;
	uint16_t method, flags, local_method;
	uint32_t crc_error;
	const struct make_zip_member *same; /* no bytes of its own: those of that one */
	bool hidden;			    /* not in the directory */
	bool zip64;
	uint64_t at, packed; /* filled in */
	uint32_t crc;
};

static inline void deflate_raw(const void *data, size_t len, struct weir_buf *out)
{
	z_stream z = {0};
	uint8_t piece[65536];
	int r;

	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_in = (Bytef *)(uintptr_t)data;
	z.avail_in = (uInt)len;
	do {
		z.next_out = piece;
		z.avail_out = sizeof(piece);
		r = deflate(&z, Z_FINISH);
		put(out, piece, sizeof(piece) - z.avail_out);
	} while (r == Z_OK);
	assert_int_equal(r, Z_STREAM_END);
	deflateEnd(&z);
}

static inline void make_zip_local(struct weir_buf *b, struct make_zip_member *m, size_t start)
{
	const char *name = m->local_name ? m->local_name : m->name;
	struct weir_buf packed _cleanup_(weir_buf_done) = WEIR_BUF_INIT(MAKE_MAX);

	if (m->method == 8)
		deflate_raw(m->data, m->len, &packed);
	else if (m->len > 0)
		put(&packed, m->data, m->len);
	m->at = b->len - start;
	m->packed = packed.len;
	m->crc = (uint32_t)crc32(0, m->data, (uInt)m->len) ^ m->crc_error;
	put_le(b, 0x04034b50, 4);
	put_le(b, 20, 2);
	put_le(b, m->flags, 2);
	put_le(b, m->local_method ? m->local_method : m->method, 2);
	put_le(b, 0, 4);
	put_le(b, m->crc, 4);
	put_le(b, m->packed, 4);
	put_le(b, m->len, 4);
	put_le(b, strlen(name), 2);
	put_le(b, 0, 2);
	put(b, name, strlen(name));
	if (packed.len > 0)
		put(b, packed.data, packed.len);
}

static inline void make_zip_central(struct weir_buf *b, const struct make_zip_member *m)
{
	const struct make_zip_member *from = m->same ? m->same : m;
	size_t comment = m->comment ? strlen(m->comment) : 0;

	put_le(b, 0x02014b50, 4);
	put_le(b, 20, 2);
	put_le(b, 20, 2);
	put_le(b, m->flags, 2);
	put_le(b, m->method, 2);
	put_le(b, 0, 4);
	put_le(b, from->crc, 4);
	put_le(b, m->zip64 ? UINT32_MAX : from->packed, 4);
	put_le(b, m->zip64 ? UINT32_MAX : from->len, 4);
	put_le(b, strlen(m->name), 2);
	put_le(b, m->zip64 ? 28 : 0, 2);
	put_le(b, comment, 2);
	put_le(b, 0, 8);
	put_le(b, m->zip64 ? UINT32_MAX : from->at, 4);
	put(b, m->name, strlen(m->name));
	if (m->zip64) {
		put_le(b, 1, 2);
		put_le(b, 24, 2);
		put_le(b, from->len, 8);
		put_le(b, from->packed, 8);
		put_le(b, from->at, 8);
	}
	if (comment > 0)
		put(b, m->comment, comment);
}

static inline void make_zip_end64(struct weir_buf *b, size_t count, size_t directory, size_t len,
				  size_t at)
{
	put_le(b, 0x06064b50, 4);
	put_le(b, 44, 8);
	put_le(b, 45, 2);
	put_le(b, 45, 2);
	put_le(b, 0, 8);
	put_le(b, count, 8);
	put_le(b, count, 8);
	put_le(b, len, 8);
	put_le(b, directory, 8);
	put_le(b, 0x07064b50, 4);
	put_le(b, 0, 4);
	put_le(b, at, 8);
	put_le(b, 1, 4);
}

/* Appends an archive; offsets count from where it begins. */
static inline void make_zip(struct weir_buf *b, struct make_zip_member *members, size_t count,
			    const char *comment)
{
	size_t start = b->len, directory, shown = 0, len;
	bool zip64 = false;

	for (size_t i = 0; i < count; i++)
		if (!members[i].same)
			make_zip_local(b, &members[i], start);
	directory = b->len;
	for (size_t i = 0; i < count; i++) {
		if (members[i].hidden)
			continue;
		make_zip_central(b, &members[i]);
		zip64 = zip64 || members[i].zip64;
		shown++;
	}
	len = b->len - directory;
	if (zip64)
		make_zip_end64(b, shown, directory - start, len, b->len - start);
	put_le(b, 0x06054b50, 4);
	put_le(b, 0, 4);
	put_le(b, zip64 ? 0xffff : shown, 2);
	put_le(b, zip64 ? 0xffff : shown, 2);
	put_le(b, zip64 ? UINT32_MAX : len, 4);
	put_le(b, zip64 ? UINT32_MAX : directory - start, 4);
	put_le(b, comment ? strlen(comment) : 0, 2);
	if (comment)
		put(b, comment, strlen(comment));
}

/* One member called name, deflated. */
static inline void make_zip_of(struct weir_buf *b, const char *name, const void *data, size_t len)
{
	struct make_zip_member m = {.name = name, .data = data, .len = len, .method = 8};

	make_zip(b, &m, 1, NULL);
}

struct make_file {
	const char *name;
	const void *data;
	size_t len;
	const char *link; /* symbolic, instead of data */
};

static inline void make_entry(struct archive *a, const struct make_file *file)
{
	struct archive_entry *e = archive_entry_new();

	archive_entry_set_pathname(e, file->name);
	archive_entry_set_perm(e, 0644);
	archive_entry_set_mtime(e, 0, 0);
	archive_entry_set_filetype(e, file->link ? AE_IFLNK : AE_IFREG);
	if (file->link)
		archive_entry_set_symlink(e, file->link);
	archive_entry_set_size(e, file->link ? 0 : (la_int64_t)file->len);
	assert_true(archive_write_header(a, e) >= ARCHIVE_WARN);
	if (!file->link && file->len > 0)
		assert_int_equal(archive_write_data(a, file->data, file->len), file->len);
	archive_entry_free(e);
}

/* libarchive's names of format and filter, NULL: no filter. */
static inline void make_archive(struct weir_buf *b, const char *format, const char *filter,
				const struct make_file *files, size_t count)
{
	struct archive *a = archive_write_new();
	size_t used = 0;
	uint8_t *out = malloc(MAKE_MAX);

	assert_non_null(a);
	assert_non_null(out);
	assert_int_equal(archive_write_set_format_by_name(a, format), ARCHIVE_OK);
	if (filter)
		assert_int_equal(archive_write_add_filter_by_name(a, filter), ARCHIVE_OK);
	archive_write_set_bytes_in_last_block(a, 1);
	assert_int_equal(archive_write_open_memory(a, out, MAKE_MAX, &used), ARCHIVE_OK);
	for (size_t i = 0; i < count; i++)
		make_entry(a, &files[i]);
	assert_int_equal(archive_write_close(a), ARCHIVE_OK);
	archive_write_free(a);
	put(b, out, used);
	free(out);
}

/* Text that looks like nothing else and packs well, len bytes. */
static inline char *make_text(size_t len)
{
	char *text = malloc(len + 64);
	size_t at = 0;

	assert_non_null(text);
	for (unsigned i = 0; at < len; i++)
		at += (size_t)snprintf(text + at, 64, "line %u of a text, %u\n", i,
				       i * 7919 % 1000);
	text[len] = '\0';
	return text;
}

#endif
