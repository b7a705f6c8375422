/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_UNPACK_CFB_H
#define WEIR_UNPACK_CFB_H

/* Compound files: storages and streams in sectors. Every sector belongs to at most one stream, and
 * every entry to one storage: what a damaged file says otherwise is cut, so that all streams together
 * are never longer than the file. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/base/macros.h"
#include "weir/unpack/unpack.h"

#define WEIR_CFB_NONE UINT32_MAX

enum weir_cfb_kind { WEIR_CFB_STORAGE = 1, WEIR_CFB_STREAM = 2, WEIR_CFB_ROOT = 5 };

struct weir_cfb_entry {
	char name[96]; /* UTF-8; control characters as they are */
	enum weir_cfb_kind kind;
	uint32_t parent, child, next; /* child: the first one; WEIR_CFB_NONE */
	uint32_t start;
	uint64_t size; /* as the file says it */
};

struct weir_cfb;

/* bytes: of known size, must outlive it. 0, -EBADMSG (no compound file), -EFBIG, -ENOMEM. */
int weir_cfb_new(const struct weir_bytes *bytes, struct weir_cfb **ret) _must_use_;
void weir_cfb_free(struct weir_cfb *cfb);
DEFINE_CLEANUP(weir_cfb_free, struct weir_cfb *);

/* Entry 0 is the root. */
const struct weir_cfb_entry *weir_cfb_entry(const struct weir_cfb *cfb, uint32_t id);
/* By name, ASCII letters in either case; WEIR_CFB_NONE. */
uint32_t weir_cfb_find(const struct weir_cfb *cfb, uint32_t storage, const char *name);
/* Something did not fit together and was cut. Streams are looked at when they are opened. */
bool weir_cfb_damaged(const struct weir_cfb *cfb);

struct weir_cfb_stream {
	struct weir_cfb *cfb;
	const uint32_t *sectors; /* owned by cfb */
	size_t count;
	bool mini;
	uint64_t size;
};

/* *ret_bytes reads through *stream, which must outlive it. 0 or -ENOMEM; an entry that is no stream
 * reads as empty. */
int weir_cfb_open(struct weir_cfb *cfb, uint32_t id, struct weir_cfb_stream *stream,
		  struct weir_bytes *ret_bytes) _must_use_;

#endif
