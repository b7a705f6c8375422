/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include "weir/base/macros.h"
#include "weir/console_report/say.h"
#include "weir/console_report/words.h"

#define COLUMNS_MAX    16
#define SIZE	       8.0
#define CELL_BYTES_MAX (1024 * 1024)
#define PADDING	       3.0
#define CELL_MAX       (PAGE_HEIGHT - 3 * PAGE_MARGIN) /* a higher cell is cut: it would fit no sheet */

struct table {
	struct page *page;
	bool chinese;
	size_t n;
	const char *names[COLUMNS_MAX];
	double widths[COLUMNS_MAX];
};

/* The cell of a row, or of the heading with row NULL. What does not fit into memory is not said. */
static PangoLayout *make_cell(const struct table *table, const json_t *row, size_t i)
{
	const char *name = table->names[i];
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(CELL_BYTES_MAX);
	int r = row ? weir_report_say(name, json_object_get(row, name), table->chinese, &text)
		    : weir_buf_puts(&text, weir_report_word(name, table->chinese));

	return page_layout(table->page, r == 0 && text.len ? text.data : "", SIZE, row == NULL);
}

static void widen(struct table *table, const json_t *row)
{
	for (size_t i = 0; i < table->n; i++) {
		PangoLayout *cell = make_cell(table, row, i);
		int width, height;

		pango_layout_get_size(cell, &width, &height);
		table->widths[i] =
			WEIR_MAX(table->widths[i], (double)width / PANGO_SCALE + 2 * PADDING);
		g_object_unref(cell);
	}
}

static double sum_under(const struct table *table, double most)
{
	double sum = 0;

	for (size_t i = 0; i < table->n; i++)
		sum += WEIR_MIN(table->widths[i], most);
	return sum;
}

/* The widest give way first, all to the same width: the narrow ones stay whole. */
static void fit(struct table *table)
{
	double low = 0, high = PAGE_INNER;

	for (unsigned i = 0; i < 20; i++) {
		double middle = (low + high) / 2;

		if (sum_under(table, middle) > PAGE_INNER)
			high = middle;
		else
			low = middle;
	}
	for (size_t i = 0; i < table->n; i++)
		table->widths[i] = WEIR_MIN(table->widths[i], low);
}

static void measure(struct table *table, const json_t *rows)
{
	widen(table, NULL);
	for (size_t i = 0; i < json_array_size(rows); i++)
		widen(table, json_array_get(rows, i));
	fit(table);
}

static void draw_cell(struct table *table, PangoLayout *cell, double x, double width, double height)
{
	cairo_t *cairo = table->page->cairo;

	cairo_save(cairo);
	cairo_rectangle(cairo, x, table->page->y, width, height);
	cairo_set_line_width(cairo, 0.4);
	cairo_stroke_preserve(cairo);
	cairo_clip(cairo);
	cairo_move_to(cairo, x + PADDING, table->page->y + PADDING);
	pango_cairo_show_layout(cairo, cell);
	cairo_restore(cairo);
}

static void draw_row(struct table *table, const json_t *row);

/* A row that fits no more goes to the next sheet, under the heading. */
static void make_room(struct table *table, const json_t *row, double height)
{
	if (page_need(table->page, height) && row)
		draw_row(table, NULL);
}

static void draw_row(struct table *table, const json_t *row)
{
	PangoLayout *cells[COLUMNS_MAX] = {};
	double height = 0, x = PAGE_MARGIN;

	for (size_t i = 0; i < table->n; i++) {
		cells[i] = make_cell(table, row, i);
		pango_layout_set_width(cells[i],
				       (int)((table->widths[i] - 2 * PADDING) * PANGO_SCALE));
		height = WEIR_MAX(height, page_height_of(cells[i]) + 2 * PADDING);
	}
	height = WEIR_MIN(height, CELL_MAX);
	make_room(table, row, height);
	for (size_t i = 0; i < table->n; i++) {
		draw_cell(table, cells[i], x, table->widths[i], height);
		x += table->widths[i];
		g_object_unref(cells[i]);
	}
	table->page->y += height;
}

void table_draw(struct page *page, const json_t *rows, bool chinese)
{
	struct table table = {.page = page, .chinese = chinese};
	const char *name;
	json_t *value;

	json_object_foreach(json_array_get(rows, 0), name, value)
	{
		if (table.n < COLUMNS_MAX)
			table.names[table.n++] = name;
	}
	measure(&table, rows);
	draw_row(&table, NULL);
	for (size_t i = 0; i < json_array_size(rows); i++)
		draw_row(&table, json_array_get(rows, i));
	page->y += 2 * SIZE;
}
