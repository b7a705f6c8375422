/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_UNPACK_PDF_H
#define WEIR_UNPACK_PDF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "reader.h"

#define WEIR_PDF_PICTURE 300 /* pixels each way that a picture with text in it has at the least */

/* What the walk over a PDF's objects is told and tells. */
struct weir_pdf_walk {
	bool images;	   /* in: give the large ones that are JPEG files as objects */
	bool encrypted;	   /* out: strings and streams can't be read */
	unsigned pictures; /* large images */
	unsigned given;	   /* of those, as objects */
	unsigned attachments;
};

/* pdf_walk.c: what pdftotext does not print: strings (properties, comments, form fields, names),
 * attached files, metadata. data: the whole document. Takes any bytes in linear time. */
int weir_pdf_walk(struct weir_unpack *u, const struct weir_memory *data,
		  struct weir_pdf_walk *walk) _must_use_;

/* pdf_stream.c: one stream: where it lies, and what its dictionary says. */
struct weir_pdf_stream {
	const uint8_t *dict; /* between "obj" and "stream" */
	size_t dict_len;
	const uint8_t *data;
	size_t len;
};

/* True when key ("/Type") stands in the dictionary with this name ("/ObjStm", NULL: any value). */
bool weir_pdf_has(const struct weir_pdf_stream *stream, const char *key, const char *name);
/* A direct number, 0 when there is none. */
unsigned long weir_pdf_number(const struct weir_pdf_stream *stream, const char *key);
/* No filter or deflate alone, without a predictor: can be given as bytes. */
bool weir_pdf_readable(const struct weir_pdf_stream *stream);
/* All of it in memory, at most max bytes, what is beyond is left out. Owned by the caller. */
int weir_pdf_load(struct weir_unpack *u, const struct weir_pdf_stream *stream, size_t max,
		  uint8_t **ret, size_t *ret_len) _must_use_;
/* As an object. */
int weir_pdf_give(struct weir_unpack *u, const struct weir_pdf_stream *stream,
		  const char *name) _must_use_;

#endif
