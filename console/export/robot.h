/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_EXPORT_ROBOT_H
#define WEIR_CONSOLE_EXPORT_ROBOT_H

/* Messages for the chat robots of WeCom, DingTalk and Feishu, and their signatures. Such a service is
 * somebody else's: a message has an alert's number, rule, severity and counts, and nobody's name, host,
 * file or value. */

#include <stdint.h>

#include "weir/base/buf.h"
#include "weir/base/macros.h"
#include "weir/console_export/export.h"
#include "weir/console_export/record.h"

/* Appends a line for an alert that is new (1); 0 for any other record. */
int weir_robot_line(const struct weir_export_record *record, enum weir_sink_language language,
		    struct weir_buf *lines) _must_use_;

/* Appends one message about all lines: how many of which severity, and the first of them. */
int weir_robot_text(const struct weir_buf *lines, enum weir_sink_language language,
		    struct weir_buf *text) _must_use_;

/* Appends the body of a request with the text; secret "": unsigned. now_ns: since 1970. */
int weir_robot_body(enum weir_sink_format robot, const char *text, const char *secret,
		    uint64_t now_ns, struct weir_buf *body) _must_use_;

/* Appends what DingTalk wants behind its URL: "timestamp=...&sign=...". */
int weir_robot_query(const char *secret, uint64_t now_ns, struct weir_buf *query) _must_use_;

/* What a robot answered: 0; -EAGAIN: too many messages; -EREMOTEIO: it took none. */
int weir_robot_answer(const struct weir_buf *answer) _must_use_;

#endif
