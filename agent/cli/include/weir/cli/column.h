/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CLI_COLUMN_H
#define WEIR_CLI_COLUMN_H

/* The values of one column of a table, or of every line. */

#include <stddef.h>

#include "weir/base/macros.h"

struct weir_column {
	char *text;   /* owned; cut up in place */
	char **cells; /* owned list into text */
	size_t n;
};

/* text: a NUL-terminated copy is made. column NULL: each line is a cell. Otherwise comma, semicolon or
 * tab separate (whichever the first line has most of), quotes work as in RFC 4180, and column is a
 * heading of the first line or a number from 1. 0, -ENOENT (no such column), -ENOMEM. */
int weir_column_read(const char *text, size_t len, const char *column,
		     struct weir_column *ret) _must_use_;
void weir_column_done(struct weir_column *column);

#endif
