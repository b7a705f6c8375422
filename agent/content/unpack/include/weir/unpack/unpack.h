/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_UNPACK_UNPACK_H
#define WEIR_UNPACK_UNPACK_H

/* From the bytes of one object to the texts in it: the type by magic, archives and compressed data
 * opened, documents read, each nested in each, within limits. Texts go to the sink as they come;
 * what could not be looked into goes there as a gap. Nothing is kept on disk, nothing is executed.
 *
 * A picture that is not read is a gap, WEIR_SCAN_UNSCANNABLE, when it is the object itself or a member of
 * a plain archive. In a document (office, PDF, mail, HTML, database) it is WEIR_SCAN_PARTIAL unless it is
 * small, else every letter with a logo would be one: below 16 KiB, and below 200 pixels on one side or
 * 90000 in all, as long as all such pictures of the document are below 64 KiB. Below 64 by 64 pixels it
 * never is.
 *
 * One thread per object. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "weir/base/macros.h"
#include "weir/findings/findings.h"

#define WEIR_UNPACK_PATH 512

/* The reason of a gap that somebody made on purpose. */
#define WEIR_UNPACK_ENCRYPTED "encrypted"

/* Bytes to read from. read_at gives up to len bytes from offset: more than 0, 0 at the end, or
 * negative errno. Short reads are normal. */
struct weir_bytes {
	ssize_t (*read_at)(void *context, void *data, size_t len, uint64_t offset);
	void *context;
	uint64_t
		size; /* UINT64_MAX: not known; then offsets are only ever read in rising order, and
			  what needs random access is held in memory first */
};

/* Bytes that lie in memory. */
struct weir_memory {
	const uint8_t *data;
	size_t len;
};
struct weir_bytes weir_bytes_of(struct weir_memory *memory);

enum weir_part_form {
	WEIR_PART_BYTES =
		1,	/* as they lie in the object, in any encoding: offsets are true offsets */
	WEIR_PART_TEXT, /* UTF-8 that a reader took out; offsets count in it */
	WEIR_PART_TABLE, /* the same; cells are parted by TAB, rows end with LF (neither inside a cell); the
			    first row may be headings */
};

struct weir_part {
	const char
		*path; /* "" for the object itself, else such as "a.zip/b.docx/word/document.xml";
			     UTF-8 without control characters */
	const char *type;    /* static; media type of what holds it */
	const char *charset; /* declared one, or NULL */
	enum weir_part_form form;
	unsigned depth;
};

/* begin, text and tick may return negative errno to end everything; weir_unpack() returns it. */
struct weir_unpack_sink {
	void *context;
	int (*begin)(void *context, const struct weir_part *part);
	int (*text)(void *context, const void *data, size_t len);
	int (*end)(void *context);
	/* status: WEIR_SCAN_PARTIAL or WEIR_SCAN_UNSCANNABLE; reason: static English sentence, or
	 * WEIR_UNPACK_ENCRYPTED */
	void (*gap)(void *context, enum weir_scan_status status, const char *path,
		    const char *reason);
	/* called at least every 64 KiB read or written and every member: time to stop? */
	int (*tick)(void *context);
};

struct weir_unpack_limits {
	uint64_t bytes;	  /* unpacked in all; 0: 1 GiB */
	uint64_t buffer;  /* nested objects held in memory at one time; 0: 64 MiB */
	uint32_t members; /* in all; 0: 100000 */
	uint16_t ratio;	  /* out to in, beyond the first 16 MiB out; 0: 200 */
	uint8_t depth;	  /* nested objects; 0: 16 */
};

/* Programs of other licences or of great weight, in a sandbox of their own. NULL: none; then their
 * formats are gaps. */
enum weir_external {
	WEIR_EXTERNAL_PDF = 1,	  /* pages as text, a form feed behind each */
	WEIR_EXTERNAL_OCR,	  /* an image as text */
	WEIR_EXTERNAL_PDF_IMAGES, /* a line for each image: page, number, kind, width, height */
};
struct weir_unpack_port {
	void *context;
	/* Starts it on data (all of it, in memory or, when file >= 0, that descriptor); *ret_fd is a
	 * pipe with its UTF-8 output. 0, -ENOSYS (not there), negative errno. */
	int (*start)(void *context, enum weir_external program, int file,
		     const struct weir_memory *data, int *ret_fd);
	/* Ends it and closes fd; 0, or -EIO, -ETIMEDOUT, -EKEYREJECTED (encrypted), -EBADMSG
	 * (damaged: not opened), -EILSEQ (damaged in parts). */
	int (*finish)(void *context, int fd);
	unsigned programs; /* 1 << enum weir_external, of those that start() knows to be there */
};

struct weir_unpack_request {
	struct weir_unpack_limits limits;
	const struct weir_unpack_port *port; /* may be NULL */
	int file;			     /* descriptor behind the bytes, -1: none */
};

/* Reads bytes and tells the sink. *ret_type: static media type of the object. 0, or what the sink
 * returned, or -ENOMEM. Read errors are gaps. */
int weir_unpack(const struct weir_bytes *bytes, const struct weir_unpack_request *request,
		const struct weir_unpack_sink *sink, const char **ret_type) _must_use_;

#endif
