/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_VIEW_NORMAL_H
#define WEIR_VIEW_NORMAL_H

/* Text as a reader takes it: one way to write each digit, letter and separator, nothing invisible,
 * escapes resolved; and for every byte the place in the original that it came from. */

#include <stddef.h>
#include <stdint.h>

#include "weir/base/macros.h"

enum weir_normal_rule {
	WEIR_NORMAL_WIDTH = 1 << 0, /* full width to ASCII, U+3000 to a space */
	WEIR_NORMAL_INVISIBLE =
		1 << 1,		      /* marks without width, of direction and variation: dropped */
	WEIR_NORMAL_DIGIT = 1 << 2,   /* digits of other scripts, circled, superscript */
	WEIR_NORMAL_NUMERAL = 1 << 3, /* hanzi numerals, 7 or more in a row */
	WEIR_NORMAL_LOOKALIKE =
		1 << 4, /* O l I | and Greek, Cyrillic among digits; letters that look Latin */
	WEIR_NORMAL_SEPARATOR = 1 << 5, /* spaces, dashes and dots of every kind to the ASCII one */
	WEIR_NORMAL_ESCAPE =
		1 << 6, /* \uXXXX, &#N; and named entities, %XX, =XX, soft line breaks */
	WEIR_NORMAL_RFC2047 = 1 << 7, /* =?gb2312?B?...?= */
};

/* Owns its arrays; reused from call to call. Starts as all zeros. */
struct weir_normal {
	uint8_t *text;	/* 64 readable bytes before text[0] and behind text[len - 1] */
	uint32_t *from; /* from[i]: where text[i] begins in the original; from[len]: the end */
	size_t len, size;
	unsigned rules; /* that changed something */

	/* scratch of the same size, not for callers */
	uint8_t *spare;
	uint32_t *spare_from;
};

void weir_normal_done(struct weir_normal *normal);

/* One window at a time: what an escape, a numeral or a token is shows only where all of it is in the
 * window. Well-formed input gives a well-formed result. An escaped tab or line break becomes a space.
 * A rule that could change a number which stands there plainly does not apply: a single circled digit
 * before or behind a number, a hanzi numeral behind one, a letter in front of a short one.
 *
 * in: UTF-8 up to 1 MiB; malformed bytes stay as they are. The result is never longer than 2 * len.
 * 0, -ENOMEM, -E2BIG. Escapes are resolved up to twice over (\\u0031 in a JSON string in JSON). */
int weir_normalise(const uint8_t *in, size_t len, struct weir_normal *ret) _must_use_;

#endif
