/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_UNPACK_CORE_H
#define WEIR_UNPACK_CORE_H

/* What the core's own files share. Readers see reader.h alone. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "magic.h"
#include "reader.h"
#include "weir/base/buf.h"

#define PIECE (64 * 1024) /* bytes between two ticks */

/* A stream whose first bytes can be read again. */
struct weir_headed {
	const struct weir_bytes *inner;
	uint8_t *head; /* owned; 64 readable bytes behind head[len - 1] */
	size_t len;
	uint64_t next; /* offset that inner stands at */
	int failed;    /* what inner answered last, when that was an error */
	bool ended;
};

struct weir_frame {
	struct weir_frame *up;
	const struct weir_kind *kind;
	const char *type;
	const uint8_t *head;
	size_t head_len;
	bool document;	       /* said by the reader */
	uint64_t ornaments;    /* bytes of small pictures in it */
	struct weir_buf names; /* UTF-8 lines not given to the sink yet */
};

struct weir_unpack {
	const struct weir_unpack_sink *sink;
	const struct weir_unpack_request *request;
	const struct weir_bytes *top;
	struct weir_unpack_limits limits; /* no zeroes */
	struct weir_frame *frame;
	unsigned depth;
	int stopped; /* what a callback said, 0 so far */
	bool spent;  /* a limit on all of it is passed */
	bool open;   /* a text has begun */
	bool binary; /* the last raw bytes had binary data in them */
	enum weir_part_form form;
	size_t part_len; /* of the path before the open text's name */
	uint64_t packed, unpacked, emitted, held;
	uint32_t members;
	size_t quiet; /* bytes since the last tick */
	char path[WEIR_UNPACK_PATH];
	size_t path_len;
	bool cell; /* the row has one */
	uint8_t *io;
	uint8_t cells[4096]; /* of the open table, not given to the sink yet */
	size_t cells_len;
};

/* 0, or what ends everything. */
int weir_core_state(const struct weir_unpack *u);
int weir_core_stop(struct weir_unpack *u, int r);
int weir_core_bytes_passed(struct weir_unpack *u, size_t n) _must_use_;
int weir_core_flush_names(struct weir_unpack *u) _must_use_;

/* Adds name to the path; returns the length before, for weir_path_pop(). */
size_t weir_path_push(struct weir_unpack *u, const char *name);
void weir_path_pop(struct weir_unpack *u, size_t len);

/* Any bytes as UTF-8 without control characters, at most size - 1 bytes and a NUL. Returns the
 * length. */
size_t weir_path_clean(const char *name, size_t len, char *ret, size_t size);

struct weir_bytes weir_bytes_headed(struct weir_headed *headed);
/* Reads until the head holds max bytes or all there are. 0 or -ENOMEM; errors of inner stay in
 * failed. */
int weir_headed_fill(struct weir_unpack *u, struct weir_headed *headed, size_t max) _must_use_;
void weir_headed_done(struct weir_headed *headed);

/* Full reads: fewer than len only at the end. Negative errno only when nothing was read. */
ssize_t weir_bytes_fill(const struct weir_bytes *bytes, void *data, size_t len, uint64_t offset);

/* zip.c: does an archive end these bytes, which begin otherwise? */
bool weir_zip_tail(const struct weir_bytes *bytes);

#endif
