/* SPDX-License-Identifier: Apache-2.0 */
/* Building the filters and the table of words, and confirming what passed a filter. */

#include "words.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "weir/base/macros.h"
#include "weir/base/utf8.h"

/* Bits of a to z in a row of the sieve. */
#define SIEVE_SMALL UINT64_C(0x07fffffe)

#define EDGE '\1'

static bool is_letter(uint8_t c)
{
	return (uint8_t)((c | 0x20) - 'a') < 26;
}

static bool is_upper(uint8_t c)
{
	return (uint8_t)(c - 'A') < 26;
}

static bool is_lower(uint8_t c)
{
	return (uint8_t)(c - 'a') < 26;
}

static bool is_hanzi(const struct find_word *word)
{
	return (uint8_t)word->text[0] >= 0x80;
}

/* How many bytes of a word go into its hash. */
static unsigned key_len(bool hanzi, size_t len)
{
	if (hanzi)
		return len >= 6 ? 6 : len >= 3 ? 3 : 2;
	return len >= 4 ? 4 : len >= 3 ? 3 : 2;
}

static size_t slot_of(const struct find_words *words, uint64_t bytes, unsigned len)
{
	return (size_t)(find_words_hash(bytes, len) >> words->shift);
}

static uint64_t load(const uint8_t *data, size_t len)
{
	uint64_t bytes = 0;

	if (len >= 8)
		memcpy(&bytes, data, 8);
	else
		memcpy(&bytes, data, len);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	bytes = __builtin_bswap64(bytes);
#endif
	return bytes;
}

static int word_read(const char *text, size_t number, struct find_word *ret)
{
	size_t len = strlen(text);
	bool left = true, right = true;

	if (len > 0 && text[0] == EDGE) {
		left = false;
		text++;
		len--;
	}
	if (len > 0 && text[len - 1] == EDGE) {
		right = false;
		len--;
	}
	if (len < 2 || len > FIND_WORD_LEN || weir_utf8_valid(text, len) != len)
		return -EINVAL;
	for (size_t i = 0; i < len; i++)
		if (is_upper((uint8_t)text[i]) || text[i] == EDGE)
			return -EINVAL;
	*ret = (struct find_word){
		.len = (uint8_t)len,
		.number = (uint16_t)number,
		.left = left && is_letter((uint8_t)text[0]),
		.right = right && is_letter((uint8_t)text[len - 1]),
	};
	memcpy(ret->text, text, len);
	return 0;
}

void find_filter_byte(struct find_filter *filter, unsigned print, uint8_t c, uint8_t bucket)
{
	filter->low[print][c & 15] |= bucket;
	filter->high[print][c >> 4] |= bucket;
	filter->six[print][c & 63] |= bucket;
}

static void filter_add(struct find_filter *filter, const struct find_word *word,
		       const uint8_t prints[static FIND_PRINTS], uint8_t bucket)
{
	filter->any = true;
	filter->joined |= bucket == FIND_BUCKET_JOINED && !word->left;
	for (unsigned i = 0; i < FIND_PRINTS; i++) {
		uint8_t c = prints[i] < word->len ? (uint8_t)word->text[prints[i]] : 0;

		if (prints[i] < word->len) {
			find_filter_byte(filter, i, c, bucket);
			if (is_lower(c))
				find_filter_byte(filter, i, c - 0x20, bucket);
			continue;
		}
		for (unsigned any = 0; any < 16; any++) {
			filter->low[i][any] |= bucket;
			filter->high[i][any] |= bucket;
		}
		for (unsigned any = 0; any < 64; any++)
			filter->six[i][any] |= bucket;
	}
}

static void head_add(struct find_words *words, uint8_t first, uint8_t second)
{
	unsigned at = first | (unsigned)second << 8;

	words->heads[at >> 3] |= (uint8_t)(1 << (at & 7));
}

static void heads_add(struct find_words *words, const struct find_word *word)
{
	uint8_t a = (uint8_t)word->text[0], b = (uint8_t)word->text[1];
	uint8_t upper_a = is_lower(a) ? a - 0x20 : a, upper_b = is_lower(b) ? b - 0x20 : b;

	head_add(words, a, b);
	head_add(words, upper_a, b);
	head_add(words, a, upper_b);
	head_add(words, upper_a, upper_b);
}

/* Like words together make small buckets: by the fingerprint, which for hanzi is not the start. */
static int by_print(const void *left, const void *right)
{
	static const uint8_t hanzi[FIND_PRINTS] = FIND_HANZI_PRINTS;
	const struct find_word *a = *(const struct find_word *const *)left;
	const struct find_word *b = *(const struct find_word *const *)right;

	if (is_hanzi(a) != is_hanzi(b))
		return is_hanzi(a) ? 1 : -1;
	for (unsigned i = 0; is_hanzi(a) && i < FIND_PRINTS; i++) {
		unsigned at = hanzi[i];
		uint8_t x = at < a->len ? (uint8_t)a->text[at] : 0;
		uint8_t y = at < b->len ? (uint8_t)b->text[at] : 0;

		if (x != y)
			return x < y ? -1 : 1;
	}
	return memcmp(a->text, b->text, FIND_WORD_LEN);
}

static void filters_build(struct find_words *words, struct find_word **order)
{
	static const uint8_t latin[FIND_PRINTS] = FIND_LATIN_PRINTS;
	static const uint8_t hanzi[FIND_PRINTS] = FIND_HANZI_PRINTS;
	size_t n = words->count, n_latin = 0, seen = 0;

	qsort(order, n, sizeof(*order), by_print);
	for (size_t i = 0; i < n; i++)
		n_latin += !is_hanzi(order[i]) && order[i]->left;
	for (size_t i = 0; i < n; i++) {
		if (is_hanzi(order[i])) {
			size_t first = i - seen; /* seen stands still from here on */

			filter_add(&words->hanzi, order[i], hanzi,
				   (uint8_t)(1 << first * 8 / (n - seen)));
			continue;
		}
		seen++;
		if (!order[i]->left)
			filter_add(&words->latin, order[i], latin, FIND_BUCKET_JOINED);
	}
	for (size_t i = 0, k = 0; i < seen; i++)
		if (order[i]->left)
			filter_add(&words->latin, order[i], latin,
				   (uint8_t)(1 << k++ * 7 / n_latin));
}

static void sieve_add(struct find_words *words, const struct find_word *word, uint64_t bytes)
{
	bool hanzi = is_hanzi(word);
	uint64_t bits = UINT64_MAX;

	if (word->len == 2 && !hanzi) {
		words->twos[(uint8_t)word->text[0] | 0x20] |= UINT32_C(1) << (word->text[1] & 31);
		return;
	}
	if (word->len >= (hanzi ? 6 : 4))
		bits = UINT64_C(1) << find_sieve_bit(hanzi, bytes);
	else if (!hanzi && word->right)
		bits = ~SIEVE_SMALL; /* a small letter behind it would belong to it */
	if (!hanzi && word->len >= 4 && is_lower((uint8_t)word->text[3]))
		bits |= UINT64_C(1) << find_sieve_bit(hanzi, bytes & ~(UINT64_C(0x20) << 24));
	if (word->len >= 3) {
		words->sieve[hanzi][find_sieve_row(bytes)] |= bits;
		return;
	}
	for (uint64_t third = 0; third < 256; third++)
		words->sieve[hanzi][find_sieve_row(bytes | third << 16)] |= bits;
}

static void slot_add(struct find_words *words, uint16_t index)
{
	struct find_word *word = &words->words[index];
	unsigned len = key_len(is_hanzi(word), word->len);
	uint64_t bytes = load((const uint8_t *)word->text, word->len);
	uint16_t *link = &words->slots[slot_of(words, bytes, len)];

	sieve_add(words, word, bytes);
	words->keys[is_hanzi(word)] |= 1U << len;
	while (*link && words->words[*link].len >= word->len)
		link = &words->words[*link].next;
	word->next = *link;
	*link = index;
}

int find_words_init(struct find_words *words, const char *const *list, size_t n)
{
	struct find_word **order _cleanup_(freep) = NULL;
	unsigned bits = 6;

	*words = (struct find_words){.count = n};
	if (n > FIND_WORDS_MAX)
		return -E2BIG;
	while (bits < 15 && ((size_t)1 << bits) < 8 * n)
		bits++;
	words->shift = 64 - bits;
	words->words = calloc(n + 1, sizeof(words->words[0]));
	words->slots = calloc((size_t)1 << bits, sizeof(words->slots[0]));
	order = calloc(n + 1, sizeof(*order));
	if (!words->words || !words->slots || !order)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		int r = word_read(list[i], i, &words->words[i + 1]);

		if (r < 0)
			return r;
		order[i] = &words->words[i + 1];
		heads_add(words, order[i]);
		slot_add(words, (uint16_t)(i + 1));
	}
	filters_build(words, order);
	return 0;
}

void find_words_done(struct find_words *words)
{
	free(words->words);
	free(words->slots);
	*words = (struct find_words){0};
}

size_t find_words_size(const struct find_words *words)
{
	return (words->count + 1) * sizeof(words->words[0]) +
	       ((size_t)1 << (64 - words->shift)) * sizeof(words->slots[0]);
}

/* A letter at data[at] and one behind it: do they belong to one word? */
static bool joined(const uint8_t *data, size_t at)
{
	return is_letter(data[at]) && is_letter(data[at + 1]) &&
	       !(is_lower(data[at]) && is_upper(data[at + 1]));
}

/* What of the longest word could stand at data[at], in lower case. */
static void fold(const uint8_t *data, size_t len, size_t at, char ret[static FIND_WORD_LEN])
{
	uint8_t copy[FIND_WORD_LEN] = {0};
	const uint8_t *p = data + at;

	if (len - at < FIND_WORD_LEN)
		p = memcpy(copy, p, len - at);
	for (size_t i = 0; i < FIND_WORD_LEN; i++)
		ret[i] = (char)(p[i] + ((uint8_t)(p[i] - 'A') < 26 ? 0x20 : 0));
}

static bool word_stands(const struct find_word *word, const char *folded, const uint8_t *data,
			size_t len, size_t at)
{
	if (len - at < word->len || memcmp(folded, word->text, word->len) != 0)
		return false;
	if (word->left && at > 0 && joined(data, at - 1))
		return false;
	return !word->right || at + word->len == len || !joined(data, at + word->len - 1);
}

unsigned find_words_at(const struct find_words *words, const uint8_t *data, size_t len, size_t at,
		       const struct find_word *ret[static FIND_WORDS_AT])
{
	uint64_t bytes = load(data + at, len - at);
	char folded[FIND_WORD_LEN];
	unsigned n = 0;

	fold(data, len, at, folded);
	/* longer keys are those of longer words */
	for (unsigned keys = words->keys[data[at] >= 0x80], key; keys; keys &= ~(1U << key)) {
		uint16_t index;

		key = 31 - (unsigned)__builtin_clz(keys);
		index = words->slots[slot_of(words, bytes, key)];
		for (; index; index = words->words[index].next) {
			const struct find_word *word = &words->words[index];

			if (key_len(is_hanzi(word), word->len) != key ||
			    !word_stands(word, folded, data, len, at))
				continue;
			ret[n++] = word;
			if (n == FIND_WORDS_AT)
				return n;
		}
	}
	return n;
}
