/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_API_REPORT_H
#define WEIR_CONSOLE_API_REPORT_H

/* Reports, and what people tell the console for them.
 *
 *   GET  /api/v1/reports			{"reports":[{"name","title","title_zh"}]}
 *   GET  /api/v1/reports/NAME			{"report":{"name","from","until","generated","sections":
 *						[{"name","rows":[{...}]}]}}, or a page
 *	  ?from=TIME|SPAN until=TIME|SPAN	28d back and now when not said
 *	  &form=json|html|text lang=zh|en
 *   POST /api/v1/reports/marks			{"text","time"?}
 *   POST /api/v1/reports/training		{"person","course","time"?}
 *   POST /api/v1/reports/days			{"date","working","text"}
 *   POST /api/v1/reports/incidents		{"title","level","discovered"?,"alerts"?: ["A-7K3QM"]}
 *   GET  /api/v1/reports/incidents/N		{"incident":{"id","title","level","discovered","opened_by",
 *						"closed","closed_by","reason","alerts","statements","notices"}}
 *   POST /api/v1/reports/incidents/N/alerts	{"alerts"}
 *   POST /api/v1/reports/incidents/N/statements	{"item","text"}
 *   GET  /api/v1/reports/incidents/N/draft	a report, for people who fill it in and send it
 *	  ?notice=NOTICE&form=json|html|text lang=zh|en
 *   POST /api/v1/reports/incidents/N/notices	{"notice","time"?,"to"?}
 *   POST /api/v1/reports/incidents/N/close	{"reason"}
 *
 * A post is answered {"id":N} or {}, and is in the audit log. Levels: general, larger, major,
 * especially_major. Notices: first, cyberspace, written, progress, closing, authority, persons. Items:
 * sender, cause, harm, measures, advice, progress, improvement, contact. Times in the future are
 * refused, and so are alerts that the caller does not see. Whoever is bound to groups of endpoints opens
 * incidents from alerts alone, and for them there are none but those whose alerts they all see. */

#include "weir/console_access/access.h"
#include "weir/console_api/api.h"
#include "weir/console_report/report.h"

#define WEIR_API_REPORT_BODY_MAX 8192

void weir_api_list_reports(const char *query, struct weir_api_reply *reply);

/* *ret_form: what the body is. */
void weir_api_run_report(struct weir_store *store, const char *name, const char *query,
			 uint64_t now_ns, struct weir_api_reply *reply,
			 enum weir_report_form *ret_form);

struct weir_api_draft {
	const struct weir_principal *by;
	const char *incident; /* the number in the path */
	const char *query;
	uint64_t now_ns;
};

void weir_api_draft_notice(struct weir_store *store, const struct weir_api_draft *asked,
			   struct weir_api_reply *reply, enum weir_report_form *ret_form);
void weir_api_get_incident(struct weir_store *store, const struct weir_api_draft *asked,
			   struct weir_api_reply *reply);

enum weir_api_told {
	WEIR_API_TOLD_MARK,
	WEIR_API_TOLD_TRAINING,
	WEIR_API_TOLD_DAY,
	WEIR_API_TOLD_INCIDENT,
	WEIR_API_TOLD_ALERTS,
	WEIR_API_TOLD_STATEMENT,
	WEIR_API_TOLD_NOTICE,
	WEIR_API_TOLD_CLOSE,
	_WEIR_API_TOLD_MAX,
};

struct weir_api_telling {
	enum weir_api_told what;
	const struct weir_principal *by;
	const char *incident; /* the number in the path, from WEIR_API_TOLD_ALERTS on */
	const void *body;
	size_t len;
	uint64_t now_ns;
};

void weir_api_tell(struct weir_store *store, const struct weir_api_telling *telling,
		   struct weir_api_reply *reply);

#endif
