/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_API_SINKS_H
#define WEIR_CONSOLE_API_SINKS_H

/* Where alerts are exported to.
 *
 *   GET /api/v1/sinks		{"sinks":[{"name","kind","position","behind","failures","error"}]}
 *   POST /api/v1/sinks		{"name","kind"}: the sink, which follows from now on (201)
 *   DELETE /api/v1/sinks/NAME	{"removed":NAME}; what it wrote stays */

#include "weir/console_access/access.h"
#include "weir/console_api/api.h"

#define WEIR_API_SINKS_BODY_MAX 4096

void weir_api_list_sinks(struct weir_store *store, const char *query, struct weir_api_reply *reply);
void weir_api_add_sink(struct weir_store *store, const struct weir_principal *by, const void *body,
		       size_t len, struct weir_api_reply *reply);
void weir_api_remove_sink(struct weir_store *store, const struct weir_principal *by,
			  const char *name, struct weir_api_reply *reply);

#endif
