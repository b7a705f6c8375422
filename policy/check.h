/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_POLICY_CHECK_H
#define WEIR_POLICY_CHECK_H

/* Everything that must hold in a policy besides its syntax, for the wire form and the human form
 * alike. */

#include "weir/base/error.h"
#include "weir/v1/policy.pb-c.h"

enum section {
	SECTION_POLICY,
	SECTION_DETECTOR,
	SECTION_CLASS,
	SECTION_GROUP,
	SECTION_RULE,
	SECTION_GRANT,
	SECTION_DEVICE,
};

/* Where the human form has what is wrong. */
struct place {
	enum section section;
	unsigned index;	 /* in the section */
	const char *key; /* "content.distinct"; NULL: the whole entry */
	int item;	 /* in the list under key, -1: the list */
};

/* 0 or -EINVAL with *ret_place and *reterr (without line); neither may be NULL. */
int policy_check(const Weir__V1__Policy *policy, struct place *ret_place,
		 struct weir_error *reterr);

#endif
