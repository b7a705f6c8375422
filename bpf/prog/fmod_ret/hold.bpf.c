/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Tier 2 for the rules of devices alone, on kernels that take no program which reads content. */

#include "prog/hold.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("fmod_ret/security_file_open")
int BPF_PROG(weir_fmod_hold_open, struct file *file, int ret)
{
	if (ret)
		return ret;
	return weir_returned(weir_hold_open(file));
}

SEC("fmod_ret/security_file_permission")
int BPF_PROG(weir_fmod_hold_write, struct file *file, int mask, int ret)
{
	if (ret)
		return ret;
	return weir_returned(weir_hold_write(file, mask));
}
