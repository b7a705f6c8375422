/* SPDX-License-Identifier: Apache-2.0 */
/* Entities: the five of XML, numeric ones, and those of HTML that stand for spaces and signs people use in
 * numbers and text. What a document declares itself is not looked at. */

#include <string.h>

#include "xml.h"

static const struct {
	const char *name;
	uint32_t code;
} named[] = {
	{"amp", '&'},	    {"lt", '<'},       {"gt", '>'},	  {"quot", '"'},
	{"apos", '\''},	    {"nbsp", 0xa0},    {"ensp", 0x2002},  {"emsp", 0x2003},
	{"thinsp", 0x2009}, {"shy", 0xad},     {"zwnj", 0x200c},  {"zwj", 0x200d},
	{"lrm", 0x200e},    {"rlm", 0x200f},   {"ndash", 0x2013}, {"mdash", 0x2014},
	{"lsquo", 0x2018},  {"rsquo", 0x2019}, {"ldquo", 0x201c}, {"rdquo", 0x201d},
	{"hellip", 0x2026}, {"middot", 0xb7},  {"bull", 0x2022},  {"times", 0xd7},
	{"divide", 0xf7},   {"copy", 0xa9},    {"reg", 0xae},	  {"trade", 0x2122},
	{"yen", 0xa5},	    {"euro", 0x20ac},  {"pound", 0xa3},	  {"cent", 0xa2},
	{"sect", 0xa7},	    {"para", 0xb6},    {"deg", 0xb0},	  {"plusmn", 0xb1},
	{"laquo", 0xab},    {"raquo", 0xbb},   {"minus", 0x2212}, {"lowbar", '_'},
	{"Tab", ' '},	    {"NewLine", ' '},  {"num", '#'},	  {"hyphen", 0x2010},
	{"commat", '@'},    {"period", '.'},   {"colon", ':'},	  {"comma", ','},
	{"lpar", '('},	    {"rpar", ')'},     {"sol", '/'},	  {"plus", '+'},
	{"equals", '='},    {"AMP", '&'},      {"LT", '<'},	  {"GT", '>'},
	{"QUOT", '"'},
};

static size_t put(uint32_t code, uint8_t *out)
{
	if (code < 0x80) {
		out[0] = (uint8_t)code;
		return 1;
	}
	if (code < 0x800) {
		out[0] = (uint8_t)(0xc0 | code >> 6);
		out[1] = (uint8_t)(0x80 | (code & 0x3f));
		return 2;
	}
	if (code < 0x10000) {
		out[0] = (uint8_t)(0xe0 | code >> 12);
		out[1] = (uint8_t)(0x80 | (code >> 6 & 0x3f));
		out[2] = (uint8_t)(0x80 | (code & 0x3f));
		return 3;
	}
	out[0] = (uint8_t)(0xf0 | code >> 18);
	out[1] = (uint8_t)(0x80 | (code >> 12 & 0x3f));
	out[2] = (uint8_t)(0x80 | (code >> 6 & 0x3f));
	out[3] = (uint8_t)(0x80 | (code & 0x3f));
	return 4;
}

static unsigned digit(uint8_t c, unsigned base)
{
	unsigned d = c - '0';

	if (d > 9)
		d = (c | 0x20U) - 'a' < 6U ? (c | 0x20U) - 'a' + 10 : 99;
	return d < base ? d : 99;
}

/* in stands behind "&#". Bytes used, 0 when it is no number. */
static size_t numeric(const uint8_t *in, size_t len, uint32_t *ret)
{
	bool hex = len && (in[0] | 0x20) == 'x';
	size_t i = hex, start = i;
	uint32_t code = 0;

	for (; i < len && digit(in[i], hex ? 16 : 10) < 16; i++)
		if (code < 0x110000)
			code = code * (hex ? 16 : 10) + digit(in[i], hex ? 16 : 10);
	if (i == start || code == 0 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		return 0;
	*ret = code;
	return i + (i < len && in[i] == ';');
}

/* in stands behind '&'. */
static size_t one(const uint8_t *in, size_t len, uint32_t *ret)
{
	const uint8_t *semicolon;
	size_t n;

	if (len && in[0] == '#') {
		n = numeric(in + 1, len - 1, ret);
		return n ? n + 1 : 0;
	}
	semicolon = memchr(in, ';', len < 10 ? len : 10);
	if (!semicolon)
		return 0;
	n = (size_t)(semicolon - in);
	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++)
		if (strlen(named[i].name) == n && memcmp(named[i].name, in, n) == 0) {
			*ret = named[i].code;
			return n + 1;
		}
	return 0;
}

size_t weir_xml_decode(const uint8_t *in, size_t len, uint8_t *out)
{
	const uint8_t *end = in + len;
	uint8_t *start = out;

	while (in < end) {
		const uint8_t *amp = memchr(in, '&', (size_t)(end - in));
		size_t n = (size_t)((amp ? amp : end) - in);
		uint32_t code = '&';

		memmove(out, in, n);
		out += n;
		if (!amp)
			break;
		in = amp + 1;
		in += one(in, (size_t)(end - in), &code);
		out += put(code, out);
	}
	return (size_t)(out - start);
}
