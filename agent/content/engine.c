/* SPDX-License-Identifier: Apache-2.0 */
/* The stream: a window over the bytes, the spans in it, confidence, counts. Patterns live in
 *match.c, words in context.c.
 *
 *	 dropped | left context | decided | span, match | right context | not fed yet
 *		 ^ base		^ pos - LEFT		^ pos		^ len
 *
 * A span is decided only with RIGHT bytes behind it in the window, or at the end of all bytes; LEFT
 *bytes before it are kept. So every decision sees the same surroundings wherever the window happens
 *to end. */

#include "weir/content/content.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "context.h"
#include "distinct.h"
#include "match.h"
#include "neighbour.h"
#include "prefilter.h"
#include "sniff.h"
#include "weir/base/macros.h"
#include "weir/content/catalogue.h"
#include "weir/content/validate.h"

#define LEFT	       (WEIR_CONTEXT_FAR + WEIR_CONTEXT_WORD + 92)
#define RIGHT	       LEFT
#define WINDOW_DEFAULT (128 * 1024)
#define WINDOW_MIN     (16 * 1024)

_Static_assert(WINDOW_MIN >= 2 * (LEFT + RIGHT + WEIR_SPAN_MAX + WEIR_SNIFF_BYTES) / 2,
	       "window too small");

struct weir_content {
	struct weir_matcher *matcher;
	struct weir_context *contexts;	/* one for each detector */
	struct weir_distinct *distinct; /* one for each detector */
	size_t detectors;
	uint8_t key[WEIR_HASH_KEY_LEN];

	uint8_t *window;
	size_t size, len;
	uint64_t base;	/* stream offset of window[0] */
	size_t pos;	/* everything before it is decided */
	size_t claimed; /* end of the last value, may lie behind pos */

	struct weir_content_request request;
	uint32_t today;
	struct weir_sniff sniff; /* type is NULL until known */
	uint64_t block;		 /* stream offset of the next block to test for binary data */
	bool mixed;		 /* binary data in text */
	bool over;		 /* more than max_bytes came */
	bool limited;		 /* a pattern ran into a limit */
	int error;

	uint64_t line_seen; /* stream offset up to which line ends were looked for */
	bool line_counted;  /* the line at line_seen has a finding */
	struct weir_findings out;
};

static int content_alloc(struct weir_content *c)
{
	c->detectors = weir_content_catalogue_count();
	if (c->detectors > WEIR_FINDINGS_DETECTORS)
		return -EINVAL;
	c->contexts = calloc(c->detectors, sizeof(*c->contexts));
	c->distinct = calloc(c->detectors, sizeof(*c->distinct));
	c->window = malloc(c->size);
	if (!c->contexts || !c->distinct || !c->window)
		return -ENOMEM;
	for (size_t i = 0; i < c->detectors; i++) {
		weir_context_init(&c->contexts[i], weir_content_catalogue_at(i));
		c->distinct[i].max = WEIR_CONTENT_DISTINCT_MAX;
	}
	return weir_matcher_new(&c->matcher);
}

int weir_content_new(const struct weir_content_options *options, struct weir_content **ret)
{
	struct weir_content *c _cleanup_(weir_content_freep) = calloc(1, sizeof(*c));
	int r;

	if (!c)
		return -ENOMEM;
	c->size = options && options->window ? options->window : WINDOW_DEFAULT;
	if (c->size < WINDOW_MIN)
		return -EINVAL;
	if (options && options->key)
		memcpy(c->key, options->key, sizeof(c->key));
	else if (getrandom(c->key, sizeof(c->key), 0) != (ssize_t)sizeof(c->key))
		return -EIO;
	r = content_alloc(c);
	if (r < 0)
		return r;
	weir_content_begin(c, &(struct weir_content_request){0});
	*ret = TAKE_PTR(c);
	return 0;
}

void weir_content_free(struct weir_content *c)
{
	if (!c)
		return;
	for (size_t i = 0; c->distinct && i < c->detectors; i++)
		weir_distinct_done(&c->distinct[i]);
	weir_matcher_free(c->matcher);
	free(c->distinct);
	free(c->contexts);
	free(c->window);
	free(c);
}

void weir_content_begin(struct weir_content *c, const struct weir_content_request *request)
{
	c->request = *request;
	c->today = weir_validate_today(request->now_ns);
	c->len = c->pos = c->claimed = 0;
	c->base = c->block = c->line_seen = 0;
	c->sniff = (struct weir_sniff){0};
	c->mixed = c->over = c->limited = c->line_counted = false;
	c->error = 0;
	memset(&c->out, 0, offsetof(struct weir_findings, findings));
	for (size_t i = 0; i < c->detectors; i++) {
		weir_context_begin(&c->contexts[i]);
		weir_distinct_clear(&c->distinct[i]);
	}
}

/* Looks for line ends up to the stream offset upto, as far as it matters: whether the next finding
 * is on a new line. */
static void note_lines(struct weir_content *c, uint64_t upto)
{
	if (upto <= c->line_seen)
		return;
	if (c->line_counted &&
	    memchr(c->window + (c->line_seen - c->base), '\n', (size_t)(upto - c->line_seen)))
		c->line_counted = false;
	c->line_seen = upto;
}

static void mask(const struct weir_mask *shape, const struct weir_hit *hit,
		 char ret[static WEIR_MASKED_MAX])
{
	size_t tail = shape->tail, len = hit->value_len;

	if (shape->group)
		tail = len % shape->group ? len % shape->group : shape->group;
	tail = WEIR_MIN(tail, (size_t)shape->tail);
	for (size_t i = 0; i < len; i++)
		ret[i] = i < shape->head || i + tail >= len ? hit->value[i] : '*';
	memset(ret + len, 0, WEIR_MASKED_MAX - len);
}

/* -1: dropped. */
static int confidence(struct weir_content *c, const struct weir_hit *hit)
{
	const struct weir_detector *detector = weir_content_catalogue_at(hit->detector);
	const struct weir_confidence *scale = &detector->confidence;
	struct weir_neighbour neighbour = {.data = c->window,
					   .len = c->len,
					   .start = hit->full_start,
					   .end = hit->full_end,
					   .grouped = hit->grouped,
					   .strict_left = detector->strict_left};
	int value = hit->accepted ? scale->accepted : scale->refused;
	enum weir_context_kind kind =
		weir_context_look(&c->contexts[hit->detector], c->window, c->len, c->base,
				  hit->full_start, hit->full_end);

	if (kind != WEIR_CONTEXT_WORD_NEAR && weir_neighbour_joined(&neighbour))
		return -1;
	if (hit->form)
		value += scale->form;
	if (kind == WEIR_CONTEXT_WORD_NEAR)
		value += scale->near_word;
	if (kind == WEIR_CONTEXT_WORD_FAR)
		value += scale->far_word;
	if (kind == WEIR_CONTEXT_WORD_NEGATIVE)
		value -= scale->negative;
	if (scale->placeholder && weir_validate_is_placeholder(hit->value, hit->value_len))
		value -= scale->placeholder;
	return WEIR_MAX(0, WEIR_MIN(value, 100));
}

static void report(struct weir_content *c, const struct weir_hit *hit)
{
	struct weir_findings *out = &c->out;
	struct weir_finding *f;
	uint16_t d = hit->detector;
	int level = confidence(c, hit), r;

	if (level < 0 || level < c->request.min_confidence)
		return;
	note_lines(c, c->base + hit->start);
	out->records += !c->line_counted;
	c->line_counted = true;
	out->total[d]++;
	out->best[d] = WEIR_MAX(out->best[d], (uint8_t)level);
	r = weir_distinct_add(&c->distinct[d], weir_siphash(hit->value, hit->value_len, c->key));
	if (r < 0 && c->error == 0)
		c->error = r;
	if (out->count >= WEIR_FINDINGS_MAX)
		return;
	f = &out->findings[out->count++];
	*f = (struct weir_finding){.offset = c->base + hit->start,
				   .length = (uint32_t)(hit->end - hit->start),
				   .detector = d,
				   .confidence = (uint8_t)level};
	mask(&weir_content_catalogue_at(d)->mask, hit, f->masked);
}

static void search_span(struct weir_content *c, const struct weir_span *span)
{
	const struct weir_hit *hits;
	size_t n = weir_matcher_span(c->matcher, c->window, c->len, span, c->claimed, c->today,
				     &hits, &c->limited);

	for (size_t i = 0; i < n; i++) {
		report(c, &hits[i]);
		c->claimed = WEIR_MAX(c->claimed, hits[i].full_end);
	}
}

/* Text with binary data behind its first bytes is not text alone: a script with an archive at its
 * end. */
static void test_blocks(struct weir_content *c, bool final)
{
	while (!c->mixed && c->base + c->len > c->block) {
		size_t at = (size_t)(c->block - c->base),
		       n = WEIR_MIN(c->len - at, (size_t)WEIR_SNIFF_BYTES);

		if (n < WEIR_SNIFF_BYTES && !final)
			return;
		c->mixed = weir_sniff_binary(c->window + at, n);
		c->block += n;
	}
}

static void search(struct weir_content *c, bool final)
{
	struct weir_span span;

	if (!c->sniff.type)
		c->sniff = weir_sniff(c->window, c->len);
	if (!c->sniff.reason)
		test_blocks(c, final);
	for (;;) {
		bool found = weir_prefilter_next(c->window, c->len, c->pos, final, &span);

		if (!found || (!final && span.end + RIGHT > c->len)) {
			c->pos = span.start;
			return;
		}
		search_span(c, &span);
		c->pos = span.end;
	}
}

/* Drops what no later decision looks at. */
static void compact(struct weir_content *c)
{
	size_t drop = c->pos > LEFT ? c->pos - LEFT : 0;

	if (!c->sniff.reason && !c->mixed)
		drop = WEIR_MIN(drop, (size_t)(c->block - c->base));
	note_lines(c, c->base + drop);
	memmove(c->window, c->window + drop, c->len - drop);
	c->base += drop;
	c->len -= drop;
	c->pos -= drop;
	c->claimed = c->claimed > drop ? c->claimed - drop : 0;
}

int weir_content_feed(struct weir_content *c, const void *data, size_t len)
{
	const uint8_t *from = data;

	if (c->request.max_bytes && len > c->request.max_bytes - c->out.bytes) {
		len = (size_t)(c->request.max_bytes - c->out.bytes);
		c->over = true;
	}
	while (len > 0) {
		size_t n = WEIR_MIN(len, c->size - c->len);

		memcpy(c->window + c->len, from, n);
		c->len += n;
		c->out.bytes += n;
		from += n;
		len -= n;
		if (c->len == c->size) {
			search(c, false);
			compact(c);
		}
	}
	if (c->error < 0)
		return c->error;
	return !c->over;
}

static void outcome(struct weir_content *c, enum weir_scan_status status, const char *reason)
{
	if (c->out.status)
		return;
	c->out.status = status;
	snprintf(c->out.reason, sizeof(c->out.reason), "%s", reason);
}

void weir_content_stop(struct weir_content *c, enum weir_scan_status status, const char *reason)
{
	outcome(c, status, reason);
}

void weir_content_finish(struct weir_content *c, struct weir_findings *ret)
{
	search(c, true);
	if (c->error < 0)
		outcome(c, WEIR_SCAN_ERROR, "out of memory");
	if (c->sniff.reason)
		outcome(c, WEIR_SCAN_UNSCANNABLE, c->sniff.reason);
	if (c->over)
		outcome(c, WEIR_SCAN_PARTIAL,
			"too large: only the first bytes up to the limit were searched");
	if (c->limited)
		outcome(c, WEIR_SCAN_PARTIAL, "a pattern reached its limit of work");
	if (c->mixed)
		outcome(c, WEIR_SCAN_PARTIAL,
			"binary data inside text; its bytes alone were searched");
	outcome(c, WEIR_SCAN_COMPLETE, "");
	snprintf(c->out.type, sizeof(c->out.type), "%s", c->sniff.type);
	for (size_t i = 0; i < c->detectors; i++)
		c->out.distinct[i] = c->distinct[i].count;
	memcpy(ret, &c->out,
	       offsetof(struct weir_findings, findings) +
		       c->out.count * sizeof(c->out.findings[0]));
}
