/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_UNPACK_WORDS_H
#define WEIR_UNPACK_WORDS_H

/* One text taken out of a document character by character: a WEIR_PART_TEXT that begins with its
 * first byte, so that an empty one is none. Errors of the sink stay in r and end nothing by
 * themselves: loops look at r, weir_words_end() returns it. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "reader.h"
#include "weir/view/charset.h"

struct weir_words {
	struct weir_unpack *u;
	const char *name; /* as in weir_emit_begin(); valid until the end */
	int r;
	bool begun;
	uint16_t high; /* first half of a surrogate pair, 0: none */
	size_t len;
	uint8_t data[4096];
};

void weir_words_init(struct weir_words *w, struct weir_unpack *u, const char *name);
/* A Unicode scalar; what is none becomes U+FFFD, NUL nothing. */
void weir_words_code(struct weir_words *w, uint32_t code);
/* A UTF-16 unit. */
void weir_words_unit(struct weir_words *w, uint16_t unit);
void weir_words_utf16(struct weir_words *w, const uint8_t *data, size_t len); /* little-endian */
/* Bytes that are UTF-8, or of no known encoding. */
void weir_words_bytes(struct weir_words *w, const void *data, size_t len);
/* Whole characters in a charset; LATIN1 is taken as Windows-1252. */
void weir_words_coded(struct weir_words *w, enum weir_charset charset, const uint8_t *data,
		      size_t len);
int weir_words_end(struct weir_words *w) _must_use_;

/* What a Windows code page is here: BYTES when it is none of those that view knows. */
enum weir_charset weir_words_codepage(unsigned page);
/* A byte of Windows-1252. */
uint32_t weir_words_1252(uint8_t byte);

#endif
