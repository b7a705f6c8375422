/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_LEAD_H
#define WEIR_ENGINE_LEAD_H

/* What a pattern says about the first bytes of its matches, read off its text. It never excludes a
 * match: what is not understood allows everything. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WEIR_LEAD_MAX	8
#define WEIR_LEAD_FORMS 64

/* The sets of bytes that may stand at each place, counted from the first byte of a match. */
struct weir_lead {
	size_t count;
	uint64_t at[WEIR_LEAD_MAX][4];
};

struct weir_lead weir_lead_of(const char *pattern);

/* Of a pattern whose value begins with a run of digits, all of them: the bytes that may stand behind the run.
 * Digits are always among them. */
void weir_behind_of(const char *pattern, uint64_t ret[static 4]);

/* The leads of up to WEIR_LEAD_FORMS patterns side by side: bit n of at[place][byte] is set where
 * pattern n allows the byte. */
struct weir_sieve {
	uint64_t at[WEIR_LEAD_MAX][256];
	size_t count;
};

/* The bit of the pattern, NULL for one that begins with anything; WEIR_LEAD_FORMS when it is full. */
unsigned weir_sieve_add(struct weir_sieve *sieve, const char *pattern);

/* The patterns that may match at data, of which WEIR_LEAD_MAX bytes are readable. */
static inline uint64_t weir_sieve_look(const struct weir_sieve *sieve, const uint8_t *data)
{
	uint64_t alive = UINT64_MAX;

	for (size_t i = 0; i < WEIR_LEAD_MAX; i++)
		alive &= sieve->at[i][data[i]];
	return alive;
}

/* A pattern that is nothing but bytes of one set after the other, all of it the value, with no
 * letter or digit behind it where edge is set. */
#define WEIR_PLAIN_ITEMS 8

struct weir_plain {
	uint8_t count; /* 0: it is another kind of pattern */
	bool edge;
	struct {
		uint64_t set[2];      /* of ASCII */
		uint8_t fewest, most; /* they differ in the last item only */
		bool digits;	      /* the set is that of the digits */
	} items[WEIR_PLAIN_ITEMS];
};

struct weir_plain weir_plain_of(const char *pattern);

/* The length of the match at data[0..len), 0 when there is none. digits: so many of data are known to be
 * digits, with none behind them; 0: nothing is known. */
size_t weir_plain_match(const struct weir_plain *plain, const uint8_t *data, size_t len,
			size_t digits);

#endif
