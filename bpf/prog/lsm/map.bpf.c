/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Tier 1, shared mappings. */

#include "prog/map.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("lsm/mmap_file")
int BPF_PROG(weir_lsm_mmap_file, struct file *file, unsigned long reqprot, unsigned long prot,
	     unsigned long flags, int ret)
{
	if (ret)
		return ret;
	return weir_returned(weir_mmap_file(file, prot, flags));
}

SEC("lsm/file_mprotect")
int BPF_PROG(weir_lsm_file_mprotect, struct vm_area_struct *vma, unsigned long reqprot,
	     unsigned long prot, int ret)
{
	if (ret)
		return ret;
	return weir_returned(weir_file_mprotect(vma, prot));
}
