/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Tier 1, files. Runs only where bpf is in the kernel's list of security modules; attaching succeeds without, silently. */

#include "prog/file.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("lsm/file_open")
int BPF_PROG(weir_lsm_file_open, struct file *file, int ret)
{
	if (ret)
		return ret;
	return weir_returned(weir_file_open(file));
}

SEC("lsm/file_permission")
int BPF_PROG(weir_lsm_file_permission, struct file *file, int mask, int ret)
{
	if (ret)
		return ret;
	return weir_returned(weir_file_permission(file, mask));
}
