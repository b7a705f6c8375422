/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_VIEW_RULES_H
#define WEIR_VIEW_RULES_H

/* The characters that the normalised view writes in another way, as ranges. The host program beside
 * this file turns them into a two-step table; later rows win. */

#include <stdint.h>

enum weir_view_kind {
	VIEW_KEEP = 0,
	VIEW_DROP,	/* no width */
	VIEW_WIDTH,	/* full width: value is the ASCII byte */
	VIEW_SEPARATOR, /* value is ' ', '-', '.', ',' or '/' */
	VIEW_DIGIT,	/* of another script: value 0-9 */
	VIEW_ENCLOSED,	/* circled, raised, lowered: value 0-20; also list and foot note marks */
	VIEW_NUMERAL,	/* hanzi numeral: value 0-9; only in runs */
	VIEW_GLYPH,	/* Greek or Cyrillic that looks Latin: value is the letter */
	VIEW_TIMES,	/* x as the 18th of a number */
};

struct weir_view_rule {
	uint32_t first, last;
	uint8_t kind;
	uint8_t value; /* of first */
	uint8_t step;  /* added to value from one character to the next */
};

#define ONE(at, kind, value)           \
	{                              \
		at, at, kind, value, 0 \
	}
#define DROP(first, last)                    \
	{                                    \
		first, last, VIEW_DROP, 0, 0 \
	}
#define SAME(first, last, byte)                      \
	{                                            \
		first, last, VIEW_SEPARATOR, byte, 0 \
	}
#define DIGITS(zero)                               \
	{                                          \
		zero, (zero) + 9, VIEW_DIGIT, 0, 1 \
	}
#define ENCLOSED(from, to, n)                 \
	{                                     \
		from, to, VIEW_ENCLOSED, n, 1 \
	}

static const struct weir_view_rule weir_view_rules[] = {
	/* Full width */
	{0xff01, 0xff5e, VIEW_WIDTH, 0x21, 1},
	ONE(0x3000, VIEW_WIDTH, ' '),
	/* Without width: joiners, direction, variation, tags, the key cap frame */
	DROP(0x00ad, 0x00ad),
	DROP(0x034f, 0x034f),
	DROP(0x061c, 0x061c),
	DROP(0x115f, 0x1160),
	DROP(0x17b4, 0x17b5),
	DROP(0x180b, 0x180f),
	DROP(0x200b, 0x200f),
	DROP(0x202a, 0x202e),
	DROP(0x2060, 0x206f),
	DROP(0x20e3, 0x20e3),
	DROP(0x3164, 0x3164),
	DROP(0xfe00, 0xfe0f),
	DROP(0xfeff, 0xfeff),
	DROP(0xffa0, 0xffa0),
	/* Separators */
	SAME(0x00a0, 0x00a0, ' '),
	SAME(0x1680, 0x1680, ' '),
	SAME(0x2000, 0x200a, ' '),
	SAME(0x202f, 0x202f, ' '),
	SAME(0x205f, 0x205f, ' '),
	SAME(0x2010, 0x2015, '-'),
	SAME(0x2043, 0x2043, '-'),
	SAME(0x207b, 0x207b, '-'),
	SAME(0x2212, 0x2212, '-'),
	SAME(0x2500, 0x2501, '-'),
	SAME(0xfe31, 0xfe32, '-'),
	SAME(0xfe58, 0xfe58, '-'),
	SAME(0xfe63, 0xfe63, '-'),
	SAME(0x00b7, 0x00b7, '.'),
	SAME(0x0387, 0x0387, '.'),
	SAME(0x2022, 0x2022, '.'),
	SAME(0x2024, 0x2024, '.'),
	SAME(0x2027, 0x2027, '.'),
	SAME(0x2219, 0x2219, '.'),
	SAME(0x22c5, 0x22c5, '.'),
	SAME(0x30fb, 0x30fb, '.'),
	SAME(0xfe52, 0xfe52, '.'),
	SAME(0xff65, 0xff65, '.'),
	SAME(0x3001, 0x3001, ','),
	SAME(0xfe10, 0xfe11, ','),
	SAME(0xfe50, 0xfe51, ','),
	SAME(0xff64, 0xff64, ','),
	SAME(0x2044, 0x2044, '/'),
	SAME(0x2215, 0x2215, '/'),
	/* Decimal digits of other scripts */
	DIGITS(0x0660),
	DIGITS(0x06f0),
	DIGITS(0x07c0),
	DIGITS(0x0966),
	DIGITS(0x09e6),
	DIGITS(0x0a66),
	DIGITS(0x0ae6),
	DIGITS(0x0b66),
	DIGITS(0x0be6),
	DIGITS(0x0c66),
	DIGITS(0x0ce6),
	DIGITS(0x0d66),
	DIGITS(0x0de6),
	DIGITS(0x0e50),
	DIGITS(0x0ed0),
	DIGITS(0x0f20),
	DIGITS(0x1040),
	DIGITS(0x1090),
	DIGITS(0x17e0),
	DIGITS(0x1810),
	DIGITS(0x1946),
	DIGITS(0x19d0),
	DIGITS(0x1a80),
	DIGITS(0x1a90),
	DIGITS(0x1b50),
	DIGITS(0x1bb0),
	DIGITS(0x1c40),
	DIGITS(0x1c50),
	DIGITS(0xa620),
	DIGITS(0xa8d0),
	DIGITS(0xa900),
	DIGITS(0xa9d0),
	DIGITS(0xa9f0),
	DIGITS(0xaa50),
	DIGITS(0xabf0),
	DIGITS(0x104a0),
	DIGITS(0x10d30),
	DIGITS(0x11066),
	DIGITS(0x110f0),
	DIGITS(0x11136),
	DIGITS(0x111d0),
	DIGITS(0x112f0),
	DIGITS(0x11450),
	DIGITS(0x114d0),
	DIGITS(0x11650),
	DIGITS(0x116c0),
	DIGITS(0x11730),
	DIGITS(0x118e0),
	DIGITS(0x11950),
	DIGITS(0x11c50),
	DIGITS(0x11d50),
	DIGITS(0x11da0),
	DIGITS(0x16a60),
	DIGITS(0x16ac0),
	DIGITS(0x16b50),
	DIGITS(0x1d7ce),
	DIGITS(0x1d7d8),
	DIGITS(0x1d7e2),
	DIGITS(0x1d7ec),
	DIGITS(0x1d7f6),
	DIGITS(0x1e140),
	DIGITS(0x1e2f0),
	DIGITS(0x1e4f0),
	DIGITS(0x1e950),
	DIGITS(0x1fbf0),
	/* Circled, in parentheses, with a full stop, on black, raised, lowered */
	ENCLOSED(0x2460, 0x2473, 1),
	ENCLOSED(0x2474, 0x2487, 1),
	ENCLOSED(0x2488, 0x249b, 1),
	ENCLOSED(0x24ea, 0x24ea, 0),
	ENCLOSED(0x24eb, 0x24f4, 11),
	ENCLOSED(0x24f5, 0x24fe, 1),
	ENCLOSED(0x24ff, 0x24ff, 0),
	ENCLOSED(0x2776, 0x277f, 1),
	ENCLOSED(0x2780, 0x2789, 1),
	ENCLOSED(0x278a, 0x2793, 1),
	ENCLOSED(0x3220, 0x3228, 1),
	ENCLOSED(0x3280, 0x3288, 1),
	ENCLOSED(0x1f100, 0x1f100, 0),
	ENCLOSED(0x1f101, 0x1f10a, 0),
	ENCLOSED(0x1f10b, 0x1f10c, 0),
	ENCLOSED(0x00b2, 0x00b3, 2),
	ENCLOSED(0x00b9, 0x00b9, 1),
	ENCLOSED(0x2070, 0x2070, 0),
	ENCLOSED(0x2074, 0x2079, 4),
	ENCLOSED(0x2080, 0x2089, 0),
	/* Hanzi numerals, in everyday and in accounting form */
	ONE(0x3007, VIEW_NUMERAL, 0),
	ONE(0x96f6, VIEW_NUMERAL, 0),
	ONE(0x25cb, VIEW_NUMERAL, 0),
	ONE(0x25ef, VIEW_NUMERAL, 0),
	ONE(0x4e00, VIEW_NUMERAL, 1),
	ONE(0x58f9, VIEW_NUMERAL, 1),
	ONE(0x5e7a, VIEW_NUMERAL, 1),
	ONE(0x5f0c, VIEW_NUMERAL, 1),
	ONE(0x4e8c, VIEW_NUMERAL, 2),
	ONE(0x8d30, VIEW_NUMERAL, 2),
	ONE(0x8cb3, VIEW_NUMERAL, 2),
	ONE(0x5f0d, VIEW_NUMERAL, 2),
	ONE(0x4e24, VIEW_NUMERAL, 2),
	ONE(0x5169, VIEW_NUMERAL, 2),
	ONE(0x4e09, VIEW_NUMERAL, 3),
	ONE(0x53c1, VIEW_NUMERAL, 3),
	ONE(0x53c3, VIEW_NUMERAL, 3),
	ONE(0x53c2, VIEW_NUMERAL, 3),
	ONE(0x5f0e, VIEW_NUMERAL, 3),
	ONE(0x56db, VIEW_NUMERAL, 4),
	ONE(0x8086, VIEW_NUMERAL, 4),
	ONE(0x4e94, VIEW_NUMERAL, 5),
	ONE(0x4f0d, VIEW_NUMERAL, 5),
	ONE(0x516d, VIEW_NUMERAL, 6),
	ONE(0x9646, VIEW_NUMERAL, 6),
	ONE(0x9678, VIEW_NUMERAL, 6),
	ONE(0x4e03, VIEW_NUMERAL, 7),
	ONE(0x67d2, VIEW_NUMERAL, 7),
	ONE(0x516b, VIEW_NUMERAL, 8),
	ONE(0x634c, VIEW_NUMERAL, 8),
	ONE(0x4e5d, VIEW_NUMERAL, 9),
	ONE(0x7396, VIEW_NUMERAL, 9),
	/* The sign of multiplication */
	ONE(0x00d7, VIEW_TIMES, 'X'),
	ONE(0x2715, VIEW_TIMES, 'X'),
	ONE(0x2716, VIEW_TIMES, 'X'),
	/* Greek */
	ONE(0x0391, VIEW_GLYPH, 'A'),
	ONE(0x0392, VIEW_GLYPH, 'B'),
	ONE(0x0395, VIEW_GLYPH, 'E'),
	ONE(0x0396, VIEW_GLYPH, 'Z'),
	ONE(0x0397, VIEW_GLYPH, 'H'),
	ONE(0x0399, VIEW_GLYPH, 'I'),
	ONE(0x039a, VIEW_GLYPH, 'K'),
	ONE(0x039c, VIEW_GLYPH, 'M'),
	ONE(0x039d, VIEW_GLYPH, 'N'),
	ONE(0x039f, VIEW_GLYPH, 'O'),
	ONE(0x03a1, VIEW_GLYPH, 'P'),
	ONE(0x03a4, VIEW_GLYPH, 'T'),
	ONE(0x03a5, VIEW_GLYPH, 'Y'),
	ONE(0x03a7, VIEW_GLYPH, 'X'),
	ONE(0x03b1, VIEW_GLYPH, 'a'),
	ONE(0x03b9, VIEW_GLYPH, 'i'),
	ONE(0x03bd, VIEW_GLYPH, 'v'),
	ONE(0x03bf, VIEW_GLYPH, 'o'),
	ONE(0x03c1, VIEW_GLYPH, 'p'),
	ONE(0x03c7, VIEW_GLYPH, 'x'),
	ONE(0x03f2, VIEW_GLYPH, 'c'),
	ONE(0x03f3, VIEW_GLYPH, 'j'),
	/* Cyrillic */
	ONE(0x0405, VIEW_GLYPH, 'S'),
	ONE(0x0406, VIEW_GLYPH, 'I'),
	ONE(0x0408, VIEW_GLYPH, 'J'),
	ONE(0x0410, VIEW_GLYPH, 'A'),
	ONE(0x0412, VIEW_GLYPH, 'B'),
	ONE(0x0415, VIEW_GLYPH, 'E'),
	ONE(0x041a, VIEW_GLYPH, 'K'),
	ONE(0x041c, VIEW_GLYPH, 'M'),
	ONE(0x041d, VIEW_GLYPH, 'H'),
	ONE(0x041e, VIEW_GLYPH, 'O'),
	ONE(0x0420, VIEW_GLYPH, 'P'),
	ONE(0x0421, VIEW_GLYPH, 'C'),
	ONE(0x0422, VIEW_GLYPH, 'T'),
	ONE(0x0423, VIEW_GLYPH, 'Y'),
	ONE(0x0425, VIEW_GLYPH, 'X'),
	ONE(0x0430, VIEW_GLYPH, 'a'),
	ONE(0x0435, VIEW_GLYPH, 'e'),
	ONE(0x043e, VIEW_GLYPH, 'o'),
	ONE(0x0440, VIEW_GLYPH, 'p'),
	ONE(0x0441, VIEW_GLYPH, 'c'),
	ONE(0x0443, VIEW_GLYPH, 'y'),
	ONE(0x0445, VIEW_GLYPH, 'x'),
	ONE(0x0455, VIEW_GLYPH, 's'),
	ONE(0x0456, VIEW_GLYPH, 'i'),
	ONE(0x0458, VIEW_GLYPH, 'j'),
	ONE(0x04ae, VIEW_GLYPH, 'Y'),
	ONE(0x04bb, VIEW_GLYPH, 'h'),
	ONE(0x04c0, VIEW_GLYPH, 'I'),
	ONE(0x0501, VIEW_GLYPH, 'd'),
	ONE(0x051b, VIEW_GLYPH, 'q'),
	ONE(0x051d, VIEW_GLYPH, 'w'),
};

#endif
