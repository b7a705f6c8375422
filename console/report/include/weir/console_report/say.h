/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_REPORT_SAY_H
#define WEIR_CONSOLE_REPORT_SAY_H

/* The value in a cell of a report as text for people, for all that show it. Besides texts and numbers a
 * value may be a name with what its text speaks of, {"word": NAME, "with": [VALUE...]}, or a list of
 * values. Pure. */

#include <jansson.h>
#include <stdbool.h>

#include "weir/base/buf.h"
#include "weir/base/macros.h"

/* Appends it; as it is, not escaped. Values that lie too deep are an ellipsis. 0 or as of weir_buf_append(). */
int weir_report_say(const char *column, const json_t *value, bool chinese,
		    struct weir_buf *ret) _must_use_;

#endif
