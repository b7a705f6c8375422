/* SPDX-License-Identifier: Apache-2.0 */
#include "gate.h"

#include <openssl/crypto.h>
#include <string.h>

/* The token's length is no secret; its bytes are compared in constant time. */
static bool is_developer(const struct weir_routes_context *console, const char *bearer)
{
	const char *token = console->developer_token;

	return token && bearer && strlen(bearer) == strlen(token) &&
	       CRYPTO_memcmp(bearer, token, strlen(token)) == 0;
}

static void identify(const struct weir_gate *gate, const struct weir_http_request *request,
		     struct weir_principal *principal)
{
	if (is_developer(gate->console, request->bearer))
		*principal = weir_principal_developer();
}

/* Endpoints show a certificate to nginx, which alone reaches the Unix socket. In the development
 * mode there is neither, and the developer's token stands in. */
static bool may(const struct weir_gate *gate, const struct weir_principal *principal,
		enum weir_permission permission)
{
	if (permission == WEIR_PERMIT_PUBLIC)
		return true;
	if (permission == WEIR_PERMIT_AGENT)
		return !gate->open_network || principal->id == WEIR_PRINCIPAL_DEVELOPER_ID;
	return weir_principal_may(principal, permission);
}

bool weir_gate_admit(void *data, const struct weir_http_route *route,
		     const struct weir_http_request *request, struct weir_http_reply *reply)
{
	const struct weir_gate *gate = data;
	struct weir_principal *principal = request->caller;
	enum weir_permission permission =
		route ? weir_routes_row(route)->permission : WEIR_PERMIT_PERSON;

	identify(gate, request, principal);
	if (may(gate, principal, permission))
		return true;
	if (principal->id)
		weir_http_reply_error(reply, 403, "forbidden", "this is not yours to do",
				      "ask an administrator for a role that may");
	else
		weir_http_reply_error(reply, 401, "unauthorized",
				      "the bearer token is missing or wrong",
				      "send Authorization: Bearer with a token of the console");
	return false;
}
