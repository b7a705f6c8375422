/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The later look at a write that could not be read at its call: the kernel has just brought in the pages of the next piece and has
 * copied none of it. This hook cannot make the write fail. What is not to land ends the process: the kernel looks for that before it
 * copies. */

#define WEIR_CONTEXT		__u64
#define WEIR_READ(scan, to, n)	bpf_probe_read_user(to, n, (void *)(scan)->slot->source)
#define WEIR_FILL_PROCESS(s, p) weir_process_current(p)
#define WEIR_UID(s)		((void)(s), weir_uid_current())
#define WEIR_PUT_OFF(s)		false
#define WEIR_FILL_NAMES(s, v)	(v)->names_len = weir_names((s)->file, (v)->names, &(v)->names_cut)

#include "lib/emit/judge.bpf.h"
#include "lib/extract/names.bpf.h"
#include "lib/extract/unseen.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define WEIR_SIGKILL 9

/* size bytes of the write are there, the first of them after skip others. The file is open as long as its write lasts. */
static __always_inline bool weir_late_refused(const struct weir_unseen *unseen, __u64 skip,
					      __u64 size)
{
	struct weir_subject subject = {.file = (struct file *)unseen->file,
				       .key = unseen->key,
				       .offset = unseen->offset + skip,
				       .length = size,
				       .profile = unseen->profile,
				       .channel = unseen->channel,
				       .hook = WEIR_ABI_HOOK_FAULT_IN};
	struct weir_buffer buffer = {.base = unseen->base + skip,
				     .count = size,
				     .length = size,
				     .kind = WEIR_BUFFER_RANGE};
	struct weir_abi_config *config = weir_active();

	if (!config)
		return false;
	weir_count(WEIR_ABI_COUNT_LATE_LOOKS, 1);
	return weir_judge(config, &subject, &buffer, weir_proc_make(), 0, true);
}

/* Called by fault_in_iov_iter_readable(), which cannot be hung on to, as nothing in the kernel's lib/ can. missing: bytes of size for
 * which there are no pages; the kernel copies none of them. What lies elsewhere is none of the write's. */
SEC("fexit/fault_in_readable")
int BPF_PROG(weir_brought_in, const char *at, unsigned long size, unsigned long missing)
{
	struct weir_unseen *unseen = weir_unseen_now();
	__u64 skip;

	if (!unseen || missing >= size)
		return 0;
	skip = (__u64)at - unseen->base;
	if (skip < unseen->count && weir_late_refused(unseen, skip, size - missing))
		bpf_send_signal(WEIR_SIGKILL);
	return 0;
}
