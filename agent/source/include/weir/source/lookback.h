/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_SOURCE_LOOKBACK_H
#define WEIR_SOURCE_LOOKBACK_H

/* Files of a volume that changed in a time nobody watched it, by going over all of it on a thread of its own: a slow or dying
 * disk holds up nobody but that thread. One volume after the other. All functions are for the owner's thread.
 *
 * The times are the file system's: whoever can set the clock, or a file's times where the file system keeps no change time of
 * its own (FAT), can keep a file from being found. */

#include <stdbool.h>
#include <stdint.h>

#include "weir/base/macros.h"

#define WEIR_LOOKBACK_QUEUE 16	   /* volumes waiting or under way */
#define WEIR_LOOKBACK_NAMES 100000 /* of one volume */
#define WEIR_LOOKBACK_FILES 1000   /* of one volume that are told of */
#define WEIR_LOOKBACK_DEPTH 32	   /* folders in folders */

struct weir_lookback;

/* Realtime. */
struct weir_lookback_range {
	uint64_t since_ns, until_ns;
};

/* How coarse the time of a change may be: a change at ctime may have been as much later. */
uint64_t weir_lookback_slack(uint64_t ctime_ns);
/* Is it of this time, as far as the file system's clock tells? */
bool weir_lookback_within(const struct weir_lookback_range *range, uint64_t ctime_ns);

struct weir_lookback_ops {
	/* Can another file be taken? What can't waits. */
	bool (*ready)(void *context);
	/* A file with something in it that changed in the range. fd: readable, the callee's to close. */
	void (*found)(void *context, uint64_t cookie, int fd);
	/* Once for every volume that was taken. 0: all of it was looked at; -E2BIG, -ETIME: it was too much; another error: part of it
	 * could not be read. */
	void (*ended)(void *context, uint64_t cookie, int result);
};

int weir_lookback_new(const struct weir_lookback_ops *ops, void *context,
		      struct weir_lookback **ret) _must_use_;
/* Waits for the file under way. What is not done is not told of. */
void weir_lookback_free(struct weir_lookback *lookback);
DEFINE_CLEANUP(weir_lookback_free, struct weir_lookback *);

/* Goes over the file system of the folder fd (any descriptor of it, which stays the caller's), not over others that are mounted
 * below, for at most budget_ns. 0, or why not: -EAGAIN when too many wait. */
int weir_lookback_start(struct weir_lookback *lookback, int fd,
			const struct weir_lookback_range *range, uint64_t budget_ns,
			uint64_t cookie) _must_use_;

/* Readable when dispatch has something. */
int weir_lookback_fd(const struct weir_lookback *lookback);
int weir_lookback_dispatch(struct weir_lookback *lookback) _must_use_;

#endif
