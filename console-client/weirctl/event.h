/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIRCTL_EVENT_H
#define WEIRCTL_EVENT_H

/* An event of the API in words. Whatever the server left out or got wrong reads as empty. */

#include <jansson.h>

#include "weir/base/buf.h"
#include "weir/base/macros.h"

#define WEIRCTL_TEXT_MAX (64 * 1024)

/* The text of a member, "" when it is none. Borrowed from object. */
const char *weirctl_text(const json_t *object, const char *name);

/* A number, text or boolean as text, appended. */
int weirctl_scalar(const json_t *value, struct weir_buf *buf) _must_use_;

/* What --json may name of an event, NULL-terminated. */
extern const char *const weirctl_event_fields[];

/* "li.na/cp" */
int weirctl_event_actor(const json_t *event, struct weir_buf *buf) _must_use_;
/* "192.0.2.7:80", or the file's path */
int weirctl_event_target(const json_t *event, struct weir_buf *buf) _must_use_;
/* "cn_resident_id:20,payment_card:3": distinct values, or matches where these were not counted */
int weirctl_event_counts(const json_t *event, struct weir_buf *buf) _must_use_;

#endif
