/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_REPORT_SPOOL_STATE_H
#define WEIR_REPORT_SPOOL_STATE_H

/* The spool's state file: what the segments alone no longer say once some of them have gone.
 * Written before segments are removed. */

#include <stdint.h>

#include "seqs.h"
#include "weir/base/macros.h"
#include "weir/proto/spool_format.h"

#define WEIR_SPOOL_STATE_FILE "state"

struct weir_spool_state {
	uint64_t epoch;
	uint64_t next_sequence; /* at least */
	uint8_t boot_id[WEIR_SPOOL_BOOT_LEN];
};

/* Writes state and seqs, which belong to state->boot_id, atomically. */
int weir_spool_state_write(int dirfd, const struct weir_spool_state *state,
			   const struct weir_seqs *seqs) _must_use_;

/* Reads it; the sequences are added to seqs when the file is of this boot. 0, -ENOENT or -EBADMSG.
 */
int weir_spool_state_read(int dirfd, const uint8_t boot_id[static WEIR_SPOOL_BOOT_LEN],
			  struct weir_spool_state *ret, struct weir_seqs *seqs) _must_use_;

#endif
