/* SPDX-License-Identifier: Apache-2.0 */
/* The words that the product registers: anchors of forms in one finder, context in another. Taken
 * from the catalogue, so that the figures follow it. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engines.h"
#include "weir/catalogue/catalogue.h"

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool has_anchor(const struct weir_detector *detector)
{
	for (size_t i = 0; i < WEIR_DETECTOR_FORMS && detector->forms[i].anchor; i++)
		if (detector->forms[i].anchor == WEIR_ANCHOR_WORD)
			return true;
	return false;
}

static int add(struct word_list *list, const char *const *words)
{
	for (size_t i = 0; words && words[i]; i++) {
		const char **grown = realloc(list->words, (list->n + 1) * sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		list->words = grown;
		list->words[list->n++] = words[i];
	}
	return 0;
}

int product_words(bool context, struct word_list *ret)
{
	const struct weir_catalogue *catalogue = weir_catalogue_builtin();
	struct word_list list _cleanup_(word_list_done) = {0};
	size_t kept = 0;
	int r = 0;

	for (size_t d = 0; r == 0 && d < weir_catalogue_count(catalogue); d++) {
		const struct weir_detector *detector = weir_catalogue_at(catalogue, d);

		if (context) {
			r = add(&list, detector->words);
			if (r == 0)
				r = add(&list, detector->negatives);
		} else if (has_anchor(detector)) {
			r = add(&list, detector->anchors ? detector->anchors : detector->words);
		}
	}
	if (r < 0)
		return r;
	if (list.n > 0)
		qsort(list.words, list.n, sizeof(*list.words), by_text);
	for (size_t i = 0; i < list.n; i++)
		if (i == 0 || strcmp(list.words[i], list.words[kept - 1]) != 0)
			list.words[kept++] = list.words[i];
	*ret = (struct word_list){.words = TAKE_PTR(list.words), .n = kept};
	return 0;
}

void word_list_done(struct word_list *list)
{
	free(list->words);
	*list = (struct word_list){0};
}
