/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_VIEW_SCAN_H
#define WEIR_VIEW_SCAN_H

/* Where the next byte is that a step of the normalised view has to look at; len when there is none. */

#include <stddef.h>
#include <stdint.h>

/* Backslash, '&', '%' or '='. */
size_t weir_view_next_escape(const uint8_t *text, size_t len, size_t at);

/* O, o, l, I or '|' with a digit right before or behind it. */
size_t weir_view_next_alike(const uint8_t *text, size_t len, size_t at);

/* The first byte of a character that the table names, or of one that is malformed: everything before
 * it stays as it is. */
size_t weir_view_next_ruled(const uint8_t *text, size_t len, size_t at);

#endif
