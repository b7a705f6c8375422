/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_POLICY_DIFF_EFFECT_H
#define WEIR_POLICY_DIFF_EFFECT_H

/* Whether a change makes a policy stricter or looser, where that can be said for certain: see weir/policy/diff.h. */

#include "diff_value.h"
#include "weir/policy/diff.h"

/* Both policies: an effect is certain when it is so in the one as in the other. */
struct pair {
	const Weir__V1__Policy *policy[2];
};

/* A field of something that is in both; message NULL where it has no such part. */
struct field_change {
	enum weir_policy_section section;
	const ProtobufCMessage *before, *after; /* of the section's own type */
	const char *name;			/* value_name() */
	const struct value *was, *is;
};

enum weir_policy_effect effect_of_field(const struct pair *pair, const struct field_change *change);

/* Something that came; what went has the opposite effect. */
enum weir_policy_effect effect_of_adding(const struct pair *pair, enum weir_policy_section section,
					 const ProtobufCMessage *message);

/* A rule, or a rule for devices, that is tried before others that it was tried behind. */
enum weir_policy_effect effect_of_raising(const struct pair *pair, const ProtobufCMessage *message);

enum weir_policy_effect effect_opposite(enum weir_policy_effect effect);

/* Whether it matters which of the two, rules or rules for devices, is tried first. */
bool order_matters(const ProtobufCMessage *a, const ProtobufCMessage *b);

#endif
