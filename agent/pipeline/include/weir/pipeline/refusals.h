/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_PIPELINE_REFUSALS_H
#define WEIR_PIPELINE_REFUSALS_H

/* What was refused to whom, so that people can ask why, and the reasons that they gave. In memory, bounded, of this
 * agent's life and policy: an older number is nobody's. One thread. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/base/macros.h"
#include "weir/event/event.h"
#include "weir/event/justification.h"
#include "weir/findings/findings.h"
#include "weir/policy/decide.h"

#define WEIR_REFUSALS_MAX     256
#define WEIR_REFUSALS_OF_ONE  16 /* of one user; then the oldest of them goes */
#define WEIR_REFUSAL_KINDS    8	 /* classes and detectors that are named */
#define WEIR_REFUSAL_NAME     65
#define WEIR_REFUSAL_WORDS    513
#define WEIR_PASS_NS	      (UINT64_C(600) * 1000000000) /* how long a pass may be used */
#define WEIR_REASONS_PER_HOUR 10			   /* of one user */
#define WEIR_REASONS_MAX      256			   /* in an hour, of all users */

struct weir_refusals;

struct weir_refusal {
	uint64_t id; /* 0: free */
	uint64_t seen;
	bool warned; /* by a rule of warn: a reason lets it pass */
	bool justified;
	struct weir_event event; /* the last one */
	char rule[WEIR_REFUSAL_NAME];
	char message_zh[WEIR_REFUSAL_WORDS], message_en[WEIR_REFUSAL_WORDS];
	size_t n_classes, n_counts;
	char classes[WEIR_REFUSAL_KINDS][WEIR_REFUSAL_NAME];
	struct {
		char detector[WEIR_REFUSAL_NAME];
		uint64_t distinct;
	} counts[WEIR_REFUSAL_KINDS];
};

/* A reason that was given, and whether its pass is used up. */
struct weir_pass {
	struct weir_justification justification; /* refusal 0: free */
	uint64_t until_ns;			 /* boottime */
	uint64_t given_ns;			 /* boottime */
	uint8_t profile;
	bool used;
};

/* Borrowed. */
struct weir_refused {
	const struct weir_event *event;
	const struct weir_verdict *verdict;
	const struct weir_findings *findings; /* NULL: the kernel's counts stand */
	const struct weir_policy *policy;
};

/* first: number of the first refusal. */
int weir_refusals_new(uint64_t first, struct weir_refusals **ret) _must_use_;
void weir_refusals_free(struct weir_refusals *refusals);
DEFINE_CLEANUP(weir_refusals_free, struct weir_refusals *);

/* The same again is counted in the entry that there is. */
void weir_refusals_note(struct weir_refusals *refusals, const struct weir_refused *refused);

/* Of one user, newest first, borrowed until the next call that changes something; how many. */
size_t weir_refusals_of(const struct weir_refusals *refusals, uint32_t uid,
			const struct weir_refusal *ret[static WEIR_REFUSALS_OF_ONE]);

/* Takes a reason: *ret is its pass, which is the caller's to bring into force, *ret_refusal what it is
 * for. -EINVAL: no reason as weir_reason_valid() has it; -ENOENT: no such refusal of this user;
 * -EPERM: no rule of warn refused it; -EALREADY: a reason was given for it; -EBUSY: a pass for the same
 * kind of target waits to be used; -EDQUOT: too many in an hour. Nothing has changed then. */
int weir_refusals_justify(struct weir_refusals *refusals, const struct weir_justification *given,
			  uint64_t boot_ns, const struct weir_pass **ret,
			  const struct weir_refusal **ret_refusal) _must_use_;
/* Undoes the last step of it, when its pass could not be brought into force. */
void weir_refusals_withdraw(struct weir_refusals *refusals, uint64_t id);

/* Uses up the pass of this user for this profile; NULL when there is none that holds at boot_ns. */
const struct weir_justification *weir_refusals_use(struct weir_refusals *refusals, uint32_t uid,
						   uint8_t profile, uint64_t boot_ns);
/* NULL: not known any more. */
const struct weir_justification *weir_refusals_reason(const struct weir_refusals *refusals,
						      uint64_t id);

/* Calls fn for every pass that is not used, and forgets it, and all refusals: profiles change their
 * meaning with the policy. */
typedef void (*weir_pass_fn)(void *context, const struct weir_pass *pass);
void weir_refusals_forget(struct weir_refusals *refusals, weir_pass_fn fn, void *context);

#endif
