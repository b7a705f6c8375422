/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_UNPACK_RTF_H
#define WEIR_UNPACK_RTF_H

/* The control words of RTF that matter for its text. */

#include <stdint.h>

#define WEIR_RTF_PAGE 0xff /* instead of a charset: that of the document */

/* Where the text of a group goes. */
enum weir_rtf_place {
	WEIR_RTF_TEXT,
	WEIR_RTF_APART,	 /* the same, but not one text with what is around it: notes, headers */
	WEIR_RTF_DROP,	 /* describes, or is a picture */
	WEIR_RTF_OBJECT, /* hexadecimal digits of an object */
};

enum weir_rtf_act {
	WEIR_RTF_CODE,	/* value: a character */
	WEIR_RTF_PLACE, /* value: enum weir_rtf_place */
	WEIR_RTF_UNICODE,
	WEIR_RTF_SKIP,
	WEIR_RTF_BIN,
	WEIR_RTF_CODEPAGE, /* value: the code page, 0: the number says it */
	WEIR_RTF_FONT,
	WEIR_RTF_FONT_ASIAN,
	WEIR_RTF_ASIAN,
	WEIR_RTF_FONT_CHARSET,
	WEIR_RTF_FONT_CODEPAGE,
	WEIR_RTF_PLAIN,
	WEIR_RTF_DEFAULT,
};

struct weir_rtf_word {
	const char *name;
	uint8_t act; /* enum weir_rtf_act */
	uint16_t value;
};

/* NULL for words that change nothing here. */
const struct weir_rtf_word *weir_rtf_word(const char *name);

#endif
