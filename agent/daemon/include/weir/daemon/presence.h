/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_DAEMON_PRESENCE_H
#define WEIR_DAEMON_PRESENCE_H

/* Until when this agent, or the one before it in this boot, vouched for what it guards: a small file in the runtime folder that is
 * written anew with each beat and outlives the process. What lies between is reported by whoever comes back. Clock: boottime. */

#include <stdbool.h>
#include <stdint.h>

#include "weir/base/macros.h"

#define WEIR_PRESENCE_BEAT_NS UINT64_C(1000000000)

struct weir_presence;

/* How the agent before ended. */
struct weir_presence_before {
	bool known;	   /* false: there was none in this boot, and the rest means nothing */
	bool orderly;	   /* it said so; else it was killed */
	uint64_t since_ns; /* nothing vouches for what happened from here on */
};

/* dir: the runtime folder. What the agent before left stands until a beat says that more is judged. Negative errno. */
int weir_presence_new(const char *dir, struct weir_presence **ret,
		      struct weir_presence_before *ret_before) _must_use_;
void weir_presence_free(struct weir_presence *presence);
DEFINE_CLEANUP(weir_presence_free, struct weir_presence *);

/* To be called every WEIR_PRESENCE_BEAT_NS. judged_ns: what happened before is judged and reported; 0: as before. */
void weir_presence_beat(struct weir_presence *presence, uint64_t now_ns, uint64_t judged_ns);

/* The last word of one that ends as it was told to: all was judged until now. */
void weir_presence_end(struct weir_presence *presence, uint64_t now_ns);

/* The process was stopped and goes on: since when, 0 when it was shorter than a beat or two. Whether the beat that follows has come
 * already makes no difference. */
uint64_t weir_presence_stopped_since(const struct weir_presence *presence, uint64_t now_ns);

#endif
