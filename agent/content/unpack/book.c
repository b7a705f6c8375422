/* SPDX-License-Identifier: Apache-2.0 */
#include "book.h"

#include <errno.h>
#include <stdlib.h>

#include "markup.h"
#include "number.h"

#define KEY WEIR_XML_KEY

int weir_book_new(size_t max, struct weir_book **ret)
{
	struct weir_book *book = calloc(1, sizeof(*book));

	if (!book)
		return -ENOMEM;
	book->max = WEIR_MIN(max, (size_t)UINT32_MAX / 2);
	*ret = book;
	return 0;
}

void weir_book_free(struct weir_book *book)
{
	if (!book)
		return;
	free(book->text);
	free(book->at);
	free(book->used);
	free(book);
}

static int grow(void **array, size_t *size, size_t need, size_t unit)
{
	size_t n = *size ? *size : 4096;
	void *p;

	if (need <= *size)
		return 0;
	while (n < need)
		n *= 2;
	p = realloc(*array, n * unit);
	if (!p)
		return -ENOMEM;
	*array = p;
	*size = n;
	return 0;
}

static uint32_t *tail(struct weir_book *book)
{
	return &book->at[book->count + 1];
}

static int first(struct weir_book *book)
{
	int r;

	if (book->at)
		return 0;
	r = grow((void **)&book->at, &book->at_size, 2, sizeof(*book->at));
	if (!book->at)
		return -ENOMEM;
	book->at[0] = book->at[1] = 0;
	return r;
}

int weir_book_add(struct weir_book *book, const uint8_t *data, size_t len, unsigned flags)
{
	size_t held;
	int r = first(book);

	if (r < 0)
		return r;
	held = *tail(book);
	r = grow((void **)&book->text, &book->text_size, held + len + WEIR_FLOW_PAD, 1);
	if (r < 0)
		return r;
	if (flags & WEIR_XML_AMP)
		len = weir_xml_decode(data, len, book->text + held);
	else
		memcpy(book->text + held, data, len);
	if (flags & (WEIR_XML_AMP | WEIR_XML_CTRL))
		len = weir_flow_tidy(book->text + held, len, false);
	*tail(book) += (uint32_t)len;
	return 0;
}

int weir_book_next(struct weir_book *book)
{
	uint32_t end;
	int r = first(book);

	if (r == 0)
		r = grow((void **)&book->text, &book->text_size, WEIR_FLOW_PAD, 1);
	if (r == 0)
		r = grow((void **)&book->at, &book->at_size, book->count + 3U, sizeof(*book->at));
	if (r < 0)
		return r;
	end = *tail(book);
	book->count++;
	*tail(book) = end;
	book->full = end + book->count * sizeof(*book->at) >= book->max;
	return 0;
}

int weir_book_seal(struct weir_book *book)
{
	int r = 0;

	/* what was cut off in the middle counts as a string */
	if (book->at && *tail(book) > book->at[book->count])
		r = weir_book_next(book);
	if (r < 0 || book->count == 0)
		return r;
	free(book->used);
	book->used = calloc(book->count / 8 + 1, 1);
	return book->used ? 0 : -ENOMEM;
}

struct strings {
	struct weir_xml *x;
	struct weir_book *book;
	struct weir_flow *f;
	bool text; /* within <t> */
};

static int strings_text(struct strings *s, const struct weir_xml_token *t)
{
	if (!s->text && !(t->flags & WEIR_XML_INK))
		return 0;
	if (s->book->at && *tail(s->book) >= s->book->max)
		s->book->full = true;
	if (!s->book->full)
		return weir_book_add(s->book, t->data, t->len, t->flags);
	weir_flow_text(s->f, t);
	return s->f->r;
}

static int strings_start(struct strings *s, const struct weir_xml_token *t)
{
	bool empty = t->flags & WEIR_XML_EMPTY;
	struct weir_xml_token leaf;
	int r;

	if (t->key == KEY('t')) {
		s->text = !empty;
		if (!weir_xml_leaf(s->x, t, &leaf))
			return 0;
		r = strings_text(s, &leaf);
		s->text = false;
		return r;
	} else if (t->key == KEY('r', 'P', 'h') && !s->book->full) {
		return weir_book_add(s->book, (const uint8_t *)" ", 1, 0);
	} else if (t->key == KEY('s', 'i') && empty && !s->book->full) {
		return weir_book_next(s->book);
	}
	return 0;
}

static int strings_end(struct strings *s, const struct weir_xml_token *t)
{
	if (t->key == KEY('t'))
		s->text = false;
	else if (t->key == KEY('s', 'i') && !s->book->full)
		return weir_book_next(s->book);
	else if (t->key == KEY('s', 'i'))
		weir_flow_break(s->f);
	return 0;
}

int weir_book_strings(struct weir_book *book, struct weir_xml *x, struct weir_flow *f)
{
	struct strings s = {x, book, f, false};
	struct weir_xml_token t;
	int r, end = 0;

	while ((r = weir_xml_next(x, &t)) > 0 && end == 0) {
		if (t.kind == WEIR_XML_TEXT)
			end = strings_text(&s, &t);
		else if (t.kind == WEIR_XML_START)
			end = strings_start(&s, &t);
		else if (t.kind == WEIR_XML_END)
			end = strings_end(&s, &t);
		else
			weir_markup_aside(x, f, &t);
	}
	if (end == 0)
		end = weir_book_seal(book);
	return end < 0 ? end : WEIR_MIN(r, 0);
}

void weir_book_unused(struct weir_book *book, struct weir_flow *f)
{
	for (uint32_t i = 0; i < book->count && f->r == 0; i++) {
		if (book->used[i / 8] >> i % 8 & 1)
			continue;
		weir_flow_put(f, book->text + book->at[i], book->at[i + 1] - book->at[i]);
		weir_flow_break(f);
	}
}

static uint32_t number(const struct weir_xml_attr *a)
{
	uint32_t n = 0;

	for (size_t i = 0; i < a->len && i < 9; i++) {
		if (a->value[i] < '0' || a->value[i] > '9')
			return UINT32_MAX;
		n = n * 10 + (uint32_t)(a->value[i] - '0');
	}
	return n;
}

uint8_t *weir_book_date_ids(void)
{
	uint8_t *ids = calloc(WEIR_BOOK_STYLES / 8, 1);

	for (uint32_t id = 0; ids && id < 64; id++)
		weir_book_date_id(ids, id, weir_number_date_id(id));
	return ids;
}

void weir_book_date_id(uint8_t *ids, uint32_t id, bool date)
{
	if (id >= WEIR_BOOK_STYLES)
		return;
	ids[id / 8] &= (uint8_t) ~(1 << id % 8);
	ids[id / 8] |= (uint8_t)(date << id % 8);
}

void weir_book_style(struct weir_book *book, const uint8_t *ids, uint32_t id)
{
	uint32_t style = book->styles;

	if (style >= WEIR_BOOK_STYLES)
		return;
	book->styles++;
	if (id < WEIR_BOOK_STYLES && ids[id / 8] >> id % 8 & 1)
		book->date[style / 8] |= (uint8_t)(1 << style % 8);
}

/* A <numFmt>: its number into ids when it shows dates. */
static void format(struct weir_xml_token *t, uint8_t *ids)
{
	uint32_t id = UINT32_MAX;
	bool date = false;
	struct weir_xml_attr a;
	uint8_t code[256];

	while (weir_xml_attr(t, &a)) {
		if (weir_xml_is(a.name, a.name_len, "numFmtId"))
			id = number(&a);
		else if (weir_xml_is(a.name, a.name_len, "formatCode"))
			date = weir_number_date_code(
				code,
				weir_xml_decode(a.value, WEIR_MIN(a.len, sizeof(code)), code));
	}
	if (id >= WEIR_BOOK_STYLES)
		return;
	ids[id / 8] &= (uint8_t) ~(1 << id % 8);
	ids[id / 8] |= (uint8_t)(date << id % 8);
}

static void cell_style(struct weir_book *book, struct weir_xml_token *t, const uint8_t *ids)
{
	uint32_t id = UINT32_MAX;
	struct weir_xml_attr a;

	while (weir_xml_attr(t, &a))
		if (weir_xml_is(a.name, a.name_len, "numFmtId"))
			id = number(&a);
	weir_book_style(book, ids, id);
}

int weir_book_styles(struct weir_book *book, struct weir_xml *x)
{
	uint8_t *ids _cleanup_(freep) = weir_book_date_ids();
	struct weir_xml_token t;
	bool cells = false;
	int r;

	if (!ids)
		return -ENOMEM;
	while ((r = weir_xml_next(x, &t)) > 0) {
		if (t.kind == WEIR_XML_END && weir_xml_is(t.data, t.len, "cellXfs"))
			cells = false;
		if (t.kind != WEIR_XML_START)
			continue;
		if (weir_xml_is(t.data, t.len, "cellXfs"))
			cells = true;
		else if (weir_xml_is(t.data, t.len, "numFmt"))
			format(&t, ids);
		else if (cells && t.key == KEY('x', 'f'))
			cell_style(book, &t, ids);
	}
	return r;
}

int weir_book_settings(struct weir_book *book, struct weir_xml *x)
{
	struct weir_xml_token t;
	struct weir_xml_attr a;
	int r;

	while ((r = weir_xml_next(x, &t)) > 0) {
		if (t.kind != WEIR_XML_START || !weir_xml_is(t.data, t.len, "workbookPr"))
			continue;
		while (weir_xml_attr(&t, &a))
			if (weir_xml_is(a.name, a.name_len, "date1904"))
				book->from1904 = a.len && (a.value[0] == '1' || a.value[0] == 't');
	}
	return r;
}
