/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_UNPACK_TEXT_H
#define WEIR_UNPACK_TEXT_H

/* What a text is, by how it begins. */

#include <stddef.h>
#include <stdint.h>

enum weir_text_kind {
	WEIR_TEXT_PLAIN = 0, /* also JSON, CSV, source */
	WEIR_TEXT_HTML,
	WEIR_TEXT_XML,
	WEIR_TEXT_MAIL,
	WEIR_TEXT_MBOX,
	WEIR_TEXT_CODED, /* base64, hexadecimal or uuencode as a whole */
};

enum weir_text_kind weir_text_kind(const uint8_t *data, size_t len);

#endif
