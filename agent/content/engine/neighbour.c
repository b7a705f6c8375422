/* SPDX-License-Identifier: Apache-2.0 */
#include "neighbour.h"

#include "weir/base/utf8.h"

static bool digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static bool word(uint8_t c)
{
	return digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* In GBK and Big5 a third of the hanzi end in a byte that looks like an ASCII letter. A high byte
 * before it that ends no UTF-8 sequence says that this is one. Sequences of two bytes say nothing:
 * GBK is full of pairs that look like them. */
static bool second_byte_of_hanzi(const uint8_t *data, size_t at)
{
	if (at == 0 || data[at - 1] < 0x81)
		return false;
	for (size_t n = 3; n <= 4 && n <= at; n++)
		if (weir_utf8_valid((const char *)data + at - n, n) == n)
			return false;
	return true;
}

/* A neighbouring group of three or four digits behind the same kind of separator: the number goes
 * on. */
static bool group_before(const struct weir_neighbour *n)
{
	size_t at = n->start - 1, digits = 0;

	while (digits < 5 && at > 0 && digit(n->data[at - 1])) {
		at--;
		digits++;
	}
	return digits == 3 || digits == 4;
}

static bool group_behind(const struct weir_neighbour *n)
{
	size_t digits = 0;

	while (digits < 5 && n->end + 1 + digits < n->len && digit(n->data[n->end + 1 + digits]))
		digits++;
	return digits == 3 || digits == 4;
}

static bool joined_left(const struct weir_neighbour *n)
{
	uint8_t left, before;

	if (n->start == 0)
		return false;
	left = n->data[n->start - 1];
	before = n->start > 1 ? n->data[n->start - 2] : ' ';
	if (word(left))
		return !second_byte_of_hanzi(n->data, n->start - 1);
	if (left == '.' || left == '/' || left == '-')
		return n->strict_left || word(before) || before == '/' || before == '.' ||
		       before == '-';
	return left == ' ' && n->grouped && group_before(n);
}

static bool joined_right(const struct weir_neighbour *n)
{
	uint8_t right, behind;

	if (n->end >= n->len)
		return false;
	right = n->data[n->end];
	behind = n->end + 1 < n->len ? n->data[n->end + 1] : ' ';
	if (word(right) || right == '%')
		return true;
	if (right == '.')
		return digit(behind);
	if (right == '-')
		return word(behind);
	return right == ' ' && n->grouped && group_behind(n);
}

/* A constant of a program: 0x, or digits with a suffix such as ull. Read backwards these look like codes
 * that begin with letters. */
static bool constant(const struct weir_neighbour *n)
{
	const uint8_t *s = n->data + n->start;
	size_t len = n->end - n->start, suffix = 0;

	if (len < 4 || n->grouped)
		return false;
	if (s[0] == '0' && (s[1] | 0x20) == 'x')
		return true;
	while (suffix < 3 && ((s[len - 1] | 0x20) == 'l' || (s[len - 1] | 0x20) == 'u')) {
		len--;
		suffix++;
	}
	while (len > 0 && digit(s[len - 1]))
		len--;
	return suffix > 0 && len == 0;
}

bool weir_neighbour_joined(const struct weir_neighbour *n)
{
	return joined_left(n) || joined_right(n) || constant(n);
}
