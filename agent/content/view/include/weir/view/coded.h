/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_VIEW_CODED_H
#define WEIR_VIEW_CODED_H

/* Bytes written as characters: base64 in both alphabets, hexadecimal. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum weir_coding {
	WEIR_CODING_NONE = 0,
	WEIR_CODING_BASE64, /* both alphabets, padding or not, line breaks inside */
	WEIR_CODING_HEX,    /* pairs, with nothing, a space, ':' or a line break between them */
};

/* What in is, judged by alphabet, length and mix; and in out what it decodes to, at most size bytes
 * (in / 4 * 3 is enough). WEIR_CODING_NONE with *ret_len 0 when it is none, or decodes to something
 * that is neither mostly text in a known encoding nor a known container. */
enum weir_coding weir_coded_decode(const uint8_t *in, size_t len, uint8_t *out, size_t size,
				   size_t *ret_len);

/* The bytes of in that byte at of the result comes from: their start. */
size_t weir_coded_source(enum weir_coding coding, const uint8_t *in, size_t len, size_t at);
/* The same for the bytes 0 to n - 1 of the result, and in from[n] where the next would be or len. */
void weir_coded_map(enum weir_coding coding, const uint8_t *in, size_t len, uint32_t *from,
		    size_t n);

/* A stream of nothing but one coding, cut anywhere (files that are base64 as a whole). */
struct weir_coded_stream {
	enum weir_coding coding;
	uint32_t bits;
	uint8_t held;
	bool ended; /* padding seen, or a character that does not belong */
};
/* True when the first bytes of a text, at least 1 KiB or all, are one coding alone. */
bool weir_coded_whole(const uint8_t *in, size_t len, enum weir_coding *ret);
/* Writes to out (len bytes are enough); returns how many. */
size_t weir_coded_stream(struct weir_coded_stream *stream, const uint8_t *in, size_t len,
			 uint8_t *out);

#endif
