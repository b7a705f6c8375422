/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_REPORT_DROPS_H
#define WEIR_REPORT_DROPS_H

/* The counts of what was left out, by cause, in the spool's drops file. Each change is written
 * through at once (not synced: it survives the process, not a power cut). */

#include <stdint.h>

#include "weir/base/macros.h"
#include "weir/proto/spool_format.h"

struct weir_drops {
	int fd; /* owned; -1: counted in memory alone */
	unsigned n;
	struct weir_spool_drop entries[WEIR_SPOOL_DROPS_MAX];
};

#define WEIR_DROPS_INIT ((struct weir_drops){.fd = -1})

/* Opens or makes the file and takes its counts over; damaged entries are forgotten. gid: group of a
 * new file. */
int weir_drops_open(struct weir_drops *drops, int dirfd, uint32_t gid) _must_use_;
void weir_drops_done(struct weir_drops *drops);

/* Characters that are not printable ASCII become '_', a long cause is cut; causes past the last but
 * one count as "other". */
void weir_drops_count(struct weir_drops *drops, const char *cause, uint64_t n);

#endif
