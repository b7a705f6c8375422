/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FIND_SCAN_H
#define FIND_SCAN_H

/* One call of weir_find(), and what every variant of the pass shares: the slow side, which looks at
 * single bytes once the masks have named a place, and writes candidates. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "columns.h"
#include "masks.h"
#include "weir/find/find.h"
#include "words.h"

/* For what is a loop's body: a call in it would push masks and tables out of the registers. */
#define always_inline_ inline __attribute__((always_inline))

#define FIND_BLOCK 64

/* Most candidates of one block: words, and one for every two bytes of all else. */
#define FIND_RESERVE (FIND_BLOCK * FIND_WORDS_AT + FIND_BLOCK)

#define FIND_SPAN_CUT	 (WEIR_FIND_SPAN_MAX / 2)
#define FIND_STRETCH_CUT (WEIR_FIND_STRETCH_MAX / 2)

#define FIND_SPAN_MIN  6
#define FIND_TOKEN_MIN 15
#define FIND_CODED_MIN 24
#define FIND_PAIRS_MIN 12
#define FIND_PAIRS_HOT 8 /* the masks call after so many pairs */
#define FIND_ALIKE_MIN 10
#define FIND_TEXT_MIN  7 /* characters of text in a row: a licence plate */

/* What detectors of numbers want; the loop of these places alone is the shortest. */
#define FIND_CORE \
	(WEIR_PLACE_SPAN | WEIR_PLACE_AT | WEIR_PLACE_PLATE | WEIR_PLACE_WORD | WEIR_PLACE_IBAN)

struct find_stretch {
	bool open;
	ptrdiff_t start, end; /* of blocks: may lie outside the data */
};

struct find_scan {
	const struct weir_finder *finder;
	const struct find_words *words;
	unsigned places;
	const uint8_t *data;
	size_t len;
	uint64_t base;
	size_t from, to;
	struct weir_candidate *out, *next, *end; /* next: the one that is written next */
	/* what was written reaches to here; whatever calls again before it is part of that */
	size_t coded_until, pairs_until;
	struct find_stretch odd;
	ptrdiff_t
		first; /* the first block looked at: the one before that of data[from], or that one */
};

struct find_variant {
	const char *name;
	bool (*usable)(void);
	void (*run)(struct find_scan *scan);
};

extern const struct find_variant find_variant_avx512, find_variant_avx2, find_variant_sse2,
	find_variant_neon, find_variant_portable;

struct weir_finder {
	unsigned places;
	const struct find_variant *variant;
	struct find_words words;
	struct find_filter odd; /* of three bytes, all the rest as in masks.h */
};

static inline bool find_before(const struct weir_candidate *a, const struct weir_candidate *b)
{
	if (a->start != b->start)
		return a->start < b->start;
	return a->place != b->place ? a->place < b->place : a->word < b->word;
}

/* Moves the last candidate to its place in the order. */
void find_settle(struct find_scan *scan, struct weir_candidate *last);

/* Where a candidate that begins at start is written before find_append(); NULL outside from..to. Each
 * field is stored by itself: a copy would wait for the stores. */
static inline struct weir_candidate *find_slot(struct find_scan *scan, size_t start)
{
	return start >= scan->from && start < scan->to && scan->next < scan->end ? scan->next
										 : NULL;
}

static inline void find_append(struct find_scan *scan)
{
	struct weir_candidate *last = scan->next++;

	if (last > scan->out && find_before(last, last - 1))
		find_settle(scan, last);
}

/* Three stores for seven fields; a copy of what was just stored would wait for it. */
static inline void find_write(struct weir_candidate *to, uint32_t start, uint32_t end,
			      uint32_t place, uint32_t digits, uint32_t separators, uint64_t runs)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	uint64_t bounds = start | (uint64_t)end << 32;
	uint64_t kind = place | (uint64_t)(digits | separators << 16) << 32;

	memcpy(&to->start, &bounds, sizeof(bounds));
	__asm__("" : "+r"(kind)); /* or else the two are gathered in memory first */
	memcpy(&to->place, &kind, sizeof(kind));
	to->runs = runs;
#else
	*to = (struct weir_candidate){
		start, end, (uint16_t)place, 0, (uint16_t)digits, (uint16_t)separators, runs};
#endif
}

/* emit.c: leaves out what begins outside from..to and settles the rest. */
void find_place(struct find_scan *scan, struct weir_candidate *first, struct weir_candidate *next);

/* Some were written from first on, in their order and wherever they begin. */
static inline void find_close(struct find_scan *scan, struct weir_candidate *first,
			      struct weir_candidate *next)
{
	scan->next = next;
	if (first < next && ((first->start < scan->from) | (next[-1].start >= scan->to) ||
			     (first > scan->out && first->start <= first[-1].start)))
		find_place(scan, first, next);
}

/* Writes the place apart that is no span and whose mark stands at data[at], if bytes say that it is one. */
bool find_single(const uint8_t *mark, uint32_t at, struct weir_candidate *to);

/* emit.c: candidates. Those that begin outside from..to are left out. */
void find_emit(struct find_scan *scan, const struct weir_candidate *candidate);
static inline void find_emit_at(struct find_scan *scan, enum weir_place place, size_t start,
				size_t end)
{
	struct weir_candidate *single = find_slot(scan, start);

	if (!single)
		return;
	single->start = (uint32_t)start;
	single->end = (uint32_t)end;
	single->place = (uint16_t)place;
	single->word = single->digits = single->separators = 0;
	single->runs = 0;
	find_append(scan);
}
/* A chain of spans or tokens data[start..end), whole, cut where it is long. */
void find_emit_span(struct find_scan *scan, size_t start, size_t end);
void find_emit_token(struct find_scan *scan, size_t start, size_t end);
/* The end of the piece that begins at start, of a chain that began at first and ends at end. */
size_t find_piece_end(const struct find_scan *scan, size_t first, size_t start, size_t end,
		      size_t cut);
/* True when no more candidates of a block fit, so that the call ends here. */
static inline bool find_full(const struct find_scan *scan)
{
	/* chains that are open add one each; what a caller gives holds more than that */
	return scan->next > scan->end - (FIND_RESERVE + 8);
}

/* Where the chain that data[at - 1] ends or goes on begins (looked for as far as a piece before
 * `from`) and ends. */
size_t find_span_start(const struct find_scan *scan, size_t at);
size_t find_span_end(const struct find_scan *scan, size_t at);
size_t find_token_start(const struct find_scan *scan, size_t at);
size_t find_token_end(const struct find_scan *scan, size_t at);

/* Single places whose cheap sign stands at data[at]. */
void find_house(struct find_scan *scan, size_t lead);
void find_filler(struct find_scan *scan, size_t third);
void find_words(struct find_scan *scan, size_t at);

/* coded.c: data[at] is in a run of at least FIND_CODED_MIN, or ends FIND_PAIRS_HOT pairs. */
void find_coded(struct find_scan *scan, size_t at);
void find_pairs(struct find_scan *scan, size_t at);

/* The prints of what makes text odd at single lead bytes; adds to beyond and numerals. */
static inline void find_odd_prints_at(const struct find_filter *odd, const uint8_t *p,
				      uint64_t lead, struct find_odd_masks *o)
{
	for (; lead; lead &= lead - 1) {
		unsigned at = (unsigned)__builtin_ctzll(lead);
		uint64_t bit = UINT64_C(1) << at;
		uint8_t buckets = odd->six[0][p[at] & 63] & odd->six[1][p[at + 1] & 63] &
				  odd->six[2][p[at + 2] & 63];

		o->beyond |= buckets & (0xff & ~FIND_ODD_NUMERALS) ? bit : 0;
		o->numerals |= buckets & FIND_ODD_NUMERALS ? bit : 0;
	}
}

/* odd.c: block is the place in data of a block's first byte; the first may begin before the data.
 * find_odd: this block and the one before it may be an odd pair. find_odd_end: closes what is open
 * when block, the one behind the last, was not looked at. */
void find_odd(struct find_scan *scan, ptrdiff_t block, const struct find_odd_block *before,
	      const struct find_odd_block *now);
void find_odd_end(struct find_scan *scan, ptrdiff_t block);
void find_odd_filter(struct find_filter *filter);
bool find_odd_pair(const uint8_t *data, size_t len, ptrdiff_t block);

#endif
