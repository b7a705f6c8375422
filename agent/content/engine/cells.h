/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_CELLS_H
#define WEIR_ENGINE_CELLS_H

/* Columns whose cells are values as they stand, with nothing in them to search for: names. Which
 * columns those are is told by their heads and the first rows of the text. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "columns.h"
#include "match.h"

#define WEIR_CELLS_SAMPLE 16384 /* bytes of the text that are judged */

/* Sets columns->cells, a bit for each column that is one: a word of a detector with forms for cells
 * heads it, and seven in ten of its cells pass the check; or, whatever its head, nine in ten do, and a
 * column of phone or identity numbers stands beside it. columns: as weir_columns_begin() left it; view:
 * the beginning of the text. */
void weir_cells_begin(struct weir_columns *columns, struct weir_matcher *matcher,
		      const struct weir_view *view);

/* A walk over the cells that begin in [from, to) of a view. */
struct weir_cells {
	/* the cell, without blanks and quotes around it */
	size_t start, end;
	unsigned column;
	/* the walk's own */
	const struct weir_view *view;
	uint64_t wanted;
	char separator;
	unsigned next_column;
	size_t next, limit;
};

/* wanted: as columns->cells. */
void weir_cells_open(struct weir_cells *w, const struct weir_columns *columns, uint64_t wanted,
		     const struct weir_view *view);
/* The next one that is not empty; false: there is none. */
bool weir_cells_next(struct weir_cells *w);

#endif
