/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CATALOGUE_CATALOGUE_H
#define WEIR_CATALOGUE_CATALOGUE_H

/* The detectors, as data. The built-in ones stand in one table whose order is that of
 * WEIR_DETECTOR_IDS, so that an index is the number in findings; custom ones of a policy follow
 * behind, from WEIR_DETECTOR_COUNT up to WEIR_FINDINGS_DETECTORS. Immutable once made. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/base/error.h"
#include "weir/base/macros.h"
#include "weir/findings/custom.h"

/* Version of the built-in table: grows with every change of a row. */
#define WEIR_CATALOGUE_VERSION 2

#define WEIR_DETECTOR_FORMS	12
#define WEIR_COMPANION_IDENTITY "@identity"

/* Where a form is tried. The finder (weir/find) names the places; the matcher tries each form of
 * that anchor, anchored at the place given here, and never searches. */
enum weir_anchor {
	WEIR_ANCHOR_DIGITS =
		1,	  /* a run of ASCII digits that touches no other ASCII digit or letter:
				   at its first digit */
	WEIR_ANCHOR_SPAN, /* digits with one separator of [ -./_,] between two of them at least once,
			     tried at the start of every group of digits and at a '+' or '(' before it */
	WEIR_ANCHOR_TOKEN, /* letters and digits in one run, with 4 digits in a row or 15 characters:
			      at its first character */
	WEIR_ANCHOR_AT,	   /* '@': at the first character of the local part */
	WEIR_ANCHOR_PLATE,  /* the hanzi of a province with a capital behind it: at the hanzi */
	WEIR_ANCHOR_QUAD,   /* four numbers with dots: at the first digit */
	WEIR_ANCHOR_FILLER, /* "<<<": at the start of its line */
	WEIR_ANCHOR_HOUSE, /* a digit with one of the hanzi of house numbers behind it: at the start of
			      the stretch of hanzi, letters and digits around it */
	WEIR_ANCHOR_WORD,  /* one of the detector's anchor words: at its first character */
	WEIR_ANCHOR_BREAK, /* a run of digits as for DIGITS that ends its line or cell with another
			      digit behind the break: at its first digit */
	WEIR_ANCHOR_CELL, /* no pattern: a whole cell, without blanks and quotes around it, in a column
			     where most cells pass the check and the head, or numbers beside it, say what
			     it is */
	WEIR_ANCHOR_ANY, /* searched for in the whole text: slow, for custom patterns without a shape */
};

/* Forms that the engine reads by a function of its own, because a pattern takes too long: the function gives
 * what the pattern would. */
enum weir_form_reader {
	WEIR_READER_PATTERN = 0,
	WEIR_READER_ADDRESS,	      /* HOUSE: the stretch from its start on */
	WEIR_READER_ADDRESS_PROVINCE, /* HOUSE: from the name of a province on */
};

struct weir_form {
	enum weir_anchor anchor;
	/* PCRE2 over UTF-8 bytes without UTF mode, digits by [0-9] only; group 1 is the value. NULL
	 * with DIGITS and TOKEN: the whole run is the value, with CELL the cell. */
	const char *pattern;
	uint64_t lengths; /* DIGITS, TOKEN: bit n: runs of n characters are tried; SPAN: of n digits
			     in the whole span, at least; 0: all */
	uint32_t first; /* SPAN: bit n: tried where the first group has n digits (31: behind '+' or
			     '(' as well as longer ones); 0: everywhere */
	/* What saves a try that could only fail; 0: nothing is known. */
	uint64_t pair; /* SPAN, BREAK: bit n: first group and what follows it have n letters and
			  digits */
	uint8_t signs; /* SPAN: the value has so many digits and capitals and marks between them */
	bool ordinary; /* the check never calls a value of this form strong */
	int8_t shift;  /* added to the confidence */
	enum weir_form_reader reader;
	const char *check; /* instead of the detector's; NULL: the detector's */
};

/* How a value is brought into normal form before it is checked and counted. */
enum weir_normal_form {
	WEIR_NORMAL_CODE = 0, /* ASCII letters and digits only, in upper case */
	WEIR_NORMAL_LOWER,    /* ASCII in lower case, nothing dropped */
	WEIR_NORMAL_TEXT,     /* as it stands */
};

/* How many characters of a value may be shown at its start and end; the rest becomes '*'. With
 * group set, the tail is what remains after whole groups (a card's last 4 of 16 digits, last 3 of
 * 19), never more than the group. keep_domain: what stands behind the last '@' is shown. */
struct weir_mask {
	uint8_t head, tail, group;
	bool keep_domain;
};

/* Confidence is clamped to 0-100. A value that the check refuses starts from refused, 0 drops it.
 * What ends below 50 is never reported. */
struct weir_confidence {
	uint8_t refused;  /* the pattern alone */
	uint8_t accepted; /* the pattern and the check */
	uint8_t strong;	  /* the check says strong; 0: as accepted */
	uint8_t near_word; /* added: a word of the detector begins within 32 bytes before the value, or
			      stands at the head of its column */
	uint8_t far_word; /* added: none near, one within 900 bytes (300 hanzi) before or behind */
	uint8_t negative; /* taken off: a negative word stands nearer before the value, on its line,
			      or heads its column */
	uint8_t placeholder; /* taken off: a value that people type as an example */
	uint8_t column;	     /* added: the column has at least 5 values that the check accepts */
};

/* What a hit says about a record: a record with a contact and an identity is a customer. */
enum weir_role {
	WEIR_ROLE_NONE = 0,
	WEIR_ROLE_CONTACT,  /* name, phone, address, e-mail */
	WEIR_ROLE_IDENTITY, /* identity document, account, policy, medical record */
};

/* What the standards make of it. */
struct weir_labels {
	const char *level;     /* JR/T 0171: "C1" "C2" "C3", "-" for none */
	uint8_t jrt0197;       /* JR/T 0197: 1-5 */
	const char *nfra;      /* "sensitive", "general", "system" */
	const char *sensitive; /* GB/T 45574 kind of sensitive personal information: "financial
				   account", "medical health" ...; NULL: none */
	bool gbt35273;	       /* personal sensitive information of GB/T 35273 */
};

struct weir_detector {
	const char *id;
	const char *name_zh, *name_en;
	/* anchor 0 ends them. At one place the first form in this order whose value the check accepts
	 * is taken, else the first that matches. */
	struct weir_form forms[WEIR_DETECTOR_FORMS];
	const char *check; /* name for weir_check_find(); NULL: none */
	/* UTF-8, ASCII in lower case, NULL at the end. Latin words count whole, where a change from
	 * lower to upper case or a '_' ends a word as well; hanzi words count anywhere. */
	const char *const *words, *const *negatives;
	const char *const *anchors; /* of WEIR_ANCHOR_WORD, NULL: words; at least 2 bytes each */
	struct weir_confidence confidence;
	struct weir_mask mask;
	struct weir_labels labels;
	enum weir_normal_form normal;
	enum weir_role role;
	uint8_t rank; /* who takes a text that several fit with a confidence of 50 or more: the lower
			 one, where both accept */
	bool strict_left; /* a '.', '/' or '-' before the value counts as joined whatever stands
			     before that */
	bool joined; /* may touch letters and digits: the pattern itself looks at its neighbours */
	bool reversible; /* also found when written backwards, if the check accepts it */
	/* counts only with a hit of this detector within so many bytes (0: in the same object);
	 * WEIR_COMPANION_IDENTITY: of any detector in that role */
	const char *companion;
	uint16_t companion_within;
	uint8_t min_distinct; /* fewer different values in one object count for nothing; 0: 1 */
};

struct weir_catalogue;

/* The built-in detectors and n custom ones, whose strings are copied. 0, -ENOMEM, -E2BIG (too many), or -EINVAL with the place
 * and reason in *ret_error. A custom pattern gets the anchor that its first atoms allow, else
 * WEIR_ANCHOR_ANY. */
int weir_catalogue_new(const struct weir_custom *custom, size_t n, struct weir_catalogue **ret,
		       struct weir_error *ret_error) _must_use_;
void weir_catalogue_free(struct weir_catalogue *catalogue);
DEFINE_CLEANUP(weir_catalogue_free, struct weir_catalogue *);

/* The built-in ones alone; never freed. */
const struct weir_catalogue *weir_catalogue_builtin(void);

size_t weir_catalogue_count(const struct weir_catalogue *catalogue);
/* NULL past the end. */
const struct weir_detector *weir_catalogue_at(const struct weir_catalogue *catalogue,
					      size_t number);
/* The number, or -ENOENT. */
int weir_catalogue_find(const struct weir_catalogue *catalogue, const char *id);

#endif
