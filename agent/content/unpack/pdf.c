/* SPDX-License-Identifier: Apache-2.0 */
/* PDF: the text of its pages by pdftotext, what else there is by a walk over its objects. */
#include "pdf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "program.h"

#define ONLY_IMAGES "pages without text hold images, which are not read"
#define NOT_OPENED  "damaged: could not be opened; its bytes alone were searched"
#define PARTLY	    "parts of it are damaged; what could be read was searched"
#define NO_END	    "cut off: the end of the document is missing"
#define TOO_LARGE   "too large: attachments and properties were not read"
#define NOT_IN_TIME "reading it took too long"
#define FAILED	    "the program that reads it failed"
#define TAIL	    4096

/* Pages are numbered up to here; those behind count as this one. */
#define PAGES_MAX 65536

struct pages {
	struct weir_unpack *u;
	unsigned count, blank; /* blank: without a character */
	bool inked;
	bool pictured;	/* a blank one has a large image */
	char line[128]; /* of the list of images */
	size_t line_len;
	uint8_t blanks[PAGES_MAX / 8];
};

static void end_page(struct pages *p)
{
	unsigned number = WEIR_MIN(p->count, (unsigned)PAGES_MAX - 1);

	p->count++;
	if (!p->inked) {
		p->blank++;
		p->blanks[number / 8] |= (uint8_t)(1U << number % 8);
	}
	p->inked = false;
}

/* A page ends with a form feed, which becomes a line. */
static int on_text(void *context, const char *data, size_t len)
{
	struct pages *p = context;
	size_t from = 0;
	int r = 0;

	for (size_t i = 0; r == 0 && i < len; i++) {
		if (data[i] != '\f') {
			p->inked = p->inked || (unsigned char)data[i] > ' ';
			continue;
		}
		end_page(p);
		r = weir_emit_text(p->u, data + from, i - from);
		if (r == 0)
			r = weir_emit_text(p->u, "\n", 1);
		from = i + 1;
	}
	return r < 0 ? r : weir_emit_text(p->u, data + from, len - from);
}

/* The next number of a line, 0 when there is none. */
static unsigned long number_at(const char **at)
{
	unsigned long value = 0;

	while (**at == ' ')
		(*at)++;
	for (; **at >= '0' && **at <= '9' && value < 100000000; (*at)++)
		value = value * 10 + (unsigned long)(**at - '0');
	return value;
}

/* "page number kind width height ..." */
static void on_image(struct pages *p)
{
	const char *at = p->line;
	unsigned long page, width, height;

	p->line[p->line_len] = 0;
	page = number_at(&at);
	(void)number_at(&at);
	while (*at == ' ')
		at++;
	while (*at && *at != ' ')
		at++;
	width = number_at(&at);
	height = number_at(&at);
	if (page < 1 || width < WEIR_PDF_PICTURE || height < WEIR_PDF_PICTURE)
		return;
	page = WEIR_MIN(page, (unsigned long)PAGES_MAX) - 1;
	if (p->blanks[page / 8] & 1U << page % 8)
		p->pictured = true;
}

static int on_images(void *context, const char *data, size_t len)
{
	struct pages *p = context;

	for (size_t i = 0; i < len; i++) {
		if (data[i] == '\n') {
			on_image(p);
			p->line_len = 0;
		} else if (p->line_len < sizeof(p->line) - 1) {
			p->line[p->line_len++] = data[i];
		}
	}
	return 0;
}

/* Is there a picture on a page without text? Where nobody says, any picture may be. */
static int look_for_pictures(struct pages *p, const struct weir_bytes *bytes)
{
	int end = 0, r;

	if (!weir_read_offers(p->u, WEIR_EXTERNAL_PDF_IMAGES)) {
		p->pictured = true;
		return 0;
	}
	r = weir_read_program(p->u, WEIR_EXTERNAL_PDF_IMAGES, bytes, on_images, p, &end);
	if (end < 0)
		p->pictured = true;
	return r;
}

static bool has_end(const struct weir_memory *data)
{
	size_t n = WEIR_MIN(data->len, (size_t)TAIL);

	return memmem(data->data + data->len - n, n, "%%EOF", 5) != NULL;
}

/* What the end of the program says of the document. True: its own bytes are worth a search. */
static bool explain(struct weir_unpack *u, int end, bool encrypted)
{
	if (end == -EKEYREJECTED || (end == -EBADMSG && encrypted))
		weir_emit_gap(u, WEIR_SCAN_UNSCANNABLE, NULL, WEIR_UNPACK_ENCRYPTED);
	else if (end == -EBADMSG)
		weir_emit_gap(u, WEIR_SCAN_UNSCANNABLE, NULL, NOT_OPENED);
	else if (end == -EILSEQ)
		weir_emit_gap(u, WEIR_SCAN_PARTIAL, NULL, PARTLY);
	else if (end == -ETIMEDOUT)
		weir_emit_gap(u, WEIR_SCAN_PARTIAL, NULL, NOT_IN_TIME);
	else if (end == -ENOSYS)
		weir_emit_gap(u, WEIR_SCAN_UNSCANNABLE, NULL, "no program that reads it is there");
	else if (end == -EFBIG)
		weir_emit_gap(u, WEIR_SCAN_UNSCANNABLE, NULL, "too large to be held in memory");
	else if (end < 0)
		weir_emit_gap(u, WEIR_SCAN_UNSCANNABLE, NULL, FAILED);
	return end < 0 && end != -EILSEQ && !encrypted;
}

static int give_pages(struct pages *p, const struct weir_bytes *bytes, int *ret_end)
{
	int r = weir_emit_begin(p->u, NULL, "utf-8", WEIR_PART_TEXT);

	if (r == 0)
		r = weir_read_program(p->u, WEIR_EXTERNAL_PDF, bytes, on_text, p, ret_end);
	return r < 0 ? r : weir_emit_end(p->u);
}

/* A document of scans is not read at all; one with a picture for a cover is but for that. */
static int tell_pictures(struct pages *p, const struct weir_bytes *bytes,
			 const struct weir_pdf_walk *walk)
{
	int r;

	if (p->blank == 0 || walk->pictures <= walk->given)
		return 0;
	r = look_for_pictures(p, bytes);
	if (r == 0 && p->pictured)
		weir_emit_gap(p->u, p->blank < p->count ? WEIR_SCAN_PARTIAL : WEIR_SCAN_UNSCANNABLE,
			      NULL, ONLY_IMAGES);
	return r;
}

static int read_held(struct pages *p, const struct weir_bytes *bytes,
		     const struct weir_memory *data, int end)
{
	struct weir_pdf_walk walk = {.images = p->blank > 0 &&
					       weir_read_offers(p->u, WEIR_EXTERNAL_OCR)};
	int r = weir_pdf_walk(p->u, data, &walk);

	if (r == 0 && end == 0)
		r = tell_pictures(p, bytes, &walk);
	if (r < 0)
		return r;
	if (end == 0 && !has_end(data))
		weir_emit_gap(p->u, WEIR_SCAN_PARTIAL, NULL, NO_END);
	return explain(p->u, end, walk.encrypted) ? weir_emit_raw(p->u, bytes, NULL) : 0;
}

int weir_reader_pdf(struct weir_unpack *u, const struct weir_bytes *bytes)
{
	const struct weir_memory *memory = weir_read_memory(bytes);
	uint8_t *data _cleanup_(freep) = NULL;
	struct pages pages = {.u = u};
	struct weir_memory held;
	int end = 0, r = give_pages(&pages, bytes, &end);

	if (r < 0)
		return r;
	if (!memory) {
		r = weir_read_all(u, bytes, &data, &held.len);
		if (r < 0) {
			(void)explain(u, end, false);
			if (r == -EFBIG)
				weir_emit_gap(u, WEIR_SCAN_PARTIAL, NULL, TOO_LARGE);
			return r == -EFBIG ? 0 : weir_read_failed(u, r, NULL);
		}
		held.data = data;
		memory = &held;
	}
	return read_held(&pages, bytes, memory, end);
}
