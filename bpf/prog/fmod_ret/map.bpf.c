/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Tier 2, shared mappings: the same bodies where bpf is not in the list of security modules. */

#include "prog/map.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("fmod_ret/security_mmap_file")
int BPF_PROG(weir_fmod_mmap_file, struct file *file, unsigned long prot, unsigned long flags,
	     int ret)
{
	if (ret)
		return ret;
	return weir_returned(weir_mmap_file(file, prot, flags));
}

SEC("fmod_ret/security_file_mprotect")
int BPF_PROG(weir_fmod_file_mprotect, struct vm_area_struct *vma, unsigned long reqprot,
	     unsigned long prot, int ret)
{
	if (ret)
		return ret;
	return weir_returned(weir_file_mprotect(vma, prot));
}
