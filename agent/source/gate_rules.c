/* SPDX-License-Identifier: Apache-2.0 */
/* A label decides an opening only where the policy would decide the content: same limits, same
 * action. */

#include <stddef.h>

#include "weir/source/gate_rules.h"
#include "weir/source/proc.h"

bool weir_gate_over(const struct weir_abi_profile *profile,
		    const uint32_t counts[static _WEIR_ABI_DET_MAX])
{
	if (profile->action < WEIR_ABI_ACTION_BLOCK)
		return false;
	for (size_t i = 0; i < _WEIR_ABI_DET_MAX; i++)
		if (profile->limit[i] > 0 && counts[i] >= profile->limit[i])
			return true;
	return false;
}

static struct weir_gate_answer deny(enum weir_abi_cause cause)
{
	return (struct weir_gate_answer){.deny = true, .cause = cause};
}

static struct weir_gate_answer deny_label(const struct weir_abi_profile *profile)
{
	return (struct weir_gate_answer){.deny = true,
					 .warned = profile->action == WEIR_ABI_ACTION_WARN,
					 .cause = WEIR_ABI_CAUSE_LABEL};
}

bool weir_gate_harmless(const struct weir_gate_facts *facts)
{
	return !facts->label && facts->mode == WEIR_OPEN_READ &&
	       !(facts->target && facts->target->flags & WEIR_ABI_PROFILE_UNREAD);
}

struct weir_gate_answer weir_gate_decide(const struct weir_gate_facts *facts)
{
	struct weir_gate_answer answer = {0};
	/* What can't be told is taken for the worse: an opening that both reads and writes. */
	bool reads = facts->mode == WEIR_OPEN_UNKNOWN || (facts->mode & WEIR_OPEN_READ);
	bool writes = facts->mode == WEIR_OPEN_UNKNOWN || (facts->mode & WEIR_OPEN_WRITE);

	if (facts->own)
		return answer;
	if (facts->target && facts->target->flags & WEIR_ABI_PROFILE_UNREAD)
		return deny(WEIR_ABI_CAUSE_DEVICE);
	if (facts->target && writes) {
		/* A call that can't be told may be a read of the stick: refusing every opening
		 * needs certainty. */
		if (facts->target->on_open == WEIR_ABI_ACTION_BLOCK &&
		    (facts->mode & WEIR_OPEN_WRITE))
			return deny(facts->target->flags & WEIR_ABI_PROFILE_UNCHANGED
					    ? WEIR_ABI_CAUSE_DEVICE
					    : WEIR_ABI_CAUSE_OPEN);
		if (facts->taint && weir_gate_over(facts->target, facts->taint))
			return deny_label(facts->target);
		answer.sink_open = true;
	}
	if (facts->label && reads) {
		if (facts->held && weir_gate_over(facts->held, facts->label))
			return deny_label(facts->held);
		answer.taint = true;
	}
	return answer;
}

static bool live(const struct weir_taint *taint, uint64_t now_ns)
{
	return taint->pid != 0 && taint->until_ns > now_ns;
}

static bool same(const struct weir_taint *taint, uint32_t pid, uint64_t start_boot_ns)
{
	return taint->pid == pid && taint->start_boot_ns == start_boot_ns;
}

bool weir_taint_any(const struct weir_taints *taints, uint64_t now_ns)
{
	return taints->latest_ns > now_ns;
}

const struct weir_taint *weir_taint_find(const struct weir_taints *taints, uint32_t pid,
					 uint64_t start_boot_ns, uint64_t now_ns)
{
	for (size_t i = 0; i < WEIR_TAINTS_MAX; i++)
		if (same(&taints->entry[i], pid, start_boot_ns) && live(&taints->entry[i], now_ns))
			return &taints->entry[i];
	return NULL;
}

void weir_taint_add(struct weir_taints *taints, const struct weir_taint *taint, uint64_t now_ns)
{
	struct weir_taint *slot = NULL;

	taints->latest_ns = WEIR_MAX(taints->latest_ns, taint->until_ns);
	for (size_t i = 0; i < WEIR_TAINTS_MAX; i++) {
		struct weir_taint *entry = &taints->entry[i];

		if (same(entry, taint->pid, taint->start_boot_ns) && live(entry, now_ns)) {
			for (size_t k = 0; k < _WEIR_ABI_DET_MAX; k++)
				entry->distinct[k] =
					WEIR_MAX(entry->distinct[k], taint->distinct[k]);
			entry->until_ns = WEIR_MAX(entry->until_ns, taint->until_ns);
			entry->source = taint->source;
			return;
		}
		if (!slot || (live(slot, now_ns) &&
			      (!live(entry, now_ns) || entry->until_ns < slot->until_ns)))
			slot = entry;
	}
	if (live(slot, now_ns))
		taints->evicted++;
	*slot = *taint;
}
