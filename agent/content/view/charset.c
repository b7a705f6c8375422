/* SPDX-License-Identifier: Apache-2.0 */
/* Charsets by name, conversion and the way back. What a text is in is guessed in guess.c; the fast
 * loops are in fast.c. */
#include "weir/view/charset.h"

#include <endian.h>
#include <string.h>

#include "decode.h"
#include "tables.h"
#include "weir/base/macros.h"
#include "weir/base/utf8.h"

static const char *const charset_names[_WEIR_CHARSET_MAX] = {
	[WEIR_CHARSET_BYTES] = "bytes",	      [WEIR_CHARSET_UTF8] = "UTF-8",
	[WEIR_CHARSET_GB18030] = "GB18030",   [WEIR_CHARSET_BIG5] = "Big5",
	[WEIR_CHARSET_UTF16LE] = "UTF-16LE",  [WEIR_CHARSET_UTF16BE] = "UTF-16BE",
	[WEIR_CHARSET_UTF32LE] = "UTF-32LE",  [WEIR_CHARSET_UTF32BE] = "UTF-32BE",
	[WEIR_CHARSET_LATIN1] = "ISO-8859-1",
};

/* Spelled in lower case without '-', '_', ' ', ':' and '.'. A utf-16 of unnamed order is little
 * endian unless a mark says otherwise: that is what is written in practice. */
static const struct {
	const char *name;
	enum weir_charset charset;
} charset_aliases[] = {
	{"utf8", WEIR_CHARSET_UTF8},
	{"unicode11utf8", WEIR_CHARSET_UTF8},
	{"usascii", WEIR_CHARSET_UTF8},
	{"ascii", WEIR_CHARSET_UTF8},
	{"cp65001", WEIR_CHARSET_UTF8},
	{"gb18030", WEIR_CHARSET_GB18030},
	{"gbk", WEIR_CHARSET_GB18030},
	{"xgbk", WEIR_CHARSET_GB18030},
	{"gb2312", WEIR_CHARSET_GB18030},
	{"gb231280", WEIR_CHARSET_GB18030},
	{"csgb2312", WEIR_CHARSET_GB18030},
	{"csiso58gb231280", WEIR_CHARSET_GB18030},
	{"euccn", WEIR_CHARSET_GB18030},
	{"xeuccn", WEIR_CHARSET_GB18030},
	{"cngb", WEIR_CHARSET_GB18030},
	{"chinese", WEIR_CHARSET_GB18030},
	{"cp936", WEIR_CHARSET_GB18030},
	{"ms936", WEIR_CHARSET_GB18030},
	{"936", WEIR_CHARSET_GB18030},
	{"windows936", WEIR_CHARSET_GB18030},
	{"big5", WEIR_CHARSET_BIG5},
	{"big5hkscs", WEIR_CHARSET_BIG5},
	{"cnbig5", WEIR_CHARSET_BIG5},
	{"xxbig5", WEIR_CHARSET_BIG5},
	{"csbig5", WEIR_CHARSET_BIG5},
	{"cp950", WEIR_CHARSET_BIG5},
	{"ms950", WEIR_CHARSET_BIG5},
	{"950", WEIR_CHARSET_BIG5},
	{"windows950", WEIR_CHARSET_BIG5},
	{"utf16", WEIR_CHARSET_UTF16LE},
	{"utf16le", WEIR_CHARSET_UTF16LE},
	{"ucs2", WEIR_CHARSET_UTF16LE},
	{"ucs2le", WEIR_CHARSET_UTF16LE},
	{"unicode", WEIR_CHARSET_UTF16LE},
	{"iso10646ucs2", WEIR_CHARSET_UTF16LE},
	{"utf16be", WEIR_CHARSET_UTF16BE},
	{"ucs2be", WEIR_CHARSET_UTF16BE},
	{"utf32", WEIR_CHARSET_UTF32LE},
	{"utf32le", WEIR_CHARSET_UTF32LE},
	{"ucs4", WEIR_CHARSET_UTF32LE},
	{"ucs4le", WEIR_CHARSET_UTF32LE},
	{"utf32be", WEIR_CHARSET_UTF32BE},
	{"ucs4be", WEIR_CHARSET_UTF32BE},
	{"latin1", WEIR_CHARSET_LATIN1},
	{"l1", WEIR_CHARSET_LATIN1},
	{"iso88591", WEIR_CHARSET_LATIN1},
	{"windows1252", WEIR_CHARSET_LATIN1},
	{"cp1252", WEIR_CHARSET_LATIN1},
};

enum weir_charset weir_charset_named(const char *name, size_t len)
{
	char plain[24];
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		char c = name[i];

		if (c == '-' || c == '_' || c == ' ' || c == ':' || c == '.' || c == '"' ||
		    c == '\'')
			continue;
		if (n == sizeof(plain) - 1)
			return WEIR_CHARSET_BYTES;
		plain[n++] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
	}
	plain[n] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(charset_aliases); i++)
		if (strcmp(plain, charset_aliases[i].name) == 0)
			return charset_aliases[i].charset;
	return WEIR_CHARSET_BYTES;
}

const char *weir_charset_name(enum weir_charset charset)
{
	return (unsigned)charset < _WEIR_CHARSET_MAX ? charset_names[charset] : "unknown";
}

static struct weir_view_char bad(uint8_t in)
{
	return (struct weir_view_char){.utf8 = VIEW_BAD, .in = in, .out = 3};
}

static struct weir_view_char cut(size_t len, bool final, uint8_t unit)
{
	return final ? bad(len < unit ? (uint8_t)len : unit) : (struct weir_view_char){0};
}

static struct weir_view_char point(uint32_t value, uint8_t in)
{
	struct weir_view_char c = {.in = in};

	c.utf8 = weir_view_pack(value, &c.out);
	return c;
}

static struct weir_view_char step_gb_four(const uint8_t *in, size_t len, bool final)
{
	uint32_t order;

	if (len >= 3 && (in[2] < 0x81 || in[2] == 0xff))
		return bad(1);
	if (len < 4)
		return cut(len, final, 1);
	if (in[3] < 0x30 || in[3] > 0x39)
		return bad(1);
	order = (((in[0] - 0x81u) * 10 + in[1] - 0x30u) * 126 + in[2] - 0x81u) * 10 + in[3] - 0x30u;
	if (order < VIEW_GB_FOURS && weir_view_gb_fours[order])
		return point(weir_view_gb_fours[order], 4);
	if (order >= VIEW_GB_HIGHER && order - VIEW_GB_HIGHER < 0x100000)
		return point(order - VIEW_GB_HIGHER + 0x10000, 4);
	return bad(1);
}

static struct weir_view_char step_pair(enum weir_charset charset, const uint8_t *in, size_t len,
				       bool final)
{
	const uint32_t *pairs =
		charset == WEIR_CHARSET_GB18030 ? weir_view_gb_pairs : weir_view_big5_pairs;
	uint32_t utf8;

	if (in[0] < 0x80)
		return (struct weir_view_char){.utf8 = in[0], .in = 1, .out = 1};
	if (in[0] == 0x80 || in[0] == 0xff)
		return bad(1);
	if (len < 2)
		return cut(len, final, 1);
	if (charset == WEIR_CHARSET_GB18030 && in[1] >= 0x30 && in[1] <= 0x39)
		return step_gb_four(in, len, final);
	utf8 = pairs[VIEW_PAIR(in[0], in[1])];
	if (utf8 == 0)
		return bad(1);
	return (struct weir_view_char){
		.utf8 = utf8, .in = 2, .out = (uint8_t)weir_view_packed_len(utf8)};
}

static struct weir_view_char step_utf16(const uint8_t *in, size_t len, bool final, bool big)
{
	uint32_t high, low;

	if (len < 2)
		return cut(len, final, 2);
	high = (uint32_t)in[big ? 0 : 1] << 8 | in[big ? 1 : 0];
	if ((high & 0xf800) != 0xd800)
		return point(high, 2);
	if (high >= 0xdc00)
		return bad(2);
	if (len < 4)
		return cut(len, final, 2);
	low = (uint32_t)in[big ? 2 : 3] << 8 | in[big ? 3 : 2];
	if ((low & 0xfc00) != 0xdc00)
		return bad(2);
	return point(0x10000 + ((high & 0x3ff) << 10 | (low & 0x3ff)), 4);
}

static struct weir_view_char step_utf32(const uint8_t *in, size_t len, bool final, bool big)
{
	uint32_t value;

	if (len < 4)
		return cut(len, final, 4);
	memcpy(&value, in, 4);
	value = big ? be32toh(value) : le32toh(value);
	if (value > 0x10ffff || (value & 0xfffff800) == 0xd800)
		return bad(4);
	return point(value, 4);
}

struct weir_view_char weir_view_step(enum weir_charset charset, const uint8_t *in, size_t len,
				     bool final)
{
	switch (charset) {
	case WEIR_CHARSET_GB18030:
	case WEIR_CHARSET_BIG5:
		return step_pair(charset, in, len, final);
	case WEIR_CHARSET_UTF16LE:
	case WEIR_CHARSET_UTF16BE:
		return step_utf16(in, len, final, charset == WEIR_CHARSET_UTF16BE);
	case WEIR_CHARSET_UTF32LE:
	case WEIR_CHARSET_UTF32BE:
		return step_utf32(in, len, final, charset == WEIR_CHARSET_UTF32BE);
	default:
		return point(in[0], 1);
	}
}

/* As it is; only that what comes next should not begin inside a character. */
static size_t copy(enum weir_charset charset, const uint8_t *in, size_t len, bool final,
		   uint8_t *out, size_t size)
{
	size_t n = WEIR_MIN(len, size);

	if (charset == WEIR_CHARSET_UTF8 && n < len) {
		n = weir_utf8_cut((const char *)in, len, size);
		n = n > 0 ? n : WEIR_MIN(len, size);
	} else if (charset == WEIR_CHARSET_UTF8 && !final) {
		for (size_t back = 1; back <= 3 && back <= len; back++) {
			uint8_t lead = in[len - back];

			if ((lead & 0xc0) == 0x80)
				continue;
			if (lead >= 0xc2 && lead <= 0xf4 &&
			    back < (lead < 0xe0	  ? 2u
				    : lead < 0xf0 ? 3u
						  : 4u))
				n = len - back;
			break;
		}
	}
	if (n > 0)
		memcpy(out, in, n);
	return n;
}

static void fast(enum weir_charset charset, struct weir_view_io *io, enum weir_view_level level)
{
	if (charset == WEIR_CHARSET_GB18030)
		weir_view_pairs(io, weir_view_gb_pairs, level);
	else if (charset == WEIR_CHARSET_BIG5)
		weir_view_pairs(io, weir_view_big5_pairs, level);
	else if (charset == WEIR_CHARSET_UTF16LE)
		weir_view_utf16(io, false, level);
	else if (charset == WEIR_CHARSET_UTF16BE)
		weir_view_utf16(io, true, level);
}

size_t weir_view_decode(enum weir_charset charset, const uint8_t *in, size_t len, bool final,
			uint8_t *out, size_t size, size_t *ret_used, enum weir_view_level level)
{
	struct weir_view_io io = {in, in + len, out, out + size};

	if (charset == WEIR_CHARSET_BYTES || charset == WEIR_CHARSET_UTF8)
		return *ret_used = copy(charset, in, len, final, out, size);
	while (io.in < io.in_end) {
		struct weir_view_char c;
		uint32_t utf8;

		fast(charset, &io, level);
		if (io.in == io.in_end)
			break;
		c = weir_view_step(charset, io.in, (size_t)(io.in_end - io.in), final);
		if (c.in == 0 || c.out > io.out_end - io.out)
			break;
		utf8 = htole32(c.utf8);
		memcpy(io.out, &utf8, c.out);
		io.in += c.in;
		io.out += c.out;
	}
	*ret_used = (size_t)(io.in - in);
	return (size_t)(io.out - out);
}

size_t weir_charset_decode(enum weir_charset charset, const uint8_t *in, size_t len, bool final,
			   uint8_t *out, size_t size, size_t *ret_used)
{
	return weir_view_decode(charset, in, len, final, out, size, ret_used, weir_view_level());
}

size_t weir_charset_source(enum weir_charset charset, const uint8_t *in, size_t len, size_t n)
{
	size_t at = 0, made = 0;

	if (charset == WEIR_CHARSET_BYTES || charset == WEIR_CHARSET_UTF8)
		return WEIR_MIN(len, n);
	while (at < len && made < n) {
		struct weir_view_char c = weir_view_step(charset, in + at, len - at, true);

		if (c.out > n - made)
			break;
		at += c.in;
		made += c.out;
	}
	return at;
}
