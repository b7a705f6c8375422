/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the decision itself. Nothing here may look at a clock, a file or a map: everything comes in
 * through the input. */

#include "content.h"

struct target {
	unsigned channel;
	struct group_set groups;
};

struct outcome {
	const struct rule *rule; /* NULL: the default */
	enum weir_action action;
	bool unscannable;
	bool over_limit; /* a content condition held */
};

static struct target target_of(const struct weir_policy *policy,
			       const struct weir_policy_input *input)
{
	const struct weir_event *event = input->event;
	struct target ret = {.channel = (unsigned)event->channel};

	if (event->channel == WEIR_ABI_CHANNEL_NETWORK)
		ret.groups = groups_of_host(policy, event->remote.addr, event->remote.port);
	else
		ret.groups = groups_of_device(policy, input->device);
	return ret;
}

/* True when the rule decides; fills *ret then. */
static bool try_rule(const struct weir_policy *policy, const struct rule *rule,
		     const struct content *content, struct outcome *ret)
{
	if (rule->any_content || content_holds(policy, rule, content)) {
		*ret = (struct outcome){rule, rule->action, false, !rule->any_content};
		return true;
	}
	if (!content->unseen)
		return false;
	if (content->failed && rule->closed && action_stops(rule->action)) {
		*ret = (struct outcome){rule, rule->action, true, false};
		return true;
	}
	if (!rule->on_unscannable)
		return false;
	*ret = (struct outcome){rule, rule->on_unscannable, true, false};
	return true;
}

static struct outcome first_match(const struct weir_policy *policy, const struct target *target,
				  const struct content *content)
{
	struct outcome ret = {.action = WEIR_ACTION_AUDIT};

	for (unsigned i = 0; i < policy->n_rules; i++)
		if (rule_applies(&policy->rules[i], target->channel, &target->groups) &&
		    try_rule(policy, &policy->rules[i], content, &ret))
			return ret;
	ret.unscannable = content->unseen;
	return ret;
}

/* What a rule counted by detector must be of a class that the grant names. */
static bool grant_covers_limits(const struct weir_policy *policy, const struct grant *grant,
				const struct rule *rule, const struct content *content)
{
	for (unsigned i = 0; rule && i < rule->limits.n; i++) {
		unsigned d = rule->limits.list[i].number;
		bool covered = detector_count(content, d, rule->min_confidence) == 0;

		for (unsigned c = 0; c < policy->n_classes && !covered; c++)
			covered = content->classes & grant->classes & UINT64_C(1) << c &&
				  policy->classes[c].detectors >> d & 1;
		if (!covered)
			return false;
	}
	return true;
}

static bool grant_reaches(const struct grant *grant, const struct target *target, uint64_t now_ns)
{
	return grant->channel == target->channel && bit_get(target->groups.words, grant->to) &&
	       grant_valid(grant, now_ns);
}

/* The sharing register speaks for content that was seen whole. Content without a class needs no
 * grant, except where the rules would refuse the recipient whatever is sent. */
static const struct grant *find_grant(const struct weir_policy *policy, const struct target *target,
				      const struct content *content, const struct outcome *outcome,
				      uint64_t now_ns)
{
	if (!content->complete || (!content->classes && !action_stops(outcome->action)))
		return NULL;
	for (unsigned i = 0; i < policy->n_grants; i++) {
		const struct grant *grant = &policy->grants[i];

		if (grant_reaches(grant, target, now_ns) && !(content->classes & ~grant->classes) &&
		    grant_covers_limits(policy, grant, outcome->rule, content))
			return grant;
	}
	return NULL;
}

static bool abi_refuses(uint8_t action)
{
	return action == WEIR_ABI_ACTION_BLOCK || action == WEIR_ABI_ACTION_WARN;
}

static uint16_t unscannable_rule(const struct kernel_profile *profile)
{
	return abi_refuses(profile->abi.on_unscannable) ? profile->unscannable_rule : NO_RULE;
}

static uint16_t lowest_over_limit(const struct kernel_profile *profile,
				  const uint32_t counts[static _WEIR_ABI_DET_MAX])
{
	uint16_t ret = NO_RULE;

	if (!abi_refuses(profile->abi.action))
		return NO_RULE;
	for (unsigned slot = 0; slot < KERNEL_SLOTS; slot++)
		if (profile->abi.limit[slot] && counts[slot] >= profile->abi.limit[slot])
			ret = WEIR_MIN(ret, profile->limit_rule[slot]);
	return ret;
}

/* Any rule by which this profile refuses something. */
static uint16_t first_refusing(const struct kernel_profile *profile)
{
	uint16_t ret = profile->open_rule;

	ret = WEIR_MIN(ret, unscannable_rule(profile));
	for (unsigned slot = 0; slot < KERNEL_SLOTS; slot++)
		if (abi_refuses(profile->abi.action))
			ret = WEIR_MIN(ret, profile->limit_rule[slot]);
	return ret;
}

static uint16_t rule_of_cause(const struct kernel_profile *profile, const struct weir_event *event)
{
	uint16_t rule = NO_RULE;

	switch (event->cause) {
	case WEIR_ABI_CAUSE_UNREADABLE:
	case WEIR_ABI_CAUSE_TOO_LONG:
	case WEIR_ABI_CAUSE_OPAQUE:
		return unscannable_rule(profile);
	case WEIR_ABI_CAUSE_NO_STATE:
		return profile->failure_rule;
	case WEIR_ABI_CAUSE_OPEN:
		return profile->open_rule;
	case WEIR_ABI_CAUSE_DEVICE: /* a way past the files, where the content can't be told */
		return first_refusing(profile);
	case WEIR_ABI_CAUSE_LABEL:
		return lowest_over_limit(profile, event->labelled);
	case WEIR_ABI_CAUSE_CONTENT:
		return lowest_over_limit(profile, event->distinct);
	default: /* closed by an earlier verdict, which was one of those above */
		rule = lowest_over_limit(profile, event->distinct);
		if (rule == NO_RULE)
			rule = lowest_over_limit(profile, event->labelled);
		return rule == NO_RULE ? unscannable_rule(profile) : rule;
	}
}

/* The kernel has refused already: which rule did it hold? When the policy changed in between, no
 * rule may be found; the fact stands all the same. */
static struct outcome attribute(const struct weir_policy *policy,
				const struct weir_policy_input *input, const struct target *target,
				const struct content *content)
{
	const struct weir_event *event = input->event;
	struct outcome ret;
	enum weir_action action =
		event->action == WEIR_ABI_ACTION_WARN ? WEIR_ACTION_WARN : WEIR_ACTION_BLOCK;
	struct kernel_profile profile;
	struct scope scope;
	uint16_t rule;

	if (event->profile < WEIR_ABI_PROFILES && policy->profile_used[event->profile]) {
		kernel_profile(policy, event->profile, input->now_ns, &profile);
	} else {
		scope = scope_of(policy, target->channel, &target->groups);
		scope_profile(policy, &scope, action != WEIR_ACTION_WARN, input->now_ns, &profile);
	}
	rule = rule_of_cause(&profile, event);
	if (rule == NO_RULE) {
		ret = first_match(policy, target, content);
		if (!action_stops(ret.action))
			ret = (struct outcome){0};
	} else {
		ret = (struct outcome){.rule = &policy->rules[rule]};
	}
	ret.action = action;
	ret.unscannable = cause_is_unseen(event->cause);
	return ret;
}

/* The device itself is refused, or let go: the content does not matter. */
static bool decided_by_device(const struct weir_policy *policy,
			      const struct weir_policy_input *input, struct weir_verdict *ret)
{
	const struct weir_event *event = input->event;
	struct weir_device_verdict device = weir_policy_device(policy, input->device);
	bool refused = event->action == WEIR_ABI_ACTION_BLOCK;

	if (event->channel != WEIR_ABI_CHANNEL_REMOVABLE || !*device.rule ||
	    event->action == WEIR_ABI_ACTION_WARN)
		return false;
	if (device.action == WEIR_DEVICE_CONTENT ||
	    (device.action == WEIR_DEVICE_ALLOW && refused) ||
	    (refused && event->cause != WEIR_ABI_CAUSE_DEVICE &&
	     event->cause != WEIR_ABI_CAUSE_OPEN))
		return false;
	*ret = (struct weir_verdict){
		.action =
			device.action == WEIR_DEVICE_ALLOW ? WEIR_ACTION_ALLOW : WEIR_ACTION_BLOCK,
		.rule = device.rule,
		.message_zh = device.message_zh,
		.message_en = device.message_en,
		.grant = "",
		.alert = device.action != WEIR_DEVICE_ALLOW,
		.refused = device.action != WEIR_DEVICE_ALLOW,
	};
	return true;
}

struct weir_verdict weir_policy_decide(const struct weir_policy *policy,
				       const struct weir_policy_input *input)
{
	const struct weir_event *event = input->event;
	struct target target = target_of(policy, input);
	struct content content = content_of(policy, input);
	const struct grant *grant = NULL;
	struct weir_verdict by_device;
	struct outcome outcome;
	bool within;

	if (decided_by_device(policy, input, &by_device)) {
		by_device.classes = content.classes;
		return by_device;
	}
	if (abi_refuses((uint8_t)event->action)) {
		outcome = attribute(policy, input, &target, &content);
	} else if (event->channel == WEIR_ABI_CHANNEL_NETWORK &&
		   host_exempt(policy, event->remote.addr, event->remote.port)) {
		outcome = (struct outcome){.action = WEIR_ACTION_ALLOW};
	} else {
		outcome = first_match(policy, &target, &content);
		grant = find_grant(policy, &target, &content, &outcome, input->now_ns);
		if (grant)
			outcome = (struct outcome){.action = WEIR_ACTION_ALLOW};
	}
	within = outcome.over_limit && outcome.rule->within >= 0;
	return (struct weir_verdict){
		.action = outcome.action,
		.rule = outcome.rule ? outcome.rule->id : "",
		.message_zh = outcome.rule ? outcome.rule->message_zh : "",
		.message_en = outcome.rule ? outcome.rule->message_en : "",
		.grant = grant ? grant->id : "",
		.classes = content.classes,
		.alert = outcome.action >= WEIR_ACTION_WARN ||
			 (outcome.over_limit && outcome.action != WEIR_ACTION_ALLOW),
		.unscannable = outcome.unscannable,
		.refused = action_refuses(outcome.action) ||
			   (outcome.action == WEIR_ACTION_WARN && !input->passed),
		.within_seconds = within ? policy->within[outcome.rule->within] : 0,
		.within_values = within ? counted_within(policy, outcome.rule, &content) : 0,
	};
}

/* What is known of content by what it holds at least and at most. */
struct range {
	struct target target;
	struct content low, high;
	uint64_t now_ns;
};

static bool any_grant_reaches(const struct weir_policy *policy, const struct range *range)
{
	for (unsigned i = 0; i < policy->n_grants; i++)
		if (grant_reaches(&policy->grants[i], &range->target, range->now_ns))
			return true;
	return false;
}

/* Where the classes are the same at both ends, they are in between; and what keeps a grant from speaking for the low end (values that
 * it does not cover) keeps it from all. Where they are not, any grant may speak. */
static unsigned with_grants(const struct weir_policy *policy, const struct range *range,
			    const struct outcome *outcome)
{
	const unsigned as_ruled = 1U << outcome->action, allowed = 1U << WEIR_ACTION_ALLOW;
	const struct grant *low, *high;

	if (!any_grant_reaches(policy, range))
		return as_ruled;
	if (range->low.classes != range->high.classes ||
	    range->low.complete != range->high.complete)
		return as_ruled | allowed;
	low = find_grant(policy, &range->target, &range->low, outcome, range->now_ns);
	high = find_grant(policy, &range->target, &range->high, outcome, range->now_ns);
	return (low ? allowed : as_ruled) | (high ? allowed : as_ruled);
}

/* A condition on content that holds at the low end holds in all of the range, and one that does not at the high end in none of it: so
 * rules that hold at the high end alone may decide, the first at the low end does at the latest. */
static unsigned actions_between(const struct weir_policy *policy, const struct range *range)
{
	const struct outcome none = {.action = WEIR_ACTION_AUDIT};
	unsigned ret = 0;

	for (unsigned i = 0; i < policy->n_rules; i++) {
		const struct rule *rule = &policy->rules[i];
		struct outcome low, high;
		bool sure;

		if (!rule_applies(rule, range->target.channel, &range->target.groups))
			continue;
		/* It may also have come before, all of it. */
		sure = try_rule(policy, rule, &range->low, &low) &&
		       (rule->within < 0 || low.unscannable);
		if (!(sure && !low.unscannable) && try_rule(policy, rule, &range->high, &high) &&
		    !high.unscannable)
			ret |= with_grants(policy, range, &high);
		if (sure)
			return ret | with_grants(policy, range, &low);
	}
	return ret | with_grants(policy, range, &none);
}

unsigned weir_policy_between(const struct weir_policy *policy, const struct weir_policy_input *low,
			     const struct weir_policy_input *high)
{
	const struct weir_event *event = low->event;
	struct range range = {.target = target_of(policy, low),
			      .low = content_of(policy, low),
			      .high = content_of(policy, high),
			      .now_ns = low->now_ns};
	struct weir_verdict by_device;

	range.high.any_before = true;
	if (decided_by_device(policy, low, &by_device))
		return 1U << by_device.action;
	if (event->channel == WEIR_ABI_CHANNEL_NETWORK &&
	    host_exempt(policy, event->remote.addr, event->remote.port))
		return 1U << WEIR_ACTION_ALLOW;
	return actions_between(policy, &range);
}
