/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONTENT_SNIFF_H
#define WEIR_CONTENT_SNIFF_H

/* What kind of bytes these are, by their magic and by how many of them are control characters. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WEIR_SNIFF_BYTES 4096 /* enough to decide */

struct weir_sniff {
	const char *type;   /* static */
	const char *reason; /* static; why these bytes can't be read as they are, NULL for text */
};

struct weir_sniff weir_sniff(const uint8_t *data, size_t len);

/* True when this block of text is not text: many control characters, or every second byte a NUL. */
bool weir_sniff_binary(const uint8_t *data, size_t len);

#endif
