/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_VIEW_CHARSET_H
#define WEIR_VIEW_CHARSET_H

/* Text in the encodings that Chinese offices use, turned into UTF-8. Stateless: any piece can be
 * converted by itself as long as it begins between two characters. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum weir_charset {
	WEIR_CHARSET_BYTES = 0, /* none recognised: passed on as it is, ASCII means ASCII */
	WEIR_CHARSET_UTF8,
	WEIR_CHARSET_GB18030, /* GB2312, GBK and cp936 are parts of it */
	WEIR_CHARSET_BIG5,    /* with the HKSCS and cp950 additions that iconv knows */
	WEIR_CHARSET_UTF16LE,
	WEIR_CHARSET_UTF16BE,
	WEIR_CHARSET_UTF32LE,
	WEIR_CHARSET_UTF32BE,
	WEIR_CHARSET_LATIN1,
	_WEIR_CHARSET_MAX,
};

/* Enough bytes for a guess. */
#define WEIR_CHARSET_SAMPLE 65536

/* By a name as MIME, HTML and XML declare it ("gbk", "GB2312", "utf-16"). WEIR_CHARSET_BYTES when it
 * is not known. */
enum weir_charset weir_charset_named(const char *name, size_t len);
const char *weir_charset_name(enum weir_charset charset);

/* By byte order mark, then declared (WEIR_CHARSET_BYTES: nothing was) unless the bytes contradict it,
 * then validity of UTF-8, NULs on one side (UTF-16), statistics of GB18030 against Big5. *ret_bom is
 * the length of the mark, 0 without one. final: data is all there is. Nothing but ASCII is UTF8 unless
 * declared otherwise: guess again when the first byte from 0x80 shows up later. */
enum weir_charset weir_charset_guess(const uint8_t *data, size_t len, bool final,
				     enum weir_charset declared, size_t *ret_bom);

/* Converts until in or out is used up; a character cut off by the end of in stays unless final. What
 * is no character becomes U+FFFD, one byte (or unit) at a time. Returns the bytes written (well-formed
 * UTF-8, for UTF8 and BYTES a copy as it is), sets *ret_used to the bytes read. out of size n always
 * takes n / 4 bytes of in. */
size_t weir_charset_decode(enum weir_charset charset, const uint8_t *in, size_t len, bool final,
			   uint8_t *out, size_t size, size_t *ret_used);

/* How many bytes of in the first n bytes of its conversion come from; a character whose bytes n cuts in
 * two does not count. Converts again from the start: for many places go on from the last one. */
size_t weir_charset_source(enum weir_charset charset, const uint8_t *in, size_t len, size_t n);

#endif
