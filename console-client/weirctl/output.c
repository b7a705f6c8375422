/* SPDX-License-Identifier: Apache-2.0 */
#include "output.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "weir/base/utf8.h"

#define CELL_WIDTH_MAX 60 /* columns of a cell in a table; a longer text is cut and marked */

struct weirctl_table {
	const char *headings[WEIRCTL_COLUMNS_MAX];
	size_t n_columns;
	bool heading;
	char **cells; /* owned, n_rows * n_columns */
	size_t n_rows, size;
};

int weirctl_format_parse(const char *text, enum weirctl_format *ret)
{
	static const char *const names[] = {[WEIRCTL_TABLE] = "table",
					    [WEIRCTL_TSV] = "tsv",
					    [WEIRCTL_CSV] = "csv",
					    [WEIRCTL_JSON] = "json",
					    [WEIRCTL_JSONL] = "jsonl"};

	for (size_t i = WEIRCTL_TABLE; i < ARRAY_SIZE(names); i++) {
		if (strcmp(text, names[i]) == 0) {
			*ret = (enum weirctl_format)i;
			return 0;
		}
	}
	return -EINVAL;
}

/* Columns that a terminal gives to a code point: two for East Asian wide ones. */
static unsigned width_of(uint32_t c)
{
	if ((c >= 0x0300 && c <= 0x036f) || (c >= 0xfe00 && c <= 0xfe0f))
		return 0;
	return (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0xa4cf) ||
			       (c >= 0xac00 && c <= 0xd7a3) || (c >= 0xf900 && c <= 0xfaff) ||
			       (c >= 0xfe30 && c <= 0xfe6f) || (c >= 0xff00 && c <= 0xff60) ||
			       (c >= 0xffe0 && c <= 0xffe6) || (c >= 0x1f300 && c <= 0x1faff) ||
			       (c >= 0x20000 && c <= 0x3fffd)
		       ? 2
		       : 1;
}

struct place {
	FILE *out;	/* NULL: only measure */
	bool tsv, json; /* how a code point is escaped */
	unsigned width;
};

static void put_escape(struct place *place, uint32_t c)
{
	char text[16];
	int n;

	if (place->tsv && (c == '\t' || c == '\n' || c == '\\'))
		n = snprintf(text, sizeof(text), "\\%c", c == '\t' ? 't' : c == '\n' ? 'n' : '\\');
	else if (c > 0xffff)
		n = snprintf(text, sizeof(text), "\\u%04x\\u%04x", 0xd800 + ((c - 0x10000) >> 10),
			     0xdc00 + (c & 0x3ff));
	else
		n = snprintf(text, sizeof(text), "\\u%04x", c);
	place->width += (unsigned)n;
	if (place->out)
		fwrite(text, 1, (size_t)n, place->out);
}

/* One code point of len bytes at text. */
static void put_point(struct place *place, const char *text, size_t len, uint32_t c)
{
	/* Outside its strings, JSON has no control characters but the line feeds of its own
	 * indentation. */
	if (!(place->json && c == '\n') && (weir_utf8_acts(c) || (place->tsv && c == '\\'))) {
		put_escape(place, c);
		return;
	}
	place->width += width_of(c);
	if (place->out)
		fwrite(text, 1, len, place->out);
}

static void put_text(struct place *place, const char *text, unsigned max)
{
	size_t len = strlen(text);

	while (len) {
		uint32_t c;
		size_t n = weir_utf8_decode(text, len, &c);

		if (max && place->width >= max) {
			put_point(place, "…", strlen("…"), 0x2026);
			return;
		}
		put_point(place, text, n, c);
		text += n;
		len -= n;
	}
}

bool weirctl_on_terminal(void)
{
	return isatty(STDOUT_FILENO);
}

void weirctl_print_clean(FILE *out, const char *text)
{
	struct place place = {.out = out};

	put_text(&place, text, 0);
}

static int print_json(FILE *out, const json_t *json, size_t flags)
{
	struct place place = {.out = out, .json = true};
	char *text = json_dumps(json, flags | JSON_ENCODE_ANY);

	if (!text)
		return -ENOMEM;
	put_text(&place, text, 0);
	fputc('\n', out);
	free(text);
	return 0;
}

int weirctl_print_json(FILE *out, const json_t *json)
{
	return print_json(out, json, JSON_INDENT(2));
}

int weirctl_print_json_line(FILE *out, const json_t *json)
{
	return print_json(out, json, JSON_COMPACT);
}

int weirctl_table_new(const char *const *headings, size_t n, bool heading,
		      struct weirctl_table **ret)
{
	struct weirctl_table *table = calloc(1, sizeof(*table));

	if (!table)
		return -ENOMEM;
	memcpy(table->headings, headings, n * sizeof(*headings));
	table->n_columns = n;
	table->heading = heading;
	*ret = table;
	return 0;
}

void weirctl_table_free(struct weirctl_table *table)
{
	if (!table)
		return;
	for (size_t i = 0; i < table->n_rows * table->n_columns; i++)
		free(table->cells[i]);
	free(table->cells);
	free(table);
}

int weirctl_table_add(struct weirctl_table *table, const char *const *cells)
{
	char **row;

	if (table->n_rows == table->size) {
		size_t size = table->size ? 2 * table->size : 64;
		char **more = reallocarray(table->cells, size, table->n_columns * sizeof(*more));

		if (!more)
			return -ENOMEM;
		table->cells = more;
		table->size = size;
	}
	row = table->cells + table->n_rows * table->n_columns;
	for (size_t i = 0; i < table->n_columns; i++) {
		row[i] = strdup(cells[i]);
		if (!row[i]) {
			while (i--)
				free(row[i]);
			return -ENOMEM;
		}
	}
	table->n_rows++;
	return 0;
}

/* https://no-color.org: any value that is not empty. */
static bool may_colour(void)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return weirctl_on_terminal() && !(no && *no) && term && strcmp(term, "dumb") != 0;
}

static unsigned measure(const char *text)
{
	struct place place = {};

	put_text(&place, text, CELL_WIDTH_MAX);
	return place.width;
}

static void print_row(const struct weirctl_table *table, const char *const *cells,
		      const unsigned *widths, FILE *out)
{
	for (size_t i = 0; i < table->n_columns; i++) {
		struct place place = {.out = out};

		put_text(&place, cells[i], CELL_WIDTH_MAX);
		if (i + 1 < table->n_columns)
			fprintf(out, "%*s", (int)(widths[i] + 2 - place.width), "");
	}
	fputc('\n', out);
}

static const char *const *row_at(const struct weirctl_table *table, size_t row)
{
	return (const char *const *)(table->cells + row * table->n_columns);
}

static void print_table(const struct weirctl_table *table, FILE *out)
{
	unsigned widths[WEIRCTL_COLUMNS_MAX] = {};

	for (size_t i = 0; i < table->n_columns; i++) {
		widths[i] = table->heading ? measure(table->headings[i]) : 0;
		for (size_t row = 0; row < table->n_rows; row++)
			widths[i] = WEIR_MAX(widths[i], measure(row_at(table, row)[i]));
	}
	if (table->heading) {
		bool bold = may_colour();

		fputs(bold ? "\033[1m" : "", out);
		print_row(table, table->headings, widths, out);
		fputs(bold ? "\033[0m" : "", out);
	}
	for (size_t row = 0; row < table->n_rows; row++)
		print_row(table, row_at(table, row), widths, out);
}

static void print_tsv(const struct weirctl_table *table, FILE *out)
{
	for (size_t row = 0; row < table->n_rows; row++) {
		for (size_t i = 0; i < table->n_columns; i++) {
			struct place place = {.out = out, .tsv = true};

			put_text(&place, row_at(table, row)[i], 0);
			fputc(i + 1 < table->n_columns ? '\t' : '\n', out);
		}
	}
}

/* Spreadsheets run a cell that begins like this; a number is one in any case. */
static bool is_formula(const char *text)
{
	if (!*text || !strchr("=+-@\t\r", *text))
		return false;
	return strchr("+-", *text) == NULL || text[1 + strspn(text + 1, "0123456789.")] != '\0';
}

static void print_csv_cell(const char *text, FILE *out)
{
	struct place place = {.out = out, .json = true};

	fputc('"', out);
	if (is_formula(text))
		fputc('\'', out);
	while (*text) {
		size_t n = strcspn(text, "\"");
		char *part _cleanup_(freep) = strndup(text, n);

		if (part)
			put_text(&place, part, 0);
		text += n;
		for (; *text == '"'; text++)
			fputs("\"\"", out);
	}
	fputc('"', out);
}

static void print_csv_row(const struct weirctl_table *table, const char *const *cells, FILE *out)
{
	for (size_t i = 0; i < table->n_columns; i++) {
		if (i)
			fputc(',', out);
		print_csv_cell(cells[i], out);
	}
	fputs("\r\n", out);
}

static void print_csv(const struct weirctl_table *table, FILE *out)
{
	print_csv_row(table, table->headings, out);
	for (size_t row = 0; row < table->n_rows; row++)
		print_csv_row(table, row_at(table, row), out);
}

void weirctl_table_print(const struct weirctl_table *table, enum weirctl_format format, FILE *out)
{
	if (format == WEIRCTL_AUTO)
		format = weirctl_on_terminal() ? WEIRCTL_TABLE : WEIRCTL_TSV;
	if (format == WEIRCTL_TABLE)
		print_table(table, out);
	else if (format == WEIRCTL_CSV)
		print_csv(table, out);
	else
		print_tsv(table, out);
}
