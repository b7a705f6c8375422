/* SPDX-License-Identifier: Apache-2.0 */
#include "head.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "weir/base/parse.h"

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
	} else if (strcasecmp(name, "Authorization") == 0) {
		head->n_authorization++;
		head->authorization = value;
	} else if (strcasecmp(name, "Content-Type") == 0) {
		head->n_content_type++;
		head->content_type = value;
	} else if (strcasecmp(name, "Content-Encoding") == 0) {
		head->n_content_encoding++;
		head->content_encoding = value;
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
	if (head->n_authorization > 1 || head->n_content_type > 1 || head->n_content_encoding > 1)
		return WEIR_HTTP_REFUSAL(
			400, "header", "a header that may stand once is given twice",
			"send Authorization, Content-Type and Content-Encoding once at most");
	return WEIR_HTTP_FINE;
}

const char *weir_http_head_bearer(const struct weir_http_head *head)
{
	static const char scheme[] = "Bearer ";

	if (!head->authorization || strncasecmp(head->authorization, scheme, strlen(scheme)) != 0)
		return NULL;
	return head->authorization + strlen(scheme);
}

static bool path_matches(const char *pattern, const char *path)
{
	size_t len = strlen(pattern);

	if (pattern[len - 1] != '*')
		return strcmp(pattern, path) == 0;
	return strncmp(pattern, path, len - 1) == 0 && path[len - 1] != '\0' &&
	       !strchr(path + len - 1, '/');
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

const struct weir_http_route *weir_http_find_route(const struct weir_http_options *options,
						   const char *method, const char *path,
						   struct weir_http_refusal *ret)
{
	const struct weir_http_route *other = NULL;

	for (size_t i = 0; i < options->n_routes; i++) {
		const struct weir_http_route *route = &options->routes[i];

		if (!path_matches(route->path, path))
			continue;
		if (strcmp(route->method, method) == 0) {
			*ret = WEIR_HTTP_FINE;
			return route;
		}
		other = route;
	}
	if (other) {
		*ret = WEIR_HTTP_REFUSAL(405, "method", "this path has another method",
					 "use the method named by Allow");
		ret->allow = other->method;
	} else {
		*ret = WEIR_HTTP_REFUSAL(404, "no_such_path", "there is nothing at this path",
					 "see the API's description");
	}
	return NULL;
}
