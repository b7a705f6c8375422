/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_IPC_PROCESS_H
#define WEIR_IPC_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "weir/base/macros.h"

struct weir_process_options {
	const char *program;
	uint32_t uid, gid;
	uint64_t memory_bytes;
	const char *pdf, *ocr; /* as in struct weir_inspector_options */
	int detectors;	       /* memory file with the policy's own, -1: none; borrowed */
};

/* Starts a worker. *ret_sock is this side's end, non-blocking; the process sees nothing of this one
 * but the other end, /dev/null and standard error. Negative errno when it can't be started. */
int weir_process_start(const struct weir_process_options *options, pid_t *ret_pid,
		       int *ret_sock) _must_use_;

/* Of the worker and the programs that it runs; where the kernel schedules sessions as groups, of its session too. Negative errno. */
int weir_process_set_niceness(pid_t pid, int niceness) _must_use_;
/* Whether its niceness can be lowered again once it was raised: by a try, since capabilities that a user namespace gives are not enough.
 * Where it can't be, it is left with 1. */
bool weir_process_may_hurry(pid_t pid);

#endif
