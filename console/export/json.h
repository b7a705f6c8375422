/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_EXPORT_JSON_H
#define WEIR_CONSOLE_EXPORT_JSON_H

/* Setters that skip what could not be made: whoever writes the whole checks once, by
 * weir_json_write(). */

#include <jansson.h>
#include <stdint.h>

#include "weir/base/buf.h"
#include "weir/base/macros.h"

void weir_json_freep(json_t **json);
void weir_json_put(json_t *object, const char *name, json_t *value);
/* Nothing for "". */
void weir_json_put_text(json_t *object, const char *name, const char *text);
void weir_json_put_number(json_t *object, const char *name, uint64_t number);
/* The number of an enum and its caption under two names, as OCSF has it. */
void weir_json_put_enum(json_t *object, const char *id_name, int id, const char *name,
			const char *caption);

/* Appends canonical JSON: sorted names, no blanks; what acts on a terminal is \uXXXX. -ENOMEM (also
 * for NULL) or -ENOBUFS, with buf as it was. */
int weir_json_write(const json_t *json, struct weir_buf *buf) _must_use_;

#endif
