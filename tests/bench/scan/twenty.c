/* SPDX-License-Identifier: Apache-2.0 */
#include "twenty.h"

#include <string.h>

#include "check.h"
#include "weir/base/macros.h"

enum {
	K_DIGIT = 1,
	K_UPPER = 2,
	K_LOWER = 4,
	K_LOCAL = 8,   /* of an e-mail's local part */
	K_DOMAIN = 16, /* of a label */
	K_PLATE = 32,
	K_USCC = 64,

	K_LETTER = K_UPPER | K_LOWER,
	K_ALNUM = K_LETTER | K_DIGIT,
};

#define DIGIT	   (K_DIGIT | K_LOCAL | K_DOMAIN | K_PLATE | K_USCC)
#define UPPER	   (K_UPPER | K_LOCAL | K_DOMAIN)
#define LOWER	   (K_LOWER | K_LOCAL | K_DOMAIN)
#define BOTH	   (UPPER | K_PLATE | K_USCC)
#define PLATE_ONLY (UPPER | K_PLATE)

static const uint8_t kinds[256] = {
	['0' ... '9'] = DIGIT,
	['A' ... 'H'] = BOTH,
	['I'] = UPPER,
	['J' ... 'N'] = BOTH,
	['O'] = UPPER,
	['P' ... 'R'] = BOTH,
	['S'] = PLATE_ONLY,
	['T' ... 'U'] = BOTH,
	['V'] = PLATE_ONLY,
	['W' ... 'Y'] = BOTH,
	['Z'] = PLATE_ONLY,
	['a' ... 'z'] = LOWER,
	['.'] = K_LOCAL,
	['_'] = K_LOCAL,
	['%'] = K_LOCAL,
	['+'] = K_LOCAL,
	['-'] = K_LOCAL | K_DOMAIN,
};

/* What data[at] is; 0 outside. */
static inline unsigned kind(const struct twenty *t, size_t at)
{
	return at < t->len ? kinds[t->data[at]] : 0;
}

static inline uint8_t byte(const struct twenty *t, size_t at)
{
	return at < t->len ? t->data[at] : 0;
}

/* The kind of the byte n before at; 0 outside. */
static inline unsigned kind_before(const struct twenty *t, size_t at, size_t n)
{
	return at >= n ? kinds[t->data[at - n]] : 0;
}

static inline bool between(uint8_t c, uint8_t first, uint8_t last)
{
	return (uint8_t)(c - first) <= last - first;
}

static inline __attribute__((always_inline)) void match(struct twenty *t, enum pattern pattern,
							size_t start, size_t end)
{
	if (start < t->past[pattern])
		return;
	t->past[pattern] = end;
	if (check(pattern, t->data + start, end - start))
		hit(t->hits, pattern, start, end);
}

static unsigned two(const uint8_t *p)
{
	return (p[0] - '0') * 10U + (p[1] - '0');
}

static bool month_day(const uint8_t *p)
{
	return two(p) - 1 < 12 && two(p + 2) - 1 < 31;
}

static bool id18_shape(const uint8_t *p)
{
	return p[0] != '0' && two(p + 6) - 18 < 3 && month_day(p + 10);
}

static void landline_alone(struct twenty *t, size_t start, size_t n)
{
	const uint8_t *p = t->data + start;

	if (p[1] == '0')
		return;
	if ((n <= 11 && between(p[3], '2', '8')) || (n >= 11 && between(p[4], '2', '8')))
		match(t, CN_LANDLINE, start, start + n);
}

/* Ten digits and more. */
static void long_run(struct twenty *t, size_t start, size_t n)
{
	const uint8_t *p = t->data + start;

	if (n >= 13 && n <= 19 && between(p[0], '3', '6'))
		match(t, CARD, start, start + n);
	if (n == 18 ||
	    (n == 17 && (byte(t, start + 17) | 0x20) == 'x' && !(kind(t, start + 18) & K_DIGIT))) {
		if (id18_shape(p))
			match(t, CN_ID18, start, start + 18);
	} else if (n == 11 && p[0] == '1' && p[1] >= '3') {
		match(t, CN_MOBILE, start, start + n);
	} else if (n == 15 && p[0] != '0' && month_day(p + 8)) {
		match(t, CN_ID15, start, start + n);
	}
	if (p[0] == '0' && n <= 12)
		landline_alone(t, start, n);
}

/* One letter, with no letter or digit around letter and digits. */
static void letter_run(struct twenty *t, size_t start, size_t n)
{
	uint8_t letter = t->data[start - 1], small = letter | 0x20;
	bool upper = kinds[letter] & K_UPPER;

	if ((n == 8 && (small == 'e' || small == 'g')) ||
	    ((n == 7 || n == 8) && (small == 'd' || small == 's' || small == 'p' || small == 'h')))
		match(t, PASSPORT, start - 1, start + n);
	if ((n == 8 || n == 10) && (small == 'h' || small == 'm'))
		match(t, HM_PERMIT, start - 1, start + n);
	if (n == 9 && upper && (t->data[start] == '1' || t->data[start] == '2'))
		match(t, TWID, start - 1, start + n);
}

static void two_letter_run(struct twenty *t, size_t start, size_t n)
{
	uint8_t first = t->data[start - 2], second = t->data[start - 1], small = first | 0x20;

	if (((n == 7 || n == 8) &&
	     (small == 'd' || small == 's' || small == 'p' || small == 'h')) ||
	    (n == 7 && first == 'E' && (kinds[second] & K_PLATE)))
		match(t, PASSPORT, start - 2, start + n);
}

/* Where six digits are followed by a check character, its end; 0 without one. */
static size_t hkid_end(const struct twenty *t, size_t start, size_t n)
{
	size_t check = start + 6;

	if (n == 6 && byte(t, check) == '(')
		check++;
	else if (n != 7 && !(n == 6 && byte(t, check) == 'A'))
		return 0;
	if (byte(t, check) != 'A' && !(kind(t, check) & K_DIGIT))
		return 0;
	if (byte(t, check + 1) == ')' && !(kind(t, check + 2) & K_ALNUM))
		return check + 2;
	return kind(t, check + 1) & K_ALNUM ? 0 : check + 1;
}

static void behind_letters(struct twenty *t, size_t start, size_t n)
{
	unsigned before = kind_before(t, start, 2);
	bool one = !(before & K_ALNUM);
	bool pair = (before & K_LETTER) && !(kind_before(t, start, 3) & K_ALNUM);

	if (!one && !pair)
		return;
	if (!(kind(t, start + n) & K_ALNUM)) {
		if (one)
			letter_run(t, start, n);
		else
			two_letter_run(t, start, n);
	}
	if (n <= 7 && (kind_before(t, start, 1) & K_UPPER) && (one || (before & K_UPPER))) {
		size_t end = hkid_end(t, start, n);

		if (end)
			match(t, HKID, start - (one ? 1 : 2), end);
	}
}

static void maybe_uscc(struct twenty *t, size_t start, size_t n)
{
	bool letter = kind_before(t, start, 1) & K_ALNUM;
	size_t at = start - letter;
	const uint8_t *p = t->data + at;

	if (letter ? p[0] != 'Y' || (kind_before(t, at, 1) & K_ALNUM) : n < 8)
		return;
	if (!letter && p[0] != '1' && p[0] != '5' && p[0] != '9')
		return;
	if (!(between(p[1], '1', '3') || p[1] == '9') || !between(p[2], '1', '6') ||
	    at + 18 > t->len)
		return;
	for (size_t i = 8; i < 18; i++)
		if (!(kinds[p[i]] & K_USCC))
			return;
	if (!(kind(t, at + 18) & K_ALNUM))
		match(t, USCC, at, at + 18);
}

/* Six digits and more, none before or behind. */
static void digit_run(struct twenty *t, size_t start, size_t n)
{
	if (n > 19)
		return;
	if (n >= 10)
		long_run(t, start, n);
	if (kind_before(t, start, 1) & K_LETTER && n <= 10)
		behind_letters(t, start, n);
	if (n >= 7)
		maybe_uscc(t, start, n);
}

/* --- digits in groups; each is given by the start of its last group --- */

static bool digits_at(const struct twenty *t, size_t at, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!(kind(t, at + i) & K_DIGIT))
			return false;
	return true;
}

static bool is_dash_or_space(uint8_t c)
{
	return c == ' ' || c == '-';
}

static void landline_groups(struct twenty *t, size_t start, size_t n)
{
	size_t prefix = 0;

	if (start < 4 || !between(t->data[start], '2', '8') ||
	    !is_dash_or_space(t->data[start - 1]))
		return;
	while (prefix < 5 && (kind_before(t, start, 2 + prefix) & K_DIGIT))
		prefix++;
	if (prefix != 3 && prefix != 4)
		return;
	if (t->data[start - 1 - prefix] == '0' && t->data[start - prefix] != '0')
		match(t, CN_LANDLINE, start - 1 - prefix, start + n);
}

static void ssn(struct twenty *t, size_t last)
{
	size_t start = last - 7;

	if (last >= 7 && t->data[last - 1] == '-' && t->data[last - 4] == '-' &&
	    digits_at(t, start, 3) && digits_at(t, last - 3, 2) &&
	    !(kind_before(t, start, 1) & K_DIGIT) && t->data[start] <= '8')
		match(t, US_SSN, start, last + 4);
}

static bool is_phone_gap(uint8_t c)
{
	return c == '-' || c == '.' || c == ' ';
}

/* What may stand before the area code: the match begins as early as it can. */
static void phone_start(struct twenty *t, size_t area, size_t end)
{
	size_t start = area, one;

	if (area > 0 && t->data[area - 1] == '(')
		start--;
	one = start;
	if (one > 1 && is_phone_gap(t->data[one - 1]) && t->data[one - 2] == '1')
		one--;
	if (one > 0 && t->data[one - 1] == '1') {
		one--;
		if (one > 0 && t->data[one - 1] == '+' && !(kind_before(t, one, 2) & K_DIGIT))
			one--;
		if (!(kind_before(t, one, 1) & K_DIGIT) && one >= t->past[US_PHONE]) {
			match(t, US_PHONE, one, end);
			return;
		}
	}
	if (!(kind_before(t, start, 1) & K_DIGIT))
		match(t, US_PHONE, start, end);
	else if (start < area)
		match(t, US_PHONE, area, end);
}

static void phone(struct twenty *t, size_t last)
{
	size_t local = last - 4, area;

	if (last < 8 || !is_phone_gap(t->data[last - 1]) || !digits_at(t, local, 3) ||
	    t->data[local] < '2' || !is_phone_gap(t->data[local - 1]))
		return;
	area = local - 1 - (t->data[local - 2] == ')');
	if (area < 3 || !digits_at(t, area - 3, 3) || t->data[area - 3] < '2')
		return;
	phone_start(t, area - 3, last + 4);
}

/* The first of four groups of four digits. */
static void card_groups(struct twenty *t, size_t start)
{
	const uint8_t *p = t->data + start;
	size_t end = start + 19, tail = 0;

	if (end > t->len || !between(p[0], '3', '6') || (kind_before(t, start, 1) & K_DIGIT))
		return;
	for (unsigned group = 0; group < 4; group++)
		if (!digits_at(t, start + group * 5, 4) ||
		    (group < 3 && !is_dash_or_space(p[group * 5 + 4])))
			return;
	if (kind(t, end) & K_DIGIT)
		return;
	if (is_dash_or_space(byte(t, end)))
		while (tail < 4 && (kind(t, end + 1 + tail) & K_DIGIT))
			tail++;
	if (tail >= 1 && tail <= 3)
		end += 1 + tail;
	match(t, CARD_GROUPED, start, end);
}

/* Behind the number at data[at]; 0 when it is none of 0-255 or a digit follows. */
static size_t octet_end(const struct twenty *t, size_t at)
{
	const uint8_t *p = t->data + at;
	size_t n = 0;

	while (n < 4 && (kind(t, at + n) & K_DIGIT))
		n++;
	if (n == 0 || n == 4)
		return 0;
	if (n == 3 && p[0] != '1' && (p[0] != '2' || two(p + 1) > 55))
		return 0;
	return at + n;
}

static void address(struct twenty *t, size_t start)
{
	size_t at = start;

	if ((kind_before(t, start, 1) & K_DIGIT) || (start > 0 && t->data[start - 1] == '.'))
		return;
	for (unsigned i = 0; i < 4; i++) {
		at = octet_end(t, at);
		if (at == 0)
			return;
		if (i < 3 && byte(t, at++) != '.')
			return;
	}
	if (byte(t, at) != '.')
		match(t, IPV4, start, at);
}

/* --- spans: their runs of digits, from the mask of the first 64 bytes and byte by byte on --- */

struct runs {
	size_t start, len;
	size_t before; /* length of the run before, one separator away; 0: none */
};

static void group_run(struct twenty *t, const struct runs *run)
{
	uint8_t gap = t->data[run->start - 1];

	if (run->len == 4) {
		if (gap == '-' && run->before == 2)
			ssn(t, run->start);
		if (run->before == 3 && run->start >= 8)
			phone(t, run->start);
	} else if (run->len == 7 || run->len == 8) {
		landline_groups(t, run->start, run->len);
	}
}

/* A run of digits, and whether a byte of the span follows. */
static inline void span_run(struct twenty *t, struct runs *run, bool last)
{
	if (run->len >= 6)
		digit_run(t, run->start, run->len);
	if (run->before)
		group_run(t, run);
	if (last)
		return;
	if (run->len == 4 && is_dash_or_space(t->data[run->start + 4]))
		card_groups(t, run->start);
	else if (run->len <= 3 && t->data[run->start + run->len] == '.')
		address(t, run->start);
}

static void long_span(struct twenty *t, size_t at, size_t end, size_t before)
{
	struct runs run = {.start = at, .before = before};

	for (; at < end; at++) {
		if (kinds[t->data[at]] & K_DIGIT)
			continue;
		run.len = at - run.start;
		span_run(t, &run, false);
		run = (struct runs){.start = at + 1, .before = run.len};
	}
	run.len = end - run.start;
	span_run(t, &run, true);
}

static void span(struct twenty *t, const struct weir_candidate *c)
{
	struct runs run = {0};
	uint64_t left = c->runs;
	unsigned at = 0;

	if (!c->separators) {
		digit_run(t, c->start, c->end - c->start);
		run = (struct runs){.start = c->start, .len = c->end - c->start};
		/* "(212)555-1234" has the area code outside */
		return;
	}
	if (c->end - c->start > 64) {
		long_span(t, c->start, c->end, 0);
		return;
	}
	while (left) {
		unsigned skip = (unsigned)__builtin_ctzll(left);
		uint64_t rest;

		left >>= skip;
		at += skip;
		rest = ~left;
		run.start = c->start + at;
		run.len = rest ? (unsigned)__builtin_ctzll(rest) : 64;
		span_run(t, &run, run.start + run.len == c->end);
		run.before = run.len;
		at += (unsigned)run.len;
		left = run.len < 64 ? left >> run.len : 0;
	}
}

/* --- the others --- */

static void email(struct twenty *t, size_t at)
{
	size_t start = at, end = 0, i = at + 1;

	while (start > t->past[EMAIL] && (kinds[t->data[start - 1]] & K_LOCAL))
		start--;
	if (start == at)
		return;
	for (;;) {
		size_t label = i, letters;

		while (kind(t, i) & K_DOMAIN)
			i++;
		if (i == label || byte(t, i) != '.')
			break;
		i++;
		for (letters = 0; letters < 25 && (kind(t, i + letters) & K_LETTER);)
			letters++;
		if (letters >= 2 && letters <= 24 && !(kind(t, i + letters) & K_ALNUM))
			end = i + letters;
	}
	if (end)
		match(t, EMAIL, start, end);
}

static void plate(struct twenty *t, size_t start)
{
	size_t at = start + 4, n = 0;

	if (!(kinds[t->data[start + 3]] & K_PLATE))
		return;
	if (byte(t, at) == 0xc2 && byte(t, at + 1) == 0xb7)
		at += 2;
	while (n < 6 && (kind(t, at + n) & K_PLATE))
		n++;
	if (n >= 5)
		match(t, PLATE, start, at + n);
}

/* The expression's own way: as many groups as there are, then fewer, and the longest tail that ends
 * where no letter or digit follows. */
static void iban(struct twenty *t, size_t start)
{
	size_t ends[8] = {start + 4};
	unsigned groups = 0;

	while (groups < 7) {
		size_t at = ends[groups] + (byte(t, ends[groups]) == ' ');
		size_t n = 0;

		while (n < 4 && (kind(t, at + n) & (K_UPPER | K_DIGIT)))
			n++;
		if (n < 4)
			break;
		ends[++groups] = at + 4;
	}
	for (; groups >= 2; groups--) {
		size_t at = ends[groups] + (byte(t, ends[groups]) == ' '), tail = 0;

		while (tail < 3 && (kind(t, at + tail) & (K_UPPER | K_DIGIT)))
			tail++;
		for (; tail > 0; tail--)
			if (!(kind(t, at + tail) & K_ALNUM))
				break;
		if (tail > 0 || !(kind(t, ends[groups]) & K_ALNUM)) {
			match(t, IBAN, start, tail > 0 ? at + tail : ends[groups]);
			return;
		}
	}
}

static bool starts(const struct twenty *t, size_t at, const char *text)
{
	size_t n = strlen(text);

	return at + n <= t->len && memcmp(t->data + at, text, n) == 0;
}

/* "-----BEGIN RSA " and the like before the words "PRIVATE KEY-----" at data[at]. */
static void private_key(struct twenty *t, size_t at)
{
	static const char *const heads[] = {"-----BEGIN ", "-----BEGIN RSA ", "-----BEGIN EC ",
					    "-----BEGIN OPENSSH "};

	if (!starts(t, at, "PRIVATE KEY-----"))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(heads); i++) {
		size_t n = strlen(heads[i]);

		if (at >= n && starts(t, at - n, heads[i]))
			match(t, SECRET, at - n, at + 16);
	}
}

static void access_key(struct twenty *t, size_t start)
{
	if (!starts(t, start, "AKIA") && !starts(t, start, "ASIA"))
		return;
	for (size_t at = start + 4; at < start + 20; at++)
		if (!(kind(t, at) & (K_UPPER | K_DIGIT)))
			return;
	match(t, SECRET, start, start + 20);
}

static void word(struct twenty *t, unsigned number, size_t start, size_t end)
{
	if (number < WORDS_ZH)
		match(t, WORD_ZH, start, end);
	else if (number == WORDS - 1)
		private_key(t, start);
	else if (number >= WORDS_ZH + WORDS_EN)
		access_key(t, start);
	else if (!(kind_before(t, start, 1) & K_LETTER) && !(kind(t, end) & K_LETTER))
		match(t, WORD_EN, start, end);
}

void twenty_candidates(struct twenty *t, const struct weir_candidate *candidates, size_t n)
{
	for (const struct weir_candidate *c = candidates; c < candidates + n; c++)
		switch (c->place) {
		case WEIR_PLACE_SPAN:
			span(t, c);
			break;
		case WEIR_PLACE_AT:
			email(t, c->start);
			break;
		case WEIR_PLACE_PLATE:
			plate(t, c->start);
			break;
		case WEIR_PLACE_IBAN:
			iban(t, c->start);
			break;
		case WEIR_PLACE_WORD:
			word(t, c->word, c->start, c->end);
			break;
		default:
			break;
		}
}

static void loose_run(struct twenty *t, size_t end)
{
	struct runs run = {.start = end - 6, .len = 6};

	while (kind(t, run.start + run.len) & K_DIGIT)
		run.len++;
	digit_run(t, run.start, run.len);
	if (run.len == 7 || run.len == 8)
		landline_groups(t, run.start, run.len);
}

static void loose_word(struct twenty *t, enum loose loose, size_t end)
{
	size_t first = loose == LOOSE_WORD_ZH ? 0 : WORDS_ZH;
	size_t last = loose == LOOSE_WORD_ZH ? WORDS_ZH : WORDS;

	for (size_t i = first; i < last; i++) {
		const char *text = pattern_words[i] + (pattern_words[i][0] == 1);
		size_t n = strcspn(text, "\1");

		if (end < n || strncasecmp((const char *)t->data + end - n, text, n) != 0)
			continue;
		word(t, (unsigned)i, end - n, end);
	}
}

static void loose_address(struct twenty *t, size_t end)
{
	size_t start = end - 1, most = start > 14 ? start - 14 : 0;

	/* the expression ends at each digit of the fourth number: the first one counts */
	if (t->data[end - 2] != '.')
		return;
	while (start > most && ((kinds[t->data[start - 1]] & K_DIGIT) || t->data[start - 1] == '.'))
		start--;
	if (start > most || start == 0)
		address(t, start);
}

void twenty_loose(struct twenty *t, enum loose loose, size_t end)
{
	switch (loose) {
	case LOOSE_RUN:
		loose_run(t, end);
		break;
	case LOOSE_GROUPS:
		if (end >= 19)
			card_groups(t, end - 19);
		break;
	case LOOSE_SSN:
		if (!(kind(t, end) & K_DIGIT))
			ssn(t, end - 4);
		break;
	case LOOSE_PHONE:
		if (!(kind(t, end) & K_DIGIT))
			phone(t, end - 4);
		break;
	case LOOSE_AT:
		email(t, end - 2);
		break;
	case LOOSE_PLATE:
		plate(t, end - 4);
		break;
	case LOOSE_IBAN:
		iban(t, end - 5);
		break;
	case LOOSE_IP:
		loose_address(t, end);
		break;
	default:
		loose_word(t, loose, end);
		break;
	}
}
