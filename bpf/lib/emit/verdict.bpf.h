/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef WEIR_BPF_EMIT_VERDICT_H
#define WEIR_BPF_EMIT_VERDICT_H

/* The verdict record. The object that includes this defines WEIR_FILL_PROCESS(subject, process), since packet programs have no
 * current process, and WEIR_FILL_NAMES(subject, verdict). */

#include "lib/emit/record.bpf.h"
#include "lib/extract/names.bpf.h"

/* Global, so that the verifier looks at it once and not on each way that leads to a verdict. What subject points to are numbers
 * in here, to be read as the kernel's memory is. flow and proc may be NULL. */
WEIR_GLOBAL int weir_emit_verdict(const struct weir_subject *subject, struct weir_flow *flow,
				  struct weir_abi_proc *proc, __u32 action, __u32 cause)
{
	struct weir_abi_config *config;
	struct weir_abi_verdict *v;
	__u32 zero = 0;

	config = bpf_map_lookup_elem(&weir_config, &zero);
	if (!subject || !config || (flow && !weir_may_emit(flow)))
		return 0;
	v = bpf_ringbuf_reserve(&weir_verdicts, sizeof(*v), 0);
	if (!v) {
		weir_dropped(WEIR_ABI_COUNT_DROP_VERDICT);
		return 0;
	}
	__builtin_memset((char *)v + sizeof(v->hdr), 0,
			 sizeof(*v) - sizeof(v->hdr) - sizeof(v->names));
	weir_header(&v->hdr, WEIR_ABI_REC_VERDICT, sizeof(*v),
		    weir_profile(config, subject->profile));
	WEIR_FILL_PROCESS(subject, &v->process);
	v->target = subject->key;
	v->offset = subject->offset;
	v->length = subject->length;
	if (flow) {
		v->landed_start = flow->landed ? flow->landed_start : 0;
		v->landed_end = flow->landed ? flow->landed_end : 0;
		v->suppressed = flow->suppressed;
		flow->suppressed = 0;
		for (int i = 0; i < _WEIR_ABI_DET_MAX; i++)
			v->distinct[i] = flow->distinct[i];
	}
	if (proc) {
		v->suppressed += proc->audits_suppressed;
		proc->audits_suppressed = 0;
	}
	if (proc && proc->tainted_until_ns > bpf_ktime_get_boot_ns()) {
		v->label = proc->label;
		for (int i = 0; i < _WEIR_ABI_DET_MAX; i++)
			v->labelled[i] = proc->labelled[i];
	}
	if (subject->remote)
		bpf_probe_read_kernel(&v->remote, sizeof(v->remote), subject->remote);
	if (subject->local)
		bpf_probe_read_kernel(&v->local, sizeof(v->local), subject->local);
	v->action = action;
	v->cause = cause;
	v->hook = subject->hook;
	v->tier = weir_settings.tier;
	v->channel = subject->channel;
	v->profile = subject->profile;
	v->passed = action == WEIR_ABI_ACTION_WARN && subject->passed;
	__builtin_memset(v->names, 0, sizeof(v->names));
	WEIR_FILL_NAMES(subject, v);
	bpf_ringbuf_submit(v, 0);
	return 0;
}

#endif
