/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef WEIR_BPF_SCAN_LINEAGE_H
#define WEIR_BPF_SCAN_LINEAGE_H

/* What a process read of labelled data goes on through what it writes: a pipe, a pair of sockets, a file, a file in memory carries it
 * to whoever reads there. It lasts no longer than the memory of the opening that it comes from, however many hands it passes through. */

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
#define WEIR_TELLS_RANGES 16 /* of more, what they hold counts as telling */
#define WEIR_TEXT_CONTROL (1U << 7 | 1U << 8 | 1U << 9 | 1U << 10 | 1U << 12 | 1U << 13 | 1U << 27)

_Static_assert(WEIR_TELLS_BYTES <= WEIR_CHUNK, "a slot holds what is looked at");

/* Has any process opened labelled data lately? Nothing else here costs anything while none has. */
static __always_inline bool weir_lineage_live(void)
{
	__u32 zero = 0;
	__u64 *until = bpf_map_lookup_elem(&weir_lineage, &zero);

	return until && *until && *until > bpf_ktime_get_boot_ns();
}

/* And is the current process one that is followed? */
static __always_inline bool weir_lineage_follows(void)
{
	return weir_lineage_live() && !weir_is_kernel_thread() && weir_active();
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

/* Puts the next range behind those that are in the slot, as far as there is room. */
static long weir_tell_range(__u32 i, struct weir_tell *tell)
{
	struct weir_slot *slot = tell->slot;
	__u64 at = slot->n, n = WEIR_TELLS_BYTES - at;

	if (at >= WEIR_TELLS_BYTES || slot->ranges_done >= slot->ranges)
		return 1;
	if (weir_next_range(slot)) {
		slot->error = -14; /* EFAULT */
		return 1;
	}
	if (n > slot->left)
		n = slot->left;
	slot->n = at + n;
	asm volatile(
		""
		: "+r"(at),
		  "+r"(n)); /* else the compiler leaves out the masks that the verifier needs */
	at &= WEIR_TELLS_BYTES - 1;
	n &= 2 * WEIR_TELLS_BYTES - 1;
	if (bpf_probe_read_user(slot->bytes + at, n, (void *)slot->source))
		slot->error = -14;
	return slot->error != 0;
}

/* The same once its ranges, or the beginning of them, are to be seen in one piece. */
static __always_inline bool weir_tells_text(struct weir_slot *slot,
					    const struct weir_buffer *buffer, __u32 *bytes)
{
	struct weir_tell tell = {.slot = slot};

	slot->array = slot->range[0] = buffer->base;
	slot->array_kind = buffer->kind;
	slot->range[1] = buffer->count;
	slot->skip = buffer->skip;
	slot->ranges = buffer->kind == WEIR_BUFFER_RANGE ? 1 : buffer->count;
	slot->ranges_done = slot->n = slot->error = 0;
	bpf_loop(WEIR_TELLS_RANGES, weir_tell_range, &tell, 0);
	*bytes += slot->n;
	if (slot->error || *bytes >= WEIR_TELLS_BYTES || slot->ranges_done < slot->ranges)
		return true;
	bpf_loop(slot->n, weir_tell_byte, &tell, 0);
	return tell.tells;
}

/* Does what a call writes hand on data, by itself or with what was written before? Adds it to *bytes. */
static __always_inline bool weir_tells(const struct weir_buffer *buffer, __u32 *bytes)
{
	struct weir_slot *slot;
	bool tells;

	if (buffer->kind == WEIR_BUFFER_NOTHING)
		return false;
	if (buffer->kind == WEIR_BUFFER_OPAQUE || buffer->length >= WEIR_TELLS_BYTES)
		return true;
	slot = weir_slot_take();
	if (!slot)
		return true;
	tells = weir_tells_text(slot, buffer, bytes);
	weir_slot_give(slot);
	return tells;
}

/* What the current process remembers, as long as it does. */
static __always_inline struct weir_abi_proc *weir_remembers(void)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct weir_abi_proc *proc = weir_proc_of(task, bpf_get_current_pid_tgid() >> 32);

	return proc && proc->tainted_until_ns > bpf_ktime_get_boot_ns() ? proc : NULL;
}

/* What proc remembers goes on through key, where buffer arrives. */
static __always_inline void weir_carry_to(const struct weir_abi_proc *proc,
					  const struct weir_abi_inode *key,
					  const struct weir_buffer *buffer)
{
	struct weir_abi_carrier carrier = {}, *known = bpf_map_lookup_elem(&weir_carriers, key);

	if (known)
		carrier.bytes = known->bytes;
	if (weir_tells(buffer, &carrier.bytes)) {
		carrier.bytes = WEIR_TELLS_BYTES; /* what follows goes with it */
		carrier.until_ns = proc->tainted_until_ns;
		carrier.label = proc->label;
		__builtin_memcpy(carrier.labelled, proc->labelled, sizeof(carrier.labelled));
	}
	bpf_map_update_elem(&weir_carriers, key, &carrier, BPF_ANY);
}

/* A call, so that the frame of a scan is free of it. */
static __noinline int weir_carry(struct file *file)
{
	struct weir_abi_proc *proc = weir_remembers();
	struct weir_buffer buffer = {.file = file};
	struct weir_abi_inode key;

	if (!proc)
		return 0;
	weir_file_key(file, &key);
	weir_buffer_of_write(&buffer);
	weir_carry_to(proc, &key, &buffer);
	return 0;
}

static __always_inline void weir_carried_by(const struct weir_abi_inode *key)
{
	struct weir_abi_carrier *carrier = bpf_map_lookup_elem(&weir_carriers, key);

	if (carrier && carrier->until_ns > bpf_ktime_get_boot_ns())
		weir_taint(&carrier->label, carrier->labelled, carrier->until_ns);
}

static __always_inline void weir_carried(struct file *file)
{
	struct weir_abi_inode key;

	weir_file_key(file, &key);
	weir_carried_by(&key);
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
	if (!weir_lineage_follows())
		return;
	if (mask & WEIR_MAY_WRITE)
		weir_carry(file);
	else if (kind == WEIR_S_IFIFO || weir_in_memory(file->f_inode))
		weir_carried(file);
}

#endif
