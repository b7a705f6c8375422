/* SPDX-License-Identifier: Apache-2.0 */
/* What the policy wants sealed, and for whom. */
#include <errno.h>
#include <string.h>

#include "internal.h"
#include "weir/evidence/sealed.h"

int take_evidence(struct weir_policy *policy, const Weir__V1__Policy *wire)
{
	const Weir__V1__PolicyEvidence *from = wire->evidence;
	int r = from ? weir_recipients_new(&policy->recipients) : 0;

	for (size_t i = 0; from && r == 0 && i < from->n_recipients; i++)
		r = weir_recipients_add(policy->recipients, from->recipients[i],
					strlen(from->recipients[i]));
	if (!from || r < 0)
		return r;
	policy->evidence_bytes = (uint32_t)from->max_bytes;
	policy->evidence_rules = from->rules;
	policy->n_evidence_rules = from->n_rules;
	return 0;
}

struct weir_recipients *weir_policy_recipients(const struct weir_policy *policy)
{
	return policy->recipients;
}

uint32_t weir_policy_evidence_bytes(const struct weir_policy *policy)
{
	return policy->evidence_bytes;
}

bool weir_policy_keeps_evidence(const struct weir_policy *policy,
				const struct weir_verdict *verdict)
{
	if (!policy->recipients || !verdict->alert)
		return false;
	for (size_t i = 0; i < policy->n_evidence_rules; i++)
		if (strcmp(policy->evidence_rules[i], verdict->rule) == 0)
			return true;
	return policy->n_evidence_rules == 0;
}
