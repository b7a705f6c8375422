/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EVIDENCE_RECORD_H
#define WEIR_EVIDENCE_RECORD_H

/* What is sealed: the parts of a content around what was found in it, and of which event of which endpoint they are, so that whoever
 * opens it sees whether it is what he asked for. */

#include <stddef.h>
#include <stdint.h>

#include "weir/base/buf.h"
#include "weir/base/macros.h"
#include "weir/base/uid.h"
#include "weir/proto/wire.h"

#define WEIR_EVIDENCE_PIECES_MAX 64
#define WEIR_EVIDENCE_TEXT_MAX	 4096 /* bytes of rule, name and part */

struct weir_evidence_piece {
	uint64_t offset;  /* in the part, bytes */
	const void *data; /* borrowed; 1 byte or more */
	size_t len;
	const char *
		part; /* of an archive or document: its path in it; "" or NULL: the content itself */
};

/* Texts are UTF-8 and may have any control character. */
struct weir_evidence {
	uint8_t agent_uid[WEIR_UID_LEN];
	uint64_t time_ns; /* of the event, since 1970 UTC */
	const char *rule;
	const char *name; /* of the file, or address and port */
	uint64_t size;	  /* of the whole content; 0: not known */
	struct weir_evidence_piece pieces
		[WEIR_EVIDENCE_PIECES_MAX]; /* part by part; in each by offset, not overlapping */
	size_t n_pieces;		    /* 1 or more */
};

/* Appends it. -EINVAL: over a bound, or pieces out of order; -ENOBUFS; -ENOMEM. */
int weir_evidence_encode(const struct weir_evidence *evidence, struct weir_buf *buf) _must_use_;

/* *ret points into *ret_wire, which is to end by weir_wire_wipe(). -EBADMSG, -E2BIG, -ENOMEM. */
int weir_evidence_decode(const void *data, size_t len, struct weir_wire **ret_wire,
			 struct weir_evidence *ret) _must_use_;

#endif
