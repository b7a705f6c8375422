/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIRCTL_VIEW_H
#define WEIRCTL_VIEW_H

/* How an answer looks: one row of the view for each format, so that a table, CSV and --json never
 * tell different things. */

#include <jansson.h>

#include "context.h"

struct weirctl_column {
	const char *heading;
	const char
		*path; /* of a member of the row, "process.user_name"; unused when cell is there */
	int (*cell)(const json_t *row, struct weir_buf *buf); /* appends; 0 or negative */
};

struct weirctl_view {
	const char *
		member; /* of the answer: the array of rows, or one object; NULL: the answer itself is that object */
	const struct weirctl_column *columns; /* NULL: an object as FIELD and VALUE */
	size_t n_columns;		      /* at most WEIRCTL_COLUMNS_MAX */
	const char *const
		*fields; /* members of a row that --json may name, NULL-terminated; NULL: any */
};

/* Prints the answer (borrowed; NULL, as of a dry run: nothing) as --output, --json and --jq want it:
 *   table, tsv, csv   the columns
 *   json              the answer whole; with --json FIELDS only the rows, only with these
 *   jsonl             a row a line
 *   --jq              what the expression makes of what would be printed as json
 * WEIRCTL_OK or, after a message, the exit status. */
int weirctl_print(struct weirctl_context *context, const struct weirctl_view *view,
		  const json_t *answer) _must_use_;

/* Asks for target, a list with the newest first, for as many rows as --limit says (50), and prints them. A target of
 * NULL could not be put together from the options. WEIRCTL_OK or, after a message, the exit status. */
int weirctl_print_newest(struct weirctl_context *context, const struct weirctl_args *args,
			 const struct weirctl_view *view, const char *target) _must_use_;

/* The names that --json may be given, a line each. */
void weirctl_print_fields(const struct weirctl_view *view, FILE *out);

/* jq's results for the JSON: texts as they are, anything else as JSON, a line each, cleaned. WEIRCTL_OK or, after a
 * message, WEIRCTL_USAGE (the expression) or WEIRCTL_ERROR. */
int weirctl_jq(const char *expression, const json_t *json, FILE *out) _must_use_;

#endif
