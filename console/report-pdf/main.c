/* SPDX-License-Identifier: Apache-2.0 */
/* weir-report-pdf: a report's JSON in, a PDF out. A program of its own, because fonts and layout are
 * much code for texts that come from endpoints: it holds no privilege, reads fonts and nothing else,
 * and reaches no network. */

#include <cairo-pdf.h>
#include <errno.h>
#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "page.h"
#include "table.h"
#include "weir/base/fd.h"
#include "weir/console_report/words.h"
#include "weir/sandbox/sandbox.h"

#define INPUT_MAX (16 * 1024 * 1024)
#define NOBODY	  65534

static int usage(FILE *out, int status)
{
	fputs("Usage: weirctl report run NAME --output json | weir-report-pdf [--lang zh|en] > "
	      "FILE\n"
	      "Makes a PDF of a report.\n",
	      out);
	return status;
}

static int complain(const char *what, int r)
{
	fprintf(stderr, "weir-report-pdf: %s: %s\n", what, strerror(-r));
	return 1;
}

static int enter_sandbox(void)
{
	static const char *const read[] = {"/etc/fonts",
					   "/usr/share/fonts",
					   "/usr/local/share/fonts",
					   "/usr/share/fontconfig",
					   "/var/cache/fontconfig",
					   NULL};
	const struct weir_sandbox_options options = {.uid = NOBODY, .gid = NOBODY};
	const struct weir_sandbox_paths paths = {.read = read};
	struct weir_sandbox_state state;
	int r = weir_sandbox_enter_host(&options, &paths, &state);

	if (r < 0)
		return r;
	return state.unprivileged && (state.landlock || !weir_sandbox_kernel_has_landlock())
		       ? 0
		       : -EPERM;
}

static int read_input(json_t **ret)
{
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(INPUT_MAX);
	char part[65536];
	ssize_t n;
	int r = 0;

	while (r == 0 && (n = weir_read_full(STDIN_FILENO, part, sizeof(part))) != 0)
		r = n < 0 ? (int)n : weir_buf_append(&text, part, (size_t)n);
	if (r < 0)
		return r;
	*ret = json_loadb(text.data ? text.data : "", text.len, JSON_REJECT_DUPLICATES, NULL);
	return *ret ? 0 : -EBADMSG;
}

static cairo_status_t write_out(void *context, const unsigned char *data, unsigned len)
{
	return weir_write_full(STDOUT_FILENO, data, len) < 0 ? CAIRO_STATUS_WRITE_ERROR
							     : CAIRO_STATUS_SUCCESS;
}

static const char *member(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : "";
}

static void draw(struct page *page, const json_t *report, bool chinese)
{
	const json_t *sections = json_object_get(report, "sections");
	char period[256];

	if (json_object_get(report, "from"))
		(void)snprintf(period, sizeof(period),
			       chinese ? "期间 %.60s 至 %.60s;生成于 %.60s"
				       : "From %.60s until %.60s; made at %.60s",
			       member(report, "from"), member(report, "until"),
			       member(report, "generated"));
	else
		(void)snprintf(period, sizeof(period), chinese ? "生成于 %.60s" : "made at %.60s",
			       member(report, "generated"));
	page_begin(page);
	page_text(page, weir_report_word(member(report, "name"), chinese), 18, true);
	page_text(page, period, 9, false);
	for (size_t i = 0; i < json_array_size(sections); i++) {
		const json_t *section = json_array_get(sections, i);
		const json_t *rows = json_object_get(section, "rows");

		page_text(page, weir_report_word(member(section, "name"), chinese), 12, true);
		if (json_array_size(rows))
			table_draw(page, rows, chinese);
		else
			page_text(page, chinese ? "无。" : "None.", 9, false);
	}
}

static int write_pdf(const json_t *report, bool chinese)
{
	cairo_surface_t *surface =
		cairo_pdf_surface_create_for_stream(write_out, NULL, PAGE_WIDTH, PAGE_HEIGHT);
	struct page page = {.cairo = cairo_create(surface)};
	cairo_status_t status;

	cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE,
				       weir_report_word(member(report, "name"), chinese));
	draw(&page, report, chinese);
	cairo_destroy(page.cairo);
	cairo_surface_finish(surface);
	status = cairo_surface_status(surface);
	cairo_surface_destroy(surface);
	return status == CAIRO_STATUS_SUCCESS ? 0 : -EIO;
}

static int parse(int argc, char **argv, bool *ret_chinese)
{
	static const struct option options[] = {
		{"lang", required_argument, NULL, 'l'}, {"help", no_argument, NULL, 'h'}, {}};
	int c;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (c == 'h')
			return usage(stdout, -1);
		if (c != 'l' || (strcmp(optarg, "zh") != 0 && strcmp(optarg, "en") != 0))
			return usage(stderr, 2);
		*ret_chinese = strcmp(optarg, "zh") == 0;
	}
	return optind == argc ? 0 : usage(stderr, 2);
}

static int make(bool chinese)
{
	json_t *input = NULL;
	int r = enter_sandbox();

	if (r < 0)
		return complain("cannot enter the sandbox", r);
	r = read_input(&input);
	if (r == 0 && !json_is_object(json_object_get(input, "report")))
		r = -EBADMSG;
	if (r < 0)
		return complain("the input is not a report", r);
	r = write_pdf(json_object_get(input, "report"), chinese);
	json_decref(input);
	return r < 0 ? complain("cannot write the PDF", r) : 0;
}

int main(int argc, char **argv)
{
	bool chinese = false;
	int r = parse(argc, argv, &chinese);

	if (r != 0)
		return r < 0 ? 0 : r;
	r = make(chinese);
	/* Everything is written. A sanitizer's look for leaks at exit would need /proc, which is out
	 * of reach by now, and the caches of fonts live to the end anyway. */
	_exit(r);
}
