/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the way from wire bytes to the immutable form: unpack, check, copy into arrays that
 * decisions walk quickly. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "internal.h"
#include "names.h"
#include "weir/base/macros.h"
#include "weir/evidence/sealed.h"

#define ARENA_BYTES  ((size_t)4 << 20)
#define ALL_CHANNELS 0x3e

static int group_number(const Weir__V1__Policy *wire, const char *name)
{
	for (size_t i = 0; i < wire->n_groups; i++)
		if (strcmp(wire->groups[i]->name, name) == 0)
			return (int)i;
	return -1;
}

static int class_number(const Weir__V1__Policy *wire, const char *name)
{
	for (size_t i = 0; i < wire->n_classes; i++)
		if (strcmp(wire->classes[i]->name, name) == 0)
			return (int)i;
	return -1;
}

static void take_class(struct class *ret, const Weir__V1__Policy *policy,
		       const Weir__V1__PolicyClass *wire)
{
	ret->name = wire->name;
	ret->min_confidence = (uint8_t)wire->min_confidence;
	for (size_t i = 0; i < wire->n_detectors; i++)
		ret->detectors |= UINT64_C(1) << wire_detector_number(policy, wire->detectors[i]);
}

static void take_host(struct host *ret, const Weir__V1__HostMatch *wire)
{
	memcpy(ret->addr, wire->address.data, sizeof(ret->addr));
	ret->prefix = (uint8_t)wire->prefix_length;
	ret->port = (uint16_t)wire->port;
}

static int take_group(struct arena *arena, struct group *ret, const Weir__V1__PolicyGroup *wire)
{
	struct usb_match *usb = arena_alloc(arena, wire->n_usb * sizeof(*usb));
	struct host *hosts = arena_alloc(arena, wire->n_hosts * sizeof(*hosts));

	if (!usb || !hosts)
		return -ENOMEM;
	ret->name = wire->name;
	ret->usb = usb;
	ret->hosts = hosts;
	for (size_t i = 0; i < wire->n_usb; i++)
		usb[ret->n_usb++] =
			(struct usb_match){wire->usb[i]->vendor_id, wire->usb[i]->product_id,
					   wire->usb[i]->serial_number};
	for (size_t i = 0; i < wire->n_hosts; i++) {
		if (wire->hosts[i]->address.len)
			take_host(&hosts[ret->n_hosts++], wire->hosts[i]);
		else
			ret->n_names++;
	}
	return 0;
}

static struct group_set group_set_of(const Weir__V1__Policy *wire, char *const *names, size_t n)
{
	struct group_set ret = {0};

	for (size_t i = 0; i < n; i++)
		bit_set(ret.words, (unsigned)group_number(wire, names[i]));
	return ret;
}

static int take_portions(struct arena *arena, struct portions *ret, const Weir__V1__Policy *policy,
			 Weir__V1__ContentLimit *const *limits, size_t n,
			 int (*number)(const Weir__V1__Policy *, const char *))
{
	struct portion *list;

	if (n == 0)
		return 0;
	list = arena_alloc(arena, n * sizeof(*list));
	if (!list)
		return -ENOMEM;
	ret->list = list;
	ret->whole = common_multiple(limits, n);
	for (size_t i = 0; i < n; i++)
		list[ret->n++] =
			(struct portion){.limit = (uint32_t)limits[i]->limit,
					 .number = (uint8_t)number(policy, limits[i]->name),
					 .weight = ret->whole / limits[i]->limit};
	return 0;
}

static int take_content(struct arena *arena, struct rule *ret, const Weir__V1__Policy *policy,
			const Weir__V1__ContentCondition *wire)
{
	int r;

	ret->class = -1;
	ret->any_content = !wire;
	if (!wire)
		return 0;
	if (*wire->class_name) {
		ret->class = (int8_t)class_number(policy, wire->class_name);
		ret->distinct = (uint32_t)wire->distinct;
		if (wire->comparison == WEIR__V1__COMPARISON__COMPARISON_MORE_THAN)
			ret->distinct++;
	}
	ret->customers = (uint32_t)wire->customers;
	ret->min_confidence = (uint8_t)wire->limits_confidence;
	r = take_portions(arena, &ret->limits, policy, wire->limits, wire->n_limits,
			  wire_detector_number);
	return r < 0 ? r
		     : take_portions(arena, &ret->share, policy, wire->share, wire->n_share,
				     class_number);
}

static int take_rule(struct arena *arena, struct rule *ret, const Weir__V1__Policy *policy,
		     const Weir__V1__PolicyRule *wire)
{
	ret->id = wire->id;
	ret->message_zh = wire->message_zh;
	ret->message_en = wire->message_en;
	for (size_t i = 0; i < wire->n_channels; i++)
		ret->channels |= (uint8_t)(1U << wire->channels[i]);
	if (wire->n_channels == 0)
		ret->channels = ALL_CHANNELS;
	ret->has_to = wire->n_to_groups > 0;
	ret->to = group_set_of(policy, wire->to_groups, wire->n_to_groups);
	ret->not_to = group_set_of(policy, wire->not_to_groups, wire->n_not_to_groups);
	ret->action = (enum weir_action)wire->action;
	ret->on_unscannable = (enum weir_action)wire->on_unscannable;
	ret->closed = wire->fail_closed;
	return take_content(arena, ret, policy, wire->content);
}

static void take_device(struct device_rule *ret, const Weir__V1__Policy *policy,
			const Weir__V1__DeviceRule *wire)
{
	*ret = (struct device_rule){.id = wire->id,
				    .message_zh = wire->message_zh,
				    .message_en = wire->message_en,
				    .vendor = wire->vendor_id,
				    .product = wire->product_id,
				    .serial = wire->serial_number,
				    .groups = group_set_of(policy, wire->groups, wire->n_groups),
				    .has_groups = wire->n_groups > 0,
				    .classes = wire->n_classes ? 0 : WEIR_USB_STORES,
				    .encrypted = (enum encrypted)wire->encrypted,
				    .action = (enum weir_device_action)wire->action};
	for (size_t i = 0; i < wire->n_classes; i++)
		ret->classes |= WEIR_USB_SET(
			word_value(policy_usb_classes, policy_usb_classes_count, wire->classes[i]));
}

static void take_grant(struct grant *ret, const Weir__V1__Policy *policy,
		       const Weir__V1__Grant *wire)
{
	ret->id = wire->id;
	for (size_t i = 0; i < wire->n_classes; i++)
		ret->classes |= UINT64_C(1)
				<< ((unsigned)class_number(policy, wire->classes[i]) & 63);
	ret->channel = (unsigned)wire->channel;
	ret->to = (unsigned)group_number(policy, wire->to_group);
	ret->from_ns = wire->valid_from_ns;
	ret->until_ns = wire->valid_until_ns;
}

static int make_arrays(struct weir_policy *policy, const Weir__V1__Policy *wire)
{
	struct arena *arena = &policy->arena;

	policy->classes = arena_alloc(arena, wire->n_classes * sizeof(*policy->classes));
	policy->groups = arena_alloc(arena, wire->n_groups * sizeof(*policy->groups));
	policy->rules = arena_alloc(arena, wire->n_rules * sizeof(*policy->rules));
	policy->devices = arena_alloc(arena, wire->n_devices * sizeof(*policy->devices));
	policy->grants = arena_alloc(arena, wire->n_grants * sizeof(*policy->grants));
	policy->exempt = arena_alloc(arena, MAX_EXEMPT * sizeof(*policy->exempt));
	if (!policy->classes || !policy->groups || !policy->rules || !policy->devices ||
	    !policy->grants || !policy->exempt || take_customs(policy, wire) < 0 ||
	    take_first_opens(policy, wire) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < wire->n_classes; i++)
		take_class(&policy->classes[policy->n_classes++], wire, wire->classes[i]);
	for (size_t i = 0; i < wire->n_groups; i++) {
		int r = take_group(arena, &policy->groups[policy->n_groups++], wire->groups[i]);

		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < wire->n_rules; i++) {
		const Weir__V1__ContentCondition *content = wire->rules[i]->content;
		struct rule *rule = &policy->rules[policy->n_rules++];
		int r = take_rule(arena, rule, wire, wire->rules[i]);

		if (r < 0)
			return r;
		take_within(policy, rule, content ? content->within_seconds : 0);
	}
	for (size_t i = 0; i < wire->n_devices; i++)
		take_device(&policy->devices[policy->n_devices++], wire, wire->devices[i]);
	for (size_t i = 0; i < wire->n_grants; i++)
		take_grant(&policy->grants[policy->n_grants++], wire, wire->grants[i]);
	for (size_t i = 0; i < wire->n_exempt; i++)
		take_host(&policy->exempt[policy->n_exempt++], wire->exempt[i]);
	for (unsigned i = 0; i < LOOPBACKS && !wire->loopback_outside; i++)
		policy->exempt[policy->n_exempt++] = loopbacks[i];
	return 0;
}

static int make(struct weir_policy *policy, const Weir__V1__Policy *wire, struct weir_error *reterr)
{
	unsigned dests = 0;
	int r;

	policy->name = wire->name;
	policy->revision = wire->revision;
	r = make_arrays(policy, wire);
	if (r >= 0)
		r = take_evidence(policy, wire);
	if (r >= 0)
		r = kernel_plan(policy, &dests);
	if (r == -E2BIG) {
		r = weir_error_set(
			reterr, -EINVAL, 0, 0,
			"the kernel holds %d kinds of network destinations, this policy has %u",
			WEIR_ABI_DESTS, dests);
		weir_error_hint(reterr, "join neighbouring addresses into networks (a.b.c.0/24)");
	} else if (r < 0) {
		r = weir_error_set(reterr, r, 0, 0, "no memory for the policy");
	}
	return r;
}

/* Without the human form at hand the place goes into the text. */
static void add_place(struct weir_error *err, const Weir__V1__Policy *wire,
		      const struct place *place)
{
	static const char *const sections[] = {
		[SECTION_POLICY] = "policy", [SECTION_DETECTOR] = "detector",
		[SECTION_CLASS] = "class",   [SECTION_GROUP] = "group",
		[SECTION_RULE] = "rule",     [SECTION_GRANT] = "grant",
		[SECTION_DEVICE] = "device",
	};
	struct weir_error with = *err;

	(void)weir_error_set(&with, err->code, 0, 0, "%s %u%s%s: %.180s", sections[place->section],
			     place->index + 1, place->key ? ", " : "", place->key ? place->key : "",
			     err->text);
	weir_error_hint(&with, "%s", err->hint);
	*err = with;
}

int weir_policy_new(const void *data, size_t len, struct weir_policy **ret,
		    struct weir_error *reterr)
{
	struct weir_policy *policy _cleanup_(weir_policy_freep) = calloc(1, sizeof(*policy));
	struct weir_error unused;
	struct weir_error *err = reterr ? reterr : &unused;
	const Weir__V1__Policy *wire;
	struct place place;
	int r;

	if (!policy)
		return weir_error_set(err, -ENOMEM, 0, 0, "no memory for the policy");
	policy->arena = ARENA_INIT(ARENA_BYTES);
	r = weir_wire_unpack(&weir__v1__policy__descriptor, data, len, &policy->wire);
	if (r == -ENOMEM)
		return weir_error_set(err, r, 0, 0, "no memory for the policy");
	if (r < 0)
		return weir_error_set(err, -EINVAL, 0, 0,
				      r == -E2BIG ? "the policy is too large"
						  : "this is no compiled policy");
	wire = weir_wire_message(policy->wire);
	r = policy_check(wire, &place, err);
	if (r < 0) {
		add_place(err, wire, &place);
		return r;
	}
	r = make(policy, wire, err);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(policy);
	return 0;
}

void weir_policy_free(struct weir_policy *policy)
{
	if (!policy)
		return;
	weir_recipients_free(policy->recipients);
	arena_done(&policy->arena);
	weir_wire_free(policy->wire);
	free(policy);
}

uint64_t weir_policy_revision(const struct weir_policy *policy)
{
	return policy->revision;
}

const char *weir_policy_name(const struct weir_policy *policy)
{
	return policy->name;
}

const char *weir_policy_class_name(const struct weir_policy *policy, unsigned i)
{
	return i < policy->n_classes ? policy->classes[i].name : NULL;
}
