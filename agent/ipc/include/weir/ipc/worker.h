/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_IPC_WORKER_H
#define WEIR_IPC_WORKER_H

/* What the inspector and a weir-inspect process say to each other, over a SOCK_SEQPACKET pair whose
 *worker end is descriptor WEIR_WORKER_FD. Both come from one build; the version catches a mixed
 *installation. One message is one packet, of exactly the length that its fields say; everything
 *else is -EPROTO.
 *
 *	worker	  inspector
 *	hello  ->		once, in the sandbox
 *	       <- request	with one descriptor, read-only
 *	excerpt ->		any number, only where the request wants them
 *	answer ->		then the next request
 *
 * The inspector's end closes: the worker exits. */

#include <stddef.h>
#include <stdint.h>

#include "weir/base/hash.h"
#include "weir/base/macros.h"
#include "weir/findings/excerpts.h"
#include "weir/findings/findings.h"

#define WEIR_WORKER_FD	    3
#define WEIR_WORKER_VERSION 3

enum weir_worker_type {
	WEIR_WORKER_HELLO = 1,
	WEIR_WORKER_REQUEST,
	WEIR_WORKER_ANSWER,
	WEIR_WORKER_EXCERPT,
};

enum weir_worker_sandbox {
	WEIR_WORKER_UNPRIVILEGED = 1 << 0,
	WEIR_WORKER_LIMITS = 1 << 1,
	WEIR_WORKER_LANDLOCK = 1 << 2,
	WEIR_WORKER_SECCOMP = 1 << 3,
	_WEIR_WORKER_SANDBOX_ALL = (1 << 4) - 1,
};

struct weir_worker_hello {
	uint32_t version, type;
	uint32_t detectors; /* rows in its catalogue */
	uint32_t sandbox;   /* what is in force, enum weir_worker_sandbox */
};

struct weir_worker_request {
	uint32_t version, type;
	uint64_t sequence;
	uint64_t now_ns;    /* since 1970 UTC */
	uint64_t max_bytes; /* not 0 */
	uint64_t budget_ns; /* the worker stops by itself after this, with what it has; not 0 */
	uint32_t min_confidence; /* 0-100 */
	uint32_t excerpt_bytes;	 /* of all excerpts, at most WEIR_EXCERPTS_BYTES_MAX; 0: none */
	uint8_t key[WEIR_HASH_KEY_LEN]; /* values are told by their hash under it */
};

struct weir_worker_answer {
	uint32_t version, type;
	uint64_t sequence;	       /* of the request */
	struct weir_findings findings; /* cut behind findings[count - 1] */
};

/* Matched data: overwritten by whoever has sent or received it. */
struct weir_worker_excerpt {
	uint32_t version, type;
	uint64_t sequence; /* of the request */
	uint64_t offset;
	uint32_t part; /* of the findings to come */
	uint32_t len;
	uint8_t data[WEIR_EXCERPT_BYTES_MAX]; /* cut behind data[len - 1] */
};

/* What an answer is held against. */
struct weir_worker_expect {
	uint64_t sequence;
	uint64_t max_bytes;
	uint32_t detectors;
};

/* 0 or -EPROTO; *ret untouched on failure. They take any bytes. */
int weir_worker_parse_hello(const void *data, size_t len, struct weir_worker_hello *ret) _must_use_;
int weir_worker_parse_request(const void *data, size_t len,
			      struct weir_worker_request *ret) _must_use_;

/* Checks every number against its bounds and every text for its end, well-formed UTF-8 and no
 * control characters. On success *ret points into data, whose alignment must be that of struct
 * weir_worker_answer. */
int weir_worker_parse_answer(const void *data, size_t len, const struct weir_worker_expect *expect,
			     const struct weir_findings **ret) _must_use_;

/* Takes any bytes; on success *ret points into data, aligned as above. Whether it fits the findings shows when they are there. */
int weir_worker_parse_excerpt(const void *data, size_t len, uint64_t sequence,
			      const struct weir_worker_excerpt **ret) _must_use_;

/* Whether all that came belongs to these findings: in order, none over another, within what was read. 0 or -EPROTO. */
int weir_worker_check_excerpts(const struct weir_excerpts *excerpts,
			       const struct weir_findings *findings) _must_use_;

/* Bytes of an answer to send, and of an excerpt. */
size_t weir_worker_answer_len(const struct weir_worker_answer *answer);
size_t weir_worker_excerpt_len(const struct weir_worker_excerpt *excerpt);

#endif
