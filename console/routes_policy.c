/* SPDX-License-Identifier: Apache-2.0 */
#include "routes.h"

#define SMALL	4096
#define VERSION (8 * 1024 * 1024) /* a source and cases, as JSON */
#define SIGNED	(2 * WEIR_DSSE_BYTES_MAX + 1024)

/* It reads many events: one at a time, so that it never takes all threads. */
static void post_simulate(const struct weir_call *call, struct weir_http_reply *reply)
{
	if (pthread_mutex_trylock(&call->console->simulating) != 0) {
		weir_http_reply_error(reply, 429, "busy", "another simulation is running",
				      "try again in some seconds");
		reply->retry_after_s = 5;
		return;
	}
	weir_route_serve(call, weir_api_simulate_version, reply);
	pthread_mutex_unlock(&call->console->simulating);
}

/* clang-format off */
#define CALLS(X) \
	X(GET, "/api/v1/policy/versions", 0, POLICY_READ, list_versions) \
	X(POST, "/api/v1/policy/versions", VERSION, POLICY_WRITE, add_version) \
	X(GET, "/api/v1/policy/versions/*", 0, POLICY_READ, get_version) \
	X(GET, "/api/v1/policy/versions/*/diff", 0, POLICY_READ, compare_versions) \
	X(POST, "/api/v1/policy/versions/*/diff", VERSION, POLICY_READ, compare_source) \
	X(POST, "/api/v1/policy/versions/*/again", SMALL, POLICY_WRITE, again_version) \
	X(POST, "/api/v1/policy/versions/*/sign", SIGNED, POLICY_READ, sign_version) \
	X(POST, "/api/v1/policy/versions/*/publish", SMALL, POLICY_PUBLISH, publish_version) \
	X(POST, "/api/v1/policy/versions/*/withdraw", SMALL, POLICY_WRITE, withdraw_version) \
	X(POST, "/api/v1/policy/versions/*/promote", SMALL, POLICY_PUBLISH, promote_version) \
	X(POST, "/api/v1/policy/versions/*/halt", SMALL, POLICY_PUBLISH, halt_version) \
	X(GET, "/api/v1/policy/keys", 0, POLICY_READ, list_keys) \
	X(POST, "/api/v1/policy/keys", SMALL, POLICY_READ, add_key) \
	X(POST, "/api/v1/policy/keys/*/approve", SMALL, USER_MANAGE, approve_key) \
	X(POST, "/api/v1/policy/keys/*/revoke", SMALL, USER_MANAGE, revoke_key) \
	X(GET, "/api/v1/register/entries", 0, REGISTER_READ, list_entries) \
	X(POST, "/api/v1/register/entries", SMALL, REGISTER_WRITE, add_entry) \
	X(GET, "/api/v1/register/entries/*", 0, REGISTER_READ, get_entry) \
	X(POST, "/api/v1/register/entries/*/approve", SMALL, REGISTER_APPROVE, approve_entry) \
	X(POST, "/api/v1/register/entries/*/refuse", SMALL, REGISTER_APPROVE, refuse_entry) \
	X(POST, "/api/v1/register/entries/*/end", SMALL, REGISTER_WRITE, end_entry)
/* clang-format on */

CALLS(WEIR_ROUTE_HANDLER)

/* Who signs is told by the key: whoever brings a signature needs to read the policy alone. */
const struct weir_route weir_routes_policy[] = {
	CALLS(WEIR_ROUTE_ROW){"POST", "/api/v1/policy/versions/*/simulate", SMALL,
			      WEIR_PERMIT_POLICY_READ, post_simulate},
	{},
};
