/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of one member: stored, inflated, or by libarchive for the rarer methods. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "archived.h"
#include "inflate.h"
#include "little.h"
#include "zip_inside.h"

enum method {
	STORED = 0,
	DEFLATE = 8,
	BZIP2 = 12,
	LZMA = 14,
	ZSTD = 93,
	XZ = 95,
	PPMD = 98,
	AES = 99
};

/* The member alone behind a header of its own, for a reader without a directory. */
struct alone {
	uint8_t header[ZIP_LOCAL_LEN + 1 + 20];
	size_t header_len;
	struct weir_bytes data;
};

struct weir_zip_stream {
	struct weir_zip *zip;
	const struct weir_zip_member *member;
	struct weir_bytes bytes;
	struct weir_range range; /* the packed bytes */
	struct weir_bytes packed;
	struct weir_input input;
	struct weir_inflate *inflate;
	struct alone alone;
	struct weir_bytes alone_bytes;
	struct weir_archive *archive;
	uint64_t next; /* what crc covers, and what was counted */
	uint32_t crc;
};

static int check_end(const struct weir_zip_stream *s)
{
	return s->next == s->member->size && s->crc == s->member->crc ? 0 : -EBADMSG;
}

/* Random access. What is read for the first time is counted and checked. */
static ssize_t stored_read(void *context, void *data, size_t len, uint64_t offset)
{
	struct weir_zip_stream *s = context;
	ssize_t n = s->packed.read_at(s->packed.context, data, len, offset);
	uint64_t end = offset + (n > 0 ? (uint64_t)n : 0), fresh;
	int r;

	if (n == 0 && len > 0 && offset == s->next)
		return check_end(s);
	if (n <= 0 || end <= s->next || offset > s->next)
		return n;
	fresh = end - s->next;
	s->crc = weir_crc32(s->crc, (uint8_t *)data + (s->next - offset), (size_t)fresh);
	s->next = end;
	r = weir_read_unpacked(s->zip->u, fresh, fresh);
	return r < 0 ? r : n;
}

static ssize_t inflated_read(void *context, void *data, size_t len, uint64_t offset)
{
	struct weir_zip_stream *s = context;
	ssize_t n;

	if (offset != s->next)
		return -ESPIPE;
	n = weir_inflate_read(s->inflate, data, len);
	if (n == 0 && len > 0)
		return check_end(s);
	if (n > 0) {
		s->crc = weir_crc32(s->crc, data, (size_t)n);
		s->next += (uint64_t)n;
	}
	return n == -ENODATA ? -EBADMSG : n;
}

static ssize_t alone_read(void *context, void *data, size_t len, uint64_t offset)
{
	struct alone *a = context;

	if (offset >= a->header_len)
		return a->data.read_at(a->data.context, data, len, offset - a->header_len);
	len = WEIR_MIN(len, a->header_len - (size_t)offset);
	memcpy(data, a->header + offset, len);
	return (ssize_t)len;
}

static void put16(uint8_t *p, unsigned n)
{
	p[0] = (uint8_t)n;
	p[1] = (uint8_t)(n >> 8);
}

static void put32(uint8_t *p, uint32_t n)
{
	put16(p, n & 0xffff);
	put16(p + 2, n >> 16);
}

static void put64(uint8_t *p, uint64_t n)
{
	put32(p, (uint32_t)n);
	put32(p + 4, (uint32_t)(n >> 32));
}

/* A local header in which the sizes stand, in 64 bits. */
static void make_header(struct alone *a, const struct weir_zip_member *m, unsigned flags)
{
	uint8_t *p = a->header;

	put32(p, ZIP_LOCAL_SIGN);
	put16(p + 4, 63);
	put16(p + 6, flags & 0x0006); /* how LZMA ends */
	put16(p + 8, m->method);
	put32(p + 14, m->crc);
	put32(p + 18, UINT32_MAX);
	put32(p + 22, UINT32_MAX);
	put16(p + 26, 1);
	put16(p + 28, 20);
	p[30] = 'm';
	put16(p + 31, 1);
	put16(p + 33, 16);
	put64(p + 35, m->size);
	put64(p + 43, m->packed);
	a->header_len = ZIP_LOCAL_LEN + 1 + 20;
}

/* LZMA's properties, behind four bytes of their own, ask for memory as those of a file do. */
static int fits(const struct weir_zip_stream *s)
{
	uint8_t head[9];

	if (s->member->method != LZMA || weir_read_exact(&s->packed, 0, head, sizeof(head)) < 0)
		return 0;
	return weir_archive_fits(WEIR_ARCHIVE_LZMA, head + 4, sizeof(head) - 4);
}

static int open_archive(struct weir_zip_stream *s, unsigned flags)
{
	struct weir_archive_member ignored;
	int r = fits(s);

	if (r < 0)
		return r;
	s->alone.data = s->packed;
	make_header(&s->alone, s->member, flags);
	s->alone_bytes = (struct weir_bytes){
		.read_at = alone_read, .context = &s->alone, .size = UINT64_MAX};
	r = weir_archive_new(s->zip->u, &s->alone_bytes, WEIR_ARCHIVE_ZIP, &s->archive);
	r = r < 0 ? r : weir_archive_next(s->archive, &ignored);
	if (r <= 0)
		return r == 0 ? -EBADMSG : r;
	s->bytes = *weir_archive_bytes(s->archive);
	return 0;
}

static int open_method(struct weir_zip_stream *s, unsigned flags)
{
	switch ((enum method)s->member->method) {
	case STORED:
		s->bytes = (struct weir_bytes){
			.read_at = stored_read, .context = s, .size = s->packed.size};
		return 0;
	case DEFLATE:
		s->input = (struct weir_input){.bytes = &s->packed, .end = s->packed.size};
		s->bytes = (struct weir_bytes){
			.read_at = inflated_read, .context = s, .size = UINT64_MAX};
		return weir_inflate_new(s->zip->u, &s->input, &s->inflate);
	case BZIP2:
	case LZMA:
	case ZSTD:
	case XZ:
	case PPMD:
		return open_archive(s, flags);
	case AES:
		return -EKEYREJECTED;
	default:
		return -EOPNOTSUPP;
	}
}

/* The name in front of the data may be another than the directory's: both are searched. 1: it is. */
static int local_name(struct weir_zip *zip, const struct zip_entry *e, size_t len)
{
	const struct weir_zip_member *m = &e->member;
	char *name _cleanup_(freep) = malloc(len + 1);
	int r;

	if (!name)
		return -ENOMEM;
	if (weir_read_exact(zip->bytes, m->offset + ZIP_LOCAL_LEN, name, len) < 0)
		return -EBADMSG;
	if (len == m->name_len && memcmp(name, m->name, len) == 0)
		return 0;
	r = weir_emit_name(zip->u, name, len);
	return r < 0 ? r : 1;
}

/* What stands in front of the data. Sets where the data begins. */
static int open_local(struct weir_zip *zip, struct zip_entry *e, uint64_t *ret_start,
		      unsigned *ret_flags)
{
	struct weir_zip_member *m = &e->member;
	uint8_t b[ZIP_LOCAL_LEN];
	uint64_t start;
	int r;

	if (m->overlapped || weir_read_exact(zip->bytes, m->offset, b, sizeof(b)) < 0 ||
	    weir_le32(b) != ZIP_LOCAL_SIGN)
		return -EBADMSG;
	start = m->offset + ZIP_LOCAL_LEN + weir_le16(b + 26) + weir_le16(b + 28);
	if (start > e->limit || m->packed > e->limit - start)
		return -EBADMSG;
	e->end = start + m->packed;
	r = local_name(zip, e, weir_le16(b + 26));
	if (r < 0)
		return r;
	*ret_flags = e->flags | weir_le16(b + 6);
	if (m->encrypted || *ret_flags & 0x2041)
		return -EKEYREJECTED;
	/* documents are read by the names of their parts: a wrong one costs text */
	if (r > 0 || weir_le16(b + 8) != m->method)
		weir_emit_gap(zip->u, WEIR_SCAN_PARTIAL, m->name,
			      "two headers of a member contradict each other");
	*ret_start = start;
	return 0;
}

int weir_zip_stream_new(struct weir_zip *zip, size_t index, struct weir_zip_stream **ret)
{
	struct weir_zip_stream *s _cleanup_(weir_zip_stream_freep) = NULL;
	struct zip_entry *e = &zip->entries[index];
	uint64_t start;
	unsigned flags;
	int r = open_local(zip, e, &start, &flags);

	if (r < 0)
		return r;
	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->zip = zip;
	s->member = &e->member;
	s->range = (struct weir_range){zip->bytes, start, e->member.packed};
	s->packed = weir_bytes_range(&s->range);
	r = open_method(s, flags);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(s);
	return 0;
}

void weir_zip_stream_free(struct weir_zip_stream *s)
{
	if (!s)
		return;
	weir_archive_free(s->archive);
	weir_inflate_free(s->inflate);
	weir_input_done(&s->input);
	free(s);
}

const struct weir_bytes *weir_zip_stream_bytes(const struct weir_zip_stream *stream)
{
	return &stream->bytes;
}

int weir_zip_read_all(struct weir_zip *zip, size_t index, size_t max, uint8_t **ret_data,
		      size_t *ret_len)
{
	struct weir_zip_stream *s _cleanup_(weir_zip_stream_freep) = NULL;
	uint8_t *data _cleanup_(freep) = NULL;
	size_t size = 0, len = 0;
	int r = weir_zip_stream_new(zip, index, &s);

	if (r < 0)
		return r;
	for (;;) {
		ssize_t n;

		if (len == size) {
			uint64_t hint = WEIR_MIN(s->member->size, (uint64_t)16 << 20);
			uint8_t *grown;

			/* one more than there should be shows the end without growing again */
			size = size == 0 ? (size_t)hint + 1 : size * 2;
			size = WEIR_MIN(WEIR_MAX(size, (size_t)4096), max + 1);
			if (len == size)
				return -EFBIG;
			grown = realloc(data, size + 64);
			if (!grown)
				return -ENOMEM;
			data = grown;
		}
		n = s->bytes.read_at(s->bytes.context, data + len, size - len, len);
		if (n < 0)
			return (int)n;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	if (len > max)
		return -EFBIG;
	memset(data + len, 0, 64);
	*ret_data = TAKE_PTR(data);
	*ret_len = len;
	return 0;
}
