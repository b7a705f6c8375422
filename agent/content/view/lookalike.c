/* SPDX-License-Identifier: Apache-2.0 */
/* O, o, l, I and | where a digit was meant. Careful by design: a letter in front may be part of a
 * document number, and a bar may part two columns. */
#include "scan.h"
#include "text.h"

#define TOKEN_MIN 6
#define TOKEN_MAX 64

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(uint8_t c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool is_alike(uint8_t c)
{
	return c == 'O' || c == 'o' || c == 'l' || c == 'I';
}

static uint8_t digit_for(uint8_t c)
{
	return (c | 0x20) == 'o' ? '0' : '1';
}

/* How long numbers without any letter are: mobile numbers, IDs, cards. */
static bool number_length(size_t n)
{
	return n == 11 || (n >= 15 && n <= 19);
}

static bool rewrite(uint8_t *token, size_t n)
{
	size_t digits = 0, lead = 0, tail = 0, first, end;
	bool lead_alike = true, changed = false;

	for (size_t i = 0; i < n; i++)
		digits += is_digit(token[i]);
	while (lead < n && is_letter(token[lead]))
		lead_alike &= is_alike(token[lead++]);
	while (tail < n - lead && is_letter(token[n - 1 - tail]))
		tail++;
	/* what has the length of a number needs fewer digits: nobody writes words of O, l and I */
	if (n < TOKEN_MIN || n > TOKEN_MAX || digits * 3 < (number_length(n) ? n : n * 2) ||
	    (lead > 4 && !(lead_alike && number_length(n))))
		return false;
	for (size_t i = lead; i + 1 < n; i++)
		if (!is_digit(token[i]) && !is_alike(token[i]))
			return false;
	/* at the ends it may be part of a document number, or how a program writes one */
	first = lead_alike && number_length(n) ? 0 : lead;
	end = number_length(n) ? n : n - tail;
	for (size_t i = first; i < end; i++) {
		if (!is_alike(token[i]))
			continue;
		token[i] = digit_for(token[i]);
		changed = true;
	}
	return changed;
}

static size_t run_before(const uint8_t *text, size_t at)
{
	size_t n = 0;

	while (n < at && n <= TOKEN_MAX &&
	       (is_digit(text[at - 1 - n]) || is_letter(text[at - 1 - n])))
		n++;
	return n;
}

static size_t run_after(const uint8_t *text, size_t len, size_t at)
{
	size_t n = 0;

	while (at + n < len && n <= TOKEN_MAX &&
	       (is_digit(text[at + n]) || is_letter(text[at + n])))
		n++;
	return n;
}

/* A bar is a digit where both sides together make a number, neither does alone, and no other bar is
 * near. */
static bool bar(uint8_t *text, size_t len, size_t at)
{
	size_t before = run_before(text, at), after = run_after(text, len, at + 1);
	size_t start = at > TOKEN_MAX ? at - TOKEN_MAX : 0;
	size_t end = len - at > TOKEN_MAX ? at + TOKEN_MAX : len;

	if (before == 0 || after == 0 || before >= 11 || after >= 11 ||
	    !number_length(before + after + 1) || memchr(text + start, '|', at - start) ||
	    memchr(text + at + 1, '|', end - at - 1))
		return false;
	for (size_t i = at - before; i <= at + after; i++)
		if (i != at && !is_digit(text[i]) && !(i == at + after && (text[i] | 0x20) == 'x'))
			return false;
	text[at] = '1';
	return true;
}

bool weir_view_lookalikes(uint8_t *text, size_t len)
{
	bool changed = false;
	size_t at = weir_view_next_alike(text, len, 0);

	while (at < len) {
		size_t before, after;

		if (text[at] == '|') {
			changed |= bar(text, len, at);
			after = 1;
		} else {
			before = run_before(text, at);
			after = run_after(text, len, at);
			if (before + after <= TOKEN_MAX)
				changed |= rewrite(text + at - before, before + after);
		}
		at = weir_view_next_alike(text, len, at + after);
	}
	return changed;
}
