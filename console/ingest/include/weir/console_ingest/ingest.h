/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_INGEST_INGEST_H
#define WEIR_CONSOLE_INGEST_INGEST_H

/* POST /v1/events: one EventBatch in, one BatchAck out, whatever carries them.
 *
 * 200 + BatchAck	stored; what could not be understood is listed in rejects and counts as
 *committed 409 + BatchAck	a gap: first_sequence is beyond committed_sequence + 1. Nothing was
 *stored; send again from committed_sequence + 1 400		not an EventBatch, or a field
 *outside its limits: the same bytes will never be accepted 403		another agent's batch than agent_uid 413		over a limit of size or
 *count: send smaller batches 415		wrong Content-Type or Content-Encoding
 * 503		the database cannot store now: the same bytes may be sent again after retry_after_s
 */

#include <stddef.h>
#include <stdint.h>

#include "weir/base/buf.h"
#include "weir/base/macros.h"
#include "weir/console_store/store.h"

#define WEIR_INGEST_BATCH_MAX	(1024 * 1024) /* bytes of a batch */
#define WEIR_INGEST_EVENT_MAX	(64 * 1024)   /* bytes of one event */
#define WEIR_INGEST_HOST_MAX	253	      /* bytes of host_name */
#define WEIR_INGEST_VERSION_MAX 64	      /* bytes of agent_version */
#define WEIR_INGEST_CAUSE_MAX	64	      /* bytes of a drop's cause */
#define WEIR_INGEST_NAME_MAX	256 /* bytes of rule, hook, cause and activity of an event */
#define WEIR_INGEST_ACK_MAX	(16 * 1024)

struct weir_ingest_request {
	const char *group;	      /* of endpoints, that it is in; NULL: in none */
	const uint8_t *agent_uid;     /* the only one whose batch is taken; NULL: anyone's */
	const char *content_type;     /* as sent; NULL: not said */
	const char *content_encoding; /* as sent; NULL: not said */
	const void *body;
	size_t len;
	uint64_t now_ns; /* since 1970 UTC */
};

struct weir_ingest_reply {
	unsigned status;     /* of HTTP */
	const char *code;    /* static; NULL with 200 and 409 */
	const char *message; /* static; with code */
	const char *hint;    /* static; with code */
	unsigned retry_after_s;
	int error;			 /* negative errno behind a 503, for the log; else 0 */
	uint64_t store_ns;		 /* how long the database took; 0: it was not asked */
	struct weir_store_result result; /* zeros when nothing was stored */
	struct weir_buf ack;		 /* BatchAck with 200 and 409; the caller's, made by it with
				WEIR_INGEST_ACK_MAX */
};

/* Fills *reply in every case. Safe from several threads. */
void weir_ingest_batch(struct weir_store *store, const struct weir_ingest_request *request,
		       struct weir_ingest_reply *reply);

#endif
