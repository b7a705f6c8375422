/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_CLIENT_BATCH_H
#define WEIR_CONSOLE_CLIENT_BATCH_H

/* Cutting a weir.v1.EventBatch from the spool. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/base/buf.h"
#include "weir/base/macros.h"
#include "weir/proto/spool_reader.h"

#define WEIR_BATCH_BYTES_MAX  (1024 * 1024)
#define WEIR_BATCH_EVENTS_MAX 1000
#define WEIR_AGENT_UID_LEN    16

/* Who sends. Strings are borrowed. */
struct weir_batch_sender {
	uint8_t agent_uid[WEIR_AGENT_UID_LEN];
	const char *host_name;
	const char *agent_version;
};

struct weir_batch {
	uint64_t epoch;
	uint64_t first, last; /* sequences; 0 when there are no events */
	uint32_t count;
	uint64_t lost_from; /* 0: nothing is missing before first */
	bool damaged;	    /* it ends early because the reader met a damaged segment */
	struct weir_buf body;
};

#define WEIR_BATCH_INIT ((struct weir_batch){.body = WEIR_BUF_INIT(WEIR_BATCH_BYTES_MAX)})
void weir_batch_done(struct weir_batch *batch);

/* Takes records from the reader's place on: sequences without a gap, at most max_events (0:
 * WEIR_BATCH_EVENTS_MAX) and at most WEIR_BATCH_BYTES_MAX serialized. due is the sequence that the
 * console waits for: when the first record is above it, the batch says that what lies between is
 * lost. The reader then stands behind the last record taken. 1; 0 when there is no record (the
 * batch then has drop counts alone, and may be sent); -EBADMSG and -ESTALE as
 * weir_spool_reader_peek(); -ENOMEM. The batch's previous content is replaced. */
int weir_batch_cut(struct weir_spool_reader *reader, const struct weir_batch_sender *sender,
		   uint64_t due, uint32_t max_events, struct weir_batch *batch) _must_use_;

#endif
