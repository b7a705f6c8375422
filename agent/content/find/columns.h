/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FIND_COLUMNS_H
#define FIND_COLUMNS_H

/* The masks of a batch of blocks, and what arithmetic makes of them. */

#include <stdint.h>

#define FIND_BATCH 64 /* the blocks of a batch are the bits of a word */

/* A mask of each block: [FIND_FIRST - 1] of the block before the batch, from [FIND_FIRST] on of the batch, which
 * begins on a line of the cache. What stands behind it is left from another batch; only the next one of
 * digit and high has its lowest bit right. */
#define FIND_FIRST 8
typedef uint64_t column[FIND_FIRST + FIND_BATCH + FIND_FIRST] __attribute__((aligned(64)));

struct columns {
	column digit;	  /* 0-9 */
	column separator; /* space , - . / _ */
	column upper, letter;
	column at, less;   /* @ < */
	column high, lead; /* from 0x80, from 0xc0 */
	column hanzi, latin, joined;
	column escape, breaks, alike, beyond, numeral;
	column extra, hex, gap;
	/* chains, and what stands behind the end of one that is long enough */
	column span, alnum, token_end;
	/* spans and single places apart, by the byte at or behind their end that tells them */
	column apart;
	/* single places, by the byte that the function called wants */
	column house, filler, hanzi_word, latin_word, run, pairs;
	column ten, touching, digit_gap, maybe_odd;
};

#endif
