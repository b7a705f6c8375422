/* SPDX-License-Identifier: Apache-2.0 */
/* The scanner's window: bytes in, whatever their charset, UTF-8 in the window. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "magic.h"
#include "reader.h"
#include "xml.h"

int weir_xml_init(struct weir_xml *x)
{
	*x = (struct weir_xml){.window = malloc(WEIR_XML_PAD + WEIR_XML_WINDOW + WEIR_XML_PAD)};
	if (!x->window)
		return -ENOMEM;
	memset(x->window, 0, WEIR_XML_PAD + WEIR_XML_WINDOW + WEIR_XML_PAD);
	return 0;
}

void weir_xml_done(struct weir_xml *x)
{
	free(x->window);
	free(x->raw);
	x->window = x->raw = NULL;
}

/* Behind the last byte stands '<', so that a search for it needs no other end. */
static void seal(struct weir_xml *x)
{
	memset(x->end, '<', WEIR_XML_PAD);
}

void weir_xml_open(struct weir_xml *x, struct weir_unpack *u, const struct weir_bytes *bytes,
		   unsigned options)
{
	x->at = x->end = x->window + WEIR_XML_PAD;
	x->bytes = bytes;
	x->u = u;
	x->offset = 0;
	x->failed = 0;
	x->until = NULL;
	x->options = options;
	x->finished = x->begun = x->dry = false;
	x->charset = WEIR_CHARSET_UTF8;
	x->raw_len = 0;
	seal(x);
}

/* Reads until to holds len bytes or there are no more; how many it holds. */
static size_t fill(struct weir_xml *x, uint8_t *to, size_t held, size_t len)
{
	while (!x->dry && held < len) {
		ssize_t n = x->bytes->read_at(x->bytes->context, to + held, len - held, x->offset);

		if (n < 0)
			x->failed = (int)n;
		x->dry = n <= 0;
		n = n < 0 ? 0 : n;
		held += (size_t)n;
		x->offset += (uint64_t)n;
	}
	return held;
}

static bool plainly_utf16(const uint8_t *p, size_t len)
{
	return len >= 2 && ((p[0] == 0xff && p[1] == 0xfe) || (p[0] == 0xfe && p[1] == 0xff) ||
			    (p[0] == '<' && p[1] == 0) || (p[0] == 0 && p[1] == '<'));
}

/* After the first fill of the window: which charset, and without its mark. */
static int look_at_charset(struct weir_xml *x)
{
	uint8_t *start = x->window + WEIR_XML_PAD;
	size_t len = (size_t)(x->end - start), bom = 0;
	enum weir_charset declared = WEIR_CHARSET_BYTES;
	char name[32];
	const char *found;

	x->begun = true;
	if (!(x->options & WEIR_XML_GUESS) && !plainly_utf16(start, len)) {
		if (len >= 3 && memcmp(start, "\xef\xbb\xbf", 3) == 0)
			x->at += 3;
		return 0;
	}
	found = weir_magic_charset(start, len, name);
	if (found)
		declared = weir_charset_named(found, strlen(found));
	x->charset = weir_charset_guess(start, WEIR_MIN(len, (size_t)WEIR_CHARSET_SAMPLE), x->dry,
					declared, &bom);
	if (x->charset == WEIR_CHARSET_UTF8 || x->charset == WEIR_CHARSET_BYTES) {
		x->charset = WEIR_CHARSET_UTF8;
		x->at += bom;
		return 0;
	}
	if (!x->raw)
		x->raw = malloc(WEIR_XML_WINDOW);
	if (!x->raw)
		return -ENOMEM;
	memcpy(x->raw, start + bom, len - bom);
	x->raw_len = len - bom;
	x->at = x->end = start;
	return 0;
}

/* From raw bytes to the window. */
static void fill_decoded(struct weir_xml *x)
{
	uint8_t *top = x->window + WEIR_XML_PAD + WEIR_XML_WINDOW;
	size_t used = 0, n;

	do {
		x->raw_len = fill(x, x->raw, x->raw_len, WEIR_XML_WINDOW);
		n = weir_charset_decode(x->charset, x->raw, x->raw_len, x->dry, x->end,
					(size_t)(top - x->end), &used);
		x->end += n;
		x->raw_len -= used;
		memmove(x->raw, x->raw + used, x->raw_len);
	} while (used > 0 && top - x->end >= 8);
	x->finished = x->dry && (x->raw_len == 0 || used + n == 0);
}

int weir_xml_fill(struct weir_xml *x)
{
	uint8_t *start = x->window + WEIR_XML_PAD;
	size_t held = (size_t)(x->end - x->at);
	int r = x->u ? weir_read_tick(x->u) : 0;

	if (r < 0)
		return r;
	memmove(start, x->at, held);
	x->at = start;
	x->end = start + held;
	if (x->charset == WEIR_CHARSET_UTF8) {
		x->end = start + fill(x, start, held, WEIR_XML_WINDOW);
		x->finished = x->dry;
		if (!x->begun)
			r = look_at_charset(x);
	}
	if (r == 0 && x->charset != WEIR_CHARSET_UTF8)
		fill_decoded(x);
	seal(x);
	return r;
}
