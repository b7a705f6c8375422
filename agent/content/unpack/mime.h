/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_UNPACK_MIME_H
#define WEIR_UNPACK_MIME_H

/* What the head of a mail or of a part of one says about its body, and the bodies' encodings. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lines.h"
#include "words.h"

#define WEIR_MIME_NAME 160

enum weir_mime_coding {
	WEIR_MIME_IDENTITY = 0,
	WEIR_MIME_QUOTED,
	WEIR_MIME_BASE64,
	WEIR_MIME_UUENCODE,
};

struct weir_mime_head {
	char type[64]; /* "text/plain", small letters */
	char charset[32];
	char boundary[WEIR_BOUNDARY];
	char name[WEIR_MIME_NAME]; /* file name, UTF-8 */
	enum weir_mime_coding coding;
	bool typed; /* it said a type */
	bool flowed, delete_space;
};

/* Takes what one unfolded field ("Name: value") says. */
void weir_mime_field(struct weir_mime_head *head, const char *field, size_t len);

/* The text of a field with its encoded words (RFC 2047) decoded, as UTF-8. */
void weir_mime_decode_words(struct weir_words *words, const uint8_t *data, size_t len);
/* The same into a buffer of size bytes; NUL-terminated. Returns the length. */
size_t weir_mime_decode_name(const uint8_t *data, size_t len, char *ret, size_t size);

/* The decoded body, pulled from the lines up to where they stop. */
struct weir_mime_body {
	struct weir_lines *lines;
	enum weir_mime_coding coding;
	bool find_uuencode; /* in a text, stop before a line that begins a file */
	bool found_uuencode;
	bool done;
	int r;		  /* what ended it, when negative */
	uint8_t held_end; /* identity: the line's end, which may belong to the delimiter */
	uint8_t state;	  /* quoted-printable: 0, 1 behind '=', 2 behind a digit too */
	uint8_t nibble, count;
	uint32_t bits;
	char uuencode_name[WEIR_MIME_NAME];
	uint64_t pos; /* bytes given out */
	size_t at, len;
	uint8_t data[4 * WEIR_LINE];
};

void weir_mime_begin(struct weir_mime_body *body, struct weir_lines *lines,
		     enum weir_mime_coding coding);
/* It is no text after all. */
void weir_mime_ignore_uuencode(struct weir_mime_body *body);
/* Decodes until some KiB are there or the body has ended; then data[at .. len) can be looked at. */
void weir_mime_fill(struct weir_mime_body *body);
/* Up to len bytes; 0 at the end; body->r when negative. */
ssize_t weir_mime_read(struct weir_mime_body *body, void *data, size_t len) _must_use_;
/* The body as an object's bytes, from where it stands. */
struct weir_bytes weir_mime_bytes(struct weir_mime_body *body);

#endif
