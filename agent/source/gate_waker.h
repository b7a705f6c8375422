/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_SOURCE_GATE_WAKER_H
#define WEIR_SOURCE_GATE_WAKER_H

/* A stopped process answers no opening, and its own deadman is stopped with it. A child process, which shares nothing with the gate
 * but its parent's number, continues it within half of budget_ns; one that does not go on, for a tracer holds it, is killed within the budget, which lets
 * everything through. It ends with the thread that started it. Whoever stops both has the machine wait. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "weir/base/macros.h"

/* The child's number, or negative errno. */
pid_t weir_gate_waker_start(uint64_t budget_ns) _must_use_;
/* Is it still there? One that has ended is reaped, and pid is free then. */
bool weir_gate_waker_runs(pid_t pid);
/* 0 or less is let be. */
void weir_gate_waker_stop(pid_t pid);

#endif
