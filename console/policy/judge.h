/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_POLICY_JUDGE_H
#define WEIR_CONSOLE_POLICY_JUDGE_H

/* One stored event under a policy: what it says of the content, at least and at most, and what follows. */

#include "weir/console_policy/simulate.h"
#include "weir/policy/decide.h"
#include "weir/v1/event.pb-c.h"

enum judged_kind { JUDGED_OUTSIDE = 0, JUDGED_KNOWN, JUDGED_UNKNOWN };

struct judged {
	enum judged_kind kind;
	enum weir_simulate_reason reason;	/* of unknown ones */
	enum weir_simulate_act would, happened; /* would: of known ones */
	const char *rule, *grant;		/* of known ones; the policy's */
};

struct judge;

/* now_ns: when it is, for grants. */
int judge_new(uint64_t now_ns, struct judge **ret) _must_use_;
void judge_free(struct judge *judge);
DEFINE_CLEANUP(judge_free, struct judge *);

/* then: what was in force at the endpoint, NULL when that is not known. */
struct judged judge_event(struct judge *judge, const struct weir_policy *policy,
			  const struct weir_policy *then, const Weir__V1__Event *event);

#endif
