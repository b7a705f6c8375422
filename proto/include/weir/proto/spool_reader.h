/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_PROTO_SPOOL_READER_H
#define WEIR_PROTO_SPOOL_READER_H

/* The reading end of the event spool: goes through the records in order while the writer appends,
 * and says how far they were taken over. Needs read access to the folder and write access to its
 * ack/ alone. One thread; several readers of one spool may read, one may commit. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/base/macros.h"
#include "weir/proto/spool_format.h"

struct weir_spool_reader;

struct weir_spool_record {
	uint64_t sequence;
	uint64_t kernel_seq;
	uint32_t flags; /* enum weir_spool_flags */
	uint32_t len;
	const void *data; /* a serialized weir.v1.Event; borrowed until the reader's next call */
};

/* What was met while reading; only grows. */
struct weir_spool_reader_stats {
	uint64_t records;      /* returned */
	uint64_t bad_segments; /* left before their end because of damage */
	uint64_t lost;	       /* sequences that no segment has */
};

/* Opens the spool at its oldest record. -ENOENT when there is none yet, -EBADMSG when no segment
 * has a readable header. */
int weir_spool_reader_new(const char *dir, struct weir_spool_reader **ret) _must_use_;
void weir_spool_reader_free(struct weir_spool_reader *reader);
DEFINE_CLEANUP(weir_spool_reader_free, struct weir_spool_reader *);

/* False when dir is by now another folder than the one that is read, or none: open it again. */
bool weir_spool_reader_is_at(const struct weir_spool_reader *reader, const char *dir);

uint64_t weir_spool_reader_epoch(const struct weir_spool_reader *reader);
const struct weir_spool_reader_stats *weir_spool_reader_stats(
	const struct weir_spool_reader *reader);

/* Goes to the first record whose sequence is at least this one; it need not exist yet. 0 or
 * negative errno. */
int weir_spool_reader_seek(struct weir_spool_reader *reader, uint64_t sequence) _must_use_;

/* The record at the present place. 1 and *ret; 0 when the writer has not written it yet; -EBADMSG
 * once for each damaged segment, which is counted, after which the reader stands at the next
 * segment or waits for one; -ESTALE when the spool was replaced by one of another epoch: open it
 * again. */
int weir_spool_reader_peek(struct weir_spool_reader *reader,
			   struct weir_spool_record *ret) _must_use_;

/* Moves past the record that peek returned. */
void weir_spool_reader_advance(struct weir_spool_reader *reader);

/* To be called before records leave the machine: makes all that were returned durable, so that no
 * power cut can give their sequence to another event. 0 or negative errno. */
int weir_spool_reader_sync(struct weir_spool_reader *reader) _must_use_;

/* The committed mark. get: the sequence, 0 when there is none for this epoch, negative errno. set:
 * atomic; only grows, a lower one changes nothing. */
int weir_spool_reader_committed(struct weir_spool_reader *reader, uint64_t *ret) _must_use_;
int weir_spool_reader_commit(struct weir_spool_reader *reader, uint64_t sequence) _must_use_;

/* Keeps bytes that the other side refused as ack/NAME for a person to look at. Fails with -EDQUOT
 * past 64 such files. */
int weir_spool_reader_set_aside(struct weir_spool_reader *reader, const char *name,
				const void *data, size_t len) _must_use_;

/* The writer's drop counts: the number of entries, or negative errno. */
int weir_spool_reader_drops(struct weir_spool_reader *reader,
			    struct weir_spool_drop ret[static WEIR_SPOOL_DROPS_MAX]) _must_use_;

#endif
