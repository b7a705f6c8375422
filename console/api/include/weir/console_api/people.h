/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_API_PEOPLE_H
#define WEIR_CONSOLE_API_PEOPLE_H

/* People, sessions and tokens as JSON. Who may call what is the caller's to have checked.
 *
 *   POST /api/v1/login		{"name","password","code"?,"bearer"?}	200 {"user","csrf","expires"} and a
 *				cookie; with bearer true {"user","token","expires"} and none. 401; 429
 *   POST /api/v1/logout	200 {}
 *   GET  /api/v1/whoami	{"user","via","csrf"?}
 *   POST /api/v1/password	{"old","password"}	one's own; other sessions end
 *   GET  /api/v1/roles		{"roles":[{"name","permissions":[...]}]}
 *   GET  /api/v1/users		limit= after=	{"users":[...],"next_after":ID or null}
 *   POST /api/v1/users		{"name","roles","display"?,"password"?,"totp"?,"groups"?,
 *				"every_group"?,"issuer"?,"subject"?}	201 {"user","totp"?}
 *   GET  /api/v1/users/ID
 *   POST /api/v1/users/ID	what is to change, of the above and "disabled"
 *   GET  /api/v1/tokens	user=ID for who manages users; else one's own
 *   POST /api/v1/tokens	{"name","permissions","expires_in"} (seconds)	201 {"token","secret"}: shown once
 *   DELETE /api/v1/tokens/ID
 *
 * A totp of true gives {"secret","uri"} once, false takes it away. An empty password takes it away. */

#include "weir/console_api/api.h"
#include "weir/console_people/people.h"

#define WEIR_API_PEOPLE_BODY_MAX (16 * 1024)

/* Borrowed for the call. */
struct weir_api_people_call {
	struct weir_people *people;
	const struct weir_principal *by;
	const char *query;
	const char *id; /* the path's last segment */
	const void *body;
	size_t len;
	const char *address; /* where from; "" when not known */
	const char *session; /* of the cookie that came; NULL: none */
	uint64_t now_ns;
};

/* What goes beside the body. */
struct weir_api_people_extra {
	char session[WEIR_SECRET_TEXT]; /* for a cookie; "": none */
	uint32_t retry_after_s;
};

void weir_api_login(const struct weir_api_people_call *call, struct weir_api_people_extra *extra,
		    struct weir_api_reply *reply);
void weir_api_logout(const struct weir_api_people_call *call, struct weir_api_reply *reply);
void weir_api_whoami(const struct weir_api_people_call *call, struct weir_api_reply *reply);
void weir_api_set_password(const struct weir_api_people_call *call, struct weir_api_reply *reply);
void weir_api_list_roles(const struct weir_api_people_call *call, struct weir_api_reply *reply);
void weir_api_list_users(const struct weir_api_people_call *call, struct weir_api_reply *reply);
void weir_api_add_user(const struct weir_api_people_call *call, struct weir_api_reply *reply);
void weir_api_get_user(const struct weir_api_people_call *call, struct weir_api_reply *reply);
void weir_api_change_user(const struct weir_api_people_call *call, struct weir_api_reply *reply);
void weir_api_list_tokens(const struct weir_api_people_call *call, struct weir_api_reply *reply);
void weir_api_add_token(const struct weir_api_people_call *call, struct weir_api_reply *reply);
void weir_api_revoke_token(const struct weir_api_people_call *call, struct weir_api_reply *reply);

#endif
