/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_WORDS_H
#define WEIR_ENGINE_WORDS_H

/* A set of words, numbered by their order. All are added, then it is sorted, then it is asked. */

#include <stddef.h>

#include "weir/base/macros.h"

struct weir_words {
	const char **word; /* the texts are borrowed */
	size_t count;
};

/* The words of a list that ends with NULL; NULL is an empty list. 0, -ENOMEM. */
int weir_words_add(struct weir_words *words, const char *const *list) _must_use_;

/* Each word once, in the order of its bytes. */
void weir_words_sort(struct weir_words *words);

/* The number of a word that is among them. */
size_t weir_words_number(const struct weir_words *words, const char *word);

void weir_words_done(struct weir_words *words);

#endif
