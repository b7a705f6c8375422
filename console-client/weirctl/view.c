/* SPDX-License-Identifier: Apache-2.0 */
#include "view.h"

#include <errno.h>
#include <string.h>

#include "event.h"

#define DEPTH_MAX 6 /* of an object as FIELD and VALUE; a server that sends more gets no more */

static const json_t *find(const json_t *row, const char *path)
{
	char name[64];

	while (row && *path) {
		size_t len = strcspn(path, ".");

		if (len >= sizeof(name))
			return NULL;
		memcpy(name, path, len);
		name[len] = '\0';
		row = json_object_get(row, name);
		path += len + (path[len] == '.');
	}
	return row;
}

static int write_cell(const struct weirctl_column *column, const json_t *row, struct weir_buf *buf)
{
	int r;

	*buf = WEIR_BUF_INIT(WEIRCTL_TEXT_MAX);
	r = weir_buf_puts(buf, ""); /* a cell that appends nothing is empty, not NULL */
	if (r < 0)
		return r;
	return column->cell ? column->cell(row, buf) : weirctl_scalar(find(row, column->path), buf);
}

static int add_row(struct weirctl_table *table, const struct weirctl_view *view, const json_t *row)
{
	struct weir_buf cells[WEIRCTL_COLUMNS_MAX] = {};
	const char *texts[WEIRCTL_COLUMNS_MAX] = {};
	int r = 0;

	for (size_t i = 0; r == 0 && i < view->n_columns; i++) {
		r = write_cell(&view->columns[i], row, &cells[i]);
		texts[i] = cells[i].data;
	}
	if (r == 0)
		r = weirctl_table_add(table, texts);
	for (size_t i = 0; i < view->n_columns; i++)
		weir_buf_done(&cells[i]);
	return r;
}

static int fill_columns(struct weirctl_table *table, const struct weirctl_view *view,
			const json_t *rows)
{
	int r = 0;

	if (json_is_object(rows))
		return add_row(table, view, rows);
	for (size_t i = 0; r == 0 && i < json_array_size(rows); i++)
		r = add_row(table, view, json_array_get(rows, i));
	return r;
}

static int add_value(struct weirctl_table *table, const char *name, const json_t *value)
{
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIRCTL_TEXT_MAX);
	int r = weirctl_scalar(value, &text);

	return r < 0 ? r : weirctl_table_add(table, (const char *const[]){name, text.data});
}

static int add_member(struct weirctl_table *table, const char *prefix, const char *name,
		      const json_t *value, unsigned depth);

static int add_array(struct weirctl_table *table, const char *path, const json_t *array,
		     unsigned depth)
{
	char number[24];
	int r = 0;

	for (size_t i = 0; r == 0 && i < json_array_size(array); i++) {
		(void)snprintf(number, sizeof(number), "%zu", i);
		r = add_member(table, path, number, json_array_get(array, i), depth);
	}
	return r;
}

static int add_object(struct weirctl_table *table, const char *path, const json_t *object,
		      unsigned depth)
{
	const char *name;
	json_t *value;
	int r = 0;

	json_object_foreach((json_t *)object, name, value)
	{
		if (r == 0)
			r = add_member(table, path, name, value, depth);
	}
	return r;
}

static int add_member(struct weirctl_table *table, const char *prefix, const char *name,
		      const json_t *value, unsigned depth)
{
	struct weir_buf path _cleanup_(weir_buf_done) = WEIR_BUF_INIT(1024);
	int r = weir_buf_printf(&path, "%s%s%s", prefix, *prefix ? "." : "", name);

	if (r < 0 || depth == 0)
		return r;
	if (json_is_array(value))
		return add_array(table, path.data, value, depth - 1);
	if (json_is_object(value))
		return add_object(table, path.data, value, depth - 1);
	return add_value(table, path.data, value);
}

static int print_rows(struct weirctl_context *context, const struct weirctl_view *view,
		      const json_t *rows)
{
	static const char *const pair[] = {"FIELD", "VALUE"};
	const char *headings[WEIRCTL_COLUMNS_MAX];
	struct weirctl_table *table _cleanup_(weirctl_table_freep) = NULL;
	int r;

	for (size_t i = 0; i < view->n_columns; i++)
		headings[i] = view->columns[i].heading;
	r = weirctl_table_new(view->columns ? headings : pair,
			      view->columns ? view->n_columns : ARRAY_SIZE(pair),
			      view->columns != NULL, &table);
	if (r == 0)
		r = view->columns ? fill_columns(table, view, rows)
				  : add_object(table, "", rows, DEPTH_MAX);
	if (r == 0)
		weirctl_table_print(table, context->format, context->out);
	return r;
}

static bool is_field(const struct weirctl_view *view, const char *name, size_t len)
{
	if (!view->fields)
		return len > 0;
	for (const char *const *field = view->fields; *field; field++)
		if (strncmp(*field, name, len) == 0 && (*field)[len] == '\0')
			return true;
	return false;
}

static int check_fields(const struct weirctl_view *view, const char *fields)
{
	for (const char *at = fields;; at++) {
		size_t len = strcspn(at, ",");

		if (!is_field(view, at, len)) {
			weirctl_say("there is no field \"%.*s\"; --json alone lists them",
				    "没有字段“%.*s”;单独使用 --json 列出可用字段", (int)len, at);
			return WEIRCTL_USAGE;
		}
		at += len;
		if (!*at)
			return WEIRCTL_OK;
	}
}

/* A row with the named members only; one that it does not have is null. */
static json_t *pick_fields(const json_t *row, const char *fields)
{
	json_t *picked = json_object();
	char name[64];

	for (const char *at = fields; picked && *at;) {
		size_t len = strcspn(at, ",");
		json_t *value;

		(void)snprintf(name, sizeof(name), "%.*s", (int)len, at);
		value = json_object_get(row, name);
		json_object_set_new(picked, name, value ? json_incref(value) : json_null());
		at += len + (at[len] == ',');
	}
	return picked;
}

static json_t *pick_rows(const json_t *rows, const char *fields)
{
	json_t *picked;

	if (!json_is_array(rows))
		return pick_fields(rows, fields);
	picked = json_array();
	for (size_t i = 0; picked && i < json_array_size(rows); i++)
		json_array_append_new(picked, pick_fields(json_array_get(rows, i), fields));
	return picked;
}

static int print_lines(FILE *out, const json_t *rows)
{
	int r = 0;

	if (!json_is_array(rows))
		return weirctl_print_json_line(out, rows);
	for (size_t i = 0; r == 0 && i < json_array_size(rows); i++)
		r = weirctl_print_json_line(out, json_array_get(rows, i));
	return r;
}

static int print_answer(struct weirctl_context *context, const struct weirctl_view *view,
			const json_t *answer, const json_t *rows)
{
	json_t *picked _cleanup_(weirctl_json_freep) = NULL;

	if (context->fields) {
		picked = pick_rows(rows, context->fields);
		if (!picked)
			return -ENOMEM;
		answer = rows = picked;
	}
	if (context->format == WEIRCTL_JSONL)
		return print_lines(context->out, rows);
	if (context->format == WEIRCTL_JSON)
		return weirctl_print_json(context->out, answer);
	return print_rows(context, view, rows);
}

int weirctl_print(struct weirctl_context *context, const struct weirctl_view *view,
		  const json_t *answer)
{
	const json_t *rows = view->member ? json_object_get(answer, view->member) : answer;
	int r = context->fields ? check_fields(view, context->fields) : WEIRCTL_OK;

	if (r != WEIRCTL_OK || !answer)
		return r;
	if (context->jq) {
		json_t *picked _cleanup_(weirctl_json_freep) =
			context->fields ? pick_rows(rows, context->fields) : NULL;

		return weirctl_jq(context->jq, picked ? picked : answer, context->out);
	}
	r = print_answer(context, view, answer, rows);
	if (r == 0)
		return WEIRCTL_OK;
	weirctl_say("%s", "%s", strerror(-r));
	return WEIRCTL_ERROR;
}

void weirctl_print_fields(const struct weirctl_view *view, FILE *out)
{
	for (const char *const *field = view->fields; field && *field; field++)
		fprintf(out, "%s\n", *field);
}
