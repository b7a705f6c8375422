/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FIND_MASKS_H
#define FIND_MASKS_H

/* What a variant tells of 64 bytes: bit i is about byte i. Written once for each instruction set;
 * all must agree, except where a mask may name more places than it should. */

#include <stdint.h>

/* Where a print of words ends. joined: of those that may begin behind a letter. */
struct find_word_masks {
	uint64_t hanzi, latin, joined;
};

struct find_odd_masks {
	uint64_t escape; /* \ % = & with a byte behind it that may go on an escape */
	uint64_t breaks; /* = with a line break or a question mark behind it */
	uint64_t alike;	 /* O l I | */
	/* lead bytes; may name more */
	uint64_t beyond;   /* of marks and of digits that are not ASCII */
	uint64_t numerals; /* of hanzi numerals */
};

/* The same with what a pair of blocks is judged by. */
struct find_odd_block {
	uint64_t digit;
	uint64_t beyond, numeral, escape, breaks;
	uint64_t gap;	/* a digit behind a digit and one character */
	uint64_t ten;	/* the tenth and later of digits and what looks like one in a row */
	uint64_t alike; /* where such a character and a digit touch */
	unsigned digits, numerals, escapes;
};

struct find_coded_masks {
	uint64_t extra; /* + and /, with _ and - */
	uint64_t hex;
	uint64_t gap; /* space : line feed */
};

/* Fingerprints of what makes text odd: lead, second and third byte, in eight buckets by the low six
 * bits of a byte (a lead is told from the others by lead). Bits 0-4 are marks and digits, 5-7
 * numerals. */
#define FIND_ODD_PRINTS	  3
#define FIND_ODD_NUMERALS 0xe0

#endif
