/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>

#include "engines.h"
#include "twenty.h"

#define CANDIDATES 1024

struct core {
	struct weir_finder *finder;
	struct weir_candidate candidates[CANDIDATES];
};

int core_new(const char *variant, const struct word_list *words, unsigned places, struct core **ret)
{
	struct core *core _cleanup_(core_freep) = calloc(1, sizeof(*core));
	int r;

	if (!core)
		return -ENOMEM;
	r = weir_finder_new(words ? words->words : pattern_words, words ? words->n : WORDS, places,
			    &core->finder);
	if (r == 0 && variant)
		r = weir_finder_use(core->finder, variant);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(core);
	return 0;
}

void core_free(struct core *core)
{
	if (!core)
		return;
	weir_finder_free(core->finder);
	free(core);
}

const struct weir_finder *core_finder(const struct core *core)
{
	return core->finder;
}

uint64_t core_scan(struct core *core, const uint8_t *data, size_t len, size_t piece,
		   struct hits *hits)
{
	struct twenty twenty = {.data = data, .hits = hits};
	uint64_t candidates = 0;

	*hits = (struct hits){0};
	if (piece == 0)
		piece = len;
	for (size_t from = 0; from < len;) {
		size_t to = len - from < piece ? len : from + piece, next;
		size_t n = weir_find(core->finder, data, len, 0, from, to, core->candidates,
				     CANDIDATES, &next);

		candidates += n;
		twenty_candidates(&twenty, core->candidates, n);
		from = next;
	}
	return candidates;
}

uint64_t core_find(struct core *core, const uint8_t *data, size_t len)
{
	uint64_t candidates = 0;

	for (size_t from = 0; from < len;)
		candidates += weir_find(core->finder, data, len, 0, from, len, core->candidates,
					CANDIDATES, &from);
	return candidates;
}
