/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_PROTO_SPOOL_SEGMENT_H
#define WEIR_PROTO_SPOOL_SEGMENT_H

/* Reading one segment of a spool, perhaps while it grows. The bytes are treated as hostile. */

#include <stddef.h>
#include <stdint.h>

#include "weir/base/macros.h"
#include "weir/proto/spool_format.h"

struct weir_spool_segment;

/* Takes fd (readable, a regular file) in every case and reads the header. 0, -EBADMSG (the header
 * is damaged or the file ends within it), -EPROTONOSUPPORT, or what reading said. */
int weir_spool_segment_new(int fd, struct weir_spool_segment **ret) _must_use_;
void weir_spool_segment_free(struct weir_spool_segment *segment);
DEFINE_CLEANUP(weir_spool_segment_free, struct weir_spool_segment *);

const struct weir_spool_header *weir_spool_segment_header(const struct weir_spool_segment *segment);

/* The record at the present place: 1 and *ret, *ret_data (ret->length bytes, borrowed until the
 * next call). 0 when it is not there yet: the file ends here or within it, or only zeros follow.
 * -EBADMSG when what is there is no record with the next sequence. The place stays until
 * weir_spool_segment_advance(), which is to be called only after a 1. */
int weir_spool_segment_peek(struct weir_spool_segment *segment,
			    struct weir_spool_record_header *ret, const void **ret_data) _must_use_;
void weir_spool_segment_advance(struct weir_spool_segment *segment);

/* Where the present place is, and the sequence that a record there must have. */
uint64_t weir_spool_segment_offset(const struct weir_spool_segment *segment);
uint64_t weir_spool_segment_next(const struct weir_spool_segment *segment);

/* Makes what was read durable: nothing leaves the machine that a power cut could take back. 0 or
 * negative errno. */
int weir_spool_segment_sync(struct weir_spool_segment *segment) _must_use_;

#endif
