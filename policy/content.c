/* SPDX-License-Identifier: Apache-2.0 */
#include "content.h"

#include "weir/base/macros.h"
#include "weir/findings/detectors.h"

_Static_assert(WEIR_DETECTOR_COUNT + WEIR_CUSTOM_MAX <= WEIR_FINDINGS_DETECTORS,
	       "findings hold every detector");

bool cause_is_unseen(enum weir_abi_cause cause)
{
	return cause == WEIR_ABI_CAUSE_UNREADABLE || cause == WEIR_ABI_CAUSE_TOO_LONG ||
	       cause == WEIR_ABI_CAUSE_OPAQUE || cause == WEIR_ABI_CAUSE_NO_STATE;
}

/* A label speaks for the flow when the flow showed some of its kind or could not be read. */
static uint32_t kernel_count(const struct weir_event *event, unsigned slot)
{
	bool label = event->distinct[slot] > 0 || event->cause == WEIR_ABI_CAUSE_LABEL ||
		     cause_is_unseen(event->cause);

	return label ? WEIR_MAX(event->distinct[slot], event->labelled[slot])
		     : event->distinct[slot];
}

static uint64_t class_count(const struct class *class, const struct weir_findings *findings)
{
	uint64_t count = 0;

	for (unsigned d = 0; d < WEIR_FINDINGS_DETECTORS; d++)
		if (class->detectors >> d & 1)
			count += weir_findings_distinct(findings, d, class->min_confidence);
	return count;
}

static uint64_t class_count_kernel(const struct class *class, const struct weir_event *event)
{
	uint64_t count = 0;

	if (class->min_confidence > KERNEL_CONFIDENCE)
		return 0;
	for (unsigned slot = 0; slot < _WEIR_ABI_DET_MAX; slot++)
		if (class->detectors >> slot & 1)
			count += kernel_count(event, slot);
	return count;
}

struct content content_of(const struct weir_policy *policy, const struct weir_policy_input *input)
{
	const struct weir_findings *findings = input->findings;
	struct content ret = {.input = input};

	if (findings) {
		ret.complete = findings->status == WEIR_SCAN_COMPLETE;
		ret.unseen = !ret.complete;
		ret.failed = findings->status == WEIR_SCAN_ERROR;
	} else {
		ret.unseen = cause_is_unseen(input->event->cause);
		ret.complete = !ret.unseen;
		ret.failed = input->event->cause == WEIR_ABI_CAUSE_NO_STATE;
	}
	for (unsigned i = 0; i < policy->n_classes; i++) {
		if (findings)
			ret.counts[i] = class_count(&policy->classes[i], findings);
		if (!ret.complete || !findings)
			ret.counts[i] =
				WEIR_MAX(ret.counts[i],
					 class_count_kernel(&policy->classes[i], input->event));
		if (ret.counts[i] > 0)
			ret.classes |= UINT64_C(1) << i;
	}
	return ret;
}

uint64_t detector_count(const struct content *content, unsigned detector, uint8_t min_confidence)
{
	const struct weir_policy_input *input = content->input;
	uint64_t count = 0;

	if (input->findings)
		count = weir_findings_distinct(input->findings, detector, min_confidence);
	if ((!content->complete || !input->findings) && detector < _WEIR_ABI_DET_MAX &&
	    min_confidence <= KERNEL_CONFIDENCE)
		count = WEIR_MAX(count, (uint64_t)kernel_count(input->event, detector));
	return count;
}

/* Of a detector what other files have brought, for a rule that counts them. */
static uint64_t others(const struct rule *rule, const struct content *content, unsigned detector,
		       uint8_t min_confidence)
{
	if (content->any_before && rule->within >= 0)
		return MAX_DISTINCT;
	return within_others(rule, content->input, detector, min_confidence);
}

static uint64_t class_total(const struct weir_policy *policy, const struct rule *rule,
			    const struct content *content, unsigned number)
{
	const struct class *class = &policy->classes[number];
	uint64_t count = content->counts[number];

	for (unsigned d = 0; rule->within >= 0 && d < WEIR_FINDINGS_DETECTORS; d++)
		if (class->detectors >> d & 1)
			count += others(rule, content, d, class->min_confidence);
	return count;
}

/* Exact: each part below its limit is less than the whole, and MAX_LIMITS wholes fit. */
static bool add_up(const struct portions *portions, const uint64_t *counts)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < portions->n; i++) {
		if (counts[i] >= portions->list[i].limit)
			return true;
		sum += counts[i] * portions->list[i].weight;
	}
	return sum >= portions->whole;
}

/* What the parts of a sum come to. */
static void limit_counts(const struct rule *rule, const struct content *content,
			 uint64_t ret[static MAX_LIMITS])
{
	for (unsigned i = 0; i < rule->limits.n; i++) {
		const unsigned d = rule->limits.list[i].number;

		ret[i] = detector_count(content, d, rule->min_confidence) +
			 others(rule, content, d, rule->min_confidence);
	}
}

static void share_counts(const struct weir_policy *policy, const struct rule *rule,
			 const struct content *content, uint64_t ret[static MAX_LIMITS])
{
	for (unsigned i = 0; i < rule->share.n; i++)
		ret[i] = class_total(policy, rule, content, rule->share.list[i].number);
}

bool content_holds(const struct weir_policy *policy, const struct rule *rule,
		   const struct content *content)
{
	const struct weir_findings *findings = content->input->findings;
	uint64_t counts[MAX_LIMITS];

	if (!within_brings(rule, content->input))
		return false;
	if (rule->class >= 0 &&
	    class_total(policy, rule, content, (unsigned)rule->class) < rule->distinct)
		return false;
	if (rule->customers && (!findings || findings->customers < rule->customers))
		return false;
	limit_counts(rule, content, counts);
	if (rule->limits.n && !add_up(&rule->limits, counts))
		return false;
	share_counts(policy, rule, content, counts);
	return !rule->share.n || add_up(&rule->share, counts);
}

uint64_t counted_within(const struct weir_policy *policy, const struct rule *rule,
			const struct content *content)
{
	uint64_t counts[MAX_LIMITS], ret = 0;
	const unsigned n = rule->limits.n ? rule->limits.n : rule->share.n;

	if (rule->class >= 0)
		return class_total(policy, rule, content, (unsigned)rule->class);
	if (rule->limits.n)
		limit_counts(rule, content, counts);
	else
		share_counts(policy, rule, content, counts);
	for (unsigned i = 0; i < n; i++)
		ret += counts[i];
	return ret;
}

uint64_t weir_policy_classes(const struct weir_policy *policy, const struct weir_findings *findings)
{
	uint64_t ret = 0;

	for (unsigned i = 0; i < policy->n_classes; i++)
		if (class_count(&policy->classes[i], findings) > 0)
			ret |= UINT64_C(1) << i;
	return ret;
}
