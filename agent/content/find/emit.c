/* SPDX-License-Identifier: Apache-2.0 */
/* The slow side of the pass: single places, spans and tokens, and the list of candidates. */

#include <string.h>

#include "scan.h"

static bool is_digit(uint8_t c)
{
	return (uint8_t)(c - '0') < 10;
}

static bool is_upper(uint8_t c)
{
	return (uint8_t)(c - 'A') < 26;
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

void find_at_sign(struct find_scan *scan, size_t at)
{
	const uint8_t *data = scan->data;

	if (at == 0 || at + 1 >= scan->len || !(is_alnum(data[at + 1]) || data[at + 1] == '-'))
		return;
	if (is_alnum(data[at - 1]) || memchr("._%+-", data[at - 1], 5))
		find_emit_at(scan, WEIR_PLACE_AT, at, at + 1);
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

static bool is_province(unsigned c)
{
	/* a multiple of eight, looked at to the end: vectors instead of a branch for each */
	static const uint16_t provinces[48] = {
		u'京', u'津', u'沪', u'渝', u'冀', u'豫', u'云', u'辽', u'黑', u'湘', u'皖',
		u'鲁', u'新', u'苏', u'浙', u'赣', u'鄂', u'桂', u'甘', u'晋', u'蒙', u'陕',
		u'吉', u'闽', u'贵', u'粤', u'青', u'藏', u'川', u'宁', u'琼', u'滬', u'雲',
		u'遼', u'魯', u'蘇', u'贛', u'陝', u'閩', u'貴', u'粵', u'寧', u'瓊'};
	uint16_t found = 0;

	for (size_t i = 0; i < ARRAY_SIZE(provinces); i++)
		found |= provinces[i] == (uint16_t)c;
	return found && c;
}

void find_plate(struct find_scan *scan, size_t capital)
{
	if (capital >= 3 && is_upper(scan->data[capital]) &&
	    is_province(hanzi_at(scan, capital - 3)))
		find_emit_at(scan, WEIR_PLACE_PLATE, capital - 3, capital + 1);
}

void find_iban(struct find_scan *scan, size_t second_digit)
{
	size_t start = second_digit - 3;

	if (start == 0 || !is_alnum(scan->data[start - 1]))
		find_emit_at(scan, WEIR_PLACE_IBAN, start, start + 4);
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
	for (unsigned i = 0; i < n; i++)
		find_emit(scan, &(struct weir_candidate){.start = (uint32_t)at,
							 .end = (uint32_t)(at + found[i]->len),
							 .place = WEIR_PLACE_WORD,
							 .word = found[i]->number});
}
