/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_UNPACK_READER_H
#define WEIR_UNPACK_READER_H

/* What a reader of one format gets and may do. A reader takes any bytes: what is damaged or beyond a
 * limit it reports as a gap and returns 0; it returns negative only what a weir_emit_* or weir_read_*
 * call gave it, or -ENOMEM.
 *
 * What a reader's bytes can do: kinds marked WEIR_KIND_HOLD in magic.c always come with a known size,
 * that is with random access (held in memory when they lie in a stream). All others may be a stream:
 * offsets in rising order only, -ESPIPE otherwise; the first weir_read_head() bytes may be read again.
 *
 * What read_at() answers beside system errors: -EBADMSG damaged, -EKEYREJECTED encrypted, -EOPNOTSUPP
 * packed by an unsupported method, -EDQUOT a limit is passed. weir_read_failed() knows them all.
 *
 * Once a limit on all of it is passed, or a callback of the sink has failed, every function here keeps
 * answering so, and gaps are dropped: the true reason has been given. */

#include <stdbool.h>
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

/* An object inside this one, of whatever type its bytes show, one level deeper. Counts itself as a
 * member, ends a text that is open. What cannot be read of it is its own gap, not an error. */
int weir_emit_object(struct weir_unpack *u, const char *name,
		     const struct weir_bytes *bytes) _must_use_;

void weir_emit_gap(struct weir_unpack *u, enum weir_scan_status status, const char *name,
		   const char *reason);

/* The object's own bytes from the start, as they lie, as one WEIR_PART_BYTES; read errors are gaps. A
 * stream that has been read past its head gives nothing. */
int weir_emit_raw(struct weir_unpack *u, const struct weir_bytes *bytes,
		  const char *charset) _must_use_;

/* A name that the container shows: a member's, a link's target, a comment. Any bytes, made UTF-8 and
 * searched as lines of the text "names". Kept back until there are some; the core flushes them when
 * the reader is done. */
int weir_emit_name(struct weir_unpack *u, const char *name, size_t len) _must_use_;

/* Count a member (what is given to weir_emit_object() counts itself), and bytes that were unpacked from packed ones: 0, -EDQUOT when a limit is passed
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

/* After a negative result of read_at() or of a function above: reports the fitting gap (name as in
 * weir_emit_gap) and returns 0, or returns what must end the reader. */
int weir_read_failed(struct weir_unpack *u, int r, const char *name) _must_use_;

/* The bytes when they lie in memory, else NULL. Nothing is readable behind them. */
const struct weir_memory *weir_read_memory(const struct weir_bytes *bytes);

/* The object's first bytes, which decided on its kind; valid until the reader returns. */
const uint8_t *weir_read_head(const struct weir_unpack *u, size_t *ret_len);

/* The reader knows the media type better than its magic: a static string of at most 31 characters,
 * for the parts that follow and for weir_unpack()'s *ret_type. */
void weir_read_type(struct weir_unpack *u, const char *type);

/* The reader has seen that this archive is a document (kinds marked WEIR_KIND_DOCUMENT always are). */
void weir_read_document(struct weir_unpack *u);

/* Does the object belong to a document? Not when it stands alone or is a member of a plain archive. What
 * is packed or coded by itself in between does not count. */
bool weir_read_in_document(const struct weir_unpack *u);

/* Counts a small picture that is not read: the bytes of all those so far in the document that the object
 * belongs to. Only where weir_read_in_document() says so. */
uint64_t weir_read_ornament(struct weir_unpack *u, uint64_t bytes);

/* A part of bytes as bytes of their own. Both structs stay alive as long as the result. */
struct weir_range {
	const struct weir_bytes *bytes;
	uint64_t start, len;
};
struct weir_bytes weir_bytes_range(struct weir_range *range);

const struct weir_unpack_limits *weir_read_limits(const struct weir_unpack *u);
const struct weir_unpack_port *weir_read_port(const struct weir_unpack *u);
/* The descriptor behind these very bytes, -1: none (a nested object). */
int weir_read_file_of(const struct weir_unpack *u, const struct weir_bytes *bytes);

/* The readers, one file each. */
int weir_reader_zip(struct weir_unpack *u, const struct weir_bytes *bytes);	 /* zip.c */
int weir_reader_gzip(struct weir_unpack *u, const struct weir_bytes *bytes);	 /* gzip.c */
int weir_reader_zlib(struct weir_unpack *u, const struct weir_bytes *bytes);	 /* zlib.c */
int weir_reader_compress(struct weir_unpack *u, const struct weir_bytes *bytes); /* compress.c */
int weir_reader_cab(struct weir_unpack *u, const struct weir_bytes *bytes);	 /* cab.c */
int weir_reader_archive(struct weir_unpack *u,
			const struct weir_bytes *bytes); /* archive.c: libarchive */
int weir_reader_xml(struct weir_unpack *u, const struct weir_bytes *bytes); /* xml.c: also HTML */
int weir_reader_cfb(struct weir_unpack *u,
		    const struct weir_bytes *bytes); /* cfb.c: doc xls ppt msg */
int weir_reader_rtf(struct weir_unpack *u, const struct weir_bytes *bytes); /* rtf.c */
int weir_reader_mail(struct weir_unpack *u,
		     const struct weir_bytes *bytes); /* mail.c: eml, mbox, mhtml */
int weir_reader_tnef(struct weir_unpack *u,
		     const struct weir_bytes *bytes); /* tnef.c: winmail.dat */
int weir_reader_sqlite(struct weir_unpack *u, const struct weir_bytes *bytes); /* sqlite.c */
int weir_reader_pdf(struct weir_unpack *u, const struct weir_bytes *bytes);    /* pdf.c */
int weir_reader_image(struct weir_unpack *u, const struct weir_bytes *bytes);  /* image.c */
int weir_reader_coded(struct weir_unpack *u,
		      const struct weir_bytes *bytes); /* coded.c: base64, hex, uuencode */

#endif
