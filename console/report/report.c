/* SPDX-License-Identifier: Apache-2.0 */
/* Which reports there are, and what they have in common. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "weir/base/time.h"
#include "weir/console_report/words.h"

static const struct {
	const char *name;
	int (*run)(struct run *run);
} reports[] = {
	{"incidents", run_incidents}, {"precision", run_precision}, {"overrides", run_overrides},
	{"training", run_training},   {"coverage", run_coverage},   {"clocks", run_clocks},
	{"register", run_register},   {"evidence", run_evidence},   {"compliance", run_compliance},
};

static void free_json(json_t **json)
{
	json_decref(*json);
}

const char *weir_report_name(size_t i)
{
	return i < ARRAY_SIZE(reports) ? reports[i].name : NULL;
}

const char *weir_report_title(const char *name, bool chinese)
{
	for (size_t i = 0; i < ARRAY_SIZE(reports); i++)
		if (strcmp(reports[i].name, name) == 0)
			return weir_report_word(reports[i].name, chinese);
	return "";
}

json_t *run_section(struct run *run, const char *name)
{
	json_t *rows = json_array();

	if (json_array_append_new(run->sections,
				  json_pack("{s:s, s:o}", "name", name, "rows", rows)) < 0)
		run->failed = true;
	return rows;
}

void run_row(struct run *run, json_t *rows, json_t *row)
{
	if (json_array_append_new(rows, row) < 0)
		run->failed = true;
}

json_t *run_time(uint64_t time_ns)
{
	char text[WEIR_TIME_TEXT];

	if (time_ns == 0)
		return json_null();
	weir_time_format(time_ns, text);
	return json_string(text);
}

json_t *run_day(int64_t day)
{
	char text[WEIR_TIME_TEXT];

	weir_time_format((uint64_t)day * CALENDAR_DAY_NS, text);
	text[strlen("2026-11-23")] = '\0';
	return json_string(text);
}

json_t *run_number(double value)
{
	return json_real(figures_round(value));
}

static void put_number(json_t *row, const char *name, const char *suffix, bool known, double value)
{
	char full[64];

	(void)snprintf(full, sizeof(full), "%s%s", name, suffix);
	(void)json_object_set_new(row, full, known ? run_number(value) : json_null());
}

void run_interval(json_t *row, const char *name, struct interval interval)
{
	put_number(row, name, "", interval.known, interval.value);
	put_number(row, name, "_low", interval.known, interval.low);
	put_number(row, name, "_high", interval.known, interval.high);
}

static int append(const char *data, size_t len, void *context)
{
	return weir_buf_append(context, data, len) < 0 ? -1 : 0;
}

int run_write(const json_t *report, enum weir_report_form form, struct weir_buf *ret)
{
	if (form == WEIR_REPORT_TEXT_EN || form == WEIR_REPORT_TEXT_ZH)
		return plain_write(report, form == WEIR_REPORT_TEXT_ZH, ret);
	if (form != WEIR_REPORT_JSON)
		return html_write(report, form == WEIR_REPORT_HTML_ZH, ret);
	if (json_dump_callback(report, append, ret, JSON_COMPACT | JSON_REAL_PRECISION(12)) == 0)
		return 0;
	return -ENOBUFS;
}

static json_t *put_together(struct run *run)
{
	const struct weir_report_request *request = run->request;

	return json_pack("{s:{s:s, s:o, s:o, s:o, s:O}}", "report", "name", request->name, "from",
			 run_time(request->from_ns), "until", run_time(request->until_ns),
			 "generated", run_time(request->now_ns), "sections", run->sections);
}

int weir_report_run(struct weir_store *store, const struct weir_report_request *request,
		    enum weir_report_form form, struct weir_buf *ret)
{
	json_t *sections _cleanup_(free_json) = json_array();
	json_t *report _cleanup_(free_json) = NULL;
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	struct run run = {.request = request, .sections = sections, .failed = !sections};
	size_t i = 0;
	int r;

	while (i < ARRAY_SIZE(reports) && strcmp(reports[i].name, request->name) != 0)
		i++;
	if (i == ARRAY_SIZE(reports))
		return -ENOENT;
	if (request->until_ns <= request->from_ns || request->until_ns > INT64_MAX ||
	    request->until_ns - request->from_ns > WEIR_REPORT_WEEKS_MAX * CALENDAR_WEEK_NS)
		return -EINVAL;
	r = weir_db_read(store, &tx);
	if (r < 0)
		return r;
	run.tx = tx;
	r = reports[i].run(&run);
	if (r < 0)
		return r;
	report = put_together(&run);
	return run.failed || !report ? -ENOMEM : run_write(report, form, ret);
}
