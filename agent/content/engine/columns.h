/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_COLUMNS_H
#define WEIR_ENGINE_COLUMNS_H

/* Rows and columns of a text: comma, tab, semicolon or bar separated, or one value a line. What the
 * head of a column says about its values, and whether a column is one of a kind. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "context.h"
#include "weir/base/macros.h"
#include "weir/findings/findings.h"
#include "weir/unpack/unpack.h"

#define WEIR_COLUMNS_MAX  64
#define WEIR_COLUMN_NONE  255
#define WEIR_COLUMN_WHOLE 5 /* accepted values that make a column one of a kind */

struct weir_columns {
	bool ready;	/* the first lines were looked at */
	char separator; /* 0: one value a line */
	struct weir_context_heads heads[WEIR_COLUMNS_MAX];
	bool head;	 /* the first line is one */
	uint64_t headed; /* detectors that some head speaks for */
	uint64_t cells;	 /* columns whose cells are tried as they stand: cells.h */
	uint8_t accepted[WEIR_COLUMNS_MAX][WEIR_FINDINGS_DETECTORS];
	/* the cursor: offsets in the text */
	uint64_t row, at;
	unsigned column;
	bool quoted;
};

/* Where a value stands. */
struct weir_cell {
	uint64_t row;	 /* offset of its line */
	unsigned column; /* WEIR_COLUMN_NONE: in none */
};

/* view: the beginning of the text. 0 or -ENOMEM. */
int weir_columns_begin(struct weir_columns *columns, struct weir_context *context,
		       const struct weir_view *view, enum weir_part_form form) _must_use_;

/* Offsets come in rising order. view holds at least the line before the value, or 16 KiB of it. */
struct weir_cell weir_columns_at(struct weir_columns *columns, const struct weir_view *view,
				 uint64_t start, uint64_t end);

#endif
