/* SPDX-License-Identifier: Apache-2.0 */
#include "context.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "weir/find/find.h"
#include "words.h"

#define WORD_MAX   32
#define BATCH	   1024
#define PLACES_MAX (64 * 1024) /* words kept of one view; far words behind it are not seen */

struct place {
	uint32_t start;
	uint16_t word;
};

struct meaning {
	uint64_t positive, negative; /* sets of detectors */
};

/* What the words around one place say to all detectors at once: sets of detectors. */
struct around {
	size_t start, end;	 /* SIZE_MAX: of no place */
	size_t behind;		 /* the first word at or behind start */
	size_t before;		 /* words from here to behind are near */
	uint64_t near, negative; /* before start */
	uint64_t far;		 /* of start and end */
};

struct weir_context {
	struct weir_finder *finder;
	struct weir_words words;
	struct meaning *meanings;
	struct place *places;
	size_t places_count, places_size;
	uint64_t *reach;
	size_t reach_size;
	struct around around; /* of the last look: the next one is near it, or the same */
	struct weir_candidate batch[BATCH];
};

static void mean(struct weir_context *c, const char *const *words, unsigned detector, bool negative)
{
	for (size_t i = 0; words && words[i]; i++) {
		struct meaning *m = &c->meanings[weir_words_number(&c->words, words[i])];

		*(negative ? &m->negative : &m->positive) |= UINT64_C(1) << detector;
	}
}

static int collect(struct weir_context *c, const struct weir_catalogue *catalogue)
{
	size_t detectors = weir_catalogue_count(catalogue);
	int r = 0;

	for (size_t d = 0; d < detectors && r == 0; d++) {
		r = weir_words_add(&c->words, weir_catalogue_at(catalogue, d)->words);
		if (r == 0)
			r = weir_words_add(&c->words, weir_catalogue_at(catalogue, d)->negatives);
	}
	if (r < 0)
		return r;
	weir_words_sort(&c->words);
	c->meanings = calloc(c->words.count + 1, sizeof(*c->meanings));
	if (!c->meanings)
		return -ENOMEM;
	for (size_t d = 0; d < detectors; d++) {
		mean(c, weir_catalogue_at(catalogue, d)->words, (unsigned)d, false);
		mean(c, weir_catalogue_at(catalogue, d)->negatives, (unsigned)d, true);
	}
	return 0;
}

int weir_context_new(const struct weir_catalogue *catalogue, struct weir_context **ret)
{
	struct weir_context *c _cleanup_(weir_context_freep) = calloc(1, sizeof(*c));
	int r;

	if (!c)
		return -ENOMEM;
	r = collect(c, catalogue);
	if (r == 0)
		r = weir_finder_new(c->words.word, c->words.count, WEIR_PLACE_WORD, &c->finder);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(c);
	return 0;
}

void weir_context_free(struct weir_context *c)
{
	if (!c)
		return;
	weir_finder_free(c->finder);
	weir_words_done(&c->words);
	free(c->meanings);
	free(c->places);
	free(c->reach);
	free(c);
}

static int keep(struct weir_context *c, const struct weir_candidate *found)
{
	if (c->places_count >= PLACES_MAX)
		return 0;
	if (c->places_count == c->places_size) {
		size_t size = c->places_size ? 2 * c->places_size : 1024;
		void *grown = realloc(c->places, size * sizeof(*c->places));

		if (!grown)
			return -ENOMEM;
		c->places = grown;
		c->places_size = size;
	}
	c->places[c->places_count++] = (struct place){found->start, found->word};
	return 0;
}

static int find_words(struct weir_context *c, const struct weir_view *view, size_t from, size_t to)
{
	int r = 0;

	while (from < to && r == 0) {
		size_t n = weir_find(c->finder, view->data, view->len, view->base, from, to,
				     c->batch, BATCH, &from);

		for (size_t i = 0; i < n && r == 0; i++)
			if (c->batch[i].place == WEIR_PLACE_WORD)
				r = keep(c, &c->batch[i]);
	}
	return r;
}

static void forget(struct weir_context *c)
{
	c->places_count = 0;
	c->around = (struct around){.start = SIZE_MAX, .end = SIZE_MAX};
}

int weir_context_prepare(struct weir_context *c, const struct weir_view *view,
			 const struct weir_hit *hits, size_t n)
{
	size_t from = 0, to = 0;
	int r = 0;

	forget(c);
	for (size_t i = 0; i < n && r == 0; i++) {
		size_t first = hits[i].full_start > WEIR_CONTEXT_FAR + WORD_MAX
				       ? hits[i].full_start - WEIR_CONTEXT_FAR - WORD_MAX
				       : 0;

		if (first > to) {
			r = find_words(c, view, from, to);
			from = first;
		}
		to = WEIR_MAX(to, WEIR_MIN(view->len, (size_t)hits[i].full_end + WEIR_CONTEXT_FAR));
	}
	return r < 0 ? r : find_words(c, view, from, to);
}

/* Sets of all blocks of a view of len bytes, empty. */
static int reach_clear(struct weir_context *c, size_t len)
{
	size_t size = len / WEIR_REACH_BLOCK + 1;
	void *grown;

	if (size > c->reach_size) {
		grown = realloc(c->reach, size * sizeof(*c->reach));
		if (!grown)
			return -ENOMEM;
		c->reach = grown;
		c->reach_size = size;
	}
	memset(c->reach, 0, size * sizeof(*c->reach));
	return 0;
}

int weir_context_prepare_all(struct weir_context *c, const struct weir_view *view)
{
	/* a word stands at most so far behind the start of a hit, or so far before it */
	const size_t back = WEIR_CONTEXT_FAR + WEIR_HIT_SPAN, behind = WEIR_CONTEXT_FAR;
	size_t from = view->from > behind + WORD_MAX ? view->from - behind - WORD_MAX : 0;
	int r = reach_clear(c, view->len);

	forget(c);
	if (r == 0)
		r = find_words(c, view, from, WEIR_MIN(view->len, view->to + back));
	for (size_t i = 0; i < c->places_count && r == 0; i++) {
		size_t at = c->places[i].start;
		size_t last = WEIR_MIN(at + behind, view->len) / WEIR_REACH_BLOCK;

		for (size_t k = (at > back ? at - back : 0) / WEIR_REACH_BLOCK; k <= last; k++)
			c->reach[k] |= c->meanings[c->places[i].word].positive;
	}
	return r;
}

const uint64_t *weir_context_reach(const struct weir_context *c)
{
	return c->reach;
}

/* The first place at or behind start. */
static size_t lower(const struct weir_context *c, size_t start)
{
	size_t low = c->around.behind, high = c->places_count, step = 1;

	/* hits come in order: what is sought stands a few places further on */
	if (low > 0 && c->places[low - 1].start >= start)
		low = 0;
	for (; low + step < high; step *= 2)
		if (c->places[low + step].start >= start)
			high = low + step;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (c->places[middle].start < start)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* From the nearest word on: the first word of a detector decides, unless a negative one on the same line
 * was passed on the way to it. */
static void look_near(struct weir_context *c, const struct weir_view *view, size_t start)
{
	struct around a = {.start = start, .end = SIZE_MAX, .behind = lower(c, start)};
	uint64_t passed = 0;

	for (a.before = a.behind; a.before > 0; a.before--) {
		const struct place *p = &c->places[a.before - 1];
		const struct meaning *m = &c->meanings[p->word];
		uint64_t open = ~(a.near | a.negative);

		if (p->start + WEIR_CONTEXT_NEAR < start)
			break;
		a.near |= m->positive & open & ~passed;
		a.negative |= m->positive & open & passed;
		if (m->negative & ~passed && !memchr(view->data + p->start, '\n', start - p->start))
			passed |= m->negative & ~m->positive;
	}
	a.negative |= passed & ~a.near;
	c->around = a;
}

enum weir_context_kind weir_context_near(struct weir_context *c, const struct weir_view *view,
					 unsigned detector, size_t start)
{
	if (c->around.start != start)
		look_near(c, view, start);
	if (c->around.near >> detector & 1)
		return WEIR_CONTEXT_WORD_NEAR;
	return c->around.negative >> detector & 1 ? WEIR_CONTEXT_WORD_NEGATIVE : WEIR_CONTEXT_NONE;
}

static void look_far(struct weir_context *c, size_t start, size_t end)
{
	struct around *a = &c->around;

	a->far = 0;
	for (size_t i = a->before; i > 0 && c->places[i - 1].start + WEIR_CONTEXT_FAR >= start; i--)
		a->far |= c->meanings[c->places[i - 1].word].positive;
	for (size_t i = a->behind;
	     i < c->places_count && c->places[i].start < end + WEIR_CONTEXT_FAR; i++)
		if (c->places[i].start >= end)
			a->far |= c->meanings[c->places[i].word].positive;
	a->end = end;
}

bool weir_context_far(struct weir_context *c, unsigned detector, size_t start, size_t end)
{
	if (c->around.end != end)
		look_far(c, start, end);
	return c->around.far >> detector & 1;
}

int weir_context_heads(struct weir_context *c, const struct weir_view *view, size_t start,
		       size_t end, struct weir_context_heads *ret)
{
	int r;

	forget(c);
	r = find_words(c, view, start, end);
	*ret = (struct weir_context_heads){0};
	for (size_t i = 0; i < c->places_count; i++) {
		ret->positive |= c->meanings[c->places[i].word].positive;
		ret->negative |= c->meanings[c->places[i].word].negative;
	}
	return r;
}
