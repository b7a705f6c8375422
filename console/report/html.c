/* SPDX-License-Identifier: Apache-2.0 */
/* A report as one page for reading and printing: no script, nothing loaded, tables with headings and
 * captions. Every text is an attacker's until escaped. */

#include <inttypes.h>
#include <string.h>

#include "internal.h"
#include "weir/base/utf8.h"
#include "weir/console_report/say.h"
#include "weir/console_report/words.h"

static const char style[] =
	"body{font:14px/1.5 system-ui,'Noto Sans CJK SC','WenQuanYi Micro Hei',sans-serif;"
	"color:#111;background:#fff;margin:2em auto;max-width:70em;padding:0 1em}"
	"table{border-collapse:collapse;margin:1em 0 2em;width:100%}"
	"caption{text-align:left;font-weight:bold;font-size:1.15em;padding:.4em 0}"
	"th,td{border:1px solid #767676;padding:.25em .6em;text-align:left;vertical-align:top;"
	"overflow-wrap:anywhere;unicode-bidi:isolate}"
	"th{background:#eee}td.n{text-align:right;font-variant-numeric:tabular-nums}"
	"@media print{body{margin:0;max-width:none;font-size:10pt}thead{display:table-header-group}"
	"tr{break-inside:avoid}}";

static const char *entity_of(uint32_t c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return weir_report_is_unsafe(c) ? "\xef\xbf\xbd" : NULL;
	}
}

static int put_text(struct weir_buf *out, const char *text)
{
	size_t len = strlen(text);
	int r = 0;

	while (r == 0 && len) {
		uint32_t c;
		size_t n = weir_utf8_decode(text, len, &c);
		const char *entity = entity_of(c);

		r = entity ? weir_buf_puts(out, entity) : weir_buf_append(out, text, n);
		text += n;
		len -= n;
	}
	return r;
}

static int put_wrapped(struct weir_buf *out, const char *before, const char *text,
		       const char *behind)
{
	int r = weir_buf_puts(out, before);

	if (r == 0)
		r = put_text(out, text);
	return r < 0 ? r : weir_buf_puts(out, behind);
}

static int put_cell(struct weir_buf *out, const char *column, const json_t *value, bool chinese)
{
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_REPORT_SIZE_MAX);
	int r = weir_report_say(column, value, chinese, &text);

	return r < 0 ? r
		     : put_wrapped(out, json_is_number(value) ? "<td class=\"n\">" : "<td>",
				   text.len ? text.data : "", "</td>");
}

static int put_row(struct weir_buf *out, const json_t *row, bool chinese)
{
	const char *column;
	json_t *value;
	int r = weir_buf_puts(out, "<tr>");

	json_object_foreach((json_t *)row, column, value)
	{
		if (r == 0)
			r = put_cell(out, column, value, chinese);
	}
	return r < 0 ? r : weir_buf_puts(out, "</tr>\n");
}

static int put_heading(struct weir_buf *out, const json_t *row, bool chinese)
{
	const char *column;
	json_t *value;
	int r = weir_buf_puts(out, "<thead><tr>");

	json_object_foreach((json_t *)row, column, value)
	{
		if (r == 0)
			r = put_wrapped(out, "<th scope=\"col\">",
					weir_report_word(column, chinese), "</th>");
	}
	return r < 0 ? r : weir_buf_puts(out, "</tr></thead>\n<tbody>\n");
}

static int put_section(struct weir_buf *out, const json_t *section, bool chinese)
{
	const json_t *rows = json_object_get(section, "rows");
	const char *name =
		weir_report_word(json_string_value(json_object_get(section, "name")), chinese);
	int r;

	if (json_array_size(rows) == 0) {
		r = put_wrapped(out, "<h2>", name, "</h2>\n<p>");
		return r < 0 ? r : weir_buf_puts(out, chinese ? "无。</p>\n" : "None.</p>\n");
	}
	r = put_wrapped(out, "<table><caption>", name, "</caption>\n");
	if (r == 0)
		r = put_heading(out, json_array_get(rows, 0), chinese);
	for (size_t i = 0; r == 0 && i < json_array_size(rows); i++)
		r = put_row(out, json_array_get(rows, i), chinese);
	return r < 0 ? r : weir_buf_puts(out, "</tbody></table>\n");
}

static const char *member(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : "";
}

/* A draft is of no period. */
static int put_when(struct weir_buf *out, const json_t *report, bool chinese)
{
	int r = weir_buf_puts(out, "<p>");

	if (r == 0 && json_object_get(report, "from")) {
		r = put_wrapped(out, chinese ? "期间 " : "From ", member(report, "from"), "");
		if (r == 0)
			r = put_wrapped(out, chinese ? " 至 " : " until ", member(report, "until"),
					chinese ? ";" : "; ");
	}
	return r < 0 ? r
		     : put_wrapped(out, chinese ? "生成于 " : "made at ",
				   member(report, "generated"), "</p>\n");
}

static int put_head(struct weir_buf *out, const json_t *report, bool chinese)
{
	const char *title = weir_report_word(member(report, "name"), chinese);
	int r = weir_buf_printf(
		out,
		"<!DOCTYPE html>\n<html lang=\"%s\"><head><meta charset=\"utf-8\">\n"
		"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		"style-src 'unsafe-inline'\">\n"
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		"<style>%s</style>\n",
		chinese ? "zh-CN" : "en", style);

	if (r == 0)
		r = put_wrapped(out, "<title>Weir: ", title, "</title></head>\n<body><main>\n");
	if (r == 0)
		r = put_wrapped(out, "<h1>", title, "</h1>\n");
	if (r == 0)
		r = put_when(out, report, chinese);
	return r;
}

int html_write(const json_t *report, bool chinese, struct weir_buf *ret)
{
	const json_t *body = json_object_get(report, "report");
	const json_t *sections = json_object_get(body, "sections");
	int r = put_head(ret, body, chinese);

	for (size_t i = 0; r == 0 && i < json_array_size(sections); i++)
		r = put_section(ret, json_array_get(sections, i), chinese);
	return r < 0 ? r : weir_buf_puts(ret, "</main></body></html>\n");
}
