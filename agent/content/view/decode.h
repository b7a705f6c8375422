/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_VIEW_DECODE_H
#define WEIR_VIEW_DECODE_H

/* One character at a time, exact for every input; and the fast ways over the common ones, which stop
 * at whatever they don't know. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/view/charset.h"

#define VIEW_BAD 0xbdbfefu /* U+FFFD as packed UTF-8 */

struct weir_view_char {
	uint32_t utf8; /* first byte lowest */
	uint8_t in;    /* bytes of the original, 0: cut off by its end */
	uint8_t out;   /* bytes of utf8, 1 to 4 */
};

/* The character at in, len >= 1. Not for WEIR_CHARSET_UTF8 and _BYTES. */
struct weir_view_char weir_view_step(enum weir_charset charset, const uint8_t *in, size_t len,
				     bool final);

struct weir_view_io {
	const uint8_t *in, *in_end;
	uint8_t *out, *out_end;
};

/* What this machine can do, best last. */
enum weir_view_level { VIEW_PORTABLE = 0, VIEW_AVX2, VIEW_AVX512 };
enum weir_view_level weir_view_level(void);

/* Converts whole characters and moves both pointers past them; may stop anywhere. */
void weir_view_pairs(struct weir_view_io *io, const uint32_t *pairs, enum weir_view_level level);
void weir_view_utf16(struct weir_view_io *io, bool big, enum weir_view_level level);

/* weir_charset_decode() at a level, for tests of one against the other. */
size_t weir_view_decode(enum weir_charset charset, const uint8_t *in, size_t len, bool final,
			uint8_t *out, size_t size, size_t *ret_used, enum weir_view_level level);

/* Reads as text in UTF-16 of that order (guess.c). */
bool weir_view_is_utf16(const uint8_t *data, size_t len, bool big);

/* Packed UTF-8 of a code point that is no surrogate; *ret_len 1 to 4. */
static inline uint32_t weir_view_pack(uint32_t point, uint8_t *ret_len)
{
	if (point < 0x80) {
		*ret_len = 1;
		return point;
	}
	if (point < 0x800) {
		*ret_len = 2;
		return 0x80c0 | point >> 6 | (point & 0x3f) << 8;
	}
	if (point < 0x10000) {
		*ret_len = 3;
		return 0x8080e0 | point >> 12 | (point >> 6 & 0x3f) << 8 | (point & 0x3f) << 16;
	}
	*ret_len = 4;
	return 0x808080f0u | point >> 18 | (point >> 12 & 0x3f) << 8 | (point >> 6 & 0x3f) << 16 |
	       (point & 0x3f) << 24;
}

static inline unsigned weir_view_packed_len(uint32_t utf8)
{
	return (39 - (unsigned)__builtin_clz(utf8)) >> 3;
}

#endif
