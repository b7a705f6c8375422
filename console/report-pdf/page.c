/* SPDX-License-Identifier: Apache-2.0 */
#include "page.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "weir/base/utf8.h"
#include "weir/console_report/words.h"

#define REPLACEMENT "\xef\xbf\xbd"
#define FONT	    "DejaVu Sans, WenQuanYi Micro Hei, Noto Sans CJK SC, sans"

static GString *clean(const char *text)
{
	GString *out = g_string_new(NULL);
	size_t len = strlen(text);

	while (len) {
		uint32_t c;
		size_t n = weir_utf8_decode(text, len, &c);

		if (weir_report_is_unsafe(c))
			g_string_append(out, REPLACEMENT);
		else
			g_string_append_len(out, text, (gssize)n);
		text += n;
		len -= n;
	}
	return out;
}

PangoLayout *page_layout(struct page *page, const char *text, double size, bool bold)
{
	PangoLayout *layout = pango_cairo_create_layout(page->cairo);
	PangoFontDescription *font = pango_font_description_from_string(FONT);
	GString *shown = clean(text);

	pango_font_description_set_absolute_size(font, size * PANGO_SCALE);
	pango_font_description_set_weight(font, bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
	pango_layout_set_font_description(layout, font);
	pango_layout_set_text(layout, shown->str, (int)shown->len);
	pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
	pango_font_description_free(font);
	g_string_free(shown, TRUE);
	return layout;
}

double page_height_of(PangoLayout *layout)
{
	int width, height;

	pango_layout_get_size(layout, &width, &height);
	return (double)height / PANGO_SCALE;
}

void page_begin(struct page *page)
{
	char number[16];
	PangoLayout *layout;

	if (page->number)
		cairo_show_page(page->cairo);
	(void)snprintf(number, sizeof(number), "%u", ++page->number);
	layout = page_layout(page, number, 8, false);
	cairo_move_to(page->cairo, PAGE_WIDTH / 2, PAGE_HEIGHT - PAGE_MARGIN / 2);
	pango_cairo_show_layout(page->cairo, layout);
	g_object_unref(layout);
	page->y = PAGE_MARGIN;
}

bool page_need(struct page *page, double height)
{
	if (page->y + height <= PAGE_HEIGHT - PAGE_MARGIN)
		return false;
	page_begin(page);
	return true;
}

void page_text(struct page *page, const char *text, double size, bool bold)
{
	PangoLayout *layout = page_layout(page, text, size, bold);
	double height;

	pango_layout_set_width(layout, (int)(PAGE_INNER * PANGO_SCALE));
	height = page_height_of(layout);
	(void)page_need(page, height);
	cairo_move_to(page->cairo, PAGE_MARGIN, page->y);
	pango_cairo_show_layout(page->cairo, layout);
	page->y += height + size / 2;
	g_object_unref(layout);
}
