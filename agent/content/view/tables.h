/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_VIEW_TABLES_H
#define WEIR_VIEW_TABLES_H

/* What the host program in tables/ writes at build time: nothing is read at run time. */

#include <stdint.h>

/* Two-byte codes by VIEW_PAIR, for any first byte from 0x80 and any second: up to four bytes of UTF-8,
 * the first lowest; 0: no character. */
#define VIEW_PAIRS		 0x8000
#define VIEW_PAIR(first, second) ((unsigned)((first)&0x7f) << 8 | (second))

extern const uint32_t weir_view_gb_pairs[VIEW_PAIRS];
extern const uint32_t weir_view_big5_pairs[VIEW_PAIRS];

/* Four-byte codes of GB18030 below 0x90308130, in their order: BMP code points, 0: none. */
#define VIEW_GB_FOURS  39420u
#define VIEW_GB_HIGHER 189000u /* the place of U+10000 in the same order */
extern const uint16_t weir_view_gb_fours[VIEW_GB_FOURS];

/* One bit per pair (or BMP code point): a character that Chinese text is full of. */
extern const uint8_t weir_view_gb_common[VIEW_PAIRS / 8];
extern const uint8_t weir_view_big5_common[VIEW_PAIRS / 8];
extern const uint8_t weir_view_bmp_common[65536 / 8];

/* Kind (high byte) and value (low byte) of a code point below 0x20000: page by its upper bits, then
 * cell. Page 0 is all 0. */
#define VIEW_RULE_PLANES 0x20000u
extern const uint8_t weir_view_rule_page[VIEW_RULE_PLANES >> 6];
extern const uint16_t weir_view_rule_cell[][64];

/* Shuffles that close the gaps in four characters of 1 to 3 bytes, one in each 32 bits, by two bits
 * of length - 1 each; the last byte is the length of all. */
extern const uint8_t weir_view_close[256][16];
extern const uint8_t weir_view_close_len[256];

/* The bits that a character stands for, or what else it is; base64 in both alphabets. */
#define VIEW_CODED_OTHER 0xff
#define VIEW_CODED_SPACE 0xfe
#define VIEW_CODED_PAD	 0xfd
#define VIEW_CODED_COLON 0xfc
extern const uint8_t weir_view_base64[256];
extern const uint8_t weir_view_hex[256];

static inline uint16_t weir_view_rule(uint32_t point)
{
	if (point >= VIEW_RULE_PLANES)
		return 0;
	return weir_view_rule_cell[weir_view_rule_page[point >> 6]][point & 63];
}

#endif
