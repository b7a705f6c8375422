/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "little.h"
#include "words.h"
#include "xls.h"

#define SHARED_MAX   (64 << 20)
#define STRINGS_MAX  (4U << 20)
#define FORMATS_BITS 65536

void weir_xls_book_init(struct weir_xls_book *book)
{
	*book = (struct weir_xls_book){.version = 8, .charset = WEIR_CHARSET_LATIN1};
	book->shared = WEIR_BUF_INIT(SHARED_MAX);
}

void weir_xls_book_done(struct weir_xls_book *book)
{
	weir_buf_done(&book->shared);
	free(book->ends);
	free(book->seen);
	free(book->date_formats);
	free(book->xfs);
}

static size_t utf8_of(uint32_t code, char *out)
{
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		out[0] = (char)(0xc0 | code >> 6);
		out[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	out[0] = (char)(0xe0 | code >> 12);
	out[1] = (char)(0x80 | (code >> 6 & 0x3f));
	out[2] = (char)(0x80 | (code & 0x3f));
	return 3;
}

/* UTF-16 too: the decoder keeps surrogate pairs together. */
static int append_coded(enum weir_charset charset, const uint8_t *data, size_t len,
			struct weir_buf *out)
{
	uint8_t text[1024];

	while (len > 0) {
		size_t used = 0, take = WEIR_MIN(len, sizeof(text) / 4);
		size_t n = weir_charset_decode(charset, data, take, take == len, text, sizeof(text),
					       &used);
		int r = weir_buf_append(out, text, n);

		if (r < 0)
			return r;
		if (used == 0)
			break;
		data += used;
		len -= used;
	}
	return 0;
}

static int append_narrow(const uint8_t *data, size_t len, struct weir_buf *out)
{
	char text[256 * 3];
	int r = 0;

	for (size_t i = 0; i < len && r == 0;) {
		size_t n = 0;

		for (; i < len && n + 3 <= sizeof(text); i++)
			n += utf8_of(data[i], text + n);
		r = weir_buf_append(out, text, n);
	}
	return r;
}

int weir_xls_characters(const struct weir_xls_book *book, const uint8_t *data, size_t len,
			bool wide, size_t *count, struct weir_buf *out)
{
	size_t unit = wide ? 2 : 1;
	size_t n = WEIR_MIN(*count, len / unit);

	*count -= n;
	if (wide)
		return append_coded(WEIR_CHARSET_UTF16LE, data, n * 2, out);
	if (book->version >= 8)
		return append_narrow(data, n, out);
	return book->charset == WEIR_CHARSET_BYTES ? weir_buf_append(out, data, n)
						   : append_coded(book->charset, data, n, out);
}

int weir_xls_string(const struct weir_xls_book *book, const uint8_t *data, size_t len,
		    bool short_length, struct weir_buf *out)
{
	size_t head = short_length ? 1 : 2, count;
	bool wide = false;

	if (len < head)
		return -EBADMSG;
	count = short_length ? data[0] : weir_le16(data);
	if (book->version >= 8) {
		unsigned flags;

		if (len < head + 1)
			return count ? -EBADMSG : 0;
		flags = data[head++];
		wide = flags & 1;
		head += flags & 8 ? 2 : 0;
		head += flags & 4 ? 4 : 0;
		if (head > len)
			return -EBADMSG;
	}
	return weir_xls_characters(book, data + head, len - head, wide, &count, out);
}

/* ---- shared strings ---- */

struct reader {
	const uint8_t *p;
	size_t len;
	weir_xls_more_fn more;
	void *context;
};

/* 0 when there are bytes; -EBADMSG at the end. */
static int refill(struct reader *r)
{
	while (r->len == 0) {
		int got = r->more(r->context, &r->p, &r->len);

		if (got <= 0)
			return got < 0 ? got : -EBADMSG;
	}
	return 0;
}

/* Copies n bytes to ret, or drops them when it is NULL, across records. */
static int take(struct reader *r, size_t n, uint8_t *ret)
{
	while (n > 0) {
		int e = refill(r);
		size_t some;

		if (e < 0)
			return e;
		some = WEIR_MIN(n, r->len);
		if (ret) {
			memcpy(ret, r->p, some);
			ret += some;
		}
		r->p += some;
		r->len -= some;
		n -= some;
	}
	return 0;
}

/* The characters: where they go on in another record, a byte says anew how wide they are. */
static int take_characters(struct weir_xls_book *book, struct reader *r, size_t count, bool wide)
{
	while (count > 0) {
		size_t before = count;
		int e;

		if (r->len == 0) {
			e = refill(r);
			if (e < 0)
				return e;
			wide = r->p[0] & 1;
			r->p++;
			r->len--;
			if (r->len == 0)
				continue;
		}
		e = weir_xls_characters(book, r->p, r->len, wide, &count, &book->shared);
		if (e < 0)
			return e;
		before = (before - count) * (wide ? 2U : 1U);
		r->p += before;
		r->len -= before;
		if (count > 0)
			r->len = 0; /* half a character before the break is none */
	}
	return 0;
}

static int take_string(struct weir_xls_book *book, struct reader *r)
{
	uint8_t head[4];
	size_t count, runs = 0, extra = 0;
	unsigned flags;
	int e = take(r, 3, head);

	if (e < 0)
		return e;
	count = weir_le16(head);
	flags = head[2];
	if (flags & 8) {
		e = take(r, 2, head);
		runs = weir_le16(head);
	}
	if (e == 0 && flags & 4) {
		e = take(r, 4, head);
		extra = weir_le32(head);
	}
	if (e == 0)
		e = take_characters(book, r, count, flags & 1);
	if (e < 0)
		return e;
	e = take(r, runs * 4, NULL);
	return e < 0 ? e : take(r, extra, NULL);
}

static int add_end(struct weir_xls_book *book)
{
	if (book->shared_count == book->shared_size) {
		uint32_t size = book->shared_size ? book->shared_size * 2 : 64;
		uint32_t *ends = realloc(book->ends, size * sizeof(*ends));

		if (!ends)
			return -ENOMEM;
		book->ends = ends;
		book->shared_size = size;
	}
	book->ends[book->shared_count++] = (uint32_t)book->shared.len;
	return 0;
}

int weir_xls_load_shared(struct weir_xls_book *book, const uint8_t *data, size_t len,
			 weir_xls_more_fn more, void *context)
{
	struct reader r = {data, len, more, context};
	uint8_t head[8];
	uint32_t count;
	int e = take(&r, 8, head), added = 0;

	if (e < 0)
		return e;
	count = weir_le32(head + 4);
	for (uint32_t i = 0; i < count && e == 0 && added == 0; i++) {
		if (book->shared_count >= STRINGS_MAX)
			e = -ENOBUFS;
		else
			e = take_string(book, &r);
		/* also what came of the last one before it broke off */
		if (e == 0 || book->shared.len > 0)
			added = add_end(book);
	}
	free(book->seen);
	book->seen = calloc(book->shared_count / 8 + 1, 1);
	if (added < 0 || !book->seen)
		return -ENOMEM;
	return e;
}

static const char *shared_at(const struct weir_xls_book *book, uint32_t index, size_t *ret_len)
{
	uint32_t from = index ? book->ends[index - 1] : 0;

	*ret_len = book->ends[index] - from;
	return book->shared.data ? book->shared.data + from : "";
}

const char *weir_xls_shared(struct weir_xls_book *book, uint32_t index, size_t *ret_len)
{
	if (index >= book->shared_count || !book->seen)
		return NULL;
	book->seen[index / 8] |= (uint8_t)(1 << index % 8);
	return shared_at(book, index, ret_len);
}

const char *weir_xls_unseen(const struct weir_xls_book *book, uint32_t *index, size_t *ret_len)
{
	for (; book->seen && *index < book->shared_count; ++*index)
		if (!(book->seen[*index / 8] & 1 << *index % 8))
			return shared_at(book, *index, ret_len);
	return NULL;
}

/* ---- formats ---- */

/* Letters of a date outside of quotes, escapes and brackets. */
static bool writes_date(const char *format, size_t len)
{
	bool quoted = false, bracket = false;

	for (size_t i = 0; i < len; i++) {
		char c = format[i];

		if (c == '"')
			quoted = !quoted;
		else if (quoted)
			continue;
		else if (c == '\\' || c == '_' || c == '*')
			i++;
		else if (c == '[' || c == ']')
			bracket = c == '[';
		else if (c == ';')
			break;
		else if (!bracket && strchr("ymdhsYMDHS", c))
			return true;
	}
	return false;
}

int weir_xls_add_format(struct weir_xls_book *book, const uint8_t *data, size_t len)
{
	struct weir_buf text = WEIR_BUF_INIT(4096);
	uint16_t id = weir_le16(data);
	int r = weir_xls_string(book, data + 2, len - 2, book->version < 8, &text);

	if (r != -ENOMEM && text.len > 0 && writes_date(text.data, text.len)) {
		if (!book->date_formats)
			book->date_formats = calloc(FORMATS_BITS / 8, 1);
		if (book->date_formats)
			book->date_formats[id / 8] |= (uint8_t)(1 << id % 8);
		else
			r = -ENOMEM;
	}
	weir_buf_done(&text);
	return r == -ENOMEM ? r : 0;
}

int weir_xls_add_xf(struct weir_xls_book *book, uint16_t format)
{
	if (book->xf_count == book->xf_size) {
		uint32_t size = book->xf_size ? book->xf_size * 2 : 64;
		uint16_t *xfs;

		if (size > FORMATS_BITS)
			return 0;
		xfs = realloc(book->xfs, size * sizeof(*xfs));
		if (!xfs)
			return -ENOMEM;
		book->xfs = xfs;
		book->xf_size = size;
	}
	book->xfs[book->xf_count++] = format;
	return 0;
}
