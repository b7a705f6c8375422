/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CATALOGUE_CUSTOM_H
#define WEIR_CATALOGUE_CUSTOM_H

#include <stdbool.h>
#include <stddef.h>

#include "weir/catalogue/catalogue.h"

#define WEIR_CUSTOM_PATTERN_MAX 1024
#define WEIR_CUSTOM_WORDS_MAX	64
#define WEIR_CUSTOM_WORD_MAX	32

/* Where a pattern that is searched for everywhere can begin, as forms without pattern: one, or
 * DIGITS and TOKEN both. Leaves out no place at which the pattern matches a text that touches no
 * letter or digit. first_is_value: the match begins where the value begins. word is filled for
 * WEIR_ANCHOR_WORD. Returns how many forms. */
size_t weir_anchor_derive(const char *pattern, bool first_is_value, struct weir_form ret[2],
			  char word[static WEIR_CUSTOM_WORD_MAX + 1]);

#endif
