/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BENCH_PATTERNS_H
#define BENCH_PATTERNS_H

/* The twenty patterns of the comparison, the same for every engine. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum pattern {
	CN_ID18,
	CARD,
	CARD_GROUPED,
	CN_MOBILE,
	EMAIL,
	PASSPORT,
	PLATE,
	USCC,
	IBAN,
	US_SSN,
	US_PHONE,
	CN_LANDLINE,
	HM_PERMIT,
	HKID,
	TWID,
	CN_ID15,
	IPV4,
	WORD_ZH,
	WORD_EN,
	SECRET,
	PATTERNS
};

struct pattern_text {
	const char *name;
	const char *not_before; /* a class of bytes that may not stand there, "" for none */
	const char *core;
	const char *not_behind;
	bool any_case;
};

extern const struct pattern_text pattern_texts[PATTERNS];

/* The expression for engines without look-around: what may not stand there is consumed. */
#define PATTERN_MAX 2048
void pattern_consuming(const struct pattern_text *text, char out[static PATTERN_MAX]);

/* As Hyperscan is used well: a few loose expressions that name places, checked by hand. */
enum loose {
	LOOSE_RUN,
	LOOSE_GROUPS,
	LOOSE_SSN,
	LOOSE_PHONE,
	LOOSE_AT,
	LOOSE_PLATE,
	LOOSE_IBAN,
	LOOSE_IP,
	LOOSE_WORD_ZH,
	LOOSE_WORD_EN,
	LOOSE
};

struct loose_text {
	const char *expression;
	bool any_case;
};

extern const struct loose_text loose_texts[LOOSE];

/* The words of the twenty as the finder wants them; the rest of the numbers are SECRET's. */
#define WORDS_ZH 20
#define WORDS_EN 10
#define WORDS	 33
extern const char *const pattern_words[WORDS];

/* Counts, and a sum over the places so that none is right by chance. */
struct hits {
	uint64_t count[PATTERNS];
	uint64_t sum[PATTERNS];
};

/* Counts it if it holds: one in ten does not, which no processor foretells. */
static inline void hit_if(bool holds, struct hits *hits, enum pattern pattern, size_t start,
			  size_t end)
{
	hits->count[pattern] += holds;
	hits->sum[pattern] += (start * UINT64_C(0x9e3779b97f4a7c15) ^ end) & -(uint64_t)holds;
}

static inline void hit(struct hits *hits, enum pattern pattern, size_t start, size_t end)
{
	hit_if(true, hits, pattern, start, end);
}

#endif
