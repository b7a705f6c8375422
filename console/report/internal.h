/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_REPORT_INTERNAL_H
#define WEIR_CONSOLE_REPORT_INTERNAL_H

/* A report being made: each function below adds sections to it. Setters of jansson that fail leave a
 * hole; run->failed keeps that the whole is then given up. */

#include <jansson.h>

#include "calendar.h"
#include "figures.h"
#include "weir/console_report/report.h"

struct run {
	struct weir_db_tx *tx;
	const struct weir_report_request *request;
	json_t *sections;
	bool failed;
};

/* A new section; its rows are borrowed from the run. */
json_t *run_section(struct run *run, const char *name);
/* Adds a row, which it takes: json_pack("{s:I, s:s}", ...), its members in the order of columns. */
void run_row(struct run *run, json_t *rows, json_t *row);

/* Texts for a row. Cut at characters is nothing here: texts in the database are whole. */
json_t *run_time(uint64_t time_ns); /* RFC 3339 in UTC; null for 0 */
json_t *run_day(int64_t day);	    /* "2026-11-23" */
json_t *run_number(double value);   /* rounded */
/* Adds NAME, NAME_low and NAME_high to a row; null where it is not known. */
void run_interval(json_t *row, const char *name, struct interval interval);

/* Whether a text of people may be kept: 1 to max bytes of UTF-8 without control characters. */
bool run_is_text(const char *text, size_t max);
bool run_is_time(uint64_t time_ns);
/* Runs an INSERT ... RETURNING id. */
int run_insert(struct weir_db_tx *tx, const char *sql, const struct weir_db_value *values, size_t n,
	       int64_t *ret_id) _must_use_;
/* Appends a report that was put together in the form that was asked for. -ENOBUFS. */
int run_write(const json_t *report, enum weir_report_form form, struct weir_buf *ret) _must_use_;

/* 0 or negative errno. */
int run_incidents(struct run *run);
int run_precision(struct run *run);
int run_overrides(struct run *run);
int run_training(struct run *run);
int run_coverage(struct run *run);
int run_register(struct run *run);
int run_evidence(struct run *run);
int run_clocks(struct run *run);
int run_compliance(struct run *run);

/* The customer's table of days; *ret_days is owned and holds what *ret refers to. */
int run_load_days(struct weir_db_tx *tx, struct calendar_day **ret_days,
		  struct calendar *ret) _must_use_;

/* Appends a report (as weir_report_run() puts it together) as lines, or as a page. */
int plain_write(const json_t *report, bool chinese, struct weir_buf *ret) _must_use_;
int html_write(const json_t *report, bool chinese, struct weir_buf *ret) _must_use_;

#endif
