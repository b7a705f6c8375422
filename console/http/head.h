/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_HTTP_HEAD_H
#define WEIR_CONSOLE_HTTP_HEAD_H

/* The decisions about a request's head, apart from any HTTP library. */

#include <stdbool.h>

#include "weir/console_http/server.h"

#define WEIR_HTTP_KNOWN_N 16

/* What a request's head says. Filled one header at a time; values are borrowed. */
struct weir_http_head {
	unsigned n_host, n_length;
	bool transfer_encoding;
	bool field_bad;	 /* a name that is no token, or a value with control characters */
	bool length_bad; /* not plain digits, or beyond 2^63 */
	bool twice;	 /* one of the known headers */
	size_t length;	 /* of the body, when n_length is 1 */
	const char *known[WEIR_HTTP_KNOWN_N];
};

/* The value of one of the headers that weir_http_header() knows; NULL when it was not sent. */
const char *weir_http_head_get(const struct weir_http_head *head, const char *name);

/* value may be NULL, for a header without one. */
void weir_http_head_add(struct weir_http_head *head, const char *name, const char *value);

/* A refusal: static texts; status 0 means none. */
struct weir_http_refusal {
	unsigned status;
	const char *code, *message, *hint;
	char allow[32]; /* with 405: the path's methods */
};

#define WEIR_HTTP_REFUSAL(s, c, m, h) \
	((struct weir_http_refusal){.status = (s), .code = (c), .message = (m), .hint = (h)})
#define WEIR_HTTP_FINE ((struct weir_http_refusal){})

/* What is wrong with the head itself: framing that could be read in two ways. */
struct weir_http_refusal weir_http_head_framing(const struct weir_http_head *head);

/* Whether path fits: equal, but for each segment "*" of pattern, which takes any that is not empty. */
bool weir_http_path_fits(const char *pattern, const char *path);

/* The token of "Authorization: Bearer", or NULL. */
const char *weir_http_head_bearer(const struct weir_http_head *head);

/* The route for method and path; else NULL and the refusal. */
const struct weir_http_route *weir_http_find_route(const struct weir_http_options *options,
						   const char *method, const char *path,
						   struct weir_http_refusal *ret);

/* What is wrong with the body that head announces. */
struct weir_http_refusal weir_http_check_body(const struct weir_http_route *route,
					      const struct weir_http_head *head);

#endif
