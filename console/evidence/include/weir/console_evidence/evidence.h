/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_EVIDENCE_EVIDENCE_H
#define WEIR_CONSOLE_EVIDENCE_EVIDENCE_H

/* Sealed evidence, and who may have it when. The console holds no key: it keeps what endpoints bring under its hash, which the event
 * names, and gives it to one person for a while after another one agreed.
 *
 *   requested -- approved by another person --> approved -- its minutes are over --> expired
 *       \------ denied by another person; or a week goes by: expired
 *
 * Every step is in the audit log by the transaction that makes it. *err tells in words what a person did wrong, and is left alone by other
 * failures: those of weir/console_store/db.h. Times are nanoseconds since 1970 UTC. Safe from several threads. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/base/buf.h"
#include "weir/base/error.h"
#include "weir/base/macros.h"
#include "weir/base/uid.h"
#include "weir/console_access/access.h"
#include "weir/console_store/db.h"
#include "weir/evidence/sealed.h"

#define WEIR_EVIDENCE_HASH_LEN	  32 /* SHA-256 */
#define WEIR_EVIDENCE_REASON_MAX  256
#define WEIR_EVIDENCE_MINUTES_MAX 480
#define WEIR_EVIDENCE_WAIT_NS	  (UINT64_C(7) * 86400 * 1000000000) /* for a decision */

/* Makes the tables. Behind those of weir/console_triage/triage.h and weir/console_audit/audit.h. */
int weir_evidence_init(struct weir_store *store, struct weir_error *err) _must_use_;

/* --- what endpoints bring --- */

/* What may be kept at a time. */
struct weir_evidence_room {
	uint64_t agent_bytes, agent_blobs; /* of one endpoint */
	uint64_t bytes;			   /* of all */
};
#define WEIR_EVIDENCE_ROOM                         \
	((struct weir_evidence_room){              \
		.agent_bytes = UINT64_C(64) << 20, \
		.agent_blobs = 256,                \
		.bytes = UINT64_C(16) << 30,       \
	})

/* All borrowed. */
struct weir_evidence_blob {
	uint8_t agent_uid[WEIR_UID_LEN];
	uint8_t sha256[WEIR_EVIDENCE_HASH_LEN]; /* as the endpoint says */
	const void *data;
	size_t len;
};

/* 1: stored; 0: it was there. -EINVAL: not of this hash; -EBADMSG, -E2BIG: not sealed as weir/evidence/sealed.h does; -EDQUOT: the
 * endpoint's room is used up; -ENOSPC: the console's. */
int weir_evidence_put(struct weir_store *store, const struct weir_evidence_room *room,
		      const struct weir_evidence_blob *blob, uint64_t now_ns) _must_use_;

/* --- what people ask for --- */

struct weir_evidence_ask {
	uint64_t event;	    /* the event whose evidence it is; or 0, and ... */
	uint64_t alert;	    /* ... an alert: its newest event of which there is some */
	const char *reason; /* a line of 1 to WEIR_EVIDENCE_REASON_MAX bytes */
	uint32_t minutes;   /* 1 to WEIR_EVIDENCE_MINUTES_MAX, counted from the approval */
};

/* -EINVAL; -ENOENT: no such event or alert, or none with evidence; -ENODATA: it has not come yet, or was destroyed. */
int weir_evidence_request(struct weir_store *store, const struct weir_principal *by,
			  const struct weir_evidence_ask *ask, uint64_t now_ns, uint64_t *ret_id,
			  struct weir_error *err) _must_use_;

/* -EPERM: nobody decides on a request of his own; -ENOENT; -ESTALE: it is decided, or waited for too long. */
int weir_evidence_decide(struct weir_store *store, const struct weir_principal *by, uint64_t id,
			 bool approve, uint64_t now_ns, struct weir_error *err) _must_use_;

enum weir_evidence_state {
	WEIR_EVIDENCE_REQUESTED = 0,
	WEIR_EVIDENCE_APPROVED,
	WEIR_EVIDENCE_DENIED,
	WEIR_EVIDENCE_EXPIRED, /* of one of the first two, by the time; never stored */
};

struct weir_evidence_request {
	uint64_t id;
	enum weir_evidence_state state;
	uint64_t event, alert; /* alert 0: it was asked for by the event */
	uint8_t agent_uid[WEIR_UID_LEN];
	uint8_t sha256[WEIR_EVIDENCE_HASH_LEN];
	uint64_t size; /* sealed bytes; 0: destroyed since */
	const char *reason;
	uint32_t minutes;
	uint64_t requester, decider; /* decider 0: nobody yet */
	const char *requester_name, *decider_name;
	uint64_t created_ns, decided_ns, until_ns; /* 0: not yet */
	uint64_t reads, read_ns;		   /* how often, and when last */
};

/* What it points to lives until fn returns. 0 to go on, 1 to stop, or a negative errno, which the call then returns. It must
 * not call the store. */
typedef int (*weir_evidence_request_fn)(void *context, const struct weir_evidence_request *request);
/* Newest first, those before the id `before` (0: from the newest). */
int weir_evidence_list(struct weir_store *store, uint64_t before, uint32_t limit, uint64_t now_ns,
		       weir_evidence_request_fn fn, void *context) _must_use_;
/* -ENOENT. */
int weir_evidence_get(struct weir_store *store, uint64_t id, uint64_t now_ns,
		      weir_evidence_request_fn fn, void *context) _must_use_;

/* Appends the sealed bytes to ret once it is in the audit log that they were given out, and calls fn with the request as it is then. -EPERM:
 * somebody else asked for it; -ENOENT; -ESTALE: not approved, or its time is over; -ENODATA: destroyed. */
int weir_evidence_read(struct weir_store *store, const struct weir_principal *by, uint64_t id,
		       uint64_t now_ns, weir_evidence_request_fn fn, void *context,
		       struct weir_buf *ret, struct weir_error *err) _must_use_;

/* --- its end --- */

#define WEIR_EVIDENCE_DAYS_MIN 30
#define WEIR_EVIDENCE_DAYS_MAX 36500
#define WEIR_EVIDENCE_DAYS     180 /* when nothing else is said */

/* Destroys what came more than `days` ago; the requests stay. -ERANGE: days. -ETIME: the last time is more than
 * WEIR_RETENTION_PAUSE_MAX_DAYS ago, so nobody did it or the clock is ahead, and clock_is_right was not said. */
int weir_evidence_retain(struct weir_store *store, uint32_t days, bool clock_is_right,
			 uint64_t now_ns, uint64_t *ret_destroyed) _must_use_;

#endif
