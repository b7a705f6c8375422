/* SPDX-License-Identifier: Apache-2.0 */
/* Packages of Office Open XML and OpenDocument: every part that is XML by the reader of what it holds, a
 * workbook's strings and styles ahead of its sheets, all other parts as objects. */

#include "ooxml.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "biff12.h"
#include "book.h"
#include "flow.h"
#include "markup.h"
#include "xml.h"

#define EXTENSIONS_MAX 64

struct package {
	struct weir_unpack *u;
	struct weir_zip *zip;
	struct weir_xml x;
	struct weir_flow f;
	struct weir_book *book; /* NULL: no workbook */
	bool *taken;		/* owned; a flag for each member */
	bool *sheets;		/* the same: a sheet by its content type */
	bool binary;		/* of that, in records */
	bool other;		/* the member isn't what its name says */
};

static void package_done(struct package *p)
{
	weir_xml_done(&p->x);
	weir_flow_done(&p->f);
	weir_book_free(p->book);
	free(p->taken);
	free(p->sheets);
}

static int package_init(struct package *p, struct weir_unpack *u, struct weir_zip *zip)
{
	int r;

	*p = (struct package){.u = u, .zip = zip};
	p->taken = calloc(weir_zip_count(zip) + 1, sizeof(*p->taken));
	p->sheets = calloc(weir_zip_count(zip) + 1, sizeof(*p->sheets));
	r = p->taken && p->sheets ? weir_xml_init(&p->x) : -ENOMEM;
	return r < 0 ? r : weir_flow_init(&p->f, u);
}

static bool ends(const struct weir_zip_member *m, const char *suffix)
{
	size_t len = strlen(suffix);

	return m->name_len >= len && strcasecmp(m->name + m->name_len - len, suffix) == 0;
}

typedef int (*part_fn)(struct package *p, const struct weir_bytes *bytes, const char *name);

/* Opens member number i for fn; what cannot be read is a gap. */
static int with_member(struct package *p, size_t i, part_fn fn)
{
	const struct weir_zip_member *m = weir_zip_member(p->zip, i);
	struct weir_zip_stream *stream _cleanup_(weir_zip_stream_freep) = NULL;
	int r;

	p->other = false;
	r = weir_read_member(p->u);
	if (r < 0)
		return r;
	r = weir_zip_stream_new(p->zip, i, &stream);
	if (r == 0)
		r = fn(p, weir_zip_stream_bytes(stream), m->name);
	p->taken[i] = !p->other;
	return r < 0 ? weir_read_failed(p->u, r, m->name) : 0;
}

/* Ends the part that is being written: what the sink said goes before what reading gave. */
static int finish(struct package *p, int r)
{
	int end = weir_flow_end(&p->f);

	return end < 0 ? end : r;
}

static int read_xml(struct package *p, const struct weir_bytes *bytes, const char *name)
{
	struct weir_xml_token root;
	int r;

	weir_xml_open(&p->x, p->u, bytes, 0);
	p->other = !weir_xml_begins(&p->x);
	if (p->other)
		return 0;
	weir_flow_begin(&p->f, name, WEIR_PART_TEXT);
	r = weir_markup_root(&p->x, &p->f, &root);
	if (r <= 0)
		return finish(p, r);
	if (p->book && (weir_xml_is(root.data, root.len, "worksheet") ||
			weir_xml_is(root.data, root.len, "macrosheet")))
		r = weir_book_sheet(p->book, &p->x, &p->f);
	else
		r = weir_markup_any(&p->x, &p->f, &root);
	return finish(p, r);
}

static int read_strings(struct package *p, const struct weir_bytes *bytes, const char *name)
{
	int r;

	weir_xml_open(&p->x, p->u, bytes, 0);
	p->other = !weir_xml_begins(&p->x);
	if (p->other)
		return 0;
	weir_flow_begin(&p->f, name, WEIR_PART_TEXT);
	r = finish(p, weir_book_strings(p->book, &p->x, &p->f));
	if (p->book->full)
		weir_emit_gap(
			p->u, WEIR_SCAN_PARTIAL, name,
			"more shared strings than the limit; some were searched out of place");
	return r;
}

static int binary_strings(struct package *p, const struct weir_bytes *bytes, const char *name)
{
	int r = weir_biff12_strings(p->u, bytes, p->book);

	if (p->book->full)
		weir_emit_gap(p->u, WEIR_SCAN_PARTIAL, name, "more shared strings than the limit");
	return r;
}

static int binary_styles(struct package *p, const struct weir_bytes *bytes, const char *name)
{
	return weir_biff12_styles(p->u, bytes, p->book);
}

static int binary_settings(struct package *p, const struct weir_bytes *bytes, const char *name)
{
	return weir_biff12_settings(p->u, bytes, p->book);
}

static int binary_part(struct package *p, const struct weir_bytes *bytes, const char *name)
{
	weir_flow_begin(&p->f, name, WEIR_PART_TEXT);
	return finish(p, weir_biff12_part(p->u, bytes, p->book, &p->f));
}

static int read_styles(struct package *p, const struct weir_bytes *bytes, const char *name)
{
	weir_xml_open(&p->x, p->u, bytes, 0);
	return weir_book_styles(p->book, &p->x);
}

static int read_settings(struct package *p, const struct weir_bytes *bytes, const char *name)
{
	weir_xml_open(&p->x, p->u, bytes, 0);
	return weir_book_settings(p->book, &p->x);
}

/* Once more for itself later, unless read whole here. */
static int ahead(struct package *p, ssize_t i, part_fn fn, bool whole)
{
	int r;

	if (i < 0)
		return i == -ENOENT ? 0 : (int)i;
	r = with_member(p, (size_t)i, fn);
	p->taken[i] = whole && p->taken[i];
	return r;
}

#define PART_NAME 256

/* A part named otherwise than usual is found by its content type. */
struct part_names {
	char strings[PART_NAME], styles[PART_NAME], workbook[PART_NAME];
	unsigned extensions; /* of sheets; each costs a look at all members */
};

/* name: of a part, or the extension of many. */
static void note_sheet(struct package *p, struct part_names *names, const char *name, bool many)
{
	ssize_t i = many ? -1 : weir_zip_find(p->zip, name);

	if (i >= 0)
		p->sheets[i] = true;
	if (!many || names->extensions++ >= EXTENSIONS_MAX)
		return;
	for (size_t k = 0; k < weir_zip_count(p->zip); k++)
		p->sheets[k] |= ends(weir_zip_member(p->zip, k), name);
}

static void note_part(struct package *p, struct part_names *names, struct weir_xml_token *t)
{
	struct weir_xml_attr a, part = {}, type = {};
	bool many = weir_xml_is(t->data, t->len, "Default");
	char name[PART_NAME] = "";

	while (weir_xml_attr(t, &a)) {
		if (weir_xml_is(a.name, a.name_len, many ? "Extension" : "PartName"))
			part = a;
		else if (weir_xml_is(a.name, a.name_len, "ContentType"))
			type = a;
	}
	if (part.len == 0 || type.len == 0 || part.len >= sizeof(name))
		return;
	memcpy(name, part.value, part.len);
	if (memmem(type.value, type.len, "sheet+xml", 9))
		note_sheet(p, names, name, many);
	else if (many) /* a default says what most are, not which one is the workbook */
		return;
	else if (memmem(type.value, type.len, "sharedStrings", 13))
		memcpy(names->strings, name, sizeof(name));
	else if (memmem(type.value, type.len, "spreadsheetml.styles", 20))
		memcpy(names->styles, name, sizeof(name));
	else if (memmem(type.value, type.len, "sheet.main", 10) ||
		 memmem(type.value, type.len, "template.main", 13))
		memcpy(names->workbook, name, sizeof(name));
}

static int note_parts(struct package *p, struct part_names *names)
{
	ssize_t i = weir_zip_find(p->zip, "[Content_Types].xml");
	struct weir_zip_stream *stream _cleanup_(weir_zip_stream_freep) = NULL;
	struct weir_xml_token t;
	int r;

	if (i < 0)
		return i == -ENOENT ? 0 : (int)i;
	/* what is wrong with it is said when it is read for itself */
	if (weir_zip_stream_new(p->zip, (size_t)i, &stream) < 0)
		return 0;
	weir_xml_open(&p->x, p->u, weir_zip_stream_bytes(stream), 0);
	while ((r = weir_xml_next(&p->x, &t)) > 0)
		if (t.kind == WEIR_XML_START && (weir_xml_is(t.data, t.len, "Override") ||
						 weir_xml_is(t.data, t.len, "Default")))
			note_part(p, names, &t);
	return weir_read_tick(p->u);
}

static int read_book(struct package *p)
{
	struct part_names names = {.strings = "xl/sharedStrings.xml",
				   .styles = "xl/styles.xml",
				   .workbook = "xl/workbook.xml"};
	int r = note_parts(p, &names);

	if (r == 0)
		r = weir_book_new((size_t)weir_read_limits(p->u)->buffer, &p->book);
	if (r < 0)
		return r;
	r = ahead(p, weir_zip_find(p->zip, names.workbook), read_settings, false);
	if (r == 0)
		r = ahead(p, weir_zip_find(p->zip, names.styles), read_styles, false);
	if (r == 0)
		r = ahead(p, weir_zip_find(p->zip, names.strings), read_strings, true);
	if (r == 0 && p->binary)
		r = ahead(p, weir_zip_find(p->zip, "xl/workbook.bin"), binary_settings, false);
	if (r == 0 && p->binary)
		r = ahead(p, weir_zip_find(p->zip, "xl/styles.bin"), binary_styles, false);
	if (r == 0 && p->binary)
		r = ahead(p, weir_zip_find(p->zip, "xl/sharedStrings.bin"), binary_strings, true);
	return r;
}

/* Parts of a binary workbook that are records. */
static bool is_records(const struct package *p, const struct weir_zip_member *m)
{
	static const char *const begins[] = {"xl/worksheets/sheet",
					     "xl/macrosheets/",
					     "xl/chartsheets/",
					     "xl/comments",
					     "xl/workbook.bin",
					     "xl/tables/",
					     "xl/pivot",
					     "xl/externalLinks/",
					     "xl/styles.bin",
					     "xl/connections",
					     "xl/threadedComments/"};

	if (!p->binary || !ends(m, ".bin"))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(begins); i++)
		if (strncasecmp(m->name, begins[i], strlen(begins[i])) == 0)
			return true;
	return false;
}

static int each(struct package *p)
{
	for (size_t i = 0; i < weir_zip_count(p->zip); i++) {
		const struct weir_zip_member *m = weir_zip_member(p->zip, i);
		int r = 0;

		if (p->taken[i] || m->directory || m->encrypted)
			continue;
		if (ends(m, ".xml") || ends(m, ".rels") || ends(m, ".vml") || ends(m, ".rdf") ||
		    p->sheets[i])
			r = with_member(p, i, read_xml);
		else if (is_records(p, m))
			r = with_member(p, i, binary_part);
		if (r < 0)
			return r;
	}
	return 0;
}

static int read_unused(struct package *p)
{
	if (!p->book || p->book->count == 0)
		return 0;
	weir_flow_begin(&p->f, "unused strings", WEIR_PART_TEXT);
	weir_book_unused(p->book, &p->f);
	return weir_flow_end(&p->f);
}

static const char *type_of(struct weir_zip *zip)
{
	static const struct {
		const char *part, *type;
	} types[] = {
		{"xl/workbook.xml", "application/x-xlsx"},
		{"xl/workbook.bin", "application/x-xlsb"},
		{"word/document.xml", "application/x-docx"},
		{"ppt/presentation.xml", "application/x-pptx"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (weir_zip_find(zip, types[i].part) >= 0)
			return types[i].type;
	return "application/x-ooxml";
}

int weir_reader_ooxml(struct weir_unpack *u, struct weir_zip *zip)
{
	struct package p _cleanup_(package_done) = {};
	const char *type;
	int r = package_init(&p, u, zip);

	if (r < 0)
		return r;
	type = type_of(zip);
	weir_read_type(u, type);
	weir_read_document(u);
	p.binary = strcmp(type, "application/x-xlsb") == 0;
	r = read_book(&p);
	if (r == 0)
		r = each(&p);
	if (r == 0)
		r = read_unused(&p);
	return r < 0 ? r : weir_zip_emit_rest(u, zip, p.taken);
}

/* The manifest names each part that is encrypted. */
static int look_for_key(struct package *p, bool *ret)
{
	ssize_t i = weir_zip_find(p->zip, "META-INF/manifest.xml");
	struct weir_zip_stream *stream _cleanup_(weir_zip_stream_freep) = NULL;
	struct weir_xml_token t;

	if (i < 0)
		return i == -ENOENT ? 0 : (int)i;
	if (weir_zip_stream_new(p->zip, (size_t)i, &stream) < 0)
		return 0;
	weir_xml_open(&p->x, p->u, weir_zip_stream_bytes(stream), 0);
	while (weir_xml_next(&p->x, &t) > 0)
		if (t.kind == WEIR_XML_START && weir_xml_is(t.data, t.len, "encryption-data"))
			*ret = true;
	return weir_read_tick(p->u);
}

static const char *odf_type(struct package *p)
{
	static const struct {
		const char *part, *type;
	} types[] = {
		{"opendocument.text", "application/x-odt"},
		{"opendocument.spreadsheet", "application/x-ods"},
		{"opendocument.presentation", "application/x-odp"},
		{"opendocument.graphics", "application/x-odg"},
	};
	ssize_t i = weir_zip_find(p->zip, "mimetype");
	uint8_t *data _cleanup_(freep) = NULL;
	size_t len = 0;

	if (i >= 0 && weir_zip_read_all(p->zip, (size_t)i, 256, &data, &len) == 0)
		for (size_t k = 0; k < ARRAY_SIZE(types); k++)
			if (memmem(data, len, types[k].part, strlen(types[k].part)))
				return types[k].type;
	return "application/x-opendocument";
}

int weir_reader_odf(struct weir_unpack *u, struct weir_zip *zip)
{
	struct package p _cleanup_(package_done) = {};
	bool encrypted = false;
	int r = package_init(&p, u, zip);

	if (r < 0)
		return r;
	weir_read_type(u, odf_type(&p));
	weir_read_document(u);
	r = look_for_key(&p, &encrypted);
	if (r < 0)
		return r;
	if (encrypted)
		weir_emit_gap(u, WEIR_SCAN_UNSCANNABLE, NULL, WEIR_UNPACK_ENCRYPTED);
	else
		r = each(&p);
	return r < 0 ? r : weir_zip_emit_rest(u, zip, p.taken);
}
