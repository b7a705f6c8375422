/* SPDX-License-Identifier: Apache-2.0 */
/* What makes two blocks odd, exactly, and the stretches of odd blocks. The masks only name blocks
 * that may be: they must never miss one, and seldom name one in vain. */

#include <string.h>

#include "scan.h"
#include "weir/base/utf8.h"

struct counts {
	unsigned digits, beyond, numerals, marks, gaps, escapes, breaks, words;
	unsigned lone; /* =XX apart from others */
};

static bool is_digit(uint8_t c)
{
	return (uint8_t)(c - '0') < 10;
}

static bool is_hex(uint8_t c)
{
	return is_digit(c) || (uint8_t)((c | 0x20) - 'a') < 6;
}

static bool is_quoted(uint8_t c)
{
	return is_digit(c) || (uint8_t)(c - 'A') < 6;
}

struct range {
	uint32_t first, last;
};

/* Of ranges in rising order. */
static bool in_ranges(const struct range *ranges, size_t n, uint32_t c)
{
	size_t low = 0;

	while (low < n) {
		size_t middle = low + (n - low) / 2;

		if (ranges[middle].last < c)
			low = middle + 1;
		else if (ranges[middle].first > c)
			n = middle;
		else
			return true;
	}
	return false;
}

static bool is_mark(uint32_t c)
{
	static const struct range marks[] = {
		{0xad, 0xad},	  {0x34f, 0x34f},   {0x61c, 0x61c},   {0x115f, 0x1160},
		{0x17b4, 0x17b5}, {0x180b, 0x180f}, {0x200b, 0x200f}, {0x202a, 0x202e},
		{0x2060, 0x206f}, {0xfe00, 0xfe0f}, {0xfeff, 0xfeff}, {0xe0000, 0xe01ef},
	};

	return in_ranges(marks, ARRAY_SIZE(marks), c);
}

/* Digits that are not ASCII, and what takes the place of a digit or of an X among digits. */
static bool is_beyond(uint32_t c)
{
	static const struct range digits[] = {
		{0xb2, 0xb3},	    {0xb9, 0xb9},	{0xd7, 0xd7},	    {0x39f, 0x39f},
		{0x3a7, 0x3a7},	    {0x3bf, 0x3bf},	{0x3c7, 0x3c7},	    {0x41e, 0x41e},
		{0x425, 0x425},	    {0x43e, 0x43e},	{0x445, 0x445},	    {0x660, 0x669},
		{0x6f0, 0x6f9},	    {0x7c0, 0x7c9},	{0x966, 0x96f},	    {0x9e6, 0x9ef},
		{0xa66, 0xa6f},	    {0xae6, 0xaef},	{0xb66, 0xb6f},	    {0xbe6, 0xbef},
		{0xc66, 0xc6f},	    {0xce6, 0xcef},	{0xd66, 0xd6f},	    {0xde6, 0xdef},
		{0xe50, 0xe59},	    {0xed0, 0xed9},	{0xf20, 0xf29},	    {0x1040, 0x1049},
		{0x1090, 0x1099},   {0x17e0, 0x17e9},	{0x1810, 0x1819},   {0x1946, 0x194f},
		{0x19d0, 0x19da},   {0x1a80, 0x1a99},	{0x1b50, 0x1b59},   {0x1bb0, 0x1bb9},
		{0x1c40, 0x1c59},   {0x2070, 0x2079},	{0x2080, 0x2089},   {0x2460, 0x249b},
		{0x24ea, 0x24ff},   {0x2776, 0x2793},	{0xa620, 0xa629},   {0xa8d0, 0xa8d9},
		{0xa900, 0xa909},   {0xa9d0, 0xa9d9},	{0xa9f0, 0xa9f9},   {0xaa50, 0xaa59},
		{0xabf0, 0xabf9},   {0xff10, 0xff19},	{0xff38, 0xff38},   {0xff58, 0xff58},
		{0x104a0, 0x104a9}, {0x11066, 0x1106f}, {0x1d7ce, 0x1d7ff}, {0x1f100, 0x1f10c},
	};

	return in_ranges(digits, ARRAY_SIZE(digits), c);
}

static bool is_numeral(uint32_t c)
{
	static const uint16_t numerals[] = {u'〇', u'零', u'○',	 u'一', u'壹', u'幺', u'弌',
					    u'二', u'贰', u'貳', u'两', u'三', u'叁', u'參',
					    u'四', u'肆', u'五', u'伍', u'六', u'陆', u'陸',
					    u'七', u'柒', u'八', u'捌', u'九', u'玖'};

	for (size_t i = 0; i < ARRAY_SIZE(numerals); i++)
		if (numerals[i] == c)
			return true;
	return false;
}

static bool is_gap(uint32_t c)
{
	static const struct range gaps[] = {
		{0xa0, 0xa0},	  {0xb7, 0xb7},	    {0x1680, 0x1680}, {0x2000, 0x200a},
		{0x2010, 0x2015}, {0x2022, 0x2022}, {0x2027, 0x2027}, {0x202f, 0x202f},
		{0x205f, 0x205f}, {0x2212, 0x2212}, {0x3000, 0x3000}, {0x30fb, 0x30fb},
		{0xfe58, 0xfe58}, {0xfe63, 0xfe63}, {0xff0c, 0xff0f}, {0xff3f, 0xff3f},
		{0xff65, 0xff65},
	};

	return in_ranges(gaps, ARRAY_SIZE(gaps), c);
}

static bool is_text(const uint8_t *data, size_t n)
{
	uint8_t c = data[0];

	return n > 1 || (c >= ' ' && c < 0x7f) || c == '\t' || c == '\n' || c == '\r';
}

/* The bytes of the character of text that ends before data[at]; 0: something else does. */
static size_t text_before(const uint8_t *data, size_t at)
{
	size_t n = 1;
	uint32_t c;

	while (n < 4 && n < at && (data[at - n] & 0xc0) == 0x80)
		n++;
	if (at < n || weir_utf8_decode((const char *)data + at - n, n, &c) != n)
		return 0;
	return is_text(data + at - n, n) ? n : 0;
}

/* The character data[at..end) stands in a row of text. Among bytes that are no text such characters come
 * about by chance, most of all that are found there. */
static bool in_text(const uint8_t *data, size_t len, size_t at, size_t end)
{
	size_t row = 1, n;
	uint32_t c;

	while (row < FIND_TEXT_MIN && (n = text_before(data, at)) > 0) {
		at -= n;
		row++;
	}
	while (row < FIND_TEXT_MIN && end < len) {
		n = weir_utf8_decode((const char *)data + end, len - end, &c);
		if (!is_text(data + end, n))
			break;
		end += n;
		row++;
	}
	return row >= FIND_TEXT_MIN;
}

/* A gap has its second digit before `to`, in the same pair. */
static void count_character(const uint8_t *data, size_t len, size_t at, size_t to,
			    struct counts *counts)
{
	uint32_t c;
	size_t n = weir_utf8_decode((const char *)data + at, len - at, &c);

	if (n == 1)
		return;
	counts->beyond += is_beyond(c) && in_text(data, len, at, at + n);
	counts->marks += is_mark(c) && in_text(data, len, at, at + n);
	counts->numerals += is_numeral(c);
	counts->gaps += at > 0 && is_digit(data[at - 1]) && at + n < to && is_digit(data[at + n]) &&
			is_gap(c);
}

/* "=?charset?B?" at data[at], the '=' having been seen. */
static bool is_encoded_word(const uint8_t *data, size_t len, size_t at)
{
	size_t i = at + 2, most = WEIR_MIN(len, at + 40);

	while (i < most && data[i] > ' ' && data[i] < 0x7f && data[i] != '?')
		i++;
	return i > at + 2 && i + 2 < len && data[i] == '?' && data[i + 2] == '?' &&
	       ((data[i + 1] | 0x20) == 'b' || (data[i + 1] | 0x20) == 'q');
}

static bool is_unicode_escape(const uint8_t *data, size_t len, size_t at)
{
	if (at + 6 > len || data[at + 1] != 'u')
		return false;
	for (size_t i = at + 2; i < at + 6; i++)
		if (!is_hex(data[i]))
			return false;
	return true;
}

static bool is_quoted_pair(const uint8_t *data, size_t len, size_t at)
{
	return at + 2 < len && data[at] == '=' && is_quoted(data[at + 1]) &&
	       is_quoted(data[at + 2]);
}

/* A lone "=12" is a setting far more often than mail. */
static bool is_lone(const uint8_t *data, size_t len, size_t at)
{
	bool sign = data[at + 1] == '3' && data[at + 2] == 'D';

	return !sign && !is_quoted_pair(data, len, at + 3) &&
	       !(at >= 3 && is_quoted_pair(data, len, at - 3));
}

static void count_equals(const uint8_t *data, size_t len, size_t at, struct counts *counts)
{
	uint8_t next = at + 1 < len ? data[at + 1] : 0;

	if (next == '\n' || next == '\r')
		counts->breaks++;
	else if (next == '?')
		counts->words += is_encoded_word(data, len, at);
	else if (is_quoted_pair(data, len, at))
		*(is_lone(data, len, at) ? &counts->lone : &counts->escapes) += 1;
}

/* Single ones count where lines are broken as in mail. */
static bool enough_escapes(const struct counts *n)
{
	return n->escapes + (n->breaks ? n->lone : 0) >= 4;
}

static void count_ascii(const uint8_t *data, size_t len, size_t at, struct counts *counts)
{
	switch (data[at]) {
	case '0' ... '9':
		counts->digits++;
		break;
	case '\\':
		counts->escapes += is_unicode_escape(data, len, at);
		break;
	case '%':
		counts->escapes += at + 2 < len && is_hex(data[at + 1]) && is_hex(data[at + 2]);
		break;
	case '&':
		counts->escapes += at + 2 < len && data[at + 1] == '#' &&
				   (is_digit(data[at + 2]) || (data[at + 2] | 0x20) == 'x');
		break;
	case '=':
		count_equals(data, len, at, counts);
		break;
	default:
		break;
	}
}

/* Digits and what looks like one, in a row. */
static bool has_alikes(const uint8_t *data, size_t from, size_t to)
{
	size_t run = 0, digits = 0;

	for (size_t i = from; i < to; i++) {
		bool digit = is_digit(data[i]);

		if (!digit && data[i] != 'O' && data[i] != 'l' && data[i] != 'I' &&
		    data[i] != '|') {
			run = digits = 0;
			continue;
		}
		run++;
		digits += digit;
		if (run >= FIND_ALIKE_MIN && digits >= 6 && run > digits)
			return true;
	}
	return false;
}

bool find_odd_pair(const uint8_t *data, size_t len, ptrdiff_t block)
{
	size_t from = (size_t)WEIR_MAX(block - FIND_BLOCK, (ptrdiff_t)0);
	size_t to = (size_t)WEIR_MIN(block + FIND_BLOCK, (ptrdiff_t)len);
	struct counts n = {0};
	unsigned all;

	for (size_t i = from; i < to; i++)
		if (data[i] >= 0xc0)
			count_character(data, len, i, to, &n);
		else if (data[i] < 0x80)
			count_ascii(data, len, i, &n);
	all = n.digits + n.beyond + n.numerals;
	return (n.beyond && all >= 6) || (n.numerals >= 4 && all >= 7) ||
	       ((n.marks || n.breaks) && n.digits >= 4) || (n.gaps && n.digits >= 6) ||
	       enough_escapes(&n) || n.words || has_alikes(data, from, to);
}

/* Is the block that begins at data[block] in an odd pair, with the one before or behind it? */
static bool odd_block(const struct find_scan *scan, ptrdiff_t block)
{
	return find_odd_pair(scan->data, scan->len, block) ||
	       find_odd_pair(scan->data, scan->len, block + FIND_BLOCK);
}

static void odd_emit(struct find_scan *scan)
{
	size_t start = (size_t)WEIR_MAX(scan->odd.start, (ptrdiff_t)0);
	size_t end = (size_t)WEIR_MIN(scan->odd.end, (ptrdiff_t)scan->len);

	for (size_t at = start, next; at < end && at < scan->to; at = next) {
		next = find_piece_end(scan, start, at, end, FIND_STRETCH_CUT);
		find_emit_at(scan, WEIR_PLACE_ODD, at, next);
	}
	scan->odd.open = false;
}

static void odd_open(struct find_scan *scan, ptrdiff_t block)
{
	ptrdiff_t start = block - FIND_BLOCK;

	/* blocks before the first of this call were not looked at */
	if (start <= scan->first) {
		ptrdiff_t least = start - FIND_STRETCH_CUT;

		while (start > 0 && start > least && odd_block(scan, start - FIND_BLOCK))
			start -= FIND_BLOCK;
	}
	scan->odd = (struct find_stretch){.open = true, .start = start, .end = block + FIND_BLOCK};
}

/* The places of one block that the masks name, each judged by its bytes. to: the end of the pair. */
static void count_named(const struct find_scan *scan, ptrdiff_t block, size_t to,
			const struct find_odd_block *named, struct counts *counts)
{
	uint64_t wide = named->beyond | named->numeral;

	for (uint64_t bits = named->escape | named->breaks; bits; bits &= bits - 1)
		count_ascii(scan->data, scan->len, (size_t)(block + __builtin_ctzll(bits)), counts);
	for (; wide; wide &= wide - 1)
		count_character(scan->data, scan->len, (size_t)(block + __builtin_ctzll(wide)), to,
				counts);
	counts->digits += named->digits;
}

/* Whether one of the digits stands behind a digit and a separator that lie in the pair. */
static bool has_gap(const struct find_scan *scan, ptrdiff_t block, ptrdiff_t from, uint64_t digits)
{
	for (; digits; digits &= digits - 1) {
		size_t at = (size_t)(block + __builtin_ctzll(digits));
		size_t n = scan->data[at - 2] >= 0xc0 ? 2 : 3;
		uint32_t c;

		/* The mask has a digit 3 or 4 bytes before; it must be the one right before the separator. */
		if ((ptrdiff_t)(at - n) >= from && at > n && is_digit(scan->data[at - n - 1]) &&
		    weir_utf8_decode((const char *)scan->data + at - n, n, &c) == n && is_gap(c))
			return true;
	}
	return false;
}

static bool is_odd(const struct find_scan *scan, ptrdiff_t block,
		   const struct find_odd_block *before, const struct find_odd_block *now)
{
	ptrdiff_t from = block - FIND_BLOCK;
	size_t to = (size_t)WEIR_MIN(block + FIND_BLOCK, (ptrdiff_t)scan->len);
	unsigned digits = before->digits + now->digits, all;
	struct counts n = {0};

	all = digits + before->numerals + now->numerals +
	      (unsigned)__builtin_popcountll(before->beyond) +
	      (unsigned)__builtin_popcountll(now->beyond) +
	      4 * (unsigned)(__builtin_popcountll(before->breaks | before->escape) +
			     __builtin_popcountll(now->breaks | now->escape));
	if (all < 4)
		return false;
	count_named(scan, from, to, before, &n);
	count_named(scan, block, to, now, &n);
	all = digits + n.beyond + n.numerals;
	if ((n.beyond && all >= 6) || (n.numerals >= 4 && all >= 7) || enough_escapes(&n) ||
	    n.words)
		return true;
	if ((n.marks || n.breaks) && digits >= 4)
		return true;
	if (digits < 6)
		return false;
	return has_gap(scan, from, from, before->gap) || has_gap(scan, block, from, now->gap) ||
	       (((before->ten | now->ten) && (before->alike | now->alike)) &&
		has_alikes(scan->data, (size_t)WEIR_MAX(from, (ptrdiff_t)0), to));
}

void find_odd(struct find_scan *scan, ptrdiff_t block, const struct find_odd_block *before,
	      const struct find_odd_block *now)
{
	if (!is_odd(scan, block, before, now))
		return;
	if (scan->odd.open && block - FIND_BLOCK <= scan->odd.end) {
		scan->odd.end = block + FIND_BLOCK;
		return;
	}
	if (scan->odd.open)
		odd_emit(scan);
	odd_open(scan, block);
}

void find_odd_end(struct find_scan *scan, ptrdiff_t block)
{
	ptrdiff_t most = (ptrdiff_t)WEIR_MIN(scan->len, scan->to + WEIR_FIND_STRETCH_MAX);

	if (!scan->odd.open)
		return;
	/* the last block of the call was not looked at together with the one behind it */
	if (scan->odd.end >= block - FIND_BLOCK)
		while (scan->odd.end < most && odd_block(scan, scan->odd.end))
			scan->odd.end += FIND_BLOCK;
	odd_emit(scan);
}

struct print {
	uint8_t bucket;
	const char *lead, *second, *third; /* NULL: any byte */
};

/* Products of bytes that have the characters of is_beyond(), is_mark() and is_numeral() in them. */
static const struct print prints[] = {
	{0x01, "\xef", "\xbc\xbd", "\x90\x91\x92\x93\x94\x95\x96\x97\x98\x99\xb8"},
	{0x02, "\xe2", "\x80", "\x8b\x8c\x8d\x8e\x8f\xaa\xab\xac\xad\xae"},
	{0x04, "\xe2\xef", "\x81\x82\xb8\xbb",
	 "\x80\x81\x82\x83\x84\x85\x86\x87\x88\x89\x8a\x8b\x8c\x8d\x8e\x8f\xa0\xa1\xa2\xa3\xa4\xa5"
	 "\xa6\xa7\xa8\xa9\xaa\xab\xac\xad\xae\xaf\xb0\xb1\xb2\xb3\xb4\xb5\xb6\xb7\xb8\xb9\xbf"},
	{0x08, "\xe0\xe1\xe2\xea\xf0\xf3",
	 "\x81\x82\x85\x90\x91\x92\x93\x98\x9d\x9e\x9f\xa0\xa3\xa4\xa5\xa7\xa9\xaa"
	 "\xab\xad\xae\xaf\xb1\xb3\xb5\xb7\xb9\xbb\xbc",
	 NULL},
	{0x10, "\xc2\xc3\xcd\xce\xcf\xd0\xd1\xd8\xd9\xdb\xdf",
	 "\x80\x81\x82\x83\x84\x85\x86\x87\x88\x89\x8f\x97\x9c\x9e\x9f\xa0\xa1\xa2"
	 "\xa3\xa4\xa5\xa6\xa7\xa8\xa9\xad\xb0\xb1\xb2\xb3\xb4\xb5\xb6\xb7\xb8\xb9"
	 "\xbe\xbf",
	 NULL},
	{0x20, "\xe4", "\xb8\xb9\xba\xbc", "\x80\x83\x89\xa4\x9d\x8c\x94\x8d"},
	{0x40, "\xe5", "\xa3\xb9\xbc\x8f\x9b\x85", "\xb9\xba\x8c\x81\x83\x9b\xad\xab"},
	{0x80, "\xe2\xe3\xe6\xe7\xe8\xe9", "\x80\x97\x9b\xb4\xb2\x82\x99\x9f\x8d\x8e",
	 "\x87\x8b\xb6\xb0\xb3\x86\xb8\x92\x8c\x96"},
};

static void print_bytes(struct find_filter *filter, unsigned at, const char *bytes, uint8_t bucket)
{
	if (bytes) {
		for (; *bytes; bytes++)
			find_filter_byte(filter, at, (uint8_t)*bytes, bucket);
		return;
	}
	for (unsigned c = 0; c < 256; c++)
		find_filter_byte(filter, at, (uint8_t)c, bucket);
}

void find_odd_filter(struct find_filter *filter)
{
	*filter = (struct find_filter){.any = true};
	for (size_t i = 0; i < ARRAY_SIZE(prints); i++) {
		print_bytes(filter, 0, prints[i].lead, prints[i].bucket);
		print_bytes(filter, 1, prints[i].second, prints[i].bucket);
		print_bytes(filter, 2, prints[i].third, prints[i].bucket);
	}
}
