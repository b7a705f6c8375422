/* SPDX-License-Identifier: Apache-2.0 */
/* What endpoints call: enrolment, heartbeats, policies. Who they are is what nginx says of the
 * certificate that it has checked; nginx overwrites these headers whatever the endpoint sent. */

#include "routes_agent.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "weir/base/parse.h"
#include "weir/base/time.h"

static const char protobuf_type[] = "application/x-protobuf";

static void refuse_identity(const struct weir_call *call, int error, struct weir_http_reply *reply)
{
	if (error == -EACCES) {
		weir_http_reply_error(reply, 401, "certificate",
				      "the client certificate is missing, unknown or revoked",
				      "enroll this endpoint");
		return;
	}
	weir_route_log(call->console, error, "cannot tell who an endpoint is");
	weir_http_reply_error(reply, 503, "unavailable", "the console cannot answer now",
			      "try again later");
	reply->retry_after_s = 30;
}

int weir_route_identify(const struct weir_call *call, struct weir_fleet_identity *ret,
			struct weir_http_reply *reply)
{
	const struct weir_fleet_shown shown = {
		.verify = weir_http_header(call->http, "x-client-verify"),
		.serial = weir_http_header(call->http, "x-client-serial"),
		.dn = weir_http_header(call->http, "x-client-dn"),
	};
	int r;

	if (!shown.verify)
		return 0;
	r = weir_fleet_identify(call->console->fleet, &shown, ret);
	if (r == 0)
		return 1;
	refuse_identity(call, r, reply);
	return r;
}

int weir_route_identify_trusted(const struct weir_call *call, struct weir_fleet_identity *ret,
				struct weir_http_reply *reply)
{
	int r = weir_route_identify(call, ret, reply);

	if (r <= 0 || ret->state != WEIR_FLEET_QUARANTINED)
		return r;
	weir_http_reply_error(reply, 403, "quarantined",
			      "this endpoint's identity is in doubt; a person has to approve it",
			      "tell an administrator: weirctl endpoint approve");
	reply->retry_after_s = 60;
	return -EPERM;
}

bool weir_route_endpoint(const struct weir_call *call, struct weir_fleet_identity *ret,
			 struct weir_http_reply *reply)
{
	int r = weir_route_identify_trusted(call, ret, reply);

	if (r == 0)
		refuse_identity(call, -EACCES, reply);
	return r == 1;
}

static bool is_protobuf(const struct weir_call *call, struct weir_http_reply *reply)
{
	const char *type = weir_http_header(call->http, "content-type");
	const char *encoding = weir_http_header(call->http, "content-encoding");

	if (type && strcasecmp(type, protobuf_type) == 0 &&
	    (!encoding || strcasecmp(encoding, "identity") == 0))
		return true;
	weir_http_reply_error(reply, 415, "media_type", "the body is not plain protobuf",
			      "send application/x-protobuf without Content-Encoding");
	return false;
}

static void give(const struct weir_call *call, struct weir_fleet_reply *result,
		 struct weir_http_reply *reply)
{
	if (result->error)
		weir_route_log(call->console, result->error, "cannot answer an endpoint");
	reply->retry_after_s = result->retry_after_s;
	if (result->code) {
		weir_http_reply_error(reply, result->status, result->code, result->message,
				      result->hint);
		weir_buf_done(&result->body);
		return;
	}
	reply->status = result->status;
	reply->content_type = protobuf_type;
	weir_buf_done(&reply->body);
	reply->body = result->body;
}

/* All endpoints together are bounded like one person: who holds a stolen key may ask for ever. */
static void note(const struct weir_call *call, const struct weir_fleet_identity *identity,
		 const struct weir_fleet_reply *result)
{
	const struct weir_principal by = {.name = "endpoint"};
	char uid[WEIR_UID_TEXT], object[80];
	int r;

	weir_uid_format(identity->uid, uid);
	(void)snprintf(object, sizeof(object), "%s of endpoint %s", result->code, uid);
	r = weir_audit_limit_note(call->console->refusals, &by, object, weir_now_realtime());
	if (r < 0)
		weir_route_log(call->console, r, "cannot write the audit log");
}

static void post_enroll(const struct weir_call *call, struct weir_http_reply *reply)
{
	const struct weir_fleet_message message = {
		.body = call->http->body,
		.len = call->http->len,
	};
	struct weir_fleet_reply result = {.body = WEIR_BUF_INIT(WEIR_FLEET_REPLY_MAX)};

	if (!is_protobuf(call, reply))
		return;
	weir_fleet_enroll(call->console->fleet, call->http->bearer, &message, &result);
	give(call, &result, reply);
}

/* "Prefer: wait=50" in nanoseconds; 0 when it is not asked for. */
static uint64_t read_wait(const struct weir_call *call)
{
	const char *prefer = weir_http_header(call->http, "prefer");
	uint32_t seconds;

	if (!prefer || strncasecmp(prefer, "wait=", 5) != 0 ||
	    weir_parse_u32(prefer + 5, &seconds) < 0)
		return 0;
	return WEIR_MIN(seconds * WEIR_NSEC_PER_SEC, WEIR_HTTP_WAIT_MAX);
}

static void post_opamp(const struct weir_call *call, struct weir_http_reply *reply)
{
	const uint64_t wait_ns = read_wait(call);
	const struct weir_fleet_message message = {
		.body = call->http->body,
		.len = call->http->len,
		.again = call->http->again,
		.may_wait = wait_ns && !call->http->last,
	};
	struct weir_fleet_reply result = {.body = WEIR_BUF_INIT(WEIR_FLEET_REPLY_MAX)};
	struct weir_fleet_identity identity;
	int r = weir_route_identify(call, &identity, reply);

	if (r == 0)
		refuse_identity(call, -EACCES, reply);
	if (r <= 0 || !is_protobuf(call, reply))
		return;
	weir_fleet_opamp(call->console->fleet, &identity, &message, &result);
	if (result.suspicious)
		note(call, &identity, &result);
	if (result.wait)
		reply->wait_ns = wait_ns;
	else
		give(call, &result, reply);
}

/* Public: whoever enrolls compares its hash with the pin in the token before believing it. */
static void get_ca(const struct weir_call *call, struct weir_http_reply *reply)
{
	if (weir_buf_puts(&reply->body, weir_ca_pem(weir_fleet_ca(call->console->fleet))) < 0)
		return;
	reply->status = 200;
	reply->content_type = "application/x-pem-file";
}

/* nginx asks this before it gives out what it keeps. */
static void get_standing(const struct weir_call *call, struct weir_http_reply *reply)
{
	struct weir_fleet_identity identity;

	if (weir_route_endpoint(call, &identity, reply))
		reply->status = 204;
}

/* What it says never changes and is signed, so nginx may keep it. */
static void get_policy(const struct weir_call *call, struct weir_http_reply *reply)
{
	const struct weir_fleet_offers *offers = call->console->offers;
	uint8_t hash[WEIR_FLEET_HASH_LEN];
	struct weir_fleet_identity identity;
	int r;

	if (!weir_route_endpoint(call, &identity, reply))
		return;
	r = weir_unhex(weir_route_last(call), hash, sizeof(hash)) == sizeof(hash) && offers
		    ? offers->read(offers->context, hash, &reply->body)
		    : -ENOENT;
	if (r == 0)
		r = weir_http_reply_header(reply, "Cache-Control", "max-age=86400, immutable");
	if (r == 0) {
		reply->status = 200;
		reply->content_type = "application/vnd.weir.policy+dsse";
		return;
	}
	if (r != -ENOENT)
		weir_route_log(call->console, r, "cannot read a policy");
	weir_http_reply_error(reply, r == -ENOENT ? 404 : 503,
			      r == -ENOENT ? "no_such_policy" : "unavailable",
			      "this policy cannot be had", "ask for what was offered");
}

const struct weir_route weir_routes_agent[] = {
	{"GET", "/v1/ca", 0, WEIR_PERMIT_PUBLIC, get_ca},
	{"POST", "/v1/enroll", WEIR_FLEET_MESSAGE_MAX, WEIR_PERMIT_PUBLIC, post_enroll},
	{"POST", "/v1/opamp", WEIR_FLEET_MESSAGE_MAX, WEIR_PERMIT_AGENT, post_opamp},
	{"GET", "/v1/standing", 0, WEIR_PERMIT_AGENT, get_standing},
	{"GET", "/v1/policy/*", 0, WEIR_PERMIT_AGENT, get_policy},
	{},
};
