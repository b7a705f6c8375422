/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "internal.h"
#include "weir/evidence/sealed.h"

#define KERNEL_CHANNELS                                                      \
	((1 << WEIR_ABI_CHANNEL_REMOVABLE) | (1 << WEIR_ABI_CHANNEL_SHARE) | \
	 (1 << WEIR_ABI_CHANNEL_NETWORK))

/* An earlier rule for everything that takes all this one could get. */
static const struct rule *hidden_by(const struct weir_policy *policy, unsigned index)
{
	const struct rule *rule = &policy->rules[index];
	const struct group_set none = {0};

	for (unsigned i = 0; i < index; i++) {
		const struct rule *other = &policy->rules[i];

		if (other->any_content && !other->has_to && !(rule->channels & ~other->channels) &&
		    memcmp(&other->not_to, &none, sizeof(none)) == 0)
			return other;
	}
	return NULL;
}

/* An earlier rule that may let the same content through. Rules for named targets are left to the
 * kernel form of those. */
static const struct rule *weakened_by(const struct weir_policy *policy, unsigned index)
{
	const struct rule *rule = &policy->rules[index];

	for (unsigned i = 0; i < index; i++) {
		const struct rule *other = &policy->rules[i];

		/* After a warning another holds; a block would leave no room for the reason. */
		if (action_refuses(other->action) ||
		    (other->action == WEIR_ACTION_WARN && rule->action == WEIR_ACTION_WARN))
			continue;
		if (!other->any_content && !other->has_to &&
		    other->channels & rule->channels & KERNEL_CHANNELS)
			return other;
	}
	return NULL;
}

static bool counted_in_kernel(const struct rule *rule, const struct weir_policy *policy)
{
	const uint64_t slots = (1 << KERNEL_SLOTS) - 1;
	bool ret = rule->class >= 0 && policy->classes[rule->class].detectors & slots;

	for (unsigned i = 0; i < rule->limits.n; i++)
		ret |= rule->limits.list[i].number < KERNEL_SLOTS;
	for (unsigned i = 0; i < rule->share.n; i++)
		ret |= (policy->classes[rule->share.list[i].number].detectors & slots) != 0;
	return ret;
}

/* Why the kernel cannot hold a refusing rule about content, as far as the rule itself goes. */
static bool warn_content(const struct weir_policy *policy, const struct rule *rule,
			 struct weir_error *ret)
{
	const struct class *class = rule->class < 0 ? NULL : &policy->classes[rule->class];
	bool held = false;

	for (unsigned slot = 0; slot < KERNEL_SLOTS; slot++)
		held |= kernel_limit(policy, rule, slot) > 0;
	if (held || rule->any_content)
		return false;
	if (rule->customers) {
		(void)weir_error_set(ret, 0, 0, 0,
				     "rule \"%s\" is held by user space alone: the kernel does not "
				     "see which values belong to one customer",
				     rule->id);
		weir_error_hint(ret,
				"a rule before it with class and distinct lets the kernel act");
	} else if (!counted_in_kernel(rule, policy)) {
		(void)weir_error_set(
			ret, 0, 0, 0,
			"rule \"%s\" is held by user space alone: the kernel counts no "
			"detector of %s%s%s",
			rule->id, class ? "class \"" : "its sum", class ? class->name : "",
			class ? "\"" : "");
		weir_error_hint(ret, "the kernel counts cn_resident_id and payment_card");
	} else if (class && class->min_confidence > KERNEL_CONFIDENCE) {
		(void)weir_error_set(
			ret, 0, 0, 0,
			"rule \"%s\" is held by user space alone: class \"%s\" asks for "
			"more confidence than a check digit gives",
			rule->id, class->name);
		weir_error_hint(ret, "min_confidence of at most %d lets the kernel act",
				KERNEL_CONFIDENCE);
	} else {
		(void)weir_error_set(ret, 0, 0, 0,
				     "rule \"%s\" is held by user space alone: no count of one "
				     "detector with a check digit decides it",
				     rule->id);
		weir_error_hint(ret,
				"what limits counts must be in a class, and min_confidence at "
				"most %d, for the kernel to act",
				KERNEL_CONFIDENCE);
	}
	return true;
}

/* Of a kind of target for which the kernel can't hold it beside what a pass leaves. */
static bool without_pass(const struct weir_policy *policy, unsigned index)
{
	for (unsigned i = 1; i < WEIR_ABI_PROFILE_SELFTEST; i++)
		if (policy->profile_used[i] && !policy->profile_after[i] &&
		    !policy->profile_passed[i] && bit_get(policy->profiles[i].rules, index) &&
		    kernel_warns(policy, &policy->profiles[i]))
			return true;
	return false;
}

static bool warn_rule(const struct weir_policy *policy, unsigned index, struct weir_error *ret)
{
	const struct rule *rule = &policy->rules[index];
	const struct rule *other = hidden_by(policy, index);

	if (other) {
		(void)weir_error_set(ret, 0, 0, 0,
				     "rule \"%s\" is never reached: \"%s\" takes all before it",
				     rule->id, other->id);
		return true;
	}
	if (!action_stops(rule->action) || !(rule->channels & KERNEL_CHANNELS))
		return false;
	/* Over several files only user space counts: that is no surprise. */
	if (rule->within >= 0)
		return false;
	other = weakened_by(policy, index);
	if (!other && rule->action == WEIR_ACTION_WARN && without_pass(policy, index)) {
		(void)weir_error_set(ret, 0, 0, 0,
				     "rule \"%s\" is held by user space alone for some targets: "
				     "the kernel's profiles are used up",
				     rule->id);
		weir_error_hint(ret, "a rule of warn takes a second profile for each kind of "
				     "target");
		return true;
	}
	if (!other)
		return warn_content(policy, rule, ret);
	(void)weir_error_set(ret, 0, 0, 0,
			     "rule \"%s\" is held by user space alone: \"%s\" before it may let "
			     "the same content through",
			     rule->id, other->id);
	weir_error_hint(ret, "put refusing rules first");
	return true;
}

static bool warn_group(const struct weir_policy *policy, unsigned index, struct weir_error *ret)
{
	const struct group *group = &policy->groups[index];

	if (group->n_names == 0)
		return false;
	(void)weir_error_set(
		ret, 0, 0, 0,
		"group \"%s\": names are kept as documentation, nothing matches by them",
		group->name);
	weir_error_hint(ret, "add the address beside the name, as in \"192.0.2.7:22\"");
	return true;
}

static bool warn_device(const struct weir_policy *policy, unsigned index, struct weir_error *ret)
{
	const struct device_rule *rule = &policy->devices[index];

	for (unsigned i = 0; i < index; i++) {
		const struct device_rule *other = &policy->devices[i];

		if (!device_rule_takes_all(other) || rule->classes & ~other->classes)
			continue;
		(void)weir_error_set(
			ret, 0, 0, 0,
			"device rule \"%s\" is never reached: \"%s\" takes all before it", rule->id,
			other->id);
		return true;
	}
	return false;
}

static bool warn_evidence(const struct weir_policy *policy, struct weir_error *ret)
{
	if (!policy->recipients || weir_recipients_count(policy->recipients) > 1)
		return false;
	(void)weir_error_set(ret, 0, 0, 0,
			     "evidence has one recipient: what is sealed to a lost key stays shut");
	weir_error_hint(ret, "name a second one");
	return true;
}

bool weir_policy_warning(const struct weir_policy *policy, unsigned i, struct weir_error *ret)
{
	struct weir_error found = {0};
	unsigned seen = 0;

	for (unsigned g = 0; g < policy->n_groups; g++)
		if (warn_group(policy, g, &found) && seen++ == i)
			goto out;
	for (unsigned r = 0; r < policy->n_rules; r++)
		if (warn_rule(policy, r, &found) && seen++ == i)
			goto out;
	for (unsigned d = 0; d < policy->n_devices; d++)
		if (warn_device(policy, d, &found) && seen++ == i)
			goto out;
	if (warn_evidence(policy, &found) && seen++ == i)
		goto out;
	for (unsigned f = 0; f < policy->n_first_opens; f++)
		if (warn_first_open(policy, f, &found) && seen++ == i)
			goto out;
	return false;
out:
	*ret = found;
	return true;
}
