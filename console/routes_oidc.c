/* SPDX-License-Identifier: Apache-2.0 */
/* The two calls that a browser makes to log in by an identity provider. Each is answered by sending it
 * somewhere: what it is told on the way stands in the answer's body. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "gate.h"
#include "routes.h"
#include "weir/base/time.h"

static void fail(const struct weir_call *call, int error, uint32_t wait_s,
		 struct weir_http_reply *reply)
{
	if (error == -EACCES) {
		weir_http_reply_error(reply, 401, "login", "the log-in was refused",
				      "begin again; the reason is in the audit log");
	} else if (error == -EAGAIN) {
		weir_http_reply_error(reply, 429, "wait", "too many attempts", "try again later");
		reply->retry_after_s = wait_s ? wait_s : 1;
	} else if (error == -EHOSTUNREACH) {
		weir_http_reply_error(reply, 502, "provider",
				      "the identity provider does not answer as it should",
				      "see the console's log");
	} else {
		weir_route_log(call->console, error, "cannot log in by the identity provider");
		weir_http_reply_error(reply, 503, "unavailable", "the console can't log in now",
				      "try again");
		reply->retry_after_s = 5;
	}
}

/* False when there is no provider; *reply says so. */
static bool has_provider(const struct weir_call *call, struct weir_http_reply *reply)
{
	if (call->console->oidc)
		return true;
	weir_http_reply_error(reply, 404, "not_found", "there is no identity provider",
			      "log in by POST /api/v1/login");
	return false;
}

static void send_to(const struct weir_call *call, const char *location, enum weir_cookie cookie,
		    const char *secret, struct weir_http_reply *reply)
{
	int r = weir_gate_set_cookie(reply, cookie, secret);

	if (r == 0)
		r = weir_http_reply_header(reply, "Location", location);
	if (r == 0)
		r = weir_http_reply_header(reply, "Referrer-Policy", "no-referrer");
	if (r < 0)
		fail(call, r, 0, reply);
	else
		reply->status = 303;
}

static void get_login(const struct weir_call *call, struct weir_http_reply *reply)
{
	struct weir_buf location _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_OIDC_LOCATION_MAX);
	char secret[WEIR_SECRET_TEXT] = "";
	int r;

	if (!has_provider(call, reply))
		return;
	r = weir_oidc_begin(call->console->oidc, weir_now_realtime(), secret, &location);
	if (r < 0)
		fail(call, r, 0, reply);
	else
		send_to(call, location.data, WEIR_COOKIE_LOGIN, secret, reply);
	explicit_bzero(secret, sizeof(secret));
}

static void get_callback(const struct weir_call *call, struct weir_http_reply *reply)
{
	char cookie[WEIR_SECRET_TEXT], session[WEIR_SECRET_TEXT] = "";
	const struct weir_oidc_return back = {
		.query = call->http->query,
		.cookie = weir_gate_cookie(call->http, WEIR_COOKIE_LOGIN, cookie),
		.address = weir_gate_address(call->http),
	};
	struct weir_principal principal = {};
	const char *why;
	uint32_t wait_s;
	int r;

	if (!has_provider(call, reply))
		return;
	r = weir_oidc_finish(call->console->oidc, &back, weir_now_realtime(), session, &principal,
			     &wait_s, &why);
	if (r < 0)
		fail(call, r, wait_s, reply);
	else
		send_to(call, weir_oidc_landing(call->console->oidc), WEIR_COOKIE_SESSION, session,
			reply);
	if (r == 0 && weir_gate_set_cookie(reply, WEIR_COOKIE_LOGIN, "") < 0)
		fail(call, -ENOMEM, 0, reply);
	explicit_bzero(session, sizeof(session));
}

const struct weir_route weir_routes_oidc[] = {
	{"GET", "/api/v1/oidc/login", 0, WEIR_PERMIT_PUBLIC, get_login},
	{"GET", "/api/v1/oidc/callback", 0, WEIR_PERMIT_PUBLIC, get_callback},
	{},
};
