/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_GATE_H
#define WEIR_CONSOLE_GATE_H

/* Asked about every call before its body is read: who calls, and may they. */

#include "routes.h"
#include "weir/console_people/secret.h"

/* One server's side of it. Borrowed by the server. */
struct weir_gate {
	struct weir_routes_context *console;
	bool open_network; /* not behind nginx: nobody has checked an endpoint's certificate */
};

enum weir_cookie {
	WEIR_COOKIE_SESSION,
	WEIR_COOKIE_LOGIN, /* of a log-in that an identity provider has part in */
};

/* The secret of a cookie that came; NULL: none. */
const char *weir_gate_cookie(const struct weir_http_request *request, enum weir_cookie cookie,
			     char buf[static WEIR_SECRET_TEXT]);
/* Makes the reply set the cookie; "" takes it away. */
int weir_gate_set_cookie(struct weir_http_reply *reply, enum weir_cookie cookie,
			 const char *secret) _must_use_;

/* Where the call comes from, as nginx says; "" when nobody says. */
const char *weir_gate_address(const struct weir_http_request *request);

/* For struct weir_http_options, with caller_size = sizeof(struct weir_principal). */
bool weir_gate_admit(void *gate, const struct weir_http_route *route,
		     const struct weir_http_request *request, struct weir_http_reply *reply);

#endif
