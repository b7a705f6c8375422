/* SPDX-License-Identifier: Apache-2.0 */
/* Characters written with other characters: by JSON, HTML, URLs and mail. What does not come out as
 * a character stays as it is written. */
#include "escape.h"

#include "scan.h"
#include "weir/base/macros.h"

void weir_escape_flush(struct weir_escape *job, size_t at)
{
	if (at > job->kept)
		weir_view_keep(job->out, job->in, job->kept, at - job->kept);
	job->kept = at;
}

static void put_point(struct weir_escape *job, uint32_t point, size_t at)
{
	uint8_t n;
	uint32_t utf8 = weir_view_pack(point, &n);

	for (uint8_t i = 0; i < n; i++)
		weir_view_put(job->out, job->in, (uint8_t)(utf8 >> (8 * i)), at);
}

size_t weir_escape_resolve(struct weir_escape *job, uint32_t point, size_t at, size_t n)
{
	if (!weir_escape_character(point))
		return 0;
	weir_escape_flush(job, at);
	put_point(job, point, at);
	job->kept = at + n;
	job->rules |= WEIR_NORMAL_ESCAPE;
	return n;
}

static size_t byte_run(struct weir_escape *job, size_t at, uint8_t kind)
{
	struct weir_escape_bytes run;

	weir_escape_gather(job, at, kind, &run);
	return run.count > 0 ? weir_escape_run(job, at, &run) : 0;
}

/* A UTF-16 unit behind an introducer, with the one that belongs to it. */
static size_t utf16_unit(struct weir_escape *job, size_t at, size_t digits)
{
	int32_t unit = weir_escape_hex_at(job, digits, 4), low;
	size_t intro = digits - at, end = digits + 4;

	if (unit < 0)
		return 0;
	if ((unit & 0xfffff800) != 0xd800)
		return weir_escape_resolve(job, (uint32_t)unit, at, end - at);
	if (unit >= 0xdc00 || end + intro + 4 > job->in->len ||
	    memcmp(job->in->text + at, job->in->text + end, intro) != 0)
		return 0;
	low = weir_escape_hex_at(job, end + intro, 4);
	if (low < 0xdc00 || low > 0xdfff)
		return 0;
	return weir_escape_resolve(
		job, 0x10000 + (((uint32_t)unit & 0x3ff) << 10 | ((uint32_t)low & 0x3ff)), at,
		end + intro + 4 - at);
}

/* Only where the letter of an escaped blank would seem to belong to a number or a name, or a character
 * follows that is escaped as well: a folder may have that name. */
static bool ends_here(const struct weir_escape *job, size_t at)
{
	uint8_t c = weir_escape_at(job, at);

	for (unsigned i = 0; i < 8 && c == '\\'; i++) {
		c = weir_escape_at(job, ++at);
		if (c == 'u')
			return weir_escape_hex_at(job, at + 1, 4) >= 0;
		if (c == 'n' || c == 'r' || c == 't')
			c = weir_escape_at(job, ++at);
	}
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || c == '+';
}

/* Up to three backslashes: JSON in JSON in JSON. */
static size_t backslash(struct weir_escape *job, size_t at)
{
	size_t next = at + 1;
	uint8_t c, blank;

	while (weir_escape_at(job, next) == '\\' && next - at < 3)
		next++;
	c = weir_escape_at(job, next++);
	blank = c == 'n' ? '\n' : c == 'r' ? '\r' : '\t';
	switch (c) {
	case 'u':
		return utf16_unit(job, at, next);
	case 'x':
		return byte_run(job, at, '\\');
	case '"':
	case '/':
	case '\'':
		return weir_escape_resolve(job, c, at, next - at);
	case 'n':
	case 'r':
	case 't':
		if (ends_here(job, next))
			return weir_escape_resolve(job, blank, at, next - at);
		return 0;
	default:
		return 0;
	}
}

static size_t percent(struct weir_escape *job, size_t at)
{
	if (weir_escape_at(job, at + 1) == 'u')
		return utf16_unit(job, at, at + 2);
	return byte_run(job, at, '%');
}

static const struct {
	char name[8];
	uint16_t point;
} entities[] = {
	{"nbsp", 0xa0},	   {"amp", '&'},      {"lt", '<'},	  {"gt", '>'},
	{"quot", '"'},	   {"apos", '\''},    {"middot", 0xb7},	  {"shy", 0xad},
	{"ensp", 0x2002},  {"emsp", 0x2003},  {"thinsp", 0x2009}, {"zwnj", 0x200c},
	{"zwj", 0x200d},   {"lrm", 0x200e},   {"rlm", 0x200f},	  {"ndash", 0x2013},
	{"mdash", 0x2014}, {"bull", 0x2022},  {"minus", 0x2212},  {"times", 0xd7},
	{"sup1", 0xb9},	   {"sup2", 0xb2},    {"sup3", 0xb3},	  {"hyphen", 0x2010},
	{"dash", 0x2010},  {"period", '.'},   {"comma", ','},	  {"sol", '/'},
	{"lowbar", '_'},   {"num", '#'},      {"commat", '@'},	  {"colon", ':'},
	{"Tab", '\t'},	   {"NewLine", '\n'}, {"lpar", '('},	  {"rpar", ')'},
};

static size_t entity(struct weir_escape *job, size_t at)
{
	const uint8_t *name = job->in->text + at + 1;
	size_t n = 0, left = job->in->len - at - 1;

	while (n < left && n < sizeof(entities[0].name) && name[n] != ';')
		n++;
	if (n == 0 || n == left || n == sizeof(entities[0].name))
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(entities); i++)
		if (strnlen(entities[i].name, sizeof(entities[i].name)) == n &&
		    memcmp(entities[i].name, name, n) == 0)
			return weir_escape_resolve(job, entities[i].point, at, n + 2);
	return 0;
}

/* &#N; and &#xN;. The semicolon may be missing where no digit or letter follows. */
static size_t ampersand(struct weir_escape *job, size_t at)
{
	size_t p = at + 2;
	bool hex;
	uint32_t value = 0;
	unsigned n = 0;

	if (weir_escape_at(job, at + 1) != '#')
		return entity(job, at);
	hex = (weir_escape_at(job, p) | 0x20) == 'x';
	p += hex;
	for (; n < 8; n++, p++) {
		int digit = weir_escape_hex(weir_escape_at(job, p));

		if (digit < 0 || (!hex && digit > 9))
			break;
		value = value * (hex ? 16 : 10) + (uint32_t)digit;
	}
	if (n == 0)
		return 0;
	if (weir_escape_at(job, p) == ';')
		p++;
	else if (n == 1 || weir_escape_hex(weir_escape_at(job, p)) >= 0)
		return 0;
	return weir_escape_resolve(job, value, at, p - at);
}

bool weir_view_unescape(const struct weir_view_text *in, struct weir_view_out *out, unsigned *rules)
{
	struct weir_escape job = {.in = in, .out = out};

	for (size_t at = 0;;) {
		size_t n = 0;

		at = weir_view_next_escape(in->text, in->len, at);
		if (at == in->len)
			break;
		switch (in->text[at]) {
		case '\\':
			n = backslash(&job, at);
			break;
		case '&':
			n = ampersand(&job, at);
			break;
		case '%':
			n = percent(&job, at);
			break;
		case '=':
			n = weir_escape_mail(&job, at);
			break;
		default:
			break;
		}
		at += n > 0 ? n : 1;
	}
	*rules |= job.rules;
	if (job.rules == 0)
		return false;
	weir_escape_flush(&job, in->len);
	out->from[out->len] = weir_view_from(in, in->len);
	return true;
}
