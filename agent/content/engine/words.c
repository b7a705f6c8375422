/* SPDX-License-Identifier: Apache-2.0 */
#include "words.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int weir_words_add(struct weir_words *words, const char *const *list)
{
	size_t n = 0;
	const char **grown;

	while (list && list[n])
		n++;
	if (n == 0)
		return 0;
	grown = realloc(words->word, (words->count + n) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	memcpy(grown + words->count, list, n * sizeof(*grown));
	words->word = grown;
	words->count += n;
	return 0;
}

void weir_words_sort(struct weir_words *words)
{
	size_t kept = 0;

	if (words->count == 0)
		return;
	qsort(words->word, words->count, sizeof(*words->word), by_text);
	for (size_t i = 0; i < words->count; i++)
		if (i == 0 || strcmp(words->word[i], words->word[kept - 1]) != 0)
			words->word[kept++] = words->word[i];
	words->count = kept;
}

size_t weir_words_number(const struct weir_words *words, const char *word)
{
	const char **at = bsearch(&word, words->word, words->count, sizeof(*words->word), by_text);

	return (size_t)(at - words->word);
}

void weir_words_done(struct weir_words *words)
{
	free(words->word);
	*words = (struct weir_words){0};
}
