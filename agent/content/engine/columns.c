/* SPDX-License-Identifier: Apache-2.0 */
#include "columns.h"

#include <string.h>

#define HEAD_MAX 8192 /* a first line longer than this heads nothing */

static const char separators[] = "\t,;|";

/* Separators outside quotes in data[0..len). */
static size_t count(const uint8_t *data, size_t len, char separator, bool *quoted)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (data[i] == '"')
			*quoted = !*quoted;
		n += data[i] == (uint8_t)separator && !*quoted;
	}
	return n;
}

static size_t line_end(const struct weir_view *view, size_t from)
{
	const uint8_t *end = from < view->len ? memchr(view->data + from, '\n',
						       WEIR_MIN(view->len - from, (size_t)HEAD_MAX))
					      : NULL;

	return end ? (size_t)(end - view->data) : view->len;
}

/* The separator that the first two lines have equally often, and most often. */
static char guess(const struct weir_view *view, size_t first, size_t second)
{
	size_t most = 0;
	char best = 0;

	for (size_t i = 0; separators[i]; i++) {
		bool quoted = false, again = false;
		size_t n = count(view->data, first, separators[i], &quoted), m;

		m = second > first ? count(view->data + first + 1, second - first - 1,
					   separators[i], &again)
				   : 0;
		if (n > most && n == m) {
			most = n;
			best = separators[i];
		}
	}
	return best;
}

static int read_heads(struct weir_columns *c, struct weir_context *context,
		      const struct weir_view *view, size_t len)
{
	size_t start = 0;
	unsigned column = 0;
	bool quoted = false;
	int r = 0;

	for (size_t i = 0; i <= len && column < WEIR_COLUMNS_MAX && r == 0; i++) {
		if (i < len && view->data[i] == '"')
			quoted = !quoted;
		if (i < len && (quoted || view->data[i] != (uint8_t)c->separator || !c->separator))
			continue;
		r = weir_context_heads(context, view, start, i, &c->heads[column]);
		c->headed |= c->heads[column++].positive;
		start = i + 1;
	}
	return r;
}

/* A first line with a number of 6 digits is a row like others. */
static bool is_head(const struct weir_view *view, size_t len)
{
	size_t row = 0;

	for (size_t i = 0; i < len; i++) {
		row = view->data[i] >= '0' && view->data[i] <= '9' ? row + 1 : 0;
		if (row >= 6)
			return false;
	}
	return len > 0 && len < HEAD_MAX;
}

int weir_columns_begin(struct weir_columns *c, struct weir_context *context,
		       const struct weir_view *view, enum weir_part_form form)
{
	size_t first = line_end(view, 0), second = line_end(view, first + 1);

	*c = (struct weir_columns){.ready = true};
	c->separator = form == WEIR_PART_TABLE ? '\t' : guess(view, first, second);
	c->head = is_head(view, first);
	if (!c->head)
		return 0;
	return read_heads(c, context, view, first);
}

/* With one value a line, a value is in the column only when nothing else stands in its line. */
static bool alone(const struct weir_view *view, size_t row, size_t start, size_t end)
{
	for (size_t i = row; i < start; i++)
		if (view->data[i] != ' ' && view->data[i] != '"' && view->data[i] != '\'' &&
		    view->data[i] != '\t')
			return false;
	for (size_t i = end; i < view->len && view->data[i] != '\n'; i++)
		if (view->data[i] != ' ' && view->data[i] != '"' && view->data[i] != '\'' &&
		    view->data[i] != '\r' && view->data[i] != ',' && view->data[i] != '\t')
			return false;
	return true;
}

struct weir_cell weir_columns_at(struct weir_columns *c, const struct weir_view *view,
				 uint64_t start, uint64_t end)
{
	size_t at = (size_t)(start - view->base), from;
	const uint8_t *line;

	if (c->at < view->base) {
		c->at = c->row = view->base;
		c->column = view->base > 0 ? WEIR_COLUMN_NONE : 0;
		c->quoted = false;
	}
	from = (size_t)(c->at - view->base);
	if (at < from)
		return (struct weir_cell){c->row, WEIR_COLUMN_NONE};
	line = memrchr(view->data + from, '\n', at - from);
	if (line) {
		from = (size_t)(line - view->data) + 1;
		c->row = view->base + from;
		c->column = 0;
		c->quoted = false;
	}
	c->at = start;
	if (c->row < view->base)
		return (struct weir_cell){c->row, WEIR_COLUMN_NONE};
	if (!c->separator)
		return (struct weir_cell){c->row, alone(view, (size_t)(c->row - view->base), at,
							(size_t)(end - view->base))
							  ? 0
							  : WEIR_COLUMN_NONE};
	if (c->column != WEIR_COLUMN_NONE)
		c->column += (unsigned)WEIR_MIN(
			count(view->data + from, at - from, c->separator, &c->quoted), (size_t)255);
	if (c->column >= WEIR_COLUMNS_MAX)
		c->column = WEIR_COLUMN_NONE;
	return (struct weir_cell){c->row, c->column};
}
