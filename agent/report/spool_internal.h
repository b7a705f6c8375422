/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_REPORT_SPOOL_INTERNAL_H
#define WEIR_REPORT_SPOOL_INTERNAL_H

/* What spool.c (appending, removing) and spool_open.c (opening, repair) share. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drops.h"
#include "seqs.h"
#include "weir/base/buf.h"
#include "weir/base/macros.h"
#include "weir/proto/spool_format.h"

struct spool_segment {
	uint64_t first;
	uint64_t size;
};

struct weir_spool {
	int dirfd, lockfd;
	int fd; /* of the last segment; -1: a new one is needed before the next append */
	uint64_t max_bytes, segment_bytes;
	uint64_t epoch, next;
	uint64_t total; /* bytes of all segments */
	uint32_t gid;	/* the folder's group: the reader's */
	bool unsynced;
	bool spare; /* the next segment's blocks are reserved */
	uint8_t boot_id[WEIR_SPOOL_BOOT_LEN];
	struct spool_segment *segments; /* ascending; the last one is written to */
	size_t n_segments, room;
	struct weir_seqs *seqs; /* of this boot */
	struct weir_drops drops;
	struct weir_spool_mark refused; /* the last mark that was not believed */
	struct weir_buf scratch;
};

/* Adds to the list of segments. 0 or -ENOMEM. */
int weir_spool_add_segment(struct weir_spool *spool, uint64_t first, uint64_t size) _must_use_;

/* Makes the segment that starts with spool->next and puts it in place of the one written to so far.
 */
int weir_spool_rotate(struct weir_spool *spool) _must_use_;

/* Reserves the blocks of a whole segment. False: the disk or the file system does not. */
bool weir_spool_reserve(const struct weir_spool *spool, int fd);

/* Reserves the next segment too, so that one which fills up while the disk is full has a successor. */
void weir_spool_keep_spare(struct weir_spool *spool);

/* The reader's mark when it is one of this epoch and not beyond what was written, otherwise 0. */
uint64_t weir_spool_read_mark(struct weir_spool *spool);

#endif
