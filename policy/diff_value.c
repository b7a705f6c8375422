/* SPDX-License-Identifier: Apache-2.0 */
#include "diff_value.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "weir/base/macros.h"
#include "weir/base/time.h"
#include "weir/evidence/reviewer.h"
#include "weir/policy/decide.h"
#include "weir/proto/enums.h"

#define ITEM_MAX 512 /* of what is put together here; texts of the policy are taken as they are */

/* What the language calls otherwise than the schema. */
static const struct {
	const ProtobufCMessageDescriptor *type;
	const char *member, *name;
} names[] = {
	{&weir__v1__policy_rule__descriptor, "channels", "channel"},
	{&weir__v1__policy_rule__descriptor, "to_groups", "to"},
	{&weir__v1__policy_rule__descriptor, "not_to_groups", "not_to"},
	{&weir__v1__policy_rule__descriptor, "fail_closed", "on_failure_closed"},
	{&weir__v1__content_condition__descriptor, "class_name", "content.class"},
	{&weir__v1__content_condition__descriptor, "comparison", ""}, /* with distinct */
	{&weir__v1__content_condition__descriptor, "distinct", "content.distinct"},
	{&weir__v1__content_condition__descriptor, "limits", "content.limits"},
	{&weir__v1__content_condition__descriptor, "limits_confidence", "content.min_confidence"},
	{&weir__v1__content_condition__descriptor, "share", "content.share"},
	{&weir__v1__content_condition__descriptor, "customers", "content.customers"},
	{&weir__v1__content_condition__descriptor, "within_seconds", "content.within"},
	{&weir__v1__first_open__descriptor, "folders", "first_open.folders"},
	{&weir__v1__first_open__descriptor, "budget_ms", "first_open.budget_ms"},
	{&weir__v1__device_rule__descriptor, "vendor_id", "vendor"},
	{&weir__v1__device_rule__descriptor, "product_id", "product"},
	{&weir__v1__device_rule__descriptor, "serial_number", "serial"},
	{&weir__v1__device_rule__descriptor, "groups", "group"},
	{&weir__v1__device_rule__descriptor, "classes", "class"},
	{&weir__v1__grant__descriptor, "to_group", "to"},
	{&weir__v1__grant__descriptor, "valid_from_ns", "valid.from"},
	{&weir__v1__grant__descriptor, "valid_until_ns", "valid.until"},
	{&weir__v1__policy_evidence__descriptor, "recipients", "evidence.recipients"},
	{&weir__v1__policy_evidence__descriptor, "max_bytes", "evidence.max_bytes"},
	{&weir__v1__policy_evidence__descriptor, "rules", "evidence.rules"},
	{&weir__v1__policy__descriptor, "schema", ""},
	{&weir__v1__policy__descriptor, "revision", ""},
};

const char *value_name(const ProtobufCMessageDescriptor *type,
		       const ProtobufCFieldDescriptor *field)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].type == type && strcmp(names[i].member, field->name) == 0)
			return names[i].name;
	return field->name;
}

static const void *member_of(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
	return (const char *)message + field->offset;
}

static size_t count_of(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
	return *(const size_t *)((const char *)message + field->quantifier_offset);
}

const ProtobufCMessage *value_message(const ProtobufCMessage *message,
				      const ProtobufCFieldDescriptor *field)
{
	return message ? *(ProtobufCMessage *const *)member_of(message, field) : NULL;
}

ProtobufCMessage *const *value_messages(const ProtobufCMessage *message,
					const ProtobufCFieldDescriptor *field, size_t *ret_n)
{
	*ret_n = count_of(message, field);
	return *(ProtobufCMessage *const *const *)member_of(message, field);
}

const char *value_id(const ProtobufCMessage *message)
{
	return *(char *const *)member_of(message, &message->descriptor->fields[0]);
}

static const char *copy(struct arena *arena, const char *text)
{
	return arena_copy(arena, text, strlen(text));
}

static const char *host_text(struct arena *arena, const Weir__V1__HostMatch *host)
{
	char address[INET6_ADDRSTRLEN] = "", text[ITEM_MAX], port[16] = "";
	bool named = host->address.len != 16;
	bool v4 = !named && host->prefix_length >= 96 &&
		  IN6_IS_ADDR_V4MAPPED((const struct in6_addr *)host->address.data);
	unsigned prefix = host->prefix_length - (v4 ? 96 : 0);

	if (host->port)
		(void)snprintf(port, sizeof(port), ":%u", host->port);
	if (named)
		(void)snprintf(text, sizeof(text), "%s%s", host->name, port);
	else if (inet_ntop(v4 ? AF_INET : AF_INET6, host->address.data + (v4 ? 12 : 0), address,
			   sizeof(address)))
		(void)snprintf(text, sizeof(text), v4 ? "%s/%u%s" : "[%s]/%u%s", address, prefix,
			       port);
	return copy(arena, text);
}

static const char *usb_text(struct arena *arena, const Weir__V1__UsbMatch *usb)
{
	char text[ITEM_MAX];

	(void)snprintf(text, sizeof(text), "%s:%s:%s", *usb->vendor_id ? usb->vendor_id : "*",
		       *usb->product_id ? usb->product_id : "*",
		       *usb->serial_number ? usb->serial_number : "*");
	return copy(arena, text);
}

static const char *message_text(struct arena *arena, const ProtobufCMessage *message)
{
	char text[ITEM_MAX];
	const Weir__V1__ContentLimit *limit;

	if (message->descriptor == &weir__v1__host_match__descriptor)
		return host_text(arena, (const Weir__V1__HostMatch *)message);
	if (message->descriptor == &weir__v1__usb_match__descriptor)
		return usb_text(arena, (const Weir__V1__UsbMatch *)message);
	limit = (const Weir__V1__ContentLimit *)message;
	(void)snprintf(text, sizeof(text), "%s: %" PRIu64, limit->name, limit->limit);
	return copy(arena, text);
}

static const char *enum_text(struct arena *arena, const ProtobufCEnumDescriptor *type, int number)
{
	char text[WEIR_ENUM_TEXT];

	if (number == 0)
		return "";
	if (type == &weir__v1__device_action__descriptor)
		return weir_device_action_name((enum weir_device_action)number);
	weir_enum_format(type, number, text);
	return copy(arena, text);
}

static const char *number_text(struct arena *arena, const char *name, uint64_t number)
{
	char text[WEIR_TIME_TEXT + 24];
	size_t len = strlen(name);

	if (number == 0)
		return "";
	if (len > 3 && strcmp(name + len - 3, "_ns") == 0)
		weir_time_format(number, text);
	else
		(void)snprintf(text, sizeof(text), "%" PRIu64, number);
	return copy(arena, text);
}

/* A certificate by what "openssl x509 -fingerprint -sha256" tells of it. */
static const char *recipient_text(struct arena *arena, const char *pem)
{
	char text[WEIR_REVIEWER_FINGERPRINT] = "?";

	(void)!weir_reviewer_fingerprint(pem, strlen(pem), text);
	return copy(arena, text);
}

/* One element at `at`; "": its default. NULL: no memory. */
static const char *item_text(struct arena *arena, const ProtobufCFieldDescriptor *field,
			     const void *at)
{
	switch (field->type) {
	case PROTOBUF_C_TYPE_STRING:
		return *(char *const *)at;
	case PROTOBUF_C_TYPE_BOOL:
		return *(const protobuf_c_boolean *)at ? "true" : "";
	case PROTOBUF_C_TYPE_ENUM:
		return enum_text(arena, field->descriptor, *(const int *)at);
	case PROTOBUF_C_TYPE_UINT32:
		return number_text(arena, field->name, *(const uint32_t *)at);
	case PROTOBUF_C_TYPE_UINT64:
		return number_text(arena, field->name, *(const uint64_t *)at);
	case PROTOBUF_C_TYPE_MESSAGE:
		return message_text(arena, *(ProtobufCMessage *const *)at);
	default: /* the schema has no others */
		return "?";
	}
}

static size_t size_of(const ProtobufCFieldDescriptor *field)
{
	switch (field->type) {
	case PROTOBUF_C_TYPE_ENUM:
		return sizeof(int);
	case PROTOBUF_C_TYPE_UINT32:
		return sizeof(uint32_t);
	case PROTOBUF_C_TYPE_UINT64:
		return sizeof(uint64_t);
	case PROTOBUF_C_TYPE_BOOL:
		return sizeof(protobuf_c_boolean);
	default:
		return sizeof(void *);
	}
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int join(struct arena *arena, struct value *value)
{
	size_t len = 1;
	char *text, *end;

	for (size_t i = 0; i < value->n; i++)
		len += strlen(value->items[i]) + 2;
	text = arena_alloc(arena, len);
	if (!text)
		return -ENOMEM;
	end = text;
	for (size_t i = 0; i < value->n; i++) {
		size_t n = strlen(value->items[i]);

		if (i) {
			memcpy(end, ", ", 2);
			end += 2;
		}
		memcpy(end, value->items[i], n);
		end += n;
	}
	value->text = text;
	return 0;
}

/* Sorted, each once. */
static int finish(struct arena *arena, const char **items, size_t n, struct value *ret)
{
	size_t kept = 0;

	qsort(items, n, sizeof(*items), by_bytes);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || strcmp(items[kept - 1], items[i]) != 0)
			items[kept++] = items[i];
	*ret = (struct value){.items = items, .n = kept};
	return join(arena, ret);
}

static int take_list(struct arena *arena, const ProtobufCMessage *message,
		     const ProtobufCFieldDescriptor *field, struct value *ret)
{
	size_t n = count_of(message, field);
	const char *data = *(const char *const *)member_of(message, field);
	const char **items = arena_alloc(arena, (n + 1) * sizeof(*items));
	const bool recipients = message->descriptor == &weir__v1__policy_evidence__descriptor &&
				strcmp(field->name, "recipients") == 0;

	if (!items)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		const char *at = data + i * size_of(field);

		items[i] = recipients ? recipient_text(arena, *(char *const *)at)
				      : item_text(arena, field, at);
		if (!items[i])
			return -ENOMEM;
	}
	return finish(arena, items, n, ret);
}

static int take_words(struct arena *arena, const char *const *words, size_t n, struct value *ret)
{
	const char **items = arena_alloc(arena, (n + 1) * sizeof(*items));

	if (!items)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		items[i] = words[i];
	return finish(arena, items, n, ret);
}

static int take_text(struct arena *arena, const char *text, struct value *ret)
{
	if (!text)
		return -ENOMEM;
	return take_words(arena, &text, *text ? 1 : 0, ret);
}

/* What a list says by being empty. */
static bool take_default(struct arena *arena, const ProtobufCMessage *message,
			 const ProtobufCFieldDescriptor *field, struct value *ret, int *ret_error)
{
	static const char *const channels[] = {"file", "removable", "share", "network", "at_rest"};
	static const char *const stores[] = {"mass-storage", "imaging", "adb"};
	const ProtobufCMessageDescriptor *type = message->descriptor;

	if (field->label != PROTOBUF_C_LABEL_REPEATED || count_of(message, field) > 0)
		return false;
	if (type == &weir__v1__policy_rule__descriptor && strcmp(field->name, "channels") == 0)
		*ret_error = take_words(arena, channels, ARRAY_SIZE(channels), ret);
	else if (type == &weir__v1__device_rule__descriptor && strcmp(field->name, "classes") == 0)
		*ret_error = take_words(arena, stores, ARRAY_SIZE(stores), ret);
	else
		return false;
	return true;
}

/* Above 50 the next multiple of 5 is what counts: weir_findings_distinct(). */
static uint64_t step_up(uint32_t confidence)
{
	return confidence <= 50 ? confidence : (confidence + 4U) / 5U * 5U;
}

/* Numbers that are not what they are written as. */
static bool take_number(struct arena *arena, const ProtobufCMessage *message,
			const ProtobufCFieldDescriptor *field, struct value *ret, int *ret_error)
{
	uint64_t number;

	if (message->descriptor == &weir__v1__content_condition__descriptor) {
		const Weir__V1__ContentCondition *c = (const Weir__V1__ContentCondition *)message;

		if (strcmp(field->name, "distinct") == 0)
			number = c->distinct +
				 (c->comparison == WEIR__V1__COMPARISON__COMPARISON_MORE_THAN);
		else if (strcmp(field->name, "limits_confidence") == 0)
			number = c->n_limits ? step_up(c->limits_confidence) : 0;
		else
			return false;
	} else if (message->descriptor == &weir__v1__policy_class__descriptor &&
		   strcmp(field->name, "min_confidence") == 0) {
		number = step_up(((const Weir__V1__PolicyClass *)message)->min_confidence);
	} else {
		return false;
	}
	*ret_error = take_text(arena, number_text(arena, field->name, number), ret);
	return true;
}

int value_of(struct arena *arena, const ProtobufCMessage *message,
	     const ProtobufCFieldDescriptor *field, struct value *ret)
{
	int r = 0;

	if (!message)
		return take_text(arena, "", ret);
	if (take_default(arena, message, field, ret, &r) ||
	    take_number(arena, message, field, ret, &r))
		return r;
	if (field->label == PROTOBUF_C_LABEL_REPEATED)
		return take_list(arena, message, field, ret);
	return take_text(arena, item_text(arena, field, member_of(message, field)), ret);
}

static bool has_all(const struct value *of, const struct value *in)
{
	size_t at = 0;

	for (size_t i = 0; i < of->n; i++) {
		while (at < in->n && strcmp(in->items[at], of->items[i]) < 0)
			at++;
		if (at == in->n || strcmp(in->items[at], of->items[i]) != 0)
			return false;
	}
	return true;
}

enum relation value_relation(const struct value *before, const struct value *after)
{
	bool wider = has_all(before, after), narrower = has_all(after, before);

	if (wider)
		return narrower ? RELATION_EQUAL : RELATION_WIDER;
	return narrower ? RELATION_NARROWER : RELATION_OTHER;
}
