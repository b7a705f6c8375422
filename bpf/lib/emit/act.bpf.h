/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef WEIR_BPF_EMIT_ACT_H
#define WEIR_BPF_EMIT_ACT_H

/* What a profile says, and carrying it out. */

#include "lib/emit/verdict.bpf.h"

static __always_inline bool weir_over(const struct weir_abi_profile *profile, const __u32 *counts)
{
	for (int i = 0; i < _WEIR_ABI_DET_MAX; i++)
		if (profile->limit[i] && counts[i] >= profile->limit[i])
			return true;
	return false;
}

static __always_inline bool weir_is_tainted(const struct weir_abi_profile *profile,
					    struct weir_abi_proc *proc)
{
	return proc && proc->tainted_until_ns > bpf_ktime_get_boot_ns() &&
	       weir_over(profile, proc->labelled);
}

/* What could not be looked at and is only to be recorded may be most of a server's work: one record a process and second, so that
 * it never crowds out verdicts. */
static __always_inline bool weir_audit_again(struct weir_abi_proc *proc)
{
	__u64 now = bpf_ktime_get_boot_ns();

	if (proc->audited_ns && now - proc->audited_ns < WEIR_EMIT_EVERY_NS) {
		__sync_fetch_and_add(&proc->audits_suppressed, 1);
		return false;
	}
	proc->audited_ns = now;
	return true;
}

/* Is there anything that this profile refuses? */
static __always_inline bool weir_refuses(const struct weir_abi_profile *profile)
{
	return profile->action >= WEIR_ABI_ACTION_BLOCK ||
	       profile->on_unscannable >= WEIR_ABI_ACTION_BLOCK;
}

/* The subject's profile; once a pass was used for the flow, the one with what is refused all the same. */
static __always_inline struct weir_abi_profile *weir_profile_held(struct weir_abi_config *config,
								  struct weir_subject *subject,
								  const struct weir_flow *flow)
{
	__u32 after = weir_profile(config, subject->profile)->passed;

	if (flow && flow->passed && after)
		subject->profile = after;
	return weir_profile(config, subject->profile);
}

/* Carries out an action: the errno with which the call is to be refused, 0 when it may go on. */
static __always_inline __u32 weir_act(const struct weir_subject *subject, struct weir_flow *flow,
				      struct weir_abi_proc *proc, __u8 action, __u8 cause)
{
	bool refused = action == WEIR_ABI_ACTION_BLOCK ||
		       (action == WEIR_ABI_ACTION_WARN && !subject->passed);

	if (action == WEIR_ABI_ACTION_ALLOW)
		return 0;
	if (refused)
		weir_count(WEIR_ABI_COUNT_DENIED, 1);
	else if (action == WEIR_ABI_ACTION_AUDIT && cause != WEIR_ABI_CAUSE_CONTENT &&
		 cause != WEIR_ABI_CAUSE_LABEL && proc && !weir_audit_again(proc))
		return 0;
	weir_emit_verdict(subject, flow, proc, action, cause);
	return refused ? WEIR_EACCES : 0;
}

#endif
