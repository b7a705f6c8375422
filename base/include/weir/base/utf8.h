/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_BASE_UTF8_H
#define WEIR_BASE_UTF8_H

/* UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of the well-formed prefix of data: len when all of it is well-formed. A sequence cut off by
 * the end counts as not well-formed. */
size_t weir_utf8_valid(const char *data, size_t len);

/* Code points in well-formed data; in malformed data every stray byte counts as one. */
size_t weir_utf8_count(const char *data, size_t len);

/* Decodes one code point at data (len >= 1). Returns its bytes (1-4) and sets *ret; a malformed
 * byte gives 1 and U+FFFD. */
size_t weir_utf8_decode(const char *data, size_t len, uint32_t *ret);

/* Whether a code point acts on a terminal, on a line or on the reading order instead of being shown:
 * controls, marks that turn the direction, separators, what has no width, U+FFFD. */
bool weir_utf8_acts(uint32_t c);

/* Whether text is one line of at most max bytes: UTF-8 without control characters. Empty is one. */
bool weir_utf8_line(const char *text, size_t max);

/* The largest prefix of at most max bytes that does not cut a sequence in two. */
size_t weir_utf8_cut(const char *data, size_t len, size_t max);

/* Copies text for a terminal or a JSON string: what is malformed, and each control character, becomes U+FFFD. Cut to size (>= 1) with
 * its NUL, between code points; three times the length and the NUL hold any text. */
void weir_utf8_clean(const char *text, char *ret, size_t size);

#endif
