/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEST_PLACES_H
#define TEST_PLACES_H

/* The places where the forms of a detector are to be tried, found the slow way, and what stands there.
 * A small model of the engine: no words, no neighbours, no collisions. */

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "weir/catalogue/catalogue.h"
#include "weir/validate/validate.h"

#define TODAY	    20251124
#define MODEL_VALUE 512

/* Compiled on first use; the process ends with it. */
static inline pcre2_code *model_code(const char *pattern)
{
	static struct {
		const char *pattern;
		pcre2_code *code;
	} known[512];
	int error;
	PCRE2_SIZE offset;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (known[i].pattern == pattern)
			return known[i].code;
		if (known[i].pattern)
			continue;
		known[i].pattern = pattern;
		known[i].code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
					      PCRE2_ANCHORED | PCRE2_NEVER_UTF | PCRE2_NEVER_UCP,
					      &error, &offset, NULL);
		assert_non_null(known[i].code);
		return known[i].code;
	}
	abort();
}

static inline bool model_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool model_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool model_hanzi(const char *s)
{
	return (unsigned char)s[0] >= 0xe4 && (unsigned char)s[0] <= 0xe9;
}

static inline char model_at(const char *text, size_t len, size_t i)
{
	return i < len ? text[i] : '\0';
}

/* Digits, or letters and digits, in one run from at; 0 when a run does not begin there. */
static inline size_t model_run(const char *text, size_t len, size_t at, bool *ret_digits,
			       size_t *ret_in_row)
{
	size_t n = 0, row = 0;

	*ret_digits = true;
	*ret_in_row = 0;
	if (at > 0 && (model_digit(text[at - 1]) || model_letter(text[at - 1])))
		return 0;
	for (; at + n < len && (model_digit(text[at + n]) || model_letter(text[at + n])); n++) {
		row = model_digit(text[at + n]) ? row + 1 : 0;
		if (row > *ret_in_row)
			*ret_in_row = row;
		*ret_digits = *ret_digits && row > 0;
	}
	return n;
}

/* A group of digits from at in a row of groups with one mark between two of them. */
static inline bool model_span(const char *text, size_t len, size_t at, size_t *ret_group,
			      size_t *ret_total)
{
	size_t i = at, groups = 1;

	if (at > 0 && model_digit(text[at - 1]))
		return false;
	*ret_group = *ret_total = 0;
	while (model_digit(model_at(text, len, i))) {
		++*ret_total;
		*ret_group += groups == 1;
		i++;
		if (model_at(text, len, i) && strchr(" -./_,", text[i]) &&
		    model_digit(model_at(text, len, i + 1))) {
			i++;
			groups++;
		}
	}
	/* groups before it belong to the span as well */
	for (i = at; i > 1 && strchr(" -./_,", text[i - 1]) && model_digit(text[i - 2]);) {
		i--;
		while (i > 0 && model_digit(text[i - 1])) {
			i--;
			++*ret_total;
		}
		groups++;
	}
	return *ret_group > 0 && groups > 1;
}

static inline bool model_span_form(const struct weir_form *form, const char *text, size_t len,
				   size_t at)
{
	bool marked = text[at] == '+' || text[at] == '(';
	size_t group, total;

	if (!model_span(text, len, at + marked, &group, &total))
		return false;
	if (form->lengths && total < (size_t)__builtin_ctzll(form->lengths))
		return false;
	if (form->first && !(form->first >> (marked || group > 31 ? 31 : group) & 1))
		return false;
	return true;
}

static inline bool model_run_form(const struct weir_form *form, const char *text, size_t len,
				  size_t at)
{
	size_t in_row, n;
	bool digits;

	n = model_run(text, len, at, &digits, &in_row);
	if (n == 0 || (form->lengths && (n > 63 || !(form->lengths >> n & 1))))
		return false;
	if (form->anchor == WEIR_ANCHOR_TOKEN)
		return !digits && in_row > 0 && (in_row >= 4 || n >= 15);
	return digits;
}

static inline bool model_word(const struct weir_detector *d, const char *text, size_t len,
			      size_t at)
{
	const char *const *words = d->anchors ? d->anchors : d->words;

	for (; *words; words++) {
		size_t n = strlen(*words), i = 0;

		while (i < n && at + i < len &&
		       (text[at + i] >= 'A' && text[at + i] <= 'Z' ? text[at + i] + 32
								   : text[at + i]) == (*words)[i])
			i++;
		if (i < n)
			continue;
		if (model_letter((*words)[0]) && at > 0 && model_letter(text[at - 1]))
			continue;
		if (model_letter((*words)[n - 1]) && model_letter(model_at(text, len, at + n)) &&
		    !(text[at + n - 1] >= 'a' && text[at + n] <= 'Z'))
			continue;
		return true;
	}
	return false;
}

static inline bool model_local(char c)
{
	return model_digit(c) || model_letter(c) || (c && strchr("._%+-", c));
}

static inline bool model_stretch(const char *text, size_t len, size_t at)
{
	size_t before = at;

	if (!model_hanzi(text + at) && !model_digit(text[at]) && !model_letter(text[at]))
		return false;
	if (before >= 3 && model_hanzi(text + before - 3))
		return false;
	return before == 0 || (!model_digit(text[before - 1]) && !model_letter(text[before - 1]));
	(void)len;
}

/* Whether this form is tried at this byte. */
static inline bool model_place(const struct weir_detector *d, const struct weir_form *form,
			       const char *text, size_t len, size_t at)
{
	switch (form->anchor) {
	case WEIR_ANCHOR_DIGITS:
	case WEIR_ANCHOR_TOKEN:
	case WEIR_ANCHOR_BREAK:
		return model_run_form(form, text, len, at);
	case WEIR_ANCHOR_SPAN:
		return model_span_form(form, text, len, at);
	case WEIR_ANCHOR_AT:
		return model_local(text[at]) && (at == 0 || !model_local(text[at - 1]));
	case WEIR_ANCHOR_PLATE:
		return model_hanzi(text + at) && model_at(text, len, at + 3) >= 'A' &&
		       text[at + 3] <= 'Z';
	case WEIR_ANCHOR_QUAD:
		return model_digit(text[at]) && (at == 0 || !model_digit(text[at - 1]));
	case WEIR_ANCHOR_FILLER:
		return (at == 0 || text[at - 1] == '\n') && strstr(text + at, "<<<");
	case WEIR_ANCHOR_HOUSE:
		return model_stretch(text, len, at);
	case WEIR_ANCHOR_WORD:
		return model_word(d, text, len, at);
	case WEIR_ANCHOR_CELL: /* no place in a text without columns */
		return false;
	case WEIR_ANCHOR_ANY:
		return true;
	}
	return false;
}

struct model_hit {
	size_t start, end; /* the value; start == end: none */
	int confidence;	   /* without words */
	bool accepted;
	char value[MODEL_VALUE];
};

static inline void model_normal(const struct weir_detector *d, const char *text,
				struct model_hit *hit)
{
	size_t n = 0;

	for (size_t i = hit->start; i < hit->end && n + 1 < sizeof(hit->value); i++) {
		char c = text[i];
		bool plain = model_digit(c) || model_letter(c);

		if (d->normal == WEIR_NORMAL_CODE && !plain)
			continue;
		if (d->normal == WEIR_NORMAL_CODE && c >= 'a' && c <= 'z')
			c = (char)(c - 32);
		if (d->normal == WEIR_NORMAL_LOWER && c >= 'A' && c <= 'Z')
			c = (char)(c + 32);
		hit->value[n++] = c;
	}
	hit->value[n] = '\0';
}

static inline bool model_try(const struct weir_detector *d, const struct weir_form *form,
			     const char *text, size_t len, size_t at, struct model_hit *hit)
{
	pcre2_match_data *data = pcre2_match_data_create(8, NULL);
	const char *name = form->check ? form->check : d->check;
	enum weir_check check = WEIR_CHECK_ACCEPTED;
	const struct weir_confidence *c = &d->confidence;
	int r = pcre2_match(model_code(form->pattern), (PCRE2_SPTR)text, len, at, 0, data, NULL);

	if (r > 1) {
		hit->start = pcre2_get_ovector_pointer(data)[2];
		hit->end = pcre2_get_ovector_pointer(data)[3];
		model_normal(d, text, hit);
		if (name)
			check = weir_check_find(name)(hit->value, strlen(hit->value), TODAY);
		hit->accepted = check != WEIR_CHECK_REFUSED;
		hit->confidence =
			form->shift + (check == WEIR_CHECK_REFUSED		 ? c->refused
				       : check == WEIR_CHECK_STRONG && c->strong ? c->strong
										 : c->accepted);
	}
	pcre2_match_data_free(data);
	return r > 1;
}

/* The accepted hit of the highest confidence anywhere in the text. */
static inline struct model_hit model_find(const char *id, const char *text)
{
	const struct weir_catalogue *c = weir_catalogue_builtin();
	const struct weir_detector *d = weir_catalogue_at(c, (size_t)weir_catalogue_find(c, id));
	size_t len = strlen(text);
	struct model_hit best = {.confidence = -1};

	assert_non_null(d);
	for (size_t at = 0; at < len; at++) {
		for (size_t f = 0; f < WEIR_DETECTOR_FORMS && d->forms[f].anchor; f++) {
			struct model_hit hit = {0};

			if (!model_place(d, &d->forms[f], text, len, at) ||
			    !model_try(d, &d->forms[f], text, len, at, &hit) || !hit.accepted)
				continue;
			if (hit.confidence > best.confidence)
				best = hit;
		}
	}
	return best;
}

#endif
