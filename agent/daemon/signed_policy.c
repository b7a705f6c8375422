/* SPDX-License-Identifier: Apache-2.0 */
/* Owns: the order of the questions. Nothing is decoded before its signatures hold, nothing is compiled that is not for this host. */

#include "signed_policy.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "weir/daemon/policy_store.h"
#include "weir/dsse/policy.h"
#include "weir/policy/cases.h"

static int refuse_signatures(int error, const struct signed_policy_rules *rules,
			     struct weir_error *reterr)
{
	if (error == -EKEYREJECTED)
		return weir_error_set(reterr, error, 0, 0,
				      "fewer than %u of this host's %zu keys have signed it",
				      rules->threshold, weir_dsse_keys_count(rules->keys));
	return weir_error_set(reterr, error, 0, 0, "it is no signed policy");
}

/* What the policy is told to decide, decided. */
struct trial {
	char first[128];
};

static void note_case(void *context, const struct weir_policy_case *result)
{
	struct trial *trial = context;

	if (!result->met && !trial->first[0])
		(void)snprintf(trial->first, sizeof(trial->first), "%s", result->name);
}

static int try_cases(const struct weir_policy *policy, const struct weir_signed_policy *from,
		     struct weir_error *reterr)
{
	struct trial trial = {0};
	int n = from->cases_len > 0 ? weir_policy_cases(policy, from->cases, from->cases_len,
							note_case, &trial, reterr)
				    : 0;

	if (n > 0)
		return weir_error_set(reterr, -EINVAL, 0, 0,
				      "it does not decide as its case \"%s\" says", trial.first);
	return n;
}

static int make(const struct weir_signed_policy *from, struct weir_policy **ret,
		struct weir_error *reterr)
{
	struct weir_policy *policy _cleanup_(weir_policy_freep) = NULL;
	int r = weir_policy_store_make(from->policy, from->policy_len, &policy, reterr);

	if (r >= 0 && weir_policy_revision(policy) != from->revision)
		r = weir_error_set(reterr, -EBADMSG, 0, 0,
				   "the envelope is of revision %" PRIu64
				   ", the policy in it of %" PRIu64,
				   from->revision, weir_policy_revision(policy));
	if (r >= 0)
		r = try_cases(policy, from, reterr);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(policy);
	return 0;
}

/* One that was taken over before is asked for its audience alone: a group may have been given another name since. */
static int fits(const struct weir_signed_policy *policy, const struct signed_policy_rules *rules,
		struct weir_error *reterr)
{
	const struct weir_signed_policy_agent agent = {
		.tenant = rules->tenant,
		.group = rules->group,
		.version = WEIR_VERSION,
		.revision = rules->now_s > 0 ? rules->revision : 0,
	};

	return weir_signed_policy_fits(
		policy, &agent, rules->now_s > 0 ? rules->now_s : policy->not_before_s, reterr);
}

void signed_policy_facts_done(struct signed_policy_facts *facts)
{
	weir_buf_done(&facts->compiled);
}

int signed_policy_make(const struct signed_policy_rules *rules, const void *data, size_t len,
		       struct weir_policy **ret, struct signed_policy_facts *ret_facts,
		       struct weir_error *reterr)
{
	struct weir_dsse *envelope _cleanup_(weir_dsse_freep) = NULL;
	struct weir_wire *wire _cleanup_(weir_wire_freep) = NULL;
	struct weir_buf compiled _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_DSSE_BYTES_MAX);
	struct weir_signed_policy policy;
	const void *payload;
	size_t payload_len;
	int r = weir_dsse_open(data, len, WEIR_SIGNED_POLICY_TYPE, rules->keys, rules->threshold,
			       &envelope);

	if (r < 0)
		return refuse_signatures(r, rules, reterr);
	payload = weir_dsse_payload(envelope, &payload_len);
	r = weir_signed_policy_decode(payload, payload_len, &wire, &policy);
	if (r < 0)
		return weir_error_set(reterr, r, 0, 0, "what was signed is no policy");
	r = fits(&policy, rules, reterr);
	if (r >= 0)
		r = weir_buf_append(&compiled, policy.policy, policy.policy_len);
	if (r >= 0)
		r = make(&policy, ret, reterr);
	if (r < 0)
		return r;
	*ret_facts = (struct signed_policy_facts){
		.revision = policy.revision, .expires_s = policy.expires_s, .compiled = compiled};
	compiled = WEIR_BUF_INIT(0);
	return 0;
}
