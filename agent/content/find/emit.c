/* SPDX-License-Identifier: Apache-2.0 */
/* The slow side of the pass: single places, spans and tokens, and the list of candidates. */

#include <string.h>

#include "scan.h"

static bool is_digit(uint8_t c)
{
	return (uint8_t)(c - '0') < 10;
}

static bool is_alnum(uint8_t c)
{
	return is_digit(c) || (uint8_t)((c | 0x20) - 'a') < 26;
}

static bool is_separator(uint8_t c)
{
	return c == ' ' || (c >= ',' && c <= '/') || c == '_';
}

/* A chain is written when it ends, behind what lies inside it; what passes it by does so once for
 * each kind of chain, so all of it stays linear. */
void find_settle(struct find_scan *scan, struct weir_candidate *last)
{
	const struct weir_candidate candidate = *last;

	while (last > scan->out && find_before(&candidate, last - 1)) {
		*last = last[-1];
		last--;
	}
	*last = candidate;
}

void find_place(struct find_scan *scan, struct weir_candidate *first, struct weir_candidate *next)
{
	struct weir_candidate *inside = first;

	while (next > first && next[-1].start >= scan->to)
		next--;
	while (inside < next && inside->start < scan->from)
		inside++;
	memmove(first, inside, (size_t)(next - inside) * sizeof(*first));
	scan->next = first + (next - inside);
	for (struct weir_candidate *c = first; c < scan->next; c++)
		find_settle(scan, c);
}

void find_emit(struct find_scan *scan, const struct weir_candidate *candidate)
{
	struct weir_candidate *slot = find_slot(scan, candidate->start);

	if (!slot)
		return;
	*slot = *candidate;
	find_append(scan);
}

/* A cut falls on a multiple of cut in the stream when all the bytes since the one before belong to
 * the chain: a rule that every window sees alike. */
size_t find_piece_end(const struct find_scan *scan, size_t first, size_t start, size_t end,
		      size_t cut)
{
	uint64_t least = WEIR_MAX(scan->base + first + cut, scan->base + start + 1);
	uint64_t place = (least + cut - 1) / cut * cut - scan->base;

	return place < end ? (size_t)place : end;
}

static void span_describe(const uint8_t *data, struct weir_candidate *span)
{
	size_t len = span->end - span->start;
	unsigned digits = 0;

	for (size_t i = 0; i < len; i++) {
		uint64_t digit = is_digit(data[span->start + i]);

		digits += (unsigned)digit;
		if (i < 64)
			span->runs |= digit << i;
	}
	span->digits = (uint16_t)digits;
	span->separators = (uint16_t)(len - digits);
}

static void span_piece(struct find_scan *scan, size_t start, size_t end)
{
	struct weir_candidate span = {.place = WEIR_PLACE_SPAN};

	while (start < end && !is_digit(scan->data[start]))
		start++;
	while (end > start && !is_digit(scan->data[end - 1]))
		end--;
	if (end - start < FIND_SPAN_MIN || start < scan->from || start >= scan->to)
		return;
	span.start = (uint32_t)start;
	span.end = (uint32_t)end;
	span_describe(scan->data, &span);
	find_emit(scan, &span);
}

void find_emit_span(struct find_scan *scan, size_t start, size_t end)
{
	for (size_t at = start, next; at < end && at < scan->to; at = next) {
		next = find_piece_end(scan, start, at, end, FIND_SPAN_CUT);
		span_piece(scan, at, next);
	}
}

static void token_piece(struct find_scan *scan, size_t start, size_t end)
{
	size_t digits = 0;

	if (end - start < FIND_TOKEN_MIN)
		return;
	for (size_t i = start; i < end; i++)
		digits += is_digit(scan->data[i]);
	if (digits > 0 && digits < end - start)
		find_emit_at(scan, WEIR_PLACE_TOKEN, start, end);
}

void find_emit_token(struct find_scan *scan, size_t start, size_t end)
{
	for (size_t at = start, next; at < end && at < scan->to; at = next) {
		next = find_piece_end(scan, start, at, end, FIND_SPAN_CUT);
		token_piece(scan, at, next);
	}
}

static bool in_span(const struct find_scan *scan, size_t at)
{
	const uint8_t *data = scan->data;

	if (at >= scan->len)
		return false;
	return is_digit(data[at]) || (at > 0 && at + 1 < scan->len && is_separator(data[at]) &&
				      is_digit(data[at - 1]) && is_digit(data[at + 1]));
}

/* Pieces that begin at `from` or later are cut alike wherever before this a chain begins. */
static size_t chain_least(const struct find_scan *scan)
{
	return scan->from > FIND_SPAN_CUT ? scan->from - FIND_SPAN_CUT : 0;
}

size_t find_span_start(const struct find_scan *scan, size_t at)
{
	size_t least = chain_least(scan);

	while (at > least && in_span(scan, at - 1))
		at--;
	return at;
}

size_t find_span_end(const struct find_scan *scan, size_t at)
{
	/* no piece that begins before `to` reaches farther */
	size_t most = WEIR_MIN(scan->len, WEIR_MAX(at, scan->to) + WEIR_FIND_SPAN_MAX);

	while (at < most && in_span(scan, at))
		at++;
	return at;
}

size_t find_token_start(const struct find_scan *scan, size_t at)
{
	size_t least = chain_least(scan);

	while (at > least && is_alnum(scan->data[at - 1]))
		at--;
	return at;
}

size_t find_token_end(const struct find_scan *scan, size_t at)
{
	size_t most = WEIR_MIN(scan->len, WEIR_MAX(at, scan->to) + WEIR_FIND_SPAN_MAX);

	while (at < most && is_alnum(scan->data[at]))
		at++;
	return at;
}

#define UTF8(c) \
	(UINT32_C(0xe0) | (c) >> 12 | (0x80 | ((c) >> 6 & 63)) << 8 | (0x80 | ((c)&63)) << 16)

/* No two provinces fall together: the compiler would say so. */
#define PROVINCE_SLOT(bytes) ((uint32_t)((bytes)*UINT32_C(0x84c41ecf)) >> 25)
#define P(c)		     [PROVINCE_SLOT(UTF8(c))] = UTF8(c)

static const uint32_t provinces[128] = {
	P(u'京'), P(u'津'), P(u'沪'), P(u'渝'), P(u'冀'), P(u'豫'), P(u'云'), P(u'辽'), P(u'黑'),
	P(u'湘'), P(u'皖'), P(u'鲁'), P(u'新'), P(u'苏'), P(u'浙'), P(u'赣'), P(u'鄂'), P(u'桂'),
	P(u'甘'), P(u'晋'), P(u'蒙'), P(u'陕'), P(u'吉'), P(u'闽'), P(u'贵'), P(u'粤'), P(u'青'),
	P(u'藏'), P(u'川'), P(u'宁'), P(u'琼'), P(u'滬'), P(u'雲'), P(u'遼'), P(u'魯'), P(u'蘇'),
	P(u'贛'), P(u'陝'), P(u'閩'), P(u'貴'), P(u'粵'), P(u'寧'), P(u'瓊')};
#undef P

/* Beside the place that a byte before the mark tells: what a byte is around an '@'. */
enum {
	BEFORE_AT = 1 << 14,
	BEHIND_AT = 1 << 15,
	AROUND_AT = BEFORE_AT | BEHIND_AT,
};

static const uint16_t kinds[256] = {
	['0' ... '9'] = WEIR_PLACE_IBAN | AROUND_AT,
	['A' ... 'Z'] = AROUND_AT,
	['a' ... 'z'] = AROUND_AT,
	['-'] = AROUND_AT,
	['.'] = BEFORE_AT,
	['_'] = BEFORE_AT,
	['%'] = BEFORE_AT,
	['+'] = BEFORE_AT,
	['@'] = WEIR_PLACE_AT,
	[0x80 ... 0xff] = WEIR_PLACE_PLATE,
};

static bool is_plate(const uint8_t *mark)
{
	uint32_t hanzi = mark[-3] | (uint32_t)mark[-2] << 8 | (uint32_t)mark[-1] << 16;

	return provinces[PROVINCE_SLOT(hanzi)] == hanzi;
}

bool find_single(const uint8_t *mark, uint32_t at, struct weir_candidate *to)
{
	unsigned place = kinds[mark[-1]] & WEIR_PLACE_ALL;

	if (place == WEIR_PLACE_AT) {
		find_write(to, at - 1, at, WEIR_PLACE_AT, 0, 0, 0);
		return at > 1 && (kinds[mark[-2]] & BEFORE_AT) && (kinds[mark[0]] & BEHIND_AT);
	}
	find_write(to, at - 3, at + 1, place, 0, 0, 0);
	return place == WEIR_PLACE_IBAN || is_plate(mark);
}

/* The low 16 bits of the code point of a character of three bytes; 0 for anything else. */
static unsigned hanzi_at(const struct find_scan *scan, size_t at)
{
	const uint8_t *c = scan->data + at;

	if (at + 3 > scan->len || (c[0] & 0xf0) != 0xe0 || (c[1] & 0xc0) != 0x80 ||
	    (c[2] & 0xc0) != 0x80)
		return 0;
	return (unsigned)(c[0] & 15) << 12 | (unsigned)(c[1] & 63) << 6 | (c[2] & 63U);
}

void find_filler(struct find_scan *scan, size_t third)
{
	find_emit_at(scan, WEIR_PLACE_FILLER, third - 2, third + 1);
}

void find_house(struct find_scan *scan, size_t lead)
{
	static const uint16_t marks[] = {u'号', u'號', u'室', u'栋', u'棟', u'幢',
					 u'座', u'弄', u'巷', u'楼', u'层', u'单'};
	unsigned hanzi = hanzi_at(scan, lead);

	if (lead == 0 || !is_digit(scan->data[lead - 1]))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(marks); i++)
		if (marks[i] == hanzi)
			find_emit_at(scan, WEIR_PLACE_HOUSE, lead - 1, lead + 3);
}

void find_words(struct find_scan *scan, size_t at)
{
	const struct find_word *found[FIND_WORDS_AT];
	unsigned n;

	if (at < scan->from || at >= scan->to)
		return;
	n = find_words_at(scan->words, scan->data, scan->len, at, found);
	for (unsigned i = 0; i < n; i++) {
		struct weir_candidate *word = find_slot(scan, at);

		if (!word)
			return;
		find_write(word, (uint32_t)at, (uint32_t)at + found[i]->len, WEIR_PLACE_WORD, 0, 0,
			   0);
		word->word = found[i]->number;
		find_append(scan);
	}
}
