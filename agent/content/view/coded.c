/* SPDX-License-Identifier: Apache-2.0 */
/* base64 and hexadecimal inside a text, and as a whole file. Anything of letters and digits could be
 * either, so what it decodes to is the judge: text, or a container that is known by its first
 * bytes. */
#include "weir/view/coded.h"

#include <string.h>

#include "decode.h"
#include "tables.h"
#include "weir/base/macros.h"
#include "weir/base/utf8.h"
#include "weir/view/charset.h"

#define SHORTEST_BASE64 24
#define SHORTEST_HEX	22
#define SHORTEST_WHOLE	64
/* Looked at for the judgement. */
#define JUDGED 4096
/* Usual characters without which nothing is text in GB 18030. */
#define GB_COMMON 3

static uint8_t base64_value(uint8_t c)
{
	return weir_view_base64[c];
}

static uint8_t hex_value(uint8_t c)
{
	return weir_view_hex[c];
}

struct shape {
	size_t base64, hex; /* characters that carry bits, up to the first that does not belong */
	size_t lower, upper, digit, pad;
	bool plus, minus;	    /* of the usual alphabet, of the one for URLs */
	bool only_base64, only_hex; /* nothing that does not belong; may be a piece */
	bool is_base64, is_hex;	    /* and of a fitting length */
};

static void note_class(struct shape *shape, uint8_t c)
{
	shape->lower += c >= 'a' && c <= 'z';
	shape->upper += c >= 'A' && c <= 'Z';
	shape->digit += c >= '0' && c <= '9';
	shape->plus |= c == '+' || c == '/';
	shape->minus |= c == '-' || c == '_';
}

/* Counts of what a character is, 16 bits each. */
#define DIGITS UINT64_C(1)
#define HEXES  (UINT64_C(1) << 16)
#define LOWERS (UINT64_C(1) << 32)
#define UPPERS (UINT64_C(1) << 48)

/* The letters and digits that a stretch begins with, most often all of it. Returns how many. */
static size_t look_alnum(struct shape *shape, const uint8_t *in, size_t len)
{
	static const uint64_t kinds[256] = {
		['0' ... '9'] = DIGITS | HEXES, ['A' ... 'F'] = UPPERS | HEXES,
		['G' ... 'Z'] = UPPERS,		['a' ... 'f'] = LOWERS | HEXES,
		['g' ... 'z'] = LOWERS,
	};
	size_t at = 0, most = WEIR_MIN(len, (size_t)UINT16_MAX);
	uint64_t sum = 0;

	while (at < most && kinds[in[at]])
		sum += kinds[in[at++]];
	shape->base64 = at;
	shape->digit = sum & UINT16_MAX;
	shape->hex = sum >> 16 & UINT16_MAX;
	shape->lower = sum >> 32 & UINT16_MAX;
	shape->upper = sum >> 48;
	shape->only_hex = shape->hex == at;
	return at;
}

static struct shape look(const uint8_t *in, size_t len)
{
	struct shape shape = {.only_base64 = true, .only_hex = true};

	for (size_t i = look_alnum(&shape, in, len);
	     i < len && (shape.only_base64 || shape.only_hex); i++) {
		uint8_t six = base64_value(in[i]), four = hex_value(in[i]);

		if (six < 64)
			shape.only_base64 &= shape.pad == 0;
		/* blanks are the indentation of a broken line */
		else if (six == VIEW_CODED_SPACE && (in[i] == ' ' || in[i] == '\t'))
			shape.only_base64 &= i == 0 || base64_value(in[i - 1]) == VIEW_CODED_SPACE;
		else
			shape.only_base64 &= six != VIEW_CODED_OTHER;
		shape.base64 += six < 64;
		shape.pad += six == VIEW_CODED_PAD;
		shape.hex += four < 16;
		/* a gap inside a pair is no hexadecimal dump */
		shape.only_hex &= four < 16 || (four != VIEW_CODED_OTHER && shape.hex % 2 == 0);
		note_class(&shape, in[i]);
	}
	shape.only_base64 &= shape.pad <= 2 && !(shape.plus && shape.minus);
	shape.is_base64 = shape.only_base64 && shape.base64 % 4 != 1 &&
			  (shape.pad == 0 || (shape.base64 + shape.pad) % 4 == 0);
	shape.is_hex = shape.only_hex && shape.hex % 2 == 0;
	return shape;
}

static size_t decode_base64(const uint8_t *in, size_t len, uint8_t *out, size_t size)
{
	uint32_t bits = 0;
	unsigned held = 0;
	size_t made = 0;

	for (size_t i = 0; i < len && made < size; i++) {
		uint8_t six = base64_value(in[i]);

		if (six >= 64)
			continue;
		bits = bits << 6 | six;
		held += 6;
		if (held >= 8) {
			held -= 8;
			out[made++] = (uint8_t)(bits >> held);
		}
	}
	return made;
}

static size_t decode_hex(const uint8_t *in, size_t len, uint8_t *out, size_t size)
{
	unsigned held = 0;
	bool half = false;
	size_t made = 0;

	for (size_t i = 0; i < len && made < size; i++) {
		uint8_t four = hex_value(in[i]);

		if (four >= 16)
			continue;
		if (half)
			out[made++] = (uint8_t)(held << 4 | four);
		held = four;
		half = !half;
	}
	return made;
}

static bool is_container(const uint8_t *data, size_t len)
{
	static const struct {
		uint8_t len;
		const char *magic;
	} known[] = {
		{4, "PK\x03\x04"},
		{3, "\x1f\x8b\x08"},
		{6, "7z\xbc\xaf\x27\x1c"},
		{6, "Rar!\x1a\x07"},
		{6, "\xfd"
		    "7zXZ\0"},
		{10, "BZh91AY&SY"},
		{4, "\x28\xb5\x2f\xfd"},
		{8, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"},
		{5, "%PDF-"},
		{16, "SQLite format 3\0"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (len >= known[i].len && memcmp(data, known[i].magic, known[i].len) == 0)
			return true;
	/* bzip2 at its other levels */
	return len >= 10 && memcmp(data, "BZh", 3) == 0 && data[3] >= '1' && data[3] <= '9' &&
	       memcmp(data + 4, "1AY&SY", 6) == 0;
}

/* Three of twenty bytes may be something else. */
static bool may_be_text(size_t bad, size_t len)
{
	return bad * 20 <= len * 3;
}

/* Printable UTF-8 for the most part; all of it when there is little. */
static bool is_utf8_text(const uint8_t *data, size_t len, bool strict)
{
	size_t good = 0;

	for (size_t at = 0; at < len && may_be_text(at - good, strict ? 0 : len);) {
		uint32_t point;
		size_t n = weir_utf8_decode((const char *)data + at, len - at, &point);

		if (n > 1)
			good += point >= 0xa0 ? n : 0;
		else
			good += (data[at] >= 0x20 && data[at] < 0x7f) || data[at] == '\t' ||
				data[at] == '\n' || data[at] == '\r';
		at += n;
	}
	return may_be_text(len - good, strict ? 0 : len);
}

/* At least three pairs of bytes, wherever they begin, are usual characters of GB 18030. */
static bool may_be_gb(const uint8_t *data, size_t len)
{
	size_t common = 0;

	for (size_t i = 1; i < len && common < GB_COMMON; i++) {
		unsigned pair = VIEW_PAIR(data[i - 1], data[i]);

		common += data[i - 1] >= 0x80 && (weir_view_gb_common[pair / 8] >> (pair % 8) & 1);
	}
	return common >= GB_COMMON;
}

/* Random bytes are mostly valid GB 18030: only characters that are usual make it text. */
static bool is_gb_text(const uint8_t *data, size_t len)
{
	size_t good = 0, pairs = 0, common = 0;

	if (!may_be_gb(data, len))
		return false;
	for (size_t at = 0; at < len && may_be_text(at - good, len);) {
		struct weir_view_char c =
			weir_view_step(WEIR_CHARSET_GB18030, data + at, len - at, true);

		if (c.in == 2) {
			unsigned pair = VIEW_PAIR(data[at], data[at + 1]);

			pairs++;
			common += weir_view_gb_common[pair / 8] >> (pair % 8) & 1;
			good += 2;
		} else if (c.in == 4) {
			good += 4; /* digits and letters in turn: chance makes few of these */
		} else if (c.in == 1) {
			good += (data[at] >= 0x20 && data[at] < 0x7f) || data[at] == '\t' ||
				data[at] == '\n' || data[at] == '\r';
		}
		at += c.in;
	}
	return may_be_text(len - good, len) && common >= GB_COMMON &&
	       common * (len < 128 ? 2 : 4) >= pairs;
}

static bool is_worth(const uint8_t *data, size_t len, bool strict)
{
	size_t n = WEIR_MIN(len, (size_t)JUDGED);

	if (is_container(data, n))
		return true;
	if (is_utf8_text(data, n, strict) || is_gb_text(data, n))
		return true;
	return n >= 8 && (weir_view_is_utf16(data, n, false) || weir_view_is_utf16(data, n, true));
}

/* Decimal digits alone are a number far more often than text in hexadecimal: it must come out as
 * letters and digits. */
static bool is_number(const struct shape *shape, const uint8_t *data, size_t len)
{
	size_t plain = 0;

	if (shape->digit < shape->hex)
		return false;
	for (size_t i = 0; i < len; i++)
		plain += (data[i] >= '0' && data[i] <= '9') || data[i] == ' ' ||
			 ((data[i] | 0x20) >= 'a' && (data[i] | 0x20) <= 'z');
	return plain * 20 < len * 17;
}

/* Identifiers and paths have one case, or no digit: then all of it has to be text. */
static bool is_mixed(const struct shape *shape)
{
	return shape->lower > 0 && shape->upper > 0 && shape->digit > 0;
}

enum weir_coding weir_coded_decode(const uint8_t *in, size_t len, uint8_t *out, size_t size,
				   size_t *ret_len)
{
	struct shape shape = look(in, len);
	size_t n;

	*ret_len = 0;
	if (shape.is_hex && shape.hex >= SHORTEST_HEX) {
		n = decode_hex(in, len, out, size);
		if (n > 0 && !is_number(&shape, out, n) && is_worth(out, n, n < 32)) {
			*ret_len = n;
			return WEIR_CODING_HEX;
		}
	}
	if (shape.is_base64 && shape.base64 + shape.pad >= SHORTEST_BASE64 && shape.lower > 0 &&
	    shape.upper > 0) {
		n = decode_base64(in, len, out, size);
		if (n > 0 && is_worth(out, n, n < 48 || !is_mixed(&shape))) {
			*ret_len = n;
			return WEIR_CODING_BASE64;
		}
	}
	return WEIR_CODING_NONE;
}

void weir_coded_map(enum weir_coding coding, const uint8_t *in, size_t len, uint32_t *from,
		    size_t n)
{
	bool hex = coding == WEIR_CODING_HEX;
	size_t seen = 0, at = 0;

	for (size_t i = 0; i < len && at <= n; i++) {
		if (hex ? hex_value(in[i]) >= 16 : base64_value(in[i]) >= 64)
			continue;
		/* the first of two digits; of four characters those that a byte begins in */
		if (hex ? seen % 2 == 0 : seen % 4 != 3)
			from[at++] = (uint32_t)i;
		seen++;
	}
	while (at <= n)
		from[at++] = (uint32_t)len;
}

size_t weir_coded_source(enum weir_coding coding, const uint8_t *in, size_t len, size_t at)
{
	size_t wanted, seen = 0;

	if (coding != WEIR_CODING_BASE64 && coding != WEIR_CODING_HEX)
		return WEIR_MIN(at, len);
	wanted = coding == WEIR_CODING_HEX ? at * 2 : at / 3 * 4 + at % 3;
	for (size_t i = 0; i < len; i++) {
		bool carries = coding == WEIR_CODING_HEX ? hex_value(in[i]) < 16
							 : base64_value(in[i]) < 64;

		if (carries && seen++ == wanted)
			return i;
	}
	return len;
}

bool weir_coded_whole(const uint8_t *in, size_t len, enum weir_coding *ret)
{
	uint8_t out[JUDGED];
	struct shape shape;
	size_t n;

	len = WEIR_MIN(len, (size_t)JUDGED);
	shape = look(in, len);
	if (shape.only_hex && shape.hex >= SHORTEST_WHOLE) {
		n = decode_hex(in, len, out, sizeof(out));
		if (!is_number(&shape, out, n) && is_worth(out, n, false)) {
			*ret = WEIR_CODING_HEX;
			return true;
		}
	}
	if (shape.only_base64 && shape.base64 + shape.pad >= SHORTEST_WHOLE && is_mixed(&shape)) {
		n = decode_base64(in, len, out, sizeof(out));
		if (is_worth(out, n, false)) {
			*ret = WEIR_CODING_BASE64;
			return true;
		}
	}
	return false;
}

/* Whole groups of four characters, while nothing else stands between. */
static size_t base64_groups(const uint8_t *in, size_t len, uint8_t *out)
{
	size_t at = 0;

	for (; len - at >= 4; at += 4) {
		uint32_t a = weir_view_base64[in[at]], b = weir_view_base64[in[at + 1]];
		uint32_t c = weir_view_base64[in[at + 2]], d = weir_view_base64[in[at + 3]];
		uint32_t bits = a << 18 | b << 12 | c << 6 | d;

		if ((a | b | c | d) >= 64)
			break;
		out[0] = (uint8_t)(bits >> 16);
		out[1] = (uint8_t)(bits >> 8);
		out[2] = (uint8_t)bits;
		out += 3;
	}
	return at;
}

size_t weir_coded_stream(struct weir_coded_stream *stream, const uint8_t *in, size_t len,
			 uint8_t *out)
{
	unsigned width = stream->coding == WEIR_CODING_HEX ? 4 : 6;
	size_t made = 0;

	for (size_t i = 0; i < len && !stream->ended; i++) {
		uint8_t value;

		if (width == 6 && stream->held == 0) {
			size_t n = base64_groups(in + i, len - i, out + made);

			i += n;
			made += n / 4 * 3;
			if (i == len)
				break;
		}
		value = width == 4 ? hex_value(in[i]) : base64_value(in[i]);
		if (value == VIEW_CODED_SPACE || value == VIEW_CODED_COLON)
			continue;
		if (value >= 64) {
			stream->ended = true;
			break;
		}
		stream->bits = stream->bits << width | value;
		stream->held += width;
		if (stream->held >= 8) {
			stream->held -= 8;
			out[made++] = (uint8_t)(stream->bits >> stream->held);
		}
	}
	return made;
}
