/* SPDX-License-Identifier: Apache-2.0 */
#include "compile_body.h"

#include <errno.h>
#include <string.h>

#include "values.h"
#include "weir/base/macros.h"

#define DEFAULT_CONFIDENCE 50

static const struct word failures[] = {{"open", 0}, {"closed", 1}};

void *compile_alloc(const struct reading *r, size_t size)
{
	void *ret = arena_alloc(r->arena, size);

	if (!ret)
		(void)weir_error_set(r->err, -ENOMEM, 0, 0, "the file needs too much memory");
	return ret;
}

static int compile_class(const struct reading *r, const struct yaml_node *node,
			 Weir__V1__PolicyClass *ret)
{
	static const char *const keys[] = {"level", "detectors", "min_confidence"};
	uint64_t confidence = DEFAULT_CONFIDENCE;
	int code = want_map(r, node, "a class", keys, ARRAY_SIZE(keys));

	if (code >= 0)
		code = take_text(r, yaml_get(node, "level"), &ret->level);
	if (code >= 0)
		code = take_texts(r, yaml_get(node, "detectors"), &ret->detectors,
				  &ret->n_detectors);
	if (code >= 0)
		code = take_u64(r, yaml_get(node, "min_confidence"), 100, &confidence);
	ret->min_confidence = (uint32_t)confidence;
	return code;
}

int compile_classes(const struct reading *r, const struct yaml_node *node, Weir__V1__Policy *policy)
{
	int code;

	if (!node)
		return 0;
	code = want_map(r, node, "\"classes\"", NULL, 0);
	if (code < 0)
		return code;
	policy->classes = compile_alloc(r, node->count * sizeof(*policy->classes));
	if (!policy->classes)
		return -ENOMEM;
	for (const struct yaml_node *n = node->first; n; n = n->next) {
		Weir__V1__PolicyClass *class = NEW_ITEM(r, policy->classes, policy->n_classes,
							weir__v1__policy_class__init);

		if (!class)
			return -ENOMEM;
		class->name = (char *)n->key->text;
		code = compile_class(r, n, class);
		if (code < 0)
			return code;
	}
	return 0;
}

static int compile_usb(const struct reading *r, const struct yaml_node *node,
		       Weir__V1__UsbMatch *ret)
{
	static const char *const keys[] = {"vendor", "product", "serial"};
	int code = want_map(r, node, "a usb entry", keys, ARRAY_SIZE(keys));

	if (code >= 0)
		code = take_text(r, yaml_get(node, "vendor"), &ret->vendor_id);
	if (code >= 0)
		code = take_text(r, yaml_get(node, "product"), &ret->product_id);
	if (code >= 0)
		code = take_text(r, yaml_get(node, "serial"), &ret->serial_number);
	return code;
}

static int compile_host(const struct reading *r, const struct yaml_node *node,
			Weir__V1__HostMatch *ret)
{
	struct host_text host;
	char *text = NULL;
	int code = take_text(r, node, &text);

	if (code < 0)
		return code;
	if (parse_host(text, &host) < 0) {
		code = fail_node(r, node, "\"%.64s\" is no host", text);
		weir_error_hint(r->err, "192.0.2.7, 192.0.2.7:22, 192.0.2.0/24, [2001:db8::7]:22, "
					"2001:db8::/32 or a name");
		return code;
	}
	ret->port = host.port;
	if (host.named) {
		ret->name = arena_copy(r->arena, host.name, strlen(host.name));
	} else {
		ret->prefix_length = host.prefix;
		ret->address.len = sizeof(host.addr);
		ret->address.data =
			(uint8_t *)arena_copy(r->arena, (char *)host.addr, sizeof(host.addr));
	}
	if (!ret->name || (!host.named && !ret->address.data))
		return weir_error_set(r->err, -ENOMEM, 0, 0, "the file needs too much memory");
	return 0;
}

int compile_hosts(const struct reading *r, const struct yaml_node *node, Weir__V1__HostMatch ***ret,
		  size_t *ret_n)
{
	Weir__V1__HostMatch **list;
	size_t count = 0;
	int code;

	if (!node)
		return 0;
	code = want_list(r, node, "a list of hosts");
	if (code < 0)
		return code;
	list = compile_alloc(r, node->count * sizeof(*list));
	if (!list)
		return -ENOMEM;
	for (const struct yaml_node *n = node->first; n; n = n->next) {
		Weir__V1__HostMatch *host = NEW_ITEM(r, list, count, weir__v1__host_match__init);

		code = host ? compile_host(r, n, host) : -ENOMEM;
		if (code < 0)
			return code;
	}
	*ret = list;
	*ret_n = count;
	return 0;
}

static int compile_group(const struct reading *r, const struct yaml_node *node,
			 Weir__V1__PolicyGroup *ret)
{
	static const char *const keys[] = {"usb", "hosts"};
	const struct yaml_node *usb = yaml_get(node, "usb");
	int code = want_map(r, node, "a group", keys, ARRAY_SIZE(keys));

	if (code >= 0 && usb)
		code = want_list(r, usb, "\"usb\"");
	if (code < 0)
		return code;
	ret->usb = compile_alloc(r, (usb ? usb->count : 0) * sizeof(*ret->usb));
	if (!ret->usb)
		return -ENOMEM;
	for (const struct yaml_node *n = usb ? usb->first : NULL; n; n = n->next) {
		Weir__V1__UsbMatch *match =
			NEW_ITEM(r, ret->usb, ret->n_usb, weir__v1__usb_match__init);

		code = match ? compile_usb(r, n, match) : -ENOMEM;
		if (code < 0)
			return code;
	}
	return compile_hosts(r, yaml_get(node, "hosts"), &ret->hosts, &ret->n_hosts);
}

int compile_groups(const struct reading *r, const struct yaml_node *node, Weir__V1__Policy *policy)
{
	int code;

	if (!node)
		return 0;
	code = want_map(r, node, "\"groups\"", NULL, 0);
	if (code < 0)
		return code;
	policy->groups = compile_alloc(r, node->count * sizeof(*policy->groups));
	if (!policy->groups)
		return -ENOMEM;
	for (const struct yaml_node *n = node->first; n; n = n->next) {
		Weir__V1__PolicyGroup *group =
			NEW_ITEM(r, policy->groups, policy->n_groups, weir__v1__policy_group__init);

		if (!group)
			return -ENOMEM;
		group->name = (char *)n->key->text;
		code = compile_group(r, n, group);
		if (code < 0)
			return code;
	}
	return 0;
}

static int compile_channels(const struct reading *r, const struct yaml_node *node,
			    Weir__V1__PolicyRule *ret)
{
	bool list = node && node->kind == YAML_LIST;
	size_t count = !node ? 0 : list ? node->count : 1;
	const struct yaml_node *item = list ? node->first : node;

	if (list && count == 0)
		return fail_node(r, node, "\"channel\" is an empty list");
	ret->channels = compile_alloc(r, count * sizeof(*ret->channels));
	if (!ret->channels)
		return -ENOMEM;
	for (; ret->n_channels < count; item = item->next) {
		int channel;
		int code = take_word(r, item, policy_channels, policy_channels_count, &channel);

		if (code < 0)
			return code;
		ret->channels[ret->n_channels++] = (Weir__V1__Channel)channel;
	}
	return 0;
}

int compile_message(const struct reading *r, const struct yaml_node *node, char **ret_zh,
		    char **ret_en)
{
	static const char *const keys[] = {"zh", "en"};
	int code;

	if (!node)
		return 0;
	code = want_map(r, node, "\"message\"", keys, ARRAY_SIZE(keys));
	if (code >= 0)
		code = take_text(r, yaml_get(node, "zh"), ret_zh);
	if (code >= 0)
		code = take_text(r, yaml_get(node, "en"), ret_en);
	return code;
}

static int compile_actions(const struct reading *r, const struct yaml_node *node,
			   Weir__V1__PolicyRule *ret)
{
	const struct yaml_node *action_node = NULL;
	int action = 0, unscannable = 0, closed = 0;
	int code = want_key(r, node, "action", &action_node);

	if (code >= 0)
		code = take_word(r, action_node, policy_actions, policy_actions_count, &action);
	if (code >= 0)
		code = take_word(r, yaml_get(node, "on_unscannable"), policy_actions,
				 policy_actions_count, &unscannable);
	if (code >= 0)
		code = take_word(r, yaml_get(node, "on_failure"), failures, ARRAY_SIZE(failures),
				 &closed);
	ret->action = (Weir__V1__Action)action;
	ret->on_unscannable = (Weir__V1__Action)unscannable;
	ret->fail_closed = closed;
	return code;
}

static int compile_rule(const struct reading *r, const struct yaml_node *node,
			Weir__V1__PolicyRule *ret)
{
	static const char *const keys[] = {"id",      "channel",   "content",	     "to",
					   "not_to",  "action",	   "on_unscannable", "on_failure",
					   "message", "first_open"};
	int code = want_map(r, node, "a rule", keys, ARRAY_SIZE(keys));

	if (code >= 0)
		code = take_text(r, yaml_get(node, "id"), &ret->id);
	if (code >= 0)
		code = compile_channels(r, yaml_get(node, "channel"), ret);
	if (code >= 0)
		code = compile_content(r, yaml_get(node, "content"), ret);
	if (code >= 0)
		code = compile_first_open(r, yaml_get(node, "first_open"), ret);
	if (code >= 0)
		code = take_texts(r, yaml_get(node, "to"), &ret->to_groups, &ret->n_to_groups);
	if (code >= 0)
		code = take_texts(r, yaml_get(node, "not_to"), &ret->not_to_groups,
				  &ret->n_not_to_groups);
	if (code >= 0)
		code = compile_actions(r, node, ret);
	if (code >= 0)
		code = compile_message(r, yaml_get(node, "message"), &ret->message_zh,
				       &ret->message_en);
	return code;
}

int compile_rules(const struct reading *r, const struct yaml_node *node, Weir__V1__Policy *policy)
{
	int code;

	if (!node)
		return 0;
	code = want_list(r, node, "\"rules\"");
	if (code < 0)
		return code;
	policy->rules = compile_alloc(r, node->count * sizeof(*policy->rules));
	if (!policy->rules)
		return -ENOMEM;
	for (const struct yaml_node *n = node->first; n; n = n->next) {
		Weir__V1__PolicyRule *rule =
			NEW_ITEM(r, policy->rules, policy->n_rules, weir__v1__policy_rule__init);

		code = rule ? compile_rule(r, n, rule) : -ENOMEM;
		if (code < 0)
			return code;
	}
	return 0;
}

static int compile_method(const struct reading *r, const struct yaml_node *grant,
			  Weir__V1__Grant *ret)
{
	static const char *const keys[] = {"channel", "to"};
	const struct yaml_node *node = NULL, *channel_node = NULL;
	int channel = 0;
	int code = want_key(r, grant, "method", &node);

	if (code >= 0)
		code = want_map(r, node, "\"method\"", keys, ARRAY_SIZE(keys));
	if (code >= 0)
		code = want_key(r, node, "channel", &channel_node);
	if (code >= 0)
		code = take_word(r, channel_node, policy_channels, policy_channels_count, &channel);
	if (code >= 0)
		code = take_text(r, yaml_get(node, "to"), &ret->to_group);
	ret->channel = (Weir__V1__Channel)channel;
	return code;
}

static int take_when(const struct reading *r, const struct yaml_node *map, const char *key,
		     bool end, uint64_t *ret)
{
	const struct yaml_node *node = NULL;
	char *text = NULL;
	int code = want_key(r, map, key, &node);

	if (code >= 0)
		code = take_text(r, node, &text);
	if (code >= 0 && parse_when(text, end, ret) < 0) {
		code = fail_node(r, node, "\"%.64s\" is no date", text);
		weir_error_hint(r->err, "write 2026-11-20, or 2026-11-20T18:00:00+08:00");
	}
	return code;
}

static int compile_valid(const struct reading *r, const struct yaml_node *grant,
			 Weir__V1__Grant *ret)
{
	static const char *const keys[] = {"from", "until"};
	const struct yaml_node *node = NULL;
	int code = want_key(r, grant, "valid", &node);

	if (code >= 0)
		code = want_map(r, node, "\"valid\"", keys, ARRAY_SIZE(keys));
	if (code >= 0)
		code = take_when(r, node, "from", false, &ret->valid_from_ns);
	if (code >= 0)
		code = take_when(r, node, "until", true, &ret->valid_until_ns);
	return code;
}

static int compile_grant(const struct reading *r, const struct yaml_node *node,
			 Weir__V1__Grant *ret)
{
	static const char *const keys[] = {"id",     "recipient", "classes",  "purpose",
					   "method", "agreement", "approver", "valid"};
	const struct {
		const char *key;
		char **text;
	} texts[] = {
		{"id", &ret->id},
		{"recipient", &ret->recipient},
		{"purpose", &ret->purpose},
		{"agreement", &ret->agreement},
		{"approver", &ret->approver},
	};
	int code = want_map(r, node, "a grant", keys, ARRAY_SIZE(keys));

	for (size_t i = 0; code >= 0 && i < ARRAY_SIZE(texts); i++)
		code = take_text(r, yaml_get(node, texts[i].key), texts[i].text);
	if (code >= 0)
		code = take_texts(r, yaml_get(node, "classes"), &ret->classes, &ret->n_classes);
	if (code >= 0)
		code = compile_method(r, node, ret);
	return code < 0 ? code : compile_valid(r, node, ret);
}

int compile_grants(const struct reading *r, const struct yaml_node *node, Weir__V1__Policy *policy)
{
	int code;

	if (!node)
		return 0;
	code = want_list(r, node, "\"grants\"");
	if (code < 0)
		return code;
	policy->grants = compile_alloc(r, node->count * sizeof(*policy->grants));
	if (!policy->grants)
		return -ENOMEM;
	for (const struct yaml_node *n = node->first; n; n = n->next) {
		Weir__V1__Grant *grant =
			NEW_ITEM(r, policy->grants, policy->n_grants, weir__v1__grant__init);

		code = grant ? compile_grant(r, n, grant) : -ENOMEM;
		if (code < 0)
			return code;
	}
	return 0;
}
