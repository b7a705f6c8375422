/* SPDX-License-Identifier: Apache-2.0 */
#include "cells.h"

#include <string.h>

#define NUMBER_DIGITS 11 /* a phone number has no fewer */
#define TENTHS_HEADED 7
#define TENTHS_ALONE  9
#define TENTHS_NUMBER 7

/* What the first rows have in one column. */
struct sample {
	unsigned cells, values, numbers;
};

static bool most(unsigned part, unsigned tenths, unsigned whole)
{
	return part > 0 && part * 10 >= whole * tenths;
}

static bool blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '"' || c == '\'';
}

/* Where the cell that begins at at ends: at a separator outside quotes, or with the line. */
static size_t cell_end(const struct weir_cells *w, size_t at)
{
	const uint8_t *data = w->view->data;
	bool quoted = false;

	for (; at < w->limit && data[at] != '\n'; at++) {
		if (data[at] == '"')
			quoted = !quoted;
		else if (w->separator && data[at] == (uint8_t)w->separator && !quoted)
			break;
	}
	return at;
}

/* Past the cell that ends at end, and past the columns that nobody wants. */
static void step(struct weir_cells *w, size_t end)
{
	const uint8_t *line = w->view->data + end;

	w->next_column++;
	if (end < w->limit && *line != '\n' && w->next_column < WEIR_COLUMNS_MAX &&
	    w->wanted >> w->next_column) {
		w->next = end + 1;
		return;
	}
	line = memchr(line, '\n', w->limit - end);
	w->next = line ? (size_t)(line - w->view->data) + 1 : w->limit;
	w->next_column = 0;
}

bool weir_cells_next(struct weir_cells *w)
{
	const uint8_t *data = w->view->data;

	while (w->next < w->limit && w->next < w->view->to) {
		w->start = w->next;
		w->end = cell_end(w, w->start);
		w->column = w->next_column;
		step(w, w->end);
		while (w->start < w->end && blank(data[w->start]))
			w->start++;
		while (w->end > w->start && blank(data[w->end - 1]))
			w->end--;
		if (w->wanted >> w->column & 1 && w->end > w->start && w->start >= w->view->from &&
		    w->start < w->view->to)
			return true;
	}
	return false;
}

void weir_cells_open(struct weir_cells *w, const struct weir_columns *columns, uint64_t wanted,
		     const struct weir_view *view)
{
	const uint8_t *line = memrchr(view->data, '\n', view->from);

	/* of a row that began before the view nobody knows the columns */
	if (!line && view->base > 0)
		line = memchr(view->data, '\n', view->len);
	*w = (struct weir_cells){.view = view,
				 .wanted = wanted,
				 .separator = columns->separator,
				 .limit = view->len};
	if (line)
		w->next = (size_t)(line - view->data) + 1;
	else if (view->base > 0)
		w->next = view->len;
}

/* Digits enough for a phone or an identity document, and nothing else than such a number has. */
static bool is_number(const uint8_t *data, size_t len)
{
	size_t digits = 0;

	for (size_t i = 0; i < len; i++) {
		if (data[i] >= '0' && data[i] <= '9')
			digits++;
		else if (data[i] == 0 || !strchr(" -+xX", data[i]))
			return false;
	}
	return digits >= NUMBER_DIGITS;
}

/* Whole rows behind the head, if there is one. */
static struct weir_view first_rows(const struct weir_columns *columns, const struct weir_view *view)
{
	struct weir_view rows = *view;
	const uint8_t *line;

	rows.len = rows.to = WEIR_MIN(view->len, (size_t)WEIR_CELLS_SAMPLE);
	line = rows.len < view->len ? memrchr(view->data, '\n', rows.len) : NULL;
	if (line)
		rows.len = rows.to = (size_t)(line - view->data);
	line = columns->head ? memchr(view->data, '\n', rows.len) : NULL;
	rows.from = line ? (size_t)(line - view->data) + 1 : 0;
	return rows;
}

static bool chosen(const struct sample *s, bool headed, bool beside)
{
	return headed ? most(s->values, TENTHS_HEADED, s->cells)
		      : beside && s->cells >= WEIR_COLUMN_WHOLE &&
				most(s->values, TENTHS_ALONE, s->cells);
}

void weir_cells_begin(struct weir_columns *columns, struct weir_matcher *matcher,
		      const struct weir_view *view)
{
	const struct weir_view rows = first_rows(columns, view);
	const uint64_t detectors = weir_matcher_celled(matcher);
	struct sample samples[WEIR_COLUMNS_MAX] = {};
	bool numbers = false;
	struct weir_cells w;

	columns->cells = 0;
	/* of one column alone only its head can speak */
	if (!columns->separator && !(columns->headed & detectors))
		return;
	weir_cells_open(&w, columns, UINT64_MAX, &rows);
	while (weir_cells_next(&w)) {
		struct sample *s = &samples[w.column];
		struct weir_hit hit;

		s->cells++;
		s->values += weir_matcher_cell(matcher, &rows, w.start, w.end, &hit);
		s->numbers += is_number(rows.data + w.start, w.end - w.start);
	}
	for (unsigned i = 0; i < WEIR_COLUMNS_MAX; i++)
		numbers |= most(samples[i].numbers, TENTHS_NUMBER, samples[i].cells);
	for (unsigned i = 0; i < WEIR_COLUMNS_MAX; i++)
		if (!(columns->heads[i].negative & detectors) &&
		    chosen(&samples[i], columns->heads[i].positive & detectors, numbers))
			columns->cells |= UINT64_C(1) << i;
}
