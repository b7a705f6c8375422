/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_UNPACK_ZIP_H
#define WEIR_UNPACK_ZIP_H

/* A zip archive with random access, by its central directory. What is read through it counts against
 * the limits of u by itself; members that overlap another or the directory cannot be opened. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "reader.h"

struct weir_zip;
struct weir_zip_stream;

struct weir_zip_member {
	const char *name; /* as it lies in the directory, NUL added; lives as long as the archive */
	uint16_t name_len;
	uint16_t method; /* 0 stored, 8 deflate ... */
	bool utf8;	 /* the name says so */
	bool encrypted;
	bool directory;	 /* the name ends with '/' and there is nothing in it */
	bool overlapped; /* begins within another, or in the directory */
	uint32_t crc;
	uint64_t packed, size; /* by the directory; size may be a lie */
	uint64_t offset;       /* of the local header in bytes */
};

/* bytes: of known size, alive as long as *ret. 0, -EBADMSG (no directory that can be used; a reader
 * then falls back), -ENOMEM, or what must end the reader. A damaged or too long directory gives the
 * members before, and a gap. Names and comments of all members are searched by this already. */
int weir_zip_open(struct weir_unpack *u, const struct weir_bytes *bytes,
		  struct weir_zip **ret) _must_use_;
void weir_zip_free(struct weir_zip *zip);
DEFINE_CLEANUP(weir_zip_free, struct weir_zip *);

/* In the order of the directory. */
size_t weir_zip_count(const struct weir_zip *zip);
const struct weir_zip_member *weir_zip_member(const struct weir_zip *zip, size_t index);

/* The index of the member of this name, the letters' case not minded (document formats name their
 * parts so), a leading '/' of name skipped; the first of several. -ENOENT, -ENOMEM. */
ssize_t weir_zip_find(struct weir_zip *zip, const char *name);

/* The bytes of a member. Stored members have random access (size known), others are streams. 0,
 * -EKEYREJECTED, -EOPNOTSUPP, -EBADMSG (its place holds no member, or overlaps), -ENOMEM; use
 * weir_read_failed(). Reading to the end checks length and CRC: -EBADMSG there when they differ (the
 * bytes were given all the same); for stored members it is checked when they are read in order. */
int weir_zip_stream_new(struct weir_zip *zip, size_t index,
			struct weir_zip_stream **ret) _must_use_;
void weir_zip_stream_free(struct weir_zip_stream *stream);
DEFINE_CLEANUP(weir_zip_stream_free, struct weir_zip_stream *);
const struct weir_bytes *weir_zip_stream_bytes(const struct weir_zip_stream *stream);

/* All of a member in memory, at most max bytes: as weir_read_all(). -EFBIG beyond max. */
int weir_zip_read_all(struct weir_zip *zip, size_t index, size_t max, uint8_t **ret_data,
		      size_t *ret_len) _must_use_;

/* What every reader of a zip-based format ends with: those members for which taken (NULL: none) is not
 * set, as objects, and what lies outside of the members. taken: weir_zip_count() flags. */
int weir_zip_emit_rest(struct weir_unpack *u, struct weir_zip *zip, const bool *taken) _must_use_;

#endif
