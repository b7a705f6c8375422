/* SPDX-License-Identifier: Apache-2.0 */
#include "prefilter.h"

enum { OTHER = 0, DIGIT = 1, SEPARATOR = 2 };

static const uint8_t class_of[256] = {
	['0'] = DIGIT,	   ['1'] = DIGIT,     ['2'] = DIGIT,	 ['3'] = DIGIT, ['4'] = DIGIT,
	['5'] = DIGIT,	   ['6'] = DIGIT,     ['7'] = DIGIT,	 ['8'] = DIGIT, ['9'] = DIGIT,
	[' '] = SEPARATOR, ['-'] = SEPARATOR, ['.'] = SEPARATOR,
};

/* Of two neighbours within a span one is a digit, and a span has at least 11 bytes: looking at a
 * pair every STRIDE bytes meets each span at least once. */
#define STRIDE 8

static size_t find_digit(const uint8_t *data, size_t len, size_t at)
{
	for (; at + STRIDE < len; at += STRIDE)
		if ((class_of[data[at]] | class_of[data[at + 1]]) & DIGIT)
			return class_of[data[at]] & DIGIT ? at : at + 1;
	for (; at < len; at++)
		if (class_of[data[at]] & DIGIT)
			return at;
	return len;
}

/* First byte of the span that the digit data[at] belongs to, not before from. */
static size_t span_start(const uint8_t *data, size_t from, size_t at)
{
	while (at > from) {
		if (class_of[data[at - 1]] == DIGIT)
			at--;
		else if (at - from >= 2 && class_of[data[at - 1]] == SEPARATOR &&
			 class_of[data[at - 2]] == DIGIT)
			at -= 2;
		else
			break;
	}
	return at;
}

static uint32_t run_bit(unsigned digits)
{
	return UINT32_C(1) << (digits < 31 ? digits : 31);
}

static void span_measure(const uint8_t *data, size_t len, size_t start, struct weir_span *ret)
{
	size_t at = start, limit = len - start > WEIR_SPAN_MAX ? start + WEIR_SPAN_MAX : len;
	unsigned row = 0;

	*ret = (struct weir_span){.start = start};
	while (at < limit) {
		if (class_of[data[at]] == DIGIT) {
			at++;
			ret->digits++;
			row++;
		} else if (class_of[data[at]] == SEPARATOR && at + 1 < len &&
			   class_of[data[at + 1]] == DIGIT) {
			at++;
			ret->runs |= run_bit(row);
			row = 0;
			ret->separators = true;
		} else {
			break;
		}
	}
	ret->runs |= run_bit(row);
	ret->end = at;
}

bool weir_prefilter_next(const uint8_t *data, size_t len, size_t from, bool final,
			 struct weir_span *ret)
{
	size_t at = from;

	while ((at = find_digit(data, len, at)) < len) {
		bool open;

		span_measure(data, len, span_start(data, from, at), ret);
		/* behind the end may come a separator with a digit behind it: two bytes tell */
		open = !final && ret->end + 2 > len && ret->end - ret->start < WEIR_SPAN_MAX;
		if (open)
			return false;
		if (ret->digits >= WEIR_SPAN_DIGITS)
			return true;
		at = from = ret->end;
	}
	*ret = (struct weir_span){.start = len};
	return false;
}
