/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef WEIR_BPF_EMIT_JUDGE_H
#define WEIR_BPF_EMIT_JUDGE_H

/* From a subject and its buffer to a verdict: the one body behind every hook and tier.
 *
 *   closed before            -> refuse
 *   no buffer in the call    -> the label of its source or of what the process opened; else, on a sink that refuses
 *                               anything, the errno at which programs copy through memory; else on_unscannable
 *   count >= limit           -> action (content)
 *   process opened data labelled >= limit, and this flow carries a first identifier or a piece of one -> action (label)
 *   not all of it read       -> on_unscannable
 *   no room to count         -> on_failure
 */

#include "lib/emit/act.bpf.h"
#include "lib/extract/source.bpf.h"
#include "lib/scan/scan.bpf.h"

/* Digits at the end of a buffer that count as a piece of an identifier when the writer opened labelled data: region and the
 * start of the birth date. */
#define WEIR_PIECE_MIN 8

/* Carries out an action on bytes that were seen: a refusal closes the flow, as what would follow belongs to the same data. That of a
 * call without a buffer does not: programs fall back to one that has it. */
static __always_inline __u32 weir_act_on_content(const struct weir_subject *subject,
						 struct weir_flow *flow, struct weir_abi_proc *proc,
						 __u8 action, __u8 cause)
{
	__u32 error = weir_act(subject, flow, proc, action, cause);

	if (error && flow)
		flow->closed = 1;
	return error;
}

static __always_inline void weir_scan_begin(struct weir_slot *slot,
					    const struct weir_abi_config *config,
					    const struct weir_abi_inode *flow)
{
	slot->flow = *flow;
	slot->hash_key = (__u64)config->hash_key[0] << 32 | config->hash_key[1];
	slot->no_state = 0;
	slot->read = 0;
	slot->chunks = 0;
	slot->n = 0;
	slot->run = 0;
	slot->pending = WEIR_PENDING_NONE;
	slot->slow = 0;
	slot->error = 0;
}

/* Puts the end of the last call in front of this one, when this one goes on where that one ended. */
static __always_inline void weir_resume(struct weir_slot *slot, const struct weir_flow *flow,
					__u64 offset)
{
	if (flow && flow->next_offset == offset) {
		__builtin_memcpy(slot->bytes, flow->tail, WEIR_FLOW_PAD);
		slot->run = flow->run;
		slot->pending = flow->pending;
	} else {
		__builtin_memset(slot->bytes, 0, WEIR_FLOW_PAD);
	}
}

static __always_inline void weir_suspend(const struct weir_slot *slot, struct weir_flow *flow,
					 __u64 next_offset)
{
	for (int k = 0; k < WEIR_FLOW_PAD; k++)
		flow->tail[k] = slot->bytes[(slot->n + k) & WEIR_MASK];
	flow->run = slot->run;
	flow->pending = slot->pending;
	flow->next_offset = next_offset;
}

static __always_inline void weir_landed(struct weir_flow *flow, __u64 start, __u64 end)
{
	if (!flow->landed || start < flow->landed_start)
		flow->landed_start = start;
	if (!flow->landed || end > flow->landed_end)
		flow->landed_end = end;
	flow->landed = 1;
}

/* What the scan that ended in slot means. */
static __always_inline __u32 weir_conclude(const struct weir_abi_profile *profile,
					   const struct weir_subject *subject,
					   struct weir_flow *flow, struct weir_abi_proc *proc,
					   const struct weir_slot *slot)
{
	bool tainted = weir_is_tainted(profile, proc);

	if (flow && weir_over(profile, flow->distinct))
		return weir_act_on_content(subject, flow, proc, profile->action,
					   WEIR_ABI_CAUSE_CONTENT);
	if (tainted && ((flow && (flow->distinct[0] || flow->distinct[1])) ||
			(slot->run >= WEIR_PIECE_MIN && slot->run <= WEIR_RUN_MAX)))
		return weir_act_on_content(subject, flow, proc, profile->action,
					   WEIR_ABI_CAUSE_LABEL);
	if (slot->error) {
		bool long_one = slot->error == -7;

		weir_count(long_one ? WEIR_ABI_COUNT_TOO_LONG : WEIR_ABI_COUNT_UNREADABLE, 1);
		return weir_act(subject, flow, proc, profile->on_unscannable,
				long_one ? WEIR_ABI_CAUSE_TOO_LONG : WEIR_ABI_CAUSE_UNREADABLE);
	}
	if (slot->no_state)
		return weir_act(subject, flow, proc, profile->on_failure, WEIR_ABI_CAUSE_NO_STATE);
	return 0;
}

/* No bytes to see: what is known of the source decides, then what the process has opened. Else the call is sent the long way round,
 * past a look at its bytes, which is no violation: it is counted and not reported. */
static __always_inline __u32 weir_judge_opaque(const struct weir_abi_profile *profile,
					       const struct weir_subject *subject,
					       struct weir_flow *flow, struct weir_abi_proc *proc,
					       __u32 detour)
{
	struct weir_abi_label *label = weir_source_label();

	weir_count(WEIR_ABI_COUNT_OPAQUE, 1);
	if (flow)
		flow->next_offset =
			~0ULL; /* what comes next does not go on with what was seen last */
	if (label && label->flags & WEIR_ABI_LABEL_CLEAN)
		return 0;
	if ((label && weir_over(profile, label->distinct)) || weir_is_tainted(profile, proc))
		return weir_act(subject, flow, proc, profile->action, WEIR_ABI_CAUSE_LABEL);
	if (detour && weir_refuses(profile)) {
		weir_count(WEIR_ABI_COUNT_DETOURED, 1);
		return detour;
	}
	return weir_act(subject, flow, proc, profile->on_unscannable, WEIR_ABI_CAUSE_OPAQUE);
}

/* The errno with which the call is to be refused, 0 when it may go on. make_flow: count this flow from its first byte (files), not
 * from its first value. */
static __always_inline __u32 weir_judge(struct weir_abi_config *config,
					struct weir_subject *subject,
					const struct weir_buffer *buffer,
					struct weir_abi_proc *proc, WEIR_CONTEXT context,
					bool make_flow)
{
	struct weir_abi_profile *profile = weir_profile(config, subject->profile);
	struct weir_flow *flow =
		make_flow ? weir_flow_make(&subject->key) : weir_flow_find(&subject->key);
	struct weir_slot *slot;
	__u64 next;
	__u32 error;

	if (make_flow && !flow)
		return weir_act(subject, NULL, proc, profile->on_failure, WEIR_ABI_CAUSE_NO_STATE);
	if (flow && flow->closed)
		return weir_act(subject, flow, proc, WEIR_ABI_ACTION_BLOCK, WEIR_ABI_CAUSE_CLOSED);
	if (buffer->kind == WEIR_BUFFER_OPAQUE)
		return weir_judge_opaque(profile, subject, flow, proc, buffer->detour);
	slot = weir_slot_take();
	if (!slot)
		return weir_act(subject, flow, proc, profile->on_failure, WEIR_ABI_CAUSE_NO_STATE);
	weir_scan_begin(slot, config, &subject->key);
	/* No flow goes on at ~0: a message by itself never does. */
	weir_resume(slot, flow, subject->offset | (0 - (__u64)subject->alone));
	weir_scan_buffer(slot, buffer, context);
	next = make_flow ? subject->offset + slot->read : 0;
	if (!flow && (slot->run || slot->pending))
		flow = weir_flow_make(&subject->key);
	if (!flow)
		flow = weir_flow_find(&subject->key); /* a value made it */
	if (flow)
		weir_suspend(slot, flow, next);
	weir_scan_end(slot);
	weir_count(WEIR_ABI_COUNT_SCANNED_CALLS, 1);
	weir_count(WEIR_ABI_COUNT_SCANNED_BYTES, slot->read);
	weir_count(WEIR_ABI_COUNT_SLOW_BLOCKS, slot->slow);
	if (!subject->length)
		subject->length = slot->read;
	error = weir_conclude(profile, subject, flow, proc, slot);
	weir_slot_give(slot);
	if (!error && make_flow && flow)
		weir_landed(flow, subject->offset, next);
	return error;
}

#endif
