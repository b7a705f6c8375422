/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the numbering of kernel profiles and the list of destinations. Both depend on rules and
 * groups alone, never on the time, so that a number means the same as long as the policy stands. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "weir/base/macros.h"

#define MAX_REGIONS 4096
/* All combinations of so many device groups are looked at; of more, each group alone. */
#define MAX_COMBINED 6

const struct host loopbacks[LOOPBACKS] = {
	{.addr = {[10] = 0xff, [11] = 0xff, [12] = 127}, .prefix = 104},
	{.addr = {[15] = 1}, .prefix = 128},
};

static bool profile_idle(const struct weir_abi_profile *p)
{
	return p->action == WEIR_ABI_ACTION_ALLOW && p->on_unscannable == WEIR_ABI_ACTION_ALLOW &&
	       p->on_failure == WEIR_ABI_ACTION_ALLOW && p->on_open == WEIR_ABI_ACTION_ALLOW;
}

/* Nothing to do for such a target, with or without the grants. */
static bool scope_idle(const struct weir_policy *policy, const struct scope *scope)
{
	struct kernel_profile profile;

	scope_profile(policy, scope, true, 0, &profile);
	if (!profile_idle(&profile.abi))
		return false;
	scope_profile(policy, scope, true, ALL_GRANTS, &profile);
	return profile_idle(&profile.abi);
}

/* Grants only take away, so that without them everything shows. */
bool kernel_warns(const struct weir_policy *policy, const struct scope *scope)
{
	struct kernel_profile warning, passed;

	scope_profile(policy, scope, false, 0, &warning);
	scope_profile(policy, scope, true, 0, &passed);
	return memcmp(&warning.abi, &passed.abi, sizeof(passed.abi)) != 0;
}

void kernel_profile(const struct weir_policy *policy, unsigned index, uint64_t now_ns,
		    struct kernel_profile *ret)
{
	uint8_t passed = policy->profile_passed[index];

	scope_profile(policy, &policy->profiles[index], passed == 0, now_ns, ret);
	ret->abi.passed = passed;
}

/* A reason is given for a kind of target, so what warns is not shared. */
static bool action_stricter(uint8_t a, uint8_t b)
{
	return a == WEIR_ABI_ACTION_WARN ||
	       (a == WEIR_ABI_ACTION_BLOCK && b != WEIR_ABI_ACTION_BLOCK);
}

static bool profile_stricter(const struct weir_abi_profile *a, const struct weir_abi_profile *b)
{
	if (action_stricter(a->on_unscannable, b->on_unscannable) ||
	    action_stricter(a->on_failure, b->on_failure) ||
	    action_stricter(a->on_open, b->on_open) || a->action == WEIR_ABI_ACTION_WARN)
		return true;
	if (a->action != WEIR_ABI_ACTION_BLOCK)
		return false;
	for (unsigned slot = 0; slot < KERNEL_SLOTS; slot++)
		if (a->limit[slot] && (b->action != WEIR_ABI_ACTION_BLOCK || !b->limit[slot] ||
				       a->limit[slot] < b->limit[slot]))
			return true;
	return false;
}

static uint8_t default_profile(unsigned channel)
{
	switch (channel) {
	case WEIR_ABI_CHANNEL_REMOVABLE:
		return WEIR_ABI_PROFILE_REMOVABLE;
	case WEIR_ABI_CHANNEL_SHARE:
		return WEIR_ABI_PROFILE_SHARE;
	case WEIR_ABI_CHANNEL_NETWORK:
		return WEIR_ABI_PROFILE_NETWORK;
	default:
		return WEIR_ABI_PROFILE_NONE;
	}
}

static bool profile_is(const struct weir_policy *policy, unsigned i, const struct scope *scope)
{
	return policy->profile_used[i] && !policy->profile_after[i] &&
	       memcmp(&policy->profiles[i], scope, sizeof(*scope)) == 0;
}

/* With more kinds of targets than profiles, some share one that is not stricter than they want. */
static uint8_t lenient_profile(const struct weir_policy *policy, const struct scope *scope)
{
	struct kernel_profile wanted, candidate;

	scope_profile(policy, scope, true, ALL_GRANTS, &wanted);
	for (unsigned i = 1; i < WEIR_ABI_PROFILE_SELFTEST; i++) {
		if (!policy->profile_used[i] || policy->profile_after[i])
			continue;
		kernel_profile(policy, i, 0, &candidate);
		if (!profile_stricter(&candidate.abi, &wanted.abi))
			return (uint8_t)i;
	}
	return WEIR_ABI_PROFILE_NONE;
}

uint8_t kernel_profile_index(const struct weir_policy *policy, unsigned channel,
			     const struct scope *scope)
{
	uint8_t usual = default_profile(channel);

	if (scope_idle(policy, scope))
		return WEIR_ABI_PROFILE_NONE;
	if (profile_is(policy, usual, scope))
		return usual;
	for (unsigned i = 1; i < WEIR_ABI_PROFILE_SELFTEST; i++)
		if (profile_is(policy, i, scope))
			return (uint8_t)i;
	return lenient_profile(policy, scope);
}

/* 0: there is none left. */
static uint8_t take_profile(struct weir_policy *policy, const struct scope *scope)
{
	for (uint8_t i = FIRST_FREE_PROFILE; i < WEIR_ABI_PROFILE_SELFTEST; i++)
		if (!policy->profile_used[i]) {
			policy->profiles[i] = *scope;
			policy->profile_used[i] = true;
			return i;
		}
	return 0;
}

/* Where rules warn, a second profile says what is refused all the same. */
static void add_passed(struct weir_policy *policy, uint8_t index)
{
	uint8_t after;

	if (!kernel_warns(policy, &policy->profiles[index]))
		return;
	after = take_profile(policy, &policy->profiles[index]);
	policy->profile_after[after] = after != 0;
	policy->profile_passed[index] = after;
}

static void add_profile(struct weir_policy *policy, const struct scope *scope)
{
	uint8_t index;

	for (unsigned i = 1; i < WEIR_ABI_PROFILE_SELFTEST; i++)
		if (profile_is(policy, i, scope))
			return;
	if (scope_idle(policy, scope))
		return;
	index = take_profile(policy, scope);
	if (index)
		add_passed(policy, index);
}

static void plan_defaults(struct weir_policy *policy)
{
	static const unsigned channels[] = {WEIR_ABI_CHANNEL_REMOVABLE, WEIR_ABI_CHANNEL_SHARE,
					    WEIR_ABI_CHANNEL_NETWORK};
	const struct group_set none = {0};

	for (size_t i = 0; i < ARRAY_SIZE(channels); i++) {
		uint8_t index = default_profile(channels[i]);

		policy->profiles[index] = scope_of(policy, channels[i], &none);
		policy->profile_used[index] = true;
	}
	for (size_t i = 0; i < ARRAY_SIZE(channels); i++)
		add_passed(policy, default_profile(channels[i]));
}

static bool group_concerns(const struct weir_policy *policy, unsigned group, unsigned channel)
{
	for (unsigned i = 0; i < policy->n_rules; i++)
		if (policy->rules[i].channels >> channel & 1 &&
		    (bit_get(policy->rules[i].to.words, group) ||
		     bit_get(policy->rules[i].not_to.words, group)))
			return true;
	for (unsigned i = 0; i < policy->n_grants; i++)
		if (policy->grants[i].channel == channel && policy->grants[i].to == group)
			return true;
	return false;
}

static void add_combination(struct weir_policy *policy, unsigned channel, const unsigned *groups,
			    unsigned mask)
{
	struct group_set set = {0};
	struct scope scope;

	for (unsigned i = 0; mask >> i; i++)
		if (mask >> i & 1)
			bit_set(set.words, groups[i]);
	scope = scope_of(policy, channel, &set);
	add_profile(policy, &scope);
}

static void plan_devices(struct weir_policy *policy, unsigned channel)
{
	unsigned groups[MAX_GROUPS], n = 0;

	for (unsigned g = 0; g < policy->n_groups; g++)
		if (policy->groups[g].n_usb && group_concerns(policy, g, channel))
			groups[n++] = g;
	for (unsigned i = 0; i < n; i++)
		add_combination(policy, channel, groups + i, 1);
	for (unsigned size = 2; size <= n && n <= MAX_COMBINED; size++)
		for (unsigned mask = 1; mask < 1U << n; mask++)
			if ((unsigned)__builtin_popcount(mask) == size)
				add_combination(policy, channel, groups, mask);
}

/* Every address of b with every port of b is in a. */
static bool region_within(const struct host *b, const struct host *a)
{
	return a->prefix <= b->prefix && host_covers(a, b->addr, b->port);
}

/* The most particular first, so that the first entry that holds an address is the right one. */
static int compare_regions(const void *left, const void *right)
{
	const struct host *a = left, *b = right;

	if (a->prefix != b->prefix)
		return a->prefix > b->prefix ? -1 : 1;
	if (!a->port != !b->port)
		return a->port ? -1 : 1;
	if (a->port != b->port)
		return a->port < b->port ? -1 : 1;
	return memcmp(a->addr, b->addr, sizeof(a->addr));
}

struct regions {
	struct host *list;
	unsigned n;
};

static int regions_add(struct regions *regions, const struct host *host)
{
	for (unsigned i = 0; i < regions->n; i++)
		if (compare_regions(&regions->list[i], host) == 0)
			return 0;
	if (regions->n == MAX_REGIONS)
		return -E2BIG;
	regions->list[regions->n++] = *host;
	return 0;
}

/* A wide network with a port and a narrow one without meet in a third region that neither decides
 * alone. */
static int regions_add_meetings(struct regions *regions)
{
	unsigned n = regions->n;

	for (unsigned i = 0; i < n; i++)
		for (unsigned j = 0; j < n; j++) {
			struct host meeting = regions->list[j];
			struct host wide = regions->list[i];
			int r;

			if (!wide.port || meeting.port || wide.prefix >= meeting.prefix)
				continue;
			meeting.port = wide.port;
			if (!region_within(&meeting, &wide))
				continue;
			r = regions_add(regions, &meeting);
			if (r < 0)
				return r;
		}
	return 0;
}

static int regions_collect(const struct weir_policy *policy, struct regions *regions)
{
	for (unsigned i = 0; i < policy->n_exempt; i++) {
		int r = regions_add(regions, &policy->exempt[i]);

		if (r < 0)
			return r;
	}
	for (unsigned g = 0; g < policy->n_groups; g++) {
		if (!group_concerns(policy, g, WEIR_ABI_CHANNEL_NETWORK))
			continue;
		for (unsigned i = 0; i < policy->groups[g].n_hosts; i++) {
			int r = regions_add(regions, &policy->groups[g].hosts[i]);

			if (r < 0)
				return r;
		}
	}
	return regions_add_meetings(regions);
}

static struct scope region_scope(const struct weir_policy *policy, const struct host *region)
{
	struct group_set groups = {0};

	for (unsigned g = 0; g < policy->n_groups; g++)
		for (unsigned i = 0; i < policy->groups[g].n_hosts; i++)
			if (region_within(region, &policy->groups[g].hosts[i])) {
				bit_set(groups.words, g);
				break;
			}
	return scope_of(policy, WEIR_ABI_CHANNEL_NETWORK, &groups);
}

static uint8_t region_profile(struct weir_policy *policy, const struct host *region)
{
	struct scope scope;

	for (unsigned i = 0; i < policy->n_exempt; i++)
		if (region_within(region, &policy->exempt[i]))
			return WEIR_ABI_PROFILE_NONE;
	scope = region_scope(policy, region);
	add_profile(policy, &scope);
	return kernel_profile_index(policy, WEIR_ABI_CHANNEL_NETWORK, &scope);
}

/* The profile that the later entries give to this one's addresses. */
static uint8_t profile_without(const struct dest *dests, unsigned at, unsigned n)
{
	for (unsigned i = at + 1; i < n; i++)
		if (dests[i].profile != UINT8_MAX && region_within(&dests[at].host, &dests[i].host))
			return dests[i].profile;
	return WEIR_ABI_PROFILE_NETWORK;
}

static int plan_dests(struct weir_policy *policy, unsigned *ret_dests)
{
	struct host *list _cleanup_(freep) = calloc(MAX_REGIONS, sizeof(*list));
	struct dest *dests _cleanup_(freep) = calloc(MAX_REGIONS, sizeof(*dests));
	struct regions regions = {.list = list};
	unsigned used = 0;
	int r;

	if (!list || !dests)
		return -ENOMEM;
	r = regions_collect(policy, &regions);
	*ret_dests = regions.n;
	if (r < 0)
		return r;
	qsort(list, regions.n, sizeof(*list), compare_regions);
	for (unsigned i = 0; i < regions.n; i++)
		dests[i] = (struct dest){list[i], region_profile(policy, &list[i])};
	for (unsigned i = regions.n; i-- > 0;) {
		if (dests[i].profile == profile_without(dests, i, regions.n))
			dests[i].profile = UINT8_MAX;
		else
			used++;
	}
	*ret_dests = used;
	if (used > WEIR_ABI_DESTS)
		return -E2BIG;
	for (unsigned i = 0; i < regions.n; i++)
		if (dests[i].profile != UINT8_MAX)
			policy->dests[policy->n_dests++] = dests[i];
	return 0;
}

int kernel_plan(struct weir_policy *policy, unsigned *ret_dests)
{
	plan_defaults(policy);
	plan_devices(policy, WEIR_ABI_CHANNEL_REMOVABLE);
	plan_devices(policy, WEIR_ABI_CHANNEL_SHARE);
	return plan_dests(policy, ret_dests);
}

int weir_policy_kernel_at(const struct weir_policy *policy, uint64_t now_ns,
			  struct weir_abi_config *config,
			  struct weir_abi_dest dests[static WEIR_ABI_DESTS])
{
	for (unsigned i = 0; i < WEIR_ABI_PROFILE_SELFTEST; i++) {
		struct kernel_profile profile = {0};

		if (policy->profile_used[i])
			kernel_profile(policy, i, now_ns, &profile);
		config->profiles[i] = profile.abi;
	}
	device_config(policy, config);
	for (unsigned i = 0; i < policy->n_dests; i++) {
		const struct dest *dest = &policy->dests[i];

		dests[i] = (struct weir_abi_dest){.port = dest->host.port,
						  .prefix = dest->host.prefix,
						  .profile = dest->profile};
		memcpy(dests[i].addr, dest->host.addr, sizeof(dests[i].addr));
	}
	config->dests = policy->n_dests;
	return (int)policy->n_dests;
}

int weir_policy_kernel(const struct weir_policy *policy, struct weir_abi_config *config,
		       struct weir_abi_dest dests[static WEIR_ABI_DESTS])
{
	return weir_policy_kernel_at(policy, ALL_GRANTS, config, dests);
}

uint64_t weir_policy_next_change(const struct weir_policy *policy, uint64_t now_ns)
{
	uint64_t next = UINT64_MAX;

	for (unsigned i = 0; i < policy->n_grants; i++) {
		if (policy->grants[i].from_ns > now_ns)
			next = WEIR_MIN(next, policy->grants[i].from_ns);
		if (policy->grants[i].until_ns > now_ns)
			next = WEIR_MIN(next, policy->grants[i].until_ns);
	}
	return next;
}

uint8_t weir_policy_volume_profile(const struct weir_policy *policy, enum weir_abi_channel channel,
				   const struct weir_device *device)
{
	struct group_set groups = groups_of_device(policy, device);
	struct scope scope;

	if (channel == WEIR_ABI_CHANNEL_REMOVABLE)
		return device_profile(policy, weir_policy_device(policy, device).action, &groups);
	if (channel != WEIR_ABI_CHANNEL_SHARE)
		return WEIR_ABI_PROFILE_NONE;
	scope = scope_of(policy, (unsigned)channel, &groups);
	return kernel_profile_index(policy, (unsigned)channel, &scope);
}
