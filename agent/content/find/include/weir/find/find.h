/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_FIND_FIND_H
#define WEIR_FIND_FIND_H

/* One vectorised pass over UTF-8 (or any bytes that keep ASCII): the few places where a detector is
 * worth trying. Says where, never what. The same places whatever instruction set runs it. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/base/macros.h"

/* Bytes that may be read, and are never judged, before data[0] and behind data[len - 1]. */
#define WEIR_FIND_PADDING 64

enum weir_place {
	/* ASCII digits with at most one byte of [ -./_,] between two of them: at least 6 digits and
	 * separators in all, from the first to behind the last digit. digits, separators and runs
	 * are filled. */
	WEIR_PLACE_SPAN = 1 << 0,
	/* ASCII letters and digits without a break, at least 15, at least one digit, not all digits */
	WEIR_PLACE_TOKEN = 1 << 1,
	/* start: a '@' with one of [A-Za-z0-9._%+-] before and one of [A-Za-z0-9-] behind it */
	WEIR_PLACE_AT = 1 << 2,
	WEIR_PLACE_PLATE = 1 << 3,  /* start: hanzi of a province, capital letter behind it */
	WEIR_PLACE_FILLER = 1 << 4, /* start: the first of "<<<" */
	/* start: a digit with one of 号號室栋棟幢座弄巷楼层单 behind it */
	WEIR_PLACE_HOUSE = 1 << 5,
	WEIR_PLACE_WORD = 1 << 6, /* start..end: a word of the finder; word is its number */
	/* A stretch that reads differently once normalised. Blocks are the stream's bytes from one
	 * multiple of 64 to the next; two blocks side by side are odd when together they have one of
	 *   - a digit that is not ASCII (full width, another script, circled, raised) or a Greek or
	 *     Cyrillic O, o, X, x or a '×', and 6 digits and hanzi numerals of all kinds
	 *   - 4 hanzi numerals (零〇一二..., with the formal ones) and 7 digits and numerals in all
	 *   - a mark without width, of direction or variation, and 4 ASCII digits
	 *     (of both: in a row of at least 7 characters that are printable, blank or beyond ASCII)
	 *   - a separator that is not ASCII right between two ASCII digits, and 6 ASCII digits
	 *   - 4 escapes: \uXXXX, %XX, =XX, &#..; in any mixture (an =XX other than =3D must touch
	 *     another, or there is a soft line break)
	 *   - a soft line break ('=' at a line's end) and 4 ASCII digits
	 *   - the start of a word of RFC 2047 (=?charset?B? or ?Q?)
	 *   - 10 or more of [0-9OlI|] in a row, at least 6 digits and at least one that is none
	 * and the stretch is all blocks of odd pairs that lie side by side. */
	WEIR_PLACE_ODD = 1 << 7,
	/* start..end: at least 24 of [A-Za-z0-9+/_-] in a row, lines of that joined, with the last
	 * line if it is shorter and nothing else, and with up to two '=' behind; of capitals, small
	 * letters and digits at least two kinds, or digits alone. Or at least 12 pairs of hex digits
	 * with one ' ' or ':' or a line break between two of them. */
	WEIR_PLACE_CODED = 1 << 8,
	/* start: two capitals, two digits behind, no letter or digit before: an IBAN's head */
	WEIR_PLACE_IBAN = 1 << 9,
	WEIR_PLACE_ALL = (1 << 10) - 1,
};

/* No candidate is longer than this; longer ones come in pieces, side by side, cut at multiples of
 * half of it in the stream. (A cut in base64 falls anywhere between two characters.) */
#define WEIR_FIND_SPAN_MAX    4096  /* SPAN, TOKEN */
#define WEIR_FIND_STRETCH_MAX 32768 /* ODD, CODED */

/* A window that holds that many bytes of the stream before `from` and behind `to` (or reaches to
 * the stream's own start and end) gives what the whole stream would give. */
#define WEIR_FIND_LOOKBACK  (WEIR_FIND_STRETCH_MAX / 2 + 256)
#define WEIR_FIND_LOOKAHEAD (WEIR_FIND_STRETCH_MAX + 256)

struct weir_candidate {
	uint32_t start, end;
	uint16_t place; /* enum weir_place, one of them */
	uint16_t word;
	uint16_t digits, separators; /* of a span: how many */
	uint64_t runs; /* of a span: bit i is set when data[start + i] is a digit, i < 64 */
};

struct weir_finder;

/* A word is UTF-8, ASCII in lower case (found in any case), 2 to 32 bytes. At an end where it has a
 * Latin letter, no other letter may touch it; a change from lower to upper case separates. A '\1' in
 * front of or behind the word (not counted) takes that condition off. places: set of enum
 * weir_place. 0, -ENOMEM, -EINVAL (a word), -E2BIG (over 4096 words). */
int weir_finder_new(const char *const *words, size_t n, unsigned places,
		    struct weir_finder **ret) _must_use_;
void weir_finder_free(struct weir_finder *finder);
DEFINE_CLEANUP(weir_finder_free, struct weir_finder *);

/* Bytes of memory that it holds. */
size_t weir_finder_size(const struct weir_finder *finder);

#define WEIR_FIND_CANDIDATES_MIN 512

/* Candidates that begin in data[from..to), looking at data[0..len), len below 2 GiB; ordered by
 * start, then place, then word. Of words that begin at one place the four longest are given. At most
 * max (at least WEIR_FIND_CANDIDATES_MIN) are written; returns how many, and in *ret_next where to
 * go on (to when all were given). base is the stream offset of data[0]. */
size_t weir_find(const struct weir_finder *finder, const uint8_t *data, size_t len, uint64_t base,
		 size_t from, size_t to, struct weir_candidate *out, size_t max, size_t *ret_next);

/* What runs: "avx512", "avx2", "sse2", "neon", "portable". weir_finder_use() picks one by name, for
 * tests and benchmarks; -ENOTSUP when this machine lacks it, -EINVAL when there is none such. */
const char *weir_finder_variant(const struct weir_finder *finder);
int weir_finder_use(struct weir_finder *finder, const char *variant) _must_use_;

#endif
