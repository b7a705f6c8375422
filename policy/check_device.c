/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "check_state.h"
#include "internal.h"
#include "names.h"

static int check_pattern(struct check *c, const char *key, const char *text, size_t max)
{
	return check_text(c, key, text, max - 1, false);
}

/* A pattern over four hexadecimal digits; anything else never matches. */
static int check_usb_id(struct check *c, const char *key, const char *text)
{
	size_t len = strlen(text);
	bool glob = strchr(text, '*') != NULL;

	at(c, key, -1);
	if (len == 0 || (strspn(text, "0123456789abcdefABCDEF?*") == len && (len == 4 || glob)))
		return 0;
	fail(c, "\"%s\" is not four hexadecimal digits, or a pattern of them", key);
	weir_error_hint(c->err, "lsusb prints it: ID vendor:product; write it in quotes");
	return -EINVAL;
}

static int check_classes(struct check *c, const Weir__V1__DeviceRule *rule)
{
	for (size_t i = 0; i < rule->n_classes; i++) {
		const char *names[_WEIR_USB_MAX];

		at(c, "class", (int)i);
		if (word_value(policy_usb_classes, policy_usb_classes_count, rule->classes[i]) >= 0)
			continue;
		fail(c, "there is no interface class \"%.64s\"", rule->classes[i]);
		for (size_t n = 0; n < policy_usb_classes_count; n++)
			names[n] = policy_usb_classes[n].name;
		hint_names(c->err, rule->classes[i], names, policy_usb_classes_count);
		return -EINVAL;
	}
	return 0;
}

static int check_device_groups(struct check *c, const Weir__V1__DeviceRule *rule)
{
	for (size_t i = 0; i < rule->n_groups; i++) {
		const Weir__V1__PolicyGroup *group;
		int r;

		at(c, "group", (int)i);
		r = check_group_exists(c, rule->groups[i], &group);
		if (r < 0)
			return r;
		if (group->n_usb == 0)
			return fail(c, "group \"%s\" has no usb entries", group->name);
	}
	return 0;
}

static int check_device_id(struct check *c, const Weir__V1__DeviceRule *rule)
{
	const Weir__V1__Policy *p = c->policy;
	int r = check_name(c, "id", rule->id, "the device rule's \"id\"");

	for (unsigned i = 0; r >= 0 && i < c->place.index; i++)
		if (strcmp(p->devices[i]->id, rule->id) == 0)
			return fail(c, "device rule \"%s\" is there twice", rule->id);
	/* Events name either kind by its id alone. */
	for (size_t i = 0; r >= 0 && i < p->n_rules; i++)
		if (strcmp(p->rules[i]->id, rule->id) == 0)
			return fail(c, "\"%s\" is a rule's id already", rule->id);
	return r;
}

/* What reaches a printer or a camera's chip is not a volume: there is nothing to hold its content against. */
static int check_device_action(struct check *c, const Weir__V1__DeviceRule *rule)
{
	at(c, "action", -1);
	if (rule->action < WEIR__V1__DEVICE_ACTION__DEVICE_ACTION_ALLOW ||
	    rule->action > WEIR__V1__DEVICE_ACTION__DEVICE_ACTION_CONTENT)
		return rule->action ? fail(c, "action number %d is not known", (int)rule->action)
				    : fail(c, "device rule \"%s\" has no \"action\"", rule->id);
	at(c, "encrypted", -1);
	if (rule->encrypted < 0 || rule->encrypted > WEIR__V1__ENCRYPTION__ENCRYPTION_YES)
		return fail(c, "encryption number %d is not known", (int)rule->encrypted);
	return 0;
}

int check_device(struct check *c, const Weir__V1__DeviceRule *rule)
{
	int r = check_device_id(c, rule);

	if (r >= 0)
		r = check_usb_id(c, "vendor", rule->vendor_id);
	if (r >= 0)
		r = check_usb_id(c, "product", rule->product_id);
	if (r >= 0)
		r = check_pattern(c, "serial", rule->serial_number,
				  sizeof(((struct weir_device *)0)->serial_number));
	if (r >= 0)
		r = check_device_groups(c, rule);
	if (r >= 0)
		r = check_classes(c, rule);
	if (r >= 0)
		r = check_device_action(c, rule);
	if (r >= 0)
		r = check_text(c, "message.zh", rule->message_zh, MESSAGE_MAX_LEN, false);
	return r < 0 ? r : check_text(c, "message.en", rule->message_en, MESSAGE_MAX_LEN, false);
}
