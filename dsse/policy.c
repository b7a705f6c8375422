/* SPDX-License-Identifier: Apache-2.0 */
/* Owns: the form and the bounds of a signed policy's payload, and whom it is for. Must not look into the policy. */

#include "weir/dsse/policy.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "weir/base/parse.h"
#include "weir/base/time.h"
#include "weir/v1/envelope.pb-c.h"

#define SCHEMA	      1
#define VERSION_PARTS 3

static bool name_valid(const char *name)
{
	size_t len =
		strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

	return name[len] == '\0' && len > 0 && len <= WEIR_SIGNED_POLICY_NAME_MAX;
}

/* "1.2.3"; what follows a '-' is not compared. */
static bool parse_version(const char *text, uint32_t ret[static VERSION_PARTS])
{
	for (size_t i = 0; i < VERSION_PARTS; i++) {
		char part[12];
		size_t len = strcspn(text, i + 1 < VERSION_PARTS ? "." : "-");

		if (len >= sizeof(part))
			return false;
		memcpy(part, text, len);
		part[len] = '\0';
		if (weir_parse_u32(part, &ret[i]) < 0 || (i + 1 < VERSION_PARTS && !text[len]))
			return false;
		text += len + (text[len] != '\0');
	}
	return true;
}

static bool valid(const struct weir_signed_policy *p)
{
	uint32_t version[VERSION_PARTS];

	return name_valid(p->tenant) && (!p->group[0] || name_valid(p->group)) && p->revision > 0 &&
	       p->revision <= INT64_MAX && p->expires_s > p->not_before_s &&
	       p->expires_s - p->not_before_s <= WEIR_SIGNED_POLICY_VALID_MAX_S &&
	       p->expires_s <= INT64_MAX &&
	       (!p->min_agent[0] || parse_version(p->min_agent, version)) && p->policy_len > 0 &&
	       p->cases_len <= WEIR_SIGNED_POLICY_CASES_MAX;
}

static ProtobufCBinaryData bytes(const void *data, size_t len)
{
	return (ProtobufCBinaryData){.len = len, .data = (uint8_t *)data};
}

int weir_signed_policy_encode(const struct weir_signed_policy *policy, struct weir_buf *buf)
{
	Weir__V1__PolicyPayload message;

	if (!valid(policy))
		return -EINVAL;
	weir__v1__policy_payload__init(&message);
	message.schema = SCHEMA;
	message.tenant = (char *)policy->tenant;
	message.group = (char *)policy->group;
	message.revision = policy->revision;
	message.not_before_s = policy->not_before_s;
	message.expires_s = policy->expires_s;
	message.min_agent = (char *)policy->min_agent;
	if (policy->has_prev)
		message.prev_sha256 = bytes(policy->prev_sha256, WEIR_SHA256_LEN);
	message.policy = bytes(policy->policy, policy->policy_len);
	message.cases = bytes(policy->cases, policy->cases_len);
	return weir_wire_pack(&message.base, buf);
}

static int take(const Weir__V1__PolicyPayload *from, struct weir_signed_policy *ret)
{
	struct weir_signed_policy policy = {
		.tenant = from->tenant,
		.group = from->group,
		.revision = from->revision,
		.not_before_s = from->not_before_s,
		.expires_s = from->expires_s,
		.min_agent = from->min_agent,
		.has_prev = from->prev_sha256.len > 0,
		.policy = from->policy.data,
		.policy_len = from->policy.len,
		.cases = from->cases.data,
		.cases_len = from->cases.len,
	};

	if (from->schema != SCHEMA || from->base.n_unknown_fields > 0 ||
	    (policy.has_prev && from->prev_sha256.len != WEIR_SHA256_LEN) || !valid(&policy))
		return -EBADMSG;
	if (policy.has_prev)
		memcpy(policy.prev_sha256, from->prev_sha256.data, WEIR_SHA256_LEN);
	*ret = policy;
	return 0;
}

int weir_signed_policy_decode(const void *payload, size_t len, struct weir_wire **ret_wire,
			      struct weir_signed_policy *ret)
{
	struct weir_wire *wire _cleanup_(weir_wire_freep) = NULL;
	int r = weir_wire_unpack(&weir__v1__policy_payload__descriptor, payload, len, &wire);

	if (r >= 0)
		r = take(weir_wire_message(wire), ret);
	if (r < 0)
		return r;
	*ret_wire = TAKE_PTR(wire);
	return 0;
}

static bool is_older(const char *version, const char *min)
{
	uint32_t have[VERSION_PARTS], want[VERSION_PARTS];

	if (!min[0])
		return false;
	if (!parse_version(version, have) || !parse_version(min, want))
		return true;
	for (size_t i = 0; i < VERSION_PARTS; i++)
		if (have[i] != want[i])
			return have[i] < want[i];
	return false;
}

static int out_of_time(const struct weir_signed_policy *policy, uint64_t now_s,
		       struct weir_error *reterr)
{
	bool early = now_s < policy->not_before_s;
	char text[WEIR_TIME_TEXT];

	weir_time_format((early ? policy->not_before_s : policy->expires_s) * WEIR_NSEC_PER_SEC,
			 text);
	return weir_error_set(reterr, early ? -EAGAIN : -EKEYEXPIRED, 0, 0, "%s %s",
			      early ? "it does not hold before" : "it expired at", text);
}

int weir_signed_policy_fits(const struct weir_signed_policy *policy,
			    const struct weir_signed_policy_agent *agent, uint64_t now_s,
			    struct weir_error *reterr)
{
	if (strcmp(policy->tenant, agent->tenant) != 0 ||
	    (policy->group[0] && strcmp(policy->group, agent->group) != 0))
		return weir_error_set(reterr, -ENODEV, 0, 0,
				      "it is for tenant \"%s\", group \"%s\"", policy->tenant,
				      policy->group);
	if (is_older(agent->version, policy->min_agent))
		return weir_error_set(reterr, -EPROTONOSUPPORT, 0, 0,
				      "it needs an agent of version %s", policy->min_agent);
	if (policy->revision <= agent->revision)
		return weir_error_set(reterr, -ESTALE, 0, 0,
				      "its revision %" PRIu64 " is not above %" PRIu64,
				      policy->revision, agent->revision);
	if (now_s < policy->not_before_s || now_s >= policy->expires_s)
		return out_of_time(policy, now_s, reterr);
	return 0;
}
