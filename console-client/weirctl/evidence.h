/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIRCTL_EVIDENCE_H
#define WEIRCTL_EVIDENCE_H

/* Opened evidence as text, and the watermark in it: who opened it when by which request stands above, below and before each piece, so that no
 * part of it leaves without. Content that is no printable UTF-8 becomes \xNN and \uNNNN; line feeds and tabs stay. */

#include <jansson.h>

#include "weir/base/buf.h"
#include "weir/base/macros.h"
#include "weir/evidence/record.h"

/* Room that the text takes at most: every byte of content can become four, and a piece has a line of its own. */
#define WEIRCTL_EVIDENCE_TEXT_MAX(content) (4 * (content) + 1024 * 1024)

/* Appends; ret has its room reserved, so that it can be wiped. -ENOBUFS. */
int weirctl_evidence_text(const json_t *watermark, const struct weir_evidence *evidence,
			  struct weir_buf *ret) _must_use_;

#endif
