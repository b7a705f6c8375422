/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_API_FLEET_H
#define WEIR_CONSOLE_API_FLEET_H

/* The fleet's side of /api/v1. What changes something writes the audit log in the same transaction.
 *
 *   GET /api/v1/endpoints	{"endpoints":[...],"next_after":UID or null}; limit=N, after=UID,
 *				state=active|quarantined|revoked
 *   POST /api/v1/endpoints/UID/approve	lets a quarantined one in: {"endpoint":UID}
 *   POST /api/v1/endpoints/UID/revoke	{"reason":TEXT}: {"endpoint":UID}
 *   GET /api/v1/enrollment-tokens	{"enrollment_tokens":[...],"next_before":ID or null}; limit=N,
 *				before=ID
 *   POST /api/v1/enrollment-tokens	{"group":TEXT,"max_uses":N,"ttl_s":N}: 201, and the only
 *				answer that ever has the token itself ("token")
 *   DELETE /api/v1/enrollment-tokens/ID	{"enrollment_token":ID} */

#include "weir/console_access/access.h"
#include "weir/console_api/api.h"
#include "weir/console_fleet/fleet.h"

#define WEIR_API_FLEET_BODY_MAX 4096

struct weir_api_fleet {
	struct weir_store *store;
	struct weir_fleet *fleet;
	const struct weir_principal *by;
};

void weir_api_list_endpoints(const struct weir_api_fleet *call, const char *query,
			     struct weir_api_reply *reply);
void weir_api_approve_endpoint(const struct weir_api_fleet *call, const char *uid,
			       struct weir_api_reply *reply);
void weir_api_revoke_endpoint(const struct weir_api_fleet *call, const char *uid, const void *body,
			      size_t len, struct weir_api_reply *reply);
void weir_api_list_enrollment_tokens(const struct weir_api_fleet *call, const char *query,
				     struct weir_api_reply *reply);
void weir_api_make_enrollment_token(const struct weir_api_fleet *call, const void *body, size_t len,
				    struct weir_api_reply *reply);
void weir_api_revoke_enrollment_token(const struct weir_api_fleet *call, const char *id,
				      struct weir_api_reply *reply);

#endif
