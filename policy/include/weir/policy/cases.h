/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_POLICY_CASES_H
#define WEIR_POLICY_CASES_H

/* Expectations of a policy, written down beside it: a YAML file of cases, each decided by
 * weir_policy_decide(). Caps as for policies, and 10,000 cases. */

#include <stddef.h>

#include "weir/base/error.h"
#include "weir/base/macros.h"
#include "weir/policy/decide.h"

/* What one case gave. Borrowed for the length of the call. */
struct weir_policy_case {
	const char *name;
	unsigned line;
	struct weir_verdict verdict;
	enum weir_device_action device; /* what the rules for devices say */
	bool met;
	char difference[256]; /* "action is audit, not block"; empty when met */
};

typedef void (*weir_policy_case_fn)(void *context, const struct weir_policy_case *result);

/* Runs every case in order; fn may be NULL. The number of cases that are not met, or -EINVAL with
 * *reterr when the file is wrong (some cases may have been reported by then), or -ENOMEM. */
int weir_policy_cases(const struct weir_policy *policy, const char *yaml, size_t len,
		      weir_policy_case_fn fn, void *context, struct weir_error *reterr) _must_use_;

#endif
