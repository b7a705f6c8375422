/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_UNPACK_MAGIC_H
#define WEIR_UNPACK_MAGIC_H

/* The kind of an object by its first bytes, never by its name. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "reader.h"

#define WEIR_MAGIC_HEAD 40960 /* bytes that decide; ISO 9660 shows itself at 32769 */

enum weir_kind_flag {
	WEIR_KIND_HOLD = 1 << 0,     /* its reader needs random access */
	WEIR_KIND_TEXT = 1 << 1,     /* text of 8 bit: blocks of binary data in it are a gap */
	WEIR_KIND_TAIL = 1 << 2,     /* a zip archive may hang behind it */
	WEIR_KIND_DOCUMENT = 1 << 3, /* what lies in it belongs to it: it is no folder of files */
	WEIR_KIND_LAYER = 1 << 4,    /* one object packed or coded: what holds it holds that */
};

/* What libarchive is asked for. */
enum weir_kind_archive {
	WEIR_ARCHIVE_NONE = 0,
	WEIR_ARCHIVE_BZIP2,
	WEIR_ARCHIVE_LZ4,
	WEIR_ARCHIVE_LZIP,
	WEIR_ARCHIVE_LZMA,
	WEIR_ARCHIVE_RPM,
	WEIR_ARCHIVE_XZ,
	WEIR_ARCHIVE_ZSTD,
	_WEIR_ARCHIVE_FILTER_MAX, /* above: one stream; below: members */
	WEIR_ARCHIVE_7ZIP,
	WEIR_ARCHIVE_AR,
	WEIR_ARCHIVE_CAB,
	WEIR_ARCHIVE_CPIO,
	WEIR_ARCHIVE_ISO,
	WEIR_ARCHIVE_LHA,
	WEIR_ARCHIVE_RAR,
	WEIR_ARCHIVE_TAR,
	WEIR_ARCHIVE_XAR,
	WEIR_ARCHIVE_ZIP, /* streamed */
};

struct weir_kind {
	const char *type;    /* media type, at most 31 characters */
	weir_reader_fn read; /* NULL: its bytes are given as they are */
	const char *reason;  /* read NULL: why its bytes alone say little; NULL: they say all */
	uint8_t flags;	     /* enum weir_kind_flag */
	uint8_t archive;     /* enum weir_kind_archive */
};

/* data: the first WEIR_MAGIC_HEAD bytes, or all there are. Never NULL. */
const struct weir_kind *weir_magic(const uint8_t *data, size_t len);

/* Of the object that is being read. */
const struct weir_kind *weir_read_kind(const struct weir_unpack *u);

/* Kinds that are not told by magic. */
extern const struct weir_kind weir_kind_zip_stream; /* a zip that can't be held */

/* True when this block of text is not text: many control characters, or every second byte a NUL. */
bool weir_magic_binary(const uint8_t *data, size_t len);

/* The charset that HTML, XML or CSS declares within its first 1 KiB; NULL: none. ret: 32 bytes. */
const char *weir_magic_charset(const uint8_t *data, size_t len, char *ret);

#endif
