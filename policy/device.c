/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the rules for devices: which one holds for a device, and what the kernel is to do before anybody
 * has told it. */
#include <string.h>

#include "internal.h"
#include "names.h"

static bool pattern_matches(const char *pattern, const char *text)
{
	return !*pattern || glob_match(pattern, text);
}

/* Hexadecimal digits in either case; ids come from sysfs in small letters. */
static bool id_matches(const char *pattern, const char *id)
{
	char small[sizeof(((struct weir_device *)0)->vendor_id)];
	size_t n = 0;

	for (; pattern[n] && n + 1 < sizeof(small); n++)
		small[n] = pattern[n] >= 'A' && pattern[n] <= 'F' ? (char)(pattern[n] + 32)
								  : pattern[n];
	small[n] = '\0';
	return pattern_matches(small, id);
}

static bool rule_matches(const struct weir_policy *policy, const struct device_rule *rule,
			 const struct weir_device *device)
{
	struct group_set groups;

	if (!(device->interfaces & rule->classes) ||
	    (rule->encrypted && (rule->encrypted == ENCRYPTED_YES) != device->encrypted) ||
	    !id_matches(rule->vendor, device->vendor_id) ||
	    !id_matches(rule->product, device->product_id) ||
	    !pattern_matches(rule->serial, device->serial_number))
		return false;
	if (!rule->has_groups)
		return true;
	groups = groups_of_device(policy, device);
	return groups_meet(&rule->groups, &groups);
}

struct weir_device_verdict weir_policy_device(const struct weir_policy *policy,
					      const struct weir_device *device)
{
	struct weir_device_verdict ret = {WEIR_DEVICE_CONTENT, "", "", ""};

	if (!device || strcmp(device->bus, "usb") != 0)
		return ret;
	for (unsigned i = 0; i < policy->n_devices; i++) {
		const struct device_rule *rule = &policy->devices[i];

		if (rule_matches(policy, rule, device))
			return (struct weir_device_verdict){rule->action, rule->id,
							    rule->message_zh, rule->message_en};
	}
	return ret;
}

/* From the loosest to the strictest. */
static unsigned strictness(enum weir_device_action action)
{
	static const uint8_t order[_WEIR_DEVICE_ACTION_MAX] = {
		[WEIR_DEVICE_CONTENT] = 1, [WEIR_DEVICE_READ_ONLY] = 2, [WEIR_DEVICE_BLOCK] = 3};

	return order[action];
}

bool device_rule_takes_all(const struct device_rule *rule)
{
	return !rule->has_groups && !rule->encrypted && !*rule->vendor && !*rule->product &&
	       !*rule->serial;
}

/* The strictest that can hold for a device of which no more is known than that it has one of these
 * interfaces. */
static enum weir_device_action strictest(const struct weir_policy *policy, uint32_t interfaces)
{
	enum weir_device_action ret = WEIR_DEVICE_ALLOW;

	for (unsigned i = 0; i < policy->n_devices; i++) {
		const struct device_rule *rule = &policy->devices[i];

		if (!(rule->classes & interfaces))
			continue;
		if (strictness(rule->action) > strictness(ret))
			ret = rule->action;
		if (device_rule_takes_all(rule) && !(interfaces & ~rule->classes))
			return ret;
	}
	return strictness(ret) < strictness(WEIR_DEVICE_CONTENT) ? WEIR_DEVICE_CONTENT : ret;
}

static bool profile_refuses(const struct weir_abi_profile *profile)
{
	return profile->action == WEIR_ABI_ACTION_BLOCK ||
	       profile->on_unscannable == WEIR_ABI_ACTION_BLOCK ||
	       profile->on_open == WEIR_ABI_ACTION_BLOCK;
}

uint8_t device_profile(const struct weir_policy *policy, enum weir_device_action action,
		       const struct group_set *groups)
{
	struct scope scope;

	switch (action) {
	case WEIR_DEVICE_ALLOW:
		return WEIR_ABI_PROFILE_NONE;
	case WEIR_DEVICE_READ_ONLY:
		return WEIR_ABI_PROFILE_READ_ONLY;
	case WEIR_DEVICE_BLOCK:
		return WEIR_ABI_PROFILE_BLOCKED;
	default:
		scope = scope_of(policy, WEIR_ABI_CHANNEL_REMOVABLE, groups);
		return kernel_profile_index(policy, WEIR_ABI_CHANNEL_REMOVABLE, &scope);
	}
}

/* Where content cannot be told, a rule that could refuse it refuses all. */
static uint8_t node_profile(const struct weir_policy *policy, enum weir_device_action action,
			    const struct group_set *groups)
{
	struct kernel_profile profile;
	struct scope scope;

	if (action != WEIR_DEVICE_CONTENT)
		return action == WEIR_DEVICE_ALLOW ? WEIR_ABI_PROFILE_NONE
						   : WEIR_ABI_PROFILE_BLOCKED;
	scope = scope_of(policy, WEIR_ABI_CHANNEL_REMOVABLE, groups);
	scope_profile(policy, &scope, true, ALL_GRANTS,
		      &profile); /* no reason can be given for a node */
	return profile_refuses(&profile.abi) ? WEIR_ABI_PROFILE_BLOCKED : WEIR_ABI_PROFILE_NONE;
}

uint8_t weir_policy_node_profile(const struct weir_policy *policy, const struct weir_device *device)
{
	struct group_set groups = groups_of_device(policy, device);
	struct weir_device_verdict verdict = weir_policy_device(policy, device);

	/* A printer or a key: no rule names it, and the rules for removable are not about it. */
	if (!*verdict.rule && !(device->interfaces & WEIR_USB_STORES))
		return WEIR_ABI_PROFILE_NONE;
	return node_profile(policy, verdict.action, &groups);
}

void device_config(const struct weir_policy *policy, struct weir_abi_config *config)
{
	static const struct weir_abi_profile closed = {.on_unscannable = WEIR_ABI_ACTION_BLOCK,
						       .on_failure = WEIR_ABI_ACTION_BLOCK,
						       .on_open = WEIR_ABI_ACTION_BLOCK,
						       .flags = WEIR_ABI_PROFILE_UNCHANGED};
	const struct group_set none = {0};

	config->profiles[WEIR_ABI_PROFILE_READ_ONLY] = closed;
	config->profiles[WEIR_ABI_PROFILE_BLOCKED] = closed;
	config->profiles[WEIR_ABI_PROFILE_BLOCKED].flags |= WEIR_ABI_PROFILE_UNREAD;
	config->usb_volume = device_profile(
		policy, strictest(policy, WEIR_USB_SET(WEIR_USB_MASS_STORAGE)), &none);
	config->usb_node = node_profile(policy, strictest(policy, WEIR_USB_STORES), &none);
	config->flags &= ~(uint32_t)WEIR_ABI_CONFIG_UNREAD;
	for (unsigned i = 0; i < policy->n_devices; i++)
		if (policy->devices[i].action == WEIR_DEVICE_BLOCK)
			config->flags |= WEIR_ABI_CONFIG_UNREAD;
}
