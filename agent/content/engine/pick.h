/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_PICK_H
#define WEIR_ENGINE_PICK_H

/* What stands around findings, out of a second pass over the object that looks at nothing. */

#include "weir/engine/engine.h"

/* bytes: no further than what was looked at. text_of: which text of the object each part is, from 1; 0: not known. */
void weir_pick(const struct weir_engine_request *request, const struct weir_bytes *bytes,
	       const struct weir_findings *findings,
	       const uint32_t text_of[static WEIR_FINDINGS_PARTS], struct weir_excerpts *ret);

#endif
