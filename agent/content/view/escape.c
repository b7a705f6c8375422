/* SPDX-License-Identifier: Apache-2.0 */
/* Characters written with other characters: by JSON, HTML, URLs and mail. What does not come out as
 * a character stays as it is written. An escaped tab or line break becomes a space: a line of the
 * file stays a line. */
#include <endian.h>

#include "decode.h"
#include "tables.h"
#include "text.h"
#include "weir/base/macros.h"
#include "weir/base/utf8.h"
#include "weir/view/charset.h"
#include "weir/view/normal.h"

#define RUN_MAX	 1024 /* bytes in a row written as %XX and the like */
#define WORD_MAX 4096 /* bytes in RFC 2047 words joined to one */

struct job {
	const struct weir_view_text *in;
	struct weir_view_out *out;
	size_t kept;	  /* of the input, written or resolved */
	size_t soft_line; /* where the line behind a soft break begins */
	unsigned rules;
};

/* Bytes, and where in the input each is written. */
struct bytes {
	size_t count;
	uint8_t byte[WORD_MAX];
	uint32_t at[WORD_MAX + 1];
};

static int hex_of(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static uint8_t byte_at(const struct job *job, size_t at)
{
	return at < job->in->len ? job->in->text[at] : 0;
}

/* digits hexadecimal ones at at; -1: there are not that many. */
static int32_t hex_at(const struct job *job, size_t at, unsigned digits)
{
	int32_t value = 0;

	for (unsigned i = 0; i < digits; i++) {
		int four = hex_of(byte_at(job, at + i));

		if (four < 0)
			return -1;
		value = value << 4 | four;
	}
	return value;
}

/* What stands before at and was not written yet. */
static void flush(struct job *job, size_t at)
{
	if (at > job->kept)
		weir_view_keep(job->out, job->in, job->kept, at - job->kept);
	job->kept = at;
}

static bool is_blank_control(uint32_t point)
{
	return point == '\t' || point == '\n' || point == '\r';
}

static bool is_character(uint32_t point)
{
	if (point < 0x20)
		return is_blank_control(point);
	return !(point >= 0x7f && point < 0xa0) && (point & 0xfffff800) != 0xd800 &&
	       point <= 0x10ffff;
}

static void put_point(struct job *job, uint32_t point, size_t at)
{
	uint8_t n;
	uint32_t utf8 = weir_view_pack(is_blank_control(point) ? ' ' : point, &n);

	for (uint8_t i = 0; i < n; i++)
		weir_view_put(job->out, job->in, (uint8_t)(utf8 >> (8 * i)), at);
}

/* One code point instead of n bytes at at. */
static size_t resolve(struct job *job, uint32_t point, size_t at, size_t n)
{
	if (!is_character(point))
		return 0;
	flush(job, at);
	put_point(job, point, at);
	job->kept = at + n;
	job->rules |= WEIR_NORMAL_ESCAPE;
	return n;
}

/* Runs of bytes: %XX, \xXX, =XX. */

/* Where the two digits of an escaped byte at at begin, 0: none there. */
static size_t digits_of(const struct job *job, size_t at, uint8_t kind)
{
	size_t digits = at + 1;

	if (byte_at(job, at) != kind)
		return 0;
	if (kind == '\\') {
		while (byte_at(job, digits) == '\\' && digits - at < 3)
			digits++;
		if (byte_at(job, digits++) != 'x')
			return 0;
	}
	return hex_at(job, digits, 2) >= 0 ? digits : 0;
}

/* Behind "=" and blanks and a line break; 0: there is none. */
static size_t soft_break(const struct job *job, size_t at)
{
	size_t end = at + 1;

	while ((byte_at(job, end) == ' ' || byte_at(job, end) == '\t') && end - at < 8)
		end++;
	if (byte_at(job, end) == '\r')
		end++;
	return byte_at(job, end) == '\n' ? end + 1 : 0;
}

static size_t gather(const struct job *job, size_t at, uint8_t kind, struct bytes *ret)
{
	ret->count = 0;
	while (ret->count < RUN_MAX) {
		size_t digits = digits_of(job, at, kind);
		size_t next =
			kind == '=' && digits == 0 && ret->count > 0 && byte_at(job, at) == '='
				? soft_break(job, at)
				: 0;

		if (next > 0 && digits_of(job, next, kind) > 0) {
			at = next;
			continue;
		}
		if (digits == 0)
			break;
		ret->byte[ret->count] = (uint8_t)hex_at(job, digits, 2);
		ret->at[ret->count++] = (uint32_t)at;
		at = digits + 2;
	}
	ret->at[ret->count] = (uint32_t)at;
	return at;
}

/* A GB18030 pair whose second byte is an ASCII letter is often written with that letter bare. */
static void add_bare(const struct job *job, struct bytes *run)
{
	size_t next = run->at[run->count];
	uint8_t c = byte_at(job, next);

	if (run->count == 0 || run->byte[run->count - 1] < 0x81 || c < 0x40 || c >= 0x7f)
		return;
	run->byte[run->count++] = c;
	run->at[run->count] = (uint32_t)(next + 1);
}

static bool all_characters(enum weir_charset charset, const struct bytes *run, size_t *ret_common)
{
	size_t common = 0;

	for (size_t i = 0; i < run->count;) {
		const uint8_t *p = run->byte + i;
		struct weir_view_char c = weir_view_step(charset, p, run->count - i, true);

		if (c.utf8 == VIEW_BAD || (p[0] < 0x80 && !is_character(p[0])))
			return false;
		if (c.in == 2) {
			unsigned pair = VIEW_PAIR(p[0], p[1]);

			common += weir_view_gb_common[pair / 8] >> (pair % 8) & 1;
		}
		i += c.in;
	}
	*ret_common = common;
	return true;
}

/* UTF-8 first. GB18030 takes nearly anything: a single pair must be a usual character. */
static enum weir_charset charset_of_run(const struct job *job, struct bytes *run)
{
	size_t valid = weir_utf8_valid((const char *)run->byte, run->count);
	size_t common = 0, before = run->count;

	if (valid == run->count || (run->count == RUN_MAX && run->count - valid < 4)) {
		for (size_t i = 0; i < valid; i++)
			if (run->byte[i] < 0x80 && !is_character(run->byte[i]))
				return WEIR_CHARSET_BYTES;
		run->count = valid;
		return WEIR_CHARSET_UTF8;
	}
	if (all_characters(WEIR_CHARSET_GB18030, run, &common) && (common > 0 || before > 4))
		return WEIR_CHARSET_GB18030;
	add_bare(job, run);
	if (run->count > before && all_characters(WEIR_CHARSET_GB18030, run, &common) && common > 0)
		return WEIR_CHARSET_GB18030;
	run->count = before;
	return WEIR_CHARSET_BYTES;
}

static void put_bytes(struct job *job, enum weir_charset charset, const struct bytes *run)
{
	for (size_t i = 0; i < run->count;) {
		struct weir_view_char c;

		if (charset == WEIR_CHARSET_UTF8 || charset == WEIR_CHARSET_BYTES) {
			uint8_t byte = run->byte[i];

			weir_view_put(job->out, job->in, is_blank_control(byte) ? ' ' : byte,
				      run->at[i]);
			i++;
			continue;
		}
		c = weir_view_step(charset, run->byte + i, run->count - i, true);
		for (uint8_t k = 0; k < c.out; k++)
			weir_view_put(job->out, job->in, (uint8_t)(c.utf8 >> (8 * k)), run->at[i]);
		i += c.in;
	}
}

/* What is ASCII of a run that is no text as a whole. */
static void put_ascii_of(struct job *job, const struct bytes *run)
{
	for (size_t i = 0; i < run->count; i++)
		if (run->byte[i] < 0x80)
			resolve(job, run->byte[i], run->at[i], run->at[i + 1] - run->at[i]);
}

static size_t resolve_run(struct job *job, size_t at, struct bytes *run)
{
	enum weir_charset charset = charset_of_run(job, run);
	size_t end = run->at[run->count];

	if (run->count == 0)
		return 0;
	if (charset == WEIR_CHARSET_BYTES) {
		put_ascii_of(job, run);
		return end - at;
	}
	flush(job, at);
	put_bytes(job, charset, run);
	job->kept = end;
	job->rules |= WEIR_NORMAL_ESCAPE;
	return end - at;
}

static size_t byte_run(struct job *job, size_t at, uint8_t kind)
{
	struct bytes run;

	gather(job, at, kind, &run);
	return run.count > 0 ? resolve_run(job, at, &run) : 0;
}

/* A UTF-16 unit behind an introducer, with the one that belongs to it. */
static size_t utf16_unit(struct job *job, size_t at, size_t digits)
{
	int32_t unit = hex_at(job, digits, 4), low;
	size_t intro = digits - at, end = digits + 4;

	if (unit < 0)
		return 0;
	if ((unit & 0xfffff800) != 0xd800)
		return resolve(job, (uint32_t)unit, at, end - at);
	if (unit >= 0xdc00 || end + intro + 4 > job->in->len ||
	    memcmp(job->in->text + at, job->in->text + end, intro) != 0)
		return 0;
	low = hex_at(job, end + intro, 4);
	if (low < 0xdc00 || low > 0xdfff)
		return 0;
	return resolve(job, 0x10000 + (((uint32_t)unit & 0x3ff) << 10 | ((uint32_t)low & 0x3ff)),
		       at, end + intro + 4 - at);
}

/* Up to three backslashes: JSON in JSON in JSON. */
static size_t backslash(struct job *job, size_t at)
{
	size_t next = at + 1;
	uint8_t c;

	while (byte_at(job, next) == '\\' && next - at < 3)
		next++;
	c = byte_at(job, next++);
	switch (c) {
	case 'u':
		return utf16_unit(job, at, next);
	case 'x':
		return byte_run(job, at, '\\');
	case '"':
	case '/':
	case '\'':
		return resolve(job, c, at, next - at);
	case 'n':
	case 'r':
	case 't':
		/* only where the letter would seem to belong to a number or a name */
		c = byte_at(job, next);
		if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || c == '+')
			return resolve(job, ' ', at, next - at);
		return 0;
	default:
		return 0;
	}
}

static size_t percent(struct job *job, size_t at)
{
	if (byte_at(job, at + 1) == 'u')
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

static size_t entity(struct job *job, size_t at)
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
			return resolve(job, entities[i].point, at, n + 2);
	return 0;
}

/* &#N; and &#xN;. The semicolon may be missing where no digit or letter follows. */
static size_t ampersand(struct job *job, size_t at)
{
	size_t p = at + 2;
	bool hex;
	uint32_t value = 0;
	unsigned n = 0;

	if (byte_at(job, at + 1) != '#')
		return entity(job, at);
	hex = (byte_at(job, p) | 0x20) == 'x';
	p += hex;
	for (; n < 8; n++, p++) {
		int digit = hex_of(byte_at(job, p));

		if (digit < 0 || (!hex && digit > 9))
			break;
		value = value * (hex ? 16 : 10) + (uint32_t)digit;
	}
	if (n == 0)
		return 0;
	if (byte_at(job, p) == ';')
		p++;
	else if (n == 1 || hex_of(byte_at(job, p)) >= 0)
		return 0;
	return resolve(job, value, at, p - at);
}

/* Mail: RFC 2047 and quoted-printable. */

struct word {
	const uint8_t *charset;
	size_t charset_len;
	uint8_t encoding;
	size_t text, text_end, end; /* places in the input */
};

static bool word_at(const struct job *job, size_t at, struct word *ret)
{
	size_t p = at + 2, name = p;

	if (byte_at(job, at) != '=' || byte_at(job, at + 1) != '?')
		return false;
	while (byte_at(job, p) > ' ' && byte_at(job, p) < 0x7f && byte_at(job, p) != '?' &&
	       p - name < 40)
		p++;
	if (p == name || byte_at(job, p) != '?' || byte_at(job, p + 2) != '?')
		return false;
	*ret = (struct word){.charset = job->in->text + name,
			     .charset_len = p - name,
			     .encoding = byte_at(job, p + 1) | 0x20,
			     .text = p + 3};
	for (size_t i = 0; i < ret->charset_len; i++)
		if (ret->charset[i] == '*')
			ret->charset_len = i;
	p = ret->text;
	while (p < job->in->len && job->in->text[p] != '?' && job->in->text[p] >= ' ' &&
	       p - ret->text < WORD_MAX)
		p++;
	ret->text_end = p;
	ret->end = p + 2;
	return byte_at(job, p) == '?' && byte_at(job, p + 1) == '=' &&
	       (ret->encoding == 'b' || ret->encoding == 'q');
}

static int six_of(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* False: there is more than fits. */
static bool add_byte(struct bytes *bytes, uint8_t byte, size_t at)
{
	if (bytes->count == WORD_MAX)
		return false;
	bytes->byte[bytes->count] = byte;
	bytes->at[bytes->count++] = (uint32_t)at;
	return true;
}

static bool add_base64(const struct job *job, const struct word *word, struct bytes *bytes)
{
	uint32_t bits = 0;
	unsigned held = 0;
	size_t began = word->text;

	for (size_t p = word->text; p < word->text_end; p++) {
		int six = six_of(byte_at(job, p));

		if (six < 0)
			continue;
		bits = bits << 6 | (uint32_t)six;
		held += 6;
		if (held >= 8) {
			held -= 8;
			if (!add_byte(bytes, (uint8_t)(bits >> held), began))
				return false;
			/* the bits left over begin in this very character */
			began = held > 0 ? p : p + 1;
		} else {
			began = p;
		}
	}
	return true;
}

static bool add_quoted(const struct job *job, const struct word *word, struct bytes *bytes)
{
	for (size_t p = word->text; p < word->text_end; p++) {
		uint8_t c = byte_at(job, p);
		int32_t value = c == '=' ? hex_at(job, p + 1, 2) : -1;

		if (!add_byte(bytes, value >= 0 ? (uint8_t)value : c == '_' ? ' ' : c, p))
			return false;
		p += value >= 0 ? 2 : 0;
	}
	return true;
}

static bool add_word(const struct job *job, const struct word *word, struct bytes *bytes)
{
	size_t before = bytes->count;

	if (word->encoding == 'b' ? add_base64(job, word, bytes) : add_quoted(job, word, bytes))
		return true;
	bytes->count = before;
	return false;
}

/* The next word when only blanks stand between and a character may go on in it. */
static bool next_word(const struct job *job, const struct word *word, struct word *ret)
{
	size_t p = word->end;

	while (p - word->end < 8 && (byte_at(job, p) == ' ' || is_blank_control(byte_at(job, p))))
		p++;
	return word_at(job, p, ret) && ret->encoding == word->encoding &&
	       ret->charset_len == word->charset_len &&
	       memcmp(ret->charset, word->charset, word->charset_len) == 0;
}

static bool fits(enum weir_charset charset, const struct bytes *bytes, size_t len)
{
	size_t made = 0;

	if (charset == WEIR_CHARSET_UTF8)
		return true;
	for (size_t i = 0; i < bytes->count;) {
		struct weir_view_char c =
			weir_view_step(charset, bytes->byte + i, bytes->count - i, true);

		made += c.out;
		i += c.in;
	}
	return made * 10 <= len * 14;
}

static size_t mail_word(struct job *job, size_t at)
{
	struct bytes bytes;
	struct word word, next;
	enum weir_charset charset;

	bytes.count = 0;
	if (!word_at(job, at, &word) || !add_word(job, &word, &bytes))
		return 0;
	while (next_word(job, &word, &next) && add_word(job, &next, &bytes))
		word = next;
	charset = weir_charset_named((const char *)word.charset, word.charset_len);
	if (charset == WEIR_CHARSET_BYTES &&
	    weir_utf8_valid((const char *)bytes.byte, bytes.count) == bytes.count)
		charset = WEIR_CHARSET_UTF8;
	if (charset == WEIR_CHARSET_BYTES || !fits(charset, &bytes, word.end - at))
		return 0;
	flush(job, at);
	put_bytes(job, charset, &bytes);
	job->kept = word.end;
	job->rules |= WEIR_NORMAL_RFC2047;
	return word.end - at;
}

/* A line that a mailer broke is nearly as long as it may be, or ends in an escaped byte. A line of
 * settings that ends in "=" is neither. */
static bool is_mail_break(const struct job *job, size_t at)
{
	size_t start = at;

	if (at >= 3 && digits_of(job, at - 3, '=') == at - 2)
		return true;
	while (start > 0 && at - start < 80 && job->in->text[start - 1] != '\n')
		start--;
	return at - start >= 56 && at - start < 78 && job->in->text[at - 1] != ' ';
}

/* Part of a paragraph that a mailer broke: only there is a single =XX an escape. */
static bool in_mail_lines(const struct job *job, size_t at)
{
	if (job->soft_line > 0 && at - job->soft_line < 80 &&
	    memchr(job->in->text + job->soft_line, '\n', at - job->soft_line) == NULL)
		return true;
	for (size_t p = at; p < job->in->len && p - at < 80 && job->in->text[p] != '\n'; p++)
		if (job->in->text[p] == '=' && soft_break(job, p) > 0)
			return is_mail_break(job, p);
	return false;
}

static size_t equals(struct job *job, size_t at)
{
	size_t end = soft_break(job, at);
	struct bytes run;

	if (byte_at(job, at + 1) == '?')
		return mail_word(job, at);
	if (end > 0) {
		if (!is_mail_break(job, at))
			return 0;
		flush(job, at);
		job->kept = job->soft_line = end;
		job->rules |= WEIR_NORMAL_ESCAPE;
		return end - at;
	}
	if (digits_of(job, at, '=') == 0)
		return 0;
	gather(job, at, '=', &run);
	if (run.count == 1 && run.byte[0] != '=' && !in_mail_lines(job, at))
		return 0;
	return resolve_run(job, at, &run);
}

bool weir_view_unescape(const struct weir_view_text *in, struct weir_view_out *out, unsigned *rules)
{
	struct job job = {.in = in, .out = out};

	for (size_t at = 0; at < in->len;) {
		size_t n = 0;

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
			n = equals(&job, at);
			break;
		default:
			break;
		}
		at += n > 0 ? n : 1;
	}
	*rules |= job.rules;
	if (job.rules == 0)
		return false;
	flush(&job, in->len);
	out->from[out->len] = weir_view_from(in, in->len);
	return true;
}
