/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_FORMS_H
#define WEIR_ENGINE_FORMS_H

/* The forms of a catalogue, compiled and sorted by the places where they are tried. */

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lead.h"
#include "weir/base/macros.h"
#include "weir/catalogue/catalogue.h"
#include "weir/validate/validate.h"
#include "words.h"

#define WEIR_FORM_LENGTHS 64 /* runs of this many characters or more share the last list */

struct weir_compiled {
	const struct weir_detector *detector;
	const struct weir_form *form;
	pcre2_code *code;	 /* NULL: the whole run */
	bool jit;		 /* machine code was made */
	struct weir_plain plain; /* instead of code where it is that simple */
	uint8_t bit;		 /* in the sieve of its anchor; WEIR_LEAD_FORMS: in none */
	uint64_t behind[4];	 /* DIGITS: the bytes that may stand behind the run */
	weir_check_fn check;
	int16_t best;	 /* the most that it comes to without a word; of tokens and reversible
			    detectors: more than that */
	uint16_t number; /* of the detector */
};

/* Indices into all[], by rank of their detectors: first those that the sieve of their anchor knows. */
struct weir_form_list {
	uint16_t *at;
	size_t count, known;
	uint64_t sieved; /* the bits of those */
};

/* A sieve, and the form of each bit. */
struct weir_form_sieve {
	struct weir_sieve leads;
	uint16_t form[WEIR_LEAD_FORMS];
};

struct weir_forms {
	struct weir_compiled *all;
	size_t count;
	/* of the anchors that many forms share */
	struct weir_form_sieve digits_sieve, tokens_sieve, spans_sieve, breaks_sieve;
	struct weir_form_list digits[WEIR_FORM_LENGTHS], tokens[WEIR_FORM_LENGTHS];
	struct weir_form_list breaks[WEIR_FORM_LENGTHS];
	struct weir_form_list reversed[WEIR_FORM_LENGTHS];  /* whole runs of reversible detectors */
	struct weir_form_list anchors[WEIR_ANCHOR_ANY + 1]; /* all others but words */
	struct weir_words words;			    /* of all that are anchored at words */
	struct weir_form_list *by_word;			    /* one for each */
};

/* 0, -ENOMEM, -EINVAL. */
int weir_forms_init(struct weir_forms *forms, const struct weir_catalogue *catalogue) _must_use_;
void weir_forms_done(struct weir_forms *forms);

/* Those forms of a list that may match at data, by rank. */
struct weir_form_walk {
	const struct weir_forms *forms;
	const struct weir_form_sieve *sieve;
	const struct weir_form_list *list;
	uint64_t left;
	size_t next; /* of those that the sieve doesn't know */
};

static inline struct weir_form_walk weir_forms_at(const struct weir_forms *forms,
						  const struct weir_form_sieve *sieve,
						  const struct weir_form_list *list,
						  const uint8_t *data)
{
	uint64_t alive = list->sieved ? weir_sieve_look(&sieve->leads, data) : 0;

	return (struct weir_form_walk){forms, sieve, list, alive & list->sieved, list->known};
}

/* NULL: no more. */
static inline const struct weir_compiled *weir_forms_next(struct weir_form_walk *walk)
{
	uint64_t left = walk->left;

	if (left) {
		walk->left &= left - 1;
		return &walk->forms->all[walk->sieve->form[__builtin_ctzll(left)]];
	}
	return walk->next < walk->list->count ? &walk->forms->all[walk->list->at[walk->next++]]
					      : NULL;
}

#endif
