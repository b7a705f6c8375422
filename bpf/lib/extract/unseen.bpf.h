/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef WEIR_BPF_EXTRACT_UNSEEN_H
#define WEIR_BPF_EXTRACT_UNSEEN_H

/* The write of the current thread that could not be read at its call, from the call until the thread's next one. */

#include "lib/base/core.bpf.h"

static __always_inline __u64 *weir_unseen_counter(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&weir_unseen_count, &zero);
}

/* False: there is no room for it. */
static __always_inline bool weir_unseen_begin(const struct weir_unseen *unseen)
{
	__u64 thread = bpf_get_current_pid_tgid(), *count = weir_unseen_counter();

	if (!count || bpf_map_update_elem(&weir_unseen, &thread, unseen, BPF_NOEXIST))
		return false;
	__sync_fetch_and_add(count, 1);
	return true;
}

static __always_inline struct weir_unseen *weir_unseen_now(void)
{
	__u64 thread, *count = weir_unseen_counter();

	if (!count || !*count)
		return NULL;
	thread = bpf_get_current_pid_tgid();
	return bpf_map_lookup_elem(&weir_unseen, &thread);
}

/* While programs are replaced, two generations see each write, the newer first: those that are not in charge of the thread must not end
 * what those that are began in the same call. */
static __always_inline void weir_unseen_end(bool exits)
{
	__u64 thread, *count = weir_unseen_counter();

	if (!count || !*count || (!exits && !weir_active()))
		return;
	thread = bpf_get_current_pid_tgid();
	if (!bpf_map_delete_elem(&weir_unseen, &thread))
		__sync_fetch_and_add(count, -1);
}

#endif
