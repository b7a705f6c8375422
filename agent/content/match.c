/* SPDX-License-Identifier: Apache-2.0 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "match.h"

#include <errno.h>
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#include "weir/content/catalogue.h"
#include "weir/content/validate.h"

/* The subject of a match is at most WEIR_SPAN_MAX + WEIR_SPAN_BEYOND_CUT bytes and the patterns
 * backtrack over a few dozen. A pattern that needs more than this is wrong or under attack. */
#define MATCH_LIMIT \
	100000 /* calls of the matcher's inner function: bounds time, also under JIT \
		*/
#define DEPTH_LIMIT \
	1000 /* nested backtracking points: bounds the interpreter's memory; JIT ignores it */
#define HEAP_LIMIT_KIB \
	1024 /* heap for those points in the interpreter; JIT uses the stack below instead */
#define JIT_STACK_FIRST (16 * 1024)
#define JIT_STACK_MAX	(256 * 1024) /* bounds JIT's backtracking memory */
#define PATTERN_MAX	1024	     /* bytes of a pattern that is compiled to machine code */

struct compiled {
	pcre2_code *codes[WEIR_DETECTOR_PATTERNS];
	weir_validator_fn validate;
};

struct weir_matcher {
	struct compiled *detectors; /* one for each row of the catalogue */
	pcre2_match_context *context;
	pcre2_match_data *data;
	pcre2_jit_stack *stack;
	size_t count;
	struct weir_hit hits[WEIR_SPAN_HITS];
};

/* What one run over a span has at hand. */
struct run {
	const uint8_t *data;
	size_t limit; /* the subject ends here */
	const struct weir_span *span;
	size_t free_from;
	uint32_t today;
	bool *ret_limited;
};

static void compiled_done(struct compiled *c)
{
	for (size_t i = 0; i < WEIR_DETECTOR_PATTERNS; i++)
		pcre2_code_free(c->codes[i]);
}

static int compile(struct compiled *c, const struct weir_detector *detector)
{
	if (detector->validator) {
		c->validate = weir_validator_find(detector->validator);
		if (!c->validate)
			return -EINVAL;
	}
	for (size_t i = 0; i < WEIR_DETECTOR_PATTERNS && detector->patterns[i]; i++) {
		const char *pattern = detector->patterns[i];
		PCRE2_SIZE place;
		int code;

		c->codes[i] =
			pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
				      PCRE2_NEVER_UTF | PCRE2_NEVER_UCP | PCRE2_NEVER_BACKSLASH_C,
				      &code, &place, NULL);
		if (!c->codes[i])
			return code == PCRE2_ERROR_HEAP_FAILED ? -ENOMEM : -EINVAL;
		/* where executable memory is refused the interpreter gives the same matches */
		if (strlen(pattern) <= PATTERN_MAX)
			(void)pcre2_jit_compile(c->codes[i], PCRE2_JIT_COMPLETE);
	}
	return 0;
}

static int limits(struct weir_matcher *m)
{
	m->context = pcre2_match_context_create(NULL);
	m->data = pcre2_match_data_create(4, NULL);
	m->stack = pcre2_jit_stack_create(JIT_STACK_FIRST, JIT_STACK_MAX, NULL);
	if (!m->context || !m->data)
		return -ENOMEM;
	pcre2_set_match_limit(m->context, MATCH_LIMIT);
	pcre2_set_depth_limit(m->context, DEPTH_LIMIT);
	pcre2_set_heap_limit(m->context, HEAP_LIMIT_KIB);
	if (m->stack)
		pcre2_jit_stack_assign(m->context, NULL, m->stack);
	return 0;
}

int weir_matcher_new(struct weir_matcher **ret)
{
	struct weir_matcher *m _cleanup_(weir_matcher_freep) = calloc(1, sizeof(*m));
	int r;

	if (!m)
		return -ENOMEM;
	m->detectors = calloc(weir_content_catalogue_count(), sizeof(*m->detectors));
	if (!m->detectors)
		return -ENOMEM;
	for (size_t i = 0; i < weir_content_catalogue_count(); i++) {
		r = compile(&m->detectors[i], weir_content_catalogue_at(i));
		if (r < 0)
			return r;
	}
	r = limits(m);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(m);
	return 0;
}

void weir_matcher_free(struct weir_matcher *m)
{
	if (!m)
		return;
	for (size_t i = 0; m->detectors && i < weir_content_catalogue_count(); i++)
		compiled_done(&m->detectors[i]);
	free(m->detectors);
	pcre2_match_data_free(m->data);
	pcre2_match_context_free(m->context);
	pcre2_jit_stack_free(m->stack);
	free(m);
}

/* ASCII digits as they are, whatever stands at the place of a check character as X, separators
 * dropped. */
static void normalise(struct weir_hit *hit, const uint8_t *data)
{
	hit->value_len = 0;
	for (size_t i = hit->start; i < hit->end && hit->value_len < WEIR_VALUE_MAX; i++) {
		uint8_t c = data[i];

		if (c >= '0' && c <= '9') {
			hit->value[hit->value_len++] = (char)c;
		} else if (c == ' ' || c == '-' || c == '.') {
			hit->grouped = true;
		} else {
			hit->value[hit->value_len++] = 'X';
			return;
		}
	}
}

static bool overlaps(const struct weir_matcher *m, size_t start, size_t end)
{
	for (size_t i = 0; i < m->count; i++)
		if (start < m->hits[i].full_end && m->hits[i].full_start < end)
			return true;
	return false;
}

static void take(struct weir_matcher *m, const struct run *run, size_t index)
{
	const struct weir_detector *detector = weir_content_catalogue_at(index);
	const struct compiled *c = &m->detectors[index];
	const PCRE2_SIZE *at = pcre2_get_ovector_pointer(m->data);
	struct weir_hit hit = {.full_start = at[0],
			       .full_end = at[1],
			       .start = at[2],
			       .end = at[3],
			       .detector = (uint16_t)index};

	if (hit.full_start < run->free_from || m->count >= WEIR_SPAN_HITS)
		return;
	normalise(&hit, run->data);
	hit.form = hit.grouped || hit.full_start < hit.start;
	hit.accepted = !c->validate || c->validate(hit.value, hit.value_len, run->today);
	if (!hit.accepted && detector->confidence.refused == 0)
		return;
	if (!overlaps(m, hit.full_start, hit.full_end))
		m->hits[m->count++] = hit;
}

/* Every match that begins in the span; after one that was not taken the search goes on one byte
 * further. */
static void try_pattern(struct weir_matcher *m, const struct run *run, size_t index,
			const pcre2_code *code)
{
	size_t from = run->span->start;

	while (from < run->span->end) {
		const PCRE2_SIZE *at = pcre2_get_ovector_pointer(m->data);
		size_t before = m->count;
		int r = pcre2_match(code, run->data, run->limit, from, 0, m->data, m->context);

		if (r < 0 && r != PCRE2_ERROR_NOMATCH)
			*run->ret_limited = true;
		if (r < 2 || at[0] >= run->span->end)
			return;
		take(m, run, index);
		from = m->count > before ? at[1] : at[0] + 1;
	}
}

static int by_start(const void *a, const void *b)
{
	const struct weir_hit *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

size_t weir_matcher_span(
	struct weir_matcher *m, const uint8_t *data, size_t len, const struct weir_span *span,
	size_t free_from, uint32_t today, const struct weir_hit **ret_hits,
	bool *ret_limited) /* NOLINT(readability-non-const-parameter): written through run */
{
	bool cut = span->end - span->start >= WEIR_SPAN_MAX;
	struct run run = {
		.data = data,
		.limit = WEIR_MIN(len, span->end + (cut ? WEIR_SPAN_BEYOND_CUT : WEIR_SPAN_BEYOND)),
		.span = span,
		.free_from = free_from,
		.today = today,
		.ret_limited = ret_limited};

	m->count = 0;
	for (size_t i = 0; i < weir_content_catalogue_count(); i++) {
		const struct weir_detector *d = weir_content_catalogue_at(i);

		if (span->digits < d->min_digits)
			continue;
		for (size_t p = 0; p < WEIR_DETECTOR_PATTERNS && m->detectors[i].codes[p]; p++)
			if (p == 0 ? (span->runs & d->runs) != 0 : span->separators)
				try_pattern(m, &run, i, m->detectors[i].codes[p]);
	}
	if (m->count > 1)
		qsort(m->hits, m->count, sizeof(m->hits[0]), by_start);
	*ret_hits = m->hits;
	return m->count;
}
