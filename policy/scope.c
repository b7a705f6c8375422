/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the translation of first-match rules into what one kernel profile can say: a limit for each
 * counted detector, and an action each for content over it, for what can't be read, for lost state
 * and for opening. The kernel refuses at the moment a limit is reached, before it knows what else a
 * flow will show; so a refusing rule is only handed to it when no earlier rule for the same target
 * could let the flow through. */
#include <string.h>

#include "internal.h"
#include "weir/base/macros.h"

struct builder {
	uint32_t block[KERNEL_SLOTS], audit[KERNEL_SLOTS]; /* limits, 0: none */
	uint16_t block_rule[KERNEL_SLOTS];
	uint16_t unscannable_rule, failure_rule,
		open_rule;	      /* open, failure: NO_RULE when not refused */
	enum weir_action unscannable; /* 0: not said yet */
	bool passed;		      /* a pass was used: what warns lets through */
	bool permissive;	      /* an earlier rule may let the content through */
	bool warned;		      /* an earlier rule may want a reason for it */
};

static bool refuses(const struct builder *b, enum weir_action action)
{
	return action_stops(action) && !(b->passed && action == WEIR_ACTION_WARN);
}

/* May the kernel refuse for a rule of this action, whatever else the flow will show? */
static bool held(const struct builder *b, enum weir_action action)
{
	return refuses(b, action) && !b->permissive && !(b->warned && action_refuses(action));
}

struct scope scope_of(const struct weir_policy *policy, unsigned channel,
		      const struct group_set *groups)
{
	struct scope ret = {0};

	for (unsigned i = 0; i < policy->n_rules; i++) {
		if (!rule_applies(&policy->rules[i], channel, groups))
			continue;
		bit_set(ret.rules, i);
		if (policy->rules[i].any_content)
			break;
	}
	for (unsigned i = 0; i < policy->n_grants; i++)
		if (policy->grants[i].channel == channel &&
		    bit_get(groups->words, policy->grants[i].to))
			bit_set(ret.grants, i);
	return ret;
}

static bool class_has_slot(const struct class *class, unsigned slot)
{
	return class->detectors >> slot & 1 && class->min_confidence <= KERNEL_CONFIDENCE;
}

static void lower(uint32_t *limit, uint32_t to)
{
	if (*limit == 0 || to < *limit)
		*limit = to;
}

static void set_unscannable(struct builder *b, enum weir_action action, uint16_t index)
{
	if (b->unscannable)
		return;
	b->unscannable = refuses(b, action) && !held(b, action) ? WEIR_ACTION_AUDIT : action;
	b->unscannable_rule = index;
}

static void set_failure(struct builder *b, const struct rule *rule, uint16_t index)
{
	if (rule->closed && refuses(b, rule->action) && b->failure_rule == NO_RULE)
		b->failure_rule = index;
}

static uint32_t class_limit(const struct weir_policy *policy, const struct rule *rule,
			    unsigned slot)
{
	return class_has_slot(&policy->classes[rule->class], slot) ? rule->distinct : 0;
}

/* Only of a detector that some class has: a grant must be able to speak for it. */
static uint32_t limits_limit(const struct weir_policy *policy, const struct rule *rule,
			     unsigned slot)
{
	bool classed = false;

	if (rule->min_confidence > KERNEL_CONFIDENCE)
		return 0;
	for (unsigned i = 0; i < policy->n_classes; i++)
		classed |= class_has_slot(&policy->classes[i], slot);
	for (unsigned i = 0; i < rule->limits.n && classed; i++)
		if (rule->limits.list[i].number == slot)
			return rule->limits.list[i].limit;
	return 0;
}

static uint32_t share_limit(const struct weir_policy *policy, const struct rule *rule,
			    unsigned slot)
{
	uint32_t ret = 0;

	for (unsigned i = 0; i < rule->share.n; i++)
		if (class_has_slot(&policy->classes[rule->share.list[i].number], slot))
			lower(&ret, rule->share.list[i].limit);
	return ret;
}

uint32_t kernel_limit(const struct weir_policy *policy, const struct rule *rule, unsigned slot)
{
	uint32_t ret = 0;
	const struct {
		bool asked;
		uint32_t (*limit)(const struct weir_policy *, const struct rule *, unsigned);
	} parts[] = {
		{rule->class >= 0, class_limit},
		{rule->limits.n > 0, limits_limit},
		{rule->share.n > 0, share_limit},
	};

	/* What came in other files it does not know. */
	if (rule->customers || rule->within >= 0)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		uint32_t limit = parts[i].asked ? parts[i].limit(policy, rule, slot) : 0;

		if (parts[i].asked && limit == 0)
			return 0;
		ret = WEIR_MAX(ret, limit);
	}
	return ret;
}

/* What the kernel cannot add up it reports from the first value on. */
static uint32_t audit_limit(const struct weir_policy *policy, const struct rule *rule,
			    unsigned slot)
{
	uint32_t limit = kernel_limit(policy, rule, slot);

	if (rule->within >= 0) /* known when the file is closed */
		return 0;
	if (!rule->customers && !rule->limits.n && !rule->share.n)
		return limit;
	for (unsigned i = 0; i < policy->n_classes && limit == 0; i++)
		limit = class_has_slot(&policy->classes[i], slot);
	return limit ? 1 : 0;
}

static void add_content(struct builder *b, const struct weir_policy *policy, uint16_t index)
{
	const struct rule *rule = &policy->rules[index];

	for (unsigned slot = 0; slot < KERNEL_SLOTS; slot++) {
		uint32_t limit = held(b, rule->action) ? kernel_limit(policy, rule, slot) : 0;

		if (limit == 0) {
			limit = audit_limit(policy, rule, slot);
			if (limit && rule->action != WEIR_ACTION_ALLOW)
				lower(&b->audit[slot], limit);
		} else if (b->block[slot] == 0 || limit < b->block[slot]) {
			b->block[slot] = limit;
			b->block_rule[slot] = index;
		}
	}
	if (rule->on_unscannable)
		set_unscannable(b, rule->on_unscannable, index);
	set_failure(b, rule, index);
	b->permissive |= !refuses(b, rule->action);
	b->warned |= rule->action == WEIR_ACTION_WARN;
}

static void add_audit_of_classes(struct builder *b, const struct weir_policy *policy)
{
	for (unsigned slot = 0; slot < KERNEL_SLOTS; slot++)
		for (unsigned i = 0; i < policy->n_classes; i++)
			if (class_has_slot(&policy->classes[i], slot))
				lower(&b->audit[slot], 1);
}

/* The rule that takes all that came so far; index NO_RULE for the default. */
static void add_last(struct builder *b, const struct weir_policy *policy, uint16_t index)
{
	const struct rule *rule = index == NO_RULE ? NULL : &policy->rules[index];
	enum weir_action action = rule ? rule->action : WEIR_ACTION_AUDIT;

	set_unscannable(b, action, index);
	if (action == WEIR_ACTION_ALLOW)
		return;
	add_audit_of_classes(b, policy);
	if (rule)
		set_failure(b, rule, index);
	if (!held(b, action))
		return;
	b->open_rule = index;
	for (unsigned slot = 0; slot < KERNEL_SLOTS; slot++)
		if (b->block[slot] == 0) {
			b->block[slot] = 1;
			b->block_rule[slot] = index;
		}
}

/* Whatever this detector finds is covered: every class that it makes is in the grant. */
static bool grant_covers_slot(const struct weir_policy *policy, const struct grant *grant,
			      unsigned slot)
{
	bool any = false;

	for (unsigned i = 0; i < policy->n_classes; i++) {
		if (!class_has_slot(&policy->classes[i], slot))
			continue;
		if (!(grant->classes >> i & 1))
			return false;
		any = true;
	}
	return any;
}

static void add_grant(struct builder *b, const struct weir_policy *policy,
		      const struct grant *grant)
{
	b->open_rule = NO_RULE;
	for (unsigned slot = 0; slot < KERNEL_SLOTS; slot++) {
		if (!grant_covers_slot(policy, grant, slot))
			continue;
		b->block[slot] = 0;
		b->block_rule[slot] = NO_RULE;
		b->audit[slot] = 1;
	}
}

static uint8_t kernel_action(const struct builder *b, enum weir_action action)
{
	if (action == WEIR_ACTION_ALLOW)
		return WEIR_ABI_ACTION_ALLOW;
	if (!refuses(b, action))
		return WEIR_ABI_ACTION_AUDIT;
	return action == WEIR_ACTION_WARN ? WEIR_ABI_ACTION_WARN : WEIR_ABI_ACTION_BLOCK;
}

static uint8_t action_of_rule(const struct builder *b, const struct weir_policy *policy,
			      uint16_t index)
{
	return index == NO_RULE ? WEIR_ABI_ACTION_ALLOW
				: kernel_action(b, policy->rules[index].action);
}

static void finish(const struct builder *b, const struct weir_policy *policy,
		   struct kernel_profile *ret)
{
	struct weir_abi_profile *abi = &ret->abi;
	uint8_t block = WEIR_ABI_ACTION_ALLOW;
	bool audit = false;

	*ret = (struct kernel_profile){.unscannable_rule = b->unscannable_rule,
				       .failure_rule = b->failure_rule,
				       .open_rule = b->open_rule};
	for (unsigned slot = 0; slot < _WEIR_ABI_DET_MAX; slot++)
		ret->limit_rule[slot] = slot < KERNEL_SLOTS ? b->block_rule[slot] : NO_RULE;
	for (unsigned slot = 0; slot < KERNEL_SLOTS; slot++) {
		if (b->block[slot])
			block = WEIR_MAX(block, action_of_rule(b, policy, b->block_rule[slot]));
		audit |= b->audit[slot] > 0;
	}
	memcpy(abi->limit, block ? b->block : b->audit, sizeof(b->block));
	abi->action = block ? block : audit ? WEIR_ABI_ACTION_AUDIT : WEIR_ABI_ACTION_ALLOW;
	abi->on_unscannable = kernel_action(b, b->unscannable);
	abi->on_failure = action_of_rule(b, policy, b->failure_rule);
	if (!abi->on_failure && (block || audit))
		abi->on_failure = WEIR_ABI_ACTION_AUDIT;
	abi->on_open = action_of_rule(b, policy, b->open_rule);
}

void scope_profile(const struct weir_policy *policy, const struct scope *scope, bool passed,
		   uint64_t now_ns, struct kernel_profile *ret)
{
	struct builder b = {.passed = passed,
			    .block_rule = {NO_RULE, NO_RULE},
			    .unscannable_rule = NO_RULE,
			    .failure_rule = NO_RULE,
			    .open_rule = NO_RULE};
	uint16_t last = NO_RULE;

	for (uint16_t i = 0; i < policy->n_rules && last == NO_RULE; i++) {
		if (!bit_get(scope->rules, i))
			continue;
		if (policy->rules[i].any_content)
			last = i;
		else
			add_content(&b, policy, i);
	}
	add_last(&b, policy, last);
	for (unsigned i = 0; i < policy->n_grants; i++)
		if (bit_get(scope->grants, i) &&
		    (now_ns == ALL_GRANTS || grant_valid(&policy->grants[i], now_ns)))
			add_grant(&b, policy, &policy->grants[i]);
	finish(&b, policy, ret);
}
