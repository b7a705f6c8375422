/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_API_RENDER_H
#define WEIR_CONSOLE_API_RENDER_H

#include "weir/base/buf.h"
#include "weir/console_store/store.h"

/* Append one JSON object. -ENOBUFS, -ENOMEM. An event whose bytes cannot be read any more has its
 * row's fields and "unreadable": true, so that one damaged row does not hide the others. */
int weir_api_render_event(const struct weir_store_event *row, struct weir_buf *buf) _must_use_;
int weir_api_render_agent(const struct weir_store_agent *agent, struct weir_buf *buf) _must_use_;

/* Appends {"error":{...}} and a line feed. */
int weir_api_render_error(const char *code, const char *message, const char *hint,
			  struct weir_buf *buf) _must_use_;

#endif
