/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/proto/enums.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

/* What all names of the type begin with: the part of the first value, X_UNSPECIFIED, up to that
 * word. */
static size_t prefix_length(const ProtobufCEnumDescriptor *type)
{
	const ProtobufCEnumValue *zero = protobuf_c_enum_descriptor_get_value(type, 0);
	const char *word = zero ? strstr(zero->name, "UNSPECIFIED") : NULL;

	return word ? (size_t)(word - zero->name) : 0;
}

void weir_enum_format(const ProtobufCEnumDescriptor *type, int value,
		      char text[static WEIR_ENUM_TEXT])
{
	const ProtobufCEnumValue *found = protobuf_c_enum_descriptor_get_value(type, value);
	const char *name = found ? found->name + prefix_length(type) : "unknown";
	size_t n = 0;

	for (; name[n] && n + 1 < WEIR_ENUM_TEXT; n++)
		text[n] = (char)tolower((unsigned char)name[n]);
	text[n] = '\0';
}

int weir_enum_parse(const ProtobufCEnumDescriptor *type, const char *text, uint32_t *ret)
{
	char name[WEIR_ENUM_TEXT];

	for (unsigned i = 0; i < type->n_values; i++) {
		if (type->values[i].value == 0)
			continue;
		weir_enum_format(type, type->values[i].value, name);
		if (strcmp(name, text) == 0) {
			*ret = (uint32_t)type->values[i].value;
			return 0;
		}
	}
	return -EINVAL;
}
