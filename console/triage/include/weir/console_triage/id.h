/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_TRIAGE_ID_H
#define WEIR_CONSOLE_TRIAGE_ID_H

/* Ids that people read, say and paste: a letter for what it names, a dash, the row's number in
 * Crockford's base 32 (0-9 and A-Z without I, L, O, U; most significant first, at least four
 * digits), and a check character of the same alphabet: "A-7K3Q9". The check character finds every
 * single wrong character and every two that changed places. On input case does not matter, O reads
 * as 0, I and L as 1, further dashes are skipped. */

#include <stdint.h>

#include "weir/base/macros.h"

enum weir_id_kind {
	WEIR_ID_ALERT = 'A',
	WEIR_ID_EVENT = 'E',
	WEIR_ID_SUPPRESSION = 'S',
};

#define WEIR_ID_TEXT 20 /* bytes of the longest id with its NUL */

/* number: 1 to 2^63 - 1. */
void weir_id_format(enum weir_id_kind kind, uint64_t number, char text[static WEIR_ID_TEXT]);

/* 0; -EINVAL (no id of this kind), -EBADMSG (mistyped: the check character disagrees) or -ERANGE
 * (no row can have it: 0, or 2^63 and above). */
int weir_id_parse(enum weir_id_kind kind, const char *text, uint64_t *ret) _must_use_;

#endif
