/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BYPASS_URING_H
#define BYPASS_URING_H

/* A ring of io_uring as small as it can be: a few entries, submitted and waited for together. */

#include <linux/io_uring.h>

#include "weir/base/macros.h"

#define URING_ENTRIES 8

struct uring;

/* flags: IORING_SETUP_*. NULL with errno when the kernel has or allows none. */
struct uring *uring_new(unsigned flags) _must_use_;
void uring_free(struct uring *ring);
DEFINE_CLEANUP(uring_free, struct uring *);

int uring_fd(const struct uring *ring);

/* The next free entry, zeroed, with this operation; at most URING_ENTRIES between two runs. */
struct io_uring_sqe *uring_entry(struct uring *ring, unsigned char operation, int fd,
				 const void *data, unsigned len, unsigned long long offset);

/* Submits what was entered and waits for all of it: 0 or the first negative result. */
int uring_run(struct uring *ring) _must_use_;

#endif
