/* SPDX-License-Identifier: Apache-2.0 */
/* The central directory, read in order, and what it says about where members lie. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "inflate.h"
#include "little.h"
#include "zip_inside.h"

#define NAMES_MAX (16u << 20) /* bytes of names kept */

#define FLAG_ENCRYPTED 0x0001
#define FLAG_STRONG    0x0040
#define FLAG_UTF8      0x0800
#define FLAG_MASKED    0x2000

#define EXTRA_ZIP64 0x0001
#define EXTRA_PATH  0x7075 /* the name in UTF-8 */
#define EXTRA_AES   0x9901

static int grow(struct weir_zip *zip)
{
	size_t size = zip->size ? zip->size * 2 : 64;
	struct zip_entry *entries;

	if (zip->count < zip->size)
		return 0;
	entries = realloc(zip->entries, size * sizeof(*entries));
	if (!entries)
		return -ENOMEM;
	zip->entries = entries;
	zip->size = size;
	return 0;
}

/* Each 64 bit number is there only when the field in the header is full. */
static void read_zip64(struct weir_zip_member *m, const uint8_t *p, size_t len)
{
	uint64_t *const fields[] = {&m->size, &m->packed, &m->offset};

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		if (*fields[i] != UINT32_MAX)
			continue;
		if (len < 8)
			return;
		*fields[i] = weir_le64(p);
		p += 8;
		len -= 8;
	}
}

static int read_extras(struct weir_zip *zip, struct weir_zip_member *m, const uint8_t *p,
		       size_t len)
{
	while (len >= 4) {
		uint16_t id = weir_le16(p), n = weir_le16(p + 2);
		int r = 0;

		p += 4;
		len -= 4;
		if (n > len)
			break;
		if (id == EXTRA_ZIP64)
			read_zip64(m, p, n);
		else if (id == EXTRA_AES)
			m->encrypted = true;
		else if (id == EXTRA_PATH && n > 5 && p[0] == 1)
			r = weir_emit_name(zip->u, (const char *)p + 5, n - 5u);
		if (r < 0)
			return r;
		p += n;
		len -= n;
	}
	return 0;
}

static void read_header(struct zip_entry *e, const uint8_t *b)
{
	struct weir_zip_member *m = &e->member;

	e->flags = weir_le16(b + 8);
	m->method = weir_le16(b + 10);
	m->crc = weir_le32(b + 16);
	m->packed = weir_le32(b + 20);
	m->size = weir_le32(b + 24);
	m->name_len = weir_le16(b + 28);
	m->offset = weir_le32(b + 42);
	m->utf8 = e->flags & FLAG_UTF8;
	m->encrypted = e->flags & (FLAG_ENCRYPTED | FLAG_STRONG | FLAG_MASKED);
}

/* Name, extra fields and comment behind a header, each up to 65535 bytes. */
static int read_variable(struct weir_zip *zip, struct weir_input *in, struct zip_entry *e,
			 const uint8_t *b, uint8_t *scratch)
{
	struct weir_zip_member *m = &e->member;
	size_t extra = weir_le16(b + 30), comment = weir_le16(b + 32);
	int r = weir_input_take(in, scratch, m->name_len);

	e->name_at = (uint32_t)zip->names.len;
	r = r < 0 ? r : weir_buf_append(&zip->names, scratch, m->name_len);
	r = r < 0 ? r : weir_buf_append(&zip->names, "", 1);
	r = r < 0 ? r : weir_emit_name(zip->u, (const char *)scratch, m->name_len);
	if (r == 0)
		m->directory = m->name_len > 0 && scratch[m->name_len - 1] == '/' && m->size == 0;
	r = r < 0 ? r : weir_input_take(in, scratch, extra);
	r = r < 0 ? r : read_extras(zip, m, scratch, extra);
	r = r < 0 ? r : weir_input_take(in, scratch, comment);
	return r < 0 ? r : weir_emit_name(zip->u, (const char *)scratch, comment);
}

/* 1: a member was added; 0: there are no more; -ENODATA: damaged. */
static int read_entry(struct weir_zip *zip, struct weir_input *in, uint8_t *scratch)
{
	uint8_t b[ZIP_CENTRAL_LEN];
	struct zip_entry *e;
	int r = weir_input_take(in, b, 4);

	if (r < 0 || weir_le32(b) != ZIP_CENTRAL_SIGN)
		return r < 0 && r != -ENODATA ? r : 0;
	r = weir_input_take(in, b + 4, sizeof(b) - 4);
	r = r < 0 ? r : weir_read_tick(zip->u);
	r = r < 0 ? r : grow(zip);
	if (r < 0)
		return r;
	e = &zip->entries[zip->count];
	memset(e, 0, sizeof(*e));
	read_header(e, b);
	r = read_variable(zip, in, e, b, scratch);
	if (r < 0)
		return r;
	/* the base is at most the file's size: no overflow for offsets that can be */
	e->member.offset =
		e->member.offset > zip->bytes->size ? UINT64_MAX : e->member.offset + zip->base;
	zip->count++;
	return 1;
}

static int read_entries(struct weir_zip *zip, const struct zip_end *end)
{
	struct weir_input in _cleanup_(weir_input_done) = {
		.bytes = zip->bytes, .next = zip->directory, .end = zip->directory_end};
	uint8_t *scratch _cleanup_(freep) = malloc(UINT16_MAX);
	size_t max = weir_read_limits(zip->u)->members;
	int r = 1;

	if (!scratch)
		return -ENOMEM;
	while (r > 0 && zip->count < max)
		r = read_entry(zip, &in, scratch);
	/* one more than may be: the counting of members will say so */
	zip->cut = r > 0 && weir_input_offset(&in) + ZIP_CENTRAL_LEN <= zip->directory_end;
	if (r == -ENOBUFS) {
		weir_emit_gap(zip->u, WEIR_SCAN_PARTIAL, NULL,
			      "the archive's directory is larger than the limit");
		r = 0;
	}
	if (r == -ENODATA || (r == 0 && (uint16_t)zip->count != (uint16_t)end->expected)) {
		weir_emit_gap(zip->u, WEIR_SCAN_PARTIAL, NULL,
			      "the archive's directory is damaged");
		r = 0;
	}
	if (r >= 0 && end->comment_len > 0 &&
	    weir_read_exact(zip->bytes, end->end - end->comment_len, scratch, end->comment_len) ==
		    0)
		r = weir_emit_name(zip->u, (const char *)scratch, end->comment_len);
	return WEIR_MIN(r, 0);
}

static int by_offset(const void *a, const void *b, void *context)
{
	const struct weir_zip *zip = context;
	uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;
	uint64_t x = zip->entries[i].member.offset, y = zip->entries[j].member.offset;

	return x != y ? (x > y) - (x < y) : (i > j) - (i < j);
}

/* The letters' case does not count: document formats name their parts so. */
static int compare_names(const char *a, size_t a_len, const char *b, size_t b_len)
{
	int r = strncasecmp(a, b, WEIR_MIN(a_len, b_len));

	return r != 0 ? r : (a_len > b_len) - (a_len < b_len);
}

static int by_name(const void *a, const void *b, void *context)
{
	const struct weir_zip *zip = context;
	uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;
	const struct weir_zip_member *x = &zip->entries[i].member, *y = &zip->entries[j].member;
	int r = compare_names(x->name, x->name_len, y->name, y->name_len);

	return r != 0 ? r : (i > j) - (i < j);
}

static int order(struct weir_zip *zip, int (*compare)(const void *, const void *, void *),
		 uint32_t **ret)
{
	uint32_t *indices = malloc((zip->count + 1) * sizeof(*indices));

	if (!indices)
		return -ENOMEM;
	for (size_t i = 0; i < zip->count; i++)
		indices[i] = (uint32_t)i;
	qsort_r(indices, zip->count, sizeof(*indices), compare, zip);
	*ret = indices;
	return 0;
}

/* No byte belongs to two members: that is how a few kilobytes become many gigabytes. */
static void find_overlaps(struct weir_zip *zip)
{
	uint64_t end = 0, next = zip->directory;

	for (size_t i = 0; i < zip->count; i++) {
		struct zip_entry *e = &zip->entries[zip->by_offset[i]];
		struct weir_zip_member *m = &e->member;
		uint64_t room = zip->directory - WEIR_MIN(m->offset, zip->directory),
			 head = ZIP_LOCAL_LEN + (uint64_t)m->name_len;

		if (m->offset < end || room < head || m->packed > room - head) {
			m->overlapped = true;
			continue;
		}
		e->end = end = m->offset + head + m->packed;
	}
	for (size_t i = zip->count; i-- > 0;) {
		struct zip_entry *e = &zip->entries[zip->by_offset[i]];

		e->limit = next;
		if (!e->member.overlapped)
			next = e->member.offset;
	}
}

int weir_zip_open(struct weir_unpack *u, const struct weir_bytes *bytes, struct weir_zip **ret)
{
	struct weir_zip *zip _cleanup_(weir_zip_freep) = NULL;
	struct zip_end end;
	int r = zip_end_find(bytes, &end);

	if (r < 0)
		return r;
	zip = calloc(1, sizeof(*zip));
	if (!zip)
		return -ENOMEM;
	zip->u = u;
	zip->bytes = bytes;
	zip->base = end.base;
	zip->directory = end.directory;
	zip->directory_end = end.directory_end;
	zip->end = end.end;
	zip->names = WEIR_BUF_INIT(NAMES_MAX);
	r = read_entries(zip, &end);
	if (r == 0 && zip->count == 0 && end.expected > 0)
		r = -EBADMSG;
	r = r < 0 ? r : order(zip, by_offset, &zip->by_offset);
	if (r < 0)
		return r;
	for (size_t i = 0; i < zip->count; i++)
		zip->entries[i].member.name = zip->names.data + zip->entries[i].name_at;
	find_overlaps(zip);
	*ret = TAKE_PTR(zip);
	return 0;
}

void weir_zip_free(struct weir_zip *zip)
{
	if (!zip)
		return;
	weir_buf_done(&zip->names);
	free(zip->entries);
	free(zip->by_offset);
	free(zip->by_name);
	free(zip);
}

size_t weir_zip_count(const struct weir_zip *zip)
{
	return zip->count;
}

const struct weir_zip_member *weir_zip_member(const struct weir_zip *zip, size_t index)
{
	return &zip->entries[index].member;
}

ssize_t weir_zip_find(struct weir_zip *zip, const char *name)
{
	size_t low = 0, high = zip->count, len;

	name += *name == '/';
	len = strlen(name);
	if (!zip->by_name) {
		int r = order(zip, by_name, &zip->by_name);

		if (r < 0)
			return r;
	}
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct weir_zip_member *m = &zip->entries[zip->by_name[middle]].member;

		if (compare_names(m->name, m->name_len, name, len) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < zip->count) {
		const struct weir_zip_member *m = &zip->entries[zip->by_name[low]].member;

		if (compare_names(m->name, m->name_len, name, len) == 0)
			return zip->by_name[low];
	}
	return -ENOENT;
}
