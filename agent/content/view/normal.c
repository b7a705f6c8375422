/* SPDX-License-Identifier: Apache-2.0 */
/* The normalised view: escapes first (escape.c), then each character by the table, then what only
 * shows among digits (lookalike.c). */
#include "weir/view/normal.h"

#include <errno.h>
#include <stdlib.h>

#include "scan.h"
#include "tables.h"
#include "tables/rules.h"
#include "text.h"
#include "weir/base/macros.h"
#include "weir/base/utf8.h"

#define EDGE	      64
#define LONGEST	      (1u << 20)
#define CODE_NUMERALS 6
#define NUMERALS      7

void weir_normal_done(struct weir_normal *normal)
{
	free(normal->text ? normal->text - EDGE : NULL);
	free(normal->spare ? normal->spare - EDGE : NULL);
	free(normal->from);
	free(normal->spare_from);
	*normal = (struct weir_normal){0};
}

static int reserve(struct weir_normal *normal, size_t len)
{
	size_t size = 2 * len + 1;
	uint8_t *text _cleanup_(freep) = NULL, *spare _cleanup_(freep) = NULL;
	uint32_t *from _cleanup_(freep) = NULL, *spare_from _cleanup_(freep) = NULL;

	if (normal->text && normal->spare && normal->size >= size)
		return 0;
	text = calloc(1, size + 2 * EDGE);
	spare = calloc(1, size + 2 * EDGE);
	from = malloc((size + EDGE) * sizeof(*from));
	spare_from = malloc((size + EDGE) * sizeof(*spare_from));
	if (!text || !spare || !from || !spare_from)
		return -ENOMEM;
	weir_normal_done(normal);
	normal->text = TAKE_PTR(text) + EDGE;
	normal->spare = TAKE_PTR(spare) + EDGE;
	normal->from = TAKE_PTR(from);
	normal->spare_from = TAKE_PTR(spare_from);
	normal->size = size;
	return 0;
}

static void swap(struct weir_normal *normal)
{
	uint8_t *text = normal->text;
	uint32_t *from = normal->from;

	normal->text = normal->spare;
	normal->from = normal->spare_from;
	normal->spare = text;
	normal->spare_from = from;
}

struct job {
	const struct weir_view_text *in;
	struct weir_view_out *out;
	size_t at, n;		/* the character at hand */
	size_t run_end;		/* of the numerals that were judged */
	size_t token_end;	/* of the letters that were judged */
	bool run_counts;	/* is a number */
	bool token_mixed;	/* Latin with look-alikes */
	size_t enclosed_behind; /* length of out just behind the last enclosed digit */
	unsigned rules;
};

/* The rule of the next character at at; *ret_n its bytes. At the end VIEW_KEEP and 0. */
static uint16_t rule_at(const struct weir_view_text *in, size_t at, size_t *ret_n,
			uint32_t *ret_point)
{
	*ret_n = 0;
	*ret_point = 0;
	if (at >= in->len)
		return VIEW_KEEP;
	*ret_n = weir_utf8_decode((const char *)in->text + at, in->len - at, ret_point);
	if (*ret_point >= 0xe0000 && *ret_point < 0xe1000)
		return VIEW_DROP << 8;
	return weir_view_rule(*ret_point);
}

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static bool is_alnum(uint32_t c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

static unsigned kind_of(uint16_t rule)
{
	return rule >> 8;
}

static void put(struct job *job, uint8_t byte, unsigned rule)
{
	weir_view_put(job->out, job->in, byte, job->at);
	job->rules |= rule;
}

static void keep(struct job *job)
{
	weir_view_keep(job->out, job->in, job->at, job->n);
}

static bool digit_before(const struct job *job)
{
	return job->out->len > 0 && is_digit(job->out->text[job->out->len - 1]);
}

/* The kind of what follows, beyond what has no width; *ret_digit: it reads as a digit. */
static unsigned kind_after(const struct job *job, bool *ret_digit)
{
	size_t at = job->at + job->n, n;
	uint32_t point;
	uint16_t rule = 0;

	for (unsigned i = 0; i < 8; i++, at += n) {
		rule = rule_at(job->in, at, &n, &point);
		if (n == 0 || kind_of(rule) != VIEW_DROP)
			break;
	}
	*ret_digit = (point < 0x80 && is_digit((uint8_t)point)) || kind_of(rule) == VIEW_DIGIT ||
		     (kind_of(rule) == VIEW_WIDTH && is_digit(rule & 0xff));
	return kind_of(rule);
}

/* Inside a number or beside its like it is a digit; alone it marks an item of a list or a foot
 * note. */
static void enclosed(struct job *job, uint8_t value)
{
	bool digit_after;
	bool like_after = kind_after(job, &digit_after) == VIEW_ENCLOSED;
	bool like_before = job->out->len > 0 && job->enclosed_behind == job->out->len;

	if (!like_after && !like_before && !(digit_after && digit_before(job))) {
		keep(job);
		job->enclosed_behind = 0;
		return;
	}
	if (value >= 10)
		put(job, '0' + value / 10, WEIR_NORMAL_DIGIT);
	put(job, '0' + value % 10, WEIR_NORMAL_DIGIT);
	job->enclosed_behind = job->out->len;
}

static bool number_length(size_t n)
{
	return n == 11 || (n >= 15 && n <= 19);
}

/* Numerals and digits in a row from job->at on, with the digits already written before them. A
 * number in digits that a hanzi numeral happens to touch keeps its length. */
static void judge_numerals(struct job *job)
{
	size_t digits = 0, longest, hanzi = 0, total, at = job->at, n;
	uint32_t point;

	while (digits < job->out->len && digits < 32 &&
	       is_digit(job->out->text[job->out->len - 1 - digits]))
		digits++;
	total = longest = digits;
	for (;; at += n) {
		uint16_t rule = rule_at(job->in, at, &n, &point);
		unsigned kind = kind_of(rule);
		bool digit = (point < 0x80 && is_digit((uint8_t)point)) || kind == VIEW_DIGIT ||
			     (kind == VIEW_WIDTH && is_digit(rule & 0xff));

		if (n == 0 || (kind != VIEW_NUMERAL && kind != VIEW_DROP && !digit))
			break;
		if (kind == VIEW_DROP)
			continue;
		total++;
		hanzi += kind == VIEW_NUMERAL;
		digits = digit ? digits + 1 : 0;
		longest = digits > longest ? digits : longest;
	}
	job->run_end = at;
	job->run_counts = total >= NUMERALS &&
			  (hanzi >= NUMERALS ||
			   (!number_length(longest) && (hanzi >= 3 || number_length(total))));
}

static bool is_capital(uint32_t point)
{
	return point >= 'A' && point <= 'Z';
}

/* The same for codes that mix capitals with digits, as those of vehicles and companies do: what
 * comes to their length with the numerals read as digits. */
static void judge_code(struct job *job)
{
	size_t total = 0, hanzi = 0, at = job->at, n;
	const uint8_t *text = job->out->text;
	uint32_t point;

	while (total < job->out->len && total < 20 &&
	       (is_digit(text[job->out->len - 1 - total]) ||
		is_capital(text[job->out->len - 1 - total])))
		total++;
	for (;; at += n) {
		uint16_t rule = rule_at(job->in, at, &n, &point);
		unsigned kind = kind_of(rule);

		if (n == 0 || (kind != VIEW_NUMERAL && !is_capital(point) &&
			       !(point < 0x80 && is_digit((uint8_t)point))))
			break;
		total++;
		hanzi += kind == VIEW_NUMERAL;
	}
	if (hanzi < CODE_NUMERALS || (total != 17 && total != 18))
		return;
	job->run_end = at;
	job->run_counts = true;
}

static void numeral(struct job *job, uint8_t value)
{
	if (job->at >= job->run_end) {
		judge_numerals(job);
		if (!job->run_counts)
			judge_code(job);
	}
	if (job->run_counts)
		put(job, '0' + value, WEIR_NORMAL_NUMERAL);
	else
		keep(job);
}

static bool is_letter_beyond(uint32_t point)
{
	return point >= 0x370 && point < 0x530;
}

/* Letters of one word: Latin, and Greek or Cyrillic that all look Latin. Pure Greek and pure Russian
 * are left alone. */
static void judge_token(struct job *job)
{
	bool latin = job->out->len > 0 && is_alnum(job->out->text[job->out->len - 1]);
	bool alike = true;
	size_t at = job->at, n;
	uint32_t point;

	for (;; at += n) {
		unsigned kind = kind_of(rule_at(job->in, at, &n, &point));

		if (n == 0 || !(is_alnum(point) || is_letter_beyond(point) || kind == VIEW_DROP))
			break;
		latin |= is_alnum(point);
		alike &= !is_letter_beyond(point) || kind == VIEW_GLYPH;
	}
	job->token_end = at;
	job->token_mixed = latin && alike;
}

static void glyph(struct job *job, uint8_t letter)
{
	if (job->at >= job->token_end)
		judge_token(job);
	if (job->token_mixed)
		put(job, letter, WEIR_NORMAL_LOOKALIKE);
	else
		keep(job);
}

/* A digit, or what may become one. */
static bool is_nearly_digit(uint8_t c)
{
	return is_digit(c) || c == 'O' || c == 'o' || c == 'l' || c == 'I';
}

/* Behind exactly 17 digits, which may stand in groups. */
static void times(struct job *job)
{
	size_t digits = 0, at = job->out->len;
	bool after;

	while (at > 0 && digits < 18) {
		uint8_t c = job->out->text[at - 1];

		if (!is_nearly_digit(c) &&
		    !((c == ' ' || c == '-') && at > 1 && is_digit(job->out->text[at - 2])))
			break;
		digits += is_nearly_digit(c);
		at--;
	}
	kind_after(job, &after);
	if (digits == 17 && !after)
		put(job, 'X', WEIR_NORMAL_LOOKALIKE);
	else
		keep(job);
}

static void character(struct job *job)
{
	uint32_t point;
	uint16_t rule = rule_at(job->in, job->at, &job->n, &point);
	uint8_t value = rule & 0xff;

	switch (kind_of(rule)) {
	case VIEW_DROP:
		job->rules |= WEIR_NORMAL_INVISIBLE;
		return;
	case VIEW_WIDTH:
		put(job, value, WEIR_NORMAL_WIDTH);
		return;
	case VIEW_SEPARATOR:
		put(job, value, WEIR_NORMAL_SEPARATOR);
		return;
	case VIEW_DIGIT:
		put(job, '0' + value, WEIR_NORMAL_DIGIT);
		return;
	case VIEW_ENCLOSED:
		enclosed(job, value);
		return;
	case VIEW_NUMERAL:
		numeral(job, value);
		return;
	case VIEW_GLYPH:
		glyph(job, value);
		return;
	case VIEW_TIMES:
		times(job);
		return;
	default:
		keep(job);
		return;
	}
}

/* Full width and separators of three bytes, which Chinese text is full of, without further ado. */
static inline bool plain_rule(struct job *job)
{
	const uint8_t *p = job->in->text + job->at;
	uint16_t rule;

	/* 0xe0 may begin an overlong form */
	if (job->in->len - job->at < 3 || (p[0] & 0xf0) != 0xe0 || p[0] == 0xe0 ||
	    (p[1] & 0xc0) != 0x80 || (p[2] & 0xc0) != 0x80)
		return false;
	rule = weir_view_rule((p[0] & 0x0fu) << 12 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu));
	if (kind_of(rule) != VIEW_WIDTH && kind_of(rule) != VIEW_SEPARATOR)
		return false;
	put(job, rule & 0xff,
	    kind_of(rule) == VIEW_WIDTH ? WEIR_NORMAL_WIDTH : WEIR_NORMAL_SEPARATOR);
	job->n = 3;
	return true;
}

static unsigned characters(const struct weir_view_text *in, struct weir_view_out *out)
{
	struct job job = {.in = in, .out = out};

	while (job.at < in->len) {
		size_t next = weir_view_next_ruled(in->text, in->len, job.at);

		weir_view_keep(out, in, job.at, next - job.at);
		job.at = next;
		if (job.at == in->len)
			break;
		if (!plain_rule(&job))
			character(&job);
		job.at += job.n;
	}
	out->from[out->len] = weir_view_from(in, in->len);
	return job.rules;
}

int weir_normalise(const uint8_t *in, size_t len, struct weir_normal *ret)
{
	struct weir_view_text text = {.text = in, .len = len};
	struct weir_view_out out;
	unsigned rules = 0;

	if (len > LONGEST)
		return -E2BIG;
	if (reserve(ret, len) < 0)
		return -ENOMEM;
	/* each step reads from one array and writes to the other */
	for (unsigned round = 0; round < 2; round++) {
		out = (struct weir_view_out){ret->text, ret->from, 0};
		if (!weir_view_unescape(&text, &out, &rules))
			break;
		text = (struct weir_view_text){ret->text, ret->from, out.len};
		swap(ret);
	}
	out = (struct weir_view_out){ret->text, ret->from, 0};
	rules |= characters(&text, &out);
	ret->len = out.len;
	if (weir_view_lookalikes(ret->text, ret->len))
		rules |= WEIR_NORMAL_LOOKALIKE;
	ret->rules = rules;
	return 0;
}
