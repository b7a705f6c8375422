/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_API_JSON_H
#define WEIR_CONSOLE_API_JSON_H

/* Bodies that come and answers that go, as JSON objects. */

#include <jansson.h>

#include "weir/base/error.h"
#include "weir/base/macros.h"
#include "weir/console_api/api.h"

void weir_api_json_freep(json_t **json);

enum weir_api_kind {
	WEIR_API_STRING, /* no NUL in it */
	WEIR_API_BOOLEAN,
	WEIR_API_INTEGER,
	WEIR_API_STRINGS, /* an array of strings */
};

/* A member that a body may have. */
struct weir_api_member {
	const char *name;
	enum weir_api_kind kind;
	bool needed;
	json_t **value; /* borrowed from the body; NULL when it is not there */
};

/* Reads a body: one object, each member once, none but these. *ret owns the values. -EINVAL with
 * *err, which repeats nothing of the body. */
int weir_api_read_body(const void *body, size_t len, const struct weir_api_member *members,
		       size_t n, json_t **ret, struct weir_error *err) _must_use_;

/* The whole answer; takes object over, and a NULL one as lack of memory. */
void weir_api_answer(struct weir_api_reply *reply, unsigned status, json_t *object);

/* An error; the texts are static. */
void weir_api_fail(struct weir_api_reply *reply, unsigned status, const char *code,
		   const char *message, const char *hint);

/* What of a body or a query is not as it should be: 400. */
void weir_api_fail_input(struct weir_api_reply *reply, const struct weir_error *err);

/* What the database could not do. */
void weir_api_fail_store(struct weir_api_reply *reply, int error);

/* "2026-11-22T08:15:30.123Z", or null for 0. */
json_t *weir_api_time(uint64_t time_ns);

#endif
