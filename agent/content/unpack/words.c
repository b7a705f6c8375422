/* SPDX-License-Identifier: Apache-2.0 */
#include "words.h"

#include <string.h>

#include "little.h"

void weir_words_init(struct weir_words *w, struct weir_unpack *u, const char *name)
{
	w->u = u;
	w->name = name;
	w->r = 0;
	w->begun = false;
	w->high = 0;
	w->len = 0;
}

static void flush(struct weir_words *w)
{
	if (w->r == 0 && w->len > 0 && !w->begun) {
		w->r = weir_emit_begin(w->u, w->name, NULL, WEIR_PART_TEXT);
		w->begun = w->r == 0;
	}
	if (w->r == 0 && w->len > 0)
		w->r = weir_emit_text(w->u, w->data, w->len);
	w->len = 0;
}

static void put(struct weir_words *w, uint8_t byte)
{
	w->data[w->len++] = byte;
}

static void encode(struct weir_words *w, uint32_t code)
{
	if (w->len > sizeof(w->data) - 4)
		flush(w);
	if (code < 0x80) {
		put(w, (uint8_t)code);
		return;
	}
	if (code < 0x800) {
		put(w, (uint8_t)(0xc0 | code >> 6));
	} else {
		if (code < 0x10000) {
			put(w, (uint8_t)(0xe0 | code >> 12));
		} else {
			put(w, (uint8_t)(0xf0 | code >> 18));
			put(w, (uint8_t)(0x80 | (code >> 12 & 0x3f)));
		}
		put(w, (uint8_t)(0x80 | (code >> 6 & 0x3f)));
	}
	put(w, (uint8_t)(0x80 | (code & 0x3f)));
}

static void settle(struct weir_words *w)
{
	if (w->high)
		encode(w, 0xfffd);
	w->high = 0;
}

void weir_words_code(struct weir_words *w, uint32_t code)
{
	settle(w);
	if (code == 0)
		return;
	if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		code = 0xfffd;
	encode(w, code);
}

void weir_words_unit(struct weir_words *w, uint16_t unit)
{
	if (unit >= 0xdc00 && unit < 0xe000 && w->high) {
		encode(w, 0x10000 + ((uint32_t)(w->high - 0xd800) << 10) + (unit - 0xdc00U));
		w->high = 0;
	} else if (unit >= 0xd800 && unit < 0xdc00) {
		settle(w);
		w->high = unit;
	} else {
		weir_words_code(w, unit);
	}
}

void weir_words_utf16(struct weir_words *w, const uint8_t *data, size_t len)
{
	for (size_t i = 0; i + 1 < len && w->r == 0; i += 2)
		weir_words_unit(w, weir_le16(data + i));
}

void weir_words_bytes(struct weir_words *w, const void *data, size_t len)
{
	const uint8_t *p = data;

	settle(w);
	while (len > 0 && w->r == 0) {
		size_t n = WEIR_MIN(len, sizeof(w->data) - w->len);

		memcpy(w->data + w->len, p, n);
		w->len += n;
		p += n;
		len -= n;
		if (w->len == sizeof(w->data))
			flush(w);
	}
}

uint32_t weir_words_1252(uint8_t byte)
{
	static const uint16_t high[32] = {
		0x20ac, 0x81,	0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
		0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8d,	0x017d, 0x8f,
		0x90,	0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
		0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x9d,	0x017e, 0x0178,
	};

	return byte >= 0x80 && byte < 0xa0 ? high[byte - 0x80] : byte;
}

static void decode(struct weir_words *w, enum weir_charset charset, const uint8_t *data, size_t len)
{
	uint8_t out[1024];

	while (len > 0 && w->r == 0) {
		size_t used = 0;
		size_t take = WEIR_MIN(len, sizeof(out) / 4);
		bool final = take == len;
		size_t n = weir_charset_decode(charset, data, take, final, out, sizeof(out), &used);

		weir_words_bytes(w, out, n);
		if (used == 0)
			break;
		data += used;
		len -= used;
	}
}

void weir_words_coded(struct weir_words *w, enum weir_charset charset, const uint8_t *data,
		      size_t len)
{
	switch (charset) {
	case WEIR_CHARSET_BYTES:
	case WEIR_CHARSET_UTF8:
		weir_words_bytes(w, data, len);
		return;
	case WEIR_CHARSET_UTF16LE:
		weir_words_utf16(w, data, len);
		return;
	case WEIR_CHARSET_LATIN1:
		for (size_t i = 0; i < len && w->r == 0; i++)
			weir_words_code(w, weir_words_1252(data[i]));
		return;
	default:
		decode(w, charset, data, len);
	}
}

int weir_words_end(struct weir_words *w)
{
	settle(w);
	flush(w);
	if (w->r == 0 && w->begun)
		w->r = weir_emit_end(w->u);
	w->begun = false;
	return w->r;
}

enum weir_charset weir_words_codepage(unsigned page)
{
	switch (page) {
	case 936:
	case 10008:
	case 20936:
	case 51936:
	case 52936:
	case 54936:
		return WEIR_CHARSET_GB18030;
	case 950:
	case 951:
	case 10002:
		return WEIR_CHARSET_BIG5;
	case 65001:
		return WEIR_CHARSET_UTF8;
	case 1200:
		return WEIR_CHARSET_UTF16LE;
	case 1201:
		return WEIR_CHARSET_UTF16BE;
	case 1252:
	case 20127:
	case 28591:
		return WEIR_CHARSET_LATIN1;
	default:
		return WEIR_CHARSET_BYTES;
	}
}
