/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ACTION_SCRUB_H
#define WEIR_ACTION_SCRUB_H

/* Overwriting what landed on a sink before the verdict, so that cutting the file short does not
 * leave the data in its former blocks. Works on the descriptor alone; no path is followed. What a
 * flash translation layer or a journaling file system keeps elsewhere is out of reach. */

#include <stdbool.h>
#include <stdint.h>

#include "weir/abi/types.h"
#include "weir/base/macros.h"

#define WEIR_SCRUB_WHOLE UINT64_MAX

struct weir_scrub_range {
	struct weir_abi_inode
		inode; /* st_ino and st_dev that the descriptor must have; ino 0: not checked */
	uint64_t start;
	uint64_t end; /* WEIR_SCRUB_WHOLE: to the end of the file */
	bool wait;    /* for a lease on the file to be given up, at most until the kernel breaks it
			 (fs.lease-break-time, 45 s); false: -EAGAIN */
};

/* Overwrites [start, end) of the regular file fd with zeros, syncs, and when nothing older lies
 * behind end cuts the file to start and syncs again. fd need not be writable: it is opened anew
 * through procfs. *ret_bytes is what was overwritten, also when a later step failed. -ESTALE:
 * another file; -EBADF: no regular file; -EROFS and what else the medium says. */
int weir_scrub(int fd, const struct weir_scrub_range *range, uint64_t *ret_bytes) _must_use_;

#endif
