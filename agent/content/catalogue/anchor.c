/* SPDX-License-Identifier: Apache-2.0 */
/* The anchor of a custom pattern, from its first atoms. It reads only what it fully understands:
 * anything else ends the reading, and a reading that is too short to name a place gives
 * WEIR_ANCHOR_ANY. */

#include <stdint.h>
#include <string.h>

#include "custom.h"
#include "weir/base/macros.h"
#include "weir/base/utf8.h"

#define ATOMS_MAX  64
#define UNBOUNDED  1000000U
#define DIGITS_MIN 6 /* in a row: fewer are no place that the finder names */

/* What bytes an atom can be. */
enum kind {
	DIGIT = 1 << 0,
	LETTER = 1 << 1,
	OTHER = 1 << 2,
};

struct atom {
	unsigned kinds;
	unsigned min, max;
	int literal; /* the one byte that it is, or -1 */
};

struct head {
	struct atom atoms[ATOMS_MAX];
	size_t count;
	bool ended; /* the pattern ends behind the last atom */
};

static unsigned kind_of(unsigned char c)
{
	if (c >= '0' && c <= '9')
		return DIGIT;
	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
		return LETTER;
	return OTHER;
}

/* The length of an escape that is a literal mark, or 0. */
static bool escaped_mark(const char *p)
{
	return p[0] == '\\' && p[1] && kind_of((unsigned char)p[1]) == OTHER &&
	       (unsigned char)p[1] < 0x80;
}

/* A class of plain characters, ranges and \d. The byte behind it, or NULL. */
static const char *read_class(const char *p, struct atom *atom)
{
	unsigned previous = 0;

	if (*++p == '^' || *p == ']')
		return NULL;
	for (; *p && *p != ']'; p++) {
		if (p[0] == '\\' && p[1] == 'd') {
			atom->kinds |= DIGIT;
			p++;
			continue;
		}
		if (*p == '[' || (*p == '\\' && !escaped_mark(p)))
			return NULL;
		if (*p == '\\')
			p++;
		if (*p == '-' && previous && p[1] != ']') {
			unsigned kind = kind_of((unsigned char)p[1]);

			/* over a border of kinds anything may be inside */
			if (p[1] == '\\' || p[1] == '[')
				return NULL;
			atom->kinds |=
				kind == previous && kind != OTHER ? kind : DIGIT | LETTER | OTHER;
			p++;
			previous = 0;
			continue;
		}
		previous = kind_of((unsigned char)*p);
		atom->kinds |= previous;
	}
	return *p ? p + 1 : NULL;
}

static const char *read_number(const char *p, unsigned *ret)
{
	unsigned n = 0;

	if (kind_of((unsigned char)*p) != DIGIT)
		return NULL;
	for (; kind_of((unsigned char)*p) == DIGIT; p++)
		n = WEIR_MIN(n * 10 + (unsigned)(*p - '0'), UNBOUNDED);
	*ret = n;
	return p;
}

/* Braces that are no quantifier are literal to PCRE2; here they end the reading. */
static const char *read_quantifier(const char *p, struct atom *atom)
{
	atom->min = atom->max = 1;
	switch (*p) {
	case '?':
		atom->min = 0;
		p++;
		break;
	case '*':
		atom->min = 0;
		atom->max = UNBOUNDED;
		p++;
		break;
	case '+':
		atom->max = UNBOUNDED;
		p++;
		break;
	case '{':
		p = read_number(p + 1, &atom->min);
		if (!p)
			return NULL;
		atom->max = atom->min;
		if (*p == ',') {
			atom->max = UNBOUNDED;
			if (*++p != '}')
				p = read_number(p, &atom->max);
		}
		if (!p || *p++ != '}')
			return NULL;
		break;
	default:
		return p;
	}
	return *p == '?' || *p == '+' ? p + 1 : p;
}

static const char *read_atom(const char *p, struct atom *atom)
{
	*atom = (struct atom){.literal = -1};
	if (*p == '[') {
		p = read_class(p, atom);
	} else if (p[0] == '\\' && p[1] == 'd') {
		atom->kinds = DIGIT;
		p += 2;
	} else if (escaped_mark(p)) {
		atom->kinds = OTHER;
		atom->literal = (unsigned char)p[1];
		p += 2;
	} else if (*p && !strchr("\\.()|^$*+?{}[", *p)) {
		atom->kinds = kind_of((unsigned char)*p);
		atom->literal = (unsigned char)*p;
		p++;
	} else {
		return NULL;
	}
	return p ? read_quantifier(p, atom) : NULL;
}

/* Behind a look-around that stands here: it only narrows. */
static const char *skip_look_around(const char *p)
{
	size_t depth = 0;

	if (strncmp(p, "(?<=", 4) != 0 && strncmp(p, "(?<!", 4) != 0 && strncmp(p, "(?=", 3) != 0 &&
	    strncmp(p, "(?!", 3) != 0)
		return p;
	for (; *p; p++) {
		if (*p == '\\' && p[1]) {
			p++;
		} else if (*p == '[') {
			struct atom unused = {0};
			const char *end = read_class(p, &unused);

			if (!end)
				return NULL;
			p = end - 1;
		} else if (*p == '(') {
			depth++;
		} else if (*p == ')' && --depth == 0) {
			return p + 1;
		}
	}
	return NULL;
}

/* Alternatives at the top, \K, \Q, extended syntax, conditions, verbs: the first atoms say nothing
 * then. */
static bool readable(const char *pattern)
{
	size_t depth = 0;

	if (strstr(pattern, "\\K") || strstr(pattern, "\\Q") || strstr(pattern, "(?(") ||
	    strstr(pattern, "(*"))
		return false;
	for (const char *p = pattern; *p; p++) {
		if (*p == '\\' && p[1]) {
			p++;
		} else if (*p == '[') {
			/* a ']' right behind the bracket, perhaps after '^', is a member */
			p += p[1] == '^' ? 2 : 1;
			if (*p == ']')
				p++;
			for (; *p && *p != ']'; p++)
				if (*p == '[' || (*p == '\\' && !*++p))
					return false;
			if (!*p)
				return false;
		} else if (*p == '(') {
			depth++;
			if (p[1] == '?' && p[2] && strchr("xJUmsn-^&RP0123456789+|#C'", p[2]))
				return false;
			if (p[1] == '?' && p[2] == 'i' && p[3] != ')' && p[3] != ':')
				return false;
		} else if (*p == ')') {
			depth -= depth > 0;
		} else if (*p == '|' && depth == 0) {
			return false;
		}
	}
	return true;
}

/* Alternatives in the group that p stands in, classes read as readable() reads them. */
static bool alternates(const char *p)
{
	size_t depth = 1;

	for (; *p && depth > 0; p++) {
		if (*p == '\\' && p[1]) {
			p++;
		} else if (*p == '[') {
			p += p[1] == '^' ? 2 : 1;
			p += *p == ']';
			for (; *p && *p != ']'; p++)
				if (*p == '\\' && !*++p)
					return true;
			if (!*p)
				return true;
		} else if (*p == '(') {
			depth++;
		} else if (*p == ')') {
			depth--;
		} else if (*p == '|' && depth == 1) {
			return true;
		}
	}
	return false;
}

static void read_head(const char *pattern, struct head *head)
{
	const char *p = pattern;
	bool group = false;

	head->count = 0;
	head->ended = false;
	if (strncmp(p, "(?i)", 4) == 0)
		p += 4;
	for (const char *next = NULL; next != p; p = next) {
		next = skip_look_around(p);
		if (!next)
			return;
	}
	if (*p == '(' && p[1] != '?') {
		group = true;
		if (alternates(++p))
			return;
	}
	while (head->count < ATOMS_MAX) {
		const char *next;

		if (group && *p == ')') {
			/* repeated or optional, its atoms need not stand there */
			if (p[1] && strchr("?*{", p[1]))
				head->count = 0;
			head->ended = p[1] == '\0';
			return;
		}
		if (*p == '\0') {
			head->ended = true;
			return;
		}
		next = read_atom(p, &head->atoms[head->count]);
		if (!next) {
			/* the group may still be optional: find its end */
			if (group)
				head->count = 0;
			return;
		}
		head->count++;
		p = next;
	}
}

/* The letters and digits that a match begins with. */
struct run {
	unsigned min, max;
	unsigned digits_in_row; /* surely */
	bool letter;		/* surely */
	bool only_digits;	/* as far as it is known */
	bool end_known;
};

static void read_run(const struct head *head, struct run *run)
{
	unsigned in_row = 0;
	size_t i = 0;

	*run = (struct run){.only_digits = true};
	for (; i < head->count && !(head->atoms[i].kinds & OTHER); i++) {
		const struct atom *a = &head->atoms[i];

		run->min += a->min;
		run->max = WEIR_MIN(run->max + a->max, UNBOUNDED);
		run->only_digits = run->only_digits && a->kinds == DIGIT;
		run->letter = run->letter || (a->kinds == LETTER && a->min > 0);
		in_row = a->kinds == DIGIT ? in_row + a->min : 0;
		run->digits_in_row = WEIR_MAX(run->digits_in_row, in_row);
	}
	if (i == head->count)
		run->end_known = head->ended;
	else
		run->end_known = head->atoms[i].kinds == OTHER && head->atoms[i].min > 0;
}

static size_t run_forms(const struct run *run, struct weir_form ret[2])
{
	uint64_t lengths = 0;
	size_t n = 0;

	if (run->digits_in_row < DIGITS_MIN)
		return 0;
	if (run->end_known && run->max < 63)
		lengths = (UINT64_C(2) << run->max) - (UINT64_C(1) << run->min);
	if (!run->letter)
		ret[n++] = (struct weir_form){.anchor = WEIR_ANCHOR_DIGITS, .lengths = lengths};
	if (!run->only_digits || !run->end_known)
		ret[n++] = (struct weir_form){.anchor = WEIR_ANCHOR_TOKEN, .lengths = lengths};
	return n;
}

static bool word_byte(char c)
{
	return kind_of((unsigned char)c) != OTHER || (unsigned char)c >= 0x80;
}

/* The literal that every match begins with, in lower case. What can stand behind it may be no letter
 * where it ends in one. */
static bool literal_word(const struct head *head, bool first_is_value,
			 char word[static WEIR_CUSTOM_WORD_MAX + 1])
{
	size_t n = 0;

	while (n < head->count && n < WEIR_CUSTOM_WORD_MAX && head->atoms[n].literal >= 0 &&
	       head->atoms[n].min == 1 && head->atoms[n].max == 1) {
		int c = head->atoms[n].literal;

		word[n++] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
	}
	n = weir_utf8_valid(word, n);
	if (n == head->count ? !head->ended
			     : (head->atoms[n].kinds & LETTER) || head->atoms[n].min == 0)
		while (n > 0 && kind_of((unsigned char)word[n - 1]) == LETTER)
			n--;
	while (n > 0 && !word_byte(word[n - 1]))
		n--;
	word[n] = '\0';
	if (n < 2 || !word_byte(word[0]))
		return false;
	return first_is_value || kind_of((unsigned char)word[0]) != LETTER;
}

size_t weir_anchor_derive(const char *pattern, bool first_is_value, struct weir_form ret[2],
			  char word[static WEIR_CUSTOM_WORD_MAX + 1])
{
	struct head head;
	struct run run;
	size_t n = 0;

	if (readable(pattern)) {
		read_head(pattern, &head);
		read_run(&head, &run);
		if (first_is_value)
			n = run_forms(&run, ret);
		if (n == 0 && literal_word(&head, first_is_value, word)) {
			ret[0] = (struct weir_form){.anchor = WEIR_ANCHOR_WORD};
			n = 1;
		}
	}
	if (n == 0) {
		ret[0] = (struct weir_form){.anchor = WEIR_ANCHOR_ANY};
		n = 1;
	}
	return n;
}
