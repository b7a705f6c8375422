/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_PROTO_ENUMS_H
#define WEIR_PROTO_ENUMS_H

/* Enum numbers of weir.v1 as people read them: lower case, without the prefix ("removable"). Made
 * from the generated descriptors, so that a new value needs no change here. */

#include <protobuf-c/protobuf-c.h>
#include <stdint.h>

#include "weir/base/macros.h"

#define WEIR_ENUM_TEXT 48

/* "unknown" for a number that the schema does not have. */
void weir_enum_format(const ProtobufCEnumDescriptor *type, int value,
		      char text[static WEIR_ENUM_TEXT]);

/* Any value but 0. -EINVAL otherwise. */
int weir_enum_parse(const ProtobufCEnumDescriptor *type, const char *text,
		    uint32_t *ret) _must_use_;

#endif
