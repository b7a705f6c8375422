/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_POLICY_DIFF_H
#define WEIR_POLICY_DIFF_H

/* Two compiled policies compared by what they mean: the order of lists that are sets, what is left out and what is written as its
 * default, ">4" and ">=5" make no difference; the order of rules does where two that can meet changed places. Revisions are not
 * compared. */

#include <stddef.h>

#include "weir/base/error.h"
#include "weir/base/macros.h"

enum weir_policy_section {
	WEIR_POLICY_SECTION_POLICY = 0, /* the head: owner, what is exempt */
	WEIR_POLICY_SECTION_DETECTOR,
	WEIR_POLICY_SECTION_CLASS,
	WEIR_POLICY_SECTION_GROUP,
	WEIR_POLICY_SECTION_DEVICE,
	WEIR_POLICY_SECTION_RULE,
	WEIR_POLICY_SECTION_GRANT,
};

enum weir_policy_change_kind {
	WEIR_POLICY_ADDED = 0,
	WEIR_POLICY_REMOVED,
	WEIR_POLICY_CHANGED, /* one field of it */
	WEIR_POLICY_MOVED,
};

/* Of one change, all else being equal; what is said is certain, and WEIR_POLICY_EFFECT_UNKNOWN is said otherwise. A policy is stricter
 * than another when it refuses whatever that refuses and may refuse more, or refuses the same and may record more. Which
 * of it the kernel holds, and when, is not part of it. */
enum weir_policy_effect {
	WEIR_POLICY_EFFECT_NONE = 0, /* no decision depends on it */
	WEIR_POLICY_EFFECT_STRICTER,
	WEIR_POLICY_EFFECT_LOOSER,
	WEIR_POLICY_EFFECT_UNKNOWN,
};

/* Borrowed for the length of the call. Sets are written "a, b" in the order of bytes. */
struct weir_policy_change {
	enum weir_policy_section section;
	enum weir_policy_change_kind kind;
	enum weir_policy_effect effect;
	const char *id;	   /* "" for the head */
	const char *field; /* as in the language; "" when it was added, removed or moved */
	const char *before,
		*after; /* values, all of what was removed or added, places from 1; "": not there */
	const char
		*across; /* of one that moved: the first that it is on the other side of; else "" */
};

/* 0 goes on; anything else ends the comparison and is returned. */
typedef int (*weir_policy_change_fn)(void *context, const struct weir_policy_change *change);

/* Calls fn with each change from `before` to `after`, both serialized weir.v1.Policy that
 * weir_policy_new() takes. 0, what fn said, -EINVAL (*err: which of them is none), -ENOMEM. */
int weir_policy_diff(const void *before, size_t before_len, const void *after, size_t after_len,
		     weir_policy_change_fn fn, void *context, struct weir_error *err) _must_use_;

/* "rule", "changed", "stricter", ...; "unknown" for a number out of range. */
const char *weir_policy_section_name(enum weir_policy_section section);
const char *weir_policy_change_name(enum weir_policy_change_kind kind);
const char *weir_policy_effect_name(enum weir_policy_effect effect);

#endif
