/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CLI_SCAN_STATE_H
#define WEIR_CLI_SCAN_STATE_H

/* What weir scan remembers between runs: for each file the masked findings, found again when nothing
 * about the file has changed.
 *
 * A file is the same when device, inode, size, both times (modification and change, nanoseconds) and a
 * content id are: SipHash-2-4 of its size and its first and last 4 KiB under a random key that never
 * leaves the folder. The times are what tells a change in the middle; the content id guards against
 * file systems and clocks that lie about them. A result also belongs to a context (engine, detectors,
 * limits) and is not used in another. What changed within the last moments before it was read is not
 * remembered, since its times may not tell the next change.
 *
 * An SQLite database in a folder of its own, mode 0700. Each row carries a keyed sum of itself: a row
 * that was damaged or written by another is no row. A damaged database is begun anew. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "weir/base/error.h"
#include "weir/base/macros.h"
#include "weir/findings/findings.h"

struct weir_scan_state;

struct weir_scan_id {
	uint64_t dev, ino, size, mtime_ns, ctime_ns;
	uint64_t content;
	bool settled; /* may be remembered */
};

/* The folder is made when it is not there. context: all that a result depends on besides the file.
 * -EPERM: the folder or the database belongs to someone else or others may write it; -EBUSY: another
 * scan is writing; other errors of the file system. *reterr says it in words. */
int weir_scan_state_open(const char *dir, const void *context, size_t context_len,
			 struct weir_scan_state **ret, struct weir_error *reterr) _must_use_;
/* Writes what is not written yet. */
void weir_scan_state_free(struct weir_scan_state *state);
DEFINE_CLEANUP(weir_scan_state_free, struct weir_scan_state *);

/* Fills *ret for a regular file whose fstat is st. 0 or a negative errno of reading. now_ns: since 1970. */
int weir_scan_state_identify(const struct weir_scan_state *state, int fd, const struct stat *st,
			     uint64_t now_ns, struct weir_scan_id *ret) _must_use_;

/* 1 and *ret when it is known, else 0. */
int weir_scan_state_get(struct weir_scan_state *state, const struct weir_scan_id *id,
			struct weir_findings *ret) _must_use_;

/* Keeps a result, unless the id is not settled. Written in batches. 0 or a negative errno, after which
 * the state takes nothing more and knows nothing. */
int weir_scan_state_put(struct weir_scan_state *state, const struct weir_scan_id *id,
			const struct weir_findings *findings);

/* Writes the batch that is open, if it is full or old enough, or in any case with now. */
int weir_scan_state_flush(struct weir_scan_state *state, bool now);

#endif
