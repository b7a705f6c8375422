/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_DAEMON_GUARD_H
#define WEIR_DAEMON_GUARD_H

/* The kernel's guard on what is ours, as long as this agent runs: put on, opened by a signed unlock, closed by its time or by hand.
 * What becomes of it is logged and is an event. One thread, the loop's. */

#include <stdbool.h>

#include "weir/base/log.h"
#include "weir/daemon/control.h"
#include "weir/daemon/protect.h"
#include "weir/pipeline/pipeline.h"

struct weir_guard;

/* All borrowed; outlives the object. */
struct weir_guard_options {
	struct weir_protect *protect;
	struct weir_kernel *kernel; /* NULL: none, so nothing is guarded */
	struct weir_loop *loop;
	const struct weir_log *log;
	const char *agent_uid; /* 32 hexadecimal digits: whom an unlock has to be for */
};

/* From here on what is ours is guarded, if that is wanted. That it can't be is logged and no failure: the rest still works. */
int weir_guard_new(const struct weir_guard_options *options, struct weir_guard **ret) _must_use_;
/* The kernel goes on guarding. */
void weir_guard_free(struct weir_guard *guard);
DEFINE_CLEANUP(weir_guard_free, struct weir_guard *);

/* Events go to pipeline, borrowed; before anything is asked of the two below. A guard that the agent before left open is minded
 * from here on. */
int weir_guard_attach(struct weir_guard *guard, struct weir_pipeline *pipeline) _must_use_;

/* Of the hooks that were seen to refuse; WEIR_ABI_TIER_SCAN: none. */
enum weir_abi_tier weir_guard_tier(const struct weir_guard *guard);
bool weir_guard_is_open(const struct weir_guard *guard);
/* Are others refused what is ours right now? */
bool weir_guard_is_closed(const struct weir_guard *guard);

/* "unlock" with "unlock", hexadecimal digits, from whoever brings one: its signature counts. "lock" ends it before its time, from
 * root. New references, NULL without memory. */
json_t *weir_guard_unlock(struct weir_guard *guard, const struct weir_control_request *request);
json_t *weir_guard_lock(struct weir_guard *guard, const struct weir_control_request *request);

#endif
