/* SPDX-License-Identifier: Apache-2.0 */
/* A worksheet: cells at their columns, rows as lines, whatever else it says beside the table. */

#include <string.h>

#include "block.h"
#include "book.h"
#include "markup.h"
#include "number.h"

#define KEY	WEIR_XML_KEY
#define COLUMNS 16384u
#define HELD	32 /* cells */

enum type { NUMBER, SHARED, TEXTUAL };

/* A cell that was read and is yet to be written; data lies in the scanner's window. */
struct held {
	const uint8_t *data;
	uint32_t len, column;
	enum type type;
	unsigned flags;
	bool date;
};

struct sheet {
	struct weir_book *book;
	struct weir_flow *f;
	struct weir_xml *x;
	bool data;    /* within <sheetData> */
	bool value;   /* within what a cell shows */
	bool formula; /* within <f> */
	bool any;     /* the row has a cell with text */
	enum type type;
	bool date;
	unsigned column; /* of the cell */
	unsigned at;	 /* that the row has been written up to */
	/* strings lie all over the book: a few cells are read ahead of writing them, while the memory
	 * that they will want is on its way */
	struct held held[HELD];
	unsigned held_count;
};

/* "AB12"; 0 when it is none. */
static unsigned column_of(const uint8_t *p, size_t len)
{
	unsigned n = 0;

	for (size_t i = 0; i < len && i < 3; i++) {
		unsigned c = (p[i] | 0x20U) - 'a';

		if (c >= 26)
			break;
		n = n * 26 + c + 1;
	}
	return n <= COLUMNS ? n : 0;
}

static void cell(struct sheet *s, struct weir_xml_token *t)
{
	struct weir_xml_attr a;
	uint32_t style = 0;

	s->type = NUMBER;
	s->column++;
	while (weir_xml_attr(t, &a)) {
		if (a.name_len != 1)
			continue;
		if (*a.name == 'r') {
			unsigned column = column_of(a.value, a.len);

			/* columns only ever rise; what says otherwise is the next one */
			s->column = column > 0 && column >= s->column ? column : s->column;
		} else if (*a.name == 's') {
			for (size_t i = 0; i < a.len && i < 6; i++)
				style = style * 10 + (a.value[i] & 15U);
		} else if (*a.name == 't' && a.len > 0) {
			if (a.len == 1 && *a.value == 's')
				s->type = SHARED;
			else if (!(a.len == 1 && *a.value == 'n'))
				s->type = TEXTUAL;
		}
	}
	s->date = weir_book_is_date(s->book, style);
}

/* Before the first text of a cell: the row up to it. */
static inline void reach(struct sheet *s)
{
	unsigned to = s->column > 0 ? s->column - 1 : 0;

	if (to > s->at)
		weir_flow_column(s->f, &s->at, to);
	s->any = true;
}

/* The number of a string; how many characters it has. */
static inline size_t index_of(const uint8_t *data, size_t len, uint32_t *ret)
{
	uint32_t n = 0;
	size_t i;

	for (i = 0; i < len && i < 9 && (uint8_t)(data[i] - '0') < 10; i++)
		n = n * 10 + (uint32_t)(data[i] - '0');
	*ret = n;
	return i;
}

static void shared(struct sheet *s, const struct weir_xml_token *t)
{
	uint32_t n;
	size_t i = index_of(t->data, t->len, &n);

	if (i > 0)
		weir_book_show(s->book, n, s->f);
	if (i < t->len)
		weir_flow_text(s->f, t);
}

static void numeric(struct sheet *s, const struct weir_xml_token *t)
{
	char text[WEIR_NUMBER_TEXT];
	size_t len = 0;

	if (s->date)
		len = weir_number_date(t->data, t->len, s->book->from1904, text);
	if (len == 0 && t->len > 4)
		len = weir_number_expand(t->data, t->len, text);
	if (len > 0)
		weir_flow_long(s->f, text, len);
	else
		weir_flow_text(s->f, t);
}

static void text(struct sheet *s, const struct weir_xml_token *t)
{
	if (s->value) {
		if (!(t->flags & WEIR_XML_INK) && s->type != TEXTUAL)
			return;
		reach(s);
		if (s->type == SHARED)
			shared(s, t);
		else if (s->type == NUMBER)
			numeric(s, t);
		else
			weir_flow_text(s->f, t);
	} else if (s->formula) {
		/* what only names cells holds nothing */
		if (memchr(t->data, '"', t->len) || weir_flow_telling(t->data, t->len))
			weir_flow_side(s->f, NULL, 0, t->data, t->len);
		weir_flow_side_end(s->f);
	} else if (t->flags & WEIR_XML_INK) {
		weir_flow_side(s->f, NULL, 0, t->data, t->len);
		weir_flow_side_end(s->f);
	}
}

static void row_end(struct sheet *s)
{
	if (s->any)
		weir_flow_char(s->f, '\n');
	s->any = false;
	s->column = s->at = 0;
}

static void start(struct sheet *s, struct weir_xml_token *t)
{
	bool open = !(t->flags & WEIR_XML_EMPTY);
	struct weir_xml_token leaf;

	switch (t->key) {
	case KEY('c'):
		cell(s, t);
		break;
	case KEY('v'):
		s->value = open && s->data;
		if (s->value && weir_xml_leaf(s->x, t, &leaf)) {
			if (leaf.len > 0)
				text(s, &leaf);
			s->value = false;
			weir_xml_skip_end(s->x, "</c>", 4);
		}
		break;
	case KEY('t'):
		s->value = open && s->data;
		s->type = TEXTUAL;
		break;
	case KEY('f'):
		s->formula = open;
		break;
	case KEY('r', 'o', 'w'):
		row_end(s);
		break;
	case KEY('i', 's'):
	case KEY('r'):
	case KEY('r', 'P', 'r'):
		break;
	default:
		if (weir_xml_is(t->data, t->len, "sheetData"))
			s->data = open;
		else if (t->attrs_end - t->attrs >= 8)
			weir_markup_attrs(s->f, t);
		break;
	}
}

static void end(struct sheet *s, const struct weir_xml_token *t)
{
	switch (t->key) {
	case KEY('v'):
	case KEY('t'):
		s->value = false;
		break;
	case KEY('f'):
		s->formula = false;
		break;
	case KEY('c'):
		break;
	case KEY('r', 'o', 'w'):
		row_end(s);
		break;
	default:
		if (weir_xml_is(t->data, t->len, "sheetData"))
			s->data = false;
		break;
	}
}

/* A value that has been read off: up to where its '<' is, NULL when it is longer or not all there. */
static inline const uint8_t *value_of(const uint8_t *p, struct weir_xml_token *ret)
{
	ret->data = p;
	ret->flags = WEIR_XML_INK;
	for (unsigned i = 0; i < 4; i++, p += WEIR_BLOCK) {
		weir_block block = weir_block_load(p);
		uint32_t lt = weir_block_equal(block, '<');
		uint32_t below = lt ? (lt & -lt) - 1 : WEIR_BLOCK_ALL;

		if (weir_block_equal(block, '&') & below)
			ret->flags |= WEIR_XML_AMP;
		if (weir_block_upto(block, 0x1f) & below)
			ret->flags |= WEIR_XML_CTRL;
		if (!lt)
			continue;
		p += __builtin_ctz(lt);
		ret->len = (size_t)(p - ret->data);
		return p;
	}
	return NULL;
}

/* Of the attributes s="5" and t="str", which come next: p behind them, NULL when it is another. */
static inline const uint8_t *quick_attrs(const uint8_t *p, uint32_t *style, enum type *type)
{
	while (*p == ' ') {
		uint8_t name = p[1];

		if (p[2] != '=' || p[3] != '"')
			return NULL;
		p += 4;
		if (name == 's') {
			for (*style = 0; (uint8_t)(*p - '0') < 10 && *style < WEIR_BOOK_STYLES; p++)
				*style = *style * 10 + (*p - '0');
		} else if (name == 't') {
			*type = p[0] == 's' && p[1] == '"' ? SHARED : *p == 'n' ? NUMBER : TEXTUAL;
			for (unsigned i = 0; i < 9 && (*p | 0x20) >= 'a' && (*p | 0x20) <= 'z'; i++)
				p++;
		} else {
			return NULL;
		}
		if (*p++ != '"')
			return NULL;
	}
	return p;
}

/* Writes the cells that are held. */
static void release(struct sheet *s)
{
	const struct weir_book *book = s->book;
	unsigned column = s->column;

	for (unsigned i = 0; i < s->held_count; i++) {
		const struct held *h = &s->held[i];
		uint32_t n;

		if (h->type == SHARED && index_of(h->data, h->len, &n) > 0 && n < book->count)
			__builtin_prefetch(book->text + book->at[n]);
	}
	s->value = true;
	for (unsigned i = 0; i < s->held_count; i++) {
		const struct held *h = &s->held[i];
		const struct weir_xml_token value = {
			.kind = WEIR_XML_TEXT, .flags = h->flags, .data = h->data, .len = h->len};

		s->column = h->column;
		s->type = h->type;
		s->date = h->date;
		text(s, &value);
	}
	s->value = false;
	s->held_count = 0;
	s->column = column;
}

static inline void hold(struct sheet *s, const struct held *h)
{
	uint32_t n;

	if (h->type == SHARED && index_of(h->data, h->len, &n) > 0 && n < s->book->count)
		__builtin_prefetch(&s->book->at[n]);
	s->held[s->held_count++] = *h;
	if (s->held_count == HELD)
		release(s);
}

/* The cell that comes next, when it is written the way that nearly all are: <c r="B7" s="1" t="s"><v>5</v></c>.
 * False: it is not, and nothing has happened; the tokens say what it is. */
static bool quick_cell(struct sheet *s)
{
	const uint8_t *p = s->x->at, *start = p;
	struct weir_xml_token value = {.kind = WEIR_XML_TEXT};
	enum type type = NUMBER;
	uint32_t style = 0;
	unsigned column = 0;

	if (s->x->end - p < 192 || memcmp(p, "<c r=\"", 6) != 0)
		return false;
	for (p += 6; (uint8_t)(*p - 'A') < 26 && column <= COLUMNS; p++)
		column = column * 26 + (*p - 'A') + 1;
	for (unsigned i = 0; i < 8 && (uint8_t)(*p - '0') < 10; i++)
		p++;
	if (column > COLUMNS || column <= s->column || *p++ != '"')
		return false;
	p = quick_attrs(p, &style, &type);
	if (!p)
		return false;
	if (p[0] == '/' && p[1] == '>') {
		s->column = column;
		s->x->at += p + 2 - start;
		return true;
	}
	if (memcmp(p, "><v>", 4) != 0)
		return false;
	p = value_of(p + 4, &value);
	if (!p || value.len == 0 || memcmp(p, "</v></c>", 8) != 0)
		return false;
	s->column = column;
	hold(s, &(struct held){.data = value.data,
			       .len = (uint32_t)value.len,
			       .column = column,
			       .type = type,
			       .flags = value.flags,
			       .date = weir_book_is_date(s->book, style)});
	s->x->at += p + 8 - start;
	return true;
}

int weir_book_sheet(struct weir_book *book, struct weir_xml *x, struct weir_flow *f)
{
	struct sheet s = {.book = book, .f = f, .x = x};
	struct weir_xml_token t;
	int r = 0;

	weir_flow_table(f);
	while (f->r == 0) {
		if (s.data && !s.value && !s.formula && quick_cell(&s))
			continue;
		if (s.held_count > 0)
			release(&s);
		r = weir_xml_next(x, &t);
		if (r <= 0)
			break;
		if (t.kind == WEIR_XML_START)
			start(&s, &t);
		else if (t.kind == WEIR_XML_END)
			end(&s, &t);
		else if (t.kind == WEIR_XML_TEXT)
			text(&s, &t);
		else
			weir_markup_aside(x, f, &t);
	}
	row_end(&s);
	weir_flow_table_end(f);
	return WEIR_MIN(r, 0);
}
