/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "mime.h"

#define ENOUGH WEIR_LINE

void weir_mime_begin(struct weir_mime_body *b, struct weir_lines *lines,
		     enum weir_mime_coding coding)
{
	memset(b, 0, offsetof(struct weir_mime_body, data));
	b->lines = lines;
	b->coding = coding;
}

static void put(struct weir_mime_body *b, uint8_t c)
{
	b->data[b->len++] = c;
}

static void put_end(struct weir_mime_body *b)
{
	if (b->held_end == 2)
		put(b, '\r');
	if (b->held_end > 0)
		put(b, '\n');
	b->held_end = 0;
}

static void identity(struct weir_mime_body *b, const struct weir_line *line)
{
	put_end(b);
	memcpy(b->data + b->len, line->data, line->len);
	b->len += line->len;
	b->held_end = line->end;
}

static int hex(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* What began as an escape and is none stays as it is. */
static void unquote(struct weir_mime_body *b, uint8_t c)
{
	int v = hex(c);

	if (b->state == 2) {
		b->state = 0;
		if (v >= 0) {
			put(b, (uint8_t)((unsigned)hex(b->nibble) << 4 | (unsigned)v));
			return;
		}
		put(b, '=');
		put(b, b->nibble);
	}
	if (b->state == 1) {
		if (c == ' ' || c == '\t')
			return; /* blanks behind a soft break */
		if (v >= 0) {
			b->nibble = c;
			b->state = 2;
			return;
		}
		b->state = 0;
		put(b, '=');
	}
	if (c == '=')
		b->state = 1;
	else
		put(b, c);
}

static void quoted(struct weir_mime_body *b, const struct weir_line *line)
{
	put_end(b);
	for (size_t i = 0; i < line->len; i++)
		unquote(b, line->data[i]);
	if (line->end == 0)
		return;
	if (b->state == 2) {
		put(b, '=');
		put(b, b->nibble);
	}
	b->held_end = b->state == 1 ? 0 : line->end;
	b->state = 0;
}

/* Digits of base64 in both alphabets, each plus 1; 65 for '='. */
static const uint8_t digits[256] = {
	['A'] = 1,  ['B'] = 2,	['C'] = 3,  ['D'] = 4,	['E'] = 5,  ['F'] = 6,	['G'] = 7,
	['H'] = 8,  ['I'] = 9,	['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14,
	['O'] = 15, ['P'] = 16, ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21,
	['V'] = 22, ['W'] = 23, ['X'] = 24, ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28,
	['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32, ['g'] = 33, ['h'] = 34, ['i'] = 35,
	['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40, ['o'] = 41, ['p'] = 42,
	['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48, ['w'] = 49,
	['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56,
	['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62, ['+'] = 63,
	['/'] = 64, ['-'] = 63, ['_'] = 64, ['='] = 65,
};

static void flush64(struct weir_mime_body *b)
{
	if (b->count >= 2)
		put(b, (uint8_t)(b->count == 2 ? b->bits >> 4 : b->bits >> 10));
	if (b->count == 3)
		put(b, (uint8_t)(b->bits >> 2));
	b->count = 0;
	b->bits = 0;
}

/* Whole groups of four from the start of a line; returns how many bytes they take. */
static size_t groups(struct weir_mime_body *b, const uint8_t *p, size_t len)
{
	size_t i = 0;

	for (; i + 4 <= len; i += 4) {
		unsigned v0 = digits[p[i]] - 1U, v1 = digits[p[i + 1]] - 1U;
		unsigned v2 = digits[p[i + 2]] - 1U, v3 = digits[p[i + 3]] - 1U;

		if ((v0 | v1 | v2 | v3) >= 64)
			break;
		b->data[b->len] = (uint8_t)(v0 << 2 | v1 >> 4);
		b->data[b->len + 1] = (uint8_t)(v1 << 4 | v2 >> 2);
		b->data[b->len + 2] = (uint8_t)(v2 << 6 | v3);
		b->len += 3;
	}
	return i;
}

static void from64(struct weir_mime_body *b, const struct weir_line *line)
{
	for (size_t i = b->count == 0 ? groups(b, line->data, line->len) : 0; i < line->len; i++) {
		unsigned v = digits[line->data[i]];

		if (v == 65)
			flush64(b);
		if (v == 0 || v == 65)
			continue;
		b->bits = b->bits << 6 | (v - 1);
		if (++b->count < 4)
			continue;
		put(b, (uint8_t)(b->bits >> 16));
		put(b, (uint8_t)(b->bits >> 8));
		put(b, (uint8_t)b->bits);
		b->count = 0;
		b->bits = 0;
	}
}

/* The line's length in its first character, then four characters for three bytes. */
static void uudecode(struct weir_mime_body *b, const struct weir_line *line)
{
	size_t left, at = 1;

	if (!line->start || line->len == 0)
		return;
	if (line->len == 3 && memcmp(line->data, "end", 3) == 0) {
		b->done = true;
		return;
	}
	if (line->len > 6 && memcmp(line->data, "begin ", 6) == 0)
		return;
	left = (line->data[0] - 32U) & 63;
	for (; left > 0 && at < line->len; at += 4) {
		uint32_t v = 0;

		for (size_t i = 0; i < 4; i++)
			v = v << 6 | (at + i < line->len ? (line->data[at + i] - 32U) & 63 : 0);
		for (size_t i = 0; i < 3 && left > 0; i++, left--)
			put(b, (uint8_t)(v >> (16 - 8 * i)));
	}
}

/* "begin 644 name" */
static bool begins_file(struct weir_mime_body *b, const struct weir_line *line)
{
	const uint8_t *d = line->data;
	size_t at = 6, n;

	if (!line->start || line->end == 0 || line->len < 11 || memcmp(d, "begin ", 6) != 0)
		return false;
	while (at < line->len && d[at] >= '0' && d[at] <= '7')
		at++;
	if (at < 9 || at > 10 || at + 1 >= line->len || d[at] != ' ')
		return false;
	n = WEIR_MIN(line->len - at - 1, sizeof(b->uuencode_name) - 1);
	memcpy(b->uuencode_name, d + at + 1, n);
	b->uuencode_name[n] = '\0';
	return true;
}

static void decode(struct weir_mime_body *b, const struct weir_line *line)
{
	switch (b->coding) {
	case WEIR_MIME_QUOTED:
		quoted(b, line);
		return;
	case WEIR_MIME_BASE64:
		from64(b, line);
		return;
	case WEIR_MIME_UUENCODE:
		uudecode(b, line);
		return;
	case WEIR_MIME_IDENTITY:
	default:
		identity(b, line);
	}
}

void weir_mime_ignore_uuencode(struct weir_mime_body *b)
{
	b->find_uuencode = false;
	if (b->found_uuencode)
		b->done = false;
	b->found_uuencode = false;
}

void weir_mime_fill(struct weir_mime_body *b)
{
	if (b->at > 0) {
		memmove(b->data, b->data + b->at, b->len - b->at);
		b->len -= b->at;
		b->at = 0;
	}
	while (!b->done && b->len < ENOUGH) {
		struct weir_line line;
		int r = weir_lines_next(b->lines, &line);

		if (r > 0 && b->find_uuencode && begins_file(b, &line)) {
			weir_lines_back(b->lines, &line);
			b->found_uuencode = b->done = true;
			put_end(b);
			break;
		}
		if (r > 0) {
			decode(b, &line);
			continue;
		}
		b->r = r;
		b->done = true;
		/* the end of the last line belongs to a delimiter that follows it */
		if (b->lines->stop != WEIR_LINES_BOUNDARY)
			put_end(b);
		if (b->coding == WEIR_MIME_BASE64)
			flush64(b);
	}
}

ssize_t weir_mime_read(struct weir_mime_body *b, void *data, size_t len)
{
	size_t n;

	if (b->at == b->len)
		weir_mime_fill(b);
	n = WEIR_MIN(len, b->len - b->at);
	if (n == 0)
		return b->r;
	memcpy(data, b->data + b->at, n);
	b->at += n;
	b->pos += n;
	return (ssize_t)n;
}

static ssize_t read_at(void *context, void *data, size_t len, uint64_t offset)
{
	struct weir_mime_body *b = context;

	if (offset != b->pos)
		return -ESPIPE;
	return weir_mime_read(b, data, len);
}

struct weir_bytes weir_mime_bytes(struct weir_mime_body *b)
{
	b->pos = 0;
	return (struct weir_bytes){read_at, b, UINT64_MAX};
}
