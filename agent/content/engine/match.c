/* SPDX-License-Identifier: Apache-2.0 */
#include "match.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "forms.h"
#include "house.h"
#include "score.h"
#include "weir/validate/digits.h"

/* A pattern that needs more than this at one place is wrong or under attack. */
#define MATCH_LIMIT	20000 /* calls of the inner matching function: bounds time, also under JIT */
#define SEARCH_LIMIT	2000000 /* the same for a search through a whole view */
#define DEPTH_LIMIT	1000	/* nested backtracking points in the interpreter; JIT ignores it */
#define HEAP_LIMIT_KIB	1024	/* heap for them in the interpreter; JIT uses the stack below */
#define JIT_STACK_FIRST (16 * 1024)
#define JIT_STACK_MAX	(256 * 1024)

#define SUBJECT	      768 /* bytes behind its place that a form may look at */
#define TOKEN_LONG    15  /* a token of this length is a candidate of its own */
#define TOKEN_DIGITS  4
#define JOINED_DIGITS 11
#define ALIKE_OFF     (-10) /* for a code that is right once O and I are read as digits */
#define GROUPS_MAX    1024
#define LINE_BACK     96 /* before "<<<": the start of its line */
#define LOCAL_BACK    64 /* before '@' */
#define GAP_MAX	      6	 /* blanks and one line break in the middle of a value */

struct weir_matcher {
	struct weir_forms forms;
	pcre2_match_context *context, *search;
	pcre2_match_data *data;
	pcre2_jit_stack *stack;
	uint64_t reversible; /* detectors */
	uint32_t today;
};

/* One run over a view. */
struct run {
	struct weir_matcher *m;
	const struct weir_view *view;
	const struct weir_lift *lift;
	struct weir_hit *out;
	size_t *count;
	bool *ret_limited;
	size_t taken;			/* values that were checked and not refused, kept or not */
	size_t line_tried, house_tried; /* starts that were tried; SIZE_MAX: none */
	/* the value that was brought into normal form last: several detectors ask for the same */
	struct weir_hit valued;
	enum weir_normal_form valued_form;
	size_t value_len; /* 0: none */
	char value[WEIR_VALUE_MAX];
};

static const struct weir_lift any_word = {0};

static bool digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static bool alnum(uint8_t c)
{
	return digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

static int limits(struct weir_matcher *m)
{
	m->context = pcre2_match_context_create(NULL);
	m->search = pcre2_match_context_create(NULL);
	m->data = pcre2_match_data_create(4, NULL);
	m->stack = pcre2_jit_stack_create(JIT_STACK_FIRST, JIT_STACK_MAX, NULL);
	if (!m->context || !m->search || !m->data)
		return -ENOMEM;
	pcre2_set_match_limit(m->context, MATCH_LIMIT);
	pcre2_set_depth_limit(m->context, DEPTH_LIMIT);
	pcre2_set_heap_limit(m->context, HEAP_LIMIT_KIB);
	pcre2_set_match_limit(m->search, SEARCH_LIMIT);
	pcre2_set_depth_limit(m->search, DEPTH_LIMIT);
	pcre2_set_heap_limit(m->search, HEAP_LIMIT_KIB);
	if (m->stack) {
		pcre2_jit_stack_assign(m->context, NULL, m->stack);
		pcre2_jit_stack_assign(m->search, NULL, m->stack);
	}
	return 0;
}

int weir_matcher_new(const struct weir_catalogue *catalogue, struct weir_matcher **ret)
{
	struct weir_matcher *m _cleanup_(weir_matcher_freep) = calloc(1, sizeof(*m));
	int r;

	if (!m)
		return -ENOMEM;
	for (size_t i = 0; i < weir_catalogue_count(catalogue); i++)
		m->reversible |= (uint64_t)weir_catalogue_at(catalogue, i)->reversible << i;
	r = weir_forms_init(&m->forms, catalogue);
	if (r == 0)
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
	weir_forms_done(&m->forms);
	pcre2_match_data_free(m->data);
	pcre2_match_context_free(m->context);
	pcre2_match_context_free(m->search);
	pcre2_jit_stack_free(m->stack);
	free(m);
}

const char *const *weir_matcher_words(const struct weir_matcher *m, size_t *ret_count)
{
	*ret_count = m->forms.words.count;
	return m->forms.words.word;
}

void weir_matcher_begin(struct weir_matcher *m, uint32_t today)
{
	m->today = today;
}

static uint8_t look_alike(uint8_t c)
{
	return c == 'O' || c == 'o' || c == 'Q' ? '0' : c == 'I' || c == 'l' ? '1' : c;
}

static size_t value_code(const uint8_t *data, size_t len, bool alike, char *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < len && n < WEIR_VALUE_MAX; i++) {
		uint8_t c = alike ? look_alike(data[i]) : data[i];

		ret[n] = (char)(c - (c >= 'a' ? 0x20 : 0));
		n += alnum(c);
	}
	return n;
}

size_t weir_matcher_value(const struct weir_detector *detector, const struct weir_view *view,
			  const struct weir_hit *hit, char ret[static WEIR_VALUE_MAX])
{
	const uint8_t *data = view->data + hit->start;
	size_t len = hit->end - hit->start, n = WEIR_MIN(len, (size_t)WEIR_VALUE_MAX);

	/* most values are nothing but digits */
	if (detector->normal == WEIR_NORMAL_CODE && !weir_all_digits((const char *)data, n))
		n = value_code(data, len, hit->flags & WEIR_HIT_ALIKE, ret);
	else
		memcpy(ret, data, n);
	if (detector->normal == WEIR_NORMAL_LOWER)
		for (size_t i = 0; i < n; i++)
			if (ret[i] >= 'A' && ret[i] <= 'Z')
				ret[i] = (char)(ret[i] | 0x20);
	for (size_t i = 0; hit->flags & WEIR_HIT_REVERSED && i < n / 2; i++) {
		char c = ret[i];

		ret[i] = ret[n - 1 - i];
		ret[n - 1 - i] = c;
	}
	return n;
}

static bool append(struct run *run, const struct weir_hit *hit)
{
	if (*run->count >= WEIR_HITS_MAX) {
		*run->ret_limited = true;
		return false;
	}
	run->out[(*run->count)++] = *hit;
	return true;
}

static size_t value_of(struct run *run, const struct weir_detector *d, const struct weir_hit *hit)
{
	if (run->value_len > 0 && run->valued.start == hit->start && run->valued.end == hit->end &&
	    run->valued.flags == hit->flags && run->valued_form == d->normal)
		return run->value_len;
	run->valued = *hit;
	run->valued_form = d->normal;
	run->value_len = weir_matcher_value(d, run->view, hit, run->value);
	return run->value_len;
}

/* Whether something may be added for words: for a hit that begins there. */
static bool worded(const struct run *run, unsigned detector, size_t start)
{
	const uint64_t *words = run->lift->words;

	return !words || (words[start / WEIR_REACH_BLOCK] | run->lift->heads) >> detector & 1;
}

/* Nothing around it can make it count. Those that are written backwards as well stay: a certain one
 * ends the trying. */
static bool hopeless(const struct run *run, const struct weir_compiled *c,
		     const struct weir_hit *hit)
{
	const struct weir_detector *d = c->detector;

	return !d->reversible && !worded(run, c->number, hit->full_start) &&
	       weir_score_base(d, hit) + d->confidence.column < WEIR_CONFIDENCE_FLOOR;
}

/* The same without having looked at the value. */
static bool futile(const struct run *run, const struct weir_compiled *c, size_t start)
{
	return c->best < WEIR_CONFIDENCE_FLOOR && !worded(run, c->number, start);
}

/* Checks the value and keeps the hit. */
static bool take(struct run *run, const struct weir_compiled *c, struct weir_hit *hit)
{
	enum weir_check check = WEIR_CHECK_ACCEPTED;

	hit->detector = c->number;
	if (c->check) {
		size_t len = value_of(run, c->detector, hit);

		check = c->check(run->value, len, run->m->today);
		if (check == WEIR_CHECK_REFUSED &&
		    (c->detector->confidence.refused == 0 || hit->flags & WEIR_HIT_REVERSED))
			return false;
	}
	if (check != WEIR_CHECK_REFUSED)
		hit->flags |= WEIR_HIT_ACCEPTED;
	if (check == WEIR_CHECK_STRONG)
		hit->flags |= WEIR_HIT_STRONG;
	run->taken++;
	return !hopeless(run, c, hit) && append(run, hit);
}

static bool plain_at(struct run *run, const struct weir_compiled *c, size_t at, size_t digits,
		     unsigned flags)
{
	size_t n = weir_plain_match(&c->plain, run->view->data + at, run->view->len - at, digits);
	struct weir_hit hit = {.start = (uint32_t)at,
			       .end = (uint32_t)(at + n),
			       .full_start = (uint32_t)at,
			       .full_end = (uint32_t)(at + n),
			       .shift = c->form->shift,
			       .flags = (uint8_t)flags};

	return n > 0 && take(run, c, &hit);
}

/* The form at its place, where so many digits are known to stand; true when it gave a hit. */
static bool try_at(struct run *run, const struct weir_compiled *c, size_t at, size_t digits,
		   unsigned flags)
{
	size_t len = WEIR_MIN(run->view->len, at + SUBJECT);
	const PCRE2_SIZE *place = pcre2_get_ovector_pointer(run->m->data);
	struct weir_hit hit = {.shift = c->form->shift, .flags = (uint8_t)flags};
	int r;

	if (c->plain.count > 0)
		return plain_at(run, c, at, digits, flags);
	r = c->jit ? pcre2_jit_match(c->code, run->view->data, len, at, 0, run->m->data,
				     run->m->context)
		   : pcre2_match(c->code, run->view->data, len, at, PCRE2_NO_UTF_CHECK,
				 run->m->data, run->m->context);

	if (r < 0 && r != PCRE2_ERROR_NOMATCH)
		*run->ret_limited = true;
	if (r < 0 || place[1] <= place[0])
		return false;
	hit.full_start = (uint32_t)place[0];
	hit.full_end = (uint32_t)place[1];
	hit.start = (uint32_t)(r > 1 ? place[2] : place[0]);
	hit.end = (uint32_t)(r > 1 ? place[3] : place[1]);
	return hit.end > hit.start && take(run, c, &hit);
}

static bool whole(struct run *run, const struct weir_compiled *c, size_t start, size_t end,
		  unsigned flags, int shift)
{
	struct weir_hit hit = {.start = (uint32_t)start,
			       .end = (uint32_t)end,
			       .full_start = (uint32_t)start,
			       .full_end = (uint32_t)end,
			       .shift = (int8_t)(c->form->shift + shift),
			       .flags = (uint8_t)flags};

	return take(run, c, &hit);
}

static const struct weir_form_list *of_length(const struct weir_form_list *lists, size_t length)
{
	return &lists[WEIR_MIN(length, (size_t)WEIR_FORM_LENGTHS - 1)];
}

/* True when a check digit and a table speak for one of the hits from here on. */
static bool certain(const struct run *run, size_t from)
{
	for (size_t i = from; i < *run->count; i++)
		if (run->m->reversible >> run->out[i].detector & 1 &&
		    run->out[i].flags & WEIR_HIT_STRONG)
			return true;
	return false;
}

static bool in_set(const uint64_t set[static 4], uint8_t c)
{
	return set[c / 64] >> c % 64 & 1;
}

/* A run without a break: as it stands, then backwards. */
static void try_run(struct run *run, const struct weir_form_list *lists, size_t start, size_t end)
{
	const struct weir_forms *forms = &run->m->forms;
	struct weir_form_walk walk = weir_forms_at(
		forms, lists == forms->tokens ? &forms->tokens_sieve : &forms->digits_sieve,
		of_length(lists, end - start), run->view->data + start);
	const struct weir_form_list *list = of_length(forms->reversed, end - start);
	size_t before = *run->count, taken = run->taken;
	size_t digits = lists == forms->digits ? end - start : 0;
	const struct weir_compiled *c;

	while ((c = weir_forms_next(&walk))) {
		if (futile(run, c, start))
			continue;
		if (!c->code)
			(void)whole(run, c, start, end, 0, 0);
		else if (digits == 0 || in_set(c->behind, run->view->data[end]))
			(void)try_at(run, c, start, digits, 0);
	}
	for (size_t i = 0; i < list->count && !certain(run, before); i++) {
		c = &forms->all[list->at[i]];
		(void)whole(run, c, start, end, WEIR_HIT_REVERSED, 0);
		if (lists == forms->tokens && run->taken == taken)
			(void)whole(run, c, start, end, WEIR_HIT_ALIKE, ALIKE_OFF);
	}
}

static size_t token_start(const struct weir_view *view, size_t at)
{
	size_t lowest = at > WEIR_FORM_LENGTHS ? at - WEIR_FORM_LENGTHS : 0;

	while (at > lowest && alnum(view->data[at - 1]))
		at--;
	return at;
}

static size_t token_end(const struct weir_view *view, size_t at)
{
	size_t highest = WEIR_MIN(view->len, at + WEIR_FORM_LENGTHS);

	while (at < highest && alnum(view->data[at]))
		at++;
	return at;
}

static size_t digits_end(const struct weir_view *view, size_t at, size_t end)
{
	while (at < end && digit(view->data[at]))
		at++;
	return at;
}

/* Where the next digits begin behind the blanks, the tab or the line break at at; 0: they don't. */
static size_t behind_break(const struct weir_view *view, size_t at)
{
	size_t limit = WEIR_MIN(view->len, at + (size_t)GAP_MAX), i = at, breaks = 0;

	for (; i < limit && !digit(view->data[i]); i++) {
		uint8_t c = view->data[i];

		if (c == '\n' || c == '\t' || c == '|')
			breaks++;
		else if (c != ' ' && c != '\r' && c != '"' && c != ',')
			return 0;
	}
	return breaks == 1 && i < limit ? i : 0;
}

/* A group of `first` digits and what goes on at next are of a length that the form can have. */
static bool pairs(const struct run *run, const struct weir_compiled *c, size_t first, size_t next)
{
	size_t all;

	if (!c->form->pair)
		return true;
	all = first + token_end(run->view, next) - next;
	return all < WEIR_FORM_LENGTHS && c->form->pair >> all & 1;
}

/* A value that goes on in the next line or cell. */
static void try_broken(struct run *run, size_t start, size_t end)
{
	const struct weir_forms *forms = &run->m->forms;
	const struct weir_form_list *list = of_length(forms->breaks, end - start);
	size_t next = list->count > 0 ? behind_break(run->view, end) : 0;
	const struct weir_compiled *c;
	struct weir_form_walk walk;

	if (next == 0)
		return;
	walk = weir_forms_at(forms, &forms->breaks_sieve, list, run->view->data + start);
	while ((c = weir_forms_next(&walk)))
		if (pairs(run, c, end - start, next))
			(void)try_at(run, c, start, end - start, WEIR_HIT_GROUPED);
}

static void try_group(struct run *run, size_t start, size_t end)
{
	size_t left = token_start(run->view, start), right = token_end(run->view, end);

	if (left == start && right == end) {
		try_run(run, run->m->forms.digits, start, end);
		try_broken(run, start, end);
		return;
	}
	if (right - left < TOKEN_LONG && end - start >= TOKEN_DIGITS)
		try_run(run, run->m->forms.tokens, left, right);
	/* letters at a number: only a word before it says that it is one all the same */
	if (end - start >= JOINED_DIGITS)
		try_run(run, run->m->forms.digits, start, end);
}

static void try_list(struct run *run, const struct weir_form_list *list, size_t at, unsigned flags)
{
	for (size_t i = 0; i < list->count; i++)
		(void)try_at(run, &run->m->forms.all[list->at[i]], at, 0, flags);
}

/* A group of digits in a span; a '+' or '(' before the first counts as one of 31. */
struct group {
	size_t at, len;
	size_t left; /* digits of the span from here on */
	size_t end;  /* of the span */
};

/* No value goes on behind the span with capitals. */
static bool closed(const struct weir_view *view, size_t end)
{
	size_t at = end + (end < view->len && memchr(" ./_,-", view->data[end], 6) != NULL);
	uint8_t c = at < view->len ? view->data[at] : 0;

	return !digit(c) && !(c >= 'A' && c <= 'Z');
}

/* What can be said of a form at this group without reading on. */
static bool may_group(const struct run *run, const struct weir_compiled *c, const struct group *g)
{
	const struct weir_form *f = c->form;

	if (f->lengths && g->left < (size_t)__builtin_ctzll(f->lengths))
		return false;
	if (f->first && !(f->first >> WEIR_MIN(g->len, (size_t)31) & 1))
		return false;
	if (g->left < f->signs && closed(run->view, g->end))
		return false;
	return pairs(run, c, g->len, g->at + g->len + 1);
}

/* Forms with separators at one group of a span. */
static void try_grouped(struct run *run, const struct group *g)
{
	const struct weir_forms *forms = &run->m->forms;
	struct weir_form_walk walk =
		weir_forms_at(forms, &forms->spans_sieve, &forms->anchors[WEIR_ANCHOR_SPAN],
			      run->view->data + g->at);
	const struct weir_compiled *c;

	while ((c = weir_forms_next(&walk)))
		if (!futile(run, c, g->at) && may_group(run, c, g))
			(void)try_at(run, c, g->at, 0, WEIR_HIT_GROUPED);
}

static void span(struct run *run, const struct weir_candidate *c)
{
	const struct weir_view *view = run->view;
	size_t at = c->start, left = c->digits, groups = 0;
	/* no four digits in a row */
	bool quad = c->separators && !(c->runs & c->runs >> 1 & c->runs >> 2 & c->runs >> 3);

	if (c->separators && at > 0 && (view->data[at - 1] == '+' || view->data[at - 1] == '('))
		try_grouped(run, &(struct group){at - 1, 31, left, c->end});
	while (at < c->end && groups++ < GROUPS_MAX) {
		size_t end = digits_end(view, at, c->end);

		if (end - at >= TOKEN_DIGITS)
			try_group(run, at, end);
		else if (end == c->end)
			try_broken(run, at, end);
		if (c->separators && end < c->end)
			try_grouped(run, &(struct group){at, end - at, left, c->end});
		/* four numbers begin at the first of them */
		if (quad && end < c->end && (at == c->start || view->data[at - 1] != '.'))
			try_list(run, &run->m->forms.anchors[WEIR_ANCHOR_QUAD], at, 0);
		left -= WEIR_MIN(left, end - at);
		at = end + 1;
	}
	if (at < c->end)
		*run->ret_limited = true;
}

static void token(struct run *run, const struct weir_candidate *c)
{
	try_run(run, run->m->forms.tokens, c->start, c->end);
}

static void at_sign(struct run *run, size_t at)
{
	size_t lowest = at > LOCAL_BACK ? at - LOCAL_BACK : 0, start = at;

	while (start > lowest) {
		uint8_t c = run->view->data[start - 1];

		if (!alnum(c) && c != '.' && c != '_' && c != '%' && c != '+' && c != '-')
			break;
		start--;
	}
	while (start < at && !alnum(run->view->data[start]))
		start++;
	if (start < at)
		try_list(run, &run->m->forms.anchors[WEIR_ANCHOR_AT], start, 0);
}

static size_t line_start(const struct weir_view *view, size_t at)
{
	size_t lowest = at > LINE_BACK ? at - LINE_BACK : 0;

	while (at > lowest && view->data[at - 1] != '\n')
		at--;
	return at;
}

/* The lines of a machine readable zone: filler may stand in the last of three first. */
static void filler(struct run *run, size_t at)
{
	size_t start = line_start(run->view, at);

	for (unsigned lines = 0; lines < 3; lines++) {
		if (run->line_tried == SIZE_MAX || start > run->line_tried) {
			try_list(run, &run->m->forms.anchors[WEIR_ANCHOR_FILLER], start, 0);
			run->line_tried = WEIR_MAX(
				start, run->line_tried == SIZE_MAX ? start : run->line_tried);
		}
		if (start == 0)
			return;
		start = line_start(run->view, start - 1);
	}
}

static bool same_place(const struct weir_hit *a, const struct weir_hit *b)
{
	return a->detector == b->detector && a->start == b->start && a->end == b->end &&
	       a->full_start == b->full_start && a->shift == b->shift;
}

/* A form that is read by hand. One that gives what the form before it gave says nothing new. */
static void read_house(struct run *run, const struct weir_compiled *c,
		       const struct weir_house *house, size_t at, struct weir_hit *last)
{
	struct weir_hit hit = {.full_start = (uint32_t)at, .shift = c->form->shift};
	size_t start, end;

	if (!weir_house_match(house, c->form->reader, &start, &end))
		return;
	hit.detector = c->number;
	hit.start = (uint32_t)(at + start);
	hit.end = hit.full_end = (uint32_t)(at + end);
	if (!same_place(&hit, last))
		(void)take(run, c, &hit);
	*last = hit;
}

static void try_house(struct run *run, size_t at)
{
	const struct weir_form_list *list = &run->m->forms.anchors[WEIR_ANCHOR_HOUSE];
	struct weir_hit last = {0};
	struct weir_house house;

	weir_house_read(&house, run->view->data + at,
			WEIR_MIN(run->view->len - at, (size_t)SUBJECT));
	for (size_t i = 0; i < list->count; i++) {
		const struct weir_compiled *c = &run->m->forms.all[list->at[i]];

		if (c->form->reader)
			read_house(run, c, &house, at, &last);
		else
			(void)try_at(run, c, at, 0, 0);
	}
}

static void house(struct run *run, size_t at)
{
	size_t start = weir_house_start(run->view->data, at);

	if (run->house_tried != SIZE_MAX && start <= run->house_tried)
		return;
	run->house_tried = start;
	try_house(run, start);
}

static void candidate(struct run *run, const struct weir_candidate *c)
{
	const struct weir_forms *forms = &run->m->forms;

	switch (c->place) {
	case WEIR_PLACE_SPAN:
		span(run, c);
		break;
	case WEIR_PLACE_TOKEN:
		token(run, c);
		break;
	case WEIR_PLACE_AT:
		at_sign(run, c->start);
		break;
	case WEIR_PLACE_PLATE:
		try_list(run, &forms->anchors[WEIR_ANCHOR_PLATE], c->start, 0);
		break;
	case WEIR_PLACE_FILLER:
		filler(run, c->start);
		break;
	case WEIR_PLACE_HOUSE:
		house(run, c->start);
		break;
	case WEIR_PLACE_WORD:
		if (c->word < forms->words.count)
			try_list(run, &forms->by_word[c->word], c->start, 0);
		break;
	default:
		break;
	}
}

void weir_matcher_run(struct weir_matcher *m, const struct weir_view *view,
		      const struct weir_lift *lift, const struct weir_candidate *candidates,
		      size_t n, struct weir_hit *out,
		      /* NOLINTNEXTLINE(readability-non-const-parameter): written through run */
		      size_t *count, bool *ret_limited)
{
	struct run run = {.m = m,
			  .view = view,
			  .lift = lift,
			  .out = out,
			  .count = count,
			  .ret_limited = ret_limited,
			  .line_tried = SIZE_MAX,
			  .house_tried = SIZE_MAX};

	for (size_t i = 0; i < n; i++)
		candidate(&run, &candidates[i]);
}

uint64_t weir_matcher_celled(const struct weir_matcher *m)
{
	const struct weir_form_list *list = &m->forms.anchors[WEIR_ANCHOR_CELL];
	uint64_t detectors = 0;

	for (size_t i = 0; i < list->count; i++)
		detectors |= UINT64_C(1) << m->forms.all[list->at[i]].number;
	return detectors;
}

bool weir_matcher_cell(struct weir_matcher *m, const struct weir_view *view, size_t start,
		       size_t end, struct weir_hit *ret)
{
	const struct weir_form_list *list = &m->forms.anchors[WEIR_ANCHOR_CELL];
	size_t count = 0;
	struct run run = {.m = m, .view = view, .lift = &any_word, .out = ret, .count = &count};

	if (end - start > WEIR_VALUE_MAX)
		return false;
	for (size_t i = 0; i < list->count && count == 0; i++)
		(void)whole(&run, &m->forms.all[list->at[i]], start, end, 0, 0);
	return count > 0;
}

static void search(struct run *run, const struct weir_compiled *c)
{
	const PCRE2_SIZE *place = pcre2_get_ovector_pointer(run->m->data);
	size_t at = run->view->from;

	while (at < run->view->to) {
		struct weir_hit hit = {.shift = c->form->shift};
		int r = pcre2_match(c->code, run->view->data, run->view->len, at,
				    PCRE2_NO_UTF_CHECK | PCRE2_NOTEMPTY, run->m->data,
				    run->m->search);

		if (r < 0 && r != PCRE2_ERROR_NOMATCH)
			*run->ret_limited = true;
		if (r < 0 || place[0] >= run->view->to)
			return;
		hit.full_start = (uint32_t)place[0];
		hit.full_end = (uint32_t)place[1];
		hit.start = (uint32_t)(r > 1 ? place[2] : place[0]);
		hit.end = (uint32_t)(r > 1 ? place[3] : place[1]);
		at = WEIR_MAX(place[1], place[0] + 1);
		if (hit.end > hit.start && hit.end - hit.start <= WEIR_VALUE_MAX)
			(void)take(run, c, &hit);
	}
}

void weir_matcher_search(struct weir_matcher *m, const struct weir_view *view, struct weir_hit *out,
			 /* NOLINTNEXTLINE(readability-non-const-parameter): written through run */
			 size_t *count, bool *ret_limited)
{
	const struct weir_form_list *list = &m->forms.anchors[WEIR_ANCHOR_ANY];
	struct run run = {.m = m,
			  .view = view,
			  .lift = &any_word,
			  .out = out,
			  .count = count,
			  .ret_limited = ret_limited};

	for (size_t i = 0; i < list->count; i++)
		search(&run, &m->forms.all[list->at[i]]);
}
