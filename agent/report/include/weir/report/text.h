/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_REPORT_TEXT_H
#define WEIR_REPORT_TEXT_H

/* Text for a report: valid UTF-8, bounded, without identifiers. */

#include <stdbool.h>
#include <stddef.h>

/* Copies text up to its NUL or in_max bytes into ret as valid UTF-8, malformed bytes as U+FFFD, cut
 * between code points to size - 1 bytes and a NUL. Returns the bytes written without the NUL. size
 * is at least 1. */
size_t weir_text_copy(char *ret, size_t size, const char *text, size_t in_max);

/* Replaces digits by '*' in runs that may be a resident ID, a card or a mobile number: 15 digits
 * and more (single blanks or hyphens between them do not end a run) keep the first and the last
 * two, 11 digits that begin with 1 keep three and four, also behind a country code or beside another
 * number. */
void weir_text_mask_numbers(char *text);

/* True when a masked sample still shows more than ten digits. */
bool weir_text_shows_too_much(const char *masked);

#endif
