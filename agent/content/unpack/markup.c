/* SPDX-License-Identifier: Apache-2.0 */
/* HTML and XML of no known vocabulary. */

#include "markup.h"

#include <errno.h>
#include <string.h>

#include "magic.h"

#define KEY WEIR_XML_KEY

/* Attributes whose value is for people or is sent with a form. */
static const char *const wanted[] = {
	"value",
	"title",
	"alt",
	"content",
	"href",
	"src",
	"name",
	"label",
	"placeholder",
	"action",
	"summary",
	"aria-label",
	"aria-description",
	"cite",
	"descr",
	"author",
	"tooltip",
	"string",
	"instr",
	"display",
	"prompt",
	"promptTitle",
	"error",
	"errorTitle",
	"displayName",
	"location",
	"initials",
	"target",
	"text",
	"caption",
	"description",
	"abbr",
	"refersTo",
};

static bool is_wanted(const struct weir_xml_attr *a)
{
	if (a->name_len > 5 && weir_xml_is(a->name, 5, "data-"))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
		if (weir_xml_is(a->name, a->name_len, wanted[i]))
			return true;
	return false;
}

void weir_markup_attrs(struct weir_flow *f, struct weir_xml_token *tag)
{
	struct weir_xml_attr a;
	bool any = false;

	while (weir_xml_attr(tag, &a)) {
		if (a.len == 0 || !(is_wanted(&a) || weir_flow_telling(a.value, a.len)))
			continue;
		weir_flow_side(f, a.name, a.name_len, a.value, a.len);
		any = true;
	}
	if (any)
		weir_flow_side_end(f);
}

void weir_markup_aside(struct weir_xml *x, struct weir_flow *f, const struct weir_xml_token *t)
{
	if (t->kind != WEIR_XML_DECL || weir_flow_telling(t->data, t->len))
		weir_flow_aside(f, t->data, t->len, !x->until);
}

enum role { INLINE, BLOCK, CELL, ROW, TABLE, PRE };

/* By key, with the length for names of which a key is only the start. */
static enum role role_of(const struct weir_xml_token *t)
{
	switch (t->key) {
	case KEY('t', 'd'):
	case KEY('t', 'h'):
		return CELL;
	case KEY('t', 'r'):
		return ROW;
	case KEY('t', 'a', 'b', 'l', 'e'):
		return TABLE;
	case KEY('p', 'r', 'e'):
	case KEY('t', 'e', 'x', 't', 'a', 'r', 'e', 'a'):
	case KEY('x', 'm', 'p'):
		return PRE;
	case KEY('p'):
	case KEY('d', 'i', 'v'):
	case KEY('b', 'r'):
	case KEY('h', 'r'):
	case KEY('l', 'i'):
	case KEY('u', 'l'):
	case KEY('o', 'l'):
	case KEY('d', 'l'):
	case KEY('d', 't'):
	case KEY('d', 'd'):
	case KEY('h', '1'):
	case KEY('h', '2'):
	case KEY('h', '3'):
	case KEY('h', '4'):
	case KEY('h', '5'):
	case KEY('h', '6'):
	case KEY('h', 't', 'm', 'l'):
	case KEY('h', 'e', 'a', 'd'):
	case KEY('b', 'o', 'd', 'y'):
	case KEY('f', 'o', 'r', 'm'):
	case KEY('m', 'e', 't', 'a'):
	case KEY('l', 'i', 'n', 'k'):
	case KEY('m', 'a', 'i', 'n'):
	case KEY('m', 'e', 'n', 'u'):
	case KEY('n', 'a', 'v'):
	case KEY('d', 'i', 'r'):
	case KEY('a', 's', 'i', 'd', 'e'):
	case KEY('t', 'i', 't', 'l', 'e'):
	case KEY('t', 'b', 'o', 'd', 'y'):
	case KEY('t', 'h', 'e', 'a', 'd'):
	case KEY('t', 'f', 'o', 'o', 't'):
	case KEY('h', 'e', 'a', 'd', 'e', 'r'):
	case KEY('f', 'o', 'o', 't', 'e', 'r'):
	case KEY('c', 'e', 'n', 't', 'e', 'r'):
	case KEY('i', 'f', 'r', 'a', 'm', 'e'):
	case KEY('f', 'i', 'g', 'u', 'r', 'e'):
	case KEY('s', 'e', 'l', 'e', 'c', 't'):
	case KEY('o', 'p', 't', 'i', 'o', 'n'):
	case KEY('l', 'e', 'g', 'e', 'n', 'd'):
	case KEY('b', 'u', 't', 't', 'o', 'n'):
	case KEY('d', 'i', 'a', 'l', 'o', 'g'):
	case KEY('s', 'c', 'r', 'i', 'p', 't'):
	case KEY('s', 't', 'y', 'l', 'e'):
	case KEY('c', 'a', 'p', 't', 'i', 'o', 'n'):
	case KEY('s', 'e', 'c', 't', 'i', 'o', 'n'):
	case KEY('a', 'r', 't', 'i', 'c', 'l', 'e'):
	case KEY('a', 'd', 'd', 'r', 'e', 's', 's'):
	case KEY('d', 'e', 't', 'a', 'i', 'l', 's'):
	case KEY('s', 'u', 'm', 'm', 'a', 'r', 'y'):
	case KEY('n', 'o', 's', 'c', 'r', 'i', 'p', 't'):
	case KEY('f', 'i', 'e', 'l', 'd', 's', 'e', 't'):
	case KEY('o', 'p', 't', 'g', 'r', 'o', 'u', 'p'):
	case KEY('b', 'l', 'o', 'c', 'k', 'q', 'u', 'o'):
	case KEY('f', 'i', 'g', 'c', 'a', 'p', 't', 'i'):
		return BLOCK;
	default:
		return INLINE;
	}
}

static void html_start(struct weir_flow *f, struct weir_xml_token *t)
{
	enum role role = role_of(t);

	switch (role) {
	case CELL:
		weir_flow_cell(f);
		break;
	case ROW:
	case TABLE:
		weir_flow_row_end(f);
		break;
	case BLOCK:
	case PRE:
		weir_flow_block(f);
		f->keep = role == PRE;
		break;
	case INLINE:
		break;
	}
	if (t->attrs < t->attrs_end)
		weir_markup_attrs(f, t);
}

static void html_end(struct weir_flow *f, const struct weir_xml_token *t)
{
	switch (role_of(t)) {
	case CELL:
		weir_flow_cell_end(f);
		break;
	case ROW:
	case TABLE:
		weir_flow_row_end(f);
		break;
	case PRE:
		f->keep = false;
		weir_flow_block(f);
		break;
	case BLOCK:
		weir_flow_block(f);
		break;
	case INLINE:
		break;
	}
}

/* White space between blocks is none, between words it is one space. */
static void html_text(struct weir_flow *f, const struct weir_xml_token *t)
{
	if (t->flags & WEIR_XML_INK || f->keep)
		weir_flow_text(f, t);
	else if (f->line && !(f->cell && f->written + f->len == f->cell_at))
		f->space = true;
}

static void code(struct weir_flow *f, const struct weir_xml_token *t)
{
	weir_flow_long(f, t->data, t->len);
}

int weir_markup_html(struct weir_xml *x, struct weir_flow *f)
{
	struct weir_xml_token t;
	int r;

	while (f->r == 0) {
		r = weir_xml_next(x, &t);
		if (r <= 0)
			return r;
		if (t.kind == WEIR_XML_TEXT)
			html_text(f, &t);
		else if (t.kind == WEIR_XML_START)
			html_start(f, &t);
		else if (t.kind == WEIR_XML_END)
			html_end(f, &t);
		else if (t.kind == WEIR_XML_CODE)
			code(f, &t);
		else
			weir_markup_aside(x, f, &t);
	}
	return 0;
}

#define LABEL 64

/* In XML an element that begins within a text is part of it; any other is a line with its name. */
struct generic {
	struct weir_flow *f;
	unsigned inlined; /* such elements open */
	uint8_t label[LABEL];
	size_t label_len; /* of an element whose text has not begun */
	bool begun;
};

/* Runs of one text in every vocabulary that has them. */
static bool is_run(const struct weir_xml_token *t)
{
	switch (t->key) {
	case KEY('t', 's', 'p', 'a', 'n'):
	case KEY('s', 'p', 'a', 'n'):
	case KEY('f', 'o', 'n', 't'):
	case KEY('e', 'm'):
	case KEY('s', 't', 'r', 'o', 'n', 'g'):
		return true;
	default:
		return false;
	}
}

static bool is_namespace(const struct weir_xml_attr *a)
{
	return weir_xml_is(a->name, a->name_len, "xmlns") ||
	       weir_xml_is(a->prefix, a->prefix_len, "xmlns");
}

static void generic_start(struct generic *g, struct weir_xml_token *t)
{
	struct weir_xml_attr a;
	bool any = false;

	if (g->f->line || is_run(t)) {
		if (!(t->flags & WEIR_XML_EMPTY))
			g->inlined++;
	} else {
		g->label_len = WEIR_MIN(t->len, (size_t)LABEL);
		memcpy(g->label, t->data, g->label_len);
	}
	while (weir_xml_attr(t, &a)) {
		if (a.len == 0 || (is_namespace(&a) && !weir_flow_telling(a.value, a.len)))
			continue;
		weir_flow_side(g->f, a.name, a.name_len, a.value, a.len);
		any = true;
	}
	if (any)
		weir_flow_side_end(g->f);
	if (!g->f->line)
		weir_flow_break(g->f);
}

static void generic_end(struct generic *g)
{
	g->label_len = 0;
	if (g->inlined > 0)
		g->inlined--;
	else
		weir_flow_break(g->f);
}

static void generic_text(struct generic *g, const struct weir_xml_token *t)
{
	if (!(t->flags & WEIR_XML_INK)) {
		g->f->space = g->f->line;
		return;
	}
	if (g->label_len > 0) {
		weir_flow_long(g->f, g->label, g->label_len);
		weir_flow_long(g->f, ": ", 2);
	}
	g->label_len = 0;
	weir_flow_text(g->f, t);
}

static int generic(struct weir_xml *x, struct weir_flow *f, struct weir_xml_token *root)
{
	struct generic g = {.f = f};
	struct weir_xml_token t;
	int r;

	generic_start(&g, root);
	while (f->r == 0) {
		r = weir_xml_next(x, &t);
		if (r <= 0)
			return r;
		if (t.kind == WEIR_XML_TEXT)
			generic_text(&g, &t);
		else if (t.kind == WEIR_XML_START)
			generic_start(&g, &t);
		else if (t.kind == WEIR_XML_END)
			generic_end(&g);
		else
			weir_markup_aside(x, f, &t);
	}
	return 0;
}

static bool among(const struct weir_xml_token *t, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (weir_xml_is(t->data, t->len, names[i]))
			return true;
	return false;
}

/* By the name of the outermost element; NULL: no known vocabulary. */
static weir_markup_fn known(const struct weir_xml_token *t)
{
	static const char *const office[] = {
		"document",
		"hdr",
		"ftr",
		"footnotes",
		"endnotes",
		"comments",
		"glossaryDocument",
		"styles",
		"numbering",
		"settings",
		"webSettings",
		"fonts",
		"theme",
		"sld",
		"notes",
		"sldMaster",
		"sldLayout",
		"notesMaster",
		"handoutMaster",
		"presentation",
		"cmLst",
		"wsDr",
		"chartSpace",
		"drawing",
		"dataModel",
		"userShapes",
		"wordDocument",
		"package",
		"themeOverride",
		"styleSheet",
	};
	static const char *const odf[] = {"document", "document-content", "document-styles"};
	static const char *const html[] = {"html"};

	if (weir_xml_is(t->prefix, t->prefix_len, "office"))
		return among(t, odf, ARRAY_SIZE(odf)) ? weir_markup_odf : NULL;
	if (among(t, html, ARRAY_SIZE(html)))
		return weir_markup_html;
	if (t->prefix_len == 0 && !weir_xml_is(t->data, t->len, "styleSheet") &&
	    !weir_xml_is(t->data, t->len, "comments"))
		return NULL;
	return among(t, office, ARRAY_SIZE(office)) ? weir_markup_office : NULL;
}

int weir_markup_root(struct weir_xml *x, struct weir_flow *f, struct weir_xml_token *ret)
{
	int r;

	while ((r = weir_xml_next(x, ret)) > 0 && ret->kind != WEIR_XML_START && f->r == 0) {
		if (ret->kind == WEIR_XML_TEXT)
			weir_flow_text(f, ret);
		else if (ret->kind != WEIR_XML_END)
			weir_markup_aside(x, f, ret);
	}
	return f->r < 0 ? 0 : r;
}

int weir_markup_any(struct weir_xml *x, struct weir_flow *f, struct weir_xml_token *root)
{
	weir_markup_fn fn = known(root);

	weir_flow_break(f);
	if (!fn)
		return generic(x, f, root);
	if (fn == weir_markup_html)
		x->options |= WEIR_XML_HTML;
	return fn(x, f);
}

static int xml(struct weir_xml *x, struct weir_flow *f)
{
	struct weir_xml_token root;
	int r = weir_markup_root(x, f, &root);

	return r > 0 ? weir_markup_any(x, f, &root) : r;
}

int weir_reader_xml(struct weir_unpack *u, const struct weir_bytes *bytes)
{
	struct weir_xml x _cleanup_(weir_xml_done) = {};
	struct weir_flow f _cleanup_(weir_flow_done) = {};
	bool html = strcmp(weir_read_kind(u)->type, "text/html") == 0;
	int r = weir_xml_init(&x), end;

	if (r == 0)
		r = weir_flow_init(&f, u);
	if (r < 0)
		return r;
	weir_xml_open(&x, u, bytes, WEIR_XML_GUESS | (html ? WEIR_XML_HTML : 0U));
	weir_flow_begin(&f, NULL, WEIR_PART_TEXT);
	r = html ? weir_markup_html(&x, &f) : xml(&x, &f);
	end = weir_flow_end(&f);
	if (end < 0)
		return end;
	return weir_read_failed(u, r, NULL);
}
