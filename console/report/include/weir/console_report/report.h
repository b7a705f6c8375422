/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_REPORT_REPORT_H
#define WEIR_CONSOLE_REPORT_REPORT_H

/* What the console's database says about a period, counted when it is asked for: nothing is kept
 * that could disagree with the events. A report is sections of rows; JSON, HTML and PDF show the
 * same ones. What each figure means is written in docs/modules/console.md.
 *
 *   incidents   per 1,000 endpoints and week, and what changed with each mark
 *   precision   verdicts by rule, and the share of false alarms
 *   overrides   of rules that warn: refused, reasons given, let through
 *   training    who acknowledged which course, and who had an incident after it
 *   coverage    tiers by channel, endpoints that are silent or behind
 *   register    who may receive what, and what went out under each entry
 *   clocks      the deadlines of reported incidents (weir/console_report/incident.h)
 *   compliance  the clauses of the regulations, each with the figure that speaks for it
 *
 * Read besides the module's own tables: those of events, triage, fleet, policy and audit, which must have been
 * made. Times are nanoseconds since 1970 UTC; days and weeks are those of UTC+8. Negative errno as of
 * weir/console_store/db.h. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/base/buf.h"
#include "weir/base/error.h"
#include "weir/base/macros.h"
#include "weir/console_store/db.h"

#define WEIR_REPORT_WEEKS_MAX 160  /* of a period; three years */
#define WEIR_REPORT_ROWS_MAX  1000 /* of a list; how many there are is told beside it */
#define WEIR_REPORT_SIZE_MAX  (8 * 1024 * 1024) /* bytes of a report in either form */

/* Makes the tables. */
int weir_report_init(struct weir_store *store, struct weir_error *err) _must_use_;

struct weir_report_request {
	const char *name;
	uint64_t from_ns, until_ns; /* from <= t < until, at most WEIR_REPORT_WEEKS_MAX weeks */
	uint64_t now_ns;	    /* what clocks and silence are counted to */
};

enum weir_report_form {
	WEIR_REPORT_JSON,
	WEIR_REPORT_HTML_EN, /* one file, no script, nothing loaded from elsewhere */
	WEIR_REPORT_HTML_ZH,
	WEIR_REPORT_TEXT_EN, /* lines, columns between tabs; control characters replaced */
	WEIR_REPORT_TEXT_ZH,
};

/* Appends the report. -ENOENT: no report has this name; -EINVAL: no such period; -ENOBUFS: larger
 * than ret may be. */
int weir_report_run(struct weir_store *store, const struct weir_report_request *request,
		    enum weir_report_form form, struct weir_buf *ret) _must_use_;

/* The i-th report's name; NULL behind the last. */
const char *weir_report_name(size_t i);
/* Its title in a language; "" for an unknown one. */
const char *weir_report_title(const char *name, bool chinese);

/* --- what people tell the console, inside the caller's transaction --- */

#define WEIR_REPORT_TEXT_MAX 200 /* bytes of a text below, none empty */

/* Something that may have changed the figures: a rule that blocks now, a campaign. */
int weir_report_mark(struct weir_db_tx *tx, uint64_t time_ns, const char *text,
		     int64_t *ret_id) _must_use_;

/* That a person has acknowledged a course. The same again is no error. */
int weir_report_trained(struct weir_db_tx *tx, const char *person, const char *course,
			uint64_t time_ns) _must_use_;

/* That a day (since 1970-01-01) is a working day or is not, other than its weekday says. */
int weir_report_day(struct weir_db_tx *tx, int64_t day, bool working, const char *text) _must_use_;

#endif
