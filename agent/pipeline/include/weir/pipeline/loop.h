/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_PIPELINE_LOOP_H
#define WEIR_PIPELINE_LOOP_H

/* The process's one event loop: descriptors and periodic timers. One thread. */

#include <stdint.h>

#include "weir/base/macros.h"

#define WEIR_LOOP_SOURCES 64

struct weir_loop;

/* events as in epoll. A negative return ends the loop with it. The callee may remove any source,
 * also its own. */
typedef int (*weir_loop_fn)(void *context, uint32_t events);

int weir_loop_new(struct weir_loop **ret) _must_use_;
/* Added descriptors stay their owners' and must have been removed or must not fire any more. */
void weir_loop_free(struct weir_loop *loop);
DEFINE_CLEANUP(weir_loop_free, struct weir_loop *);

/* -EEXIST when fd is there already, -ENFILE when there are too many. */
int weir_loop_add(struct weir_loop *loop, int fd, uint32_t events, weir_loop_fn fn,
		  void *context) _must_use_;
/* Changes what an fd waits for; 0: nothing for now. */
int weir_loop_modify(struct weir_loop *loop, int fd, uint32_t events) _must_use_;
void weir_loop_remove(struct weir_loop *loop, int fd);

/* Calls fn every interval_ns from then on, with events 0. *ret_id is for weir_loop_remove(). */
int weir_loop_add_timer(struct weir_loop *loop, uint64_t interval_ns, weir_loop_fn fn,
			void *context, int *ret_id) _must_use_;

/* Handles what is ready, waiting at most timeout_ms (-1: for ever) for something. The number
 * handled, or negative errno. */
int weir_loop_step(struct weir_loop *loop, int timeout_ms);

/* Until weir_loop_stop() (0) or a source's failure (negative). */
int weir_loop_run(struct weir_loop *loop);
void weir_loop_stop(struct weir_loop *loop);

#endif
