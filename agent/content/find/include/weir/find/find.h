/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_FIND_FIND_H
#define WEIR_FIND_FIND_H

/* One vectorised pass over UTF-8 (or any bytes that keep ASCII): the few places where a detector is
 * worth trying. Says where, never what. The same places whatever instruction set runs it. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/base/macros.h"

/* Readable bytes that must stand before data[0] and behind data[len - 1]; their content does not
 * change the result where it lies before or behind the data. */
#define WEIR_FIND_PADDING 64

enum weir_place {
	/* ASCII digits with at most one byte of [ -./_,] between two of them: at least 6 digits or
	 * separators in all, from the first to behind the last digit. Longer than WEIR_FIND_SPAN_MAX
	 * it is cut there. runs and separators are filled. */
	WEIR_PLACE_SPAN = 1 << 0,
	/* ASCII letters and digits without a break, at least 15, at least one digit, not all digits */
	WEIR_PLACE_TOKEN = 1 << 1,
	WEIR_PLACE_AT = 1 << 2,	    /* start: the '@', with a letter or digit on both sides */
	WEIR_PLACE_PLATE = 1 << 3,  /* start: hanzi of a province, capital letter behind it */
	WEIR_PLACE_FILLER = 1 << 4, /* start: the first of "<<<" */
	WEIR_PLACE_HOUSE =
		1 << 5, /* start: a digit with one of 号號室栋棟幢座弄巷楼层单 behind it */
	WEIR_PLACE_WORD = 1 << 6, /* start..end: a word of the finder; word is its number */
	/* A stretch that reads differently once normalised: digits beyond ASCII, marks without width,
	 * hanzi numerals in a row, escapes (\u, &#, %41, =41, soft line breaks). Generous: it begins
	 * and ends up to 128 bytes outside, on multiples of 64 of the stream. */
	WEIR_PLACE_ODD = 1 << 7,
	WEIR_PLACE_CODED = 1 << 8, /* start..end: 24 or more characters of base64, base64url or hex
				      (pairs with a space or ':' between, too), lines joined */
	WEIR_PLACE_ALL = (1 << 9) - 1,
};

#define WEIR_FIND_SPAN_MAX 4096

struct weir_candidate {
	uint32_t start, end;
	uint16_t place; /* enum weir_place */
	uint16_t word;
	uint16_t digits; /* of a span */
	uint8_t longest; /* digits in a row in a span; 255: more */
	bool separators; /* in a span */
};

struct weir_finder;

/* A word is UTF-8, ASCII in lower case (found in any case), 2 to 32 bytes. Latin words are found
 * where no other letter touches them; a change from lower to upper case and '_' separate. places:
 * set of enum weir_place. 0, -ENOMEM, -EINVAL (a word), -E2BIG (over 4096 words). */
int weir_finder_new(const char *const *words, size_t n, unsigned places,
		    struct weir_finder **ret) _must_use_;
void weir_finder_free(struct weir_finder *finder);
DEFINE_CLEANUP(weir_finder_free, struct weir_finder *);

/* Candidates that begin in data[from..to), looking at data[0..len); ordered by start. At most max
 * are written; returns how many, and in *ret_next where to go on (to when all were given). Stops only
 * between blocks, so max must be at least 256. base is the stream offset of data[0]. */
size_t weir_find(const struct weir_finder *finder, const uint8_t *data, size_t len, uint64_t base,
		 size_t from, size_t to, struct weir_candidate *out, size_t max, size_t *ret_next);

/* What runs: "avx512", "avx2", "sse2", "neon", "portable". weir_finder_use() picks one by name, for
 * tests and benchmarks; -ENOTSUP when this machine lacks it. */
const char *weir_finder_variant(const struct weir_finder *finder);
int weir_finder_use(struct weir_finder *finder, const char *variant) _must_use_;

#endif
