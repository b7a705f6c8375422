/* SPDX-License-Identifier: Apache-2.0 */
/* What a text is in, from its first bytes. What counts is how much of it comes out as what Chinese
 * text is full of; a wrong reading gives a few per cent of that, the right one more than half. */
#include <string.h>

#include "decode.h"
#include "tables.h"
#include "tables/rules.h"
#include "weir/base/macros.h"
#include "weir/base/utf8.h"
#include "weir/view/charset.h"

/* As many characters beyond ASCII settle it. */
#define ENOUGH 512

static bool has_bit(const uint8_t *bits, unsigned at)
{
	return bits[at / 8] >> (at % 8) & 1;
}

static enum weir_charset by_mark(const uint8_t *data, size_t len, size_t *ret_bom)
{
	static const struct {
		uint8_t mark[4];
		uint8_t len;
		enum weir_charset charset;
	} marks[] = {
		{{0xff, 0xfe, 0, 0}, 4, WEIR_CHARSET_UTF32LE},
		{{0, 0, 0xfe, 0xff}, 4, WEIR_CHARSET_UTF32BE},
		{{0x84, 0x31, 0x95, 0x33}, 4, WEIR_CHARSET_GB18030},
		{{0xef, 0xbb, 0xbf}, 3, WEIR_CHARSET_UTF8},
		{{0xff, 0xfe}, 2, WEIR_CHARSET_UTF16LE},
		{{0xfe, 0xff}, 2, WEIR_CHARSET_UTF16BE},
	};

	for (size_t i = 0; i < ARRAY_SIZE(marks); i++) {
		if (len < marks[i].len || memcmp(data, marks[i].mark, marks[i].len) != 0)
			continue;
		*ret_bom = marks[i].len;
		return marks[i].charset;
	}
	*ret_bom = 0;
	return WEIR_CHARSET_BYTES;
}

struct utf8_look {
	size_t good; /* sequences of two bytes and more */
	size_t wide; /* of these, of three and more */
	size_t bad;  /* bytes that belong to none */
};

static size_t ascii_run(const uint8_t *data, size_t len)
{
	size_t at = 0;

	for (; len - at >= 32; at += 32) {
		uint64_t w[4];

		memcpy(w, data + at, 32);
		if ((w[0] | w[1] | w[2] | w[3]) & UINT64_C(0x8080808080808080))
			break;
	}
	while (at < len && data[at] < 0x80)
		at++;
	return at;
}

static struct utf8_look look_utf8(const uint8_t *data, size_t len, bool final)
{
	struct utf8_look look = {0};
	size_t at = 0;

	while (at < len && look.good + look.bad < ENOUGH) {
		uint32_t point;
		size_t n;

		at += ascii_run(data + at, len - at);
		if (at == len)
			break;
		n = weir_utf8_decode((const char *)data + at, len - at, &point);
		if (n > 1) {
			look.good++;
			look.wide += n > 2;
		} else if (!final && len - at < 4 && data[at] >= 0xc2) {
			break; /* cut off by the end of the sample */
		} else {
			look.bad++;
		}
		at += n;
	}
	return look;
}

struct pair_look {
	size_t pairs, common, bad;
	size_t plain; /* in the hanzi of GB 2312 */
};

static struct pair_look look_pairs(enum weir_charset charset, const uint8_t *data, size_t len)
{
	const uint8_t *common =
		charset == WEIR_CHARSET_GB18030 ? weir_view_gb_common : weir_view_big5_common;
	struct pair_look look = {0};
	size_t at = 0;

	while (at < len && look.pairs + look.bad < ENOUGH) {
		struct weir_view_char c;

		at += ascii_run(data + at, len - at);
		if (at == len)
			break;
		c = weir_view_step(charset, data + at, len - at, false);
		if (c.in == 0)
			break;
		if (c.in == 1) {
			look.bad++;
		} else {
			look.pairs++;
			if (c.in == 2)
				look.common += has_bit(common, VIEW_PAIR(data[at], data[at + 1]));
			look.plain += c.in == 2 && data[at] >= 0xb0 && data[at] <= 0xf7 &&
				      data[at + 1] >= 0xa1;
		}
		at += c.in;
	}
	return look;
}

/* Few bytes that fit nowhere. */
static bool fits(const struct pair_look *look)
{
	return look->pairs > 0 && look->bad * 10 <= look->pairs;
}

static bool reads_well(const struct pair_look *look)
{
	return fits(look) && look->common * 8 >= look->pairs;
}

struct unit_look {
	size_t units, fitting, common, ascii, nul_high, nul_low;
};

static struct unit_look look_utf16(const uint8_t *data, size_t len, bool big)
{
	struct unit_look look = {0};
	size_t most = WEIR_MIN(len / 2, (size_t)ENOUGH);

	/* until more are out of place than may be */
	for (size_t at = 0; look.units < most && (look.units - look.fitting) * 10 <= most;
	     at += 2) {
		unsigned high = data[big ? at : at + 1], low = data[big ? at + 1 : at];
		unsigned unit = high << 8 | low;
		unsigned kind = weir_view_rule(unit) >> 8;
		bool digit = kind == VIEW_DIGIT || kind == VIEW_ENCLOSED || kind == VIEW_NUMERAL ||
			     kind == VIEW_WIDTH;
		bool ascii = (unit >= 0x20 && unit < 0x7f) || unit == '\t' || unit == '\n' ||
			     unit == '\r' || digit;

		look.units++;
		look.nul_high += high == 0;
		look.nul_low += low == 0;
		look.ascii += ascii;
		look.common += has_bit(weir_view_bmp_common, unit);
		look.fitting +=
			ascii || (unit >= 0xa0 && unit < 0x700) ||
			(unit >= 0x2000 && unit < 0x2700) || (unit >= 0x3000 && unit < 0xa000) ||
			(unit >= 0xd800 && unit < 0xe000) || (unit >= 0xf900 && unit < 0xfb00) ||
			(unit >= 0xfe30 && unit < 0xfff0);
	}
	return look;
}

/* NULs on the high side of text, or hanzi that text is full of. */
bool weir_view_is_utf16(const uint8_t *data, size_t len, bool big)
{
	struct unit_look look = look_utf16(data, len, big);

	if (look.units < 2 || look.fitting * 10 < look.units * 9)
		return false;
	if (look.nul_high * 10 >= look.units * 3 && look.nul_low * 20 <= look.units)
		return true;
	return look.units >= 6 && look.common > 0 &&
	       (look.common + look.ascii) * 20 >= look.units * 9;
}

static bool is_utf32(const uint8_t *data, size_t len, bool big)
{
	enum weir_charset charset = big ? WEIR_CHARSET_UTF32BE : WEIR_CHARSET_UTF32LE;
	size_t units = WEIR_MIN(len / 4, (size_t)ENOUGH), good = 0;

	for (size_t i = 0; i < units; i++) {
		struct weir_view_char c = weir_view_step(charset, data + i * 4, 4, true);

		good += c.utf8 != VIEW_BAD && c.utf8 != 0;
	}
	return units >= 2 && good * 20 >= units * 19;
}

static enum weir_charset by_units(const uint8_t *data, size_t len, enum weir_charset declared)
{
	bool big = declared == WEIR_CHARSET_UTF16BE || declared == WEIR_CHARSET_UTF32BE;

	for (unsigned i = 0; i < 2; i++, big = !big)
		if (is_utf32(data, len, big))
			return big ? WEIR_CHARSET_UTF32BE : WEIR_CHARSET_UTF32LE;
	for (unsigned i = 0; i < 2; i++, big = !big)
		if (weir_view_is_utf16(data, len, big))
			return big ? WEIR_CHARSET_UTF16BE : WEIR_CHARSET_UTF16LE;
	return WEIR_CHARSET_BYTES;
}

static bool by_pairs_declared(const uint8_t *data, size_t len, enum weir_charset declared)
{
	struct pair_look look;

	if (declared != WEIR_CHARSET_GB18030 && declared != WEIR_CHARSET_BIG5)
		return false;
	look = look_pairs(declared, data, len);
	return fits(&look) || look.pairs + look.bad == 0;
}

static enum weir_charset by_pairs(const uint8_t *data, size_t len, enum weir_charset declared)
{
	struct pair_look gb = look_pairs(WEIR_CHARSET_GB18030, data, len);
	struct pair_look big5 = look_pairs(WEIR_CHARSET_BIG5, data, len);

	/* the share of common ones, compared across unlike numbers of pairs */
	if (reads_well(&big5) &&
	    (!reads_well(&gb) || big5.common * gb.pairs > gb.common * big5.pairs))
		return WEIR_CHARSET_BIG5;
	if (reads_well(&gb))
		return WEIR_CHARSET_GB18030;
	if (declared == WEIR_CHARSET_LATIN1)
		return declared;
	/* names alone may hold no common character; accents stand before ASCII letters */
	if (fits(&gb) && gb.plain * 10 >= gb.pairs * 9)
		return WEIR_CHARSET_GB18030;
	return WEIR_CHARSET_BYTES;
}

/* Runs of bytes beyond ASCII. */
static size_t high_runs(const uint8_t *data, size_t len)
{
	size_t runs = 0;

	for (size_t at = ascii_run(data, len); at < len;) {
		runs++;
		while (at < len && data[at] >= 0x80)
			at++;
		at += ascii_run(data + at, len - at);
	}
	return runs;
}

/* Two-byte sequences alone are accents among ASCII, Greek or Cyrillic; or a few hanzi of GB 2312 that
 * happen to fit, which stand together and are usual ones. */
static bool is_hanzi_after_all(const uint8_t *data, size_t len, const struct utf8_look *look)
{
	struct pair_look gb;

	if (look->wide > 0 || look->good > 16 || look->good < 2 * high_runs(data, len))
		return false;
	gb = look_pairs(WEIR_CHARSET_GB18030, data, len);
	return gb.bad == 0 && gb.common * 4 >= gb.pairs * 3;
}

enum weir_charset weir_charset_guess(const uint8_t *data, size_t len, bool final,
				     enum weir_charset declared, size_t *ret_bom)
{
	enum weir_charset charset = by_mark(data, len, ret_bom);
	struct utf8_look utf8;
	bool nul;

	if (*ret_bom > 0)
		return charset;
	if (len > WEIR_CHARSET_SAMPLE) {
		len = WEIR_CHARSET_SAMPLE;
		final = false;
	}
	nul = len > 0 && memchr(data, 0, len) != NULL;
	if (nul) {
		charset = by_units(data, len, declared);
		if (charset != WEIR_CHARSET_BYTES)
			return charset;
	}
	utf8 = look_utf8(data, len, final);
	if (utf8.bad == 0 && utf8.good == 0)
		return declared == WEIR_CHARSET_GB18030 || declared == WEIR_CHARSET_BIG5 ||
				       declared == WEIR_CHARSET_LATIN1
			       ? declared
			       : WEIR_CHARSET_UTF8;
	if (utf8.bad == 0 && declared != WEIR_CHARSET_UTF8 && is_hanzi_after_all(data, len, &utf8))
		return WEIR_CHARSET_GB18030;
	if (utf8.good > 0 && utf8.bad * 10 <= utf8.good)
		return WEIR_CHARSET_UTF8;
	if (by_pairs_declared(data, len, declared))
		return declared;
	if (!nul) {
		charset = by_units(data, len, declared);
		if (charset != WEIR_CHARSET_BYTES)
			return charset;
	}
	return by_pairs(data, len, declared);
}
