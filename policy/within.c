/* SPDX-License-Identifier: Apache-2.0 */
/* What the files before one add to its counts. */
#include "weir/policy/within.h"

#include "internal.h"
#include "weir/base/macros.h"

uint32_t weir_policy_within(const struct weir_policy *policy, unsigned i)
{
	return i < policy->n_within ? policy->within[i] : 0;
}

uint64_t weir_policy_within_detectors(const struct weir_policy *policy)
{
	uint64_t ret = 0;

	for (unsigned i = 0; i < policy->n_rules; i++)
		if (policy->rules[i].within >= 0)
			ret |= policy->rules[i].counted;
	return ret;
}

/* The number of times is checked. */
static int8_t number_of(struct weir_policy *policy, uint32_t seconds)
{
	unsigned i = 0;

	while (i < policy->n_within && policy->within[i] != seconds)
		i++;
	if (i == policy->n_within)
		policy->within[policy->n_within++] = seconds;
	return (int8_t)i;
}

void take_within(struct weir_policy *policy, struct rule *rule, uint32_t seconds)
{
	rule->within = -1;
	if (seconds == 0)
		return;
	rule->within = number_of(policy, seconds);
	if (rule->class >= 0)
		rule->counted |= policy->classes[rule->class].detectors;
	for (unsigned i = 0; i < rule->limits.n; i++)
		rule->counted |= UINT64_C(1) << rule->limits.list[i].number;
	for (unsigned i = 0; i < rule->share.n; i++)
		rule->counted |= policy->classes[rule->share.list[i].number].detectors;
}

static const struct weir_within *before(const struct rule *rule,
					const struct weir_policy_input *input)
{
	return rule->within >= 0 && input->within ? &input->within[rule->within] : NULL;
}

bool within_brings(const struct rule *rule, const struct weir_policy_input *input)
{
	const struct weir_within *sum = before(rule, input);

	if (rule->within < 0)
		return true;
	if (sum)
		return (sum->fresh & rule->counted) != 0;
	for (unsigned d = 0; input->findings && d < WEIR_FINDINGS_DETECTORS; d++)
		if (rule->counted >> d & 1 && input->findings->distinct[d] > 0)
			return true;
	return false;
}

uint64_t within_others(const struct rule *rule, const struct weir_policy_input *input,
		       unsigned detector, uint8_t min_confidence)
{
	const struct weir_within *sum = before(rule, input);
	const unsigned step = min_confidence <= 50 ? 0 : (min_confidence - 50U + 4U) / 5U;

	if (!sum || step >= WEIR_CONFIDENCE_STEPS)
		return 0;
	return sum->others_from[detector][step];
}
