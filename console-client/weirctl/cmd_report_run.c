/* SPDX-License-Identifier: Apache-2.0 */
#include "commands.h"
#include "document.h"
#include "event.h"
#include "view.h"

/* clang-format off */
static const struct weirctl_option options[] = {
	{"from", '\0', "WHEN", NULL,
	 {"28d (what is taken otherwise), or 2026-11-02T00:00:00+08:00", "28d(缺省)或 2026-11-02T00:00:00+08:00"}},
	{"until", '\0', "WHEN", NULL, {"now, or a time before it", "缺省为现在,或更早的时间"}},
	{"page", '\0', NULL, NULL,
	 {"an HTML page for reading and printing instead", "输出可阅读、可打印的 HTML 页面"}},
	{"lang", '\0', "LANGUAGE", "zh|en", {"of the page; else the locale's", "页面语言;缺省取系统语言"}},
	{"to", '\0', "FILE", NULL, {"write the page there", "把页面写入文件"}},
};
/* clang-format on */

static const char *const fields[] = {"name", "from", "until", "generated", "sections", NULL};

static const struct weirctl_view view = {.member = "report", .fields = fields};

static int write_target(const struct weirctl_args *args, struct weir_buf *target)
{
	int r = weir_buf_puts(target, "/api/v1/reports/");

	if (r == 0)
		r = weirctl_add_segment(target, args->words[0]);
	if (r == 0)
		r = weirctl_add_param(target, "from", weirctl_value(args, "from"));
	if (r == 0)
		r = weirctl_add_param(target, "until", weirctl_value(args, "until"));
	return r == 0 && weirctl_value(args, "page") ? weirctl_add_form(target, args, "html") : r;
}

/* The columns of a section are the members of its first row. */
static int print_section(struct weirctl_context *context, const json_t *section)
{
	struct weirctl_column columns[WEIRCTL_COLUMNS_MAX] = {};
	struct weirctl_view rows = {.member = "rows", .columns = columns};
	const char *name;
	json_t *value;

	json_object_foreach(json_array_get(json_object_get(section, "rows"), 0), name, value)
	{
		if (rows.n_columns < WEIRCTL_COLUMNS_MAX && !json_is_object(value))
			columns[rows.n_columns++] = (struct weirctl_column){name, name, NULL};
	}
	fputs("# ", context->out);
	weirctl_print_clean(context->out, weirctl_text(section, "name"));
	fputc('\n', context->out);
	return weirctl_print(context, &rows, section);
}

static int print_sections(struct weirctl_context *context, const json_t *answer)
{
	const json_t *sections = json_object_get(json_object_get(answer, "report"), "sections");
	int r = WEIRCTL_OK;

	for (size_t i = 0; r == WEIRCTL_OK && i < json_array_size(sections); i++) {
		if (i)
			fputc('\n', context->out);
		r = print_section(context, json_array_get(sections, i));
	}
	return r;
}

static int run(struct weirctl_context *context, const struct weirctl_args *args)
{
	struct weir_buf target _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIRCTL_TARGET_MAX);
	json_t *answer _cleanup_(weirctl_json_freep) = NULL;
	bool as_json = context->jq || context->fields || context->format == WEIRCTL_JSON ||
		       context->format == WEIRCTL_JSONL;
	int r = write_target(args, &target);

	if (r < 0) {
		weirctl_say("this is not the name of a report; weirctl report ls lists them",
			    "这不是报告名称;weirctl report ls 列出报告");
		return WEIRCTL_USAGE;
	}
	if (weirctl_value(args, "page"))
		return weirctl_get_document(context, target.data, "text/html",
					    weirctl_value(args, "to"));
	r = weirctl_get(context, target.data, &answer);
	if (r != WEIRCTL_OK)
		return r;
	return as_json ? weirctl_print(context, &view, answer) : print_sections(context, answer);
}

const struct weirctl_command weirctl_cmd_report_run = {
	.noun = "report",
	.verb = "run",
	.arguments = "NAME",
	.min = 1,
	.max = 1,
	.summary = {"count a report's figures for a period", "统计某一期间的报告"},
	.about = {"The figures are counted from the database at this moment; weirctl report ls "
		  "lists the reports. A PDF: weirctl report run incidents -o json | "
		  "weir-report-pdf --lang en > incidents.pdf",
		  "数字在此刻由数据库统计得出;weirctl report ls 列出报告。PDF:weirctl report run "
		  "incidents -o json | weir-report-pdf --lang zh > incidents.pdf"},
	.options = options,
	.n_options = ARRAY_SIZE(options),
	.view = &view,
	.run = run,
};
