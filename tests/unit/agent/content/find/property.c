/* SPDX-License-Identifier: Apache-2.0 */
/* Every variant, whole and cut, against the reference. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants these first */
#include <cmocka.h>

#include "input.h"
#include "reference.h"
#include "weir/find/find.h"

#define MAX (1 << 19)

static const char *const variants[] = {"portable", "sse2", "avx2", "avx512", "neon"};

struct list {
	struct weir_candidate *at;
	size_t count;
};

static void list_find(const struct weir_finder *finder, const uint8_t *data, size_t len,
		      uint64_t base, size_t from, size_t to, size_t max, struct list *list)
{
	while (from < to) {
		size_t next = 0, n;

		assert_true(list->count + max < MAX);
		n = weir_find(finder, data, len, base, from, to, list->at + list->count, max,
			      &next);
		assert_true(n <= max && next > from && next <= to);
		list->count += n;
		from = next;
	}
}

static void print(const char *name, const struct weir_candidate *c)
{
	if (c)
		print_message("%s: %u..%u place %x word %u digits %u separators %u runs %llx\n",
			      name, c->start, c->end, c->place, c->word, c->digits, c->separators,
			      (unsigned long long)c->runs);
	else
		print_message("%s: nothing\n", name);
}

static bool same(const struct weir_candidate *a, const struct weir_candidate *b)
{
	return a->start == b->start && a->end == b->end && a->place == b->place &&
	       a->word == b->word && a->digits == b->digits && a->separators == b->separators &&
	       a->runs == b->runs;
}

static void list_equal(const char *what, uint64_t seed, const struct list *expected,
		       const struct list *got)
{
	for (size_t i = 0; i < expected->count || i < got->count; i++) {
		const struct weir_candidate *a = i < expected->count ? &expected->at[i] : NULL;
		const struct weir_candidate *b = i < got->count ? &got->at[i] : NULL;

		if (a && b && same(a, b))
			continue;
		print("expected", a);
		print("got", b);
		fail_msg("%s, seed %llu: candidate %zu differs", what, (unsigned long long)seed, i);
	}
}

/* Sets that have a loop of their own, and some that have none. */
static const unsigned places[] = {
	WEIR_PLACE_ALL,
	WEIR_PLACE_SPAN | WEIR_PLACE_AT | WEIR_PLACE_PLATE | WEIR_PLACE_WORD | WEIR_PLACE_IBAN,
	WEIR_PLACE_WORD,
	WEIR_PLACE_SPAN | WEIR_PLACE_AT,
	WEIR_PLACE_ALL & ~WEIR_PLACE_ODD,
	WEIR_PLACE_PLATE | WEIR_PLACE_CODED,
};

#define SETS (sizeof(places) / sizeof(places[0]))

static struct weir_finder *finder_new(unsigned set)
{
	struct weir_finder *finder = NULL;

	assert_int_equal(weir_finder_new(input_words, input_words_count, places[set], &finder), 0);
	return finder;
}

struct fixture {
	struct weir_finder *finders[SETS], *finder; /* one of them */
	struct list all, expected, got;
	uint8_t *room,
		*data; /* data stands inside room, with bytes around it that must not count */
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	for (unsigned set = 0; set < SETS; set++)
		f->finders[set] = finder_new(set);
	f->all.at = calloc(MAX, sizeof(struct weir_candidate));
	f->expected.at = calloc(MAX, sizeof(struct weir_candidate));
	f->got.at = calloc(MAX, sizeof(struct weir_candidate));
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	for (unsigned set = 0; set < SETS; set++)
		weir_finder_free(f->finders[set]);
	free(f->all.at);
	free(f->expected.at);
	free(f->got.at);
	free(f);
	return 0;
}

static void make(struct fixture *f, uint64_t seed, size_t len)
{
	f->room = malloc(len + 2 * (size_t)WEIR_FIND_PADDING);
	assert_non_null(f->room);
	memset(f->room, '7', len + 2 * (size_t)WEIR_FIND_PADDING);
	f->data = f->room + WEIR_FIND_PADDING;
	input_make(seed, f->data, len);
}

static void expect(struct fixture *f, size_t len, uint64_t base)
{
	const struct reference_words words = {input_words, input_words_count};

	f->all.count = reference_find(&words, f->data, len, base, f->all.at, MAX);
	assert_true(f->all.count < MAX);
}

/* The finder of a set gives of all candidates those of its places. */
static void use_set(struct fixture *f, unsigned set)
{
	f->finder = f->finders[set];
	f->expected.count = 0;
	for (size_t i = 0; i < f->all.count; i++)
		if (f->all.at[i].place & places[set])
			f->expected.at[f->expected.count++] = f->all.at[i];
}

/* Pieces of any size, windows no larger than promised. */
static void check_cuts(struct fixture *f, uint64_t seed, size_t len, uint64_t base)
{
	uint64_t state = seed ^ 77;
	size_t most = 1 + input_random(&state) % 3000;

	f->got.count = 0;
	for (size_t from = 0, to; from < len; from = to) {
		size_t start = from > WEIR_FIND_LOOKBACK ? from - WEIR_FIND_LOOKBACK : 0;
		size_t end, first = f->got.count;

		start = start > 0 ? start - input_random(&state) % 70 % (start + 1) : 0;
		to = from + 1 + input_random(&state) % most;
		to = to < len ? to : len;
		end = len - to > WEIR_FIND_LOOKAHEAD ? to + WEIR_FIND_LOOKAHEAD : len;
		list_find(f->finder, f->data + start, end - start, base + start, from - start,
			  to - start, WEIR_FIND_CANDIDATES_MIN, &f->got);
		for (size_t i = first; i < f->got.count; i++) {
			f->got.at[i].start += (uint32_t)start;
			f->got.at[i].end += (uint32_t)start;
		}
	}
	list_equal("cut", seed, &f->expected, &f->got);
}

static void check_set(struct fixture *f, unsigned set, uint64_t seed, size_t len, uint64_t base)
{
	use_set(f, set);
	for (size_t v = 0; v < sizeof(variants) / sizeof(variants[0]); v++) {
		if (weir_finder_use(f->finder, variants[v]) < 0)
			continue;
		f->got.count = 0;
		list_find(f->finder, f->data, len, base, 0, len, MAX / 2, &f->got);
		list_equal(variants[v], seed, &f->expected, &f->got);
		check_cuts(f, seed, len, base);
	}
}

static void check_made(struct fixture *f, uint64_t seed, size_t len)
{
	uint64_t state = seed ^ 1234567;
	uint64_t base = input_random(&state) % (UINT64_C(1) << (input_random(&state) % 40));

	expect(f, len, base);
	check_set(f, 0, seed, len, base);
	check_set(f, 1 + seed % (SETS - 1), seed, len, base);
	free(f->room);
}

static void check(struct fixture *f, uint64_t seed, size_t len)
{
	make(f, seed, len);
	check_made(f, seed, len);
}

/* One chain from the first byte to the last, many pieces long. */
static void find__agrees_with_the_reference_on_endless_chains(void **state)
{
	static const char *const units[] = {
		"4a ",
		"4a:6F\n",
		"QWxhZGRpbjpvcGVuIHNlc2FtZTEyMzQ1Njc4OTAxMjM0NTY3ODkw\r\n",
		"QWxhZGRpbjpvcGVuIHNlc2FtZTEyMzQ1Njc4OTAxMjM0NTY3ODkw\n",
		"aB3",
		"7",
		"7 ",
		"\\u0031",
		"\xef\xbc\x91"};
	struct fixture *f = *state;
	size_t len = 150000;

	for (size_t u = 0; u < sizeof(units) / sizeof(units[0]); u++) {
		make(f, u, len);
		for (size_t i = 0; i < len; i++)
			f->data[i] = (uint8_t)units[u][i % strlen(units[u])];
		check_made(f, u, len);
	}
}

static void find__agrees_with_the_reference_on_short_texts(void **state)
{
	for (uint64_t seed = 0; seed < 1500; seed++)
		check(*state, seed, seed % 400);
}

static void find__agrees_with_the_reference_on_texts(void **state)
{
	for (uint64_t seed = 10000; seed < 10150; seed++)
		check(*state, seed, 2000 + seed * 37 % 9000);
}

static void find__agrees_with_the_reference_where_chains_are_cut(void **state)
{
	for (uint64_t seed = 20000; seed < 20010; seed++)
		check(*state, seed, 60000 + seed * 7919 % 60000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(find__agrees_with_the_reference_on_short_texts,
						setup, teardown),
		cmocka_unit_test_setup_teardown(find__agrees_with_the_reference_on_texts, setup,
						teardown),
		cmocka_unit_test_setup_teardown(
			find__agrees_with_the_reference_where_chains_are_cut, setup, teardown),
		cmocka_unit_test_setup_teardown(find__agrees_with_the_reference_on_endless_chains,
						setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
