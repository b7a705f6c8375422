/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes through the finder: every variant finds the same, in order and inside the data, and so
 * does a search cut into pieces, and one for some of the places. The first two bytes choose the stream's offset and the pieces. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "weir/find/find.h"

#define MAX 65536

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds)
{
	if (!holds)
		abort();
}

static struct weir_finder *finder_new(unsigned places)
{
	static const char *const words[] = {"身份证", "身份证号", "客户", "一一",     "passport",
					    "id",     "ab",	  "abab", "\1akia\1", "--"};
	struct weir_finder *finder = NULL;

	require(weir_finder_new(words, ARRAY_SIZE(words), places, &finder) == 0);
	return finder;
}

static size_t find(const struct weir_finder *finder, const uint8_t *data, size_t size,
		   uint64_t base, size_t step, struct weir_candidate *out)
{
	size_t count = 0;

	for (size_t from = 0, next; from < size; from = next) {
		size_t to = size - from < step ? size : from + step;
		size_t n = weir_find(finder, data, size, base, from, to, out + count,
				     WEIR_FIND_CANDIDATES_MIN, &next);

		require(next > from && next <= to && n <= WEIR_FIND_CANDIDATES_MIN);
		count += n;
		require(count + WEIR_FIND_CANDIDATES_MIN <= MAX);
	}
	return count;
}

static void check(const struct weir_candidate *found, size_t n, size_t size)
{
	for (size_t i = 0; i < n; i++) {
		const struct weir_candidate *c = &found[i];
		size_t most = c->place & (WEIR_PLACE_ODD | WEIR_PLACE_CODED) ? WEIR_FIND_STRETCH_MAX
									     : WEIR_FIND_SPAN_MAX;

		require(c->start < c->end && c->end <= size && c->end - c->start <= most);
		require(__builtin_popcount(c->place) == 1);
		require(i == 0 || found[i - 1].start <= c->start);
		require(c->digits <= c->end - c->start);
	}
}

static size_t only(unsigned places, const struct weir_candidate *from, size_t n,
		   struct weir_candidate *to)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		if (from[i].place & places)
			to[count++] = from[i];
	return count;
}

struct input {
	const uint8_t *data;
	size_t size, step;
	uint64_t base;
};

/* Every variant of the finder finds these, at once and in pieces. */
static void check_variants(struct weir_finder *finder, const struct input *in,
			   const struct weir_candidate *expected, size_t n)
{
	static const char *const variants[] = {"portable", "sse2", "avx2", "avx512", "neon"};
	static struct weir_candidate found[MAX];

	for (size_t i = 0; i < ARRAY_SIZE(variants); i++) {
		if (weir_finder_use(finder, variants[i]) < 0)
			continue;
		require(find(finder, in->data, in->size, in->base, SIZE_MAX, found) == n);
		require(memcmp(expected, found, n * sizeof(found[0])) == 0);
		require(find(finder, in->data, in->size, in->base, in->step, found) == n);
		require(memcmp(expected, found, n * sizeof(found[0])) == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned core = WEIR_PLACE_SPAN | WEIR_PLACE_AT | WEIR_PLACE_PLATE |
				     WEIR_PLACE_WORD | WEIR_PLACE_IBAN;
	static struct weir_candidate whole[MAX], some[MAX];
	static struct weir_finder *finder, *finder_core;
	struct input in = {.size = size};
	uint8_t *room;
	size_t n;

	if (size > 8192)
		return 0;
	in.base = size > 0 ? data[0] : 0;
	in.step = size > 1 ? data[1] + 1U : 1;
	if (!finder) {
		finder = finder_new(WEIR_PLACE_ALL);
		finder_core = finder_new(core);
	}
	/* a copy of just this size, so that a sanitizer sees what is read outside the padding */
	room = malloc(size + 2 * (size_t)WEIR_FIND_PADDING);
	require(room != NULL);
	memset(room, '1', size + 2 * (size_t)WEIR_FIND_PADDING);
	in.data = memcpy(room + WEIR_FIND_PADDING, data, size);
	require(weir_finder_use(finder, "portable") == 0);
	n = find(finder, in.data, size, in.base, SIZE_MAX, whole);
	check(whole, n, size);
	check_variants(finder, &in, whole, n);
	check_variants(finder_core, &in, some, only(core, whole, n, some));
	free(room);
	return 0;
}
