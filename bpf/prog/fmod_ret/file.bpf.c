/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Tier 2, files: the same bodies where bpf is not in the list of security modules. */

#include "prog/file.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("fmod_ret/security_file_open")
int BPF_PROG(weir_fmod_file_open, struct file *file, int ret)
{
	if (ret)
		return ret;
	return weir_returned(weir_file_open(file));
}

SEC("fmod_ret/security_file_permission")
int BPF_PROG(weir_fmod_file_permission, struct file *file, int mask, int ret)
{
	if (ret)
		return ret;
	return weir_returned(weir_file_permission(file, mask));
}
