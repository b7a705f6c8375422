/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_UNPACK_PROGRAM_H
#define WEIR_UNPACK_PROGRAM_H

#include <stdbool.h>

#include "reader.h"

/* Gives the text that a program makes of the bytes to text(), which answers like weir_emit_text().
 * Returns what ended the text, and when nothing did, how the program ended: *ret_end 0, or as
 * weir_unpack_port.start and .finish have it, -EFBIG when the bytes can't be held in memory. */
int weir_read_program(struct weir_unpack *u, enum weir_external program,
		      const struct weir_bytes *bytes,
		      int (*text)(void *context, const char *data, size_t len), void *context,
		      int *ret_end) _must_use_;

bool weir_read_offers(const struct weir_unpack *u, enum weir_external program);

#endif
