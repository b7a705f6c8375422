/* SPDX-License-Identifier: Apache-2.0 */
#include "context.h"

#include <string.h>

static bool lower(uint8_t c)
{
	return c >= 'a' && c <= 'z';
}

static bool upper(uint8_t c)
{
	return c >= 'A' && c <= 'Z';
}

static uint8_t fold(uint8_t c)
{
	return upper(c) ? (uint8_t)(c | 0x20) : c;
}

static bool word_break(uint8_t left, uint8_t right)
{
	bool letters = (lower(left) || upper(left)) && (lower(right) || upper(right));

	return !letters || (lower(left) && upper(right));
}

static unsigned pair(uint8_t first, uint8_t second)
{
	return (unsigned)fold(first) << 8 | fold(second);
}

static void words_init(struct weir_words *set, const char *const *words)
{
	memset(set->pairs, 0, sizeof(set->pairs));
	set->words = words;
	for (size_t i = 0; words && words[i]; i++) {
		unsigned p = pair((uint8_t)words[i][0], (uint8_t)words[i][1]);

		set->pairs[p / 8] |= (uint8_t)(1U << p % 8);
	}
}

static bool word_at(const char *word, const uint8_t *data, size_t len, size_t at)
{
	size_t n = 0;

	for (; word[n]; n++)
		if (at + n >= len || fold(data[at + n]) != (uint8_t)word[n])
			return false;
	if (at > 0 && !word_break(data[at - 1], data[at]))
		return false;
	return at + n >= len || word_break(data[at + n - 1], data[at + n]);
}

/* The last position in [from, to) where a word begins; to when there is none. A word may end behind
 * to, not behind len. */
static size_t last_word(const struct weir_words *set, const uint8_t *data, size_t len, size_t from,
			size_t to)
{
	for (size_t at = to; at-- > from;) {
		unsigned p;

		if (at + 1 >= len)
			continue;
		p = pair(data[at], data[at + 1]);
		if (!(set->pairs[p / 8] & 1U << p % 8))
			continue;
		for (size_t i = 0; set->words[i]; i++)
			if (word_at(set->words[i], data, len, at))
				return at;
	}
	return to;
}

void weir_context_init(struct weir_context *context, const struct weir_detector *detector)
{
	words_init(&context->positive, detector->words);
	words_init(&context->negative, detector->negatives);
	weir_context_begin(context);
}

void weir_context_begin(struct weir_context *context)
{
	context->searched = 0;
	context->last = UINT64_MAX;
}

/* Text is searched once however many values stand in it: only what lies behind the last search, and
 * of that the last word is enough to know. */
static bool far_word(struct weir_context *context, const uint8_t *data, size_t len, uint64_t base,
		     size_t start, size_t end)
{
	size_t from = start > WEIR_CONTEXT_FAR ? start - WEIR_CONTEXT_FAR : 0, lowest = from, found;
	size_t to = len - end > WEIR_CONTEXT_FAR ? end + WEIR_CONTEXT_FAR : len;

	if (context->searched > base + from)
		from = (size_t)(context->searched - base);
	if (from < to) {
		found = last_word(&context->positive, data, len, from, to);
		context->searched = base + to;
		if (found < to)
			context->last = base + found;
	}
	return context->last != UINT64_MAX && context->last >= base + lowest;
}

enum weir_context_kind weir_context_look(struct weir_context *context, const uint8_t *data,
					 size_t len, uint64_t base, size_t start, size_t end)
{
	size_t from = start > WEIR_CONTEXT_NEAR ? start - WEIR_CONTEXT_NEAR : 0;
	size_t yes = last_word(&context->positive, data, start, from, start);
	size_t no = last_word(&context->negative, data, start, from, start);

	if (no < start && (yes == start || no > yes) && !memchr(data + no, '\n', start - no))
		return WEIR_CONTEXT_WORD_NEGATIVE;
	if (yes < start)
		return WEIR_CONTEXT_WORD_NEAR;
	if (far_word(context, data, len, base, start, end))
		return WEIR_CONTEXT_WORD_FAR;
	return WEIR_CONTEXT_NONE;
}
