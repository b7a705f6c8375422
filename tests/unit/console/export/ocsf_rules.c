/* SPDX-License-Identifier: Apache-2.0 */
/* Built from the schema's texts, not from the writer: an attribute that is not listed here is a
 * fault, so a writer cannot invent one. */

#include "ocsf_rules.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "weir/base/macros.h"

enum type { INT, TEXT, BOOL, OBJECT, TEXTS, ANY };

struct attribute {
	const char *name;
	enum type type;
	bool required;
	const char *object;	/* the rules of an OBJECT */
	const signed char *ids; /* of an enum, ends with -1; NULL: any */
};

struct rules {
	const char *name;
	const struct attribute *attributes; /* ends with a name of NULL */
	const char *const *one_of; /* at least one of these; ends with NULL; NULL: no such rule */
};

#define IDS(...) ((const signed char[]){__VA_ARGS__, -1})

static const struct attribute product[] = {
	{"name", TEXT, false, NULL, NULL},
	{"uid", TEXT, false, NULL, NULL},
	{"vendor_name", TEXT, false, NULL, NULL},
	{"version", TEXT, false, NULL, NULL},
	{},
};
static const struct attribute metadata[] = {
	{"version", TEXT, true, NULL, NULL},
	{"product", OBJECT, true, "product", NULL},
	{"profiles", TEXTS, false, NULL, NULL},
	{"uid", TEXT, false, NULL, NULL},
	{"sequence", INT, false, NULL, NULL},
	{"logged_time", INT, false, NULL, NULL},
	{"original_event_uid", TEXT, false, NULL, NULL},
	{},
};
static const struct attribute user[] = {
	{"name", TEXT, false, NULL, NULL},
	{"uid", TEXT, false, NULL, NULL},
	{},
};
static const struct attribute process[] = {
	{"pid", INT, false, NULL, NULL},       {"uid", TEXT, false, NULL, NULL},
	{"name", TEXT, false, NULL, NULL},     {"path", TEXT, false, NULL, NULL},
	{"user", OBJECT, false, "user", NULL}, {},
};
static const struct attribute actor[] = {
	{"process", OBJECT, false, "process", NULL},
	{"user", OBJECT, false, "user", NULL},
	{},
};
static const struct attribute device[] = {
	{"type_id", INT, true, NULL, IDS(0, 1, 2, 3, 99)},
	{"type", TEXT, false, NULL, NULL},
	{"hostname", TEXT, false, NULL, NULL},
	{"uid", TEXT, false, NULL, NULL},
	{},
};
static const struct attribute file[] = {
	{"name", TEXT, true, NULL, NULL},
	{"type_id", INT, true, NULL, IDS(0, 1, 2, 3, 4, 5, 6, 7, 8, 99)},
	{"type", TEXT, false, NULL, NULL},
	{"path", TEXT, false, NULL, NULL},
	{"mime_type", TEXT, false, NULL, NULL},
	{"size", INT, false, NULL, NULL},
	{},
};
static const struct attribute endpoint[] = {
	{"ip", TEXT, false, NULL, NULL},
	{"port", INT, false, NULL, NULL},
	{},
};
static const struct attribute policy[] = {
	{"name", TEXT, false, NULL, NULL},
	{"uid", TEXT, false, NULL, NULL},
	{},
};
static const struct attribute data_security[] = {
	{"data_lifecycle_state_id", INT, false, NULL, IDS(0, 1, 2, 3, 99)},
	{"data_lifecycle_state", TEXT, false, NULL, NULL},
	{"detection_pattern", TEXT, false, NULL, NULL},
	{"detection_system_id", INT, false, NULL, IDS(0, 1, 2, 3, 4, 5, 6, 7, 8, 99)},
	{"detection_system", TEXT, false, NULL, NULL},
	{"policy", OBJECT, false, "policy", NULL},
	{"pattern_match", TEXT, false, NULL, NULL},
	{},
};
static const struct attribute finding_info[] = {
	{"uid", TEXT, true, NULL, NULL},
	{"title", TEXT, false, NULL, NULL},
	{"created_time", INT, false, NULL, NULL},
	{"modified_time", INT, false, NULL, NULL},
	{"first_seen_time", INT, false, NULL, NULL},
	{"last_seen_time", INT, false, NULL, NULL},
	{"related_events_count", INT, false, NULL, NULL},
	{"types", TEXTS, false, NULL, NULL},
	{},
};

#define ACTION_IDS	IDS(0, 1, 2, 3, 4, 99)
#define DISPOSITION_IDS IDS(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19)

/* What every class has, and the profiles host and security_control. */
#define BASE(class_id, category_id, activities)                                                   \
	{"class_uid", INT, true, NULL, NULL}, {"class_name", TEXT, false, NULL, NULL},            \
		{"category_uid", INT, true, NULL, IDS(category_id)},                              \
		{"category_name", TEXT, false, NULL, NULL},                                       \
		{"activity_id", INT, true, NULL, activities},                                     \
		{"activity_name", TEXT, false, NULL, NULL}, {"type_uid", INT, true, NULL, NULL},  \
		{"type_name", TEXT, false, NULL, NULL}, {"time", INT, true, NULL, NULL},          \
		{"metadata", OBJECT, true, "metadata", NULL},                                     \
		{"severity_id", INT, true, NULL, IDS(0, 1, 2, 3, 4, 5, 6, 99)},                   \
		{"severity", TEXT, false, NULL, NULL},                                            \
		{"action_id", INT, false, NULL, ACTION_IDS}, {"action", TEXT, false, NULL, NULL}, \
		{"disposition_id", INT, false, NULL, DISPOSITION_IDS},                            \
		{"disposition", TEXT, false, NULL, NULL},                                         \
	{                                                                                         \
		"unmapped", ANY, false, NULL, NULL                                                \
	}

static const struct attribute finding[] = {
	BASE(2006, 2, IDS(0, 1, 2, 3, 99)),
	{"finding_info", OBJECT, true, "finding_info", NULL},
	{"data_security", OBJECT, false, "data_security", NULL},
	{"actor", OBJECT, false, "actor", NULL},
	{"device", OBJECT, false, "device", NULL},
	{"file", OBJECT, false, "file", NULL},
	{"dst_endpoint", OBJECT, false, "endpoint", NULL},
	{"is_alert", BOOL, false, NULL, NULL},
	{"count", INT, false, NULL, NULL},
	{"start_time", INT, false, NULL, NULL},
	{"end_time", INT, false, NULL, NULL},
	{"status_id", INT, false, NULL, IDS(0, 1, 2, 3, 4, 5, 6, 99)},
	{"status", TEXT, false, NULL, NULL},
	{"verdict_id", INT, false, NULL, IDS(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 99)},
	{"verdict", TEXT, false, NULL, NULL},
	{"assignee", OBJECT, false, "user", NULL},
	{},
};
static const struct attribute file_activity[] = {
	BASE(1001, 1, IDS(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 99)),
	{"actor", OBJECT, true, "actor", NULL},
	{"device", OBJECT, true, "device", NULL},
	{"file", OBJECT, true, "file", NULL},
	{},
};
static const struct attribute network_activity[] = {
	BASE(4001, 4, IDS(0, 1, 2, 3, 4, 5, 6, 7, 99)),
	{"actor", OBJECT, false, "actor", NULL},
	{"device", OBJECT, false, "device", NULL},
	{"src_endpoint", OBJECT, false, "endpoint", NULL},
	{"dst_endpoint", OBJECT, false, "endpoint", NULL},
	{},
};

#define ONE_OF(...) ((const char *const[]){__VA_ARGS__, NULL})

static const struct rules all[] = {
	{"product", product, ONE_OF("name", "uid")},
	{"metadata", metadata, NULL},
	{"user", user, ONE_OF("account", "name", "uid")},
	{"process", process, ONE_OF("pid", "uid", "cpid")},
	{"actor", actor, ONE_OF("process", "user")},
	{"device", device, ONE_OF("ip", "uid", "name", "hostname")},
	{"file", file, NULL},
	{"endpoint", endpoint, ONE_OF("ip", "uid", "name", "hostname")},
	{"policy", policy, ONE_OF("name", "type", "uid")},
	{"data_security", data_security,
	 ONE_OF("data_lifecycle_state_id", "detection_pattern", "detection_system_id", "policy")},
	{"finding_info", finding_info, NULL},
	{"2006", finding, NULL},
	{"1001", file_activity, NULL},
	{"4001", network_activity, ONE_OF("dst_endpoint", "src_endpoint")},
};

static char said[256];

static const char *fault(const char *object, const char *name, const char *what)
{
	(void)snprintf(said, sizeof(said), "%s.%s %s", object, name, what);
	return said;
}

static const struct rules *find_rules(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (strcmp(all[i].name, name) == 0)
			return &all[i];
	return NULL;
}

static bool texts_only(const json_t *array)
{
	for (size_t i = 0; i < json_array_size(array); i++)
		if (json_string_length(json_array_get(array, i)) == 0)
			return false;
	return json_is_array(array);
}

static bool type_fits(enum type type, const json_t *value)
{
	switch (type) {
	case INT:
		return json_is_integer(value) && json_integer_value(value) >= 0;
	case TEXT:
		return json_string_length(value) > 0;
	case BOOL:
		return json_is_boolean(value);
	case OBJECT:
		return json_is_object(value);
	case TEXTS:
		return texts_only(value);
	default:
		return json_is_object(value);
	}
}

static bool id_fits(const signed char *ids, const json_t *value)
{
	if (!ids)
		return true;
	for (; *ids >= 0; ids++)
		if (json_integer_value(value) == *ids)
			return true;
	return false;
}

static const char *object_fault(const struct rules *rules, const json_t *object);

static const char *attribute_fault(const struct rules *rules, const struct attribute *attribute,
				   const json_t *value)
{
	if (!value)
		return attribute->required ? fault(rules->name, attribute->name, "is missing")
					   : NULL;
	if (!type_fits(attribute->type, value))
		return fault(rules->name, attribute->name, "is of another type, or empty");
	if (!id_fits(attribute->ids, value))
		return fault(rules->name, attribute->name, "is no value of its enum");
	return attribute->object ? object_fault(find_rules(attribute->object), value) : NULL;
}

static const char *unknown_attribute(const struct rules *rules, const json_t *object)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)object, name, value)
	{
		const struct attribute *attribute = rules->attributes;

		while (attribute->name && strcmp(attribute->name, name) != 0)
			attribute++;
		if (!attribute->name)
			return fault(rules->name, name, "is not in the schema");
	}
	return NULL;
}

static const char *object_fault(const struct rules *rules, const json_t *object)
{
	const char *what = unknown_attribute(rules, object);
	bool one = rules->one_of == NULL;

	for (const struct attribute *a = rules->attributes; !what && a->name; a++)
		what = attribute_fault(rules, a, json_object_get(object, a->name));
	for (size_t i = 0; !one && rules->one_of[i]; i++)
		one = json_object_get(object, rules->one_of[i]) != NULL;
	if (!what && !one)
		return fault(rules->name, rules->one_of[0], "or one of its like is missing");
	return what;
}

const char *ocsf_fault(const json_t *record)
{
	json_int_t class = json_integer_value(json_object_get(record, "class_uid"));
	const struct rules *rules;
	const char *what;
	char name[24];

	(void)snprintf(name, sizeof(name), "%lld", (long long)class);
	rules = find_rules(name);
	if (!rules)
		return fault("record", "class_uid", "is none of ours");
	what = object_fault(rules, record);
	if (what)
		return what;
	if (json_integer_value(json_object_get(record, "type_uid")) !=
	    class * 100 + json_integer_value(json_object_get(record, "activity_id")))
		return fault("record", "type_uid", "is not class_uid * 100 + activity_id");
	return NULL;
}
