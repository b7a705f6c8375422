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

/* Indices into all[], by rank of their detectors. */
struct weir_form_list {
	uint16_t *at;
	size_t count;
};

struct weir_forms {
	struct weir_compiled *all;
	size_t count;
	/* of the anchors that many forms share */
	struct weir_sieve digits_sieve, tokens_sieve, spans_sieve, breaks_sieve;
	struct weir_form_list digits[WEIR_FORM_LENGTHS], tokens[WEIR_FORM_LENGTHS];
	struct weir_form_list breaks[WEIR_FORM_LENGTHS];
	struct weir_form_list reversed[WEIR_FORM_LENGTHS];  /* whole runs of reversible detectors */
	struct weir_form_list anchors[WEIR_ANCHOR_ANY + 1]; /* all others but words */
	struct weir_form_list *words;			    /* by word */
	const char **word;				    /* borrowed texts */
	size_t words_count;
};

/* 0, -ENOMEM, -EINVAL. */
int weir_forms_init(struct weir_forms *forms, const struct weir_catalogue *catalogue) _must_use_;
/* False when the first bytes, as the sieve of its anchor found, rule the form out. */
static inline bool weir_form_may(const struct weir_compiled *c, uint64_t alive)
{
	return c->bit >= WEIR_LEAD_FORMS || alive >> c->bit & 1;
}

void weir_forms_done(struct weir_forms *forms);

#endif
