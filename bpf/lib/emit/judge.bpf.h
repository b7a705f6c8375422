/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef WEIR_BPF_EMIT_JUDGE_H
#define WEIR_BPF_EMIT_JUDGE_H

/* From a subject and its buffer to a verdict: the one body behind every hook and tier. The object that includes this defines
 * WEIR_UID(subject), the user whose pass counts, and WEIR_PUT_OFF(subject): may what could not be read go on to a later look?
 *
 *   closed before            -> refuse
 *   nothing is to be sent there -> on_open
 *   no buffer in the call    -> the label of its source or of what the process opened; else, on a sink that refuses
 *                               anything, the errno at which programs copy through memory; else on_unscannable
 *   count >= limit           -> action (content)
 *   process opened data labelled >= limit, and this flow carries a first identifier or a piece of one -> action (label)
 *   not all of it read       -> put off to when its pages are there, where that can be; else on_unscannable
 *   no room to count         -> on_failure
 */

#include "lib/emit/act.bpf.h"
#include "lib/extract/source.bpf.h"
#include "lib/scan/scan.bpf.h"

/* Digits at the end of a buffer that count as a piece of an identifier when the writer opened labelled data: region and the
 * start of the birth date. */
#define WEIR_PIECE_MIN 8

/* What is to be done, and why. */
struct weir_outcome {
	__u32 action; /* enum weir_abi_action */
	__u32 cause;  /* enum weir_abi_cause */
};

/* Takes the person's pass for this kind of target out of the map, so that nobody else has it, for the flow. Told at once, whatever
 * was told of the flow before. */
static __always_inline bool weir_take_pass(const struct weir_subject *subject,
					   struct weir_flow *flow)
{
	struct weir_abi_pass_key key = {.uid = WEIR_UID(subject), .profile = subject->profile};
	struct weir_abi_pass *pass = bpf_map_lookup_elem(&weir_passes, &key);

	if (!pass || pass->until_ns <= bpf_ktime_get_boot_ns())
		return false;
	if (!flow)
		flow = weir_flow_make(&subject->key);
	if (!flow || bpf_map_delete_elem(&weir_passes, &key))
		return false;
	flow->passed = 1;
	flow->emitted_ns = 0;
	return true;
}

static __always_inline void weir_landed(struct weir_flow *flow, __u64 start, __u64 end)
{
	if (!flow->landed || start < flow->landed_start)
		flow->landed_start = start;
	if (!flow->landed || end > flow->landed_end)
		flow->landed_end = end;
	flow->landed = 1;
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

/* What the scan that ended in slot means under a profile. */
static __always_inline struct weir_outcome weir_conclude(const struct weir_abi_profile *profile,
							 bool sends, const struct weir_flow *flow,
							 struct weir_abi_proc *proc,
							 const struct weir_slot *slot)
{
	if (sends && profile->on_open)
		return (struct weir_outcome){profile->on_open, WEIR_ABI_CAUSE_OPEN};
	if (flow && weir_over(profile, flow->distinct))
		return (struct weir_outcome){profile->action, WEIR_ABI_CAUSE_CONTENT};
	if (weir_is_tainted(profile, proc) &&
	    ((flow && (flow->distinct[0] || flow->distinct[1])) ||
	     (slot->run >= WEIR_PIECE_MIN && slot->run <= WEIR_RUN_MAX)))
		return (struct weir_outcome){profile->action, WEIR_ABI_CAUSE_LABEL};
	if (slot->error)
		return (struct weir_outcome){profile->on_unscannable,
					     slot->error == -7 ? WEIR_ABI_CAUSE_TOO_LONG
							       : WEIR_ABI_CAUSE_UNREADABLE};
	if (slot->no_state)
		return (struct weir_outcome){profile->on_failure, WEIR_ABI_CAUSE_NO_STATE};
	return (struct weir_outcome){};
}

/* No bytes to see: what is known of the source decides, then what the process has opened. */
static __always_inline struct weir_outcome weir_conclude_opaque(
	const struct weir_abi_profile *profile, bool sends, struct weir_abi_proc *proc,
	const struct weir_abi_label *label)
{
	if (sends && profile->on_open)
		return (struct weir_outcome){profile->on_open, WEIR_ABI_CAUSE_OPEN};
	if ((label && weir_over(profile, label->distinct)) || weir_is_tainted(profile, proc))
		return (struct weir_outcome){profile->action, WEIR_ABI_CAUSE_LABEL};
	return (struct weir_outcome){profile->on_unscannable, WEIR_ABI_CAUSE_OPAQUE};
}

/* Instead of a warning: what is refused after a pass as well goes first and uses up none; else a pass is, if there is one. */
static __always_inline struct weir_outcome weir_warned(struct weir_subject *subject,
						       struct weir_flow *flow, __u32 passed,
						       struct weir_outcome warning,
						       struct weir_outcome after)
{
	if (after.action == WEIR_ABI_ACTION_BLOCK) {
		subject->profile = passed;
		return after;
	}
	subject->passed = weir_take_pass(subject, flow);
	return warning;
}

/* Without a buffer the call is sent the long way round, past a look at its bytes, which is no violation: it is counted and not
 * reported. With a warning as well: a pass is asked for where the bytes are seen. */
static __always_inline __u32 weir_judge_opaque(struct weir_abi_config *config,
					       const struct weir_abi_profile *profile,
					       struct weir_subject *subject, struct weir_flow *flow,
					       struct weir_abi_proc *proc, bool sends, __u32 detour)
{
	struct weir_abi_label *label = weir_source_label();
	__u32 passed = profile->passed;
	struct weir_outcome found;

	weir_count(WEIR_ABI_COUNT_OPAQUE, 1);
	if (flow)
		flow->next_offset =
			~0ULL; /* what comes next does not go on with what was seen last */
	if (label && label->flags & WEIR_ABI_LABEL_CLEAN)
		return 0;
	found = weir_conclude_opaque(profile, sends, proc, label);
	if (detour && weir_refuses(profile) &&
	    (found.cause == WEIR_ABI_CAUSE_OPAQUE || found.action == WEIR_ABI_ACTION_WARN)) {
		weir_count(WEIR_ABI_COUNT_DETOURED, 1);
		return detour;
	}
	if (found.action == WEIR_ABI_ACTION_WARN)
		found = weir_warned(
			subject, flow, passed, found,
			weir_conclude_opaque(weir_profile(config, passed), sends, proc, label));
	return weir_act(subject, flow, proc, found.action, found.cause);
}

/* Looks at the bytes. The flow that they are counted in; NULL: none. */
static __always_inline struct weir_flow *weir_look(struct weir_subject *subject,
						   struct weir_flow *flow,
						   const struct weir_buffer *buffer,
						   struct weir_slot *slot, WEIR_CONTEXT context,
						   bool make_flow)
{
	/* No flow goes on at ~0: a message by itself never does. */
	weir_resume(slot, flow, subject->offset | (0 - (__u64)subject->alone));
	weir_scan_buffer(slot, buffer, context);
	if (!flow && (slot->run || slot->pending))
		flow = weir_flow_make(&subject->key);
	if (!flow)
		flow = weir_flow_find(&subject->key); /* a value made it */
	/* What a file's write could not show to its end is looked at anew, as a whole. */
	if (flow && !(make_flow && slot->error == -14))
		weir_suspend(slot, flow, make_flow ? subject->offset + slot->read : 0);
	weir_scan_end(slot);
	weir_count(WEIR_ABI_COUNT_SCANNED_CALLS, 1);
	weir_count(WEIR_ABI_COUNT_SCANNED_BYTES, slot->read);
	weir_count(WEIR_ABI_COUNT_SLOW_BLOCKS, slot->slow);
	if (slot->error)
		weir_count(slot->error == -7 ? WEIR_ABI_COUNT_TOO_LONG : WEIR_ABI_COUNT_UNREADABLE,
			   1);
	if (!subject->length)
		subject->length = slot->read;
	return flow;
}

/* Looks at the bytes and carries out what they mean. A refusal of what was seen closes the flow, as what would follow belongs to the
 * same data. That of a call without a buffer does not: programs fall back to one that has it. */
static __always_inline __u32 weir_judge_bytes(struct weir_abi_config *config,
					      const struct weir_abi_profile *profile,
					      struct weir_subject *subject, struct weir_flow *flow,
					      const struct weir_buffer *buffer,
					      struct weir_abi_proc *proc, struct weir_slot *slot,
					      WEIR_CONTEXT context, bool make_flow)
{
	__u32 passed = profile->passed, error;
	struct weir_outcome found;

	weir_scan_begin(slot, config, &subject->key);
	flow = weir_look(subject, flow, buffer, slot, context, make_flow);
	found = weir_conclude(profile, !make_flow, flow, proc, slot);
	if (found.cause == WEIR_ABI_CAUSE_UNREADABLE && WEIR_PUT_OFF(subject))
		return 0;
	if (found.action == WEIR_ABI_ACTION_WARN)
		found = weir_warned(
			subject, flow, passed, found,
			weir_conclude(weir_profile(config, passed), !make_flow, flow, proc, slot));
	error = weir_act(subject, flow, proc, found.action, found.cause);
	if (!flow)
		return error;
	if (!error && make_flow)
		weir_landed(flow, subject->offset, subject->offset + slot->read);
	else if (error &&
		 (found.cause == WEIR_ABI_CAUSE_CONTENT || found.cause == WEIR_ABI_CAUSE_LABEL))
		flow->closed = found.action;
	return error;
}

/* The same as weir_judge() for a call into a socket that is known to bring no buffer. */
static __always_inline __u32 weir_judge_unseen(struct weir_abi_config *config,
					       struct weir_subject *subject,
					       struct weir_abi_proc *proc)
{
	struct weir_flow *flow = weir_flow_find(&subject->key);
	struct weir_abi_profile *profile = weir_profile_held(config, subject, flow);

	if (flow && flow->closed)
		return weir_act(subject, flow, proc, flow->closed, WEIR_ABI_CAUSE_CLOSED);
	return weir_judge_opaque(config, profile, subject, flow, proc, true, 0);
}

/* The errno with which the call is to be refused, 0 when it may go on. make_flow: count this flow from its first byte (files), not
 * from its first value. */
static __always_inline __u32 weir_judge(struct weir_abi_config *config,
					struct weir_subject *subject,
					const struct weir_buffer *buffer,
					struct weir_abi_proc *proc, WEIR_CONTEXT context,
					bool make_flow)
{
	struct weir_flow *flow =
		make_flow ? weir_flow_make(&subject->key) : weir_flow_find(&subject->key);
	struct weir_abi_profile *profile = weir_profile_held(config, subject, flow);
	struct weir_slot *slot;
	__u32 error;

	if (make_flow && !flow)
		return weir_act(subject, NULL, proc, profile->on_failure, WEIR_ABI_CAUSE_NO_STATE);
	if (flow && flow->closed)
		return weir_act(subject, flow, proc, flow->closed, WEIR_ABI_CAUSE_CLOSED);
	if (buffer->kind == WEIR_BUFFER_OPAQUE)
		return weir_judge_opaque(config, profile, subject, flow, proc, !make_flow,
					 buffer->detour);
	slot = weir_slot_take();
	if (!slot)
		return weir_act(subject, flow, proc, profile->on_failure, WEIR_ABI_CAUSE_NO_STATE);
	error = weir_judge_bytes(config, profile, subject, flow, buffer, proc, slot, context,
				 make_flow);
	weir_slot_give(slot);
	return error;
}

#endif
