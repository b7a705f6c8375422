/* SPDX-License-Identifier: Apache-2.0 */
#include "text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cells.h"
#include "columns.h"
#include "weir/find/find.h"

#define SEGMENT ((size_t)128 * 1024)
/* Text kept before a segment and read behind it: what the finder needs to give what it would give for
 * the whole text. */
#define BEFORE ((size_t)WEIR_FIND_LOOKBACK)
#define BEHIND ((size_t)WEIR_FIND_LOOKAHEAD)
#define WINDOW (SEGMENT + BEFORE + BEHIND + 4 * PIECE)
#define SOURCE ((size_t)1024 * 1024) /* undecoded bytes of what is in the window, and the next */
#define PIECE  ((size_t)2048)	     /* decoded at once; a place is found again within one */
#define AHEAD  8		     /* values that are announced before they are counted */
#define PIECES 1024 /* a piece has at least half of PIECE, and a quarter of that in the window */

_Static_assert(SOURCE >= WEIR_CHARSET_SAMPLE + 4 * WINDOW,
	       "a window's source fits beside a sample");

/* Where a piece of the window came from. */
struct piece {
	uint64_t text, source; /* offsets of its first byte in the text and in the source */
	uint32_t source_len;
};

struct weir_text {
	struct weir_look *look;
	struct weir_tally *tally;
	struct weir_columns columns;

	enum weir_part_form form;
	enum weir_charset charset, declared;
	bool known; /* charset is decided */
	bool ascii; /* by bytes that any charset would explain: the first other one decides again */
	size_t bom;

	uint8_t *window; /* WEIR_FIND_PADDING readable on both sides */
	size_t len;
	uint64_t base;	  /* text offset of window[0] */
	uint64_t segment; /* text offset of the next segment */

	/* only where the charset is not the window's own */
	uint8_t *source;
	size_t source_len, decoded; /* source[decoded..source_len) is still to be decoded */
	uint64_t source_base;	    /* source offset of source[0] */
	struct piece pieces[PIECES];
	size_t pieces_count;
	bool limited;
};

int weir_text_new(struct weir_look *look, struct weir_tally *tally, struct weir_text **ret)
{
	struct weir_text *t _cleanup_(weir_text_freep) = calloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	t->look = look;
	t->tally = tally;
	t->window = calloc(1, WINDOW + 2 * (size_t)WEIR_FIND_PADDING);
	t->source = malloc(SOURCE);
	if (t->window)
		t->window += WEIR_FIND_PADDING;
	if (!t->window || !t->source)
		return -ENOMEM;
	*ret = TAKE_PTR(t);
	return 0;
}

void weir_text_free(struct weir_text *t)
{
	if (!t)
		return;
	free(t->window ? t->window - WEIR_FIND_PADDING : NULL);
	free(t->source);
	free(t);
}

void weir_text_begin(struct weir_text *t, enum weir_part_form form, enum weir_charset charset,
		     enum weir_charset declared)
{
	t->form = form;
	t->charset = form == WEIR_PART_BYTES ? charset : WEIR_CHARSET_UTF8;
	t->declared = declared;
	t->known = t->charset != WEIR_CHARSET_BYTES;
	t->bom = t->len = t->source_len = t->decoded = t->pieces_count = 0;
	t->base = t->segment = t->source_base = 0;
	t->columns.ready = t->limited = t->ascii = false;
}

bool weir_text_limited(const struct weir_text *t)
{
	return t->limited;
}

static bool identity(const struct weir_text *t)
{
	return t->charset == WEIR_CHARSET_UTF8 || t->charset == WEIR_CHARSET_BYTES;
}

/* The source offset of a place in the text that is in the window. */
static uint64_t source_of(const struct weir_text *t, uint64_t at)
{
	size_t low = 0, high = t->pieces_count;
	const struct piece *p;

	if (t->pieces_count == 0 || at < t->pieces[0].text)
		return at + t->bom;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (t->pieces[middle].text <= at)
			low = middle;
		else
			high = middle;
	}
	p = &t->pieces[low];
	return p->source + weir_charset_source(t->charset, t->source + (p->source - t->source_base),
					       p->source_len, (size_t)(at - p->text));
}

static int count_values(struct weir_text *t, const struct weir_view *view,
			const struct weir_scored *scored, size_t n)
{
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++) {
		struct weir_scored s = scored[i];
		struct weir_cell cell;
		uint64_t offset, end;

		if (i + AHEAD < n)
			weir_tally_expect(t->tally, &scored[i + AHEAD]);
		s.start += view->base;
		end = s.start + s.length;
		cell = weir_columns_at(&t->columns, view, s.start, end);
		offset = source_of(t, s.start);
		r = weir_tally_add(t->tally, &t->columns, &s, cell, offset,
				   (uint32_t)(source_of(t, end) - offset));
	}
	return r;
}

static int look_with_columns(struct weir_text *t, const struct weir_view *view,
			     struct weir_scored **ret_scored, size_t *ret_count)
{
	const struct weir_score_hint hint = {.heads = t->columns.headed,
					     .columns = t->columns.separator != 0,
					     .table = &t->columns,
					     .unmasked = weir_tally_full(t->tally)};

	return weir_look(t->look, view, &hint, ret_scored, ret_count, &t->limited);
}

static int begin_columns(struct weir_text *t, const struct weir_view *view)
{
	int r = weir_columns_begin(&t->columns, weir_look_context(t->look), view, t->form);

	if (r == 0)
		weir_cells_begin(&t->columns, weir_look_matcher(t->look), view);
	return r;
}

/* The segment that begins at t->segment, of len bytes. */
static int look_at(struct weir_text *t, size_t len)
{
	size_t from = (size_t)(t->segment - t->base), n;
	struct weir_view view = {
		.data = t->window, .len = t->len, .from = from, .to = from + len, .base = t->base};
	struct weir_scored *scored;
	int r = 0;

	if (!t->columns.ready)
		r = begin_columns(t, &view);
	if (r == 0)
		r = look_with_columns(t, &view, &scored, &n);
	if (r == 0)
		r = count_values(t, &view, scored, n);
	t->segment += len;
	return r;
}

/* Forgets what no later segment looks at. */
static void compact(struct weir_text *t)
{
	size_t done = (size_t)(t->segment - t->base), drop = done > BEFORE ? done - BEFORE : 0;
	size_t gone = 0;

	memmove(t->window, t->window + drop, t->len - drop);
	t->base += drop;
	t->len -= drop;
	while (gone + 1 < t->pieces_count && t->pieces[gone + 1].text <= t->base)
		gone++;
	if (gone == 0)
		return;
	t->pieces_count -= gone;
	memmove(t->pieces, t->pieces + gone, t->pieces_count * sizeof(t->pieces[0]));
	drop = (size_t)(t->pieces[0].source - t->source_base);
	memmove(t->source, t->source + drop, t->source_len - drop);
	t->source_base += drop;
	t->source_len -= drop;
	t->decoded -= drop;
}

static int run(struct weir_text *t, bool final)
{
	int r = 0;

	while (r == 0 && t->base + t->len > t->segment) {
		size_t there = (size_t)(t->base + t->len - t->segment);

		if (!final && there < SEGMENT + BEHIND)
			break;
		r = look_at(t, WEIR_MIN(there, SEGMENT));
		compact(t);
	}
	return r;
}

static int into_window(struct weir_text *t, const uint8_t *data, size_t len)
{
	int r = 0;

	while (len > 0 && r == 0) {
		size_t n = WEIR_MIN(len, WINDOW - t->len);

		memcpy(t->window + t->len, data, n);
		t->len += n;
		data += n;
		len -= n;
		r = run(t, false);
	}
	return r;
}

/* Pieces grow up to PIECE, however small the bites were that the text came in. */
static void note_piece(struct weir_text *t, uint32_t used)
{
	struct piece *last = t->pieces_count > 0 ? &t->pieces[t->pieces_count - 1] : NULL;

	if (last && last->source_len + used <= PIECE)
		last->source_len += used;
	else
		t->pieces[t->pieces_count++] =
			(struct piece){t->base + t->len, t->source_base + t->decoded, used};
}

static int decode(struct weir_text *t, bool final)
{
	int r = 0;

	while (r == 0 && t->decoded < t->source_len) {
		size_t used, room = WINDOW - t->len, made, bite = WEIR_MIN(PIECE, room / 4);
		size_t n = WEIR_MIN(t->source_len - t->decoded, bite);
		bool last = final && t->decoded + n == t->source_len;

		made = weir_charset_decode(t->charset, t->source + t->decoded, n, last,
					   t->window + t->len, room, &used);
		if (used == 0)
			break;
		note_piece(t, (uint32_t)used);
		t->decoded += used;
		t->len += made;
		if (t->len + 4 * PIECE > WINDOW)
			r = run(t, false);
	}
	return r;
}

/* The bytes of data[0..len) before the first one that is not ASCII. */
static size_t ascii_prefix(const uint8_t *data, size_t len)
{
	size_t at = 0;
	uint64_t word;

	for (; at + sizeof(word) <= len; at += sizeof(word)) {
		memcpy(&word, data + at, sizeof(word));
		if (word & UINT64_C(0x8080808080808080))
			break;
	}
	while (at < len && data[at] < 0x80)
		at++;
	return at;
}

/* The first bytes are all that it is judged by, or those from the first byte beyond ASCII on. */
static int learn(struct weir_text *t, bool final)
{
	size_t held = t->source_len, bom = 0;

	t->charset = weir_charset_guess(t->source, WEIR_MIN(held, (size_t)WEIR_CHARSET_SAMPLE),
					final, t->declared, &bom);
	t->known = true;
	if (t->ascii)
		bom = 0;
	else
		t->bom = bom;
	t->ascii = t->charset == WEIR_CHARSET_UTF8 && t->declared == WEIR_CHARSET_BYTES &&
		   bom == 0 && ascii_prefix(t->source, held) == held;
	if (!identity(t)) {
		t->decoded = bom;
		return decode(t, final);
	}
	t->source_len = 0;
	return into_window(t, t->source + bom, held - bom);
}

/* Text that was ASCII so far. What can't be is gathered again until it can be judged. */
static int into_ascii(struct weir_text *t, const uint8_t *data, size_t *ret_used, size_t len)
{
	*ret_used = ascii_prefix(data, len);
	if (*ret_used < len) {
		t->known = false;
		t->source_base = t->base + t->len + *ret_used + t->bom;
		t->source_len = t->decoded = 0;
	}
	return into_window(t, data, *ret_used);
}

static int into_source(struct weir_text *t, const uint8_t *data, size_t len)
{
	int r = 0;

	while (len > 0 && r == 0) {
		size_t most = t->known ? SOURCE : WEIR_CHARSET_SAMPLE;
		size_t n = WEIR_MIN(len, most - t->source_len);

		memcpy(t->source + t->source_len, data, n);
		t->source_len += n;
		data += n;
		len -= n;
		if (t->known)
			r = decode(t, false);
		else if (t->source_len == WEIR_CHARSET_SAMPLE)
			r = learn(t, false);
		if (r == 0 && len > 0 && t->known && identity(t))
			return weir_text_feed(t, data, len);
	}
	return r;
}

int weir_text_feed(struct weir_text *t, const uint8_t *data, size_t len)
{
	size_t used = 0;
	int r = 0;

	if (t->known && t->ascii)
		r = into_ascii(t, data, &used, len);
	if (r < 0 || used == len)
		return r;
	data += used;
	len -= used;
	return t->known && identity(t) ? into_window(t, data, len) : into_source(t, data, len);
}

int weir_text_end(struct weir_text *t)
{
	int r = 0;

	if (!t->known)
		r = learn(t, true);
	else if (!identity(t))
		r = decode(t, true);
	return r < 0 ? r : run(t, true);
}
