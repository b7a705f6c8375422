/* SPDX-License-Identifier: Apache-2.0 */
/* OpenDocument text. Numbers of repeated cells and rows only move the column: nothing is written twice. */

#include <string.h>

#include "markup.h"
#include "number.h"

#define KEY	WEIR_XML_KEY
#define COLUMNS 16384u

struct odf {
	struct weir_flow *f;
	bool sheets;	 /* tables are sheets */
	unsigned tables; /* open, one in the other */
	unsigned beside; /* annotations, notes and the like open */
	bool cell;	 /* in a cell of a sheet */
	bool typed;	 /* the cell is a number or date */
	bool any;	 /* the row has text */
	unsigned column, at, repeat;
};

static bool named(const struct weir_xml_token *t, const char *name)
{
	return weir_xml_is(t->data, t->len, name);
}

static bool is(const struct weir_xml_attr *a, const char *name)
{
	return weir_xml_is(a->name, a->name_len, name);
}

/* A count of at most five digits. */
static unsigned count(const struct weir_xml_attr *a)
{
	unsigned n = 0;

	for (size_t i = 0; i < a->len && i < 5; i++)
		n = n * 10 + (a->value[i] & 15U);
	return n > 0 ? n : 1;
}

static void reach(struct odf *o)
{
	if (o->column > o->at)
		weir_flow_column(o->f, &o->at, o->column);
	o->any = true;
}

static void value(struct odf *o, const struct weir_xml_attr *a)
{
	char text[WEIR_NUMBER_TEXT];
	size_t len = weir_number_expand(a->value, a->len, text);

	reach(o);
	if (len > 0)
		weir_flow_long(o->f, text, len);
	else
		weir_flow_marked(o->f, a->value, a->len, WEIR_XML_AMP);
	o->typed = true;
}

static void sheet_cell(struct odf *o, struct weir_xml_token *t)
{
	struct weir_xml_attr a;

	o->cell = !(t->flags & WEIR_XML_EMPTY);
	o->typed = false;
	o->repeat = 1;
	while (weir_xml_attr(t, &a)) {
		if (is(&a, "number-columns-repeated"))
			o->repeat = count(&a);
		else if ((is(&a, "value") || is(&a, "date-value")) && !o->typed)
			value(o, &a);
		else if (is(&a, "formula") || is(&a, "string-value"))
			if (memchr(a.value, '"', a.len) || weir_flow_telling(a.value, a.len))
				weir_flow_side(o->f, NULL, 0, a.value, a.len);
	}
	weir_flow_side_end(o->f);
	if (!o->cell)
		o->column = WEIR_MIN(o->column + o->repeat, COLUMNS);
}

static void sheet_cell_end(struct odf *o)
{
	weir_flow_side_end(o->f);
	o->f->space = false;
	o->cell = false;
	o->column = WEIR_MIN(o->column + o->repeat, COLUMNS);
}

static void sheet_row_end(struct odf *o)
{
	o->f->space = false;
	if (o->any)
		weir_flow_char(o->f, '\n');
	o->any = false;
	o->column = o->at = 0;
}

static bool in_sheet(const struct odf *o)
{
	return o->sheets && o->tables == 1;
}

static void spaces(struct odf *o, struct weir_xml_token *t)
{
	struct weir_xml_attr a;
	unsigned n = 1;

	while (weir_xml_attr(t, &a))
		if (is(&a, "c"))
			n = count(&a);
	for (unsigned i = 0; i < WEIR_MIN(n, 64U) && o->f->line; i++)
		weir_flow_char(o->f, ' ');
}

static void block(struct odf *o)
{
	if (o->beside > 0)
		weir_flow_side_end(o->f);
	else if (in_sheet(o))
		o->f->space = o->any && o->at == o->column;
	else
		weir_flow_block(o->f);
}

static void tab(struct odf *o)
{
	if (o->f->cell || in_sheet(o))
		o->f->space = true;
	else
		weir_flow_char(o->f, '\t');
}

/* What stands beside the text that it is written in. */
static bool is_beside(const struct weir_xml_token *t)
{
	return named(t, "annotation") || named(t, "note-body") || named(t, "ruby-text") ||
	       named(t, "note-citation");
}

static void table(struct odf *o, struct weir_xml_token *t)
{
	if (t->flags & WEIR_XML_EMPTY)
		return;
	o->tables++;
	if (in_sheet(o))
		weir_flow_table(o->f);
	else if (!o->sheets)
		weir_flow_row_end(o->f);
	weir_markup_attrs(o->f, t);
}

static void table_end(struct odf *o)
{
	if (in_sheet(o)) {
		sheet_row_end(o);
		weir_flow_table_end(o->f);
	} else if (!o->sheets) {
		weir_flow_row_end(o->f);
	}
	o->tables -= o->tables > 0;
}

/* Vocabularies of how things look. */
static bool is_look(const struct weir_xml_token *t)
{
	return weir_xml_is(t->prefix, t->prefix_len, "style") ||
	       weir_xml_is(t->prefix, t->prefix_len, "number") ||
	       weir_xml_is(t->prefix, t->prefix_len, "fo");
}

static void start_other(struct odf *o, struct weir_xml_token *t)
{
	if (named(t, "table-cell") || named(t, "covered-table-cell")) {
		if (in_sheet(o))
			sheet_cell(o, t);
		else if (!o->sheets)
			weir_flow_cell(o->f);
		return;
	}
	if (named(t, "table-row")) {
		if (in_sheet(o))
			sheet_row_end(o);
		else if (!o->sheets)
			weir_flow_row_end(o->f);
		return;
	}
	if (named(t, "line-break"))
		block(o);
	if (named(t, "spreadsheet"))
		o->sheets = true;
	if (!is_look(t) && t->attrs_end - t->attrs >= 8)
		weir_markup_attrs(o->f, t);
	if (is_beside(t) && !(t->flags & WEIR_XML_EMPTY)) {
		weir_flow_side_end(o->f);
		o->beside++;
	}
}

static void start(struct odf *o, struct weir_xml_token *t)
{
	switch (t->key) {
	case KEY('p'):
	case KEY('h'):
		block(o);
		break;
	case KEY('s', 'p', 'a', 'n'):
		break;
	case KEY('s'):
		spaces(o, t);
		break;
	case KEY('t', 'a', 'b'):
		tab(o);
		break;
	case KEY('t', 'a', 'b', 'l', 'e'):
		table(o, t);
		break;
	default:
		start_other(o, t);
		break;
	}
}

static void end_other(struct odf *o, const struct weir_xml_token *t)
{
	if (named(t, "table-cell") || named(t, "covered-table-cell")) {
		if (in_sheet(o))
			sheet_cell_end(o);
		else if (!o->sheets)
			weir_flow_cell_end(o->f);
	} else if (named(t, "table-row")) {
		if (in_sheet(o))
			sheet_row_end(o);
		else if (!o->sheets)
			weir_flow_row_end(o->f);
	} else if (named(t, "spreadsheet")) {
		o->sheets = false;
	} else if (is_beside(t)) {
		weir_flow_side_end(o->f);
		o->beside -= o->beside > 0;
	}
}

static void end(struct odf *o, const struct weir_xml_token *t)
{
	switch (t->key) {
	case KEY('p'):
	case KEY('h'):
	case KEY('t', 'i', 't', 'l', 'e'):
	case KEY('d', 'e', 's', 'c'):
	case KEY('c', 'r', 'e', 'a', 't', 'o', 'r'):
	case KEY('d', 'a', 't', 'e'):
		block(o);
		break;
	case KEY('s', 'p', 'a', 'n'):
		break;
	case KEY('t', 'a', 'b', 'l', 'e'):
		table_end(o);
		break;
	default:
		end_other(o, t);
		break;
	}
}

static void text(struct odf *o, const struct weir_xml_token *t)
{
	if (!(t->flags & WEIR_XML_INK)) {
		o->f->space |= o->f->line && o->beside == 0 && !in_sheet(o);
		return;
	}
	if (o->beside > 0) {
		weir_flow_side_more(o->f, t->data, t->len);
	} else if (in_sheet(o) && o->cell && o->typed) {
		/* the value as it is shown, when that may say more than the value */
		if (weir_flow_telling(t->data, t->len))
			weir_flow_side(o->f, NULL, 0, t->data, t->len);
	} else {
		if (in_sheet(o))
			reach(o);
		weir_flow_text(o->f, t);
	}
}

int weir_markup_odf(struct weir_xml *x, struct weir_flow *f)
{
	struct odf o = {.f = f};
	struct weir_xml_token t;
	int r = 0;

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
	if (f->hold)
		weir_flow_table_end(f);
	return WEIR_MIN(r, 0);
}
