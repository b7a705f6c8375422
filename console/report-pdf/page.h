/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_REPORT_PDF_PAGE_H
#define WEIR_REPORT_PDF_PAGE_H

/* Sheets of A4 across, filled from the top. Lengths are points. */

#include <cairo.h>
#include <pango/pangocairo.h>
#include <stdbool.h>

#define PAGE_WIDTH  842.0
#define PAGE_HEIGHT 595.0
#define PAGE_MARGIN 40.0
#define PAGE_INNER  (PAGE_WIDTH - 2 * PAGE_MARGIN)

struct page {
	cairo_t *cairo;
	double y; /* where the next thing begins */
	unsigned number;
};

/* text is cleaned of what acts instead of being shown; size in points. Never NULL: without memory
 * GLib ends the program. */
PangoLayout *page_layout(struct page *page, const char *text, double size, bool bold);

double page_height_of(PangoLayout *layout);

/* Begins the first sheet or the next. */
void page_begin(struct page *page);

/* Ends the sheet and begins another when less than height is left. */
bool page_need(struct page *page, double height);

/* A line of text, or several where it is long, across the sheet. */
void page_text(struct page *page, const char *text, double size, bool bold);

#endif
