/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_API_REPORT_H
#define WEIR_CONSOLE_API_REPORT_H

/* Reports, and what people tell the console for them.
 *
 *   GET  /api/v1/reports			{"reports":[{"name","title","title_zh"}]}
 *   GET  /api/v1/reports/NAME			{"report":{"name","from","until","generated","sections":
 *						[{"name","rows":[{...}]}]}}, or a page
 *	  ?from=TIME|SPAN until=TIME|SPAN	28d back and now when not said
 *	  &form=json|html lang=zh|en
 *   POST /api/v1/reports/marks			{"text","time"?}
 *   POST /api/v1/reports/training		{"person","course","time"?}
 *   POST /api/v1/reports/days			{"date","working","text"}
 *   POST /api/v1/reports/incidents		{"title","level","discovered"?}
 *   POST /api/v1/reports/incidents/N/notices	{"notice","time"?}
 *
 * A post is answered {"id":N} or {}, and is in the audit log. Levels: general, larger, major,
 * especially_major. Notices: first, cyberspace, written, progress, closing. Times in the future are
 * refused. */

#include <stdbool.h>

#include "weir/console_access/access.h"
#include "weir/console_api/api.h"

#define WEIR_API_REPORT_BODY_MAX 4096

void weir_api_list_reports(const char *query, struct weir_api_reply *reply);

/* *ret_html: the body is a page, not JSON. */
void weir_api_run_report(struct weir_store *store, const char *name, const char *query,
			 uint64_t now_ns, struct weir_api_reply *reply, bool *ret_html);

enum weir_api_told {
	WEIR_API_TOLD_MARK,
	WEIR_API_TOLD_TRAINING,
	WEIR_API_TOLD_DAY,
	WEIR_API_TOLD_INCIDENT,
	WEIR_API_TOLD_NOTICE,
};

struct weir_api_telling {
	enum weir_api_told what;
	const struct weir_principal *by;
	const char *incident; /* the number in the path, with WEIR_API_TOLD_NOTICE */
	const void *body;
	size_t len;
	uint64_t now_ns;
};

void weir_api_tell(struct weir_store *store, const struct weir_api_telling *telling,
		   struct weir_api_reply *reply);

#endif
