/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_REPORT_INCIDENT_H
#define WEIR_CONSOLE_REPORT_INCIDENT_H

/* Incidents that must be reported: opened by a person, from alerts where there are some, with what
 * is said of them, who was told what when, and their end. Everything but the writing of pages runs
 * inside the caller's transaction. An incident that was closed takes nothing more: -EALREADY. Times
 * are nanoseconds since 1970 UTC. Negative errno as of weir/console_store/db.h. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/base/macros.h"
#include "weir/console_report/report.h"

#define WEIR_REPORT_STATEMENT_MAX 2000 /* bytes of what is said of one item */
#define WEIR_REPORT_ALERTS_MAX	  1000 /* of one incident */

enum weir_report_level {
	WEIR_REPORT_GENERAL = 1,
	WEIR_REPORT_LARGER, /* the cyberspace administration is told too */
	WEIR_REPORT_MAJOR,
	WEIR_REPORT_SPECIAL, /* especially major: progress every 2 hours */
};

struct weir_report_incident {
	const char *title;
	enum weir_report_level level;
	uint64_t discovered_ns; /* 0: when the first of its alerts was raised */
	const char *person;	/* who opens it */
	const uint64_t *alerts; /* each there; may be none */
	size_t n_alerts;
};

/* -ENOENT: one of the alerts is not there. -EINVAL too without alerts and time. */
int weir_report_open(struct weir_db_tx *tx, const struct weir_report_incident *incident,
		     int64_t *ret_id) _must_use_;

/* More alerts; those that it has already are no error. -ENOENT: no such incident or alert; -E2BIG. */
int weir_report_join(struct weir_db_tx *tx, int64_t incident, const uint64_t *alerts,
		     size_t n) _must_use_;

/* The incident's alerts, in order; how many, 0 too for one that is not there. */
int weir_report_alerts(struct weir_db_tx *tx, int64_t incident,
		       uint64_t ret[static WEIR_REPORT_ALERTS_MAX]) _must_use_;

/* What somebody is told: "first", "cyberspace", "written", "progress", "closing", which have a clock;
 * "authority" and "persons", which have none. */
bool weir_report_is_notice(const char *kind);

struct weir_report_notice {
	const char *kind;
	uint64_t time_ns;
	const char *to;	    /* whom, in people's words; "": not said */
	const char *person; /* who says that it went out */
};

/* That a notice went out. -ENOENT: no such incident. The first time counts, and of "progress" every
 * one. "closing" ends the incident's progress. */
int weir_report_notice(struct weir_db_tx *tx, int64_t incident,
		       const struct weir_report_notice *notice) _must_use_;

/* What the notices say of it that no record tells: "sender", "cause", "harm", "measures", "advice",
 * "progress", "improvement", "contact". The last word on an item stands. */
struct weir_report_statement {
	const char *item, *text;
	const char *person;
	uint64_t time_ns;
};

/* -EINVAL: no such item, or no such text; -EPERM: a text with so many digits in a row that it may be
 * somebody's number. -ENOENT: no such incident. */
int weir_report_state(struct weir_db_tx *tx, int64_t incident,
		      const struct weir_report_statement *statement) _must_use_;

/* Ends it; the clocks of what did not go out stop, and show so. */
int weir_report_close(struct weir_db_tx *tx, int64_t incident, const char *reason,
		      const char *person, uint64_t now_ns) _must_use_;

/* Appends {"incident":{...}}: all of the above. -ENOENT. */
int weir_report_show(struct weir_store *store, int64_t incident, struct weir_buf *ret) _must_use_;

/* Appends the draft of a notice, filled in from the incident's alerts and statements: what was said,
 * kinds of data, counts and times; no person, endpoint, file or value. What nobody said yet is
 * marked. JSON is what a report is, for weir-report-pdf. -ENOENT: no such incident; -EINVAL: no such
 * notice. */
int weir_report_draft(struct weir_store *store, int64_t incident, const char *kind, uint64_t now_ns,
		      enum weir_report_form form, struct weir_buf *ret) _must_use_;

#endif
