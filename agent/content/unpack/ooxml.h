/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_UNPACK_OOXML_H
#define WEIR_UNPACK_OOXML_H

/* Documents that are zip archives. Called by weir_reader_zip() when the archive has the member
 * "[Content_Types].xml" (ooxml) or a stored first member "mimetype" of an OpenDocument type (odf).
 * They read every member, those that they know as documents, the others by weir_zip_emit_rest(), and
 * set the type. As a reader they return 0 or what must end it. */

#include "reader.h"
#include "zip.h"

int weir_reader_ooxml(struct weir_unpack *u, struct weir_zip *zip) _must_use_;
int weir_reader_odf(struct weir_unpack *u, struct weir_zip *zip) _must_use_;

#endif
