/* SPDX-License-Identifier: Apache-2.0 */
/* A report as lines, to be read on a terminal or put into a message: for a section its name, then its
 * rows, their cells between tabs. A row of one cell is a paragraph. */

#include <string.h>

#include "internal.h"
#include "weir/base/utf8.h"
#include "weir/console_report/say.h"
#include "weir/console_report/words.h"

static int put_clean(struct weir_buf *out, const char *text)
{
	size_t len = strlen(text);
	int r = 0;

	while (r == 0 && len) {
		uint32_t c;
		size_t n = weir_utf8_decode(text, len, &c);

		r = weir_report_is_unsafe(c) ? weir_buf_puts(out, "\xef\xbf\xbd")
					     : weir_buf_append(out, text, n);
		text += n;
		len -= n;
	}
	return r;
}

static int put_cell(struct weir_buf *out, const char *column, const json_t *value, bool chinese)
{
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_REPORT_SIZE_MAX);
	int r = weir_report_say(column, value, chinese, &text);

	return r < 0 || !text.len ? r : put_clean(out, text.data);
}

static int put_row(struct weir_buf *out, const json_t *row, bool chinese)
{
	const char *column, *between = "";
	json_t *value;
	int r = 0;

	json_object_foreach((json_t *)row, column, value)
	{
		if (r == 0)
			r = weir_buf_puts(out, between);
		if (r == 0)
			r = put_cell(out, column, value, chinese);
		between = "\t";
	}
	return r < 0 ? r : weir_buf_puts(out, "\n");
}

static int put_section(struct weir_buf *out, const json_t *section, bool chinese)
{
	const char *name = json_string_value(json_object_get(section, "name"));
	const json_t *rows = json_object_get(section, "rows");
	int r = weir_buf_printf(out, "\n# %s\n", weir_report_word(name ? name : "", chinese));

	for (size_t i = 0; r == 0 && i < json_array_size(rows); i++)
		r = put_row(out, json_array_get(rows, i), chinese);
	return r;
}

int plain_write(const json_t *report, bool chinese, struct weir_buf *ret)
{
	const json_t *body = json_object_get(report, "report");
	const json_t *sections = json_object_get(body, "sections");
	const char *name = json_string_value(json_object_get(body, "name"));
	int r = weir_buf_printf(ret, "%s\n", weir_report_word(name ? name : "", chinese));

	for (size_t i = 0; r == 0 && i < json_array_size(sections); i++)
		r = put_section(ret, json_array_get(sections, i), chinese);
	return r;
}
