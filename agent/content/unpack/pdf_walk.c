/* SPDX-License-Identifier: Apache-2.0 */
/* A walk over the objects of a PDF in the order in which they lie, old revisions included, with no
 * look at its tables: those may be damaged, and hide what is there. Page contents are not its
 * business. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "magic.h"
#include "pdf.h"
#include "weir/base/buf.h"
#include "weir/base/utf8.h"

#define STRING_MAX  65536
#define OBJECTS_MAX (16u << 20) /* of one object stream */
#define KEPT_MAX    (8u << 20)	/* of strings */

struct walk {
	struct weir_unpack *u;
	struct weir_pdf_walk *told;
	struct weir_buf strings; /* lines of UTF-8 */
	struct weir_buf strays;	 /* lines of another encoding */
	struct weir_buf one;	 /* the string at hand */
	unsigned objects;
};

static int flush(struct walk *w, struct weir_buf *lines, enum weir_part_form form)
{
	int r;

	if (lines->len == 0)
		return 0;
	r = weir_emit_begin(w->u, "(strings)", form == WEIR_PART_TEXT ? "utf-8" : NULL, form);
	if (r == 0)
		r = weir_emit_text(w->u, lines->data, lines->len);
	weir_buf_clear(lines);
	return r < 0 ? r : weir_emit_end(w->u);
}

static int keep(struct walk *w, struct weir_buf *lines, const void *data, size_t len)
{
	int r = 0;

	if (lines->len + len + 1 > KEPT_MAX)
		r = flush(w, lines, lines == &w->strings ? WEIR_PART_TEXT : WEIR_PART_BYTES);
	if (r == 0 &&
	    (weir_buf_append(lines, data, len) < 0 || weir_buf_append(lines, "\n", 1) < 0))
		r = -ENOMEM;
	return r;
}

static size_t put_utf8(uint32_t c, char *to)
{
	if (c < 0x80) {
		to[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		to[0] = (char)(0xc0 | c >> 6);
		to[1] = (char)(0x80 | (c & 63));
		return 2;
	}
	if (c < 0x10000) {
		to[0] = (char)(0xe0 | c >> 12);
		to[1] = (char)(0x80 | (c >> 6 & 63));
		to[2] = (char)(0x80 | (c & 63));
		return 3;
	}
	to[0] = (char)(0xf0 | c >> 18);
	to[1] = (char)(0x80 | (c >> 12 & 63));
	to[2] = (char)(0x80 | (c >> 6 & 63));
	to[3] = (char)(0x80 | (c & 63));
	return 4;
}

/* Units of two bytes behind the mark. */
static int keep_utf16(struct walk *w, const uint8_t *p, size_t len, bool big)
{
	char *text _cleanup_(freep) = malloc(len * 2 + 4);
	size_t at = 0, n = 0;

	if (!text)
		return -ENOMEM;
	while (at + 2 <= len) {
		uint32_t c =
			big ? (uint32_t)p[at] << 8 | p[at + 1] : (uint32_t)p[at + 1] << 8 | p[at];

		at += 2;
		if (c >= 0xd800 && c < 0xdc00 && at + 2 <= len) {
			uint32_t low = big ? (uint32_t)p[at] << 8 | p[at + 1]
					   : (uint32_t)p[at + 1] << 8 | p[at];

			if (low >= 0xdc00 && low < 0xe000) {
				c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
				at += 2;
			}
		}
		if (c >= 0xd800 && c < 0xe000)
			c = 0xfffd;
		n += put_utf8(c < ' ' ? ' ' : c, text + n);
	}
	return keep(w, &w->strings, text, n);
}

static bool has_controls(const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (p[i] < ' ' && p[i] != '\n' && p[i] != '\r' && p[i] != '\t')
			return true;
	return false;
}

/* The encoding of PDF's own is ASCII where it matters; makers also write what they please. */
static int keep_string(struct walk *w)
{
	const uint8_t *p = (const uint8_t *)w->one.data;
	size_t len = w->one.len;

	if (w->told->encrypted || len < 2)
		return 0;
	if (p[0] == 0xfe && p[1] == 0xff)
		return keep_utf16(w, p + 2, len - 2, true);
	if (p[0] == 0xff && p[1] == 0xfe)
		return keep_utf16(w, p + 2, len - 2, false);
	if (has_controls(p, len))
		return 0;
	if (weir_utf8_valid((const char *)p, len) == len)
		return keep(w, &w->strings, p, len);
	return keep(w, &w->strays, p, len);
}

static int octal(const uint8_t **p, const uint8_t *end)
{
	int value = 0;

	for (int i = 0; i < 3 && *p < end && **p >= '0' && **p <= '7'; i++)
		value = value * 8 + (*(*p)++ - '0');
	return value & 255;
}

/* Behind a backslash; -1: nothing comes of it (a line that goes on). */
static int escaped(const uint8_t **p, const uint8_t *end)
{
	uint8_t c = *(*p)++;

	switch (c) {
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	case 'b':
	case 'f':
		return ' ';
	case '\r':
		if (*p < end && **p == '\n')
			(*p)++;
		return -1;
	case '\n':
		return -1;
	default:
		if (c < '0' || c > '7')
			return c;
		(*p)--;
		return octal(p, end);
	}
}

static int add(struct walk *w, int c)
{
	char byte = (char)c;

	return weir_buf_append(&w->one, &byte, 1) < 0 ? -ENOMEM : 0;
}

/* From behind the parenthesis to behind the one that closes it; one that is not closed ends at
 * STRING_MAX, and what was passed counts as the string, so that no byte is looked at twice. */
static int literal(struct walk *w, const uint8_t **at, const uint8_t *end)
{
	const uint8_t *p = *at;
	unsigned depth = 1;
	int r = 0;

	weir_buf_clear(&w->one);
	while (r == 0 && p < end && w->one.len < STRING_MAX) {
		uint8_t c = *p++;
		int out = c;

		if (c == '\\' && p < end)
			out = escaped(&p, end);
		else if (c == '(')
			depth++;
		else if (c == ')' && --depth == 0)
			break;
		if (out >= 0)
			r = add(w, out);
	}
	*at = p;
	return r < 0 ? r : keep_string(w);
}

static int hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 32;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int hexadecimal(struct walk *w, const uint8_t **at, const uint8_t *end)
{
	const uint8_t *p = *at;
	int high = -1, r = 0;

	weir_buf_clear(&w->one);
	for (; r == 0 && p < end && w->one.len < STRING_MAX; p++) {
		int digit = hex_digit(*p);

		if (digit < 0 && *p > ' ')
			break; /* '>', or it is no string */
		if (digit < 0)
			continue;
		if (high >= 0)
			r = add(w, high << 4 | digit);
		high = high >= 0 ? -1 : digit;
	}
	if (r == 0 && high >= 0)
		r = add(w, high << 4);
	*at = p;
	return r < 0 ? r : keep_string(w);
}

static int scan(struct walk *w, const uint8_t *data, size_t len, bool streams);

/* Objects packed into a stream. */
static int open_objects(struct walk *w, const struct weir_pdf_stream *s)
{
	uint8_t *data _cleanup_(freep) = NULL;
	size_t len;
	int r = weir_read_member(w->u);

	if (r == 0)
		r = weir_pdf_load(w->u, s, OBJECTS_MAX, &data, &len);
	return r < 0 || !data ? r : scan(w, data, len, false);
}

static int give_file(struct walk *w, const struct weir_pdf_stream *s, const char *what)
{
	char name[32];

	snprintf(name, sizeof(name), "%s-%u", what, ++w->objects);
	if (!w->told->encrypted && weir_pdf_readable(s))
		return weir_pdf_give(w->u, s, name);
	weir_emit_gap(w->u, WEIR_SCAN_UNSCANNABLE, name,
		      w->told->encrypted ? "a file attached to an encrypted document is not read"
					 : "a file is attached by a method that is not supported");
	return 0;
}

static int picture(struct walk *w, const struct weir_pdf_stream *s)
{
	char name[32];

	if (weir_pdf_number(s, "/Width") < WEIR_PDF_PICTURE ||
	    weir_pdf_number(s, "/Height") < WEIR_PDF_PICTURE)
		return 0;
	w->told->pictures++;
	if (!w->told->images || w->told->encrypted || !weir_pdf_has(s, "/Filter", "/DCTDecode"))
		return 0;
	w->told->given++;
	snprintf(name, sizeof(name), "image-%u", w->told->pictures);
	return weir_pdf_give(w->u, s, name);
}

static int stream(struct walk *w, const struct weir_pdf_stream *s)
{
	if (weir_pdf_has(s, "/Subtype", "/Image"))
		return picture(w, s);
	if (weir_pdf_has(s, "/Type", "/EmbeddedFile")) {
		w->told->attachments++;
		return give_file(w, s, "attachment");
	}
	if (w->told->encrypted || !weir_pdf_readable(s))
		return 0;
	if (weir_pdf_has(s, "/Type", "/ObjStm") && weir_pdf_has(s, "/Filter", NULL))
		return open_objects(w, s);
	if (weir_pdf_has(s, "/Type", "/Metadata"))
		return give_file(w, s, "metadata");
	return 0;
}

/* At "stream": its bytes begin behind the end of the line. Returns where it ends. */
static int at_stream(struct walk *w, const uint8_t *object, const uint8_t **at, const uint8_t *end)
{
	struct weir_pdf_stream s = {.dict = object, .dict_len = (size_t)(*at - object)};
	const uint8_t *p = *at + 6, *stop;
	size_t length = weir_pdf_number(&s, "/Length");

	if (p < end && *p == '\r')
		p++;
	if (p < end && *p == '\n')
		p++;
	s.data = p;
	/* its length, when there is an end behind it, else the next end there is */
	stop = length < (size_t)(end - p)
		       ? memmem(p + length, WEIR_MIN((size_t)(end - p) - length, (size_t)16),
				"endstream", 9)
		       : NULL;
	s.len = stop ? length : 0;
	if (!stop) {
		stop = memmem(p, (size_t)(end - p), "endstream", 9);
		stop = stop ? stop : end;
		s.len = (size_t)(stop - p);
	}
	*at = stop;
	return stream(w, &s);
}

/* A keyword that ends here and is no part of a longer one. */
static bool keyword(const uint8_t *p, const uint8_t *end, const char *word, size_t len)
{
	return (size_t)(end - p) > len && memcmp(p, word, len) == 0 &&
	       (p[len] <= ' ' || p[len] == '<');
}

/* One token, or one byte of what is none of interest. */
static int step(struct walk *w, const uint8_t **at, const uint8_t *end, const uint8_t **object)
{
	const uint8_t *p = *at;
	int r = 0;

	(*at)++;
	if (*p == '(')
		return literal(w, at, end);
	if (*p == '<' && p + 1 < end && p[1] == '<')
		(*at)++;
	else if (*p == '<')
		return hexadecimal(w, at, end);
	else if (*object && *p == 's' && keyword(p, end, "stream", 6)) {
		*at = p;
		r = at_stream(w, *object, at, end);
		*at += *at < end ? 9 : 0;
		*object = *at; /* no dictionary counts twice */
	} else if (*object && *p == 'o' && keyword(p, end, "obj", 3)) {
		*at += 2;
		*object = *at;
	}
	return r;
}

static int scan(struct walk *w, const uint8_t *data, size_t len, bool streams)
{
	const uint8_t *p = data, *end = data + len, *ticked = data;
	const uint8_t *object = streams ? data : NULL;
	int r = 0;

	while (r == 0 && p < end) {
		if (p - ticked > 65536) {
			ticked = p;
			r = weir_read_tick(w->u);
		}
		if (r == 0)
			r = step(w, &p, end, &object);
	}
	return r;
}

/* "/Encrypt", which is in a trailer or the dictionary of a table, and not /EncryptMetadata. */
static bool is_encrypted(const struct weir_memory *data)
{
	const uint8_t *p = data->data, *end = p + data->len;

	while ((p = memmem(p, (size_t)(end - p), "/Encrypt", 8))) {
		p += 8;
		if (p < end && (*p <= ' ' || *p == '<' || (*p >= '0' && *p <= '9')))
			return true;
	}
	return false;
}

int weir_pdf_walk(struct weir_unpack *u, const struct weir_memory *data, struct weir_pdf_walk *walk)
{
	struct walk w = {.u = u,
			 .told = walk,
			 .strings = WEIR_BUF_INIT(KEPT_MAX + STRING_MAX * 4),
			 .strays = WEIR_BUF_INIT(KEPT_MAX + STRING_MAX * 4),
			 .one = WEIR_BUF_INIT(STRING_MAX + 16)};
	int r;

	walk->encrypted = is_encrypted(data);
	r = scan(&w, data->data, data->len, true);
	if (r == 0)
		r = flush(&w, &w.strings, WEIR_PART_TEXT);
	if (r == 0)
		r = flush(&w, &w.strays, WEIR_PART_BYTES);
	weir_buf_done(&w.strings);
	weir_buf_done(&w.strays);
	weir_buf_done(&w.one);
	return r;
}
