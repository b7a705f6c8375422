/* SPDX-License-Identifier: Apache-2.0 */
/* The finder: made from words, runs the best variant that the machine has. */

#include "weir/find/find.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "scan.h"

/* Best first. */
static const struct find_variant *const variants[] = {
	&find_variant_avx512, &find_variant_avx2,     &find_variant_neon,
	&find_variant_sse2,   &find_variant_portable,
};

static bool usable(const struct find_variant *variant)
{
	return variant->usable && variant->usable();
}

int weir_finder_new(const char *const *words, size_t n, unsigned places, struct weir_finder **ret)
{
	struct weir_finder *finder _cleanup_(weir_finder_freep) = calloc(1, sizeof(*finder));
	int r;

	if (!finder)
		return -ENOMEM;
	r = find_words_init(&finder->words, words, n);
	if (r < 0)
		return r;
	find_odd_filter(&finder->odd);
	finder->places = n > 0 ? places : places & ~(unsigned)WEIR_PLACE_WORD;
	for (size_t i = ARRAY_SIZE(variants); i-- > 0;)
		if (usable(variants[i]))
			finder->variant = variants[i];
	*ret = TAKE_PTR(finder);
	return 0;
}

void weir_finder_free(struct weir_finder *finder)
{
	if (!finder)
		return;
	find_words_done(&finder->words);
	free(finder);
}

size_t weir_finder_size(const struct weir_finder *finder)
{
	return sizeof(*finder) + find_words_size(&finder->words);
}

size_t weir_find(const struct weir_finder *finder, const uint8_t *data, size_t len, uint64_t base,
		 size_t from, size_t to, struct weir_candidate *out, size_t max, size_t *ret_next)
{
	struct find_scan scan = {
		.finder = finder,
		.words = &finder->words,
		.places = finder->places,
		.data = data,
		.len = len,
		.base = base,
		.from = from,
		.to = WEIR_MIN(to, len),
		.out = out,
		.next = out,
		.end = out + max,
		.first = (ptrdiff_t)from - (ptrdiff_t)((base + from) % FIND_BLOCK),
	};

	/* Whether a block is odd depends on the one before, and coded text begins anywhere. */
	if (scan.first >= FIND_BLOCK && finder->places & ~(unsigned)FIND_CORE)
		scan.first -= FIND_BLOCK;
	if (from < scan.to)
		finder->variant->run(&scan);
	*ret_next = scan.to < len ? WEIR_MIN(scan.to, to) : to;
	return (size_t)(scan.next - out);
}

const char *weir_finder_variant(const struct weir_finder *finder)
{
	return finder->variant->name;
}

int weir_finder_use(struct weir_finder *finder, const char *variant)
{
	for (size_t i = 0; i < ARRAY_SIZE(variants); i++) {
		if (strcmp(variants[i]->name, variant) != 0)
			continue;
		if (!usable(variants[i]))
			return -ENOTSUP;
		finder->variant = variants[i];
		return 0;
	}
	return -EINVAL;
}
