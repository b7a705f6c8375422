/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_DAEMON_VIGIL_H
#define WEIR_DAEMON_VIGIL_H

/* Keeps the presence file up to date while the loop runs, and reports as an event when nobody looked: before this agent, or while
 * it was stopped. One thread, the loop's. */

#include "weir/base/log.h"
#include "weir/base/macros.h"
#include "weir/pipeline/pipeline.h"

struct weir_vigil;

/* All borrowed; outlives the object. */
struct weir_vigil_options {
	const char *runtime_dir;
	struct weir_pipeline *pipeline;
	struct weir_loop *loop;
	const struct weir_log *log;
};

/* Reports the time before this agent. Without a file for it nobody tells of that time: this is logged, *ret is NULL, and it is no
 * failure, since the rest still works. Negative errno of the loop. */
int weir_vigil_new(const struct weir_vigil_options *options, struct weir_vigil **ret) _must_use_;
/* After the pipeline's end: with weir_vigil_leave() the last word is that all was judged until now. */
void weir_vigil_free(struct weir_vigil *vigil);
DEFINE_CLEANUP(weir_vigil_free, struct weir_vigil *);

/* The process was stopped and goes on. vigil may be NULL, here and below. */
void weir_vigil_continued(struct weir_vigil *vigil);

/* The agent was told to end, and does. */
void weir_vigil_leave(struct weir_vigil *vigil);

#endif
