/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/cli/column.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "weir/base/parse.h"

void weir_column_done(struct weir_column *c)
{
	free(c->text);
	free(c->cells);
	*c = (struct weir_column){0};
}

static char find_separator(const char *text)
{
	static const char candidates[] = {',', ';', '\t'};
	size_t line = strcspn(text, "\n"), most = 0;
	char ret = ',';

	for (size_t k = 0; k < sizeof(candidates); k++) {
		size_t n = 0;

		for (size_t i = 0; i < line; i++)
			n += text[i] == candidates[k];
		if (n > most) {
			most = n;
			ret = candidates[k];
		}
	}
	return ret;
}

/* Takes the cell at *at out of its quotes and ends it. True when it was the last of its row; *at is then
 * behind the row. */
static bool next_cell(char **at, char separator, char **ret)
{
	char *from = *at, *to = *at, end;
	bool quoted = *from == '"' && separator != '\n', row_ends;

	*ret = to;
	from += quoted;
	while (*from) {
		if (quoted && from[0] == '"') {
			if (from[1] != '"') {
				quoted = false;
				from++;
				continue;
			}
			from++;
		} else if (!quoted && (*from == separator || *from == '\n')) {
			break;
		}
		*to++ = *from++;
	}
	end = *from;
	*at = from + (end != '\0');
	row_ends = end == '\n' || end == '\0';
	if (row_ends && to > *ret && to[-1] == '\r')
		to--;
	*to = '\0';
	return row_ends;
}

static int heading_number(char **at, char separator, const char *column, size_t *ret)
{
	bool last = false;
	char *cell;

	for (size_t i = 0; !last; i++) {
		last = next_cell(at, separator, &cell);
		if (strcmp(cell, column) != 0)
			continue;
		while (!last)
			last = next_cell(at, separator, &cell);
		*ret = i;
		return 0;
	}
	return -ENOENT;
}

static void take_column(struct weir_column *c, char *at, char separator, size_t number)
{
	while (*at) {
		bool last = false;

		for (size_t i = 0; !last; i++) {
			char *cell;

			last = next_cell(&at, separator, &cell);
			if (i == number)
				c->cells[c->n++] = cell;
		}
	}
}

int weir_column_read(const char *text, size_t len, const char *column, struct weir_column *ret)
{
	struct weir_column c _cleanup_(weir_column_done) = {0};
	size_t lines = 1, number = 0;
	char separator = '\n', *at;
	uint32_t given;
	int r = 0;

	c.text = calloc(len + 1, 1);
	if (!c.text)
		return -ENOMEM;
	memcpy(c.text, text, len);
	for (size_t i = 0; i < len; i++) {
		lines += c.text[i] == '\n';
		if (c.text[i] == '\0')
			c.text[i] = ' ';
	}
	c.cells = calloc(lines, sizeof(*c.cells));
	if (!c.cells)
		return -ENOMEM;
	at = c.text;
	if (strncmp(at, "\xef\xbb\xbf", 3) == 0)
		at += 3;
	if (column) {
		separator = find_separator(at);
		if (weir_parse_u32(column, &given) == 0 && given > 0)
			number = given - 1;
		else
			r = heading_number(&at, separator, column, &number);
	}
	if (r < 0)
		return r;
	take_column(&c, at, separator, number);
	*ret = c;
	c = (struct weir_column){0};
	return 0;
}
