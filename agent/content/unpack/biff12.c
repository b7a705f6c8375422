/* SPDX-License-Identifier: Apache-2.0 */
/* Records of a type and a length in bytes of seven bits, then data. What is wanted of a part is found by the
 * types of a few; in all others, what looks like a counted string of UTF-16 is one. */

#include "biff12.h"

#include <errno.h>
#include <stdlib.h>

#include "little.h"
#include "number.h"
#include "weir/view/charset.h"
#include "window.h"
#include "xls.h"

enum {
	ROW = 0,
	CELL_RK = 2,
	CELL_BOOL = 4,
	CELL_REAL = 5,
	CELL_TEXT = 6,
	CELL_SHARED = 7,
	FORMULA_TEXT = 8,
	FORMULA_NUMBER = 9,
	FORMULA_BOOL = 10,
	STRING = 19,
	FORMAT = 44,
	STYLE = 47,
	SHEET_BEGINS = 145, /* the data of it */
	SHEET_ENDS = 146,
	SETTINGS = 153,
	STYLES_BEGIN = 617,
	STYLES_END = 618,
};

#define TEXT_MAX 65536 /* bytes of a string of 32767 characters, and more */

struct records {
	struct weir_window *window;
	uint64_t at;
	unsigned type;
	const uint8_t *data;
	size_t len;    /* what is there of it, at most WEIR_WINDOW */
	uint8_t *text; /* owned; UTF-8 of the last string */
	size_t text_len;
};

static void records_done(struct records *r)
{
	weir_window_free(r->window);
	free(r->text);
}

static int records_init(struct records *r, struct weir_unpack *u, const struct weir_bytes *bytes)
{
	*r = (struct records){.text = calloc(1, 2 * TEXT_MAX + WEIR_FLOW_PAD)};
	return r->text ? weir_window_new(u, bytes, &r->window) : -ENOMEM;
}

/* The next record: 1, 0 at the end, or what the tick said. */
static int next(struct records *r)
{
	const uint8_t *p;
	ssize_t n = weir_window_get(r->window, r->at, 6, &p);
	size_t i = 0;
	uint32_t len = 0;

	if (n < 2)
		return n < 0 ? (int)n : 0;
	r->type = p[i++];
	if (r->type & 0x80)
		r->type = (r->type & 0x7f) | (p[i++] & 0x7fu) << 7;
	for (unsigned shift = 0; shift < 28 && i < (size_t)n; shift += 7) {
		len |= (p[i] & 0x7fu) << shift;
		if (!(p[i++] & 0x80))
			break;
	}
	r->at += i;
	r->len = 0;
	if (len > 0) {
		n = weir_window_get(r->window, r->at, WEIR_MIN(len, (uint32_t)WEIR_WINDOW),
				    &r->data);
		if (n < 0)
			return (int)n;
		r->len = WEIR_MIN((size_t)n, (size_t)len);
	}
	r->at += len;
	return 1;
}

/* A string with its count of characters before it, at data[at]; into text. Bytes used, 0: none there. */
static size_t string(struct records *r, size_t at)
{
	size_t used, bytes;
	uint64_t count;

	r->text_len = 0;
	if (at > r->len || r->len - at < 4)
		return 0;
	count = weir_le32(r->data + at);
	if (count > TEXT_MAX / 2)
		return 0;
	bytes = (size_t)WEIR_MIN(count * 2, (uint64_t)(r->len - at - 4));
	r->text_len = weir_charset_decode(WEIR_CHARSET_UTF16LE, r->data + at + 4, bytes, true,
					  r->text, (size_t)2 * TEXT_MAX, &used);
	r->text_len = weir_flow_tidy(r->text, r->text_len, false);
	return bytes + 4;
}

int weir_biff12_strings(struct weir_unpack *u, const struct weir_bytes *bytes,
			struct weir_book *book)
{
	struct records r _cleanup_(records_done) = {};
	int n = records_init(&r, u, bytes);

	while (n >= 0 && (n = next(&r)) > 0) {
		if (r.type != STRING)
			continue;
		if (book->full)
			break;
		(void)string(&r, 1);
		n = weir_book_add(book, r.text, r.text_len, 0);
		if (n == 0)
			n = weir_book_next(book);
	}
	if (n >= 0)
		n = weir_book_seal(book);
	return n;
}

int weir_biff12_styles(struct weir_unpack *u, const struct weir_bytes *bytes,
		       struct weir_book *book)
{
	struct records r _cleanup_(records_done) = {};
	uint8_t *ids _cleanup_(freep) = weir_book_date_ids();
	bool cells = false;
	int n = ids ? records_init(&r, u, bytes) : -ENOMEM;

	while (n >= 0 && (n = next(&r)) > 0) {
		if (r.type == STYLES_BEGIN || r.type == STYLES_END) {
			cells = r.type == STYLES_BEGIN;
		} else if (r.type == FORMAT && string(&r, 2) > 0) {
			weir_book_date_id(ids, weir_le16(r.data),
					  weir_number_date_code(r.text, r.text_len));
		} else if (r.type == STYLE && cells && r.len >= 4) {
			weir_book_style(book, ids, weir_le16(r.data + 2));
		}
	}
	return n;
}

int weir_biff12_settings(struct weir_unpack *u, const struct weir_bytes *bytes,
			 struct weir_book *book)
{
	struct records r _cleanup_(records_done) = {};
	int n = records_init(&r, u, bytes);

	while (n >= 0 && (n = next(&r)) > 0)
		if (r.type == SETTINGS && r.len >= 4)
			book->from1904 = weir_le32(r.data) & 1;
	return n;
}

static void number(const struct weir_book *book, struct weir_flow *f, double value, uint32_t style)
{
	static const struct weir_xls_book none;
	char text[WEIR_XLS_NUMBER], date[WEIR_NUMBER_TEXT];
	size_t len = weir_xls_number(&none, 0, value, text), n = 0;

	if (weir_book_is_date(book, style))
		n = weir_number_date((const uint8_t *)text, len, book->from1904, date);
	weir_flow_long(f, n > 0 ? date : text, n > 0 ? n : len);
}

/* The value of a cell, which has its column and style before it. False: it shows none. */
static bool cell(struct records *r, struct weir_book *book, struct weir_flow *f, unsigned *at)
{
	uint32_t column, style;

	if (r->type < CELL_RK || r->type > FORMULA_BOOL || r->len < 9)
		return false;
	column = WEIR_MIN(weir_le32(r->data), UINT32_C(16383));
	style = weir_le32(r->data + 4) & 0xffffff;
	if (r->type == 3)
		return false; /* an error */
	weir_flow_column(f, at, column);
	if (r->type == CELL_RK && r->len >= 12) {
		number(book, f, weir_xls_rk(weir_le32(r->data + 8)), style);
	} else if ((r->type == CELL_REAL || r->type == FORMULA_NUMBER) && r->len >= 16) {
		number(book, f, weir_le_double(r->data + 8), style);
	} else if (r->type == CELL_TEXT || r->type == FORMULA_TEXT) {
		(void)string(r, 8);
		weir_flow_put(f, r->text, r->text_len);
	} else if (r->type == CELL_SHARED && r->len >= 12) {
		weir_book_show(book, weir_le32(r->data + 8), f);
	} else if (r->type == CELL_BOOL || r->type == FORMULA_BOOL) {
		weir_flow_char(f, r->data[8] ? '1' : '0');
	}
	return true;
}

static bool is_text(const struct records *r, size_t at, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (weir_le16(r->data + at + i * 2) < 0x20 &&
		    weir_le16(r->data + at + i * 2) != '\n')
			return false;
	return true;
}

/* Whatever strings a record holds. */
static void others(struct records *r, struct weir_flow *f)
{
	for (size_t at = 0; at + 8 <= r->len;) {
		uint32_t count = weir_le32(r->data + at);

		if (count < 2 || count > (r->len - at - 4) / 2 || !is_text(r, at + 4, count)) {
			at++;
			continue;
		}
		at += string(r, at);
		weir_flow_side(f, NULL, 0, r->text, r->text_len);
		weir_flow_side_end(f);
	}
}

int weir_biff12_part(struct weir_unpack *u, const struct weir_bytes *bytes, struct weir_book *book,
		     struct weir_flow *f)
{
	struct records r _cleanup_(records_done) = {};
	bool any = false;
	unsigned at = 0;
	int n = records_init(&r, u, bytes);

	while (n >= 0 && f->r == 0 && (n = next(&r)) > 0) {
		if (r.type == SHEET_BEGINS && !f->hold)
			weir_flow_table(f);
		if ((r.type == ROW || r.type == SHEET_ENDS) && any)
			weir_flow_char(f, '\n');
		if (r.type == ROW || r.type == SHEET_ENDS) {
			any = false;
			at = 0;
		} else if (f->hold && cell(&r, book, f, &at)) {
			any = true;
		} else {
			others(&r, f);
		}
	}
	if (f->hold)
		weir_flow_table_end(f);
	weir_flow_break(f);
	return WEIR_MIN(n, 0);
}
