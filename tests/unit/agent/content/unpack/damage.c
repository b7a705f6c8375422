/* SPDX-License-Identifier: Apache-2.0 */
/* Every kind of container cut off and with bits turned, many times: nothing breaks, no limit is passed,
 * and what was cut is never taken for whole. With a number as argument, that many times each. */
#include <inttypes.h>
#include <locale.h>

#include "samples.h"
#include "weir/base/hash.h"
#include "weir/base/parse.h"

struct damage {
	struct got *g;
	uint32_t count;
	uint64_t random;
	unsigned missed;
};

static uint64_t next_random(struct damage *d)
{
	d->random ^= d->random << 13;
	d->random ^= d->random >> 7;
	d->random ^= d->random << 17;
	return d->random;
}

static struct weir_unpack_limits limits(void)
{
	return (struct weir_unpack_limits){
		.bytes = 2 << 20, .buffer = 1 << 20, .members = 200, .ratio = 200, .depth = 6};
}

/* What came of it, as a number. */
static uint64_t outcome(const struct got *g)
{
	static const uint8_t key[WEIR_HASH_KEY_LEN] = {1};
	uint64_t sum = g->gaps_count;

	for (size_t i = 0; i < g->parts_count && i < GOT_PARTS; i++) {
		const struct got_part *p = &g->parts[i];

		sum = sum * 31 + weir_siphash(p->path, strlen(p->path), key);
		if (p->text.len > 0)
			sum = sum * 31 + weir_siphash(p->text.data, p->text.len, key);
	}
	return sum;
}

static void unpack_damaged(struct damage *d, const struct sample *s, const void *data, size_t len)
{
	struct weir_unpack_limits l = limits();
	uint64_t whole;
	size_t whole_gaps;

	assert_int_equal(unpack_with(d->g, data, len, &l, NULL, 0, false), 0);
	/* the bytes of the object itself and of each container in it may be given raw */
	assert_true(d->g->bytes <= l.bytes + (l.depth + 1) * (len + 65536));
	whole = outcome(d->g);
	whole_gaps = d->g->gaps_count;
	assert_int_equal(unpack_with(d->g, data, len, &l, NULL, 1 + next_random(d) % 700, false),
			 0);
	if (whole != outcome(d->g))
		print_error("%s: %zu gaps whole, %zu in pieces\n", s->name, whole_gaps,
			    d->g->gaps_count);
	assert_true(whole == outcome(d->g));
	assert_int_equal(unpack_with(d->g, data, len, &l, NULL, 1 + next_random(d) % 700, true), 0);
}

/* All that was in it, or all that is there as it lies. */
static bool has_all(const struct got *g, const struct sample *s, const char *text, size_t len)
{
	if (strcmp(g->type, "text/plain") == 0)
		return g->bytes == len;
	return got_has(g, text) && (s->single || got_has(g, SAMPLE_TEXT));
}

static void damage__cut_off(void **state)
{
	struct damage *d = *state;
	char *text _cleanup_(freep) = make_text(SAMPLE_LONG);

	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		struct weir_buf b _cleanup_(weir_buf_done) = WEIR_BUF_INIT(MAKE_MAX);

		samples[i].make(&b, &samples[i]);
		for (uint32_t n = 0; n < d->count; n++) {
			size_t len = 32 + next_random(d) % (b.len - 32);

			unpack_damaged(d, &samples[i], b.data, len);
			if (d->g->gaps_count == 0 && !samples[i].endless &&
			    !has_all(d->g, &samples[i], text, len)) {
				print_error("%s at %zu of %zu: %s\n", samples[i].name, len, b.len,
					    d->g->type);
				d->missed++;
			}
		}
	}
	assert_int_equal(d->missed, 0);
}

static void damage__bits_turned(void **state)
{
	struct damage *d = *state;

	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		struct weir_buf b _cleanup_(weir_buf_done) = WEIR_BUF_INIT(MAKE_MAX);

		samples[i].make(&b, &samples[i]);
		for (uint32_t n = 0; n < d->count; n++) {
			uint8_t *copy _cleanup_(freep) = malloc(b.len);
			size_t flips = 1 + next_random(d) % 8;
			/* headers are where it matters */
			size_t range = next_random(d) % 2 ? b.len : WEIR_MIN(b.len, (size_t)512);

			assert_non_null(copy);
			memcpy(copy, b.data, b.len);
			while (flips-- > 0)
				copy[next_random(d) % range] ^= (uint8_t)(1u << next_random(d) % 8);
			unpack_damaged(d, &samples[i], copy, b.len);
		}
	}
}

/* Bytes put in and taken out. */
static void damage__bytes_moved(void **state)
{
	struct damage *d = *state;

	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		struct weir_buf b _cleanup_(weir_buf_done) = WEIR_BUF_INIT(MAKE_MAX);

		samples[i].make(&b, &samples[i]);
		for (uint32_t n = 0; n < d->count / 4; n++) {
			uint8_t *copy _cleanup_(freep) = malloc(b.len * 2);
			size_t from = next_random(d) % b.len, to = next_random(d) % b.len,
			       len = next_random(d) % (b.len - WEIR_MAX(from, to));

			assert_non_null(copy);
			memcpy(copy, b.data, b.len);
			memmove(copy + to, copy + from, len);
			unpack_damaged(d, &samples[i], copy, b.len);
		}
	}
}

int main(int argc, char **argv)
{
	struct damage d = {.count = 60, .random = 0x9e3779b97f4a7c15};
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(damage__cut_off, &d),
		cmocka_unit_test_prestate(damage__bits_turned, &d),
		cmocka_unit_test_prestate(damage__bytes_moved, &d),
	};
	int r;

	if (argc > 1 && weir_parse_u32(argv[1], &d.count) < 0)
		return 2;
	if (argc > 1)
		d.random += d.count;
	/* libarchive's writer turns names into the locale's encoding; its reader must not need it */
	setlocale(LC_CTYPE, "C.UTF-8");
	d.g = got_new();
	r = cmocka_run_group_tests(tests, NULL, NULL);
	got_free(d.g);
	return r;
}
