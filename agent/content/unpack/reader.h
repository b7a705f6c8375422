/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_UNPACK_READER_H
#define WEIR_UNPACK_READER_H

/* What a reader of one format gets and may do. A reader takes any bytes: what is damaged or beyond a
 * limit it reports as a gap and returns 0; it returns negative only what a weir_emit_* or weir_read_*
 * call gave it, or -ENOMEM. */

#include <stddef.h>
#include <stdint.h>

#include "weir/base/macros.h"
#include "weir/unpack/unpack.h"

struct weir_unpack;

typedef int (*weir_reader_fn)(struct weir_unpack *u, const struct weir_bytes *bytes);

/* One text: begin, any number of texts, end. name is added to the path of the object that is being
 * read, NULL adds nothing; any bytes, cleaned here. */
int weir_emit_begin(struct weir_unpack *u, const char *name, const char *charset,
		    enum weir_part_form form) _must_use_;
int weir_emit_text(struct weir_unpack *u, const void *data, size_t len) _must_use_;
int weir_emit_end(struct weir_unpack *u) _must_use_;

/* A cell of a table: TAB, CR and LF in it become spaces. */
int weir_emit_cell(struct weir_unpack *u, const void *data, size_t len) _must_use_;
int weir_emit_row(struct weir_unpack *u) _must_use_;

/* An object inside this one, of whatever type its bytes show, one level deeper. */
int weir_emit_object(struct weir_unpack *u, const char *name,
		     const struct weir_bytes *bytes) _must_use_;

void weir_emit_gap(struct weir_unpack *u, enum weir_scan_status status, const char *name,
		   const char *reason);

/* Count a member, and bytes that were unpacked from packed ones: 0, -EDQUOT when a limit is passed
 * (the gap is then reported; the reader ends with 0), or what the sink's tick said. */
int weir_read_member(struct weir_unpack *u) _must_use_;
int weir_read_unpacked(struct weir_unpack *u, uint64_t packed, uint64_t unpacked) _must_use_;
int weir_read_tick(struct weir_unpack *u) _must_use_;

/* Exactly len bytes at offset: 0, -ENODATA (they are not there), or the read error. */
int weir_read_exact(const struct weir_bytes *bytes, uint64_t offset, void *data,
		    size_t len) _must_use_;

/* All of it in memory, for formats that need random access over a stream. *ret_data is owned by the
 * caller and has 64 readable bytes behind it. -EFBIG beyond limits.buffer. */
int weir_read_all(struct weir_unpack *u, const struct weir_bytes *bytes, uint8_t **ret_data,
		  size_t *ret_len) _must_use_;

const struct weir_unpack_port *weir_read_port(const struct weir_unpack *u);
/* The descriptor behind these very bytes, -1: none (a nested object). */
int weir_read_file_of(const struct weir_unpack *u, const struct weir_bytes *bytes);

/* The readers, one file each. */
int weir_reader_zip(struct weir_unpack *u, const struct weir_bytes *bytes); /* zip.c */
int weir_reader_archive(struct weir_unpack *u,
			const struct weir_bytes *bytes); /* archive.c: libarchive */
int weir_reader_xml(struct weir_unpack *u, const struct weir_bytes *bytes); /* xml.c: also HTML */
int weir_reader_cfb(struct weir_unpack *u,
		    const struct weir_bytes *bytes); /* cfb.c: doc xls ppt msg */
int weir_reader_rtf(struct weir_unpack *u, const struct weir_bytes *bytes); /* rtf.c */
int weir_reader_mail(struct weir_unpack *u,
		     const struct weir_bytes *bytes); /* mail.c: eml, mbox, mhtml */
int weir_reader_sqlite(struct weir_unpack *u, const struct weir_bytes *bytes); /* sqlite.c */
int weir_reader_pdf(struct weir_unpack *u, const struct weir_bytes *bytes);    /* pdf.c */
int weir_reader_image(struct weir_unpack *u, const struct weir_bytes *bytes);  /* image.c */
int weir_reader_coded(struct weir_unpack *u,
		      const struct weir_bytes *bytes); /* coded.c: base64, hex, uuencode */

#endif
