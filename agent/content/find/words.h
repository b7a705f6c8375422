/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FIND_WORDS_H
#define FIND_WORDS_H

/* The words of a finder: filters for the vectorised pass, and a hash table that confirms. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FIND_WORDS_MAX 4096
#define FIND_WORD_LEN  32
/* Words given where several begin at one place. */
#define FIND_WORDS_AT 4

/* Four bytes of a word are its fingerprint. Words are dealt into eight buckets, one bit each; a
 * place passes when one bucket has all four bytes that stand there. */
#define FIND_PRINTS 4

/* Words that begin with an ASCII byte are "latin", the others "hanzi". Hanzi prints leave out the
 * lead bytes of two characters of three bytes, which say little. */
#define FIND_LATIN_PRINTS  \
	{                  \
		0, 1, 2, 3 \
	}
#define FIND_HANZI_PRINTS  \
	{                  \
		1, 2, 4, 5 \
	}

#define FIND_SIEVE_BITS 11
#define FIND_SIEVE_ROWS (1 << FIND_SIEVE_BITS)

/* Of the latin buckets the last has the words that may begin inside a run of letters. */
#define FIND_BUCKET_JOINED 0x80

struct find_filter {
	bool any, joined;
	uint8_t low[FIND_PRINTS][16], high[FIND_PRINTS][16]; /* buckets by half a byte */
	uint8_t six[FIND_PRINTS][64];			     /* buckets by a byte's low six bits */
};

void find_filter_byte(struct find_filter *filter, unsigned print, uint8_t c, uint8_t bucket);

struct find_word {
	uint16_t next; /* in its slot, longest first; 0: none */
	uint8_t len;
	bool left, right; /* no letter may touch it there */
	uint16_t number;
	char text[FIND_WORD_LEN];
};

struct find_words {
	struct find_filter latin, hanzi;
	uint8_t heads
		[8192];	  /* bit of the first two bytes, any case: for machines without shuffle */
	unsigned keys[2]; /* bit n: some latin [0] or hanzi [1] word is hashed by n bytes */
	/* of latin [0] and hanzi [1] words: the row of the first three bytes has a bit of what
	 * stands behind them; latin words of two bytes have their own rows, by the first byte */
	uint64_t sieve[2][FIND_SIEVE_ROWS];
	uint32_t twos[128];
	struct find_word *words; /* owned; from 1 */
	uint16_t *slots;	 /* owned */
	unsigned shift;		 /* of the hash */
	size_t count;
};

int find_words_init(struct find_words *words, const char *const *list, size_t n);
void find_words_done(struct find_words *words);
size_t find_words_size(const struct find_words *words);

static inline uint64_t find_words_hash(uint64_t bytes, unsigned len)
{
	/* both cases of a letter have one key; that other bytes fall together does no harm */
	uint64_t key = (bytes | UINT64_C(0x2020202020202020)) & ((UINT64_C(1) << 8 * len) - 1);

	return (key ^ len) * UINT64_C(0x9e3779b97f4a7c15);
}

/* The sieve's row and bit of 8 bytes, little-endian; both cases of a letter are one. */
static inline unsigned find_sieve_row(uint64_t bytes)
{
	uint32_t three = ((uint32_t)bytes | UINT32_C(0x20202020)) << 8;

	return three * UINT32_C(0x9e3779b1) >> (32 - FIND_SIEVE_BITS);
}

static inline unsigned find_sieve_bit(bool hanzi, uint64_t bytes)
{
	unsigned behind = (unsigned)(bytes >> 24);

	if (hanzi) /* the last two of three bytes */
		return ((behind >> 8 | 0x20) * 5 ^ (behind >> 16 | 0x20)) & 63;
	/* small letters apart from all else, which may end a word of three */
	return (behind & 31) | (unsigned)((behind & 0xe0) != 0x60) << 5;
}

/* Whether some word may begin with the 8 bytes at p: the filters let much pass when there are many
 * words. Little-endian only; elsewhere all may. */
static inline bool find_words_may(const struct find_words *words, bool hanzi, const uint8_t *p)
{
	uint64_t bytes;
	uint64_t may;

	if (__BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__)
		return true;
	__builtin_memcpy(&bytes, p, sizeof(bytes));
	may = words->sieve[hanzi][find_sieve_row(bytes)] >> find_sieve_bit(hanzi, bytes);
	if (!hanzi)
		may |= words->twos[(p[0] | 0x20) & 127] >> (p[1] & 31);
	return may & 1;
}

/* The words at data[at], longest first; returns how many, at most FIND_WORDS_AT. */
unsigned find_words_at(const struct find_words *words, const uint8_t *data, size_t len, size_t at,
		       const struct find_word *ret[static FIND_WORDS_AT]);

#endif
