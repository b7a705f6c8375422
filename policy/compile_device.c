/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "compile_body.h"
#include "weir/base/macros.h"

static const struct word encryptions[] = {
	{"no", WEIR__V1__ENCRYPTION__ENCRYPTION_NO},
	{"yes", WEIR__V1__ENCRYPTION__ENCRYPTION_YES},
};

static int compile_what(const struct reading *r, const struct yaml_node *node,
			Weir__V1__DeviceRule *ret)
{
	const struct {
		const char *key;
		char **text;
	} texts[] = {
		{"id", &ret->id},
		{"vendor", &ret->vendor_id},
		{"product", &ret->product_id},
		{"serial", &ret->serial_number},
	};
	int encrypted = 0, code = 0;

	for (size_t i = 0; code >= 0 && i < ARRAY_SIZE(texts); i++)
		code = take_text(r, yaml_get(node, texts[i].key), texts[i].text);
	if (code >= 0)
		code = take_texts(r, yaml_get(node, "group"), &ret->groups, &ret->n_groups);
	if (code >= 0)
		code = take_texts(r, yaml_get(node, "class"), &ret->classes, &ret->n_classes);
	if (code >= 0)
		code = take_word(r, yaml_get(node, "encrypted"), encryptions,
				 ARRAY_SIZE(encryptions), &encrypted);
	ret->encrypted = (Weir__V1__Encryption)encrypted;
	return code;
}

static int compile_device(const struct reading *r, const struct yaml_node *node,
			  Weir__V1__DeviceRule *ret)
{
	static const char *const keys[] = {"id",    "vendor",	 "product", "serial", "group",
					   "class", "encrypted", "action",  "message"};
	const struct yaml_node *action_node = NULL;
	int action = 0;
	int code = want_map(r, node, "a device rule", keys, ARRAY_SIZE(keys));

	if (code >= 0)
		code = compile_what(r, node, ret);
	if (code >= 0)
		code = want_key(r, node, "action", &action_node);
	if (code >= 0)
		code = take_word(r, action_node, policy_device_actions, policy_device_actions_count,
				 &action);
	ret->action = (Weir__V1__DeviceAction)action;
	return code < 0 ? code
			: compile_message(r, yaml_get(node, "message"), &ret->message_zh,
					  &ret->message_en);
}

int compile_devices(const struct reading *r, const struct yaml_node *node, Weir__V1__Policy *policy)
{
	int code;

	if (!node)
		return 0;
	code = want_list(r, node, "\"devices\"");
	if (code < 0)
		return code;
	policy->devices = compile_alloc(r, node->count * sizeof(*policy->devices));
	if (!policy->devices)
		return -ENOMEM;
	for (const struct yaml_node *n = node->first; n; n = n->next) {
		Weir__V1__DeviceRule *rule = NEW_ITEM(r, policy->devices, policy->n_devices,
						      weir__v1__device_rule__init);

		code = rule ? compile_device(r, n, rule) : -ENOMEM;
		if (code < 0)
			return code;
	}
	return 0;
}
