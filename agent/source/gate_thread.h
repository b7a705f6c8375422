/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_SOURCE_GATE_THREAD_H
#define WEIR_SOURCE_GATE_THREAD_H

/* What the owner's side and the decision thread of the gate share. Every field that both sides
 * touch after the start is atomic or one of the tables that are made for it. */

#include <pthread.h>
#include <stdatomic.h>

#include "gate_await.h"
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
	int first; /* the group of first openings, the same: its marks may be flushed and say what need not be asked */
	int stop;
	int null;
	int records, records_in;
	int answers, answers_in; /* to the decision thread */
	int openings_max;	 /* records of openings let through that may wait in the pipe */
	uint32_t self;
	pid_t waker; /* negative: none could be started */
	uint64_t budget_ns;
	bool exit_on_deadman;
	bool has_thread, has_deadman;
	pthread_t thread, deadman;
	struct weir_facts *labels; /* word[i]: distinct values of detector i */
	struct weir_facts
		*known; /* word[0] size, word[1] change time of a file that was looked at */
	struct weir_facts *volumes; /* key {0, st_dev}; word[0] channel, word[1] profile */
	struct gate_profile profiles[WEIR_ABI_PROFILES];
	struct gate_pass passes[WEIR_GATE_PASSES_MAX];
	struct weir_abi_inode order[WEIR_GATE_LABELS_MAX]; /* labels by age, the owner's alone */
	size_t next;
	uint64_t evicted;
	struct weir_abi_inode known_order[WEIR_GATE_KNOWN_MAX]; /* the owner's alone */
	size_t known_next;
	int unmarked; /* the owner's alone */
	struct gate_folders_pair folders;
	struct gate_waits waits;   /* the decision thread's alone */
	_Atomic bool no_evictable; /* a kernel before 5.19 */
	uint64_t mounts_ns;	   /* inode of the mount namespace that paths are told in */
	_Atomic uint64_t taint_ns;
	_Atomic uint64_t test_ino, test_dev; /* the self-test's forbidden file; 0: none */
	_Atomic uint64_t busy_since;	     /* monotonic; 0: no decision under way */
	_Atomic bool stopping, opened, ended;
	_Atomic bool reading; /* inside read(), where the kernel opens the file for us */
	_Atomic int
		waiting; /* records in the pipe; below zero for the moment before one is counted in */
	_Atomic uint64_t decided, refused, dropped, longest_ns;
	_Atomic uint64_t asked, judged, late, full, let_by;
	struct weir_taints taints; /* the decision thread's alone, as is kept */
	struct weir_proc_kept *kept;
};

void weir_gate_profile_store(struct gate_profile *to, const struct weir_abi_profile *from);
void weir_gate_profile_load(const struct gate_profile *from, struct weir_abi_profile *to);

/* What goes through the pipe of answers; an atomic write. */
struct gate_message {
	uint32_t wait;
	bool failed, has_taint;
	struct weir_taint taint; /* until_ns is the thread's to set */
};

/* One opening under decision. */
struct opening {
	struct weir_gate *gate;
	int fd;
	uint32_t tid;
	uint64_t now_ns;
	struct weir_process process;
	struct weir_abi_inode inode;
	uint64_t ctime_ns; /* of the file, as it is before this opening */
	uint64_t size;
	struct weir_fact label;
	bool has_label;
	bool on_sink, holds_sink;
	struct weir_fact sink; /* of the target, or of the held file */
	struct weir_abi_profile profile;
	struct weir_abi_inode held;
	struct weir_taint taint;
	bool tainted;
	bool passed; /* a pass was used for it */
};

/* gate_first.c: first openings, on the decision thread */
/* What becomes of an opening of a file that has no label and lies on no sink. */
enum gate_first {
	GATE_FIRST_LET_BY = 0,
	GATE_FIRST_REFUSE,
	GATE_FIRST_WAITS, /* the event's descriptor is the table's now */
};
enum gate_first gate_first_opening(struct opening *opening);
/* Nothing needs to be asked about this file until it changes. */
void gate_first_ignore(struct weir_gate *gate, int fd);
/* Answers that are there, and openings whose time is over. */
void gate_first_settle(struct weir_gate *gate);
/* Lets go of what waits; the group is closed already, which lets it through. */
void gate_first_end(struct weir_gate *gate);
/* Milliseconds until the next one is over, for poll(). */
int gate_first_timeout(const struct weir_gate *gate);

/* gate_thread.c */
bool gate_send(struct weir_gate *gate, const struct weir_gate_record *record);
void gate_path_of(int fd, char *to, size_t size);
/* Decides an opening by what is known, without waiting: true: refuse. */
bool gate_refuses(struct weir_gate *gate, int fd, uint32_t tid);
void gate_reply(struct weir_gate *gate, int group, int fd, bool deny);

/* pthread entry points; the argument is the gate. */
void *weir_gate_thread(void *argument);
void *weir_gate_deadman(void *argument);

#endif
