/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_API_ID_H
#define WEIR_CONSOLE_API_ID_H

/* Ids that people read, say and paste: "A-" for an alert, "E-" for another event, then the row's
 * number in Crockford's base 32 (0-9 and A-Z without I, L, O, U; most significant first), at least
 * five digits. On input case does not matter, O reads as 0, I and L as 1, dashes behind the second
 * place are skipped. Both letters name the same row. */

#include <stdbool.h>
#include <stdint.h>

#include "weir/base/macros.h"

#define WEIR_API_ID_TEXT 16 /* bytes of the longest id with its NUL */

void weir_api_id_format(uint64_t id, bool alert, char text[static WEIR_API_ID_TEXT]);

/* 0, -EINVAL (not an id) or -ERANGE (no row can have it: 0, or 2^63 and above). */
int weir_api_id_parse(const char *text, uint64_t *ret) _must_use_;

#endif
