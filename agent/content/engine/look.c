/* SPDX-License-Identifier: Apache-2.0 */
#include "look.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cells.h"
#include "weir/find/find.h"
#include "weir/view/charset.h"
#include "weir/view/coded.h"
#include "weir/view/normal.h"

#define BATCH	      4096
#define DENSE_MIN     32 /* numbers in a view, and one in so many bytes: it is dense */
#define DENSE_BYTES   128
#define STRETCHES_MAX 8192 /* odd and coded stretches of one view */
#define ODD_CONTEXT   1024 /* text around an odd stretch that belongs to it: words */
#define CODED_MAX     (64 * 1024)
#define CODED_CUT     (WEIR_FIND_STRETCH_MAX / 2) /* where the finder cuts */
#define CODED_OVERLAP 1024
#define SCORED_MAX    WEIR_HITS_MAX

/* A part of a view that is read in another way. */
struct stretch {
	uint32_t start, end;
	bool coded;
};

struct stretches {
	struct stretch *all;
	size_t count;
};

/* Decoded bytes with where each came from; reused. */
struct decoded {
	uint8_t *bytes; /* WEIR_FIND_PADDING readable on both sides */
	uint32_t *from;
	size_t len, size;
};

struct weir_look {
	const struct weir_catalogue *catalogue;
	struct weir_matcher *matcher;
	struct weir_context *context;
	struct weir_finder *finder;
	uint8_t key[WEIR_HASH_KEY_LEN];
	struct weir_normal normal[WEIR_LOOK_DEPTH + 1];
	struct decoded raw[WEIR_LOOK_DEPTH], text[WEIR_LOOK_DEPTH];
	struct stretches stretches[WEIR_LOOK_DEPTH + 1];
	struct weir_scored *scored;
	size_t count;
	size_t from, to; /* of the text: other readings of it report only what begins in there */
	struct weir_score_hint hint;
	bool limited;
	struct weir_hit hits[WEIR_HITS_MAX], cells[WEIR_HITS_MAX];
	struct weir_candidate batch[BATCH];
};

static int look_alloc(struct weir_look *l)
{
	l->scored = calloc(SCORED_MAX, sizeof(*l->scored));
	if (!l->scored)
		return -ENOMEM;
	for (size_t i = 0; i <= WEIR_LOOK_DEPTH; i++) {
		l->stretches[i].all = calloc(STRETCHES_MAX, sizeof(struct stretch));
		if (!l->stretches[i].all)
			return -ENOMEM;
	}
	return 0;
}

int weir_look_new(const struct weir_catalogue *catalogue, struct weir_look **ret)
{
	struct weir_look *l _cleanup_(weir_look_freep) = calloc(1, sizeof(*l));
	const char *const *words;
	size_t n;
	int r;

	if (!l)
		return -ENOMEM;
	l->catalogue = catalogue;
	r = look_alloc(l);
	if (r == 0)
		r = weir_matcher_new(catalogue, &l->matcher);
	if (r == 0)
		r = weir_context_new(catalogue, &l->context);
	if (r < 0)
		return r;
	words = weir_matcher_words(l->matcher, &n);
	r = weir_finder_new(words, n, WEIR_PLACE_ALL, &l->finder);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(l);
	return 0;
}

static void decoded_done(struct decoded *d)
{
	free(d->bytes ? d->bytes - WEIR_FIND_PADDING : NULL);
	free(d->from);
	*d = (struct decoded){0};
}

void weir_look_free(struct weir_look *l)
{
	if (!l)
		return;
	for (size_t i = 0; i <= WEIR_LOOK_DEPTH; i++) {
		weir_normal_done(&l->normal[i]);
		free(l->stretches[i].all);
	}
	for (size_t i = 0; i < WEIR_LOOK_DEPTH; i++) {
		decoded_done(&l->raw[i]);
		decoded_done(&l->text[i]);
	}
	weir_finder_free(l->finder);
	weir_context_free(l->context);
	weir_matcher_free(l->matcher);
	free(l->scored);
	free(l);
}

void weir_look_begin(struct weir_look *l, uint32_t today,
		     const uint8_t key[static WEIR_HASH_KEY_LEN])
{
	memcpy(l->key, key, sizeof(l->key));
	weir_matcher_begin(l->matcher, today);
}

struct weir_context *weir_look_context(struct weir_look *l)
{
	return l->context;
}

struct weir_matcher *weir_look_matcher(struct weir_look *l)
{
	return l->matcher;
}

static int reserve(struct decoded *d, size_t size)
{
	uint8_t *bytes;
	uint32_t *from;

	if (d->size >= size)
		return 0;
	decoded_done(d);
	bytes = calloc(1, size + 2 * (size_t)WEIR_FIND_PADDING);
	from = calloc(size + 1, sizeof(*from));
	if (!bytes || !from) {
		free(bytes);
		free(from);
		return -ENOMEM;
	}
	*d = (struct decoded){.bytes = bytes + WEIR_FIND_PADDING, .from = from, .size = size};
	return 0;
}

static void note_stretch(struct weir_look *l, struct stretches *s, const struct weir_candidate *c)
{
	bool coded = c->place == WEIR_PLACE_CODED;
	struct stretch *last = s->count > 0 ? &s->all[s->count - 1] : NULL;

	if (last && !coded && !last->coded && c->start <= last->end + 2 * ODD_CONTEXT) {
		last->end = WEIR_MAX(last->end, c->end);
		return;
	}
	if (!s->all || s->count == STRETCHES_MAX) {
		l->limited = true;
		return;
	}
	s->all[s->count++] = (struct stretch){c->start, c->end, coded};
}

static int by_start(const void *a, const void *b)
{
	const struct weir_hit *x = a, *y = b;

	return x->full_start < y->full_start ? -1 : x->full_start > y->full_start;
}

/* They come nearly in order. Equal ones keep theirs, as they do in qsort(). */
static void sort(struct weir_hit *hits, size_t n)
{
	size_t moves = 0;

	for (size_t i = 1; i < n && moves <= 8 * n; i++) {
		struct weir_hit one = hits[i];
		size_t at = i;

		for (; at > 0 && hits[at - 1].full_start > one.full_start; at--, moves++)
			hits[at] = hits[at - 1];
		hits[at] = one;
	}
	if (moves > 8 * n)
		qsort(hits, n, sizeof(*hits), by_start);
}

/* Places of the text below, whatever was decoded on the way. False when it begins outside the
 * segment: the neighbour has it. */
static bool map(const struct weir_look *l, const struct weir_view *view, struct weir_scored *s)
{
	uint64_t start = s->start, end = start + s->length;

	if (!view->map)
		return true;
	s->start = view->map[start];
	s->length = (uint32_t)(view->map[end] - view->map[start]);
	return s->start >= l->from && s->start < l->to;
}

/* Most hits are nothing without a word near by: for them nobody looks farther. */
static bool words_around(struct weir_look *l, const struct weir_view *view,
			 const struct weir_detector *d, const struct weir_hit *hit,
			 enum weir_context_kind *ret)
{
	*ret = weir_context_near(l->context, view, hit->detector, hit->full_start);
	if (*ret != WEIR_CONTEXT_NONE)
		return true;
	if (weir_score_hopeless(d, view, hit, WEIR_CONTEXT_WORD_FAR, &l->hint))
		return false;
	if (weir_context_far(l->context, hit->detector, hit->full_start, hit->full_end))
		*ret = WEIR_CONTEXT_WORD_FAR;
	return true;
}

static int score(struct weir_look *l, const struct weir_view *view, size_t n, bool prepared)
{
	int r;

	sort(l->hits, n);
	r = prepared ? 0 : weir_context_prepare(l->context, view, l->hits, n);
	for (size_t i = 0; i < n && r == 0; i++) {
		const struct weir_hit *hit = &l->hits[i];
		const struct weir_detector *d = weir_catalogue_at(l->catalogue, hit->detector);
		enum weir_context_kind kind;

		if (l->count == SCORED_MAX) {
			l->limited = true;
			return 0;
		}
		if (!words_around(l, view, d, hit, &kind) ||
		    !weir_score(d, view, hit, kind, &l->hint, l->key, &l->scored[l->count]))
			continue;
		l->count += map(l, view, &l->scored[l->count]);
	}
	return r;
}

/* Both are in order; of equal ones those that were there come first. */
static void merge(struct weir_hit *hits, size_t n, const struct weir_hit *more, size_t m)
{
	while (m > 0) {
		bool late = n > 0 && hits[n - 1].full_start > more[m - 1].full_start;

		hits[n + m - 1] = late ? hits[n - 1] : more[m - 1];
		n -= late;
		m -= !late;
	}
}

static void look_at_cells(struct weir_look *l, const struct weir_view *view, size_t *hits)
{
	struct weir_cells w;
	size_t n = 0;

	weir_cells_open(&w, l->hint.table, l->hint.table->cells, view);
	while (weir_cells_next(&w)) {
		if (*hits + n == WEIR_HITS_MAX) {
			l->limited = true;
			break;
		}
		n += weir_matcher_cell(l->matcher, view, w.start, w.end, &l->cells[n]);
	}
	sort(l->hits, *hits);
	merge(l->hits, *hits, l->cells, n);
	*hits += n;
}

/* Numbers stand so close that the words around them are all words there are: these are looked for first,
 * and most numbers are nothing without them. */
static bool dense(const struct weir_look *l, size_t candidates, size_t len)
{
	size_t numbers = 0;

	for (size_t i = 0; i < candidates; i++)
		numbers += (l->batch[i].place & (WEIR_PLACE_SPAN | WEIR_PLACE_TOKEN)) != 0;
	return numbers >= DENSE_MIN && numbers * DENSE_BYTES >= len;
}

static void note_stretches(struct weir_look *l, struct stretches *stretches, size_t candidates)
{
	for (size_t i = 0; i < candidates; i++)
		if (l->batch[i].place & (WEIR_PLACE_ODD | WEIR_PLACE_CODED))
			note_stretch(l, stretches, &l->batch[i]);
}

/* The view as it stands; stretches may be NULL. */
static int look_plain(struct weir_look *l, const struct weir_view *view,
		      struct stretches *stretches)
{
	struct weir_lift lift = {.heads = l->hint.heads};
	size_t next = view->from, hits = 0;
	int r = 0;

	while (next < view->to && r == 0) {
		size_t from = next;
		size_t n = weir_find(l->finder, view->data, view->len, view->base, from, view->to,
				     l->batch, BATCH, &next);

		if (from == view->from && dense(l, n, next - from)) {
			r = weir_context_prepare_all(l->context, view);
			lift.words = weir_context_reach(l->context);
		}
		if (stretches)
			note_stretches(l, stretches, n);
		weir_matcher_run(l->matcher, view, &lift, l->batch, n, l->hits, &hits, &l->limited);
	}
	weir_matcher_search(l->matcher, view, l->hits, &hits, &l->limited);
	if (!view->map && l->hint.table && l->hint.table->cells)
		look_at_cells(l, view, &hits);
	return hits > 0 && r == 0 ? score(l, view, hits, lift.words) : r;
}

/* The first byte of the result that came from at or behind it. */
static size_t first_from(const uint32_t *from, size_t len, size_t at)
{
	size_t low = 0, high = len;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (from[middle] < at)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Turns places in a view into places in the text that the view was made from. */
static void chain(const struct weir_view *view, uint32_t *from, size_t len, size_t start)
{
	for (size_t i = 0; i <= len; i++) {
		size_t at = start + from[i];

		from[i] = view->map ? view->map[at] : (uint32_t)at;
	}
}

static int look_odd(struct weir_look *l, const struct weir_view *view, const struct stretch *s,
		    unsigned depth)
{
	struct weir_normal *n = &l->normal[depth];
	size_t start = s->start > ODD_CONTEXT ? s->start - ODD_CONTEXT : 0;
	size_t end = WEIR_MIN(view->len, (size_t)s->end + ODD_CONTEXT);
	struct weir_view normal;
	int r;

	while (start > 0 && (view->data[start] & 0xc0) == 0x80)
		start--;
	r = weir_normalise(view->data + start, end - start, n);
	if (r < 0 || n->rules == 0)
		return r;
	normal = (struct weir_view){
		.data = n->text,
		.len = n->len,
		.from = first_from(n->from, n->len, WEIR_MAX(view->from, (size_t)s->start) - start),
		.to = first_from(n->from, n->len, WEIR_MIN(view->to, (size_t)s->end) - start),
		.map = n->from};
	chain(view, n->from, n->len, start);
	return look_plain(l, &normal, NULL);
}

static int look_all(struct weir_look *l, const struct weir_view *view, unsigned depth);

/* Decoded bytes in their own encoding, as UTF-8. */
static int to_text(struct weir_look *l, unsigned depth)
{
	struct decoded *raw = &l->raw[depth], *text = &l->text[depth];
	size_t bom, at = 0;
	enum weir_charset charset =
		weir_charset_guess(raw->bytes, raw->len, true, WEIR_CHARSET_BYTES, &bom);
	int r = reserve(text, 2 * raw->len + 4);

	if (r < 0)
		return r;
	text->len = 0;
	for (at = bom; at < raw->len;) {
		size_t used, made;

		made = weir_charset_decode(charset, raw->bytes + at,
					   WEIR_MIN(raw->len - at, (size_t)8), at + 8 >= raw->len,
					   text->bytes + text->len, text->size - text->len, &used);
		if (used == 0)
			break;
		for (size_t i = 0; i < made; i++)
			text->from[text->len + i] =
				raw->from[at +
					  weir_charset_source(charset, raw->bytes + at, used, i)];
		text->len += made;
		at += used;
	}
	text->from[text->len] = raw->from[raw->len];
	return 0;
}

/* A stretch that the finder cut may begin between two of the four characters that make three bytes,
 * and in the middle of a value: it is read from a little before, in each of the four ways. */
static int decode(struct weir_look *l, const struct weir_view *view, const struct stretch *s,
		  unsigned depth)
{
	bool cut = (view->base + s->start) % CODED_CUT == 0 && s->start > CODED_OVERLAP;
	size_t start = cut ? s->start - CODED_OVERLAP : s->start;
	size_t len = WEIR_MIN(s->end - start, (size_t)CODED_MAX);
	struct decoded *raw = &l->raw[depth];
	enum weir_coding coding = WEIR_CODING_NONE;
	int r = reserve(raw, len);

	if (r < 0)
		return r;
	for (unsigned shift = 0; coding == WEIR_CODING_NONE && shift < (cut ? 4 : 1); shift++) {
		start += shift > 0;
		len -= shift > 0;
		coding = weir_coded_decode(view->data + start, len, raw->bytes, raw->size,
					   &raw->len);
	}
	if (coding == WEIR_CODING_NONE)
		return 0;
	weir_coded_map(coding, view->data + start, len, raw->from, raw->len);
	chain(view, raw->from, raw->len, start);
	return 1;
}

static int look_coded(struct weir_look *l, const struct weir_view *view, const struct stretch *s,
		      unsigned depth)
{
	struct decoded *text = &l->text[depth];
	struct weir_view inner;
	int r = decode(l, view, s, depth);

	if (r <= 0)
		return r;
	r = to_text(l, depth);
	if (r < 0)
		return r;
	inner = (struct weir_view){
		.data = text->bytes, .len = text->len, .to = text->len, .map = text->from};
	return look_all(l, &inner, depth + 1);
}

static int look_all(struct weir_look *l, const struct weir_view *view, unsigned depth)
{
	struct stretches *stretches = &l->stretches[depth];
	int r;

	stretches->count = 0;
	r = look_plain(l, view, stretches);
	for (size_t i = 0; i < stretches->count && r == 0; i++) {
		const struct stretch *s = &stretches->all[i];

		if (!s->coded)
			r = look_odd(l, view, s, depth);
		else if (depth < WEIR_LOOK_DEPTH)
			r = look_coded(l, view, s, depth);
	}
	return r;
}

int weir_look(struct weir_look *l, const struct weir_view *view, const struct weir_score_hint *hint,
	      struct weir_scored **ret_scored, size_t *ret_count, bool *ret_limited)
{
	int r;

	l->count = 0;
	l->from = view->from;
	l->to = view->to;
	l->hint = *hint;
	l->limited = false;
	r = look_all(l, view, 0);
	*ret_count = weir_score_resolve(l->catalogue, l->scored, l->count);
	*ret_scored = l->scored;
	*ret_limited |= l->limited;
	return r;
}
