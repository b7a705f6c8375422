/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_POLICY_DIFF_VALUE_H
#define WEIR_POLICY_DIFF_VALUE_H

/* What a member of the wire form says, as text in which equal meanings are equal. Read by the generated descriptors, so that a member
 * that is new in the schema is compared without a word here. */

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "weir/v1/policy.pb-c.h"

struct value {
	const char *const *items; /* sorted */
	size_t n;
	const char *text; /* "a, b"; "" for none */
};

enum relation {
	RELATION_EQUAL = 0,
	RELATION_WIDER, /* the second has all of the first, and more */
	RELATION_NARROWER,
	RELATION_OTHER,
};

/* message NULL: nothing is there. 0 or -ENOMEM. */
int value_of(struct arena *arena, const ProtobufCMessage *message,
	     const ProtobufCFieldDescriptor *field, struct value *ret) _must_use_;

enum relation value_relation(const struct value *before, const struct value *after);

/* What the language calls a member; "" for one that is no value of its own. */
const char *value_name(const ProtobufCMessageDescriptor *type,
		       const ProtobufCFieldDescriptor *field);

/* A sub-message or the pointers of a repeated one. */
const ProtobufCMessage *value_message(const ProtobufCMessage *message,
				      const ProtobufCFieldDescriptor *field);
ProtobufCMessage *const *value_messages(const ProtobufCMessage *message,
					const ProtobufCFieldDescriptor *field, size_t *ret_n);

/* The text that is the first member: the id or name of what stands in a list. */
const char *value_id(const ProtobufCMessage *message);

#endif
