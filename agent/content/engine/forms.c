/* SPDX-License-Identifier: Apache-2.0 */
#include "forms.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PATTERN_MAX 4096 /* bytes of a pattern that is compiled to machine code */

static int list_add(struct weir_forms *forms, struct weir_form_list *list, uint16_t index)
{
	uint16_t *at = realloc(list->at, (list->count + 1) * sizeof(*at));
	unsigned bit = forms->all[index].bit;

	if (!at)
		return -ENOMEM;
	list->at = at;
	list->at[list->count++] = index;
	if (bit < WEIR_LEAD_FORMS) {
		list->sieved |= UINT64_C(1) << bit;
		list->known = list->count;
	}
	return 0;
}

static int compile(struct weir_compiled *c)
{
	const char *pattern = c->form->pattern;
	uint32_t anchored = c->form->anchor == WEIR_ANCHOR_ANY ? 0 : PCRE2_ANCHORED;
	const char *check = c->form->check ? c->form->check : c->detector->check;

	PCRE2_SIZE place;
	int code;

	if (check) {
		c->check = weir_check_find(check);
		if (!c->check)
			return -EINVAL;
	}
	if (!pattern || c->form->reader)
		return 0;
	c->plain = weir_plain_of(pattern);
	if (c->form->anchor == WEIR_ANCHOR_DIGITS)
		weir_behind_of(pattern, c->behind);
	c->code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
				anchored | PCRE2_NEVER_UTF | PCRE2_NEVER_UCP |
					PCRE2_NEVER_BACKSLASH_C,
				&code, &place, NULL);
	if (!c->code)
		return code == PCRE2_ERROR_HEAP_FAILED ? -ENOMEM : -EINVAL;
	/* where executable memory is refused the interpreter gives the same matches */
	if (strlen(pattern) <= PATTERN_MAX)
		c->jit = pcre2_jit_compile(c->code, PCRE2_JIT_COMPLETE) == 0;
	return 0;
}

/* Into the list of every length that the form names; the last list holds what is longer, too. */
static int by_length(struct weir_forms *forms,
		     struct weir_form_list lists[static WEIR_FORM_LENGTHS], uint16_t index)
{
	uint64_t lengths = forms->all[index].form->lengths;
	int r = 0;

	for (unsigned n = 0; n < WEIR_FORM_LENGTHS && r == 0; n++)
		if (lengths == 0 || lengths >> n & 1)
			r = list_add(forms, &lists[n], index);
	return r;
}

/* Where forms of this detector begin that are tried at words. */
static const char *const *words_of(const struct weir_detector *detector)
{
	return detector->anchors ? detector->anchors : detector->words;
}

static int collect_words(struct weir_forms *forms)
{
	int r = 0;

	for (size_t i = 0; i < forms->count && r == 0; i++)
		if (forms->all[i].form->anchor == WEIR_ANCHOR_WORD)
			r = weir_words_add(&forms->words, words_of(forms->all[i].detector));
	if (r < 0)
		return r;
	weir_words_sort(&forms->words);
	forms->by_word = calloc(forms->words.count + 1, sizeof(*forms->by_word));
	return forms->by_word ? 0 : -ENOMEM;
}

static int by_word(struct weir_forms *forms, const struct weir_compiled *c, uint16_t index)
{
	const char *const *words = words_of(c->detector);
	int r = 0;

	for (size_t i = 0; words && words[i] && r == 0; i++)
		r = list_add(forms, &forms->by_word[weir_words_number(&forms->words, words[i])],
			     index);
	return r;
}

/* Tokens are tried to know whether anything fits, reversible ones to be certain. */
static int16_t best_of(const struct weir_compiled *c)
{
	const struct weir_confidence *scale = &c->detector->confidence;
	int base = WEIR_MAX(scale->refused, scale->accepted);

	if (!c->form->ordinary)
		base = WEIR_MAX(base, (int)scale->strong);
	if (c->form->anchor == WEIR_ANCHOR_TOKEN || c->detector->reversible)
		return INT16_MAX;
	return (int16_t)(base + scale->column + c->form->shift);
}

static struct weir_form_sieve *sieve_of(struct weir_forms *forms, enum weir_anchor anchor)
{
	switch (anchor) {
	case WEIR_ANCHOR_DIGITS:
		return &forms->digits_sieve;
	case WEIR_ANCHOR_TOKEN:
		return &forms->tokens_sieve;
	case WEIR_ANCHOR_SPAN:
		return &forms->spans_sieve;
	case WEIR_ANCHOR_BREAK:
		return &forms->breaks_sieve;
	default:
		return NULL;
	}
}

static int place(struct weir_forms *forms, uint16_t index)
{
	struct weir_compiled *c = &forms->all[index];
	const struct weir_form *f = c->form;
	struct weir_form_sieve *sieve = sieve_of(forms, f->anchor);
	int r;

	c->bit = sieve ? (uint8_t)weir_sieve_add(&sieve->leads, f->pattern) : WEIR_LEAD_FORMS;
	if (c->bit < WEIR_LEAD_FORMS)
		sieve->form[c->bit] = index;
	switch (f->anchor) {
	case WEIR_ANCHOR_DIGITS:
		r = by_length(forms, forms->digits, index);
		break;
	case WEIR_ANCHOR_TOKEN:
		r = by_length(forms, forms->tokens, index);
		break;
	case WEIR_ANCHOR_BREAK:
		return by_length(forms, forms->breaks, index);
	case WEIR_ANCHOR_WORD:
		return by_word(forms, c, index);
	default:
		return f->anchor > WEIR_ANCHOR_ANY
			       ? -EINVAL
			       : list_add(forms, &forms->anchors[f->anchor], index);
	}
	if (r == 0 && c->detector->reversible && f == &c->detector->forms[0] && c->check)
		r = by_length(forms, forms->reversed, index);
	return r;
}

static int by_rank(const void *a, const void *b)
{
	const struct weir_compiled *x = a, *y = b;

	if (x->detector->rank != y->detector->rank)
		return x->detector->rank < y->detector->rank ? -1 : 1;
	return x->form < y->form ? -1 : x->form > y->form;
}

static int collect(struct weir_forms *forms, const struct weir_catalogue *catalogue)
{
	size_t n = weir_catalogue_count(catalogue);

	forms->all = calloc(n * WEIR_DETECTOR_FORMS, sizeof(*forms->all));
	if (!forms->all)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		const struct weir_detector *d = weir_catalogue_at(catalogue, i);

		for (size_t k = 0; k < WEIR_DETECTOR_FORMS && d->forms[k].anchor; k++)
			forms->all[forms->count++] = (struct weir_compiled){
				.detector = d, .form = &d->forms[k], .number = (uint16_t)i};
	}
	qsort(forms->all, forms->count, sizeof(*forms->all), by_rank);
	return 0;
}

int weir_forms_init(struct weir_forms *forms, const struct weir_catalogue *catalogue)
{
	int r = collect(forms, catalogue);

	if (r == 0)
		r = collect_words(forms);
	for (size_t i = 0; i < forms->count && r == 0; i++) {
		forms->all[i].best = best_of(&forms->all[i]);
		r = compile(&forms->all[i]);
		if (r == 0)
			r = place(forms, (uint16_t)i);
	}
	return r;
}

void weir_forms_done(struct weir_forms *forms)
{
	for (size_t i = 0; i < forms->count; i++)
		pcre2_code_free(forms->all[i].code);
	for (size_t i = 0; i < WEIR_FORM_LENGTHS; i++) {
		free(forms->digits[i].at);
		free(forms->tokens[i].at);
		free(forms->reversed[i].at);
		free(forms->breaks[i].at);
	}
	for (size_t i = 0; i < ARRAY_SIZE(forms->anchors); i++)
		free(forms->anchors[i].at);
	for (size_t i = 0; forms->by_word && i < forms->words.count; i++)
		free(forms->by_word[i].at);
	free(forms->by_word);
	weir_words_done(&forms->words);
	free(forms->all);
	*forms = (struct weir_forms){0};
}
