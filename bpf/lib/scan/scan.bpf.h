/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef WEIR_BPF_SCAN_SCAN_H
#define WEIR_BPF_SCAN_SCAN_H

/* Reads a user buffer and counts the identifiers in it.
 *
 *   buffer -> chunks of 4 KiB in a slot, each behind the last 32 bytes of the one before
 *          -> blocks of 64 bytes: eight words, tested for one that is all digits
 *          -> bytes, only where there is one: runs of digits, their ends, their neighbours
 *          -> check digits (check.h) -> distinct values (flow.bpf.h)
 *
 * Every identifier has 15 digits in a row or more, so its run covers an aligned word of eight; a block without one can at most
 * hold 7 + 7 of them. That holds as long as the run that enters the block is shorter than 8. Numbers written in groups, and
 * cards of 13 and 14 digits, are left to user space.
 *
 * The object that includes this defines WEIR_READ(scan, to, n), which takes n bytes at scan->slot->source: 0, or a negative
 * errno; and WEIR_CONTEXT, the type of what it needs for that. */

#include "lib/base/core.bpf.h"
#include "lib/extract/buffer.bpf.h"
#include "lib/scan/check.h"
#include "lib/scan/flow.bpf.h"

#define WEIR_BLOCK 64
#define WEIR_CHUNKS_MAX \
	16384 /* 64 MiB a call: cp hands over tens of MiB at once on some file systems */
#define WEIR_RUN_MIN 15
#define WEIR_RUN_MAX 19
#define WEIR_MASK    (WEIR_SLOT_BYTES - 1)

_Static_assert(WEIR_MASK == WEIR_CHECK_MASK, "slots are what check.h masks to");

enum weir_pending {
	WEIR_PENDING_NONE = 0,
	WEIR_PENDING_X = 1,	/* 17 digits and an X: a number unless a letter or digit follows */
	WEIR_PENDING_CARD = 32, /* + len: digits, then '.' or '-': a card unless a digit follows */
};

/* What the callbacks share; the numbers are in the slot. */
struct weir_scan {
	struct weir_slot *slot;
	WEIR_CONTEXT context;
};

/* The run of len characters that ends at end is over: count it when it is an identifier. Global, so that the verifier looks at
 * it once and not at each of its calls. */
__noinline int weir_evaluate(struct weir_slot *slot, __u32 end, __u32 len, __u32 card_only)
{
	struct weir_abi_inode key;
	struct weir_flow *flow;
	__u32 detector;

	if (!slot)
		return 0;
	/* Told apart by length first: the verifier walks what is common to both only once. */
	if (len > WEIR_RUN_MAX || len == 17)
		return 0;
	if (len == 18) {
		if (card_only || !weir_is_resident_id(slot->bytes, end))
			return 0;
		detector = WEIR_ABI_DET_CN_RESIDENT_ID;
	} else {
		if (weir_binds_left(weir_byte_at(slot->bytes, end - len)) ||
		    !weir_is_digit(weir_byte_at(slot->bytes, end)) ||
		    !weir_is_card(slot->bytes, end, len))
			return 0;
		detector = WEIR_ABI_DET_PAYMENT_CARD;
	}
	key = slot->flow; /* on the stack: 6.1 takes no map key out of an argument */
	flow = weir_flow_make(&key);
	if (!flow) {
		slot->no_state = 1;
		return 0;
	}
	weir_flow_add(flow, detector, weir_value_hash(slot->bytes, end, len, slot->hash_key));
	return 1;
}

/* c follows what was pending. */
static __always_inline void weir_settle(struct weir_slot *slot, __u32 p, __u32 c)
{
	__u32 pending = slot->pending;

	slot->pending = WEIR_PENDING_NONE;
	if (pending == WEIR_PENDING_X) {
		if (!weir_is_digit(c) && !weir_is_letter(c))
			weir_evaluate(slot, p - 1, 18, 0);
	} else if (!weir_is_digit(c)) {
		weir_evaluate(slot, p - 2, pending - WEIR_PENDING_CARD, 1);
	}
}

/* The run ended before position p, where c stands. */
static __always_inline void weir_run_ended(struct weir_scan *scan, __u32 p, __u32 c)
{
	__u32 run = scan->slot->run;

	if (run == 17 && (c | 32) == 'x') {
		scan->slot->pending = WEIR_PENDING_X;
	} else if (c == '.' || c == '-') {
		scan->slot->pending = WEIR_PENDING_CARD + run;
		if (run == 18)
			weir_evaluate(scan->slot, p - 1, run, 0);
	} else if (!weir_is_letter(c) && c != '_') {
		weir_evaluate(scan->slot, p - 1, run, 0);
	} else if (run == 18 && c == '_') {
		weir_evaluate(scan->slot, p - 1, run, 0);
	}
}

static long weir_scan_byte(__u32 k, struct weir_scan *scan)
{
	__u32 p = (scan->slot->at + k) & WEIR_MASK;
	__u32 c = scan->slot->bytes[p];

	if (scan->slot->pending)
		weir_settle(scan->slot, p, c);
	if (weir_is_digit(c)) {
		if (scan->slot->run <= WEIR_RUN_MAX)
			scan->slot->run++;
		return 0;
	}
	if (scan->slot->run >= WEIR_RUN_MIN && scan->slot->run <= WEIR_RUN_MAX)
		weir_run_ended(scan, p, c);
	scan->slot->run = 0;
	return 0;
}

/* Digits at the end of a block whose last word is not all digits. */
static __always_inline __u32 weir_trailing(const struct weir_slot *slot, __u32 at)
{
	__u32 run = 0, still = 1;

	for (int k = WEIR_BLOCK - 1; k >= WEIR_BLOCK - 8; k--) {
		still &= weir_is_digit(slot->bytes[(at + k) & WEIR_MASK]);
		run += still;
	}
	return run;
}

static long weir_scan_block(__u32 i, struct weir_scan *scan)
{
	__u32 start = (i & (WEIR_CHUNK / WEIR_BLOCK - 1)) * WEIR_BLOCK;
	__u32 bytes = WEIR_BLOCK;
	__u64 found = 0;

	if (start >= scan->slot->n)
		return 1;
	scan->slot->at = WEIR_FLOW_PAD + start;
	if (scan->slot->n - start < WEIR_BLOCK) {
		bytes = scan->slot->n - start;
	} else if (scan->slot->run < 8 && !scan->slot->pending) {
		for (int k = 0; k < WEIR_BLOCK / 8; k++)
			found |= weir_is_zero(
				weir_not_digits(scan->slot->words[(scan->slot->at / 8 + k) &
								  (WEIR_SLOT_BYTES / 8 - 1)]));
		if (!(found >> 63)) {
			scan->slot->run = weir_trailing(scan->slot, scan->slot->at);
			return 0;
		}
	}
	scan->slot->slow++;
	bpf_loop(bytes, weir_scan_byte, scan, 0);
	return 0;
}

/* Takes range i of the buffer into slot->range, where a single range is already; not 0 when it cannot be read. Into the slot and not
 * onto the stack, so that all ways end in one state for the verifier. */
static __always_inline long weir_take_range(struct weir_slot *slot, __u32 i)
{
	const __u64 at = slot->array + (__u64)i * sizeof(slot->range);
	long r;

	if (slot->array_kind == WEIR_BUFFER_RANGE)
		return 0;
	if (slot->array_kind == WEIR_BUFFER_IOVEC_KERNEL)
		return bpf_probe_read_kernel(&slot->range, sizeof(slot->range), (void *)at);
	if (slot->array_kind == WEIR_BUFFER_IOVEC_USER)
		return bpf_probe_read_user(&slot->range, sizeof(slot->range), (void *)at);
	r = bpf_probe_read_user(&slot->range[0], sizeof(slot->range[0]),
				(void *)(slot->array + (__u64)i * sizeof(slot->range[0])));
	slot->range[1] = slot->range[0] >> 32;
	slot->range[0] &= 0xffffffff;
	return r;
}

/* Goes on to the next range. Its bytes before slot->skip are done already. */
static __always_inline long weir_next_range(struct weir_slot *slot)
{
	__u64 skip = slot->skip;

	if (weir_take_range(slot, slot->ranges_done++))
		return -1;
	if (skip > slot->range[1])
		skip = slot->range[1];
	slot->skip -= skip;
	slot->source = slot->range[0] + skip;
	slot->left = slot->range[1] - skip;
	return 0;
}

/* One step through the buffer: the next range, or a chunk of the current one. One loop over both, not one in the other: each has a
 * frame. */
static long weir_scan_step(__u32 i, struct weir_scan *scan)
{
	struct weir_slot *slot = scan->slot;
	__u32 n = slot->left < WEIR_CHUNK ? slot->left : WEIR_CHUNK;
	__u32 before = slot->n;

	if (n == 0) {
		if (slot->ranges_done >= slot->ranges)
			return 1;
		if (weir_next_range(slot))
			slot->error = -14; /* EFAULT */
		return slot->error != 0;
	}
	if (slot->chunks >= WEIR_CHUNKS_MAX) {
		slot->error = -7; /* E2BIG */
		return 1;
	}
	slot->chunks++;
	/* 1 to 4096 in a form that every verifier follows: 6.1 learns nothing from a comparison with 0. */
	n = (n - 1) & (WEIR_CHUNK - 1);
	asm volatile("" : "+r"(n));
	n++;
	for (int k = 0; k < WEIR_FLOW_PAD; k++)
		slot->bytes[k] = slot->bytes[(before + k) & WEIR_MASK];
	if (WEIR_READ(scan, slot->bytes + WEIR_FLOW_PAD, n)) {
		slot->error = -14;
		return 1;
	}
	slot->n = n;
	slot->source += n;
	slot->left -= n;
	slot->read += n;
	bpf_loop(WEIR_CHUNK / WEIR_BLOCK, weir_scan_block, scan, 0);
	return 0;
}

/* The whole buffer. What is left unread is in slot->error: -EFAULT or -E2BIG. Global, so that the verifier looks at it once and not
 * on each way that leads here. */
__noinline int weir_scan_buffer(struct weir_slot *slot, const struct weir_buffer *buffer,
				WEIR_CONTEXT context)
{
	struct weir_scan scan = {.slot = slot, .context = context};
	__u64 n;

	if (!slot || !buffer)
		return 0;
	n = buffer->count;
	slot->array = slot->range[0] = buffer->base;
	slot->array_kind = buffer->kind;
	slot->range[1] = n;
	slot->skip = buffer->skip;
	slot->left = 0;
	slot->ranges_done = 0;
	slot->ranges = buffer->kind == WEIR_BUFFER_RANGE ? 1 : n < WEIR_IOV_MAX ? n : WEIR_IOV_MAX;
	bpf_loop(WEIR_IOV_MAX + WEIR_CHUNKS_MAX + 1, weir_scan_step, &scan, 0);
	return 0;
}

/* The buffer ended: count what would be an identifier if nothing followed. Should more digits follow in the next call, it was
 * counted without being one; should nothing follow, it was the last of the file. */
static __always_inline void weir_scan_end(struct weir_slot *slot)
{
	__u32 end = WEIR_FLOW_PAD + slot->n - 1;

	if (slot->pending)
		weir_settle(slot, end + 1, 0);
	else if (slot->run >= WEIR_RUN_MIN && slot->run <= WEIR_RUN_MAX)
		weir_evaluate(slot, end, slot->run, 0);
}

static __always_inline struct weir_slot *weir_slot_take(void)
{
	__u32 first = bpf_get_smp_processor_id() * 4;

	for (__u32 i = 0; i < 8; i++) {
		__u32 key = (first + i) & (WEIR_SLOTS - 1);
		struct weir_slot *slot = bpf_map_lookup_elem(&weir_slots, &key);

		if (slot && !__sync_lock_test_and_set(&slot->busy, 1))
			return slot;
	}
	weir_count(WEIR_ABI_COUNT_NO_SLOT, 1);
	return NULL;
}

static __always_inline void weir_slot_give(struct weir_slot *slot)
{
	__sync_lock_test_and_set(&slot->busy, 0);
}

#endif
