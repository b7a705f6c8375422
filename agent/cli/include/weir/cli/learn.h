/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CLI_LEARN_H
#define WEIR_CLI_LEARN_H

/* A detector from sample values: which lengths, which characters at which place, which check digit, and
 * how well that does. Nothing of what comes out is a sample: what is learnt is sets of characters by
 * position, and the values in it are made up of them. Pure and deterministic. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/base/error.h"
#include "weir/base/macros.h"

#define WEIR_LEARN_MIN	   20	  /* different values */
#define WEIR_LEARN_MAX	   100000 /* further ones are not looked at */
#define WEIR_LEARN_LENGTH  63	  /* of a value: longer ones are no numbers */
#define WEIR_LEARN_PATTERN 1024
#define WEIR_LEARN_MADE	   3

struct weir_learn_set {
	uint64_t bits[2]; /* ASCII */
};

/* Which values are accepted. */
struct weir_learn_form {
	unsigned min, max;			     /* length */
	struct weir_learn_set at[WEIR_LEARN_LENGTH]; /* may stand there */
	const char *check;			     /* a named check, NULL: none */
};

/* A check character that is a weighted sum of the others modulo 10 or 11; modulus 0: none found. */
struct weir_learn_weights {
	unsigned modulus, count;
	uint8_t weight[WEIR_LEARN_LENGTH];
	uint8_t constant;
};

struct weir_learned {
	struct weir_learn_form form;
	char pattern[WEIR_LEARN_PATTERN];
	size_t values, different;
	unsigned constant; /* characters at the start that are always the same */
	unsigned year;	   /* place of a year, from 1; 0: none */
	uint64_t few;	   /* bit i: place i + 1 knows few characters: organisation, kind */
	struct weir_learn_weights weights; /* when there is no named check */
	double recall;	       /* of values left out while learning, five times a fifth */
	uint64_t tried, taken; /* random strings of the same lengths and kinds of characters */
	unsigned confidence;   /* that these figures justify */
	char made[WEIR_LEARN_MADE][WEIR_LEARN_LENGTH + 1];   /* accepted */
	char unmade[WEIR_LEARN_MADE][WEIR_LEARN_LENGTH + 1]; /* refused */
};

/* 0, -ENOMEM, or -EINVAL with *reterr: too few, or no common form. Values are trimmed of blanks; what
 * has no digit (a heading), is longer than WEIR_LEARN_LENGTH or not printable ASCII is left out. */
int weir_learn(const char *const *values, size_t n, struct weir_learned *ret,
	       struct weir_error *reterr) _must_use_;

/* Whether a value is of the form and its check accepts it. */
bool weir_learn_accepts(const struct weir_learn_form *form, const char *value);

#endif
