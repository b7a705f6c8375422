/* SPDX-License-Identifier: Apache-2.0 */
/* Reads as much of the language of patterns as the catalogue uses. Whatever else there is ends the
 * reading, and the pattern allows everything. */
#include "lead.h"

#include <string.h>

#include "weir/base/macros.h"

#define DEPTH_MAX 16
#define DIGITS	  UINT64_C(0x03ff000000000000) /* of the first 64 bytes */

struct reader {
	const char *at;
	bool bad;
	unsigned depth;
};

/* Sets of a part of a pattern; open: what follows it continues behind them. */
struct part {
	struct weir_lead lead;
	bool open;
};

static void set_add(uint64_t set[4], unsigned c)
{
	set[c / 64] |= UINT64_C(1) << c % 64;
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : -1;
}

/* Behind a backslash: one byte, or -1. */
static int escaped(struct reader *r)
{
	char c = *r->at;
	int high, low;

	if (c == '\0')
		return -1;
	r->at++;
	switch (c) {
	case 'r':
		return '\r';
	case 'n':
		return '\n';
	case 't':
		return '\t';
	case 'x':
		high = hex_digit(r->at[0]);
		low = high < 0 ? -1 : hex_digit(r->at[1]);
		r->at += low < 0 ? 0 : 2;
		return low < 0 ? -1 : high * 16 + low;
	default:
		break;
	}
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c < 0 ? -1 : c;
}

/* One byte of a class. */
static int class_byte(struct reader *r)
{
	unsigned char c = (unsigned char)*r->at;

	if (c == '\0' || (c == '[' && (r->at[1] == ':' || r->at[1] == '.' || r->at[1] == '=')))
		return -1;
	r->at++;
	return c == '\\' ? escaped(r) : c;
}

static bool class_space(struct reader *r, uint64_t set[4])
{
	if (r->at[0] != '\\' || r->at[1] != 's')
		return false;
	for (unsigned c = 9; c <= 13; c++)
		set_add(set, c);
	set_add(set, ' ');
	r->at += 2;
	return true;
}

/* Behind '['. */
static void class(struct reader *r, uint64_t set[4])
{
	bool negated = *r->at == '^', first = true;

	r->at += negated;
	for (; !r->bad && (*r->at != ']' || first); first = false) {
		int from, to;

		if (class_space(r, set))
			continue;
		from = to = class_byte(r);
		if (from >= 0 && r->at[0] == '-' && r->at[1] != ']') {
			r->at++;
			to = class_byte(r);
		}
		r->bad = from < 0 || to < from;
		for (int c = from; !r->bad && c <= to; c++)
			set_add(set, (unsigned)c);
	}
	r->at += !r->bad;
	for (size_t i = 0; negated && i < 4; i++)
		set[i] = ~set[i];
}

static unsigned number(struct reader *r)
{
	unsigned n = 0;

	while (*r->at >= '0' && *r->at <= '9' && n < 10000)
		n = n * 10 + (unsigned)(*r->at++ - '0');
	return n;
}

/* "{" that no digit follows is a byte like others in PCRE2: not understood here. */
static void times(struct reader *r, unsigned *fewest, unsigned *most)
{
	*fewest = *most = 1;
	if (*r->at == '?' || *r->at == '*' || *r->at == '+') {
		*fewest = *r->at == '+';
		*most = *r->at++ == '?' ? 1 : UINT16_MAX;
	} else if (*r->at == '{') {
		r->at++;
		r->bad |= *r->at < '0' || *r->at > '9';
		*fewest = *most = number(r);
		if (*r->at == ',') {
			r->at++;
			*most = *r->at == '}' ? UINT16_MAX : number(r);
		}
		r->bad |= *r->at != '}' || *most < *fewest;
		r->at += !r->bad;
	} else {
		return;
	}
	r->at += !r->bad && (*r->at == '+' || *r->at == '?');
}

static void append(struct part *to, const struct part *item, unsigned fewest, unsigned most)
{
	for (unsigned k = 0; k < fewest && to->open && to->lead.count < WEIR_LEAD_MAX; k++) {
		for (size_t i = 0; i < item->lead.count && to->lead.count < WEIR_LEAD_MAX; i++)
			memcpy(to->lead.at[to->lead.count++], item->lead.at[i],
			       sizeof(item->lead.at[i]));
		to->open = item->open;
	}
	to->open &= fewest == most && to->lead.count < WEIR_LEAD_MAX;
}

static struct part alternatives(struct reader *r);

/* Behind '(': a group; what only looks ahead or back is passed over. True for a group. */
static bool group(struct reader *r, struct part *ret)
{
	bool looks = false;

	if (*r->at == '*')
		r->bad = true;
	if (*r->at == '?') {
		r->at++;
		if (*r->at == '<')
			r->at++;
		looks = *r->at == '=' || *r->at == '!';
		r->bad |= !looks && (*r->at != ':' || r->at[-1] == '<');
		r->at += !r->bad;
	}
	r->bad |= ++r->depth > DEPTH_MAX;
	*ret = r->bad ? (struct part){0} : alternatives(r);
	r->depth--;
	r->bad |= *r->at != ')';
	r->at += !r->bad;
	return !looks;
}

static bool item(struct reader *r, struct part *ret)
{
	char c = *r->at++;
	int byte = (unsigned char)c;

	*ret = (struct part){.lead = {.count = 1}, .open = true};
	if (c == '(')
		return group(r, ret);
	if (c == '[') {
		class(r, ret->lead.at[0]);
		return true;
	}
	if (c == '\\' && *r->at >= '1' && *r->at <= '9') { /* what a group matched: any length */
		(void)number(r);
		ret->lead.count = 0;
		ret->open = false;
		return true;
	}
	if (c == '\\')
		byte = escaped(r);
	else if (strchr(".^$*+?{", c))
		byte = -1;
	r->bad |= byte < 0;
	if (byte >= 0)
		set_add(ret->lead.at[0], (unsigned)byte);
	return true;
}

/* Any of both: the sets of both, as far as the shorter goes. */
static void merge(struct part *to, const struct part *other)
{
	to->open &= other->open && other->lead.count == to->lead.count;
	if (other->lead.count < to->lead.count)
		to->lead.count = other->lead.count;
	for (size_t i = 0; i < to->lead.count; i++)
		for (size_t k = 0; k < 4; k++)
			to->lead.at[i][k] |= other->lead.at[i][k];
}

static struct part sequence(struct reader *r);

/* What follows `all` and an item that may be missing: with it, or without. */
static struct part optional(struct reader *r, const struct part *all, const struct part *item)
{
	struct part with = *all, without = *all, rest;

	r->depth++;
	rest = sequence(r);
	r->depth--;
	append(&with, item, 1, 1);
	append(&with, &rest, 1, 1);
	append(&without, &rest, 1, 1);
	merge(&with, &without);
	return with;
}

static struct part sequence(struct reader *r)
{
	struct part all = {.open = true}, one;

	while (!r->bad && *r->at && *r->at != '|' && *r->at != ')') {
		unsigned fewest, most;
		bool counts = item(r, &one);

		times(r, &fewest, &most);
		if (!counts)
			continue;
		if (all.open && fewest == 0 && most == 1 && r->depth < DEPTH_MAX)
			return optional(r, &all, &one);
		append(&all, &one, fewest, most);
	}
	return all;
}

static struct part alternatives(struct reader *r)
{
	struct part all = sequence(r);

	while (!r->bad && *r->at == '|') {
		struct part other;

		r->at++;
		other = sequence(r);
		merge(&all, &other);
	}
	return all;
}

struct weir_lead weir_lead_of(const char *pattern)
{
	struct reader r = {.at = pattern};
	struct part all = alternatives(&r);

	return r.bad || *r.at ? (struct weir_lead){0} : all.lead;
}

static bool all_digits(const uint64_t set[4])
{
	return !(set[0] & ~DIGITS) && !set[1] && !set[2] && !set[3];
}

void weir_behind_of(const char *pattern, uint64_t ret[static 4])
{
	struct reader r = {.at = pattern + 1};
	struct part one = {.lead = {.count = 1}};
	unsigned fewest, most;

	memset(ret, 0xff, 4 * sizeof(*ret));
	if (pattern[0] != '(' || pattern[1] == '?' || pattern[1] == '*')
		return;
	do {
		if (*r.at == '\0' || strchr("()|", *r.at) || !item(&r, &one))
			return;
		times(&r, &fewest, &most);
		if (r.bad || one.lead.count != 1)
			return;
	} while (all_digits(one.lead.at[0]));
	/* the rest, in which there may be no other way to begin */
	(void)sequence(&r);
	if (r.bad || *r.at++ != ')')
		return;
	(void)sequence(&r);
	if (r.bad || *r.at || fewest == 0 || one.lead.at[0][0] & DIGITS)
		return;
	memcpy(ret, one.lead.at[0], 4 * sizeof(*ret));
	ret[0] |= DIGITS;
}

unsigned weir_sieve_add(struct weir_sieve *sieve, const char *pattern)
{
	struct weir_lead lead = {0};
	uint64_t bit;

	if (sieve->count == WEIR_LEAD_FORMS)
		return WEIR_LEAD_FORMS;
	if (pattern)
		lead = weir_lead_of(pattern);
	bit = UINT64_C(1) << sieve->count;
	for (size_t i = 0; i < WEIR_LEAD_MAX; i++)
		for (unsigned c = 0; c < 256; c++)
			if (i >= lead.count || lead.at[i][c / 64] >> c % 64 & 1)
				sieve->at[i][c] |= bit;
	return (unsigned)sieve->count++;
}

/* Items up to the ')' of the value. False: another kind of pattern. */
static bool plain_items(struct reader *r, struct weir_plain *ret)
{
	for (; *r->at && *r->at != ')'; ret->count++) {
		struct part one;
		unsigned fewest, most;

		if (ret->count == WEIR_PLAIN_ITEMS || *r->at == '(' || *r->at == '|' ||
		    (r->at[0] == '\\' && r->at[1] >= '0' && r->at[1] <= '9') ||
		    (ret->count > 0 &&
		     ret->items[ret->count - 1].fewest != ret->items[ret->count - 1].most) ||
		    !item(r, &one))
			return false;
		times(r, &fewest, &most);
		if (r->bad || r->at[-1] == '?' || most > UINT8_MAX || one.lead.count != 1 ||
		    one.lead.at[0][2] || one.lead.at[0][3])
			return false;
		memcpy(ret->items[ret->count].set, one.lead.at[0], sizeof(ret->items[0].set));
		ret->items[ret->count].digits =
			one.lead.at[0][0] == DIGITS && one.lead.at[0][1] == 0;
		ret->items[ret->count].fewest = (uint8_t)fewest;
		ret->items[ret->count].most = (uint8_t)most;
	}
	return ret->count > 0 && *r->at == ')';
}

/* Letters and digits alone: with fewer of them a letter or digit would follow again. */
static bool all_alnum(const uint64_t set[2])
{
	return !(set[0] & ~DIGITS) && !(set[1] & ~UINT64_C(0x07fffffe07fffffe));
}

struct weir_plain weir_plain_of(const char *pattern)
{
	struct weir_plain plain = {0};
	struct reader r = {.at = pattern + 1};

	if (pattern[0] != '(' || pattern[1] == '?' || pattern[1] == '*' || !plain_items(&r, &plain))
		return (struct weir_plain){0};
	plain.edge = strcmp(r.at, ")(?![0-9A-Za-z])") == 0;
	if (plain.edge ? !all_alnum(plain.items[plain.count - 1].set) : strcmp(r.at, ")") != 0)
		return (struct weir_plain){0};
	return plain;
}

static bool is_alnum(uint8_t c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

static size_t item_match(const struct weir_plain *plain, size_t item, const uint8_t *data,
			 size_t len)
{
	size_t n = 0, most = WEIR_MIN((size_t)plain->items[item].most, len);

	while (n < most && data[n] < 0x80 &&
	       plain->items[item].set[data[n] / 64] >> data[n] % 64 & 1)
		n++;
	return n;
}

size_t weir_plain_match(const struct weir_plain *plain, const uint8_t *data, size_t len,
			size_t digits)
{
	size_t at = 0;

	for (size_t i = 0; i < plain->count; i++) {
		size_t n = plain->items[i].digits && at < digits
				   ? WEIR_MIN((size_t)plain->items[i].most, digits - at)
				   : item_match(plain, i, data + at, len - at);

		if (n < plain->items[i].fewest)
			return 0;
		at += n;
	}
	return plain->edge && at < len && is_alnum(data[at]) ? 0 : at;
}
