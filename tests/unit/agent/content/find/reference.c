/* SPDX-License-Identifier: Apache-2.0 */
#include "reference.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "weir/base/utf8.h"

struct text {
	const uint8_t *data;
	size_t len;
	uint64_t base;
	struct weir_candidate *out;
	size_t count, max;
};

static bool digit(int c)
{
	return c >= '0' && c <= '9';
}

static bool letter(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool among(const char *set, int c)
{
	return c > 0 && strchr(set, c);
}

static bool hex(int c)
{
	return digit(c) || among("abcdefABCDEF", c);
}

/* -1 outside the text. */
static int at(const struct text *t, size_t i)
{
	return i < t->len ? t->data[i] : -1;
}

static void give(struct text *t, unsigned place, size_t start, size_t end)
{
	if (t->count < t->max)
		t->out[t->count++] = (struct weir_candidate){
			.start = (uint32_t)start, .end = (uint32_t)end, .place = (uint16_t)place};
}

typedef void (*piece_fn)(struct text *t, size_t start, size_t end);

static void pieces(struct text *t, size_t start, size_t end, size_t cut, piece_fn piece)
{
	size_t from = start;

	for (size_t p = start + cut; p < end; p++)
		if ((t->base + p) % cut == 0) {
			piece(t, from, p);
			from = p;
		}
	piece(t, from, end);
}

static void span(struct text *t, size_t start, size_t end)
{
	struct weir_candidate *c;

	while (start < end && !digit(at(t, start)))
		start++;
	while (start < end && !digit(at(t, end - 1)))
		end--;
	if (end - start < 6 || t->count == t->max)
		return;
	give(t, WEIR_PLACE_SPAN, start, end);
	c = &t->out[t->count - 1];
	for (size_t i = start; i < end; i++) {
		bool is = digit(at(t, i));

		c->digits += is;
		c->separators += !is;
		if (is && i - start < 64)
			c->runs |= UINT64_C(1) << (i - start);
	}
}

static bool in_span(const struct text *t, size_t i)
{
	return digit(at(t, i)) ||
	       (i > 0 && among(" -./_,", at(t, i)) && digit(at(t, i - 1)) && digit(at(t, i + 1)));
}

static void spans(struct text *t)
{
	for (size_t i = 0, end; i < t->len; i = end + 1) {
		for (end = i; in_span(t, end); end++)
			;
		if (end > i)
			pieces(t, i, end, WEIR_FIND_SPAN_MAX / 2, span);
	}
}

static void token(struct text *t, size_t start, size_t end)
{
	size_t digits = 0;

	for (size_t i = start; i < end; i++)
		digits += digit(at(t, i));
	if (end - start >= 15 && digits > 0 && digits < end - start)
		give(t, WEIR_PLACE_TOKEN, start, end);
}

static void tokens(struct text *t)
{
	for (size_t i = 0, end; i < t->len; i = end + 1) {
		for (end = i; digit(at(t, end)) || letter(at(t, end)); end++)
			;
		if (end > i)
			pieces(t, i, end, WEIR_FIND_SPAN_MAX / 2, token);
	}
}

static bool starts(const struct text *t, size_t i, const char *list, size_t *ret_len)
{
	for (const char *c = list; *c; c += 3)
		if (i + 3 <= t->len && memcmp(t->data + i, c, 3) == 0) {
			*ret_len = 3;
			return true;
		}
	return false;
}

static void signs(struct text *t)
{
	for (size_t i = 0, n; i < t->len; i++) {
		int before = i ? at(t, i - 1) : -1, behind = at(t, i + 1);

		if (at(t, i) == '@' &&
		    (digit(before) || letter(before) || among("._%+-", before)) &&
		    (digit(behind) || letter(behind) || behind == '-'))
			give(t, WEIR_PLACE_AT, i, i + 1);
		if (starts(t, i,
			   "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
			   "滬雲遼魯蘇贛陝閩貴粵寧瓊",
			   &n) &&
		    at(t, i + n) >= 'A' && at(t, i + n) <= 'Z')
			give(t, WEIR_PLACE_PLATE, i, i + n + 1);
		if (digit(at(t, i)) && starts(t, i + 1, "号號室栋棟幢座弄巷楼层单", &n))
			give(t, WEIR_PLACE_HOUSE, i, i + 1 + n);
		if (at(t, i) == '<' && at(t, i + 1) == '<' && at(t, i + 2) == '<' && before != '<')
			give(t, WEIR_PLACE_FILLER, i, i + 3);
		if (isupper(at(t, i)) && isupper(at(t, i + 1)) && digit(at(t, i + 2)) &&
		    digit(at(t, i + 3)) && !digit(before) && !letter(before))
			give(t, WEIR_PLACE_IBAN, i, i + 4);
	}
}

static int lower(int c)
{
	return c >= 'A' && c <= 'Z' ? c + 32 : c;
}

static bool touches(const struct text *t, size_t left)
{
	int a = at(t, left), b = at(t, left + 1);

	return letter(a) && letter(b) && !(a == lower(a) && b != lower(b));
}

static size_t word_at(const struct text *t, size_t i, const char *word)
{
	size_t len = strlen(word);
	bool left = word[0] != 1, right = word[len - 1] != 1;

	word += !left;
	len -= (size_t)!left + !right;
	for (size_t k = 0; k < len; k++)
		if (lower(at(t, i + k)) != (uint8_t)word[k])
			return 0;
	if (left && letter(word[0]) && i > 0 && touches(t, i - 1))
		return 0;
	return right && letter(word[len - 1]) && touches(t, i + len - 1) ? 0 : len;
}

static void words(struct text *t, const struct reference_words *list)
{
	for (size_t i = 0; i < t->len; i++) {
		size_t found[64], n = 0;

		for (size_t w = 0; w < list->n; w++)
			if (word_at(t, i, list->list[w]))
				found[n++] = w;
		for (size_t a = 0; a < n; a++) {
			size_t len = word_at(t, i, list->list[found[a]]), longer = 0;

			for (size_t b = 0; b < n; b++)
				longer += word_at(t, i, list->list[found[b]]) > len;
			if (longer >= 4)
				continue;
			give(t, WEIR_PLACE_WORD, i, i + len);
			t->out[t->count - 1].word = (uint16_t)found[a];
		}
	}
}

/* --- coded --- */

static bool coded(int c)
{
	return digit(c) || letter(c) || among("+/_-", c);
}

static void coded_piece(struct text *t, size_t start, size_t end)
{
	bool kinds[3] = {false};

	for (size_t i = start; i < end; i++) {
		int c = at(t, i);

		kinds[0] |= digit(c);
		kinds[1] |= letter(c) && c == lower(c);
		kinds[2] |= letter(c) && c != lower(c);
	}
	if (kinds[0] + kinds[1] + kinds[2] >= 2 || (kinds[0] && !kinds[1] && !kinds[2]))
		give(t, WEIR_PLACE_CODED, start, end);
}

static size_t run_len(const struct text *t, size_t i)
{
	size_t n = 0;

	while (coded(at(t, i + n)))
		n++;
	return n;
}

static size_t line_break(const struct text *t, size_t i)
{
	if (at(t, i) == '\n')
		return 1;
	return at(t, i) == '\r' && at(t, i + 1) == '\n' ? 2 : 0;
}

static size_t padding(const struct text *t, size_t i)
{
	return at(t, i) != '=' ? 0 : at(t, i + 1) != '=' ? 1 : 2;
}

static void coded_runs(struct text *t)
{
	for (size_t i = 0; i < t->len;) {
		size_t n = run_len(t, i), end = i + n, gap;

		if (n < 24) {
			i += n ? n : 1;
			continue;
		}
		while ((gap = line_break(t, end)) && run_len(t, end + gap) >= 24)
			end += gap + run_len(t, end + gap);
		n = gap ? run_len(t, end + gap) : 0;
		if (n > 0) {
			size_t last = end + gap + n + padding(t, end + gap + n);

			if (last == t->len || line_break(t, last))
				end = last;
		} else if (!gap) {
			end += padding(t, end);
		}
		pieces(t, i, end, WEIR_FIND_STRETCH_MAX / 2, coded_piece);
		i = end;
	}
}

static bool pair(const struct text *t, size_t i)
{
	return hex(at(t, i)) && hex(at(t, i + 1)) &&
	       !(i > 0 && (digit(at(t, i - 1)) || letter(at(t, i - 1)))) && !digit(at(t, i + 2)) &&
	       !letter(at(t, i + 2));
}

static void pair_piece(struct text *t, size_t start, size_t end)
{
	give(t, WEIR_PLACE_CODED, start, end);
}

static void pairs(struct text *t)
{
	for (size_t i = 0; i < t->len; i++) {
		size_t end = i, count = 0, even = 0, most = 0;

		while (pair(t, end)) {
			bool wide = at(t, end + 2) == '\r' && at(t, end + 3) == '\n';
			size_t gap = wide ? 2 : 1;

			count++;
			even++;
			most = even > most ? even : most;
			if ((wide || among(" :\n", at(t, end + 2))) && pair(t, end + 2 + gap)) {
				end += 2 + gap;
				even = wide ? 0 : even;
				continue;
			}
			end += 2;
			break;
		}
		if (count >= 12 && most >= 9)
			pieces(t, i, end, WEIR_FIND_STRETCH_MAX / 2, pair_piece);
		if (count)
			i = end - 1;
	}
}

/* --- odd --- */

static bool any_of(const char *list, const uint8_t *c, size_t n)
{
	for (const char *p = list; *p;) {
		uint32_t unused;
		size_t len = weir_utf8_decode(p, strlen(p), &unused);

		if (len == n && memcmp(p, c, n) == 0)
			return true;
		p += len;
	}
	return false;
}

static bool odd_digit(uint32_t c)
{
	static const uint32_t zeros[] = {
		0x660,	0x6f0,	0x7c0,	 0x966,	  0x9e6,   0xa66,   0xae6,   0xb66,   0xbe6,
		0xc66,	0xce6,	0xd66,	 0xde6,	  0xe50,   0xed0,   0xf20,   0x1040,  0x1090,
		0x17e0, 0x1810, 0x1946,	 0x19d0,  0x1a80,  0x1a90,  0x1b50,  0x1bb0,  0x1c40,
		0x1c50, 0x2070, 0x2080,	 0xa620,  0xa8d0,  0xa900,  0xa9d0,  0xa9f0,  0xaa50,
		0xabf0, 0xff10, 0x104a0, 0x11066, 0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6};

	for (size_t i = 0; i < sizeof(zeros) / sizeof(zeros[0]); i++)
		if (c >= zeros[i] && c < zeros[i] + 10)
			return true;
	return (c >= 0x2460 && c <= 0x249b) || (c >= 0x24ea && c <= 0x24ff) ||
	       (c >= 0x2776 && c <= 0x2793) || c == 0x19da || (c >= 0x1f100 && c <= 0x1f10c);
}

static bool odd_mark(uint32_t c)
{
	return c == 0xad || c == 0x34f || c == 0x61c || c == 0x115f || c == 0x1160 || c == 0x17b4 ||
	       c == 0x17b5 || (c >= 0x180b && c <= 0x180f) || (c >= 0x200b && c <= 0x200f) ||
	       (c >= 0x202a && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) ||
	       (c >= 0xfe00 && c <= 0xfe0f) || c == 0xfeff || (c >= 0xe0000 && c <= 0xe01ef);
}

static bool quoted(int c)
{
	return digit(c) || among("ABCDEF", c);
}

static bool encoded_word(const struct text *t, size_t i)
{
	size_t n = 0;

	if (at(t, i) != '=' || at(t, i + 1) != '?')
		return false;
	while (n < 38 && at(t, i + 2 + n) > ' ' && at(t, i + 2 + n) < 127 &&
	       at(t, i + 2 + n) != '?')
		n++;
	i += 2 + n;
	return n > 0 && at(t, i) == '?' && among("bBqQ", at(t, i + 1)) && at(t, i + 2) == '?';
}

static bool escape(const struct text *t, size_t i)
{
	int a = at(t, i), b = at(t, i + 1), c = at(t, i + 2);

	if (a == '\\')
		return b == 'u' && hex(c) && hex(at(t, i + 3)) && hex(at(t, i + 4)) &&
		       hex(at(t, i + 5));
	if (a == '%')
		return hex(b) && hex(c);
	if (a == '&')
		return b == '#' && (digit(c) || c == 'x' || c == 'X');
	return a == '=' && quoted(b) && quoted(c);
}

/* "=XX", not "=3D", that touches no other. */
static bool lone(const struct text *t, size_t i)
{
	bool left = i >= 3 && at(t, i - 3) == '=' && escape(t, i - 3);
	bool right = at(t, i + 3) == '=' && escape(t, i + 3);

	return at(t, i) == '=' && escape(t, i) && !left && !right &&
	       !(at(t, i + 1) == '3' && at(t, i + 2) == 'D');
}

static bool alikes(const struct text *t, size_t from, size_t to)
{
	for (size_t i = from, end; i < to; i = end + 1) {
		size_t digits = 0;

		for (end = i; end < to && (digit(at(t, end)) || among("OlI|", at(t, end))); end++)
			digits += digit(at(t, end));
		if (end - i >= 10 && digits >= 6 && digits < end - i)
			return true;
	}
	return false;
}

/* The bytes of the character at data[i], 0 when it is no text. */
static size_t textual(const struct text *t, size_t i)
{
	uint32_t c;
	size_t n;

	if (i >= t->len)
		return 0;
	n = weir_utf8_decode((const char *)t->data + i, t->len - i, &c);
	return n > 1 || (at(t, i) >= ' ' && at(t, i) < 127) || among("\t\n\r", at(t, i)) ? n : 0;
}

/* Seven characters of text in a row, one of them at data[i]: begun at each place before. */
static bool in_row(const struct text *t, size_t i)
{
	for (size_t back = 0; back <= 28 && back <= i; back++) {
		size_t at = i - back, n, row = 0;
		bool passes = false;

		while (row < 7 && (n = textual(t, at)) > 0) {
			passes |= at == i;
			at += n;
			row++;
		}
		if (row == 7 && passes)
			return true;
	}
	return false;
}

/* Two blocks from data[from] on; from may lie before the data. */
static bool odd_pair(const struct text *t, int64_t start)
{
	size_t from = start < 0 ? 0 : (size_t)start;
	size_t to = (size_t)(start + 128) < t->len ? (size_t)(start + 128) : t->len;
	unsigned digits = 0, beyond = 0, numerals = 0, marks = 0, gaps = 0, escapes = 0, breaks = 0;
	unsigned lonely = 0;

	for (size_t i = from; i < to; i++) {
		uint32_t c;
		size_t n = weir_utf8_decode((const char *)t->data + i, t->len - i, &c);
		const uint8_t *p = t->data + i;

		digits += digit(at(t, i));
		lonely += lone(t, i);
		escapes += escape(t, i) && !lone(t, i);
		breaks += at(t, i) == '=' && among("\r\n", at(t, i + 1));
		if (encoded_word(t, i))
			return true;
		if (n == 1)
			continue;
		beyond += (odd_digit(c) || any_of("²³¹×ΟΧοχОХохＸｘ", p, n)) && in_row(t, i);
		numerals += any_of("〇零○一壹幺弌二贰貳两三叁參四肆五伍六陆陸七柒八捌九玖", p, n);
		marks += odd_mark(c) && in_row(t, i);
		gaps += i > 0 && digit(at(t, i - 1)) && i + n < to && digit(at(t, i + n)) &&
			(any_of("\u00a0·\u1680\u202f\u205f\u2212\u3000・﹘﹣，－．／＿･•‧‐‑‒–—―", p,
				n) ||
			 (c >= 0x2000 && c <= 0x200a));
	}
	if (beyond && digits + beyond + numerals >= 6)
		return true;
	if (numerals >= 4 && digits + beyond + numerals >= 7)
		return true;
	escapes += breaks ? lonely : 0;
	return ((marks || breaks) && digits >= 4) || (gaps && digits >= 6) || escapes >= 4 ||
	       alikes(t, from, to);
}

static void odd_piece(struct text *t, size_t start, size_t end)
{
	give(t, WEIR_PLACE_ODD, start, end);
}

static void odd(struct text *t)
{
	int64_t first = -(int64_t)(t->base % 64), start = 0, end = 0;
	bool open = false;

	for (int64_t block = first; block < (int64_t)t->len; block += 64) {
		if (!odd_pair(t, block - 64) && !odd_pair(t, block)) {
			if (open)
				pieces(t, (size_t)start, (size_t)end, WEIR_FIND_STRETCH_MAX / 2,
				       odd_piece);
			open = false;
			continue;
		}
		if (!open)
			start = block < 0 ? 0 : block;
		open = true;
		end = block + 64 < (int64_t)t->len ? block + 64 : (int64_t)t->len;
	}
	if (open)
		pieces(t, (size_t)start, (size_t)end, WEIR_FIND_STRETCH_MAX / 2, odd_piece);
}

static int in_order(const void *left, const void *right)
{
	const struct weir_candidate *a = left, *b = right;

	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	if (a->place != b->place)
		return a->place < b->place ? -1 : 1;
	return a->word < b->word ? -1 : a->word > b->word;
}

size_t reference_find(const struct reference_words *list, const uint8_t *data, size_t len,
		      uint64_t base, struct weir_candidate *out, size_t max)
{
	struct text t = {.data = data, .len = len, .base = base, .out = out, .max = max};

	spans(&t);
	tokens(&t);
	signs(&t);
	words(&t, list);
	coded_runs(&t);
	pairs(&t);
	odd(&t);
	qsort(out, t.count, sizeof(out[0]), in_order);
	return t.count;
}
