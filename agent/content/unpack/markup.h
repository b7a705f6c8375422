/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_UNPACK_MARKUP_H
#define WEIR_UNPACK_MARKUP_H

/* From the tokens of a document to its text. x is open, f has begun; each reads x to its end: 0, or what
 * reading gave (f keeps what the sink said). */

#include "flow.h"
#include "xml.h"

typedef int (*weir_markup_fn)(struct weir_xml *x, struct weir_flow *f);

/* HTML, XHTML: blocks as lines, cells with tabs, inline elements joined, attributes that hold values. */
int weir_markup_html(struct weir_xml *x, struct weir_flow *f) _must_use_;

/* Up to the outermost element: its START in *ret (positive), or 0 when there is none. */
int weir_markup_root(struct weir_xml *x, struct weir_flow *f,
		     struct weir_xml_token *ret) _must_use_;
/* XML of any vocabulary, behind root: by the reader that knows it, else as "name: text" lines, the
 * attributes of an element one line. */
int weir_markup_any(struct weir_xml *x, struct weir_flow *f,
		    struct weir_xml_token *root) _must_use_;

/* WordprocessingML, DrawingML, PresentationML and VML: paragraphs, tables, text boxes, tracked changes,
 * field codes, alternative texts. */
int weir_markup_office(struct weir_xml *x, struct weir_flow *f) _must_use_;

/* OpenDocument: paragraphs, tables, annotations; sheets are tables, parts of their own. */
int weir_markup_odf(struct weir_xml *x, struct weir_flow *f) _must_use_;

/* A comment, or a declaration when it looks telling. */
void weir_markup_aside(struct weir_xml *x, struct weir_flow *f, const struct weir_xml_token *t);

/* The attributes of an element beside the text: those named here, and others that look telling. */
void weir_markup_attrs(struct weir_flow *f, struct weir_xml_token *tag);

#endif
