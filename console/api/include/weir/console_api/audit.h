/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_API_AUDIT_H
#define WEIR_CONSOLE_API_AUDIT_H

/* The audit log as JSON, with all that its check takes: hashes in hexadecimal, signed heads in
 * base 64. Marks are decimal strings.
 *
 *   GET /api/v1/audit		limit= before=	{"entries":[...],"next_before":N or null}	newest first
 *	order=oldest		limit= after=	{"entries":[...],"next_after":N or null}	oldest first
 *   GET /api/v1/audit/heads	limit= after=	{"heads":[{"sequence","envelope"}],"next_after":N or null}
 *
 * An entry: sequence, time, time_ns (decimal string), actor (decimal string), actor_name, via,
 * action, object, detail (text), before, hash. */

#include "weir/console_api/api.h"

void weir_api_list_audit(struct weir_store *store, const char *query, struct weir_api_reply *reply);
void weir_api_list_audit_heads(struct weir_store *store, const char *query,
			       struct weir_api_reply *reply);

#endif
