/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EVENT_TEXT_H
#define WEIR_EVENT_TEXT_H

/* Names that anybody on the machine may choose, made fit for a terminal, a log and a database. */

#include <stdbool.h>
#include <stddef.h>

/* Writes at most size - 1 bytes and a NUL. Malformed UTF-8, control characters, line separators and
 * direction overrides become U+FFFD; a sequence is never cut in two. Reads to the first NUL or len.
 * Returns the bytes written. */
size_t weir_event_text(char *ret, size_t size, const char *data, size_t len);

/* The path of a record: names innermost first, each ended by NUL ("c\0b\0a\0" is "a/b/c"); cut puts
 * "…/" before it. Empty names and the root's own "/" are left out; "." and ".." can't climb. ret
 * needs size > 4. */
void weir_event_path(char *ret, size_t size, const char *names, size_t len, bool cut);

#endif
