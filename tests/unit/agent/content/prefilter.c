/* SPDX-License-Identifier: Apache-2.0 */
/* Against a plain implementation, byte by byte: the same spans in random text of every density. */

#include "prefilter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static bool digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static bool separator(uint8_t c)
{
	return c == ' ' || c == '-' || c == '.';
}

/* The next span of data that is all there is. */
static bool plain_next(const uint8_t *data, size_t len, size_t from, struct weir_span *ret)
{
	for (size_t at = from; at < len;) {
		struct weir_span s = {.start = at};
		unsigned row = 0;

		if (!digit(data[at])) {
			at++;
			continue;
		}
		for (; at < len && at - s.start < WEIR_SPAN_MAX; at++) {
			if (digit(data[at])) {
				s.digits++;
				row++;
			} else if (separator(data[at]) && at + 1 < len && digit(data[at + 1])) {
				s.separators = true;
				s.runs |= 1U << (row < 31 ? row : 31);
				row = 0;
			} else {
				break;
			}
		}
		s.runs |= 1U << (row < 31 ? row : 31);
		s.end = at;
		if (s.digits >= WEIR_SPAN_DIGITS) {
			*ret = s;
			return true;
		}
	}
	return false;
}

static void compare(const uint8_t *data, size_t len)
{
	struct weir_span a, b;
	size_t from = 0;

	for (;;) {
		bool found = plain_next(data, len, from, &a);

		assert_int_equal(weir_prefilter_next(data, len, from, true, &b), found);
		if (!found)
			return;
		assert_int_equal(a.start, b.start);
		assert_int_equal(a.end, b.end);
		assert_int_equal(a.digits, b.digits);
		assert_int_equal(a.runs, b.runs);
		assert_int_equal(a.separators, b.separators);
		from = a.end;
	}
}

static uint32_t next_random(uint32_t *x)
{
	*x = *x * 1664525 + 1013904223;
	return *x >> 8;
}

static void prefilter__same_as_plain(void **state)
{
	static const char *const alphabets[] = {"0123456789 ",	"0123456789 -.x", "01 x",
						"0 -.abcdefgh", "0123456789",	  "1 "};
	static uint8_t data[20000];
	uint32_t x = 42;

	for (unsigned round = 0; round < 600; round++) {
		const char *alphabet = alphabets[round % 6];
		size_t n = strlen(alphabet), len = next_random(&x) % sizeof(data);

		for (size_t i = 0; i < len; i++)
			data[i] = (uint8_t)alphabet[next_random(&x) % n];
		compare(data, len);
	}
}

/* A span at every offset within the steps of the search. */
static void prefilter__every_alignment(void **state)
{
	for (size_t shift = 0; shift < 64; shift++)
		for (unsigned form = 0; form < 2; form++) {
			uint8_t data[160];
			struct weir_span span;

			memset(data, 'x', sizeof(data));
			for (size_t i = 0; i < (form ? 21U : 11U); i++)
				data[shift + i] = form && i % 2 ? ' ' : '7';
			assert_true(weir_prefilter_next(data, sizeof(data), 0, true, &span));
			assert_int_equal(span.start, shift);
			assert_int_equal(span.end, shift + (form ? 21 : 11));
			assert_int_equal(span.runs, form ? 1 << 1 : 1 << 11);
		}
}

/* More data may follow: a span that touches the end is kept back, with the place to go on from. */
static void prefilter__open_end(void **state)
{
	static const char *const texts[] = {"ab 12345678901", "ab 12345678901 ", "ab 12345678901-"};
	struct weir_span span;

	for (unsigned i = 0; i < 3; i++) {
		assert_false(weir_prefilter_next((const uint8_t *)texts[i], strlen(texts[i]), 0,
						 false, &span));
		assert_int_equal(span.start, 3);
		assert_true(weir_prefilter_next((const uint8_t *)texts[i], strlen(texts[i]), 0,
						true, &span));
	}
	assert_true(weir_prefilter_next((const uint8_t *)"12345678901 xy", 14, 0, false, &span));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prefilter__same_as_plain),
		cmocka_unit_test(prefilter__every_alignment),
		cmocka_unit_test(prefilter__open_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
