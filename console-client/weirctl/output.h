/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIRCTL_OUTPUT_H
#define WEIRCTL_OUTPUT_H

/* What reaches the terminal. Text from the server is an attacker's text: control characters, C1
 * controls and marks that turn the writing direction never get out raw, they become \uXXXX. */

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "weir/base/macros.h"

enum weirctl_format {
	WEIRCTL_AUTO, /* table on a terminal, tsv elsewhere */
	WEIRCTL_TABLE,
	WEIRCTL_TSV, /* no heading; tab, line feed and backslash are \t, \n and \\ */
	WEIRCTL_CSV, /* RFC 4180 with a heading; no cell begins as a formula does */
	WEIRCTL_JSON,
	WEIRCTL_JSONL, /* a row a line */
};

int weirctl_format_parse(const char *text, enum weirctl_format *ret) _must_use_;

/* Whether a person looks at stdout. */
bool weirctl_on_terminal(void);

void weirctl_print_clean(FILE *out, const char *text);

/* Indented JSON with a line feed; valid JSON, cleaned. 0 or -ENOMEM. */
int weirctl_print_json(FILE *out, const json_t *json) _must_use_;
/* The same on one line. */
int weirctl_print_json_line(FILE *out, const json_t *json) _must_use_;

#define WEIRCTL_COLUMNS_MAX 16

struct weirctl_table;

/* headings is copied but not its texts; n is at most WEIRCTL_COLUMNS_MAX. heading false: none in a table either. */
int weirctl_table_new(const char *const *headings, size_t n, bool heading,
		      struct weirctl_table **ret) _must_use_;
void weirctl_table_free(struct weirctl_table *table);
DEFINE_CLEANUP(weirctl_table_free, struct weirctl_table *);

/* Copies the n cells of one row. */
int weirctl_table_add(struct weirctl_table *table, const char *const *cells) _must_use_;

void weirctl_table_print(const struct weirctl_table *table, enum weirctl_format format, FILE *out);

#endif
