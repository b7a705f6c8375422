/* SPDX-License-Identifier: Apache-2.0 */
#include "head.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "weir/base/parse.h"

/* Each may stand once: of two, another parser might take the other. Cookie is one header in HTTP/1.1,
 * and nginx joins what HTTP/2 splits. */
static const char *const known[WEIR_HTTP_KNOWN_N] = {
	"authorization",   "content-type",    "content-encoding", "content-range",
	"cookie",	   "origin",	      "prefer",		  "if-none-match",
	"user-agent",	   "accept",	      "sec-fetch-site",	  "x-csrf-token",
	"x-client-verify", "x-client-serial", "x-client-dn",	  "x-real-ip",
};

static int known_index(const char *name)
{
	for (int i = 0; i < WEIR_HTTP_KNOWN_N; i++)
		if (strcasecmp(known[i], name) == 0)
			return i;
	return -1;
}

const char *weir_http_head_get(const struct weir_http_head *head, const char *name)
{
	int i = known_index(name);

	assert(i >= 0); /* a name that is missing in the table above */
	return i < 0 ? NULL : head->known[i];
}

static void add_known(struct weir_http_head *head, const char *name, const char *value)
{
	int i = known_index(name);

	if (i < 0)
		return;
	if (head->known[i])
		head->twice = true;
	head->known[i] = value;
}

static void add_length(struct weir_http_head *head, const char *value)
{
	uint64_t length = 0;

	head->n_length++;
	if (weir_parse_u64(value, &length) < 0 || length > INT64_MAX)
		head->length_bad = true;
	else
		head->length = (size_t)length;
}

/* A blank before the colon, or a stray CR, and the next parser sees another header than this one.
 */
static bool field_valid(const char *name, const char *value)
{
	static const char token[] = "!#$%&'*+-.^_`|~0123456789"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

	if (!*name || name[strspn(name, token)])
		return false;
	for (; *value; value++)
		if (((unsigned char)*value < 0x20 && *value != '\t') || *value == 0x7f)
			return false;
	return true;
}

void weir_http_head_add(struct weir_http_head *head, const char *name, const char *value)
{
	if (!value)
		value = "";
	if (!field_valid(name, value))
		head->field_bad = true;
	if (strcasecmp(name, "Host") == 0) {
		/* An empty one says as little as none. */
		head->n_host += *value ? 1 : 2;
	} else if (strcasecmp(name, "Content-Length") == 0) {
		add_length(head, value);
	} else if (strcasecmp(name, "Transfer-Encoding") == 0) {
		head->transfer_encoding = true;
	} else {
		add_known(head, name, value);
	}
}

struct weir_http_refusal weir_http_head_framing(const struct weir_http_head *head)
{
	if (head->field_bad)
		return WEIR_HTTP_REFUSAL(400, "header", "a header is malformed",
					 "send NAME: VALUE without control characters");
	if (head->transfer_encoding && head->n_length)
		return WEIR_HTTP_REFUSAL(400, "framing",
					 "both Transfer-Encoding and Content-Length",
					 "send Content-Length alone");
	if (head->transfer_encoding)
		return WEIR_HTTP_REFUSAL(411, "framing", "Transfer-Encoding is not accepted",
					 "send Content-Length");
	if (head->n_length > 1 || head->length_bad)
		return WEIR_HTTP_REFUSAL(400, "framing",
					 "Content-Length is malformed or given twice",
					 "send one Content-Length of decimal digits");
	if (head->n_host != 1)
		return WEIR_HTTP_REFUSAL(400, "host",
					 "there must be one Host header that is not empty",
					 "send one Host header");
	if (head->twice)
		return WEIR_HTTP_REFUSAL(400, "header",
					 "a header that may stand once is given twice",
					 "send each header once");
	return WEIR_HTTP_FINE;
}

const char *weir_http_head_bearer(const struct weir_http_head *head)
{
	static const char scheme[] = "Bearer ";
	const char *given = weir_http_head_get(head, "authorization");

	if (!given || strncasecmp(given, scheme, strlen(scheme)) != 0)
		return NULL;
	return given + strlen(scheme);
}

bool weir_http_path_fits(const char *pattern, const char *path)
{
	for (;;) {
		size_t wanted = strcspn(pattern, "/"), given = strcspn(path, "/");
		bool any = wanted == 1 && *pattern == '*';

		if (any ? given == 0 : wanted != given || memcmp(pattern, path, given) != 0)
			return false;
		pattern += wanted;
		path += given;
		if (*pattern != *path)
			return false;
		if (!*path)
			return true;
		pattern++;
		path++;
	}
}

struct weir_http_refusal weir_http_check_body(const struct weir_http_route *route,
					      const struct weir_http_head *head)
{
	if (route->body_max && head->n_length == 0)
		return WEIR_HTTP_REFUSAL(411, "length", "Content-Length is missing",
					 "send Content-Length");
	if (head->length > route->body_max)
		return route->body_max
			       ? WEIR_HTTP_REFUSAL(413, "too_large", "the body is too large",
						   "send less at a time")
			       : WEIR_HTTP_REFUSAL(400, "body", "this call takes no body",
						   "send no body");
	return WEIR_HTTP_FINE;
}

static void add_allow(struct weir_http_refusal *refusal, const char *method)
{
	size_t len = strlen(refusal->allow);

	(void)snprintf(refusal->allow + len, sizeof(refusal->allow) - len, "%s%s", len ? ", " : "",
		       method);
}

const struct weir_http_route *weir_http_find_route(const struct weir_http_options *options,
						   const char *method, const char *path,
						   struct weir_http_refusal *ret)
{
	*ret = WEIR_HTTP_REFUSAL(404, "no_such_path", "there is nothing at this path",
				 "see the API's description");
	for (size_t i = 0; i < options->n_routes; i++) {
		const struct weir_http_route *route = &options->routes[i];

		if (!weir_http_path_fits(route->path, path))
			continue;
		if (strcmp(route->method, method) == 0) {
			*ret = WEIR_HTTP_FINE;
			return route;
		}
		add_allow(ret, route->method);
	}
	if (ret->allow[0]) {
		ret->status = 405;
		ret->code = "method";
		ret->message = "this path has another method";
		ret->hint = "use a method named by Allow";
	}
	return NULL;
}
