/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_REPORT_SPOOL_H
#define WEIR_REPORT_SPOOL_H

/* The writing end of the event spool; the reading end is weir/proto/spool_reader.h, the format
 * docs/modules/spool.md. One writer. Events get sequence numbers from 1 without gaps; an alert is
 * on the disk when the call returns, others when the segment is synced. Bounded: past max_bytes new
 * non-alert events are refused first, then alerts, and every refusal is counted. A crash at any
 * moment costs at most the unsynced non-alert tail; a torn record is cut off on opening. */

#include <stddef.h>
#include <stdint.h>

#include "weir/base/error.h"
#include "weir/base/macros.h"

struct weir_spool;

struct weir_spool_options {
	const char *dir;	/* made when missing, mode 0750 */
	uint64_t max_bytes;	/* 0: 256 MiB */
	uint64_t segment_bytes; /* 0: 4 MiB; at most a quarter of max_bytes */
	const char *boot_id;	/* 32 hexadecimal digits; NULL: the running kernel's */
};

/* Opens or makes the spool: new epoch when it is new or unreadable (kept aside then). Files take
 * the folder's group, which is the reader's. -EBUSY: another writer has it. A full disk is no
 * failure here: appending then says -ENOSPC. */
int weir_spool_new(const struct weir_spool_options *options, struct weir_spool **ret) _must_use_;
void weir_spool_free(struct weir_spool *spool);
DEFINE_CLEANUP(weir_spool_free, struct weir_spool *);

/* What the next accepted event will be numbered, and the epoch of this spool. */
uint64_t weir_spool_next_sequence(const struct weir_spool *spool);
uint64_t weir_spool_epoch(const struct weir_spool *spool);

/* Appends one serialized weir.v1.Event (at most 64 KiB) whose sequence is
 * weir_spool_next_sequence(). kernel_seq (0: none) identifies its kernel record within this boot:
 * one that the spool already holds is not appended again (-EEXIST), so a record read twice from the
 * ring is reported once. sync: fdatasync before returning. The last 32,768 are known, whether or
 * not their segments are still there. 0, -EEXIST, -EMSGSIZE, -ENOSPC (bound reached, counted), or
 * what the disk said (counted). When it was the syncing that failed, the event is in the spool all
 * the same and the next sequence has moved on. */
int weir_spool_append(struct weir_spool *spool, const void *event, size_t len, uint64_t kernel_seq,
		      int sync) _must_use_;

/* Syncs the tail; removes segments that are wholly committed (the reader's mark). Call every few
 * seconds. */
int weir_spool_maintain(struct weir_spool *spool) _must_use_;

/* Adds n to the count of a cause (at most 32 causes of at most 31 bytes); reported with every
 * batch. */
void weir_spool_count_drop(struct weir_spool *spool, const char *cause, uint64_t n);

#endif
