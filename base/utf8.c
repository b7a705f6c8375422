/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/base/utf8.h"

#include <string.h>

/* Bytes of ASCII at the start, in words of 8; some may follow. */
static size_t ascii_words(const char *data, size_t len)
{
	size_t at = 0;
	uint64_t word;

	for (; len - at >= sizeof(word); at += sizeof(word)) {
		memcpy(&word, data + at, sizeof(word));
		if (word & UINT64_C(0x8080808080808080))
			break;
	}
	return at;
}

/* Length of the well-formed sequence at p, 0 when there is none (Unicode 15, table 3-7). */
static size_t sequence(const unsigned char *p, size_t len)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t need;

	if (p[0] < 0x80)
		return 1;
	if (p[0] >= 0xc2 && p[0] <= 0xdf)
		need = 2;
	else if (p[0] >= 0xe0 && p[0] <= 0xef)
		need = 3;
	else if (p[0] >= 0xf0 && p[0] <= 0xf4)
		need = 4;
	else
		return 0;
	if (len < need)
		return 0;
	if (p[0] == 0xe0)
		low = 0xa0;
	else if (p[0] == 0xed)
		high = 0x9f;
	else if (p[0] == 0xf0)
		low = 0x90;
	else if (p[0] == 0xf4)
		high = 0x8f;
	if (p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < need; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return need;
}

size_t weir_utf8_valid(const char *data, size_t len)
{
	size_t at = ascii_words(data, len);

	while (at < len) {
		size_t n = sequence((const unsigned char *)data + at, len - at);

		if (n == 0)
			break;
		at += n;
	}
	return at;
}

size_t weir_utf8_decode(const char *data, size_t len, uint32_t *ret)
{
	static const unsigned char mask[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	const unsigned char *p = (const unsigned char *)data;
	uint32_t value;
	size_t n;

	if (p[0] < 0x80) {
		*ret = p[0];
		return 1;
	}
	n = sequence(p, len);
	if (n == 0) {
		*ret = 0xfffd;
		return 1;
	}
	value = p[0] & mask[n];
	for (size_t i = 1; i < n; i++)
		value = value << 6 | (p[i] & 0x3f);
	*ret = value;
	return n;
}

size_t weir_utf8_count(const char *data, size_t len)
{
	size_t first = ascii_words(data, len), count = first;
	uint32_t ignored;

	for (size_t at = first; at < len; count++)
		at += weir_utf8_decode(data + at, len - at, &ignored);
	return count;
}

size_t weir_utf8_cut(const char *data, size_t len, size_t max)
{
	const unsigned char *p = (const unsigned char *)data;

	if (len <= max)
		return len;
	/* A sequence that the cut would split starts at most three bytes before it. */
	for (size_t back = 1; back <= 3 && back <= max; back++) {
		size_t at = max - back;

		if ((p[at] & 0xc0) != 0x80)
			return sequence(p + at, len - at) > back ? at : max;
	}
	return max;
}

bool weir_utf8_acts(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x061c || (c >= 0x200b && c <= 0x200f) ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff ||
	       (c >= 0xfff9 && c <= 0xfffd) || (c >= 0xe0000 && c <= 0xe0fff);
}

bool weir_utf8_line(const char *text, size_t max)
{
	const size_t len = strnlen(text, max + 1);

	if (len > max || weir_utf8_valid(text, len) != len)
		return false;
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return false;
	return true;
}

void weir_utf8_clean(const char *text, char *ret, size_t size)
{
	size_t len = strlen(text), used = 0;

	for (size_t at = 0; at < len;) {
		uint32_t c;
		size_t n = weir_utf8_decode(text + at, len - at, &c);
		bool bad = c == 0xfffd || c < 0x20 || (c >= 0x7f && c < 0xa0);
		const char *from = bad ? "\xef\xbf\xbd" : text + at;
		size_t take = bad ? 3 : n;

		if (used + take + 1 > size)
			break;
		memcpy(ret + used, from, take);
		used += take;
		at += n;
	}
	ret[used] = '\0';
}
