/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_API_API_H
#define WEIR_CONSOLE_API_API_H

/* The reading side of /api/v1 as JSON. Names are those of weir.v1 (snake_case), enum values their
 * lower-case names without the prefix ("block", "removable", "lsm"; "unspecified" and, for a number
 * that this console does not know, "unknown"). Counts and sizes are numbers; 64-bit marks that a
 * script would spoil by rounding (time_ns, spool_epoch, inode, start_time_ns) are decimal strings. A
 * failure is {"error":{"code","message","hint"}} and never repeats the input. Events, alerts and endpoints are those
 * of the caller's groups; what is of others is not there.
 *
 *   GET /api/v1/events		{"events":[...],"next_before":ID or null}	newest first
 *	limit=N		1 to 500, 50 when not said; a page may be shorter than it and still not be the last
 *	before=ID	the next_before of the page before
 *	since=T		RFC 3339 ("2026-11-22T08:00:00Z") or back from now ("24h", "14d", "30min"); the event's own time
 *	channel= action=	the enum's name
 *	agent=UID	32 hexadecimal digits, with or without the dashes of a UUID
 *	alert=true	only events that ask for a person
 *   GET /api/v1/events/ID	{"event":{...}}
 *   GET /api/v1/agents		{"agents":[...],"next_after":UID or null}	limit=N, after=UID
 *
 * Alerts have a header of their own, weir/console_api/alerts.h. */

#include <stddef.h>
#include <stdint.h>

#include "weir/base/buf.h"
#include "weir/base/macros.h"
#include "weir/console_access/access.h"
#include "weir/console_store/store.h"

#define WEIR_API_QUERY_MAX 2048 /* bytes of a query string */
#define WEIR_API_LIMIT	   50	/* rows of a page when not said */
#define WEIR_API_LIMIT_MAX 500
#define WEIR_API_PAGE_MAX  (4 * 1024 * 1024) /* a page ends early behind the row that reaches it */
#define WEIR_API_REPLY_MAX (8 * 1024 * 1024)

struct weir_api_reply {
	unsigned status;      /* of HTTP */
	int error;	      /* negative errno behind a 5xx, for the log; else 0 */
	struct weir_buf body; /* JSON and a line feed; the caller's, made by it with
				 WEIR_API_REPLY_MAX or more */
};

/* query: what follows the "?", "" for none, still encoded. id: the last segment of the path.
 * now_ns: since 1970 UTC. Each fills *reply in every case and is safe from several threads. */
void weir_api_list_events(struct weir_store *store, const struct weir_principal *by,
			  const char *query, uint64_t now_ns, struct weir_api_reply *reply);
void weir_api_list_agents(struct weir_store *store, const struct weir_principal *by,
			  const char *query, struct weir_api_reply *reply);
void weir_api_get_event(struct weir_store *store, const struct weir_principal *by, const char *id,
			const char *query, struct weir_api_reply *reply);

#endif
