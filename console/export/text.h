/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_EXPORT_TEXT_H
#define WEIR_CONSOLE_EXPORT_TEXT_H

/* Texts of an endpoint are an attacker's. */

#include <stdint.h>

#include "weir/base/buf.h"
#include "weir/base/macros.h"

/* Appends one code point of text (n bytes at p); what acts on a terminal never comes here. */
typedef int (*weir_text_fn)(struct weir_buf *buf, const char *p, size_t n, uint32_t c);

/* Appends text by fn, up to max bytes of it; line feeds and other controls go through as U+FFFD,
 * except those in keep ("\n"). */
int weir_text_put(struct weir_buf *buf, const char *text, size_t max, const char *keep,
		  weir_text_fn fn) _must_use_;

#endif
