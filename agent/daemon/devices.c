/* SPDX-License-Identifier: Apache-2.0 */
/* The USB devices by which data could leave, each node with the rule that holds for it. */

#include "weir/daemon/answers.h"

static json_t *interfaces_json(uint32_t interfaces)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < _WEIR_USB_MAX; i++)
		if (interfaces & WEIR_USB_SET(i))
			json_array_append_new(list, json_string(weir_usb_class_name(i)));
	return list;
}

/* Of a character device, whether it may be used at all. */
static const char *held(const struct weir_policy *policy, const struct weir_node *node,
			const struct weir_device_verdict *verdict)
{
	if (node->block)
		return weir_device_action_name(verdict->action);
	return weir_policy_node_profile(policy, &node->device) == WEIR_ABI_PROFILE_NONE ? "open"
											: "refused";
}

static json_t *device_json(const struct weir_policy *policy, const struct weir_node *node)
{
	const struct weir_device *device = &node->device;
	struct weir_device_verdict verdict = weir_policy_device(policy, device);

	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:b, s:s, s:s}", "name",
			 node->name, "kind", node->block ? "block" : "character", "bus",
			 device->bus, "vendor_id", device->vendor_id, "product_id",
			 device->product_id, "vendor", device->vendor, "product", device->product,
			 "serial_number", device->serial_number, "interfaces",
			 interfaces_json(device->interfaces), "encrypted", device->encrypted,
			 "rule", verdict.rule, "held", held(policy, node, &verdict));
}

json_t *weir_answer_devices(const struct weir_answer_facts *facts)
{
	const struct weir_nodes *nodes = facts->status->nodes;
	json_t *list = json_array();

	for (size_t i = 0; nodes && i < weir_nodes_count(nodes); i++) {
		const struct weir_node *node = weir_nodes_at(nodes, i);

		if (node->channel == WEIR_ABI_CHANNEL_REMOVABLE)
			json_array_append_new(list, device_json(facts->policy, node));
	}
	return list;
}
