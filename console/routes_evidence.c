/* SPDX-License-Identifier: Apache-2.0 */
/* Sealed evidence: brought by endpoints, asked for and decided on by people. */

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "routes_agent.h"
#include "weir/base/parse.h"
#include "weir/base/time.h"
#include "weir/console_api/evidence.h"
#include "weir/console_evidence/evidence.h"

/* -EDQUOT and -ENOSPC: there is room again when something was destroyed. */
#define FULL_RETRY_S 3600

static const struct {
	int result;
	unsigned status, retry_after_s;
	const char *code, *message, *hint;
} refusals[] = {
	{-EINVAL, 400, 0, "hash", "the body has another hash than the path says", "send it again"},
	{-EBADMSG, 400, 0, "not_sealed", "the body is not sealed evidence", "seal it"},
	{-E2BIG, 413, 0, "too_large", "the body is too large", "keep less"},
	{-EDQUOT, 429, FULL_RETRY_S, "quota", "this endpoint has brought as much as is kept",
	 "try again later"},
	{-ENOSPC, 503, FULL_RETRY_S, "full", "there is no room for evidence", "try again later"},
};

static void refuse(const struct weir_call *call, int result, struct weir_http_reply *reply)
{
	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
		if (refusals[i].result != result)
			continue;
		weir_http_reply_error(reply, refusals[i].status, refusals[i].code,
				      refusals[i].message, refusals[i].hint);
		reply->retry_after_s = refusals[i].retry_after_s;
		return;
	}
	weir_route_log(call->console, result, "cannot store evidence");
	weir_http_reply_error(reply, 503, "unavailable", "the console cannot store it now",
			      "try again later");
	reply->retry_after_s = 30;
}

static bool is_cms(const struct weir_call *call, struct weir_http_reply *reply)
{
	const char *type = weir_http_header(call->http, "content-type");

	if (type && strcasecmp(type, "application/cms") == 0 &&
	    !weir_http_header(call->http, "content-encoding"))
		return true;
	weir_http_reply_error(reply, 415, "media_type", "the body is not plain CMS",
			      "send application/cms without Content-Encoding");
	return false;
}

static void put_evidence(const struct weir_call *call, struct weir_http_reply *reply)
{
	struct weir_evidence_blob blob = {.data = call->http->body, .len = call->http->len};
	const char *hash = weir_route_last(call);
	struct weir_fleet_identity identity;
	int r;

	if (!weir_route_endpoint(call, &identity, reply) || !is_cms(call, reply))
		return;
	memcpy(blob.agent_uid, identity.uid, sizeof(blob.agent_uid));
	r = weir_unhex(hash, blob.sha256, sizeof(blob.sha256)) == sizeof(blob.sha256)
		    ? weir_evidence_put(call->console->store, &call->console->evidence_room, &blob,
					weir_now_realtime())
		    : -EINVAL;
	if (r < 0)
		refuse(call, r, reply);
	else
		reply->status = r > 0 ? 201 : 200;
}

#define BODY_MAX WEIR_API_EVIDENCE_BODY_MAX

/* clang-format off */
#define CALLS(X) \
	X(GET, "/api/v1/evidence/requests", 0, ALERT_READ, list_evidence) \
	X(POST, "/api/v1/evidence/requests", BODY_MAX, EVIDENCE_REQUEST, ask_evidence) \
	X(GET, "/api/v1/evidence/requests/*", 0, ALERT_READ, get_evidence) \
	X(POST, "/api/v1/evidence/requests/*/approve", BODY_MAX, EVIDENCE_APPROVE, approve_evidence) \
	X(POST, "/api/v1/evidence/requests/*/deny", BODY_MAX, EVIDENCE_APPROVE, deny_evidence) \
	X(GET, "/api/v1/evidence/requests/*/content", 0, EVIDENCE_READ, read_evidence)
/* clang-format on */

CALLS(WEIR_ROUTE_HANDLER)

const struct weir_route weir_routes_evidence[] = {
	{"PUT", "/v1/evidence/*", WEIR_EVIDENCE_SEALED_MAX, WEIR_PERMIT_AGENT, put_evidence},
	CALLS(WEIR_ROUTE_ROW){},
};
