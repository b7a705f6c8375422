/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_SOURCE_GATE_THREAD_H
#define WEIR_SOURCE_GATE_THREAD_H

/* What the owner's side and the decision thread of the gate share. Every field that both sides
 * touch after the start is atomic or one of the tables that are made for it. */

#include <pthread.h>
#include <stdatomic.h>

#include "weir/source/facts.h"
#include "weir/source/gate.h"
#include "weir/source/gate_rules.h"
#include "weir/source/proc.h"

struct gate_profile {
	_Atomic uint32_t limit[_WEIR_ABI_DET_MAX];
	_Atomic uint32_t actions; /* action, on_unscannable, on_failure, on_open: one byte each */
	_Atomic uint32_t flags;	  /* enum weir_abi_profile_flags */
	_Atomic uint32_t passed;  /* number of the profile after a pass; 0: none */
};

/* Whoever exchanges whose for 0 has used it. */
struct gate_pass {
	_Atomic uint64_t whose; /* gate_pass_key(); 0: free */
	_Atomic uint64_t until_ns;
};

static inline uint64_t gate_pass_key(uint32_t uid, uint8_t profile)
{
	return UINT64_C(1) << 63 | (uint64_t)uid << 8 | profile;
}

struct weir_gate {
	int group; /* replaced by /dev/null when the deadman opens the gate */
	int stop;
	int null;
	int records, records_in;
	int openings_max; /* records of openings let through that may wait in the pipe */
	uint32_t self;
	pid_t waker; /* negative: none could be started */
	uint64_t budget_ns;
	bool exit_on_deadman;
	bool has_thread, has_deadman;
	pthread_t thread, deadman;
	struct weir_facts *labels;  /* word[i]: distinct values of detector i */
	struct weir_facts *volumes; /* key {0, st_dev}; word[0] channel, word[1] profile */
	struct gate_profile profiles[WEIR_ABI_PROFILES];
	struct gate_pass passes[WEIR_GATE_PASSES_MAX];
	struct weir_abi_inode order[WEIR_GATE_LABELS_MAX]; /* labels by age, the owner's alone */
	size_t next;
	uint64_t evicted;
	_Atomic uint64_t taint_ns;
	_Atomic uint64_t test_ino, test_dev; /* the self-test's forbidden file; 0: none */
	_Atomic uint64_t busy_since;	     /* monotonic; 0: no decision under way */
	_Atomic bool stopping, opened, ended;
	_Atomic bool reading; /* inside read(), where the kernel opens the file for us */
	_Atomic int
		waiting; /* records in the pipe; below zero for the moment before one is counted in */
	_Atomic uint64_t decided, refused, dropped, longest_ns;
	struct weir_taints taints; /* the decision thread's alone, as is kept */
	struct weir_proc_kept *kept;
};

void weir_gate_profile_store(struct gate_profile *to, const struct weir_abi_profile *from);
void weir_gate_profile_load(const struct gate_profile *from, struct weir_abi_profile *to);

/* pthread entry points; the argument is the gate. */
void *weir_gate_thread(void *argument);
void *weir_gate_deadman(void *argument);

#endif
