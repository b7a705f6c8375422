/* SPDX-License-Identifier: Apache-2.0 */
/* Owns what can be said for certain of a change. Everything rests on one fact: what a rule decides that it did not decide before was
 * decided by another rule or a grant, and nothing refuses more than "block" or less than "allow". So a rule that blocks makes a policy
 * stricter by taking more, one that allows makes it looser, and of the rest nothing is said. */
#include "diff_effect.h"

#include <string.h>

#include "weir/base/macros.h"
#include "weir/policy/decide.h"

typedef Weir__V1__PolicyRule Rule;
typedef Weir__V1__DeviceRule DeviceRule;

/* What several places that use one thing say of it. */
struct votes {
	bool stricter, looser, unknown;
};

static void vote(struct votes *votes, enum weir_policy_effect effect)
{
	votes->stricter |= effect == WEIR_POLICY_EFFECT_STRICTER;
	votes->looser |= effect == WEIR_POLICY_EFFECT_LOOSER;
	votes->unknown |= effect == WEIR_POLICY_EFFECT_UNKNOWN;
}

static enum weir_policy_effect result(const struct votes *votes)
{
	if (votes->unknown || (votes->stricter && votes->looser))
		return WEIR_POLICY_EFFECT_UNKNOWN;
	if (votes->stricter)
		return WEIR_POLICY_EFFECT_STRICTER;
	return votes->looser ? WEIR_POLICY_EFFECT_LOOSER : WEIR_POLICY_EFFECT_NONE;
}

enum weir_policy_effect effect_opposite(enum weir_policy_effect effect)
{
	if (effect == WEIR_POLICY_EFFECT_STRICTER)
		return WEIR_POLICY_EFFECT_LOOSER;
	return effect == WEIR_POLICY_EFFECT_LOOSER ? WEIR_POLICY_EFFECT_STRICTER : effect;
}

/* Of something that has `wider` as effect when it takes more. */
static enum weir_policy_effect by_relation(enum relation relation, enum weir_policy_effect wider)
{
	if (relation == RELATION_WIDER)
		return wider;
	return relation == RELATION_NARROWER ? effect_opposite(wider) : WEIR_POLICY_EFFECT_UNKNOWN;
}

static enum weir_policy_effect by_rank(int before, int after)
{
	if (before == after)
		return WEIR_POLICY_EFFECT_UNKNOWN;
	return after > before ? WEIR_POLICY_EFFECT_STRICTER : WEIR_POLICY_EFFECT_LOOSER;
}

static bool refuses(int action)
{
	return action == WEIR_ACTION_BLOCK || action == WEIR_ACTION_QUARANTINE;
}

static bool has_grants(const struct pair *pair)
{
	return pair->policy[0]->n_grants > 0 || pair->policy[1]->n_grants > 0;
}

/* A grant may not speak for what a rule with "limits" counted, so who decides can matter more than what it says. */
static bool entangled(const struct pair *pair)
{
	if (!has_grants(pair))
		return false;
	for (size_t p = 0; p < 2; p++)
		for (size_t i = 0; i < pair->policy[p]->n_rules; i++)
			if (pair->policy[p]->rules[i]->content &&
			    pair->policy[p]->rules[i]->content->n_limits)
				return true;
	return false;
}

/* Of more content that the rule's condition holds for. */
static enum weir_policy_effect of_content(const struct pair *pair, const Rule *rule)
{
	if (refuses(rule->action))
		return entangled(pair) ? WEIR_POLICY_EFFECT_UNKNOWN : WEIR_POLICY_EFFECT_STRICTER;
	return rule->action == WEIR__V1__ACTION__ACTION_ALLOW ? WEIR_POLICY_EFFECT_LOOSER
							      : WEIR_POLICY_EFFECT_UNKNOWN;
}

/* Of more targets: there it also decides on what could not be looked at, and its folders may be another's, which is stricter when
 * the time is over. */
static enum weir_policy_effect of_scope(const struct pair *pair, const Rule *rule)
{
	int unscannable = (int)rule->on_unscannable;
	bool alike = unscannable == 0 || (refuses(rule->action) ? refuses(unscannable)
								: unscannable == (int)rule->action);

	return alike && !rule->first_open ? of_content(pair, rule) : WEIR_POLICY_EFFECT_UNKNOWN;
}

static enum weir_policy_effect of_device(const DeviceRule *rule)
{
	if (rule->action == WEIR__V1__DEVICE_ACTION__DEVICE_ACTION_BLOCK)
		return WEIR_POLICY_EFFECT_STRICTER;
	return rule->action == WEIR__V1__DEVICE_ACTION__DEVICE_ACTION_ALLOW
		       ? WEIR_POLICY_EFFECT_LOOSER
		       : WEIR_POLICY_EFFECT_UNKNOWN;
}

static bool named(char *const *names, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static bool uses_class(const Rule *rule, const char *name)
{
	const Weir__V1__ContentCondition *content = rule->content;

	if (!content)
		return false;
	for (size_t i = 0; i < content->n_share; i++)
		if (strcmp(content->share[i]->name, name) == 0)
			return true;
	return strcmp(content->class_name, name) == 0;
}

/* Of a class that more content shows. A grant speaks for content all of whose classes it names, so with grants it is harder to let
 * through. */
static enum weir_policy_effect of_class(const struct pair *pair, const char *name)
{
	struct votes votes = {.stricter = has_grants(pair), .unknown = entangled(pair)};

	for (size_t p = 0; p < 2; p++)
		for (size_t i = 0; i < pair->policy[p]->n_rules; i++)
			if (uses_class(pair->policy[p]->rules[i], name))
				vote(&votes, of_content(pair, pair->policy[p]->rules[i]));
	return result(&votes);
}

/* Of a group that more is in. */
static enum weir_policy_effect of_group(const struct pair *pair, const char *name)
{
	struct votes votes = {};

	for (size_t p = 0; p < 2; p++) {
		const Weir__V1__Policy *policy = pair->policy[p];

		for (size_t i = 0; i < policy->n_rules; i++) {
			const Rule *rule = policy->rules[i];

			if (named(rule->to_groups, rule->n_to_groups, name))
				vote(&votes, of_scope(pair, rule));
			if (named(rule->not_to_groups, rule->n_not_to_groups, name))
				vote(&votes, effect_opposite(of_scope(pair, rule)));
		}
		for (size_t i = 0; i < policy->n_devices; i++)
			if (named(policy->devices[i]->groups, policy->devices[i]->n_groups, name))
				vote(&votes, of_device(policy->devices[i]));
		for (size_t i = 0; i < policy->n_grants; i++)
			votes.looser |= strcmp(policy->grants[i]->to_group, name) == 0;
	}
	return result(&votes);
}

enum weir_policy_effect effect_of_adding(const struct pair *pair, enum weir_policy_section section,
					 const ProtobufCMessage *message)
{
	switch (section) {
	case WEIR_POLICY_SECTION_RULE:
		return of_scope(pair, (const Rule *)message);
	case WEIR_POLICY_SECTION_DEVICE:
		return of_device((const DeviceRule *)message);
	case WEIR_POLICY_SECTION_GRANT:
		return WEIR_POLICY_EFFECT_LOOSER;
	case WEIR_POLICY_SECTION_CLASS:
		/* rules that name it are changes of their own */
		return has_grants(pair) ? WEIR_POLICY_EFFECT_UNKNOWN : WEIR_POLICY_EFFECT_NONE;
	default: /* in use by what names it alone */
		return WEIR_POLICY_EFFECT_NONE;
	}
}

enum weir_policy_effect effect_of_raising(const struct pair *pair, const ProtobufCMessage *message)
{
	return message->descriptor == &weir__v1__policy_rule__descriptor
		       ? of_scope(pair, (const Rule *)message)
		       : of_device((const DeviceRule *)message);
}

/* Block and quarantine refuse alike, and differ in what becomes of the file. */
static int rank(int action)
{
	return action == WEIR_ACTION_QUARANTINE ? WEIR_ACTION_BLOCK : action;
}

static enum weir_policy_effect of_action(const Rule *before, const Rule *after)
{
	bool warns = before->action == WEIR__V1__ACTION__ACTION_WARN ||
		     after->action == WEIR__V1__ACTION__ACTION_WARN;

	/* Where our own reading failed it decides as long as it stops anything, else rules behind it do. */
	if (warns && (before->fail_closed || after->fail_closed))
		return WEIR_POLICY_EFFECT_UNKNOWN;
	return by_rank(rank((int)before->action), rank((int)after->action));
}

/* 0 leaves it to the rules behind. */
static enum weir_policy_effect of_unscannable(int before, int after)
{
	if (before && after)
		return by_rank(rank(before), rank(after));
	if (refuses(before) || after == WEIR_ACTION_ALLOW)
		return WEIR_POLICY_EFFECT_LOOSER;
	return refuses(after) || before == WEIR_ACTION_ALLOW ? WEIR_POLICY_EFFECT_STRICTER
							     : WEIR_POLICY_EFFECT_UNKNOWN;
}

static enum weir_policy_effect of_failure(const Rule *before, const Rule *after)
{
	bool decides = refuses(before->action) && refuses(after->action);
	bool opens = before->first_open && after->first_open;

	if (!decides && !(opens && !refuses(before->action) && !refuses(after->action)))
		return WEIR_POLICY_EFFECT_UNKNOWN;
	return after->fail_closed ? WEIR_POLICY_EFFECT_STRICTER : WEIR_POLICY_EFFECT_LOOSER;
}

/* A condition that asks for less holds more often; one that is not there always holds. */
static enum relation by_number(uint64_t before, uint64_t after)
{
	if (before == after)
		return RELATION_EQUAL;
	return after < before ? RELATION_WIDER : RELATION_NARROWER;
}

/* Each part of `of` is in `in`, and asks for no more there. */
static bool full_sooner(Weir__V1__ContentLimit *const *of, size_t n_of,
			Weir__V1__ContentLimit *const *in, size_t n_in)
{
	for (size_t i = 0; i < n_of; i++) {
		size_t at = 0;

		while (at < n_in && strcmp(of[i]->name, in[at]->name) != 0)
			at++;
		if (at == n_in || in[at]->limit > of[i]->limit)
			return false;
	}
	return true;
}

static enum relation by_limits(Weir__V1__ContentLimit *const *before, size_t n_before,
			       Weir__V1__ContentLimit *const *after, size_t n_after)
{
	if (n_before == 0 || n_after == 0)
		return n_after == 0 ? RELATION_WIDER : RELATION_NARROWER;
	if (full_sooner(before, n_before, after, n_after))
		return RELATION_WIDER;
	return full_sooner(after, n_after, before, n_before) ? RELATION_NARROWER : RELATION_OTHER;
}

static enum relation relation_of_content(const char *name, const Rule *before, const Rule *after)
{
	const Weir__V1__ContentCondition none = WEIR__V1__CONTENT_CONDITION__INIT;
	const Weir__V1__ContentCondition *a = before->content ? before->content : &none;
	const Weir__V1__ContentCondition *b = after->content ? after->content : &none;

	if (strcmp(name, "content.class") == 0)
		return *a->class_name && *b->class_name
			       ? RELATION_OTHER
			       : (*a->class_name ? RELATION_WIDER : RELATION_NARROWER);
	if (strcmp(name, "content.distinct") == 0)
		return by_number(
			a->distinct + (a->comparison == WEIR__V1__COMPARISON__COMPARISON_MORE_THAN),
			b->distinct +
				(b->comparison == WEIR__V1__COMPARISON__COMPARISON_MORE_THAN));
	if (strcmp(name, "content.limits") == 0)
		return by_limits(a->limits, a->n_limits, b->limits, b->n_limits);
	if (strcmp(name, "content.share") == 0)
		return by_limits(a->share, a->n_share, b->share, b->n_share);
	if (strcmp(name, "content.customers") == 0)
		return by_number(a->customers, b->customers);
	if (strcmp(name, "content.within") == 0)
		return a->within_seconds && b->within_seconds
			       ? by_number(b->within_seconds, a->within_seconds)
			       : RELATION_OTHER;
	/* With the limits themselves it came or went. */
	return a->n_limits && b->n_limits
		       ? by_number(a->limits_confidence, b->limits_confidence)
		       : by_limits(a->limits, a->n_limits, b->limits, b->n_limits);
}

/* What the rule says in both policies. */
static enum weir_policy_effect both(enum weir_policy_effect before, enum weir_policy_effect after)
{
	return before == after ? before : WEIR_POLICY_EFFECT_UNKNOWN;
}

/* An empty list asks for nothing. */
static enum relation asked(const struct field_change *change)
{
	if (change->was->n == 0 || change->is->n == 0)
		return change->is->n == 0 ? RELATION_WIDER : RELATION_NARROWER;
	return value_relation(change->was, change->is);
}

static enum weir_policy_effect of_rule(const struct pair *pair, const struct field_change *change)
{
	const Rule *before = (const Rule *)change->before, *after = (const Rule *)change->after;
	enum weir_policy_effect scope = both(of_scope(pair, before), of_scope(pair, after));
	const char *name = change->name;

	if (strncmp(name, "message", 7) == 0)
		return WEIR_POLICY_EFFECT_NONE;
	if (strcmp(name, "action") == 0)
		return of_action(before, after);
	if (strcmp(name, "on_unscannable") == 0)
		return of_unscannable((int)before->on_unscannable, (int)after->on_unscannable);
	if (strcmp(name, "on_failure_closed") == 0)
		return of_failure(before, after);
	if (strcmp(name, "channel") == 0)
		return by_relation(value_relation(change->was, change->is), scope);
	if (strcmp(name, "to") == 0)
		return by_relation(asked(change), scope);
	if (strcmp(name, "not_to") == 0)
		return by_relation(value_relation(change->was, change->is), effect_opposite(scope));
	if (strncmp(name, "content.", 8) == 0)
		return by_relation(relation_of_content(name, before, after),
				   both(of_content(pair, before), of_content(pair, after)));
	return WEIR_POLICY_EFFECT_UNKNOWN;
}

/* From the loosest: what "content" refuses, "read-only" does as well. */
static int device_rank(int action)
{
	static const uint8_t ranks[_WEIR_DEVICE_ACTION_MAX] = {
		[WEIR_DEVICE_CONTENT] = 1, [WEIR_DEVICE_READ_ONLY] = 2, [WEIR_DEVICE_BLOCK] = 3};

	return action > 0 && action < _WEIR_DEVICE_ACTION_MAX ? ranks[action] : 0;
}

static enum weir_policy_effect of_device_field(const struct field_change *change)
{
	const DeviceRule *before = (const DeviceRule *)change->before;
	const DeviceRule *after = (const DeviceRule *)change->after;
	enum relation relation = asked(change);

	if (strncmp(change->name, "message", 7) == 0)
		return WEIR_POLICY_EFFECT_NONE;
	if (strcmp(change->name, "action") == 0)
		return by_rank(device_rank((int)before->action), device_rank((int)after->action));
	return by_relation(relation, both(of_device(before), of_device(after)));
}

static enum weir_policy_effect of_class_field(const struct pair *pair,
					      const struct field_change *change)
{
	const Weir__V1__PolicyClass *before = (const Weir__V1__PolicyClass *)change->before;
	const Weir__V1__PolicyClass *after = (const Weir__V1__PolicyClass *)change->after;
	enum relation relation = RELATION_OTHER;

	if (strcmp(change->name, "level") == 0)
		return WEIR_POLICY_EFFECT_NONE;
	if (strcmp(change->name, "detectors") == 0)
		relation = value_relation(change->was, change->is);
	if (strcmp(change->name, "min_confidence") == 0)
		relation = by_number(before->min_confidence, after->min_confidence);
	return by_relation(relation, of_class(pair, after->name));
}

static enum weir_policy_effect of_grant(const struct field_change *change)
{
	const Weir__V1__Grant *before = (const Weir__V1__Grant *)change->before;
	const Weir__V1__Grant *after = (const Weir__V1__Grant *)change->after;
	enum relation relation = RELATION_OTHER;

	if (strcmp(change->name, "classes") == 0)
		relation = value_relation(change->was, change->is);
	else if (strcmp(change->name, "valid.from") == 0)
		relation = by_number(before->valid_from_ns, after->valid_from_ns);
	else if (strcmp(change->name, "valid.until") == 0)
		relation = by_number(after->valid_until_ns, before->valid_until_ns);
	else if (strcmp(change->name, "channel") != 0 && strcmp(change->name, "to") != 0)
		return WEIR_POLICY_EFFECT_NONE; /* for the record */
	return by_relation(relation, WEIR_POLICY_EFFECT_LOOSER);
}

static enum weir_policy_effect of_head(const struct field_change *change)
{
	if (strcmp(change->name, "loopback_outside") == 0)
		return change->is->n ? WEIR_POLICY_EFFECT_STRICTER : WEIR_POLICY_EFFECT_LOOSER;
	if (strcmp(change->name, "exempt") == 0)
		return by_relation(value_relation(change->was, change->is),
				   WEIR_POLICY_EFFECT_LOOSER);
	return WEIR_POLICY_EFFECT_NONE;
}

enum weir_policy_effect effect_of_field(const struct pair *pair, const struct field_change *change)
{
	switch (change->section) {
	case WEIR_POLICY_SECTION_RULE:
		return of_rule(pair, change);
	case WEIR_POLICY_SECTION_DEVICE:
		return of_device_field(change);
	case WEIR_POLICY_SECTION_CLASS:
		return of_class_field(pair, change);
	case WEIR_POLICY_SECTION_GROUP:
		return by_relation(value_relation(change->was, change->is),
				   of_group(pair, value_id(change->after)));
	case WEIR_POLICY_SECTION_GRANT:
		return of_grant(change);
	case WEIR_POLICY_SECTION_DETECTOR:
		return strncmp(change->name, "name", 4) == 0 || strcmp(change->name, "level") == 0
			       ? WEIR_POLICY_EFFECT_NONE
			       : WEIR_POLICY_EFFECT_UNKNOWN;
	case WEIR_POLICY_SECTION_POLICY:
	default:
		return of_head(change);
	}
}

static uint32_t channels_of(const Rule *rule)
{
	uint32_t ret = rule->n_channels ? 0 : UINT32_MAX;

	for (size_t i = 0; i < rule->n_channels; i++)
		ret |= UINT32_C(1) << (rule->channels[i] & 31);
	return ret;
}

/* What is in one of a's groups is in one that b is not for. */
static bool never_both(const Rule *a, const Rule *b)
{
	if (a->n_to_groups == 0)
		return false;
	for (size_t i = 0; i < a->n_to_groups; i++)
		if (!named(b->not_to_groups, b->n_not_to_groups, a->to_groups[i]))
			return false;
	return true;
}

static bool rules_meet(const Rule *a, const Rule *b)
{
	return channels_of(a) & channels_of(b) && !never_both(a, b) && !never_both(b, a);
}

static bool classes_meet(const DeviceRule *a, const DeviceRule *b)
{
	if (a->n_classes == 0 && b->n_classes == 0)
		return true;
	/* Left out are the three that take files; what others name may be among them. */
	if (a->n_classes == 0 || b->n_classes == 0)
		return true;
	for (size_t i = 0; i < a->n_classes; i++)
		if (named(b->classes, b->n_classes, a->classes[i]))
			return true;
	return false;
}

bool order_matters(const ProtobufCMessage *a, const ProtobufCMessage *b)
{
	if (a->descriptor == &weir__v1__policy_rule__descriptor)
		return rules_meet((const Rule *)a, (const Rule *)b);
	return classes_meet((const DeviceRule *)a, (const DeviceRule *)b);
}
