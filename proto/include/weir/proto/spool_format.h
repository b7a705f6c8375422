/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_PROTO_SPOOL_FORMAT_H
#define WEIR_PROTO_SPOOL_FORMAT_H

/* The bytes of a spool: what its writer (weir/report/spool.h) and its reader
 * (weir/proto/spool_reader.h) agree on. docs/modules/spool.md describes files and life cycle.
 * Numbers are little-endian. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "weir/base/macros.h"

#define WEIR_SPOOL_VERSION	1
#define WEIR_SPOOL_HEADER_LEN	64
#define WEIR_SPOOL_RECORD_LEN	32	    /* before the event's bytes */
#define WEIR_SPOOL_EVENT_MAX	(64 * 1024) /* bytes of one event */
#define WEIR_SPOOL_NAME_LEN	32	    /* of a segment's file name with its NUL */
#define WEIR_SPOOL_MARK_LEN	32
#define WEIR_SPOOL_BOOT_LEN	16
#define WEIR_SPOOL_DROP_LEN	40 /* one entry of the drops file */
#define WEIR_SPOOL_DROPS_MAX	32
#define WEIR_SPOOL_CAUSE_MAX	32 /* with its NUL */
#define WEIR_SPOOL_DROPS_FILE	"drops"
#define WEIR_SPOOL_ACK_DIR	"ack"
#define WEIR_SPOOL_MARK_FILE	"committed" /* in WEIR_SPOOL_ACK_DIR */
#define WEIR_SPOOL_EVIDENCE_DIR "evidence"

/* A whole file of WEIR_SPOOL_EVIDENCE_DIR: its name is a SHA-256 in small hexadecimal digits. */
static inline bool weir_spool_is_evidence(const char *name)
{
	return strlen(name) == 64 && strspn(name, "0123456789abcdef") == 64;
}

/* Opens every segment. */
struct weir_spool_header {
	uint64_t epoch;
	uint64_t first_sequence;
	uint8_t boot_id[WEIR_SPOOL_BOOT_LEN]; /* of the boot that all its kernel sequences belong to
					       */
};

enum weir_spool_flags {
	WEIR_SPOOL_ALERT = 1 << 0,
};

/* Stands before the bytes of every event. */
struct weir_spool_record_header {
	uint64_t sequence;
	uint64_t kernel_seq; /* 0: none */
	uint32_t length;     /* bytes of the event, 1 to WEIR_SPOOL_EVENT_MAX */
	uint32_t crc;	     /* of the event's bytes */
	uint32_t flags;	     /* enum weir_spool_flags */
};

/* How far the reader's side has taken the events over. */
struct weir_spool_mark {
	uint64_t epoch;
	uint64_t sequence; /* all up to here may go */
};

struct weir_spool_drop {
	char cause[WEIR_SPOOL_CAUSE_MAX];
	uint64_t count;
};

void weir_spool_header_encode(const struct weir_spool_header *header,
			      uint8_t out[static WEIR_SPOOL_HEADER_LEN]);
/* 0, -EBADMSG (not a header, or damaged) or -EPROTONOSUPPORT (another version). */
int weir_spool_header_decode(const uint8_t in[static WEIR_SPOOL_HEADER_LEN],
			     struct weir_spool_header *ret) _must_use_;

void weir_spool_record_encode(const struct weir_spool_record_header *header,
			      uint8_t out[static WEIR_SPOOL_RECORD_LEN]);
/* 0 or -EBADMSG. */
int weir_spool_record_decode(const uint8_t in[static WEIR_SPOOL_RECORD_LEN],
			     struct weir_spool_record_header *ret) _must_use_;

/* Bytes that an event of this length takes in a segment: header, bytes, padding to 8. */
size_t weir_spool_record_size(uint32_t length);

void weir_spool_mark_encode(const struct weir_spool_mark *mark,
			    uint8_t out[static WEIR_SPOOL_MARK_LEN]);
/* 0 or -EBADMSG. */
int weir_spool_mark_decode(const uint8_t in[static WEIR_SPOOL_MARK_LEN],
			   struct weir_spool_mark *ret) _must_use_;

void weir_spool_drop_encode(const struct weir_spool_drop *drop,
			    uint8_t out[static WEIR_SPOOL_DROP_LEN]);
/* 0, -ENOENT (an unused entry) or -EBADMSG (a cause that is not printable ASCII). */
int weir_spool_drop_decode(const uint8_t in[static WEIR_SPOOL_DROP_LEN],
			   struct weir_spool_drop *ret) _must_use_;

/* "00000000000000000001.seg" for the segment that starts with this sequence, and back: 0 or
 * -EINVAL. */
void weir_spool_segment_name(uint64_t first_sequence, char ret[static WEIR_SPOOL_NAME_LEN]);
int weir_spool_segment_parse(const char *name, uint64_t *ret_first) _must_use_;

uint32_t weir_spool_crc(const void *data, size_t len);

/* The first sequences of all segments in a folder, ascending; other files are passed over. The
 * number of them, *ret owned by the caller (free()), or negative errno. At most 65,536. */
int weir_spool_list(int dirfd, uint64_t **ret) _must_use_;

#endif
