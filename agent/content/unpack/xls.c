/* SPDX-License-Identifier: Apache-2.0 */
/* Excel 5 to 2003: a stream of records, walked once. First the workbook's own (strings, formats, names
 * of sheets), then each sheet's cells, row by row. xls_cell.c writes values; xls_string.c reads
 * strings that go on from record to record. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "little.h"
#include "ole.h"
#include "window.h"
#include "xls.h"

#define DAMAGED	    "the workbook's records are damaged; its bytes were searched instead"
#define SHEETS_MAX  4096
#define COLUMNS_MAX 256 /* empty cells that are written to keep columns apart */

enum {
	R_FORMULA = 0x06,
	R_EOF = 0x0a,
	R_HEADER = 0x14,
	R_FOOTER = 0x15,
	R_NOTE = 0x1c,
	R_DATE1904 = 0x22,
	R_FILEPASS = 0x2f,
	R_CONTINUE = 0x3c,
	R_CODEPAGE = 0x42,
	R_WRITEACCESS = 0x5c,
	R_BOUNDSHEET = 0x85,
	R_MULRK = 0xbd,
	R_RSTRING = 0xd6,
	R_XF = 0xe0,
	R_SST = 0xfc,
	R_LABELSST = 0xfd,
	R_TXO = 0x1b6,
	R_HLINK = 0x1b8,
	R_NUMBER = 0x203,
	R_LABEL = 0x204,
	R_STRING = 0x207,
	R_RK = 0x27e,
	R_FORMAT = 0x41e,
	R_BOF = 0x809,
};

struct sheet {
	uint32_t at; /* of its first record */
	char *name;
};

struct xls {
	const struct weir_ole *o;
	struct weir_window *window;
	struct weir_xls_book book;
	struct sheet sheets[SHEETS_MAX];
	size_t sheet_count;
	struct weir_buf text; /* a string or number on its way */
	struct weir_buf
		notes; /* what is no cell: notes, headers, text boxes; a part behind the sheet */
	const char *sheet;
	bool table;   /* a table is open */
	bool started; /* its current row has cells */
	bool waits;   /* a formula's text comes in the next STRING */
	bool encrypted, damaged;
	uint32_t row, column, waiting_row, waiting_column;
	unsigned depth; /* of BOF in BOF */
	char name[64];
	char path[WEIR_OLE_PATH];
};

struct record {
	uint16_t type;
	const uint8_t *data;
	size_t len;
	uint64_t next;
};

static int open_table(struct xls *x)
{
	int r;

	if (x->table)
		return 0;
	r = weir_emit_begin(x->o->u, weir_ole_name(x->o, x->sheet ? x->sheet : "sheet", x->path),
			    NULL, WEIR_PART_TABLE);
	if (r < 0)
		return r;
	x->table = true;
	x->started = false;
	x->row = x->column = 0;
	return 0;
}

static int close_table(struct xls *x)
{
	int r = 0;

	if (!x->table)
		return 0;
	x->table = false;
	if (x->started)
		r = weir_emit_row(x->o->u);
	return r < 0 ? r : weir_emit_end(x->o->u);
}

/* A cell at its place; cells that were left out before it in its row are written as empty. */
static int cell(struct xls *x, uint32_t row, uint32_t column, const void *data, size_t len)
{
	int r = open_table(x);

	if (r == 0 && x->started && (row != x->row || column < x->column)) {
		r = weir_emit_row(x->o->u);
		x->started = false;
	}
	if (!x->started)
		x->column = 0;
	x->row = row;
	x->started = true;
	if (column < COLUMNS_MAX)
		for (; r == 0 && x->column < column; x->column++)
			r = weir_emit_cell(x->o->u, "", 0);
	x->column = column + 1;
	return r < 0 ? r : weir_emit_cell(x->o->u, data, len);
}

static int number(struct xls *x, uint32_t row, uint32_t column, uint16_t format, double value)
{
	char text[WEIR_XLS_NUMBER];
	size_t n = weir_xls_number(&x->book, format, value, text);

	return cell(x, row, column, text, n);
}

/* Reads a string at the start of data into x->text. */
static int string(struct xls *x, const uint8_t *data, size_t len, bool short_length)
{
	int r;

	weir_buf_clear(&x->text);
	r = weir_xls_string(&x->book, data, len, short_length, &x->text);
	return r == -ENOMEM ? r : 0;
}

static int string_cell(struct xls *x, const struct record *rec)
{
	int r = string(x, rec->data + 6, rec->len - 6, false);

	if (r < 0)
		return r;
	return cell(x, weir_le16(rec->data), weir_le16(rec->data + 2), x->text.data, x->text.len);
}

static int shared_cell(struct xls *x, const struct record *rec)
{
	size_t len = 0;
	const char *text = weir_xls_shared(&x->book, weir_le32(rec->data + 6), &len);
	int r;

	if (!text) {
		x->damaged = true;
		return 0;
	}
	/* a long string may be pointed at by any number of small cells */
	r = weir_read_unpacked(x->o->u, rec->len + 4, len);
	return r < 0 ? r : cell(x, weir_le16(rec->data), weir_le16(rec->data + 2), text, len);
}

static int many(struct xls *x, const struct record *rec)
{
	uint32_t row = weir_le16(rec->data), column = weir_le16(rec->data + 2);
	int r = 0;

	for (size_t at = 4; at + 8 <= rec->len && r == 0; at += 6, column++)
		r = number(x, row, column, weir_le16(rec->data + at),
			   weir_xls_rk(weir_le32(rec->data + at + 2)));
	return r;
}

static int formula(struct xls *x, const struct record *rec)
{
	const uint8_t *d = rec->data;

	x->waits = false;
	if (weir_le16(d + 12) != 0xffff)
		return number(x, weir_le16(d), weir_le16(d + 2), weir_le16(d + 4),
			      weir_le_double(d + 6));
	if (d[6] == 0) {
		x->waits = true;
		x->waiting_row = weir_le16(d);
		x->waiting_column = weir_le16(d + 2);
	}
	return 0;
}

static int formula_text(struct xls *x, const struct record *rec)
{
	int r;

	if (!x->waits)
		return 0;
	x->waits = false;
	r = string(x, rec->data, rec->len, false);
	if (r < 0)
		return r;
	return cell(x, x->waiting_row, x->waiting_column, x->text.data, x->text.len);
}

/* Keeps a text that is no cell until its sheet has ended; without room it is gone, and said so. */
static int note(struct xls *x)
{
	int r = 0;

	if (x->text.len > 0)
		r = weir_buf_append(&x->notes, x->text.data, x->text.len);
	if (r == 0 && x->text.len > 0)
		r = weir_buf_append(&x->notes, "\n", 1);
	if (r == -ENOBUFS)
		x->damaged = true;
	return r == -ENOMEM ? r : 0;
}

static int note_string(struct xls *x, const struct record *rec, size_t skip, bool short_length)
{
	int r = 0;

	if (rec->len > skip)
		r = string(x, rec->data + skip, rec->len - skip, short_length);
	return r < 0 || rec->len <= skip ? r : note(x);
}

static int flush_notes(struct xls *x, const char *name)
{
	int r;

	if (x->notes.len == 0)
		return 0;
	r = weir_emit_begin(x->o->u, weir_ole_name(x->o, name, x->path), NULL, WEIR_PART_TEXT);
	if (r == 0)
		r = weir_emit_text(x->o->u, x->notes.data, x->notes.len);
	weir_buf_clear(&x->notes);
	return r < 0 ? r : weir_emit_end(x->o->u);
}

/* ---- records ---- */

/* 1 with *ret, 0 at the end, or negative. */
static int next_record(struct xls *x, uint64_t at, struct record *ret)
{
	const uint8_t *p = NULL;
	ssize_t n = weir_window_get(x->window, at, 4, &p);

	if (n < 4) {
		x->damaged |= n > 0 && !weir_padding(p, (size_t)n);
		return n < 0 ? (int)n : 0;
	}
	ret->type = weir_le16(p);
	ret->len = weir_le16(p + 2);
	ret->next = at + 4 + ret->len;
	ret->data = p + 4;
	if (ret->len == 0)
		return 1;
	n = weir_window_get(x->window, at + 4, ret->len, &p);
	if (n < 0)
		return (int)n;
	ret->data = p;
	if ((size_t)n < ret->len) {
		x->damaged = true;
		ret->len = (size_t)n;
	}
	return 1;
}

struct pieces {
	struct xls *x;
	uint64_t next;
};

/* The continuation behind a record, as weir_xls_more_fn. */
static int more(void *context, const uint8_t **ret, size_t *ret_len)
{
	struct pieces *p = context;
	struct record rec = {0};
	int r = next_record(p->x, p->next, &rec);

	if (r <= 0 || rec.type != R_CONTINUE)
		return r < 0 ? r : 0;
	p->next = rec.next;
	*ret = rec.data;
	*ret_len = rec.len;
	return 1;
}

static int shared_strings(struct xls *x, struct record *rec)
{
	struct pieces p = {x, rec->next};
	int r = weir_xls_load_shared(&x->book, rec->data, rec->len, more, &p);

	rec->next = p.next;
	if (r == -EBADMSG || r == -ENOBUFS) {
		x->damaged = true;
		return 0;
	}
	return r;
}

static int text_box(struct xls *x, struct record *rec)
{
	struct pieces p = {x, rec->next};
	size_t characters = rec->len >= 12 ? weir_le16(rec->data + 10) : 0;
	int r = 0;

	if (x->book.version < 8)
		return 0;
	weir_buf_clear(&x->text);
	while (characters > 0 && r == 0) {
		const uint8_t *data = NULL;
		size_t len = 0;
		int got = more(&p, &data, &len);

		if (got <= 0) {
			x->damaged |= got == 0;
			r = got;
			break;
		}
		if (len == 0)
			break;
		r = weir_xls_characters(&x->book, data + 1, len - 1, data[0] & 1, &characters,
					&x->text);
	}
	rec->next = p.next;
	return r < 0 && r != -ENOBUFS ? r : note(x);
}

static int sheet_name(struct xls *x, const struct record *rec)
{
	struct sheet *s = &x->sheets[x->sheet_count];
	int r;

	if (x->sheet_count == SHEETS_MAX)
		return 0;
	r = string(x, rec->data + 6, rec->len - 6, true);
	if (r < 0)
		return r;
	s->at = weir_le32(rec->data);
	s->name = strndup(x->text.len ? x->text.data : "sheet", x->text.len ? x->text.len : 5);
	if (!s->name)
		return -ENOMEM;
	x->sheet_count++;
	return note(x);
}

static int begin_sheet(struct xls *x, const struct record *rec, uint64_t at)
{
	unsigned version = rec->len >= 2 ? weir_le16(rec->data) : 0;

	if (x->depth++ > 0)
		return 0;
	x->book.version = version >= 0x600 ? 8 : 5;
	x->sheet = NULL;
	for (size_t i = 0; i < x->sheet_count && !x->sheet; i++)
		if (x->sheets[i].at == at)
			x->sheet = x->sheets[i].name;
	return 0;
}

static int end_sheet(struct xls *x)
{
	int r = 0;

	if (x->depth > 0)
		x->depth--;
	if (x->depth == 0) {
		r = close_table(x);
		if (r == 0)
			r = flush_notes(x, x->sheet ? x->sheet : "workbook");
	}
	return r;
}

/* Least length by type, 0 for records that are not looked at. */
static size_t least(uint16_t type)
{
	switch (type) {
	case R_FORMULA:
	case R_NUMBER:
		return 14;
	case R_RK:
	case R_LABELSST:
	case R_MULRK:
		return 10;
	case R_LABEL:
	case R_RSTRING:
	case R_BOUNDSHEET:
		return 8;
	case R_XF:
		return 4;
	case R_SST:
		return 8;
	case R_CODEPAGE:
	case R_DATE1904:
		return 2;
	case R_FORMAT:
		return 3;
	default:
		return 0;
	}
}

static int global_record(struct xls *x, struct record *rec)
{
	switch (rec->type) {
	case R_FILEPASS:
		x->encrypted = true;
		return 0;
	case R_CODEPAGE:
		x->book.charset = weir_words_codepage(weir_le16(rec->data));
		return 0;
	case R_DATE1904:
		x->book.date1904 = weir_le16(rec->data) == 1;
		return 0;
	case R_FORMAT:
		return weir_xls_add_format(&x->book, rec->data, rec->len);
	case R_XF:
		return weir_xls_add_xf(&x->book, weir_le16(rec->data + 2));
	case R_SST:
		return shared_strings(x, rec);
	case R_BOUNDSHEET:
		return sheet_name(x, rec);
	default:
		return 0;
	}
}

static int other_record(struct xls *x, struct record *rec)
{
	switch (rec->type) {
	case R_HEADER:
	case R_FOOTER:
	case R_WRITEACCESS:
		return note_string(x, rec, 0, x->book.version < 8);
	case R_NOTE:
		/* in BIFF8 the author; the text is in a text box */
		return note_string(x, rec, x->book.version < 8 ? 4 : 8, false);
	case R_TXO:
		return text_box(x, rec);
	case R_HLINK:
		weir_buf_clear(&x->text);
		for (size_t i = 0; i + 1 < rec->len; i += 2) {
			char c = rec->data[i + 1] == 0 && rec->data[i] > ' ' && rec->data[i] < 0x7f
					 ? (char)rec->data[i]
					 : ' ';

			if (weir_buf_append(&x->text, &c, 1) == -ENOMEM)
				return -ENOMEM;
		}
		return note(x);
	default:
		return global_record(x, rec);
	}
}

static int handle(struct xls *x, struct record *rec, uint64_t at)
{
	const uint8_t *d = rec->data;

	if (rec->len < least(rec->type)) {
		x->damaged = true;
		return 0;
	}
	switch (rec->type) {
	case R_BOF:
		return begin_sheet(x, rec, at);
	case R_EOF:
		return end_sheet(x);
	case R_LABELSST:
		return shared_cell(x, rec);
	case R_LABEL:
	case R_RSTRING:
		return string_cell(x, rec);
	case R_NUMBER:
		return number(x, weir_le16(d), weir_le16(d + 2), weir_le16(d + 4),
			      weir_le_double(d + 6));
	case R_RK:
		return number(x, weir_le16(d), weir_le16(d + 2), weir_le16(d + 4),
			      weir_xls_rk(weir_le32(d + 6)));
	case R_MULRK:
		return many(x, rec);
	case R_FORMULA:
		return formula(x, rec);
	case R_STRING:
		return formula_text(x, rec);
	default:
		return other_record(x, rec);
	}
}

/* Strings that no cell shows any more are in the file all the same. */
static int orphans(struct xls *x)
{
	int r = 0;

	for (uint32_t i = 0; r == 0; i++) {
		size_t len = 0;
		const char *text = weir_xls_unseen(&x->book, &i, &len);

		if (!text)
			break;
		weir_buf_clear(&x->text);
		r = weir_buf_append(&x->text, text, len);
		r = r == -ENOMEM ? r : note(x);
		if (r == 0 && x->notes.len > 65536)
			r = flush_notes(x, "unused strings");
	}
	return r < 0 ? r : flush_notes(x, "unused strings");
}

static int walk(struct xls *x)
{
	uint64_t at = 0;
	int r = 1;

	while (r > 0 && !x->encrypted) {
		struct record rec = {0};

		r = next_record(x, at, &rec);
		if (r <= 0)
			break;
		if (at == 0 && rec.type != R_BOF) {
			x->damaged = true;
			break;
		}
		r = handle(x, &rec, at);
		r = r < 0 ? r : 1;
		at = rec.next;
	}
	if (r >= 0)
		r = close_table(x);
	if (r == 0)
		r = flush_notes(x, "workbook");
	return r < 0 ? r : orphans(x);
}

static void xls_free(struct xls *x)
{
	for (size_t i = 0; i < x->sheet_count; i++)
		free(x->sheets[i].name);
	weir_xls_book_done(&x->book);
	weir_window_free(x->window);
	weir_buf_done(&x->text);
	weir_buf_done(&x->notes);
	free(x);
}
DEFINE_CLEANUP(xls_free, struct xls *);

int weir_xls_read(const struct weir_ole *o, uint32_t workbook)
{
	struct xls *x _cleanup_(xls_freep) = calloc(1, sizeof(*x));
	struct weir_cfb_stream s;
	struct weir_bytes bytes;
	int r;

	if (!x)
		return -ENOMEM;
	x->o = o;
	x->text = WEIR_BUF_INIT(1 << 20);
	x->notes = WEIR_BUF_INIT(4 << 20);
	weir_xls_book_init(&x->book);
	r = weir_cfb_open(o->cfb, workbook, &s, &bytes);
	if (r == 0)
		r = weir_window_new(o->u, &bytes, &x->window);
	if (r == 0)
		r = walk(x);
	if (r < 0)
		return r;
	if (x->encrypted)
		weir_ole_gap(o, WEIR_SCAN_UNSCANNABLE, WEIR_UNPACK_ENCRYPTED);
	else if (x->damaged || x->window->broken)
		return weir_ole_raw(o, workbook, DAMAGED);
	return 0;
}
