/* SPDX-License-Identifier: Apache-2.0 */
#include "score.h"

#include <stdlib.h>
#include <string.h>

#include "neighbour.h"
#include "weir/base/utf8.h"
#include "weir/validate/validate.h"

#define REVERSED_OFF 5	/* taken off a value that is in a table although written backwards */
#define CLEAR	     25 /* a lead in confidence that beats rank */
#define REVERSED_LOW 45 /* base of one that only a check digit speaks for: needs a word */

/* Bytes of the first n characters. */
static size_t chars(const char *text, size_t len, size_t n)
{
	size_t at = 0;
	uint32_t c;

	while (n-- > 0 && at < len)
		at += (unsigned char)text[at] < 0x80 ? 1
						     : weir_utf8_decode(text + at, len - at, &c);
	return at;
}

static void put(char *ret, size_t *at, const char *text, size_t len)
{
	for (size_t i = 0; i < len && *at + 1 < WEIR_MASKED_MAX; i++) {
		unsigned char c = (unsigned char)text[i];

		ret[(*at)++] = c < 0x20 || c == 0x7f ? ' ' : (char)c;
	}
}

static void stars(char *ret, size_t *at, size_t n)
{
	while (n-- > 0 && *at + 1 < WEIR_MASKED_MAX)
		ret[(*at)++] = '*';
}

/* Malformed bytes are never shown: they would not be UTF-8. */
static void mask(const struct weir_mask *shape, const char *value, size_t len,
		 char ret[static WEIR_MASKED_MAX])
{
	size_t count, head, tail = shape->tail, from, at = 0;
	const char *domain = shape->keep_domain ? memrchr(value, '@', len) : NULL;
	size_t kept = domain ? (size_t)(value + len - domain) : 0;

	memset(ret, 0, WEIR_MASKED_MAX);
	if (weir_utf8_valid(value, len) != len) {
		stars(ret, &at, WEIR_MIN(len, (size_t)16));
		return;
	}
	len -= kept;
	count = weir_utf8_count(value, len);
	if (shape->group)
		tail = WEIR_MIN(count % shape->group ? count % shape->group : shape->group, tail);
	head = WEIR_MIN((size_t)shape->head, count);
	tail = WEIR_MIN(tail, count - head);
	put(ret, &at, value, chars(value, len, head));
	stars(ret, &at, WEIR_MIN(count - head - tail, (size_t)20));
	from = chars(value, len, count - tail);
	if (at + len - from + kept < WEIR_MASKED_MAX) {
		put(ret, &at, value + from, len - from);
		if (domain)
			put(ret, &at, domain, kept);
	}
}

int weir_score_base(const struct weir_detector *d, const struct weir_hit *hit)
{
	const struct weir_confidence *scale = &d->confidence;
	int base = hit->flags & WEIR_HIT_ACCEPTED ? scale->accepted : scale->refused;

	if (hit->flags & WEIR_HIT_STRONG && scale->strong)
		base = scale->strong;
	if (hit->flags & WEIR_HIT_REVERSED)
		base = hit->flags & WEIR_HIT_STRONG && scale->strong >= 85 ? base - REVERSED_OFF
									   : REVERSED_LOW;
	return base + hit->shift;
}

/* Nothing but blanks and quotes between the value and the start of its line, as far as one byte tells. */
static bool may_be_alone(const struct weir_view *view, size_t start)
{
	return start == 0 || memchr("\n\" '\t", view->data[start - 1], 5) != NULL;
}

/* The most that it can come to. */
static bool hopeless(const struct weir_detector *d, const struct weir_view *view,
		     const struct weir_scored *s, const struct weir_score_hint *hint)
{
	bool head = hint->heads >> s->detector & 1;
	bool column = hint->columns || may_be_alone(view, (size_t)s->start);

	return weir_score_confidence(d, s, head && column, false, column) < WEIR_CONFIDENCE_FLOOR;
}

bool weir_score_hopeless(const struct weir_detector *d, const struct weir_view *view,
			 const struct weir_hit *hit, enum weir_context_kind kind,
			 const struct weir_score_hint *hint)
{
	const struct weir_scored scored = {.start = hit->start,
					   .detector = hit->detector,
					   .base = (int16_t)weir_score_base(d, hit),
					   .kind = (uint8_t)kind,
					   .accepted = hit->flags & WEIR_HIT_ACCEPTED};

	return hopeless(d, view, &scored, hint);
}

static bool joined(const struct weir_detector *d, const struct weir_view *view,
		   const struct weir_hit *hit)
{
	const struct weir_neighbour neighbour = {.data = view->data,
						 .len = view->len,
						 .start = hit->full_start,
						 .end = hit->full_end,
						 .grouped = hit->flags & WEIR_HIT_GROUPED,
						 .strict_left = d->strict_left};

	return !d->joined && weir_neighbour_joined(&neighbour);
}

bool weir_score(const struct weir_detector *d, const struct weir_view *view,
		const struct weir_hit *hit, enum weir_context_kind kind,
		const struct weir_score_hint *hint, const uint8_t key[static WEIR_HASH_KEY_LEN],
		struct weir_scored *ret)
{
	char value[WEIR_VALUE_MAX + 2];
	size_t len;

	*ret = (struct weir_scored){.start = hit->start,
				    .length = hit->end - hit->start,
				    .detector = hit->detector,
				    .base = (int16_t)weir_score_base(d, hit),
				    .kind = (uint8_t)kind,
				    .accepted = hit->flags & WEIR_HIT_ACCEPTED};
	if (hopeless(d, view, ret, hint))
		return false;
	if (kind != WEIR_CONTEXT_WORD_NEAR && joined(d, view, hit))
		return false;
	len = weir_matcher_value(d, view, hit, value);
	if (d->confidence.placeholder && weir_check_placeholder(value, len))
		ret->base = (int16_t)(ret->base - d->confidence.placeholder);
	if (hopeless(d, view, ret, hint))
		return false;
	if (!hint->unmasked)
		mask(&d->mask, value, len, ret->masked);
	value[len] = (char)(hit->detector & 0xff);
	ret->hash = weir_siphash(value, len + 1, key);
	return true;
}

int weir_score_confidence(const struct weir_detector *d, const struct weir_scored *s, bool head,
			  bool head_negative, bool column)
{
	const struct weir_confidence *scale = &d->confidence;
	int value = s->base;

	if (s->kind == WEIR_CONTEXT_WORD_NEAR || head)
		value += scale->near_word;
	else if (s->kind == WEIR_CONTEXT_WORD_NEGATIVE || head_negative)
		value -= scale->negative;
	else if (s->kind == WEIR_CONTEXT_WORD_FAR)
		value += scale->far_word;
	if (column && s->accepted)
		value += scale->column;
	return WEIR_MAX(0, WEIR_MIN(value, 100));
}

static int by_start(const void *a, const void *b)
{
	const struct weir_scored *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	if (x->length != y->length)
		return x->length > y->length ? -1 : 1;
	return x->detector < y->detector ? -1 : x->detector > y->detector;
}

/* They come nearly in order. Equal ones keep theirs, as they do in qsort(). */
static void sort(struct weir_scored *scored, size_t n)
{
	size_t moves = 0;

	for (size_t i = 1; i < n && moves <= 4 * n; i++) {
		struct weir_scored one;
		size_t at = i;

		if (by_start(&scored[i - 1], &scored[i]) <= 0)
			continue;
		one = scored[i];
		for (; at > 0 && by_start(&scored[at - 1], &one) > 0; at--, moves++)
			scored[at] = scored[at - 1];
		scored[at] = one;
	}
	if (moves > 4 * n)
		qsort(scored, n, sizeof(*scored), by_start);
}

/* True when a keeps the text that both claim. */
static bool wins(const struct weir_catalogue *catalogue, const struct weir_scored *a,
		 const struct weir_scored *b)
{
	const struct weir_detector *da = weir_catalogue_at(catalogue, a->detector);
	const struct weir_detector *db = weir_catalogue_at(catalogue, b->detector);
	int ca = weir_score_confidence(da, a, false, false, false);
	int cb = weir_score_confidence(db, b, false, false, false);

	if ((ca < WEIR_CONFIDENCE_FLOOR) != (cb < WEIR_CONFIDENCE_FLOOR) || abs(ca - cb) > CLEAR)
		return ca > cb;
	if (a->accepted != b->accepted)
		return a->accepted;
	if (da->rank != db->rank)
		return da->rank < db->rank;
	return ca >= cb;
}

size_t weir_score_resolve(const struct weir_catalogue *catalogue, struct weir_scored *scored,
			  size_t n)
{
	size_t kept = 0;

	sort(scored, n);
	for (size_t i = 0; i < n; i++) {
		struct weir_scored *last = kept > 0 ? &scored[kept - 1] : NULL;

		if (!last || last->start + last->length <= scored[i].start)
			scored[kept++] = scored[i];
		else if (!wins(catalogue, last, &scored[i]))
			*last = scored[i];
	}
	return kept;
}
