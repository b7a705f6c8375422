/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_FINDINGS_CUSTOM_H
#define WEIR_FINDINGS_CUSTOM_H

/* A detector that a policy brings. In findings it has the number WEIR_DETECTOR_COUNT plus its place in
 * the policy. Plain data; whoever gives one out owns the strings and says how long they live. */

#include <stddef.h>
#include <stdint.h>

#define WEIR_CUSTOM_MAX		24   /* detectors of one policy */
#define WEIR_CUSTOM_ID_MAX	31   /* bytes: small letters, digits, '_', '-', a letter first */
#define WEIR_CUSTOM_NAME_MAX	96   /* bytes */
#define WEIR_CUSTOM_PATTERN_MAX 1024 /* bytes */
#define WEIR_CUSTOM_WORDS_MAX	64   /* words and negative words, each */
#define WEIR_CUSTOM_WORD_MAX	32   /* bytes, at least 2 */

struct weir_custom {
	const char *id;
	const char *name_zh, *name_en;
	const char *pattern; /* PCRE2; group 1, where there is one, is the value */
	const char *check;   /* NULL: none */
	const char *const *words, *const *negatives; /* NULL or ended by NULL */
	const char *level;			     /* "C1" "C2" "C3" */
	uint8_t base; /* confidence of the pattern (and its check) alone, 1-100 */
};

#endif
