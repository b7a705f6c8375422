/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef WEIR_BPF_SCAN_LINEAGE_H
#define WEIR_BPF_SCAN_LINEAGE_H

/* What a process read of labelled data goes on through what it writes: a pipe, a file, a file in memory carries it to whoever reads
 * there. It lasts no longer than the memory of the opening that it comes from, however many hands it passes through. */

#include "lib/extract/inode.bpf.h"
#include "lib/extract/process.bpf.h"
#include "lib/extract/write.bpf.h"
#include "lib/scan/scan.bpf.h"

#define WEIR_TMPFS_MAGIC 0x01021994

/* What must be written to carry anything: this much in all, or a control character that text has not, or as many digits in a row
 * as an identifier has. A complaint on stderr and a line in a log show none of it, and whoever reads them is not tainted; times,
 * sizes and the like have fewer digits. */
#define WEIR_TELLS_BYTES  512
#define WEIR_TELLS_DIGITS WEIR_RUN_MIN
#define WEIR_TEXT_CONTROL (1U << 7 | 1U << 8 | 1U << 9 | 1U << 10 | 1U << 12 | 1U << 13 | 1U << 27)

_Static_assert(WEIR_TELLS_BYTES <= WEIR_CHUNK, "a slot holds what is looked at");

/* Has any process opened labelled data lately? Nothing else here costs anything while none has. */
static __always_inline bool weir_lineage_live(void)
{
	__u32 zero = 0;
	__u64 *until = bpf_map_lookup_elem(&weir_lineage, &zero);

	return until && *until && *until > bpf_ktime_get_boot_ns();
}

struct weir_tell {
	struct weir_slot *slot;
	__u32 run;
	bool tells;
};

static long weir_tell_byte(__u32 k, struct weir_tell *tell)
{
	__u32 c = tell->slot->bytes[k & WEIR_MASK];

	tell->run = weir_is_digit(c) ? tell->run + 1 : 0;
	tell->tells = tell->run >= WEIR_TELLS_DIGITS ||
		      (c < 0x20 && !(WEIR_TEXT_CONTROL >> (c & 31) & 1));
	return tell->tells;
}

/* Does the write that this call makes hand on data, by itself or with what was written before? Adds it to *bytes. */
static __always_inline bool weir_tells(struct file *file, __u32 *bytes)
{
	struct weir_tell tell = {};
	struct weir_buffer buffer = {.file = file};
	bool unread;
	__u64 n;

	weir_buffer_of_write(&buffer);
	if (buffer.kind == WEIR_BUFFER_NOTHING)
		return false;
	n = buffer.length;
	if (buffer.kind != WEIR_BUFFER_RANGE || n >= WEIR_TELLS_BYTES)
		return true;
	*bytes += n;
	if (*bytes >= WEIR_TELLS_BYTES)
		return true;
	tell.slot = weir_slot_take();
	if (!tell.slot)
		return true;
	asm volatile(""
		     : "+r"(n)); /* else the compiler leaves out the mask that the verifier needs */
	n &= WEIR_TELLS_BYTES - 1;
	unread = bpf_probe_read_user(tell.slot->bytes, n, (void *)buffer.base);
	if (!unread)
		bpf_loop(n, weir_tell_byte, &tell, 0);
	weir_slot_give(tell.slot);
	return unread || tell.tells;
}

/* A call, so that the frame of a scan is free of it. */
static __noinline int weir_carry(struct file *file)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct weir_abi_proc *proc = weir_proc_of(task, bpf_get_current_pid_tgid() >> 32);
	struct weir_abi_carrier carrier = {}, *known;
	struct weir_abi_inode key;

	if (!proc || proc->tainted_until_ns <= bpf_ktime_get_boot_ns())
		return 0;
	weir_file_key(file, &key);
	known = bpf_map_lookup_elem(&weir_carriers, &key);
	if (known)
		carrier.bytes = known->bytes;
	if (weir_tells(file, &carrier.bytes)) {
		carrier.bytes = WEIR_TELLS_BYTES; /* what follows goes with it */
		carrier.until_ns = proc->tainted_until_ns;
		carrier.label = proc->label;
		__builtin_memcpy(carrier.labelled, proc->labelled, sizeof(carrier.labelled));
	}
	bpf_map_update_elem(&weir_carriers, &key, &carrier, BPF_ANY);
	return 0;
}

static __always_inline void weir_carried(struct file *file)
{
	struct weir_abi_carrier *carrier;
	struct weir_abi_inode key;

	weir_file_key(file, &key);
	carrier = bpf_map_lookup_elem(&weir_carriers, &key);
	if (carrier && carrier->until_ns > bpf_ktime_get_boot_ns())
		weir_taint(&carrier->label, carrier->labelled, carrier->until_ns);
}

/* A file in memory is handed on as a descriptor and never opened again. */
static __always_inline bool weir_in_memory(const struct inode *inode)
{
	return inode->i_nlink == 0 && inode->i_sb->s_magic == WEIR_TMPFS_MAGIC;
}

/* A file is read or written. A regular one with a name is known by its openings when it is read. */
static __always_inline void weir_lineage_passes(struct file *file, int mask, umode_t kind)
{
	if (kind != WEIR_S_IFREG && kind != WEIR_S_IFIFO)
		return;
	if (!weir_lineage_live() || weir_is_kernel_thread() || !weir_active())
		return;
	if (mask & WEIR_MAY_WRITE)
		weir_carry(file);
	else if (kind == WEIR_S_IFIFO || weir_in_memory(file->f_inode))
		weir_carried(file);
}

#endif
