/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_UNPACK_ARCHIVED_H
#define WEIR_UNPACK_ARCHIVED_H

/* libarchive, fed from weir_bytes: one format or one filter at a time, so that every layer counts. It
 * touches no file and starts no program. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "magic.h"
#include "reader.h"

struct weir_archive;

struct weir_archive_member {
	const char *name; /* any bytes; NULL: none. Until the next call */
	const char *link; /* target, or NULL */
	bool file;	  /* has content */
	bool encrypted;
};

/* bytes live as long as *ret. 0, -EOPNOTSUPP (this libarchive does not know the format), -ENOMEM. */
int weir_archive_new(struct weir_unpack *u, const struct weir_bytes *bytes,
		     enum weir_kind_archive what, struct weir_archive **ret) _must_use_;
void weir_archive_free(struct weir_archive *archive);
DEFINE_CLEANUP(weir_archive_free, struct weir_archive *);

/* 1 and the next member, 0 at the end, -EBADMSG, -EKEYREJECTED, -EOPNOTSUPP, read errors, limits. */
int weir_archive_next(struct weir_archive *archive, struct weir_archive_member *ret) _must_use_;

/* The content of the present member: a stream, read once, counted. */
const struct weir_bytes *weir_archive_bytes(const struct weir_archive *archive);

/* What reading the archive's bytes said last; 0: nothing yet. */
int weir_archive_failed(const struct weir_archive *archive);

/* What libarchive has not taken: behind damage, behind the end. */
struct weir_bytes weir_archive_rest(struct weir_archive *archive);

/* The last bytes that were read, at most len. Returns how many. */
size_t weir_archive_tail(const struct weir_archive *archive, uint8_t *ret, size_t len);

/* 0, or -EFBIG when the data begins by asking for more memory than is ever given (dictionary.c). */
int weir_archive_fits(enum weir_kind_archive what, const uint8_t *head, size_t len) _must_use_;

#endif
