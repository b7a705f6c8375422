/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_UNPACK_INFLATE_H
#define WEIR_UNPACK_INFLATE_H

/* Deflate by ISA-L, pulled. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "reader.h"

/* A part of some bytes, read in order through a buffer. */
struct weir_input {
	const struct weir_bytes *bytes;
	uint64_t next, end; /* of bytes: what the buffer does not have yet */
	const uint8_t *at;
	size_t left;	 /* readable at `at` */
	uint8_t *buffer; /* owned, made by the first fill */
};

void weir_input_done(struct weir_input *in);
/* More when left is 0: 1, 0 at the end, negative errno. */
int weir_input_fill(struct weir_input *in) _must_use_;
/* Exactly len bytes: 0, -ENODATA, or the read error. data NULL: skipped. */
int weir_input_take(struct weir_input *in, void *data, size_t len) _must_use_;
/* Where the next byte lies. */
static inline uint64_t weir_input_offset(const struct weir_input *in)
{
	return in->next - in->left;
}

struct weir_inflate;

/* in is borrowed; after the end it stands behind the deflated data. */
int weir_inflate_new(struct weir_unpack *u, struct weir_input *in,
		     struct weir_inflate **ret) _must_use_;
void weir_inflate_free(struct weir_inflate *inflate);
DEFINE_CLEANUP(weir_inflate_free, struct weir_inflate *);

/* At a new deflate stream. */
void weir_inflate_reset(struct weir_inflate *inflate);

/* More than 0, 0 at the end, -EBADMSG, -ENODATA (input ends early), read errors, and what the limits
 * say: they are counted here. */
ssize_t weir_inflate_read(struct weir_inflate *inflate, void *data, size_t len);

uint32_t weir_crc32(uint32_t crc, const void *data, size_t len);

#endif
