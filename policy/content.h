/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_POLICY_CONTENT_H
#define WEIR_POLICY_CONTENT_H

/* What an input says of the content, and what a rule asks of it. */

#include "internal.h"

/* What is known about the content, from whoever looked at it. */
struct content {
	const struct weir_policy_input *input;
	uint64_t classes; /* bit set of those shown */
	uint64_t counts[WEIR_POLICY_CLASSES];
	bool complete;	 /* what was not found is not there */
	bool unseen;	 /* it could not be looked at, or not all of it */
	bool failed;	 /* because something of ours failed */
	bool any_before; /* what came in other files is not known, and may be any number */
};

struct content content_of(const struct weir_policy *policy, const struct weir_policy_input *input);
bool content_holds(const struct weir_policy *policy, const struct rule *rule,
		   const struct content *content);
uint64_t detector_count(const struct content *content, unsigned detector, uint8_t min_confidence);
/* How many values a rule has counted over several files. */
uint64_t counted_within(const struct weir_policy *policy, const struct rule *rule,
			const struct content *content);
bool cause_is_unseen(enum weir_abi_cause cause);

#endif
