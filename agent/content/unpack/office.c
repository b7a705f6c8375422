/* SPDX-License-Identifier: Apache-2.0 */
/* The text of WordprocessingML, DrawingML and VML, whose names for paragraphs, runs and tables agree once
 * their prefixes are gone. Runs are joined. Of tracked changes the line shows the text as it is now, and a
 * line beside it the text as it was. */

#include <string.h>

#include "markup.h"

#define KEY	WEIR_XML_KEY
#define OLD_MAX 65536

enum into { BODY, DELETED, FIELD };

struct office {
	struct weir_xml *x;
	struct weir_flow *f;
	bool text; /* within an element whose white space counts */
	enum into into;
	unsigned inserted, deleted; /* such elements open */
	uint64_t start;		    /* of the paragraph */
	bool changed;		    /* old has the paragraph's text so far */
	bool lost;		    /* it has text that the line hasn't */
	struct weir_buf old;
};

static void old_add(struct office *o, const uint8_t *data, size_t len)
{
	len = WEIR_MIN(len, OLD_MAX - o->old.len);
	if (weir_buf_append(&o->old, data, len) < 0)
		o->changed = false;
}

/* The first change in a paragraph: what it had before. */
static void change(struct office *o)
{
	const struct weir_flow *f = o->f;
	uint64_t start = WEIR_MAX(o->start, f->line_at);
	uint64_t from = WEIR_MAX(start, f->written) - f->written;

	if (o->changed)
		return;
	o->changed = true;
	weir_buf_clear(&o->old);
	if (from < f->len)
		old_add(o, f->out + from, f->len - from);
}

static void paragraph(struct office *o)
{
	if (o->lost && o->old.len > 0)
		weir_flow_aside(o->f, (const uint8_t *)o->old.data, o->old.len, true);
	weir_flow_side_end(o->f);
	o->changed = o->lost = false;
	weir_flow_block(o->f);
	o->start = o->f->written + o->f->len;
}

static void text(struct office *o, const struct weir_xml_token *t)
{
	uint8_t plain[512];
	const uint8_t *at = t->data;
	size_t left = t->len;

	if (!o->text && !(t->flags & WEIR_XML_INK))
		return;
	if (o->into == FIELD) {
		weir_flow_side_more(o->f, t->data, t->len);
		return;
	}
	if (o->into == BODY && o->deleted == 0)
		weir_flow_text(o->f, t);
	if (!o->changed || o->inserted > 0)
		return;
	o->lost |= o->into == DELETED || o->deleted > 0;
	while (left > 0) {
		size_t n = WEIR_MIN(left, sizeof(plain));

		old_add(o, plain, weir_xml_decode(at, n, plain));
		at += n;
		left -= n;
	}
}

/* A character of a symbol font, which has them at U+F000 and above. */
static void symbol(struct office *o, struct weir_xml_token *t)
{
	struct weir_xml_attr a;
	unsigned code = 0;

	while (weir_xml_attr(t, &a)) {
		if (!weir_xml_is(a.name, a.name_len, "char") || a.len > 6)
			continue;
		for (size_t i = 0; i < a.len; i++) {
			unsigned c = a.value[i], d = c - '0';

			code = code << 4 | (d <= 9 ? d : ((c | 0x20) - 'a' + 10) & 15);
		}
	}
	if (code >= 0xf020 && code < 0xf07f)
		weir_flow_char(o->f, (char)(code - 0xf000));
}

static void begin(struct office *o, unsigned *open, const struct weir_xml_token *t)
{
	if (t->flags & WEIR_XML_EMPTY)
		return; /* the mark of a changed paragraph end */
	change(o);
	++*open;
}

static void tab(struct office *o, const struct weir_xml_token *t)
{
	if (t->attrs_end - t->attrs > 2)
		return; /* a tab stop */
	if (o->f->cell)
		o->f->space = true;
	else
		weir_flow_char(o->f, '\t');
}

/* Names longer than a key, and names of which nothing is known. */
static void start_other(struct office *o, struct weir_xml_token *t)
{
	if (weir_xml_is(t->data, t->len, "delText")) {
		o->into = DELETED;
		o->text = true;
	} else if (weir_xml_is(t->data, t->len, "instrText") ||
		   weir_xml_is(t->data, t->len, "delInstrText")) {
		o->into = FIELD;
		o->text = true;
	} else if (weir_xml_is(t->data, t->len, "moveFrom")) {
		begin(o, &o->deleted, t);
	} else if (weir_xml_is(t->data, t->len, "noBreakHyphen")) {
		weir_flow_char(o->f, '-');
	} else if (weir_xml_is(t->data, t->len, "txbxContent")) {
		paragraph(o);
	} else if (t->attrs_end - t->attrs >= 8) {
		weir_markup_attrs(o->f, t);
	}
}

static void start(struct office *o, struct weir_xml_token *t)
{
	struct weir_xml_token leaf;

	switch (t->key) {
	case KEY('t'):
		o->text = !(t->flags & WEIR_XML_EMPTY);
		if (weir_xml_leaf(o->x, t, &leaf)) {
			text(o, &leaf);
			o->text = false;
		}
		break;
	case KEY('p'):
	case KEY('b', 'r'):
	case KEY('c', 'r'):
		paragraph(o);
		break;
	case KEY('t', 'a', 'b'):
		tab(o, t);
		break;
	case KEY('t', 'c'):
		weir_flow_cell(o->f);
		break;
	case KEY('t', 'r'):
	case KEY('t', 'b', 'l'):
		weir_flow_row_end(o->f);
		break;
	case KEY('s', 'y', 'm'):
		symbol(o, t);
		break;
	case KEY('i', 'n', 's'):
	case KEY('m', 'o', 'v', 'e', 'T', 'o'):
		begin(o, &o->inserted, t);
		break;
	case KEY('d', 'e', 'l'):
		begin(o, &o->deleted, t);
		break;
	/* how things look; most of the bytes of a document */
	case KEY('r'):
	case KEY('r', 'P', 'r'):
	case KEY('p', 'P', 'r'):
	case KEY('r', 'F', 'o', 'n', 't', 's'):
	case KEY('r', 'F', 'o', 'n', 't'):
	case KEY('l', 'a', 't', 'i', 'n'):
	case KEY('f', 'o', 'n', 't'):
	case KEY('e', 'a'):
	case KEY('c', 's'):
	case KEY('b'):
	case KEY('b', 'C', 's'):
	case KEY('i'):
	case KEY('i', 'C', 's'):
	case KEY('u'):
	case KEY('s', 'z'):
	case KEY('s', 'z', 'C', 's'):
	case KEY('c', 'o', 'l', 'o', 'r'):
	case KEY('l', 'a', 'n', 'g'):
	case KEY('k', 'e', 'r', 'n'):
	case KEY('j', 'c'):
	case KEY('i', 'n', 'd'):
	case KEY('s', 'h', 'd'):
	case KEY('s', 'p', 'a', 'c', 'i', 'n', 'g'):
	case KEY('p', 'S', 't', 'y', 'l', 'e'):
	case KEY('r', 'S', 't', 'y', 'l', 'e'):
	case KEY('t', 'c', 'P', 'r'):
	case KEY('t', 'c', 'W'):
	case KEY('t', 'r', 'P', 'r'):
	case KEY('x', 'f'):
		break;
	default:
		start_other(o, t);
		break;
	}
}

static void end(struct office *o, const struct weir_xml_token *t)
{
	switch (t->key) {
	case KEY('t'):
		o->text = false;
		break;
	case KEY('p'):
	case KEY('v'):
	case KEY('f'):
	case KEY('t', 'e', 'x', 't'):
	case KEY('a', 'u', 't', 'h', 'o', 'r'):
	case KEY('c', 'o', 'm', 'm', 'e', 'n', 't'):
	case KEY('c', 'm'):
	case KEY('t', 'x', 'b', 'x', 'C', 'o', 'n', 't'):
		paragraph(o);
		break;
	case KEY('t', 'c'):
		weir_flow_cell_end(o->f);
		break;
	case KEY('t', 'r'):
	case KEY('t', 'b', 'l'):
		weir_flow_row_end(o->f);
		break;
	case KEY('i', 'n', 's'):
	case KEY('m', 'o', 'v', 'e', 'T', 'o'):
		o->inserted -= o->inserted > 0;
		break;
	case KEY('d', 'e', 'l'):
	case KEY('m', 'o', 'v', 'e', 'F', 'r', 'o', 'm'):
		o->deleted -= o->deleted > 0;
		break;
	case KEY('d', 'e', 'l', 'T', 'e', 'x', 't'):
	case KEY('i', 'n', 's', 't', 'r', 'T', 'e', 'x'):
	case KEY('d', 'e', 'l', 'I', 'n', 's', 't', 'r'):
		o->into = BODY;
		o->text = false;
		break;
	default:
		break;
	}
}

int weir_markup_office(struct weir_xml *x, struct weir_flow *f)
{
	struct office o = {.x = x, .f = f, .old = WEIR_BUF_INIT(OLD_MAX)};
	struct weir_xml_token t;
	int r = 1;

	while (f->r == 0) {
		r = weir_xml_next(x, &t);
		if (r <= 0)
			break;
		if (t.kind == WEIR_XML_START)
			start(&o, &t);
		else if (t.kind == WEIR_XML_END)
			end(&o, &t);
		else if (t.kind == WEIR_XML_TEXT)
			text(&o, &t);
		else
			weir_markup_aside(x, f, &t);
	}
	paragraph(&o);
	weir_buf_done(&o.old);
	return WEIR_MIN(r, 0);
}
