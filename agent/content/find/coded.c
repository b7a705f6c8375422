/* SPDX-License-Identifier: Apache-2.0 */
/* Stretches of base64 and hex: their ends, found byte by byte once the masks have seen a run. */

#include "scan.h"

enum {
	KIND_UPPER = 1,
	KIND_LOWER = 2,
	KIND_DIGIT = 4,
	KIND_ALNUM = 7,
	KIND_CODED = 8, /* of the alphabets of base64 */
	KIND_HEX = 16,
};

static const uint8_t kinds[256] = {
	['0' ... '9'] = KIND_DIGIT | KIND_CODED | KIND_HEX,
	['A' ... 'F'] = KIND_UPPER | KIND_CODED | KIND_HEX,
	['G' ... 'Z'] = KIND_UPPER | KIND_CODED,
	['a' ... 'f'] = KIND_LOWER | KIND_CODED | KIND_HEX,
	['g' ... 'z'] = KIND_LOWER | KIND_CODED,
	['+'] = KIND_CODED,
	['/'] = KIND_CODED,
	['_'] = KIND_CODED,
	['-'] = KIND_CODED,
};

static bool is_hex(uint8_t c)
{
	return kinds[c] & KIND_HEX;
}

static unsigned kind_of(uint8_t c)
{
	return kinds[c] & KIND_ALNUM;
}

static bool is_coded(uint8_t c)
{
	return kinds[c] & KIND_CODED;
}

static size_t run_end(const uint8_t *data, size_t at, size_t most)
{
	while (at < most && is_coded(data[at]))
		at++;
	return at;
}

static size_t run_start(const uint8_t *data, size_t at, size_t least)
{
	while (at > least && is_coded(data[at - 1]))
		at--;
	return at;
}

/* Behind the line break at data[at]; 0 when there is none. */
static size_t next_line(const uint8_t *data, size_t at, size_t most)
{
	if (at < most && data[at] == '\n')
		return at + 1;
	return at + 1 < most && data[at] == '\r' && data[at + 1] == '\n' ? at + 2 : 0;
}

static size_t padding_end(const uint8_t *data, size_t at, size_t most)
{
	for (unsigned i = 0; i < 2 && at < most && data[at] == '='; i++)
		at++;
	return at;
}

/* The end of the lines that begin with the long run at data[at]. */
static size_t lines_end(const uint8_t *data, size_t at, size_t most)
{
	size_t end = run_end(data, at, most);

	for (size_t line; (line = next_line(data, end, most));) {
		size_t next = run_end(data, line, most);
		size_t last = padding_end(data, next, most);

		if (next - line < FIND_CODED_MIN) {
			if (next > line && (last == most || next_line(data, last, most)))
				return last;
			return end;
		}
		end = next;
	}
	return padding_end(data, end, most);
}

static size_t lines_start(const uint8_t *data, size_t at, size_t least)
{
	size_t start = run_start(data, at, least);

	while (start > least + 1 && data[start - 1] == '\n') {
		size_t end = start - 1 - (data[start - 2] == '\r');
		size_t before = run_start(data, end, least);

		if (end - before < FIND_CODED_MIN)
			break;
		start = before;
	}
	return start;
}

static void coded_piece(struct find_scan *scan, size_t start, size_t end)
{
	unsigned seen = 0;

	if (start < scan->from)
		return;
	/* nearly always the first bytes say it */
	for (size_t i = start; i < end && !(seen & (seen - 1)); i++)
		seen |= kind_of(scan->data[i]);
	if (seen == KIND_DIGIT || (seen & (seen - 1)))
		find_emit_at(scan, WEIR_PLACE_CODED, start, end);
}

static size_t least_place(size_t at)
{
	return at > FIND_STRETCH_CUT + 64 ? at - FIND_STRETCH_CUT - 64 : 0;
}

/* Far enough for the end of the piece that data[at] is in. */
static size_t most_place(const struct find_scan *scan, size_t at)
{
	return WEIR_MIN(scan->len, at + WEIR_FIND_STRETCH_MAX + 128);
}

/* Writes the pieces of data[start..end) that begin at `until` or later and not behind data[at], since
 * a call may end before it comes there. Returns where it goes on. */
static size_t pieces(struct find_scan *scan, size_t start, size_t end, size_t until, size_t at,
		     void (*piece)(struct find_scan *scan, size_t start, size_t end))
{
	size_t from = start, next;

	for (; from < end && from <= at; from = next) {
		next = find_piece_end(scan, start, from, end, FIND_STRETCH_CUT);
		if (from >= until)
			piece(scan, from, next);
	}
	return from;
}

void find_coded(struct find_scan *scan, size_t at)
{
	size_t start, end;

	if (at < scan->coded_until)
		return;
	start = lines_start(scan->data, at, least_place(at));
	end = lines_end(scan->data, start, most_place(scan, at));
	end = pieces(scan, start, end, scan->coded_until, at, coded_piece);
	scan->coded_until = WEIR_MAX(end, at + 1);
}

/* A pair of hex digits at data[at] that touches no other letter or digit. */
static bool is_pair(const struct find_scan *scan, size_t at)
{
	const uint8_t *data = scan->data;

	return at + 2 <= scan->len && is_hex(data[at]) && is_hex(data[at + 1]) &&
	       (at == 0 || !kind_of(data[at - 1])) &&
	       (at + 2 == scan->len || !kind_of(data[at + 2]));
}

static size_t gap_after(const struct find_scan *scan, size_t at)
{
	const uint8_t *data = scan->data;

	if (at < scan->len && (data[at] == ' ' || data[at] == ':' || data[at] == '\n'))
		return 1;
	return at + 1 < scan->len && data[at] == '\r' && data[at + 1] == '\n' ? 2 : 0;
}

static size_t gap_before(const struct find_scan *scan, size_t at)
{
	const uint8_t *data = scan->data;

	if (at > 1 && data[at - 1] == '\n' && data[at - 2] == '\r')
		return 2;
	return at > 0 && (data[at - 1] == ' ' || data[at - 1] == ':' || data[at - 1] == '\n');
}

struct pairs {
	size_t start, end;
	size_t count;
	size_t even; /* of these, without a break of two bytes, around the place asked for */
};

static struct pairs pairs_around(const struct find_scan *scan, size_t at)
{
	struct pairs pairs = {.start = at, .end = at + 2, .count = 1, .even = 1};
	size_t least = least_place(at), most = most_place(scan, at), gap;
	bool even = true;

	while ((gap = gap_before(scan, pairs.start)) && pairs.start >= least + gap + 2 &&
	       is_pair(scan, pairs.start - gap - 2)) {
		even = even && gap == 1;
		pairs.even += even;
		pairs.count++;
		pairs.start -= gap + 2;
	}
	even = true;
	while ((gap = gap_after(scan, pairs.end)) && pairs.end + gap + 2 <= most &&
	       is_pair(scan, pairs.end + gap)) {
		even = even && gap == 1;
		pairs.even += even;
		pairs.count++;
		pairs.end += gap + 2;
	}
	return pairs;
}

static void pairs_piece(struct find_scan *scan, size_t start, size_t end)
{
	find_emit_at(scan, WEIR_PLACE_CODED, start, end);
}

void find_pairs(struct find_scan *scan, size_t at)
{
	struct pairs pairs;

	/* the last pair may go on as a longer word, the one before cannot */
	if (at < 4 || at - 4 < scan->pairs_until || !is_pair(scan, at - 4))
		return;
	pairs = pairs_around(scan, at - 4);
	if (pairs.even < FIND_PAIRS_HOT + 1)
		return;
	if (pairs.count < FIND_PAIRS_MIN) {
		scan->pairs_until = pairs.end;
		return;
	}
	scan->pairs_until =
		pieces(scan, pairs.start, pairs.end, scan->pairs_until, at - 4, pairs_piece);
}
