/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_BASE_ERROR_H
#define WEIR_BASE_ERROR_H

/* What went wrong in a person's input, and where: for parsers of files that people write. Plain
 * data, no ownership. */

#include "weir/base/macros.h"

struct weir_error {
	int code;	 /* negative errno; 0 means no error */
	unsigned line;	 /* 1-based; 0 when the place is not known */
	unsigned column; /* 1-based, in code points; 0 when not known */
	char text[256];	 /* one line: what is wrong */
	char hint[256];	 /* one line: what to do; may be empty */
};

/* Fills *err (which may be NULL) and returns code, so that "return weir_error_set(...)" reads well.
 */
int weir_error_set(struct weir_error *err, int code, unsigned line, unsigned column,
		   const char *fmt, ...) _printf_(5, 6);

/* Adds the hint to *err, which may be NULL. */
void weir_error_hint(struct weir_error *err, const char *fmt, ...) _printf_(2, 3);

#endif
