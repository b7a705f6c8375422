/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_UNPACK_OLE_H
#define WEIR_UNPACK_OLE_H

/* What the readers of the documents in compound files share. */

#include <stddef.h>
#include <stdint.h>

#include "cfb.h"
#include "reader.h"
#include "words.h"

#define WEIR_OLE_PATH  256
#define WEIR_OLE_DEPTH 16

/* One storage that is being read. */
struct weir_ole {
	struct weir_unpack *u;
	struct weir_cfb *cfb;
	uint32_t storage;
	const char *path; /* of the storage inside the file, NULL at the root */
	unsigned depth;
};

/* The readers of one storage each. Streams that are missing are texts that are missing: a gap. */
int weir_doc_read(const struct weir_ole *o) _must_use_;
int weir_xls_read(const struct weir_ole *o, uint32_t workbook) _must_use_;
int weir_ppt_read(const struct weir_ole *o) _must_use_;
int weir_msg_read(const struct weir_ole *o) _must_use_;

/* A storage below o, of whatever kind it is. */
int weir_ole_storage(const struct weir_ole *o, uint32_t storage) _must_use_;
/* A stream as an object of its own. */
int weir_ole_object(const struct weir_ole *o, uint32_t stream, const char *name) _must_use_;
/* The bytes of a stream as they are, in both readings that Office texts have: when its structure
 * cannot be followed. Says so in a gap. */
int weir_ole_raw(const struct weir_ole *o, uint32_t stream, const char *reason) _must_use_;
/* A whole stream in memory, 16 readable zero bytes behind it; at most max bytes, longer ones are cut.
 * 0 with *ret_data owned by the caller, or negative. */
int weir_ole_load(const struct weir_ole *o, uint32_t stream, size_t max, uint8_t **ret_data,
		  size_t *ret_len) _must_use_;
/* o->path and name with a slash between; either may be NULL. NULL when both are. */
const char *weir_ole_name(const struct weir_ole *o, const char *name,
			  char buf[static WEIR_OLE_PATH]);
void weir_ole_gap(const struct weir_ole *o, enum weir_scan_status status, const char *reason);

/* The payload of a package object (a file that somebody dropped into a document). size_first: as in
 * the stream Ole10Native, a size comes first. */
int weir_ole_package(struct weir_unpack *u, const uint8_t *data, size_t len,
		     bool size_first) _must_use_;

/* Compressed RTF of Outlook to RTF. 0, -EBADMSG (*ret holds what could be read), -ENOMEM. */
int weir_lzfu(const uint8_t *data, size_t len, uint8_t **ret, size_t *ret_len) _must_use_;

#endif
