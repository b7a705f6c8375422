/* SPDX-License-Identifier: Apache-2.0 */
#include "twenty.h"

#include <endian.h>
#include <string.h>

#include "bytes16.h"
#include "check.h"
#include "weir/base/macros.h"

#define always_inline_ inline __attribute__((always_inline))

enum {
	K_DIGIT = 1,
	K_UPPER = 2,
	K_LOWER = 4,
	K_LOCAL = 8,   /* of an e-mail's local part */
	K_DOMAIN = 16, /* of a label */
	K_PLATE = 32,
	K_USCC = 64,
	K_IBAN = 128,

	K_LETTER = K_UPPER | K_LOWER,
	K_ALNUM = K_LETTER | K_DIGIT,
};

#define DIGIT	   (K_DIGIT | K_LOCAL | K_DOMAIN | K_PLATE | K_USCC | K_IBAN)
#define UPPER	   (K_UPPER | K_LOCAL | K_DOMAIN | K_IBAN)
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

static inline bool is(uint8_t c, unsigned kind)
{
	return kinds[c] & kind;
}

/* The kinds that all of four characters are. */
static inline unsigned kinds_of_four(const uint8_t *p)
{
	return kinds[p[0]] & kinds[p[1]] & kinds[p[2]] & kinds[p[3]];
}

static inline bool between(uint8_t c, uint8_t first, uint8_t last)
{
	return (uint8_t)(c - first) <= last - first;
}

/* A match of the expression, if it fits: the same without a branch. */
static always_inline_ void match_if(bool fits, struct twenty *t, enum pattern pattern,
				    const uint8_t *p, const uint8_t *p_end)
{
	size_t start = (size_t)(p - t->data), end = (size_t)(p_end - t->data);

	if (start < t->past[pattern])
		return;
	t->past[pattern] = fits ? end : t->past[pattern];
	hit_if(fits & check(pattern, p, end - start), t->hits, pattern, start, end);
}

/* The same of digits alone, or nearly: two runs of them never touch, nor do two matches. */
static always_inline_ void match_run(bool fits, struct twenty *t, enum pattern pattern,
				     const uint8_t *p, size_t n)
{
	size_t start = (size_t)(p - t->data);

	hit_if(fits & check(pattern, p, n), t->hits, pattern, start, start + n);
}

static always_inline_ void match(struct twenty *t, enum pattern pattern, const uint8_t *p,
				 const uint8_t *p_end)
{
	match_if(true, t, pattern, p, p_end);
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

static void landline_alone(struct twenty *t, const uint8_t *p, size_t n)
{
	if (p[1] == '0')
		return;
	if ((n <= 11 && between(p[3], '2', '8')) || (n >= 11 && between(p[4], '2', '8')))
		match(t, CN_LANDLINE, p, p + n);
}

/* One letter, with no letter or digit around letter and digits. */
static void letter_run(struct twenty *t, const uint8_t *p, size_t n)
{
	uint8_t letter = p[-1], small = letter | 0x20;

	if ((n == 8 && (small == 'e' || small == 'g')) ||
	    ((n == 7 || n == 8) && (small == 'd' || small == 's' || small == 'p' || small == 'h')))
		match(t, PASSPORT, p - 1, p + n);
	if ((n == 8 || n == 10) && (small == 'h' || small == 'm'))
		match(t, HM_PERMIT, p - 1, p + n);
	if (n == 9 && is(letter, K_UPPER) && (p[0] == '1' || p[0] == '2'))
		match(t, TWID, p - 1, p + n);
}

static void two_letter_run(struct twenty *t, const uint8_t *p, size_t n)
{
	uint8_t first = p[-2], small = first | 0x20;

	if (((n == 7 || n == 8) &&
	     (small == 'd' || small == 's' || small == 'p' || small == 'h')) ||
	    (n == 7 && first == 'E' && is(p[-1], K_PLATE)))
		match(t, PASSPORT, p - 2, p + n);
}

/* Where six digits are followed by a check character, its end; NULL without one. */
static const uint8_t *hkid_end(const uint8_t *p, size_t n)
{
	const uint8_t *check = p + 6;

	if (n == 6 && *check == '(')
		check++;
	else if (n != 7 && !(n == 6 && *check == 'A'))
		return NULL;
	if (*check != 'A' && !is(*check, K_DIGIT))
		return NULL;
	if (check[1] == ')' && !is(check[2], K_ALNUM))
		return check + 2;
	return is(check[1], K_ALNUM) ? NULL : check + 1;
}

static __attribute__((noinline)) void behind_letters(struct twenty *t, const uint8_t *p, size_t n)
{
	bool one = !is(p[-2], K_ALNUM);
	bool pair = is(p[-2], K_LETTER) && !is(p[-3], K_ALNUM);

	if (!one && !pair)
		return;
	if (!is(p[n], K_ALNUM)) {
		if (one)
			letter_run(t, p, n);
		else
			two_letter_run(t, p, n);
	}
	if (n <= 7 && is(p[-1], K_UPPER) && (one || is(p[-2], K_UPPER))) {
		const uint8_t *end = hkid_end(p, n);

		if (end)
			match(t, HKID, p - (one ? 1 : 2), end);
	}
}

/* Of the first three characters of a code: bit n is set where the character may be the nth. */
static const uint8_t uscc_heads[256] = {
	['1'] = 7, ['2'] = 6, ['3'] = 6, ['4'] = 4, ['5'] = 5, ['6'] = 4, ['9'] = 3, ['Y'] = 1};

static __attribute__((noinline)) void uscc(struct twenty *t, const uint8_t *code)
{
	if (kinds_of_four(code + 8) & kinds_of_four(code + 12) & kinds_of_four(code + 14) &
		    K_USCC &&
	    !is(code[18], K_ALNUM))
		match(t, USCC, code, code + 18);
}

static always_inline_ void maybe_uscc(struct twenty *t, const uint8_t *p, size_t n)
{
	bool letter = is(p[-1], K_LETTER);
	const uint8_t *code = p - letter;

	/* many an id begins as one does: all at once */
	if (!(uscc_heads[code[0]] & uscc_heads[code[1]] >> 1 & uscc_heads[code[2]] >> 2 & 1))
		return;
	if (letter ? !is(code[-1], K_ALNUM) : n >= 8)
		uscc(t, code);
}

/* Eighteen characters of which seventeen are digits and the last may be an X. */
static always_inline_ void id18(struct twenty *t, const uint8_t *p)
{
	if (id18_shape(p))
		match_run(true, t, CN_ID18, p, 18);
}

static always_inline_ void card(struct twenty *t, const uint8_t *p, size_t n)
{
	match_run(between(p[0], '3', '6'), t, CARD, p, n);
}

static always_inline_ void mobile(struct twenty *t, const uint8_t *p)
{
	if (p[0] == '1' && p[1] >= '3')
		match_run(true, t, CN_MOBILE, p, 11);
	else if (p[0] == '0')
		landline_alone(t, p, 11);
}

/* A character of a code behind digits, which most numbers have not. */
static always_inline_ void uscc_of_both(struct twenty *t, const uint8_t *p, size_t n)
{
	if (is(p[n], K_USCC))
		maybe_uscc(t, p, n);
}

static always_inline_ void short_run(struct twenty *t, const uint8_t *p, size_t n)
{
	if (is(p[-1], K_LETTER))
		behind_letters(t, p, n);
	if (n >= 7)
		uscc_of_both(t, p, n);
	if (n == 10 && p[0] == '0')
		landline_alone(t, p, n);
}

/* Eleven digits and more: how many there are says what they may be. */
static always_inline_ void long_run(struct twenty *t, const uint8_t *p, size_t n)
{
	switch (n) {
	case 11:
		mobile(t, p);
		break;
	case 12:
		if (p[0] == '0')
			landline_alone(t, p, n);
		break;
	case 13 ... 15:
		if (between(p[0], '3', '6'))
			match_run(true, t, CARD, p, n);
		if (n == 15 && p[0] != '0' && month_day(p + 8))
			match_run(true, t, CN_ID15, p, n);
		break;
	case 17:
		if ((p[17] | 0x20) == 'x' && !is(p[18], K_DIGIT))
			id18(t, p);
		maybe_uscc(t, p, n);
		card(t, p, n);
		return;
	case 18:
		card(t, p, n);
		id18(t, p);
		maybe_uscc(t, p, n);
		return;
	default:
		card(t, p, n);
		break;
	}
	uscc_of_both(t, p, n);
}

/* Six digits and more, none before or behind. */
static always_inline_ void digit_run(struct twenty *t, const uint8_t *p, size_t n)
{
	if (n <= 10)
		short_run(t, p, n);
	else if (n <= 19)
		long_run(t, p, n);
}

/* --- digits in groups; each is given by the start of its last group --- */

static bool digits_at(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!is(p[i], K_DIGIT))
			return false;
	return true;
}

static bool is_dash_or_space(uint8_t c)
{
	return c == ' ' || c == '-';
}

static void landline_groups(struct twenty *t, const uint8_t *p, size_t n)
{
	const uint8_t *prefix = p - 1;
	size_t digits = 0;

	if (!between(p[0], '2', '8') || !is_dash_or_space(*prefix))
		return;
	while (digits < 5 && is(prefix[-1], K_DIGIT)) {
		prefix--;
		digits++;
	}
	if ((digits == 3 || digits == 4) && prefix[0] == '0' && prefix[1] != '0')
		match(t, CN_LANDLINE, prefix, p + n);
}

static void ssn(struct twenty *t, const uint8_t *last)
{
	const uint8_t *p = last - 7;

	if (last[-1] == '-' && last[-4] == '-' && digits_at(p, 3) && digits_at(last - 3, 2) &&
	    !is(p[-1], K_DIGIT) && p[0] <= '8')
		match(t, US_SSN, p, last + 4);
}

static bool is_phone_gap(uint8_t c)
{
	return c == '-' || c == '.' || c == ' ';
}

/* What may stand before the area code: the match begins as early as it can. */
static void phone_start(struct twenty *t, const uint8_t *area, const uint8_t *end)
{
	const uint8_t *start = area - (area[-1] == '('), *one = start;

	if (is_phone_gap(one[-1]) && one[-2] == '1')
		one--;
	if (one[-1] == '1') {
		one--;
		if (one[-1] == '+' && !is(one[-2], K_DIGIT))
			one--;
		if (!is(one[-1], K_DIGIT) && one >= t->data + t->past[US_PHONE]) {
			match(t, US_PHONE, one, end);
			return;
		}
	}
	if (!is(start[-1], K_DIGIT))
		match(t, US_PHONE, start, end);
	else if (start < area)
		match(t, US_PHONE, area, end);
}

static void phone(struct twenty *t, const uint8_t *last)
{
	const uint8_t *local = last - 4, *area;

	if (!is_phone_gap(last[-1]) || !digits_at(local, 3) || local[0] < '2' ||
	    !is_phone_gap(local[-1]))
		return;
	area = local - 4 - (local[-2] == ')');
	if (digits_at(area, 3) && area[0] >= '2')
		phone_start(t, area, last + 4);
}

/* The first of four groups of four digits. */
static void card_groups(struct twenty *t, const uint8_t *p)
{
	const uint8_t *end = p + 19;
	size_t tail = 0;

	if (!between(p[0], '3', '6') || is(p[-1], K_DIGIT) || is(*end, K_DIGIT))
		return;
	if (!is_dash_or_space(p[4]) || !is_dash_or_space(p[9]) || !is_dash_or_space(p[14]))
		return;
	if (!(kinds_of_four(p) & kinds_of_four(p + 5) & kinds_of_four(p + 10) &
	      kinds_of_four(p + 15) & K_DIGIT))
		return;
	if (is_dash_or_space(*end))
		while (tail < 4 && is(end[1 + tail], K_DIGIT))
			tail++;
	if (tail >= 1 && tail <= 3)
		end += 1 + tail;
	match(t, CARD_GROUPED, p, end);
}

/* --- spans: shapes by the mask of the first 64 bytes, longer ones run by run --- */

static unsigned lowest(uint64_t bits)
{
	return (unsigned)__builtin_ctzll(bits);
}

/* The digits among the sixteen bytes from p on: no address is longer. */
static uint64_t digits_from(const uint8_t *p)
{
	uint64_t digits = 0;

	for (unsigned i = 0; i < 16; i++)
		digits |= (uint64_t)is(p[i], K_DIGIT) << i;
	return digits;
}

/* Four numbers of 0-255; digits is the mask from p on. How long a number is cannot be foretold: no branch
 * asks. */
static void address(struct twenty *t, const uint8_t *p, uint64_t digits)
{
	const uint8_t *at = p;
	bool fits = !is(p[-1], K_DIGIT) & (p[-1] != '.');

	for (unsigned i = 0; i < 4; i++) {
		unsigned n = lowest(~digits);
		uint32_t three;

		memcpy(&three, at, sizeof(three));
		three = be32toh(three) >> 8;

		/* as text between "100" and "255" */
		fits &= (n - 1 < 2) | ((n == 3) & (three - 0x313030 <= 0x323535 - 0x313030));
		fits &= (at[n] == '.') == (i < 3);
		at += n + 1;
		digits >>= n + 1;
	}
	if (fits)
		match(t, IPV4, p, at - 1);
}

/* Of the runs that begin at these bits: those with one of the others next behind them. */
static uint64_t runs_before(uint64_t runs, uint64_t others)
{
	return runs & (others >> 2 | others >> 3 | others >> 4);
}

/* Runs of four digits with other runs before or behind them. */
static void fours(struct twenty *t, const uint8_t *p, uint64_t begins, uint64_t digits,
		  uint64_t fours)
{
	uint64_t twos = begins & digits >> 1 & ~(digits >> 2);
	uint64_t threes = begins & digits >> 1 & digits >> 2 & ~(digits >> 3), left;

	if (!(threes | (fours & fours >> 5))) /* most are years */
		return;
	for (left = fours & twos << 3 & threes << 7; left; left &= left - 1)
		ssn(t, p + lowest(left));
	for (left = fours & threes << 4; left; left &= left - 1)
		phone(t, p + lowest(left));
	for (left = fours & fours >> 5 & fours >> 10 & fours >> 15; left; left &= left - 1)
		card_groups(t, p + lowest(left));
}

/* Digits with gaps between them, at p; each bit is where a run of digits begins. */
static void shapes(struct twenty *t, const uint8_t *p, uint64_t digits, unsigned gaps)
{
	uint64_t begins = digits & ~(digits << 1);
	uint64_t pairs = digits & digits >> 1, four = begins & pairs & pairs >> 2;
	uint64_t few = begins & ~four, left;

	for (left = four & pairs >> 4; left; left &= left - 1) {
		unsigned at = lowest(left), n = lowest(~(digits >> at));

		digit_run(t, p + at, n);
		if (at > 0 && (n == 7 || n == 8))
			landline_groups(t, p + at, n);
	}
	if (four & ~(digits >> 4))
		fours(t, p, begins, digits, four & ~(digits >> 4));
	left = few & (few - 1);
	left &= left - 1;
	if (gaps < 3 || !(left & (left - 1))) /* fewer than four */
		return;
	left = runs_before(few, runs_before(few, runs_before(few, few)));
	for (; left; left &= left - 1)
		address(t, p + lowest(left), digits >> lowest(left));
}

/* A run of digits, the length of the run before, one gap away (0: none), and whether another follows. */
static void span_run(struct twenty *t, const uint8_t *p, size_t n, size_t before, bool last)
{
	if (n >= 6)
		digit_run(t, p, n);
	if (before == 2 && n == 4)
		ssn(t, p);
	else if (before == 3 && n == 4)
		phone(t, p);
	else if (before && (n == 7 || n == 8))
		landline_groups(t, p, n);
	if (last)
		return;
	if (n == 4)
		card_groups(t, p);
	else if (n <= 3)
		address(t, p, digits_from(p));
}

static void long_span(struct twenty *t, const uint8_t *p, const uint8_t *end)
{
	const uint8_t *run = p;
	size_t before = 0;

	for (; p < end; p++) {
		if (is(*p, K_DIGIT))
			continue;
		span_run(t, run, (size_t)(p - run), before, false);
		before = (size_t)(p - run);
		run = p + 1;
	}
	span_run(t, run, (size_t)(end - run), before, true);
}

static void span(struct twenty *t, const struct weir_candidate *c)
{
	const uint8_t *p = t->data + c->start;
	size_t len = c->end - c->start;

	if (!c->separators)
		digit_run(t, p, len);
	else if (len <= 64)
		shapes(t, p, c->runs, c->separators);
	else
		long_span(t, p, p + len);
}

/* --- the others --- */

/* Where the part before the '@' begins. */
static const uint8_t *local_start(const uint8_t *at)
{
	bytes16 bytes = bytes16_load(at - 16);
	uint32_t local = bytes16_mask(bytes16_letters(bytes) | bytes16_range(bytes, '0', '9') |
				      bytes16_range(bytes, '-', '.') | (bytes16)(bytes == '+') |
				      (bytes16)(bytes == '_') | (bytes16)(bytes == '%'));

	if (local != 0xffff)
		return at - (__builtin_clz(~local << 16));
	for (at -= 16; is(at[-1], K_LOCAL);)
		at--;
	return at;
}

/* Behind the labels from p on, as far as the last one may end an address; NULL when none may. */
static const uint8_t *domain_walk(const uint8_t *p)
{
	const uint8_t *label = p, *end = NULL;

	for (;;) {
		while (is(*p, K_DOMAIN))
			p++;
		if (p == label || *p != '.')
			return end;
		label = ++p;
		while (is(*p, K_LETTER))
			p++;
		if (p - label >= 2 && p - label <= 24 && !is(*p, K_ALNUM))
			end = p;
	}
}

/* What sixteen bytes are, as masks. */
struct domain {
	uint64_t letters, alnum, domain, dots;
};

static always_inline_ void domain_add(struct domain *masks, const uint8_t *p, unsigned from)
{
	bytes16 bytes = bytes16_load(p + from), letter = bytes16_letters(bytes);
	bytes16 any = letter | bytes16_range(bytes, '0', '9');

	masks->letters |= (uint64_t)bytes16_mask(letter) << from;
	masks->alnum |= (uint64_t)bytes16_mask(any) << from;
	masks->domain |= (uint64_t)bytes16_mask(any | (bytes16)(bytes == '-')) << from;
	masks->dots |= (uint64_t)bytes16_mask((bytes16)(bytes == '.')) << from;
}

/* The same by masks of 16 bytes or of 32, if a domain ends in them. */
static always_inline_ const uint8_t *domain_end(const uint8_t *p)
{
	struct domain masks = {0};
	unsigned at = 0, end = 0;

	domain_add(&masks, p, 0);
	if ((masks.domain | masks.dots) == UINT16_MAX) {
		domain_add(&masks, p, 16);
		if ((masks.domain | masks.dots) == UINT32_MAX)
			return domain_walk(p);
	}
	for (;;) {
		unsigned n = lowest(~(masks.domain >> at)), tail;

		if (n == 0 || !(masks.dots >> (at + n) & 1))
			return end ? p + end : NULL;
		at += n + 1;
		tail = lowest(~(masks.letters >> at));
		if (tail - 2 <= 22 && !(masks.alnum >> (at + tail) & 1))
			end = at + tail;
	}
}

/* What stands before goes no farther than the '@' before this one. */
static void email(struct twenty *t, const uint8_t *at)
{
	const uint8_t *start = WEIR_MAX(local_start(at), t->data + t->past[EMAIL]), *end;

	if (start >= at)
		return;
	end = domain_end(at + 1);
	if (end)
		match(t, EMAIL, start, end);
}

static void plate(struct twenty *t, const uint8_t *p)
{
	const uint8_t *at = p + 4;

	if (!is(p[3], K_PLATE))
		return;
	if (at[0] == 0xc2 && at[1] == 0xb7)
		at += 2;
	if (kinds_of_four(at) & kinds[at[4]] & K_PLATE)
		match(t, PLATE, p, at + 5 + is(at[5], K_PLATE));
}

/* The expression's own way: as many groups as there are, then fewer, and the longest tail that ends
 * where no letter or digit follows. */
static void iban(struct twenty *t, const uint8_t *p)
{
	const uint8_t *ends[8];
	unsigned groups = 0;

	ends[0] = p + 4;
	while (groups < 7) {
		const uint8_t *at = ends[groups] + (*ends[groups] == ' ');

		if (!(kinds_of_four(at) & K_IBAN))
			break;
		ends[++groups] = at + 4;
	}
	for (; groups >= 2; groups--) {
		const uint8_t *at = ends[groups] + (*ends[groups] == ' ');
		size_t tail = 0;

		while (tail < 3 && is(at[tail], K_IBAN))
			tail++;
		for (; tail > 0; tail--)
			if (!is(at[tail], K_ALNUM))
				break;
		if (tail > 0 || !is(*ends[groups], K_ALNUM)) {
			match(t, IBAN, p, tail > 0 ? at + tail : ends[groups]);
			return;
		}
	}
}

static bool starts(const uint8_t *p, const char *text)
{
	return memcmp(p, text, strlen(text)) == 0;
}

/* "-----BEGIN RSA " and the like before the words "PRIVATE KEY-----" at p. */
static void private_key(struct twenty *t, const uint8_t *p)
{
	static const char *const heads[] = {"-----BEGIN ", "-----BEGIN RSA ", "-----BEGIN EC ",
					    "-----BEGIN OPENSSH "};

	if (!starts(p, "PRIVATE KEY-----"))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(heads); i++) {
		size_t n = strlen(heads[i]);

		if (starts(p - n, heads[i]))
			match(t, SECRET, p - n, p + 16);
	}
}

static void access_key(struct twenty *t, const uint8_t *p)
{
	if (!starts(p, "AKIA") && !starts(p, "ASIA"))
		return;
	if (kinds_of_four(p + 4) & kinds_of_four(p + 8) & kinds_of_four(p + 12) &
	    kinds_of_four(p + 16) & K_IBAN)
		match(t, SECRET, p, p + 20);
}

static void word(struct twenty *t, unsigned number, const uint8_t *p, const uint8_t *end)
{
	if (number < WORDS_ZH)
		match(t, WORD_ZH, p, end);
	else if (number == WORDS - 1)
		private_key(t, p);
	else if (number >= WORDS_ZH + WORDS_EN)
		access_key(t, p);
	else if (!is(p[-1], K_LETTER) && !is(*end, K_LETTER))
		match(t, WORD_EN, p, end);
}

static void candidate(struct twenty *t, const struct weir_candidate *c)
{
	const uint8_t *p = t->data + c->start;

	switch (c->place) {
	case WEIR_PLACE_AT:
		email(t, p);
		break;
	case WEIR_PLACE_PLATE:
		plate(t, p);
		break;
	case WEIR_PLACE_IBAN:
		iban(t, p);
		break;
	case WEIR_PLACE_WORD:
		word(t, c->word, p, t->data + c->end);
		break;
	default:
		break;
	}
}

void twenty_candidates(struct twenty *t, const struct weir_candidate *candidates, size_t n)
{
	for (const struct weir_candidate *c = candidates; c < candidates + n; c++)
		if (c->place == WEIR_PLACE_SPAN)
			span(t, c);
		else
			candidate(t, c);
}

static void loose_run(struct twenty *t, const uint8_t *p)
{
	size_t n = 6;

	while (is(p[n], K_DIGIT))
		n++;
	digit_run(t, p, n);
	if (n == 7 || n == 8)
		landline_groups(t, p, n);
}

static void loose_word(struct twenty *t, enum loose loose, const uint8_t *end)
{
	size_t first = loose == LOOSE_WORD_ZH ? 0 : WORDS_ZH;
	size_t last = loose == LOOSE_WORD_ZH ? WORDS_ZH : WORDS;

	for (size_t i = first; i < last; i++) {
		const char *text = pattern_words[i] + (pattern_words[i][0] == 1);
		size_t n = strcspn(text, "\1");

		if (strncasecmp((const char *)end - n, text, n) == 0)
			word(t, (unsigned)i, end - n, end);
	}
}

static void loose_address(struct twenty *t, const uint8_t *end)
{
	const uint8_t *p = end - 1, *least = end - 15;

	/* the expression ends at each digit of the fourth number: the first one counts */
	if (end[-2] != '.')
		return;
	while (p > least && (is(p[-1], K_DIGIT) || p[-1] == '.'))
		p--;
	if (p > least)
		address(t, p, digits_from(p));
}

void twenty_loose(struct twenty *t, enum loose loose, size_t end)
{
	const uint8_t *p = t->data + end;

	switch (loose) {
	case LOOSE_RUN:
		loose_run(t, p - 6);
		break;
	case LOOSE_GROUPS:
		card_groups(t, p - 19);
		break;
	case LOOSE_SSN:
		if (!is(*p, K_DIGIT))
			ssn(t, p - 4);
		break;
	case LOOSE_PHONE:
		if (!is(*p, K_DIGIT))
			phone(t, p - 4);
		break;
	case LOOSE_AT:
		email(t, p - 2);
		break;
	case LOOSE_PLATE:
		plate(t, p - 4);
		break;
	case LOOSE_IBAN:
		iban(t, p - 5);
		break;
	case LOOSE_IP:
		loose_address(t, p);
		break;
	default:
		loose_word(t, loose, p);
		break;
	}
}
