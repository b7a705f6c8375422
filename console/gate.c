/* SPDX-License-Identifier: Apache-2.0 */
#include "gate.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

#include "weir/base/time.h"

/* The prefix makes browsers insist on Secure, on "/" and on no Domain: no other host sets them. A log-in's
 * comes back from another site, by a link; a session's never does. */
static const struct {
	const char *name, *attributes, *lasts;
} cookies[] = {
	[WEIR_COOKIE_SESSION] = {"__Host-weir", "; Path=/; Secure; HttpOnly; SameSite=Strict", ""},
	[WEIR_COOKIE_LOGIN] = {"__Host-weir-login", "; Path=/; Secure; HttpOnly; SameSite=Lax",
			       "; Max-Age=600"},
};

const char *weir_gate_cookie(const struct weir_http_request *request, enum weir_cookie cookie,
			     char buf[static WEIR_SECRET_TEXT])
{
	const char *name = cookies[cookie].name;
	const char *p = weir_http_header(request, "cookie");
	const size_t n = strlen(name);

	while (p) {
		size_t len;

		p += strspn(p, "; ");
		len = strcspn(p, ";");
		if (strncmp(p, name, n) == 0 && p[n] == '=' && len - n - 1 < WEIR_SECRET_TEXT) {
			(void)snprintf(buf, WEIR_SECRET_TEXT, "%.*s", (int)(len - n - 1),
				       p + n + 1);
			return buf;
		}
		p = strchr(p, ';');
	}
	return NULL;
}

int weir_gate_set_cookie(struct weir_http_reply *reply, enum weir_cookie cookie, const char *secret)
{
	char text[WEIR_SECRET_TEXT + 128];

	(void)snprintf(text, sizeof(text), "%s=%s%s%s", cookies[cookie].name, secret,
		       cookies[cookie].attributes, *secret ? cookies[cookie].lasts : "; Max-Age=0");
	return weir_http_reply_header(reply, "Set-Cookie", text);
}

const char *weir_gate_address(const struct weir_http_request *request)
{
	const char *address = weir_http_header(request, "x-real-ip");

	return address ? address : "";
}

/* The token's length is no secret; its bytes are compared in constant time. */
static bool is_developer(const struct weir_routes_context *console, const char *bearer)
{
	const char *token = console->developer_token;

	return token && strlen(bearer) == strlen(token) &&
	       CRYPTO_memcmp(bearer, token, strlen(token)) == 0;
}

/* A page of another site can make a browser send the cookie, but not this header. */
static bool may_use_cookie(const struct weir_http_request *request, const char *session)
{
	const char *csrf = weir_http_header(request, "x-csrf-token");

	return strcmp(request->method, "GET") == 0 || (csrf && weir_csrf_fits(session, csrf));
}

/* 0 also when it is nobody: *principal says. -EPERM: a cookie alone changes nothing. */
static int identify(const struct weir_gate *gate, const struct weir_http_request *request,
		    struct weir_principal *principal)
{
	const uint64_t now_ns = weir_now_realtime();
	char cookie[WEIR_SECRET_TEXT];
	const char *session;
	int r = 0;

	if (request->bearer && is_developer(gate->console, request->bearer)) {
		*principal = weir_principal_developer();
	} else if (request->bearer) {
		r = weir_people_identify(gate->console->people, request->bearer, now_ns, principal);
	} else {
		session = weir_gate_cookie(request, WEIR_COOKIE_SESSION, cookie);
		if (session && !may_use_cookie(request, session))
			r = -EPERM;
		else if (session)
			r = weir_people_identify(gate->console->people, session, now_ns, principal);
	}
	return r == -EACCES ? 0 : r;
}

/* Endpoints show a certificate to nginx, which alone reaches the Unix socket. In the development
 * mode there is neither, and the developer's token stands in. */
static bool may(const struct weir_gate *gate, const struct weir_principal *principal,
		enum weir_permission permission)
{
	if (permission == WEIR_PERMIT_AGENT)
		return !gate->open_network || principal->id == WEIR_PRINCIPAL_DEVELOPER_ID;
	return weir_principal_may(principal, permission);
}

/* Who tries what is not theirs is remembered, a few times a minute; who is nobody is nginx's to log
 * and to slow down. */
static void note(const struct weir_gate *gate, const struct weir_http_request *request)
{
	char object[160];
	int r;

	(void)snprintf(object, sizeof(object), "%s %s", request->method,
		       request->pattern ? request->pattern : "elsewhere");
	r = weir_audit_limit_note(gate->console->refusals, request->caller, object,
				  weir_now_realtime());
	if (r < 0)
		weir_route_log(gate->console, r, "cannot write the audit log");
}

static void refuse(const struct weir_gate *gate, const struct weir_http_request *request,
		   struct weir_http_reply *reply)
{
	const struct weir_principal *principal = request->caller;

	if (principal->id == 0) {
		weir_http_reply_error(reply, 401, "unauthorized",
				      "the bearer token is missing or wrong",
				      "send Authorization: Bearer with a token of the console");
		return;
	}
	note(gate, request);
	weir_http_reply_error(reply, 403, "forbidden", "this is not yours to do",
			      "ask an administrator for a role that may");
}

/* The same for who is bound to groups of endpoints. */
static bool in_bounds(const struct weir_gate *gate, enum weir_permission permission,
		      const struct weir_http_request *request, struct weir_http_reply *reply)
{
	if (!weir_permission_is_whole_fleet(permission) ||
	    !weir_principal_is_bound(request->caller))
		return true;
	note(gate, request);
	weir_http_reply_error(reply, 403, "groups",
			      "this is of the whole fleet, and you are bound to groups of it",
			      "ask somebody who sees every group");
	return false;
}

static void fail(const struct weir_gate *gate, int error, struct weir_http_reply *reply)
{
	if (error == -EPERM) {
		weir_http_reply_error(reply, 403, "csrf",
				      "a change by cookie needs the session's X-CSRF-Token",
				      "whoami tells it");
		return;
	}
	weir_route_log(gate->console, error, "cannot tell who calls");
	weir_http_reply_error(reply, 503, "unavailable", "the console cannot tell who calls",
			      "try again");
	reply->retry_after_s = 5;
}

bool weir_gate_admit(void *data, const struct weir_http_route *route,
		     const struct weir_http_request *request, struct weir_http_reply *reply)
{
	const struct weir_gate *gate = data;
	enum weir_permission permission =
		route ? weir_routes_row(route)->permission : WEIR_PERMIT_PERSON;
	int r;

	if (permission == WEIR_PERMIT_PUBLIC)
		return true;
	r = identify(gate, request, request->caller);
	if (r < 0) {
		fail(gate, r, reply);
		return false;
	}
	if (may(gate, request->caller, permission))
		return in_bounds(gate, permission, request, reply);
	refuse(gate, request, reply);
	return false;
}
