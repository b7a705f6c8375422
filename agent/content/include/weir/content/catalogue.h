/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONTENT_CATALOGUE_H
#define WEIR_CONTENT_CATALOGUE_H

/* The detectors, as data: immutable, in one table, highest rank first. A detector's index in the
 * table is the number that findings carry; it is stable within one build only, so whatever is
 * stored or sent elsewhere carries the id. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WEIR_DETECTOR_PATTERNS 4

/* How many characters of a value may be shown at its start and end; the rest becomes '*'. With
 * group set, the tail is what remains after whole groups (a card's last 4 of 16 digits, last 3 of
 * 19), never more than the group. */
struct weir_mask {
	uint8_t head, tail, group;
};

/* Confidence is clamped to 0-100. A value that the validator refuses starts from refused, 0 drops
 * it. */
struct weir_confidence {
	uint8_t refused;  /* the pattern alone */
	uint8_t accepted; /* the pattern and the validator */
	uint8_t form; /* added: written in groups or with its prefix, as people write this number */
	uint8_t near_word; /* added: a word of the detector begins within 32 bytes before the value
			    */
	uint8_t far_word;  /* added: none near, one within 900 bytes (300 hanzi) before or behind */
	uint8_t negative;  /* taken off: a negative word stands nearer before the value, on its line
			    */
	uint8_t placeholder; /* taken off: a value that people type as an example */
};

/* What the standards make of it. level: JR/T 0171 class. */
struct weir_labels {
	const char *level;
	uint8_t jrt0197; /* JR/T 0197 level 1-5 */
	bool sensitive;	 /* sensitive data in the sense of the NFRA's rules, one by one */
};

struct weir_detector {
	const char *id;
	const char *name_zh, *name_en;
	/* PCRE2, over bytes without UTF mode, digits only by [0-9], bounded by digit look-around;
	 * group 1 is the value. The first takes the value in one run, the others its written forms
	 * and are tried when a run has separators. */
	const char *patterns[WEIR_DETECTOR_PATTERNS];
	const char *validator; /* name in validate.h; NULL: none */
	const char *const *words,
		*const *negatives; /* UTF-8, ASCII in lower case, NULL at the end */
	struct weir_confidence confidence;
	struct weir_mask mask;
	struct weir_labels labels;
	uint32_t runs;	    /* bit n: the first pattern can match where n digits stand in a row */
	uint8_t min_digits; /* ASCII digits in a value, at least 11 */
	bool strict_left;   /* a '.', '/' or '-' before the value counts as joined whatever stands
			       before that */
};

size_t weir_content_catalogue_count(void);

/* NULL past the end. */
const struct weir_detector *weir_content_catalogue_at(size_t index);

/* The index, or -ENOENT. */
int weir_content_catalogue_find(const char *id);

#endif
