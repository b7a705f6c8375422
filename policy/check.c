/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "check_state.h"
#include "internal.h"
#include "names.h"
#include "weir/base/macros.h"

#define NAME_MAX_LEN 64
#define TEXT_MAX_LEN 256

static bool plain_name(const char *text)
{
	size_t len = strlen(text);

	return len > 0 && len <= NAME_MAX_LEN && text[0] != '-' &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") ==
		       len;
}

int check_name(struct check *c, const char *key, const char *name, const char *what)
{
	int r;

	at(c, key, -1);
	if (plain_name(name))
		return 0;
	r = *name ? fail(c, "%s is not a valid name", what) : fail(c, "%s is missing", what);
	weir_error_hint(c->err, "letters, digits, \".\", \"_\" and \"-\", at most %d",
			NAME_MAX_LEN);
	return r;
}

int check_text(struct check *c, const char *key, const char *text, size_t max, bool needed)
{
	at(c, key, -1);
	if (!*text && needed)
		return fail(c, "\"%s\" is missing", key);
	if (strlen(text) > max)
		return fail(c, "\"%s\" is longer than %zu bytes", key, max);
	for (const char *p = text; *p; p++)
		if (((unsigned char)*p < 0x20 && *p != '\n') || *p == 0x7f)
			return fail(c, "\"%s\" has a control character", key);
	return 0;
}

static int find_group(const Weir__V1__Policy *p, const char *name)
{
	for (size_t i = 0; i < p->n_groups; i++)
		if (strcmp(p->groups[i]->name, name) == 0)
			return (int)i;
	return -1;
}

int check_group_exists(struct check *c, const char *name, const Weir__V1__PolicyGroup **ret)
{
	const char *names[MAX_GROUPS];
	int r = find_group(c->policy, name);

	if (r >= 0) {
		if (ret)
			*ret = c->policy->groups[r];
		return 0;
	}
	r = fail(c, "there is no group \"%s\"", name);
	for (size_t i = 0; i < c->policy->n_groups; i++)
		names[i] = c->policy->groups[i]->name;
	hint_names(c->err, name, names, c->policy->n_groups);
	return r;
}

static bool hex4(const char *text)
{
	return strlen(text) == 4 && strspn(text, "0123456789abcdefABCDEF") == 4;
}

static int check_usb(struct check *c, const Weir__V1__UsbMatch *usb)
{
	if (!hex4(usb->vendor_id)) {
		fail(c, *usb->vendor_id ? "\"vendor\" is not four hexadecimal digits"
					: "\"vendor\" is missing");
		weir_error_hint(c->err, "lsusb prints it: ID vendor:product; write it in quotes");
		return -EINVAL;
	}
	if (*usb->product_id && !hex4(usb->product_id)) {
		fail(c, "\"product\" is not four hexadecimal digits");
		weir_error_hint(c->err, "lsusb prints it: ID vendor:product; write it in quotes");
		return -EINVAL;
	}
	if (strlen(usb->serial_number) >= sizeof(((struct weir_device *)0)->serial_number))
		return fail(c, "\"serial\" is too long");
	for (const char *p = usb->serial_number; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return fail(c, "\"serial\" has a control character");
	return 0;
}

static bool bits_below_prefix(const ProtobufCBinaryData *address, unsigned prefix)
{
	for (unsigned bit = prefix; bit < 128; bit++)
		if (address->data[bit / 8] >> (7 - bit % 8) & 1)
			return true;
	return false;
}

static int check_host(struct check *c, const Weir__V1__HostMatch *host, bool name_allowed)
{
	size_t name_len = strlen(host->name);

	if (host->port > UINT16_MAX)
		return fail(c, "a port is between 1 and 65535");
	if (host->address.len == 0) {
		if (!name_allowed)
			return fail(c, "an address is needed here, not a name");
		if (name_len == 0 || name_len > 253)
			return fail(c, "a host needs an address or a name");
		return 0;
	}
	if (host->address.len != 16 || host->prefix_length > 128)
		return fail(c, "an address has 16 bytes and a prefix of at most 128 bits");
	if (bits_below_prefix(&host->address, host->prefix_length)) {
		fail(c, "the address has bits set behind its prefix");
		weir_error_hint(c->err, "write the network's first address, as in 10.0.0.0/8");
		return -EINVAL;
	}
	return 0;
}

static int check_group(struct check *c, const Weir__V1__PolicyGroup *group)
{
	int r = check_name(c, NULL, group->name, "the name of this group");

	if (r < 0)
		return r;
	if (find_group(c->policy, group->name) < (int)c->place.index)
		return fail(c, "group \"%s\" is there twice", group->name);
	if (group->n_usb + group->n_hosts == 0)
		return fail(c, "group \"%s\" is empty", group->name);
	if (group->n_usb > MAX_ENTRIES || group->n_hosts > MAX_ENTRIES)
		return fail(c, "group \"%s\" has more than %d entries", group->name, MAX_ENTRIES);
	for (size_t i = 0; i < group->n_usb; i++) {
		at(c, "usb", (int)i);
		r = check_usb(c, group->usb[i]);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < group->n_hosts; i++) {
		at(c, "hosts", (int)i);
		r = check_host(c, group->hosts[i], true);
		if (r < 0)
			return r;
	}
	return 0;
}

static int check_channels(struct check *c, const Weir__V1__PolicyRule *rule)
{
	unsigned seen = 0;

	for (size_t i = 0; i < rule->n_channels; i++) {
		unsigned channel = (unsigned)rule->channels[i];

		at(c, "channel", (int)i);
		if (channel < WEIR__V1__CHANNEL__CHANNEL_FILE ||
		    channel > WEIR__V1__CHANNEL__CHANNEL_AT_REST)
			return fail(c, "channel number %u is not known", channel);
		if (seen >> channel & 1)
			return fail(c, "a channel is there twice");
		seen |= 1U << channel;
	}
	return 0;
}

static int check_targets(struct check *c, const Weir__V1__PolicyRule *rule)
{
	for (size_t i = 0; i < rule->n_to_groups; i++) {
		int r;

		at(c, "to", (int)i);
		r = check_group_exists(c, rule->to_groups[i], NULL);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < rule->n_not_to_groups; i++) {
		int r;

		at(c, "not_to", (int)i);
		r = check_group_exists(c, rule->not_to_groups[i], NULL);
		if (r < 0)
			return r;
		for (size_t j = 0; j < rule->n_to_groups; j++)
			if (strcmp(rule->not_to_groups[i], rule->to_groups[j]) == 0)
				return fail(c, "group \"%s\" is in \"to\" and in \"not_to\"",
					    rule->to_groups[j]);
	}
	return 0;
}

static int check_rule_id(struct check *c, const Weir__V1__PolicyRule *rule)
{
	int r = check_name(c, "id", rule->id, "the rule's \"id\"");

	for (unsigned i = 0; r >= 0 && i < c->place.index; i++)
		if (strcmp(c->policy->rules[i]->id, rule->id) == 0)
			return fail(c, "rule \"%s\" is there twice", rule->id);
	return r;
}

static int check_rule(struct check *c, const Weir__V1__PolicyRule *rule)
{
	int r = check_rule_id(c, rule);

	if (r >= 0)
		r = check_channels(c, rule);
	if (r >= 0 && rule->content)
		r = check_content(c, rule->content);
	if (r >= 0 && rule->content)
		r = check_within(c, rule);
	if (r >= 0 && rule->first_open)
		r = check_first_open(c, rule);
	if (r >= 0)
		r = check_targets(c, rule);
	if (r < 0)
		return r;
	at(c, "action", -1);
	if (rule->action < WEIR__V1__ACTION__ACTION_ALLOW ||
	    rule->action > WEIR__V1__ACTION__ACTION_QUARANTINE)
		return rule->action ? fail(c, "action number %d is not known", (int)rule->action)
				    : fail(c, "rule \"%s\" has no \"action\"", rule->id);
	at(c, "on_unscannable", -1);
	if (rule->on_unscannable < 0 || rule->on_unscannable > WEIR__V1__ACTION__ACTION_QUARANTINE)
		return fail(c, "action number %d is not known", (int)rule->on_unscannable);
	if (rule->on_unscannable && !rule->content) {
		fail(c, "\"on_unscannable\" without \"content\" never matters");
		weir_error_hint(c->err, "this rule acts whatever the content: leave it out");
		return -EINVAL;
	}
	r = check_text(c, "message.zh", rule->message_zh, MESSAGE_MAX_LEN, false);
	return r < 0 ? r : check_text(c, "message.en", rule->message_en, MESSAGE_MAX_LEN, false);
}

static int check_grant_register(struct check *c, const Weir__V1__Grant *grant)
{
	const struct {
		const char *key, *text;
	} texts[] = {
		{"purpose", grant->purpose},
		{"agreement", grant->agreement},
		{"approver", grant->approver},
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		int r = check_text(c, texts[i].key, texts[i].text, TEXT_MAX_LEN, true);

		if (r < 0)
			return r;
	}
	at(c, "valid", -1);
	if (grant->valid_from_ns == 0 || grant->valid_until_ns <= grant->valid_from_ns)
		return fail(c, "grant \"%s\" ends before it begins", grant->id);
	return 0;
}

static int check_grant(struct check *c, const Weir__V1__Grant *grant)
{
	int r = check_name(c, "id", grant->id, "the grant's \"id\"");

	if (r < 0)
		return r;
	for (unsigned i = 0; i < c->place.index; i++)
		if (strcmp(c->policy->grants[i]->id, grant->id) == 0)
			return fail(c, "grant \"%s\" is there twice", grant->id);
	at(c, "recipient", -1);
	r = check_group_exists(c, grant->recipient, NULL);
	if (r < 0)
		return r;
	at(c, "classes", -1);
	if (grant->n_classes == 0)
		return fail(c, "grant \"%s\" has no classes", grant->id);
	for (size_t i = 0; i < grant->n_classes; i++) {
		at(c, "classes", (int)i);
		r = check_class_exists(c, grant->classes[i]);
		if (r < 0)
			return r;
	}
	at(c, "method.channel", -1);
	if (grant->channel < WEIR__V1__CHANNEL__CHANNEL_REMOVABLE ||
	    grant->channel > WEIR__V1__CHANNEL__CHANNEL_NETWORK) {
		fail(c, "a grant is for a way out of the machine");
		weir_error_hint(c->err, "removable, share or network");
		return -EINVAL;
	}
	at(c, "method.to", -1);
	r = check_group_exists(c, grant->to_group, NULL);
	return r < 0 ? r : check_grant_register(c, grant);
}

static bool date_or_empty(const char *text)
{
	size_t len = strlen(text);

	if (len == 0)
		return true;
	return len == 10 && strspn(text, "0123456789-") == len && text[4] == '-' && text[7] == '-';
}

static int check_counts(struct check *c)
{
	const Weir__V1__Policy *p = c->policy;
	size_t hosts = 0;

	for (size_t i = 0; i < p->n_groups; i++)
		hosts += p->groups[i]->n_hosts;
	at(c, "detectors", -1);
	if (p->n_detectors > WEIR_CUSTOM_MAX)
		return fail(c, "more than %d detectors", WEIR_CUSTOM_MAX);
	at(c, "classes", -1);
	if (p->n_classes > WEIR_POLICY_CLASSES)
		return fail(c, "more than %d classes", WEIR_POLICY_CLASSES);
	at(c, "groups", -1);
	if (p->n_groups > MAX_GROUPS)
		return fail(c, "more than %d groups", MAX_GROUPS);
	if (hosts > MAX_HOSTS)
		return fail(c, "more than %d hosts in all groups together", MAX_HOSTS);
	at(c, "rules", -1);
	if (p->n_rules > MAX_RULES)
		return fail(c, "more than %d rules", MAX_RULES);
	if (check_first_folders(c) < 0)
		return -EINVAL;
	at(c, "devices", -1);
	if (p->n_devices > MAX_DEVICE_RULES)
		return fail(c, "more than %d device rules", MAX_DEVICE_RULES);
	at(c, "grants", -1);
	if (p->n_grants > MAX_GRANTS)
		return fail(c, "more than %d grants", MAX_GRANTS);
	at(c, "network.exempt", -1);
	if (p->n_exempt > MAX_EXEMPT - LOOPBACKS)
		return fail(c, "more than %d exempt networks", MAX_EXEMPT - LOOPBACKS);
	return 0;
}

static int check_head(struct check *c)
{
	const Weir__V1__Policy *p = c->policy;
	int r;

	if (p->schema != 1)
		return fail(c, "schema %u is not known to this version", p->schema);
	r = check_name(c, "metadata.name", p->name, "the policy's \"name\"");
	if (r >= 0)
		r = check_text(c, "metadata.owner", p->owner, TEXT_MAX_LEN, false);
	if (r < 0)
		return r;
	at(c, "metadata.reviewed", -1);
	if (!date_or_empty(p->reviewed))
		return fail(c, "\"reviewed\" is no date like 2026-11-20");
	r = check_counts(c);
	for (size_t i = 0; r >= 0 && i < p->n_exempt; i++) {
		at(c, "network.exempt", (int)i);
		r = check_host(c, p->exempt[i], false);
	}
	return r;
}

static void enter(struct check *c, enum section section, size_t index)
{
	c->place = (struct place){section, (unsigned)index, NULL, -1};
}

static int check_sections(struct check *c)
{
	const Weir__V1__Policy *p = c->policy;
	int r = check_head(c);

	for (size_t i = 0; r >= 0 && i < p->n_detectors; i++) {
		enter(c, SECTION_DETECTOR, i);
		r = check_custom(c, p->detectors[i]);
	}
	for (size_t i = 0; r >= 0 && i < p->n_classes; i++) {
		enter(c, SECTION_CLASS, i);
		r = check_class(c, p->classes[i]);
	}
	for (size_t i = 0; r >= 0 && i < p->n_groups; i++) {
		enter(c, SECTION_GROUP, i);
		r = check_group(c, p->groups[i]);
	}
	for (size_t i = 0; r >= 0 && i < p->n_rules; i++) {
		enter(c, SECTION_RULE, i);
		r = check_rule(c, p->rules[i]);
	}
	if (r >= 0 && p->evidence) {
		enter(c, SECTION_POLICY, 0);
		r = check_evidence(c, p->evidence);
	}
	for (size_t i = 0; r >= 0 && i < p->n_grants; i++) {
		enter(c, SECTION_GRANT, i);
		r = check_grant(c, p->grants[i]);
	}
	for (size_t i = 0; r >= 0 && i < p->n_devices; i++) {
		enter(c, SECTION_DEVICE, i);
		r = check_device(c, p->devices[i]);
	}
	return r;
}

int policy_check(const Weir__V1__Policy *policy, struct place *ret_place, struct weir_error *reterr)
{
	struct check c = {.policy = policy, .err = reterr};
	int r;

	enter(&c, SECTION_POLICY, 0);
	r = check_sections(&c);
	if (r < 0)
		*ret_place = c.place;
	return r;
}
