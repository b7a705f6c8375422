/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/report/text.h"

#include <string.h>

#include "weir/base/utf8.h"

#define DIGITS_LONG   15
#define DIGITS_MOBILE 11
#define DIGITS_SHOWN  10

size_t weir_text_copy(char *ret, size_t size, const char *text, size_t in_max)
{
	static const char replacement[] = "\xef\xbf\xbd";
	size_t len = strnlen(text, in_max), out = 0;

	for (size_t i = 0; i < len;) {
		size_t good = weir_utf8_valid(text + i, len - i);
		size_t take = weir_utf8_cut(text + i, good, size - 1 - out);

		memcpy(ret + out, text + i, take);
		out += take;
		i += good;
		if (take < good || i == len)
			break;
		if (size - 1 - out < sizeof(replacement) - 1)
			break;
		memcpy(ret + out, replacement, sizeof(replacement) - 1);
		out += sizeof(replacement) - 1;
		i++;
	}
	ret[out] = '\0';
	return out;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The length of the run of digits at text, single separators within included; *ret_digits without
 * them. */
static size_t run_length(const char *text, size_t *ret_digits)
{
	size_t len = 0, digits = 0;

	for (;;) {
		if (is_digit(text[len])) {
			len++;
			digits++;
		} else if (len && (text[len] == ' ' || text[len] == '-') &&
			   is_digit(text[len + 1])) {
			len++;
		} else {
			*ret_digits = digits;
			return len;
		}
	}
}

static void mask_run(char *text, size_t len, size_t digits, size_t head, size_t tail)
{
	size_t seen = 0;

	for (size_t i = 0; i < len; i++) {
		if (!is_digit(text[i]))
			continue;
		if (seen >= head && seen < digits - tail)
			text[i] = '*';
		seen++;
	}
}

/* A run too short for an ID or a card may be a mobile number with something beside it: the country
 * code, a number of the file's own. *ret_head and *ret_tail are the digits to leave. */
static bool holds_mobile(const char *text, size_t len, size_t *ret_head, size_t *ret_tail)
{
	char digits[DIGITS_LONG];
	bool first[DIGITS_LONG] = {0}, last[DIGITS_LONG] = {0};
	size_t n = 0;

	for (size_t i = 0; i < len && n < DIGITS_LONG; i++) {
		if (!is_digit(text[i]))
			continue;
		first[n] = i == 0 || !is_digit(text[i - 1]);
		last[n] = i + 1 == len || !is_digit(text[i + 1]);
		digits[n++] = text[i];
	}
	for (size_t i = 0; i + DIGITS_MOBILE <= n; i++) {
		bool begins = first[i] || (i >= 2 && memcmp(digits + i - 2, "86", 2) == 0);

		if (!begins || !last[i + DIGITS_MOBILE - 1] || digits[i] != '1' ||
		    digits[i + 1] < '3')
			continue;
		*ret_head = i + 3;
		*ret_tail = n - i - DIGITS_MOBILE + 4;
		return true;
	}
	return false;
}

void weir_text_mask_numbers(char *text)
{
	while (*text) {
		size_t digits, head, tail, len = run_length(text, &digits);

		if (digits >= DIGITS_LONG)
			mask_run(text, len, digits, 1, 2);
		else if (digits == DIGITS_MOBILE && *text == '1')
			mask_run(text, len, digits, 3, 4);
		else if (digits > DIGITS_MOBILE && holds_mobile(text, len, &head, &tail))
			mask_run(text, len, digits, head, tail);
		text += len ? len : 1;
	}
}

bool weir_text_shows_too_much(const char *masked)
{
	size_t digits = 0;

	for (; *masked; masked++)
		digits += is_digit(*masked);
	return digits > DIGITS_SHOWN;
}
