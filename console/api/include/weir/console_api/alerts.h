/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_API_ALERTS_H
#define WEIR_CONSOLE_API_ALERTS_H

/* Alerts as JSON: each stands for the events that belong together (weir/console_triage/group.h).
 *
 *   GET /api/v1/alerts		{"alerts":[...],"next_before":ID or null}	newest first
 *	limit= before=		as for events
 *	q=			terms in one line: user:li.na channel:usb -rule:x
 *	state= severity= since= channel= ...	one term each; weir/console_triage/filter.h has them all
 *   GET /api/v1/alerts/ID	{"alert":{..., "hosts", "devices", "agents", "detectors", "groups", "log", "samples"}}
 *
 *   POST /api/v1/alerts/assign		"assignee" ("": nobody)
 *   POST /api/v1/alerts/comment	"text"
 *   POST /api/v1/alerts/close		"verdict", "text"
 *   POST /api/v1/alerts/reopen		"text"
 *   POST /api/v1/alerts/suppress	"until" (a time, or a span from now), "text"
 *
 * Which alerts a POST is about: "alerts":[{"id","version"}], at most 100, all of them or none; with
 * "version" the change is refused (409) when somebody was faster. Or "query": a line of terms; with
 * "dry_run":true nothing changes and {"count","through"} says what it would be about; the same
 * query is then sent with that "through" and "expect":COUNT, and is refused (409) when the count is another by now. Answer:
 * {"count":N,"through":ID or null,"dry_run":BOOL}. */

#include "weir/console_access/access.h"
#include "weir/console_api/api.h"
#include "weir/console_triage/triage.h"

#define WEIR_API_ALERTS_BODY_MAX (64 * 1024)

void weir_api_list_alerts(struct weir_store *store, const struct weir_principal *by,
			  const char *query, uint64_t now_ns, struct weir_api_reply *reply);
void weir_api_get_alert(struct weir_store *store, const struct weir_principal *by, const char *id,
			const char *query, struct weir_api_reply *reply);

struct weir_api_change {
	enum weir_triage_verb verb;
	const struct weir_principal *by;
	const char *body; /* JSON, not terminated */
	size_t len;
	uint64_t now_ns;
};

void weir_api_change_alerts(struct weir_store *store, const struct weir_api_change *change,
			    struct weir_api_reply *reply);

#endif
